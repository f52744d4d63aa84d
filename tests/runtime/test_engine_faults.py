"""A fault of the engine ends one turn, is told, and neither loses nor poisons anything."""

import dataclasses
from typing import Any

import pytest

from flows.engine.own_words import SORRY
from flows.revision import Revision
from messages.effects import ChangeConsent
from messages.inbound import ButtonPressed, ConversationStarted
from runtime.logs import configure
from runtime.revisions import RevisionCache
from storage.records import Committed, JournalEntry
from storage.sqlite.store import SqliteStore
from tests.runtime.harness import payload
from tests.runtime.scene import Scene


class Unbearable(RevisionCache):
    """Gives out revisions that the engine fails on, until it is mended."""

    mended = False

    async def live(self, bot: str, number: int) -> Revision | None:
        found = await super().live(bot, number)
        nothing: Any = None
        if found is None or self.mended:
            return found
        return dataclasses.replace(found, bot=nothing, buttons=nothing, reserved=nothing)


@pytest.fixture
def broken(scene: Scene) -> Scene:
    """The scene, with an engine that fails."""
    return Scene(scene.store, Unbearable(scene.store))


async def test_the_person_is_told_and_nothing_changes(broken: Scene) -> None:
    await broken.presses(payload("yes"))
    await broken.says("hello")
    assert broken.said == [SORRY["en"], SORRY["en"]]
    assert await broken.store.ledger("demo") == []
    assert broken.counted("assent_engine_faults_total") == 2


async def test_a_redelivery_is_not_run_again(broken: Scene) -> None:
    """Or a channel would send the event for hours, and every copy would fail."""
    for _ in range(3):
        await broken.says("hello", event_id="the same")
    assert broken.said == [SORRY["en"]]
    (entry,) = await broken.journal()
    assert [step.kind for step in entry.outcome.trace] == ["engine_fault"]
    assert broken.counted("assent_engine_faults_total") == 1


async def test_what_the_conversation_waited_for_is_forgotten(scene: Scene) -> None:
    """The fault may lie in what was remembered; with that gone, the next message finds a bot that answers."""
    cache = Unbearable(scene.store)
    broken = Scene(scene.store, cache)
    await scene.says("ask")
    await broken.says("hm", event_id="meanwhile")
    cache.mended = True
    await broken.says("blue", event_id="later")
    assert broken.said == [SORRY["en"], "I did not understand."]


async def test_nobody_is_told_who_did_nothing(broken: Scene) -> None:
    await broken.worker.handle("demo", broken.event(ConversationStarted()))
    assert broken.said == []


async def test_a_client_that_waits_for_an_answer_gets_one(broken: Scene) -> None:
    pressed = broken.event(ButtonPressed(payload("yes"), wants_answer=True))
    assert (await broken.worker.handle("demo", pressed)).answer == SORRY["en"]
    again = await broken.worker.handle("demo", pressed)
    assert (again.seen, again.answer) == (True, SORRY["en"])


async def test_it_is_logged_without_what_was_said(broken: Scene, capfd: pytest.CaptureFixture[str]) -> None:
    configure("info", "json")
    await broken.says("a canary sang")
    logged = capfd.readouterr().err
    assert "the engine failed" in logged
    assert "flows/engine/keywords.py" in logged
    assert "canary" not in logged


class Choosy(SqliteStore):
    """Can't write turns that change a membership."""

    async def commit(self, turn: JournalEntry) -> Committed:
        if any(isinstance(effect, ChangeConsent) for effect in turn.outcome.effects):
            raise OverflowError("a number that no record can hold")
        return await super().commit(turn)


async def test_a_turn_that_cannot_be_written_is_a_fault_too() -> None:
    store = Choosy.in_memory()
    await store.open()
    scene = Scene(store)
    await scene.push()
    await scene.presses(payload("yes"))
    await scene.says("what?")
    assert scene.said == [SORRY["en"], "I did not understand."]
    assert scene.counted("assent_engine_faults_total") == 1
    await store.close()
