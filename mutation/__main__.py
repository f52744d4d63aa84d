"""`make mutate [ONLY="consent/membership.py keywords"] [SAMPLE=50]`: works in a copy of the tree.

For each module every change is tried (cosmic-ray), or those that a sample of so many of each folder draws: the tests of
its scope have to fail. What survives and is not explained in `mutation/README.md` is told, and ends the run with
status 1.
"""

import argparse
import contextlib
import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from mutation.scope import SCOPES, Scope, modules_of

ROOT = Path(__file__).parent.parent
EXPLAINED = Path(__file__).parent / "README.md"


class Change(NamedTuple):
    """A change that was tried."""

    module: str
    line: int
    operator: str
    outcome: str
    diff: str

    @property
    def name(self) -> str:
        return f"{self.module}:{self.line} {self.operator}"


def main(only: tuple[str, ...], sample: int, seed: int) -> int:
    """Try the changes, or `sample` of each folder, the same for the same `seed`; return the status to end with."""
    explained = EXPLAINED.read_text(encoding="utf-8")
    survived: list[Change] = []
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        copy = Path(folder)
        _copy_tree(copy)
        for scope in SCOPES:
            sessions = {module: _listed(scope, module, copy) for module in modules_of(scope, copy, only)}
            if sample:
                _draw(sessions.values(), sample, f"{seed} {scope.folder}")
            for module, session in sessions.items():
                tried = list(_tried(session, copy))
                alive = [change for change in tried if change.outcome == "survived"]
                print(f"{module}: {len(tried)} changes, {len(alive)} not noticed", flush=True)
                survived += alive
                for change in alive:
                    if change.name not in explained:
                        print(f"\n{change.name}\n{change.diff}", flush=True)
    new = [change for change in survived if change.name not in explained]
    print(f"{len(survived)} changes were not noticed, {len(new)} of them are not explained")
    return 1 if new else 0


def _copy_tree(copy: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)


def _listed(scope: Scope, module: str, copy: Path) -> Path:
    """List all changes of a module, and return the file that holds the list; its settings are beside it."""
    python = str(Path(sys.executable))
    session = copy / f"{module.replace('/', '-')}.session"
    tests = " ".join(scope.tests)
    session.with_suffix(".toml").write_text(
        f'[cosmic-ray]\nmodule-path = "{module}"\ntimeout = {scope.seconds}\nexcluded-modules = []\n'
        f'test-command = "{python} -m pytest -q -x -p no:cacheprovider {tests}"\n'
        '[cosmic-ray.distributor]\nname = "local"\n',
        encoding="utf-8",
    )
    _cosmic_ray(copy, "init", str(session.with_suffix(".toml")), str(session))
    return session


def _draw(sessions: Iterable[Path], sample: int, seed: str) -> None:
    """Leave only `sample` changes in the lists, by their hashes with the seed."""
    found: list[tuple[bytes, Path, str]] = []
    for session in sessions:
        with contextlib.closing(sqlite3.connect(session)) as database:
            for place, (job,) in enumerate(database.execute("SELECT job_id FROM work_items ORDER BY rowid")):
                found.append((hashlib.sha256(f"{seed} {session.name} {place}".encode()).digest(), session, job))
    for _, session, job in sorted(found)[sample:]:
        with contextlib.closing(sqlite3.connect(session)) as database, database:
            database.execute("DELETE FROM mutation_specs WHERE job_id = ?", (job,))
            database.execute("DELETE FROM work_items WHERE job_id = ?", (job,))


def _tried(session: Path, copy: Path) -> Iterator[Change]:
    """Try the listed changes and yield what became of each."""
    _cosmic_ray(copy, "exec", str(session.with_suffix(".toml")), str(session))
    for line in _cosmic_ray(copy, "dump", str(session)).splitlines():
        item, result = json.loads(line)
        (mutation,) = item["mutations"]
        outcome = "unknown" if result is None else str(result["test_outcome"])
        diff = "" if result is None else str(result["diff"] or "")
        place = (str(mutation["module_path"]), int(mutation["start_pos"][0]), str(mutation["operator_name"]))
        yield Change(*place, outcome, diff)


def _cosmic_ray(copy: Path, *words: str) -> str:
    command = [str(Path(sys.executable)), "-m", "cosmic_ray.cli", *words]
    return subprocess.run(command, cwd=copy, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    asked = argparse.ArgumentParser(prog="python -m mutation")
    asked.add_argument("only", nargs="*", help="modules whose path begins so; all, when none is given")
    asked.add_argument("--sample", type=int, default=0, help="changes to draw of each folder; 0: all")
    asked.add_argument("--seed", type=int, default=1, help="which are drawn")
    given = asked.parse_args()
    sys.exit(main(tuple(given.only), given.sample, given.seed))
