"""`make mutate [ONLY="segments/fold.py keywords"]`: works in a copy of the tree, and leaves this one alone.

For each module every change is tried (cosmic-ray): the tests of its scope have to fail. What survives and is not
explained in `mutation/README.md` is told, and ends the run with status 1.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
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


def main(only: tuple[str, ...]) -> int:
    """Try the changes; return the status to end with."""
    explained = EXPLAINED.read_text(encoding="utf-8")
    survived: list[Change] = []
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        copy = Path(folder)
        _copy_tree(copy)
        for scope in SCOPES:
            for module in modules_of(scope, ROOT, only):
                tried = list(_tried(scope, module, copy))
                alive = [change for change in tried if change.outcome == "survived"]
                print(f"{module}: {len(tried)} changes, {len(alive)} not noticed", flush=True)
                survived += alive
    new = [change for change in survived if change.name not in explained]
    for change in new:
        print(f"\n{change.name}\n{change.diff}")
    print(f"{len(survived)} changes were not noticed, {len(new)} of them are not explained")
    return 1 if new else 0


def _copy_tree(copy: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)


def _tried(scope: Scope, module: str, copy: Path) -> Iterator[Change]:
    """Try all changes of a module and yield what became of each."""
    python = str(Path(sys.executable))
    config, session = copy / "mutation.toml", copy / "mutation.sqlite"
    tests = " ".join(scope.tests)
    config.write_text(
        f'[cosmic-ray]\nmodule-path = "{module}"\ntimeout = {scope.seconds}\nexcluded-modules = []\n'
        f'test-command = "{python} -m pytest -q -x -p no:cacheprovider {tests}"\n'
        '[cosmic-ray.distributor]\nname = "local"\n',
        encoding="utf-8",
    )
    session.unlink(missing_ok=True)
    for step in (("init", str(config), str(session)), ("exec", str(config), str(session))):
        subprocess.run([python, "-m", "cosmic_ray.cli", *step], cwd=copy, check=True)
    dumped = subprocess.run(
        [python, "-m", "cosmic_ray.cli", "dump", str(session)], cwd=copy, check=True, capture_output=True, text=True
    )
    for line in dumped.stdout.splitlines():
        item, result = json.loads(line)
        (mutation,) = item["mutations"]
        outcome = "unknown" if result is None else str(result["test_outcome"])
        diff = "" if result is None else str(result["diff"] or "")
        yield Change(module, int(mutation["start_pos"][0]), str(mutation["operator_name"]), outcome, diff)


if __name__ == "__main__":
    sys.exit(main(tuple(sys.argv[1:])))
