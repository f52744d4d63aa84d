"""`assent segment` and `assent contact`, as staff run them."""

import json
from pathlib import Path

from messages.inbound import TextReceived
from tests.cli.running import MAY_UNMASK, Run, small_flow
from tests.cli.talking import Talk


def pushed(assent: Run, folder: Path) -> None:
    """Have the small flow live."""
    assert assent("flow", "save", small_flow(folder)).returncode == 0
    assert assent("flow", "push", "--yes").returncode == 0


def test_an_audience_from_the_first_contact_to_the_file(assent: Run, tmp_path: Path) -> None:
    pushed(assent, tmp_path)
    made = assent("contact", "create", "--set", "email=zoe@example.org", "--set", "name=Zoë", "--tag", "vip")
    contact = made.stdout.strip()
    assert made.returncode == 0, made.stderr
    assert assent("segment", "create", "Press").stdout == "press: Press (manual)\n"
    assert "tag:vip" in assent("segment", "create", "--filter", '{"tag": "vip"}').stdout
    added = assent("segment", "add", "press", "-", typed="ZOE@example.org\nnobody@example.org\n")
    assert added.returncode == 1
    assert "added" in added.stdout
    assert "unknown" in added.stdout
    listed = json.loads(assent("segment", "list", "--json").stdout)
    assert [(row["id"], row["kind"], row["members"], row["made_by"]) for row in listed] == [
        ("tips", "manual", 0, "flow"),
        ("press", "manual", 1, "staff"),
        ("segment-1", "filter", 1, "staff"),
    ]
    counted = json.loads(assent("segment", "count", "--filter", "not tag:vip", "--json").stdout)
    assert counted == {"members": 0, "allowed": 0, "reachable": 0, "sequence": 1}
    refused = assent("segment", "export", "press", "-o", "members.csv")
    assert "Say --unmask" in refused.stderr
    assert assent("segment", "export", "press", "-o", "members.csv", "--unmask", variables=MAY_UNMASK).returncode == 0
    assert (tmp_path / "members.csv").read_text(encoding="utf-8-sig") == (
        '"name","email","external_id"\n"Zoë","zoe@example.org",""\n'
    )
    shown = assent("contact", "show", "zoe@example.org", "--unmask", variables=MAY_UNMASK).stdout
    assert contact in shown
    assert "segment press" in shown
    assert "zoe@example.org" not in assent("contact", "show", contact).stdout


def test_a_filter_that_can_not_be_read_is_pointed_at(assent: Run, tmp_path: Path) -> None:
    pushed(assent, tmp_path)
    refused = assent("segment", "create", "--filter", "tag:vip and lastseen within 7d")
    assert refused.returncode == 1
    assert "column 13" in refused.stderr
    assert "last_seen" in refused.stderr
    assert "no segment `pres`" in assent("segment", "rename", "pres", "Press").stderr
    assert assent("segment", "convert", "tag:vip").stdout.split() == ["{", '"tag":', '"vip"', "}"]
    assert assent("segment", "convert", '{"not": {"tag": "vip"}}').stdout == "not tag:vip\n"


async def test_what_staff_did_is_in_the_audit_and_a_segment_goes_with_its_members(assent: Run, tmp_path: Path) -> None:
    async with Talk(tmp_path) as talk:
        await talk.act(TextReceived("hello"))
    assert assent("segment", "create", "Press").returncode == 0
    assert assent("segment", "add", "press", "teams 29:ana").returncode == 0
    assert assent("segment", "delete", "tips", "--yes").stderr.startswith("assent: tips is a segment of the live flow")
    gone = assent("segment", "delete", "press", "--yes")
    assert gone.stdout == "press is deleted; members removed: 1\n"
    rows = json.loads(assent("audit", "list", "--json").stdout)
    assert [(row["action"], row["actor"]) for row in rows] == [
        ("create_segment", "ana"),
        ("add_members", "ana"),
        ("delete_segment", "ana"),
    ]
    assert assent("ledger", "verify").returncode == 0
    assert assent("contact", "list", "--filter", "segment:press").stdout == "nobody is known\n"


def test_a_person_gets_a_zip_and_is_erased_by_address(assent: Run, tmp_path: Path) -> None:
    pushed(assent, tmp_path)
    (tmp_path / "people.csv").write_text("email,name,field.age\nana@example.org,Ana,41\nbo@example.org,Bo,old\n")
    refused = assent("contact", "import", "people.csv")
    assert "line 3: invalid value: field.age: 'old' is not a number" in refused.stderr
    assert "added 1, changed 0, unchanged 0, failed 1" in refused.stdout
    (tmp_path / "people.csv").write_text("email,name,field.age\nana@example.org,Ana,41\nbo@example.org,Bo,\n")
    assert "added 1, changed 0, unchanged 1, failed 0" in assent("contact", "import", "people.csv").stdout
    assert assent("contact", "note", "ana@example.org", "likes tea").returncode == 0
    assert assent("contact", "tag", "ana@example.org", "vip").stdout.endswith(": vip\n")
    assert assent("contact", "edit", "ana@example.org", "--set", "phone=123").returncode == 0
    exported = assent("contact", "export", "ana@example.org", "-o", "ana.zip", "--unmask", variables=MAY_UNMASK)
    assert exported.returncode == 0, exported.stderr
    assert (tmp_path / "ana.zip").read_bytes().startswith(b"PK")
    assert assent("contact", "erase", "ana@example.org", "--yes").returncode == 0
    again = assent("contact", "import", "people.csv")
    assert again.returncode == 1
    assert "line 2: erased\n" in again.stderr
    raw = b"".join(file.read_bytes() for file in tmp_path.glob("assent.db*"))
    assert b"ana@example.org" not in raw
    assert b"likes tea" not in raw


