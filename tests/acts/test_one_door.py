"""Acts that only the command has so far, against books that the test keeps; the API will call the same functions."""

import json
from pathlib import Path

import pytest

from tests.acts.doors import Request, by_api, by_command, rows_of
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
        (STAFF, "save_draft", "flow", "draft 1"),
        (STAFF, "save_draft", "flow", "draft 2"),
        (STAFF, "push_flow", "flow", "revision 2"),
        (STAFF, "save_draft", "flow", "draft 3"),
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
