"""What ops sees: conversations, replies that did not arrive, members, the ledger, what is wrong."""

import json
import sqlite3
from datetime import timedelta
from pathlib import Path

from messages.effects import OutgoingText
from messages.inbound import ButtonPressed, ConversationStarted, TextReceived
from runtime.clock import now
from storage.records import DeliveryStatus, OutboxRow
from storage.sqlite.store import SqliteStore
from tests.cli.running import EXAMPLE, MAY_UNMASK, Run
from tests.cli.talking import Talk
from tests.storage.contract.audiences.people import BOT
from tests.storage.talk import NOW
from tests.storage.told_apart import HER, lived


def press(rows: tuple[OutboxRow, ...] | list[OutboxRow], position: int = 0) -> ButtonPressed:
    part = rows[0].message.parts[0]
    assert isinstance(part, OutgoingText)
    return ButtonPressed(payload=part.buttons[position].payload, label=part.buttons[position].label)


async def opted_in(talk: Talk, user: str) -> None:
    await talk.act(press(list(await talk.act(ConversationStarted(), user=user))), user=user)


async def test_a_conversation_is_drawn_as_the_person_saw_it(assent: Run, tmp_path: Path) -> None:
    async with Talk(tmp_path) as talk:
        await opted_in(talk, "ana")
        await talk.act(TextReceived("\x1b[31mhello"), status=DeliveryStatus.FAILED, reason="blocked the bot")
        await talk.act(ButtonPressed(payload="a1:forged"))
    shown = assent("conversation", "show", "teams:a:ana", "--unmask", variables=MAY_UNMASK).stdout
    in_order = (
        "(added the bot)",
        "One short tip every Monday?",
        "delivered ",
        "[Yes please]",
        "✓ the person is now in tips  (none → opted_in)",
        "delivered ",
        "\ufffd[31mhello",
        "NOT delivered: blocked the bot",
        "(refused: ",
    )
    for words in in_order:
        before, found, shown = shown.partition(words)
        assert found, f"{words!r} is not in {shown or before}"


async def test_the_latest_turns_are_drawn(assent: Run, tmp_path: Path) -> None:
    async with Talk(tmp_path) as talk:
        for number in range(5):
            await talk.act(TextReceived(f"number {number}"))
    shown = assent("conversation", "show", "teams:a:ana", "--limit", "2", "--unmask", variables=MAY_UNMASK).stdout
    assert "2 of 5 turns" in shown
    assert [number for number in range(5) if f"number {number}" in shown] == [3, 4]


async def test_a_reply_whose_delivery_was_pruned_is_still_drawn(assent: Run, tmp_path: Path) -> None:
    async with Talk(tmp_path) as talk:
        await opted_in(talk, "ana")
        assert (await talk.store.prune(now() + timedelta(days=9), timedelta(days=1))).deliveries == 2
    shown = assent("conversation", "show", "teams:a:ana").stdout
    assert shown.count("delivered; the record of it was pruned") == 2
    assert "You are in Tips" in shown


async def test_conversations_with_replies_given_up_are_found_among_many(assent: Run, tmp_path: Path) -> None:
    async with Talk(tmp_path) as talk:
        for user in ("ana", "ben", "eve"):
            status = DeliveryStatus.FAILED if user == "eve" else DeliveryStatus.DELIVERED
            await talk.act(TextReceived("hello"), user=user, status=status)
    assert "teams:a:eve" in assent("conversation", "list", "--failed", "--limit", "1").stdout
    newest = assent("conversation", "list", "--limit", "2")
    assert "teams:a:ana" not in newest.stdout
    assert "these are the newest 2" in newest.stderr
    first = assent("conversation", "list", "--after", "", "--limit", "2")
    assert "teams:a:eve" not in first.stdout
    assert first.stderr.strip() == "there may be more: --after teams:a:ben"
    rest = json.loads(assent("conversation", "list", "--after", "teams:a:ben", "--json").stdout)
    assert [row["state"]["key"] for row in rest] == ["teams:a:eve"]


async def test_members_are_counted_and_listed(assent: Run, tmp_path: Path) -> None:
    async with Talk(tmp_path) as talk:
        for user in ("ana", "ben"):
            await opted_in(talk, user)
        await talk.act(TextReceived("stop"), user="ben")
    listed = json.loads(assent("segment", "list", "--json").stdout)
    assert listed == [
        {
            "id": "tips",
            "name": "Tips",
            "kind": "manual",
            "purpose": "One short tip every Monday.",
            "filter": "",
            "made_by": "flow",
            "version": 0,
            "members": 1,
            "allowed": 1,
            "reachable": 1,
            "sequence": 4,
            "warnings": [],
        }
    ]
    assert "as of ledger row 4" in assent("segment", "list").stdout
    masked = assent("segment", "show", "tips").stdout
    assert "members: 1; allowed: 1; reachable: 1; as of ledger row 4" in masked
    assert "Ana" not in masked
    shown = assent("segment", "show", "tips", "--unmask", variables=MAY_UNMASK).stdout
    assert "Ana" in shown
    assert "Ben" not in shown
    assert "segment tips" in assent("audit", "list").stdout
    unknown = assent("segment", "show", "tip")
    assert unknown.returncode == 1
    assert "Did you mean `tips`?" in unknown.stderr


