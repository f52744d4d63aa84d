"""Acts that only the command has so far, against books that the test keeps; the API will call the same functions."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.acts.doors import Refusal, Request, by_api, by_command, rows_of, says
from tests.acts.world import NAMING, STAFF, fill
from tests.cli.running import Run
from tests.runtime.harness import FLOW
from tests.storage.contract.subjects import SUBJECTS


@pytest.fixture(params=SUBJECTS[:2])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A store with the world of the acts in it."""
    url: str = request.param(tmp_path)
    await fill(url)
    return url


async def test_a_flow_goes_live_and_back(url: str, assent: Run, tmp_path: Path) -> None:
    (tmp_path / "new.yaml").write_text(FLOW.replace("I did not understand.", "Say that again?"))
    (tmp_path / "newer.yaml").write_text(FLOW.replace("I did not understand.", "Pardon?"))
    (tmp_path / "wrong.yaml").write_text(NAMING.replace("default: sorry", "default: sory"))
    before = await rows_of(url)
    pushed = assent("--store", url, "flow", "save", "wrong.yaml", author=STAFF)
    assert pushed.returncode == 0
    assert "was not pushed" in assent("--store", url, "flow", "push", "--yes", author=STAFF).stderr
    for words in (
        ["flow", "save", "new.yaml"],
        ["flow", "push", "--bot", "demo", "--expect", "1", "--yes"],
        ["flow", "push", "--bot", "demo", "--yes"],
        ["flow", "save", "newer.yaml"],
        ["flow", "push", "--bot", "demo", "--yes"],
        ["flow", "rollback", "2", "--bot", "demo", "--yes"],
        ["flow", "rollback", "2", "--bot", "demo", "--yes"],
    ):
        done = assent("--store", url, *words, author=STAFF)
        assert done.returncode == 0, done.stderr
    late = assent("--store", url, "flow", "push", "--bot", "demo", "--expect", "1", "--yes", author=STAFF)
    assert (late.returncode, "revision 4 is live" in late.stderr) == (1, True)
    none = assent("--store", url, "flow", "rollback", "9", "--bot", "demo", "--yes", author=STAFF)
    assert (none.returncode, "demo has no revision 9" in none.stderr) == (1, True)
    ledger, audit = await rows_of(url)
    assert ledger == before[0]
    assert audit[len(before[1]) :] == [
        (STAFF, "save_draft", "flow", "draft 2"),
        (STAFF, "save_draft", "flow", "draft 3"),
        (STAFF, "push_flow", "flow", "revision 2"),
        (STAFF, "save_draft", "flow", "draft 4"),
        (STAFF, "push_flow", "flow", "revision 3"),
        (STAFF, "roll_back_flow", "flow", "revision 4, with the text of revision 2"),
    ]


async def test_a_token_is_made_once_and_revoked_once(url: str, assent: Run) -> None:
    before = await rows_of(url)
    words = ["token", "create", "--name", " Crm \t team ", "--role", "ops"]
    made = assent("--store", url, *words, author=STAFF)
    assert made.returncode == 0, made.stderr
    tokens = json.loads(assent("--store", url, "token", "list", "--json").stdout)
    (token,) = [one["id"] for one in tokens if one["name"] == "Crm team"]
    assert "there is a token called `Crm team` already" in assent("--store", url, *words, author=STAFF).stderr
    for _ in range(2):
        assert assent("--store", url, "token", "revoke", token, author=STAFF).returncode == 0
    assert assent("--store", url, "token", "revoke", "t_none", author=STAFF).returncode == 1
    assert assent("--store", url, *words, author=STAFF).returncode == 0
    rows = (await rows_of(url))[1][len(before[1]) :]
    assert rows[:2] == [
        (STAFF, "create_token", f"token {token}", "Crm team, ops"),
        (STAFF, "revoke_token", f"token {token}", "Crm team"),
    ]
    assert [row[1] for row in rows[2:]] == ["create_token"]
    assert all(made.stdout.strip() not in text for row in rows for text in row)


async def test_an_event_is_recorded_with_the_one_whom_it_names(url: str, assent: Run) -> None:
    """Events come from other systems, so that no command has them."""
    before = await rows_of(url)
    told = await by_api(url, Request("POST", "/events", {"handle": "ANA@example.org", "event": " paid  twice "}))
    assert told.told["id"] == "c_ana"
    again = await by_api(url, Request("POST", "/counts", {"filter": 'event:"paid twice"'}))
    assert again.told["members"] == 1
    for body, status in (
        ({"handle": "none@example.org", "event": "paid"}, 404),
        ({"handle": "twice@example.org", "event": "paid"}, 409),
        ({"contact": "c_ana", "event": " "}, 422),
        ({"contact": "c_ana", "event": "p" * 501}, 422),
        ({"contact": "c_ana"}, 422),
        ({"event": "paid"}, 422),
    ):
        refused = await by_api(url, Request("POST", "/events", body))
        assert refused.refusal is not None
        assert refused.refusal.status == status, body
    ledger, audit = await rows_of(url)
    assert (ledger, audit[len(before[1]) :]) == (before[0], [(STAFF, "record_event", "c_ana", "event")])
    assert by_command(assent, url, ["audit", "list", "--json"], {}).refusal is None


