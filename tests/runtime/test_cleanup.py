"""What is old is forgotten, and nothing that still counts: what the table says is what runs and what the docs tell."""

import dataclasses
import re
from datetime import datetime, timedelta

import msgspec
import pytest

from config.load import all_settings, dotted
from config.settings import Journal, Retention, Settings
from messages.contact import Note
from messages.errors import StoreError
from runtime.tasks.cleanup import RETENTION, Cleanup, Kept
from storage.records import AuditRow
from tests.runtime.harness import ROOT, payload
from tests.runtime.scene import Scene

OPERATIONS = (ROOT / "docs" / "operations.md").read_text()


def upkeep(scene: Scene, **settings: object) -> Cleanup:
    return Cleanup(scene.store, scene.clock, dataclasses.replace(Settings(), **settings))


async def test_ids_of_events_are_kept_as_long_as_a_channel_may_repeat_them(scene: Scene) -> None:
    await scene.says("what?", event_id="the same")
    scene.clock.now += timedelta(days=29)
    await upkeep(scene).once()
    await scene.says("what?", event_id="the same")
    assert len(scene.said) == 1
    scene.clock.now += timedelta(days=2)
    await upkeep(scene).once()
    await scene.says("what?", event_id="the same")
    assert len(scene.said) == 2


async def test_consent_and_its_proof_stay(scene: Scene) -> None:
    """Whatever the settings say."""
    await scene.presses(payload("yes"))
    before = await scene.store.ledger("demo")
    scene.clock.now += timedelta(days=4000)
    await upkeep(scene).once()
    assert len(await scene.journal()) == 1
    shortest = Retention(1, 1, 1, 1, 1)
    await upkeep(scene, keep_days=1, retention=shortest, journal=Journal(keep_days=1)).once()
    assert await scene.journal() == []
    assert await scene.store.ledger("demo") == before
    assert (await scene.store.verify_ledger("demo")).differences == ()


async def test_recorded_turns_are_kept_as_long_as_the_settings_say(scene: Scene) -> None:
    await scene.presses(payload("yes"))
    scene.clock.now += timedelta(days=8)
    await scene.says("what?")
    await upkeep(scene).once()
    assert len(await scene.journal()) == 2
    await upkeep(scene, journal=Journal(keep_days=7)).once()
    assert len(await scene.journal()) == 1
    await upkeep(scene, journal=Journal(keep_mb=1)).once()
    assert len(await scene.journal()) == 1


async def test_notes_go_by_their_own_age(scene: Scene) -> None:
    await scene.says("hello")
    (person,) = await scene.store.people("demo")
    notes = tuple(Note(scene.clock() - timedelta(days=age), "mia", f"{age} days ago") for age in (9, 5))
    await scene.store.edit_contact("demo", msgspec.structs.replace(person.contact, notes=notes))
    await upkeep(scene).once()
    assert len((await scene.store.people("demo"))[0].contact.notes) == 2
    await upkeep(scene, retention=Retention(note_days=7)).once()
    assert [note.text for note in (await scene.store.people("demo"))[0].contact.notes] == ["5 days ago"]


async def test_audit_rows_go_where_the_settings_say_so(scene: Scene) -> None:
    for age in (40, 20, 1):
        at = scene.clock() - timedelta(days=age)
        await scene.store.add_audit(AuditRow(0, "demo", at, "mia", "unmask", "a", f"{age}"))
    await upkeep(scene).once()
    assert len(await scene.store.audit("demo")) == 3
    await upkeep(scene, retention=Retention(audit_days=30)).once()
    assert [row.detail for row in await scene.store.audit("demo")] == ["20", "1"]


async def test_one_kind_that_fails_keeps_none_of_the_others(scene: Scene) -> None:
    cleaned: list[str] = []

    def kept(name: str, fault: Exception | None) -> Kept:
        async def clean(_store: object, _at: datetime, _amount: int) -> int:
            cleaned.append(name)
            if fault is not None:
                raise fault
            return 0

        return Kept(name, "keep_days", lambda settings: settings.keep_days, clean)

    table = [kept("first", StoreError("busy")), kept("second", ValueError("odd")), kept("third", None)]
    with pytest.raises(ExceptionGroup):
        await Cleanup(scene.store, scene.clock, Settings(), table).once()
    assert cleaned == ["first", "second", "third"]


def default(kept: Kept) -> str:
    if not kept.setting:
        return ""
    amount = kept.amount(Settings())
    unit = "MB" if kept.setting.endswith("_mb") else "day" if amount == 1 else "days"
    return f"{amount} {unit}" if amount else "for ever"


@pytest.mark.parametrize("kept", RETENTION, ids=lambda kept: kept.name)
def test_the_docs_have_a_line_for_everything_that_is_kept(kept: Kept) -> None:
    setting = f"`{kept.setting}`" if kept.setting else ""
    ends = kept.until or "the cleanup of each hour"
    line = f"| {kept.name} | {setting} | {default(kept)} | {ends} |"
    assert re.sub(" +", " ", line) in re.sub(" +", " ", OPERATIONS)


def test_each_setting_of_the_table_is_one_and_each_that_keeps_is_in_the_table() -> None:
    known = {dotted(path) for path in all_settings()}
    named = {kept.setting for kept in RETENTION} - {""}
    assert named <= known
    assert {name for name in known if re.search(r"(^|[._])(keep_|retention\.)", name)} <= named


def test_what_has_a_cleaner_has_a_setting_and_the_rest_says_what_ends_it() -> None:
    assert all((kept.cleaner is not None and kept.setting) or kept.until for kept in RETENTION)