async def test_the_ledger_shows_who_agreed_to_what_with_the_proof(assent: Run, tmp_path: Path) -> None:
    async with Talk(tmp_path) as talk:
        await opted_in(talk, "ana")
        await talk.act(TextReceived("STOP!"))
    rows = json.loads(assent("ledger", "show", "--json").stdout)
    assert [(row["change"]["subject"], row["change"]["after"]) for row in rows] == [
        ("tips", "opted_in"),
        ("*", "opted_out"),
        ("tips", "opted_out"),
    ]
    table = assent("ledger", "show", "--segment", "tips").stdout
    assert "button “Yes please”" in table
    assert "r1 · hi · hi/1" in table
    assert "keyword “stop”" in table
    assert "keyword “STOP!”" in assent("ledger", "show", "--unmask", variables=MAY_UNMASK).stdout
    proof = assent("ledger", "show", "--proof", "--limit", "1")
    assert "One short tip every Monday?" in proof.stdout
    assert "there may be more: --after 1" in proof.stderr


async def test_the_ledger_says_what_was_erased_and_what_in_part(assent: Run, tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "assent.db")
    await store.open()
    await lived(store)
    await store.erase_contact(BOT, HER.id, actor="mia", at=NOW)
    await store.close()
    rows = {row["sequence"]: row for row in json.loads(assent("ledger", "show", "--json").stdout)}
    table = assent("ledger", "show").stdout
    assert table.count("erased in part") == 1
    (other,) = [number for number, row in rows.items() if row.get("erased") and row["change"]["contact"] != HER.id]
    assert f"row {other} of {BOT}, erased in part" in assent("ledger", "show", "--proof").stdout


async def test_verify_fails_loudly_when_a_membership_was_tampered_with(assent: Run, tmp_path: Path) -> None:
    async with Talk(tmp_path) as talk:
        await opted_in(talk, "ana")
    sound = assent("ledger", "verify")
    assert (sound.returncode, "small: the ledger is sound: 1 rows, 1 memberships, head " in sound.stdout) == (0, True)
    with sqlite3.connect(tmp_path / "assent.db") as connection:
        connection.execute("UPDATE memberships SET state = 'opted_out'")
    found = assent("ledger", "verify")
    assert found.returncode == 1
    assert "in tips: " in found.stderr
    assert "has 1 difference" in found.stdout
    assert json.loads(assent("ledger", "verify", "--json").stdout)["small"]["differences"]
    assert "error" in {entry["verdict"] for entry in json.loads(assent("doctor", "--json").stdout)}


def test_the_doctor_says_what_is_missing_and_changes_nothing(assent: Run, tmp_path: Path) -> None:
    none = assent("doctor")
    assert none.returncode == 1
    assert "✗ store: there is none at assent.db." in none.stdout
    assert list(tmp_path.iterdir()) == []
    assent("flow", "save", str(EXAMPLE))
    before = assent("doctor")
    assert before.returncode == 1
    assert "✗ bot wellbeing: no live revision" in before.stdout
    assent("flow", "push", "--yes")
    after = assent("doctor", "--json")
    assert after.returncode == 0
    assert {entry["verdict"] for entry in json.loads(after.stdout)} <= {"ok", "warning"}


def test_the_doctor_reads_the_settings(assent: Run, tmp_path: Path) -> None:
    assent("flow", "save", str(EXAMPLE))
    assent("flow", "push", "--yes")
    (tmp_path / "assent.toml").write_text(
        'connector = "http://127.0.0.1:3979"\nbutton_keys = ["short"]\n[server]\nhost = "0.0.0.0"\n'
        '[bots.welbeing.teams]\napp_id = "x"\n[bots.wellbeing.workplace]\naccess_token = "t"\n'
    )
    done = assent("doctor")
    assert done.returncode == 1
    for told in (
        "! connector: all replies go to http://127.0.0.1:3979, not to the channels",
        "✗ button keys: button_keys: a key has fewer than 16 characters",
        "! bot welbeing: set up as bots.welbeing, but the store does not hold it. The store holds wellbeing",
        "✗ bot wellbeing: nothing proves who writes to it, so it is not served on 0.0.0.0",
        "✗ Teams, welbeing: an app id without a password. Set bots.welbeing.teams.app_password",
        "✗ Messenger, wellbeing: set up in part: no app_secret, verify_token",
    ):
        assert told in done.stdout, told