def test_the_ledger_of_a_person_is_found_by_whatever_names_them(assent: Run, tmp_path: Path) -> None:
    pushed(assent, tmp_path)
    named = ("email=ana@example.org", "external_id=E-7")
    contact = assent("contact", "create", *(word for each in named for word in ("--set", each))).stdout.strip()
    assent("contact", "create", "--set", "email=bo@example.org")
    assent("segment", "create", "Press")
    assent("segment", "add", "press", "E-7", "bo@example.org")
    for who in (contact, "ana@example.org", " ANA@example.org", "E-7"):
        (row,) = json.loads(assent("ledger", "show", "--contact", who, "--json").stdout)
        assert row["change"]["contact"] == contact
    unknown = assent("ledger", "show", "--contact", "cy@example.org")
    assert (unknown.returncode, "no contact 'cy@example.org'" in unknown.stderr) == (1, True)
    assert assent("contact", "erase", contact, "--yes").returncode == 0
    (row,) = json.loads(assent("ledger", "show", "--contact", contact, "--json").stdout)
    assert row["change"]["subject"] == "press"


def test_no_question_is_asked_about_a_segment_that_is_not_there(assent: Run, tmp_path: Path) -> None:
    pushed(assent, tmp_path)
    for words in (("segment", "count"), ("segment", "create", "Others"), ("contact", "list")):
        refused = assent(*words, "--filter", "not segment:tps")
        assert refused.returncode == 1
        assert "there is no segment `tps`" in refused.stderr
        assert "`tips`" in refused.stderr


async def test_counts_tell_members_from_whom_a_message_reaches(assent: Run, tmp_path: Path) -> None:
    """Two met the bot over Teams, one of whom said stop; of a third, staff know the address alone."""
    async with Talk(tmp_path) as talk:
        await talk.act(TextReceived("hello"), user="ana")
        await talk.act(TextReceived("hello"), user="bo")
        await talk.act(TextReceived("stop"), user="bo")
    assent("contact", "create", "--set", "email=cy@example.org")
    assent("segment", "create", "All", "--filter", "not tag:nobody")
    for variables, reachable in (
        ({}, 1),  # for development: nothing is set up, and all is for this machine alone
        ({"ASSENT_BOTS__SMALL__WORKPLACE__ACCESS_TOKEN": "t"}, 0),
        ({"ASSENT_BOTS__SMALL__TEAMS__APP_ID": "a", "ASSENT_BOTS__SMALL__TEAMS__APP_PASSWORD": "p"}, 1),
    ):
        expected = {"members": 3, "allowed": 2, "reachable": reachable}
        asked = {**variables, **MAY_UNMASK}
        counted = json.loads(assent("segment", "count", "all", "--json", variables=asked).stdout)
        by_filter = json.loads(assent("segment", "count", "--filter", "not tag:x", "--json", variables=asked).stdout)
        (listed,) = [
            row for row in json.loads(assent("segment", "list", "--json", variables=asked).stdout) if row["id"] == "all"
        ]
        for told in (counted, by_filter, listed):
            assert {name: told[name] for name in expected} == expected
        words = f"members: 3; allowed: 2; reachable: {reachable}; as of ledger row"
        assert words in assent("segment", "count", "all", variables=asked).stdout
        assert words in assent("segment", "show", "all", variables=asked).stdout


def test_erasing_lists_the_filters_that_name_somebody_and_leaves_them(assent: Run, tmp_path: Path) -> None:
    pushed(assent, tmp_path)
    words = ("email=ana@example.org", "name=Ana Lima", "external_id=E-4711", "phone=+44 20 7946 0958")
    contact = assent("contact", "create", *(each for word in words for each in ("--set", word))).stdout.strip()
    filters = {
        "by-email": "tag:vip and not email is ANA@example.org",
        "by-name": 'name contains "lima"',
        "by-whom": 'talked_with:"Ana Lima"',
        "by-phone": 'phone is "+44 20 7946 0958"',
        "others": "email is ben@example.org or name contains a",
    }
    for name, text in filters.items():
        assert assent("segment", "create", name, "--id", name, "--filter", text).returncode == 0, text
    erased = assent("contact", "erase", contact, "--yes")
    assert "name them, and were not changed: by-email, by-name, by-phone, by-whom. " in erased.stderr
    listed = {row["id"]: row["filter"] for row in json.loads(assent("segment", "list", "--json").stdout)}
    assert {"by-email", "by-name", "by-phone", "by-whom", "others"} <= listed.keys()
    assert "ana@example.org" in listed["by-email"].lower()
