"""`assent segment import`, `assent contact import`, exports and `assent job`: watched, cancelled, gone on with."""

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
    assert "3 of 3 rows: added 2, unchanged 0, failed 1" in done.stdout
    report = (tmp_path / "bad.csv").read_text(encoding="utf-8-sig")
    (failed,) = csv.DictReader(io.StringIO(report))
    assert (failed["line"], failed["value"], failed["reason"].split(":")[0]) == ("4", "x@@y", "malformed")
    (job,) = json.loads(assent("job", "list", "--json").stdout)
    shown = json.loads(assent("job", "show", job["id"], "--json").stdout)
    assert (shown["state"], shown["added"], shown["actor"]) == ("completed_with_errors", 2, job["actor"])
    again = assent("job", "report", job["id"], "--unmask", variables=MAY_UNMASK)
    assert "x@@y" in again.stdout


def test_a_queued_job_is_cancelled_or_run_later(assent: Run, tmp_path: Path) -> None:
    known(assent, tmp_path, "ana")
    path = file_of(tmp_path, "ana@example.org")
    first, second = (
        json.loads(assent("segment", "import", "tips", path, "--queue", "--json").stdout)["id"] for _ in range(2)
    )
    assert "cancelled; 0 of" in assent("job", "cancel", first).stdout
    refused = assent("job", "resume", first)
    assert (refused.returncode, "was cancelled" in refused.stderr) == (1, True)
    done = assent("job", "resume", second)
    assert (done.returncode, "added 1," in done.stdout) == (0, True)


def test_a_file_that_is_no_list_is_refused_with_its_line(assent: Run, tmp_path: Path) -> None:
    known(assent, tmp_path, "ana")
    done = assent("segment", "import", "tips", file_of(tmp_path, "ana@example.org", "ben@example.org,Ben"))
    assert (done.returncode, "line 2, column 2" in done.stdout) == (1, True)
    assert json.loads(assent("ledger", "show", "--json").stdout) == []


def test_an_unknown_segment_or_job_is_refused(assent: Run, tmp_path: Path) -> None:
    known(assent, tmp_path)
    assert assent("segment", "import", "nowhere", file_of(tmp_path, "a@example.org")).returncode == 1
    unknown = assent("job", "show", "i_none")
    assert (unknown.returncode, "has no job 'i_none'" in unknown.stderr) == (1, True)


def test_a_list_can_be_tried(assent: Run, tmp_path: Path) -> None:
    known(assent, tmp_path, "ana")
    path = file_of(tmp_path, "ana@example.org", "x@@y")
    for options in (["--dry-run"], ["--dry-run"], []):
        done = assent("segment", "import", "tips", path, *options)
        assert (done.returncode, "added 1, unchanged 0, failed 1" in done.stdout) == (1, True), done.stdout
        assert ("dry run" in done.stdout) is bool(options)
    assert len(json.loads(assent("ledger", "show", "--json").stdout)) == 1


def test_a_file_of_contacts_is_a_job_too(assent: Run, tmp_path: Path) -> None:
    known(assent, tmp_path, "ana")
    path = file_of(
        tmp_path, "E-mail;Vorname;Telefon", "ana@example.org;Ana;", "ben@example.org;Ben;3.36E+10", "cy@example.org;Cy;"
    )
    tried = assent("contact", "import", path, "--dry-run")
    assert (tried.returncode, "added 1, changed 1, unchanged 0, failed 1" in tried.stdout) == (1, True)
    done = assent("contact", "import", path)
    assert (done.returncode, "added 1, changed 1, unchanged 0, failed 1" in done.stdout) == (1, True)
    assert "line 3: invalid value: phone: a spreadsheet rewrote this number" in done.stderr
    assert "ben@" not in done.stdout + done.stderr
    again = json.loads(assent("contact", "import", path, "--json").stdout)
    assert (again["kind"], again["unchanged"], again["failed"]) == ("import_contacts", 2, 1)
    jobs = json.loads(assent("job", "list", "--json").stdout)
    assert [(job["kind"], job["dry_run"]) for job in jobs] == [
        ("import_contacts", False),
        ("import_contacts", False),
        ("import_contacts", True),
    ]
    assert all("list.csv" not in job["file_name"] for job in jobs)


def test_an_export_is_a_job_whose_file_is_whole_or_not_there(assent: Run, tmp_path: Path) -> None:
    known(assent, tmp_path, "ana", "ben")
    done = assent("contact", "export", "-o", "all.csv", "--unmask", variables=MAY_UNMASK)
    assert (done.returncode, "2 contacts are in all.csv" in done.stdout) == (0, True), done.stderr
    assert sorted(path.name for path in tmp_path.glob("*all.csv*")) == ["all.csv"]
    assert (tmp_path / "all.csv").stat().st_mode & 0o777 == 0o600
    again = assent("contact", "import", str(tmp_path / "all.csv"))
    assert "added 0, changed 0, unchanged 2, failed 0" in again.stdout
    taken = assent("segment", "import", "tips", str(tmp_path / "all.csv"))
    assert "added 2, unchanged 0, failed 0" in taken.stdout
    refused = assent("contact", "export", "-o", "all.csv", "--unmask", variables=MAY_UNMASK)
    assert (refused.returncode, "the file exists" in refused.stderr) == (1, True)
    nowhere = assent("segment", "export", "tips", "-o", "none/at/all.csv", "--unmask", variables=MAY_UNMASK)
    assert nowhere.returncode == 1
    jobs = json.loads(assent("job", "list", "--json").stdout)
    assert [(job["kind"], job["state"], job["done"]) for job in jobs] == [
        ("export_members", "failed", 0),
        ("import_members", "completed", 2),
        ("import_contacts", "completed", 2),
        ("export_contacts", "completed", 2),
    ]
