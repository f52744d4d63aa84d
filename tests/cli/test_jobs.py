"""`assent segment import` and `assent import`: a file of people, told how it went, cancelled, or gone on with."""

import csv
import io
import json
from pathlib import Path

from tests.cli.running import MAY_UNMASK, Run, small_flow


def pushed(assent: Run, tmp_path: Path) -> None:
    assert assent("flow", "save", small_flow(tmp_path)).returncode == 0
    assert assent("flow", "push", "--yes").returncode == 0


def file_of(tmp_path: Path, *lines: str) -> str:
    path = tmp_path / "list.csv"
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def known(assent: Run, tmp_path: Path, *names: str) -> None:
    pushed(assent, tmp_path)
    for name in names:
        done = assent("contact", "create", "--set", f"email={name}@example.org")
        assert done.returncode == 0, done.stderr


def test_a_file_is_taken_and_told(assent: Run, tmp_path: Path) -> None:
    known(assent, tmp_path, "ana", "ben")
    path = file_of(tmp_path, "e-mail", "ana@example.org", "Ben@Example.org", "x@@y")
    refused = assent("segment", "import", "tips", path, "--report", "bad.csv")
    assert (refused.returncode, "Say --unmask" in refused.stderr) == (1, True)
    done = assent("segment", "import", "tips", path, "--report", "bad.csv", "--unmask", variables=MAY_UNMASK)
    assert done.returncode == 1
    assert "3 of 3 rows: added 2, already there 0, failed 1" in done.stdout
    report = (tmp_path / "bad.csv").read_text(encoding="utf-8-sig")
    (failed,) = csv.DictReader(io.StringIO(report))
    assert (failed["line"], failed["value"], failed["reason"].split(":")[0]) == ("4", "x@@y", "malformed")
    (job,) = json.loads(assent("import", "list", "--json").stdout)
    shown = json.loads(assent("import", "show", job["id"], "--json").stdout)
    assert (shown["state"], shown["added"], shown["actor"]) == ("completed with errors", 2, job["actor"])
    again = assent("import", "report", job["id"], "--unmask", variables=MAY_UNMASK)
    assert "x@@y" in again.stdout


def test_a_queued_job_is_cancelled_or_run_later(assent: Run, tmp_path: Path) -> None:
    known(assent, tmp_path, "ana")
    path = file_of(tmp_path, "ana@example.org")
    first, second = (
        json.loads(assent("segment", "import", "tips", path, "--queue", "--json").stdout)["id"] for _ in range(2)
    )
    assert "cancelled; 0 of" in assent("import", "cancel", first).stdout
    done = assent("import", "resume", second)
    assert (done.returncode, "added 1," in done.stdout) == (0, True)


def test_a_file_that_is_no_list_is_refused_with_its_line(assent: Run, tmp_path: Path) -> None:
    known(assent, tmp_path, "ana")
    done = assent("segment", "import", "tips", file_of(tmp_path, "ana@example.org", "ben@example.org,Ben"))
    assert (done.returncode, "line 2, column 2" in done.stdout) == (1, True)
    assert json.loads(assent("ledger", "show", "--json").stdout) == []


def test_an_unknown_segment_or_job_is_refused(assent: Run, tmp_path: Path) -> None:
    known(assent, tmp_path)
    assert assent("segment", "import", "nowhere", file_of(tmp_path, "a@example.org")).returncode == 1
    unknown = assent("import", "show", "i_none")
    assert (unknown.returncode, "has no import 'i_none'" in unknown.stderr) == (1, True)