@pytest.mark.parametrize("empty", ["", "  "])
async def test_a_value_that_is_empty_does_not_mean_everybody(url: str, assent: Run, tmp_path: Path, empty: str) -> None:
    """A variable of a script that was never set is no reason to show or take along all that there is."""
    output = ["--output", "people.csv", "--unmask"]
    for words in (
        ["ledger", "show", "--contact", empty],
        ["ledger", "show", "--segment", empty],
        ["conversation", "list", "--contact", empty],
        ["conversation", "list", "--in", empty],
        ["conversation", "list", "--out-of", empty],
        ["conversation", "list", "--segment", empty],
        ["contact", "export", empty, *output],
        ["contact", "export", "--filter", empty, *output],
        ["proof", "c_ana", "--segment", empty],
        ["audit", "list", "--target", empty],
    ):
        done = assent("--store", url, *words, author=STAFF, variables={"ASSENT_PRIVACY__MAY_UNMASK": STAFF})
        assert (done.returncode, done.stdout) == (1, ""), words
        assert "the value is empty. Write one, or leave it out" in done.stderr, words
    assert not (tmp_path / "people.csv").exists()


async def test_the_audit_is_asked_by_whatever_names_a_person(url: str, assent: Run) -> None:
    """Its rows have the contact's id, and those that concern everybody."""
    by_command(assent, url, ["contact", "note", "c_ana", "called"], {})
    by_command(assent, url, ["contact", "note", "c_bo", "called"], {})
    for who in ("c_ana", "ana@example.org", " ANA@example.org", "teams:29:ana"):
        told = by_command(assent, url, ["audit", "list", "--target", who, "--json"], {}).told
        assert [(row["action"], row["target"]) for row in told] == [("note_contact", "c_ana")], who
        asked = await by_api(url, Request("GET", f"/audit?target={quote(who)}"))
        assert [row["target"] for row in asked.told["rows"]] == ["c_ana"], who
    refused = by_command(assent, url, ["audit", "list", "--target", "none@example.org", "--json"], {}).refusal
    assert refused is not None
    assert "demo has no contact 'none@example.org'" in refused.problem
    unknown = (await by_api(url, Request("GET", "/audit?target=none@example.org"))).refusal
    assert (unknown is not None and unknown.status) == 404
    assert by_command(assent, url, ["audit", "list", "--target", "segment press", "--json"], {}).told == []


async def test_a_detail_is_given_once_and_has_a_name(url: str, assent: Run) -> None:
    before = await rows_of(url)
    for words, problem in (
        (["--set", "name=Ana", "--set", "name=Anna"], "name: it is given twice. Say which of the two is meant"),
        (["--field", "team=red", "--field", " team =blue"], "team: it is given twice. Say which of the two is meant"),
        (["--set", "=Ana"], "'=Ana' names nothing before the =. Write it as WORD=TEXT"),
    ):
        refused = by_command(assent, url, ["contact", "edit", "c_ana", *words], {}).refusal
        assert refused is not None
        assert refused.problem == problem
    assert await rows_of(url) == before


async def test_a_list_that_is_piped_may_begin_with_a_byte_order_mark(url: str, assent: Run) -> None:
    """Programs of Windows write one before all text."""
    words = ["segment", "add", "press", "-", "--json"]
    done = assent("--store", url, *words, author=STAFF, typed="\ufeffE-2\r\nana@example.org\r\n")
    assert [row["outcome"] for row in json.loads(done.stdout)["outcomes"]] == ["added", "added"]


async def test_members_go_out_and_come_back(url: str, assent: Run, tmp_path: Path) -> None:
    """Also those who have no address: their line would be empty otherwise, and passed over."""
    by_command(assent, url, ["segment", "add", "press", "ana@example.org", "E-2"], {})
    variables = {"ASSENT_PRIVACY__MAY_UNMASK": STAFF}
    by_command(assent, url, ["segment", "export", "press", "--output", "press.csv", "--unmask"], variables)
    back = by_command(assent, url, ["segment", "import", "board", str(tmp_path / "press.csv"), "--json"], {})
    assert (back.told["added"], back.told["failed"]) == (2, 0)


async def test_a_filter_in_json_loses_no_condition_and_is_not_too_deep(url: str, assent: Run) -> None:
    deep = '{"not":' * 1_400 + '{"tag":"vip"}' + "}" * 1_400
    for text, problem, remedy in (
        ('{"tag": "vip", "tag": "press"}', "the key 'tag' is there twice", "Join the two conditions by `all` or `any`"),
        (deep, "the filter is nested too deeply", "Nest less deeply"),
    ):
        refusal = Refusal(problem, remedy)
        left = by_command(assent, url, ["segment", "count", "--filter", text, "--json"], {})
        assert left.refusal is not None
        assert says(refusal, left.refusal), left.refusal
        assert (await by_api(url, Request("POST", "/counts", {"filter": text}))).refusal == refusal


async def test_nothing_is_asked_for_by_an_empty_value(url: str) -> None:
    """As the commands have it: `?filter=` is no wish to see everybody."""
    empty = Refusal("the filter is empty", "Write a condition, such as `tag:vip`")
    assert (await by_api(url, Request("GET", "/contacts?filter="))).refusal == empty
    for value in ("", "%20"):
        refused = (await by_api(url, Request("GET", f"/audit?target={value}"))).refusal
        assert (refused is not None and refused.status) == 422


async def test_the_ledger_of_an_unknown_segment_is_refused(url: str, assent: Run) -> None:
    refused = by_command(assent, url, ["ledger", "show", "--segment", "pres"], {}).refusal
    assert refused is not None
    assert refused.problem == "there is no segment `pres`. Did you mean `press`?"
    for segment, rows in (("former", 1), ("board", 0), ("*", 1)):
        assert len(by_command(assent, url, ["ledger", "show", "--segment", segment, "--json"], {}).told) == rows


async def test_a_conversation_is_found_around_white_space(url: str, assent: Run) -> None:
    done = assent("--store", url, "conversation", "show", " teams:a:cy ", author=STAFF)
    assert (done.returncode, done.stderr) == (0, "")
