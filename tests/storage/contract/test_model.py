"""Whatever is done in whatever order, a store holds what the dictionaries of `Model` hold.

What different people do has an order only where they share a shard, so replies are compared conversation by
conversation, ledger rows contact by contact, and an event and a timer are always the same person's.
"""

import asyncio
import tempfile
from collections.abc import Callable, Coroutine
from operator import itemgetter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from consent.membership import fold
from messages.consent import ALL, ConsentChange, Membership, SourceKind
from messages.effects import CancelTimer, Effect, StartTimer
from messages.errors import AssentError
from storage.port import Store
from storage.records import DeliveryStatus, Loaded
from storage.stores import open_store
from tests.examples import examples
from tests.storage.contract.model import Model
from tests.storage.contract.subjects import SUBJECTS
from tests.storage.talk import MINUTE, NOW, Talk, says

TALKS = [Talk("ana"), Talk("ana", group="19:team"), Talk("bob"), Talk("bob", group="19:team")]
BOT = TALKS[0].bot

talks = st.sampled_from(TALKS)
events = st.integers(0, 30).map("e{}".format)
memberships = st.sampled_from(Membership)
consents = st.dictionaries(st.sampled_from(["tips", "news", ALL]), memberships, max_size=2)
fields = st.dictionaries(st.sampled_from(["age", "city"]), st.integers(0, 3) | st.sampled_from(["", "Zoë"]), max_size=1)
timers = st.sampled_from(["t1", "t2"])
effects = st.lists(
    st.builds(says, st.sampled_from(["hi", "bye"]))
    | st.builds(StartTimer, timers, st.just(NOW + MINUTE))
    | st.builds(CancelTimer, timers),
    max_size=3,
)


def timer_of(talk: Talk, effect: StartTimer | CancelTimer) -> Effect:
    return msgspec.structs.replace(effect, timer=f"{effect.timer}-of-{talk.user}")


class StoreMachine(RuleBasedStateMachine):
    """Does the same to a store and to the model, and compares outcomes and contents."""

    fresh: Callable[[Path], str]
    looks = Bundle("looks")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.url = type(self).fresh(Path(self.folder.name))
        self.runner = asyncio.Runner()
        self.model = Model()
        self.store = self.opened()

    def opened(self) -> Store:
        """The store as a server has it that was started: all that waits is its own soon."""

        async def serving() -> None:
            await store.open()
            await store.acquire_server_lease()
            async with asyncio.timeout(30):
                while await store.mine() != await store.pending():
                    await store.take_over()

        store = open_store(self.url)
        self.run(serving())
        return store

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    def both(self, work: Coroutine[Any, Any, Any], model: Callable[[], None]) -> None:
        """Do it here and there: both succeed, or both fail alike."""
        try:
            model()
        except AssentError as expected:
            with pytest.raises(type(expected)):
                self.run(work)
        else:
            self.run(work)

    def teardown(self) -> None:
        self.run(self.store.close())
        self.runner.close()
        self.folder.cleanup()

    @rule(target=looks, talk=talks)
    def look(self, talk: Talk) -> tuple[Talk, Loaded]:
        return talk, self.run(talk.load(self.store))

    @rule(look=looks, event=events, consent=consents, fields=fields, effects=effects)
    def act_on_an_earlier_look(
        self, look: tuple[Talk, Loaded], event: str, consent: Any, fields: Any, effects: list[Effect]
    ) -> None:
        talk, loaded = look
        own = [timer_of(talk, effect) if isinstance(effect, StartTimer | CancelTimer) else effect for effect in effects]
        turn = talk.turn(loaded, f"{event}-of-{talk.user}", *own, consent=consent, fields=fields)
        self.both(self.store.commit(turn), lambda: self.model.commit(turn))

    @rule(talk=talks, event=events, consent=consents, fields=fields, effects=effects)
    def act_at_once(self, talk: Talk, event: str, consent: Any, fields: Any, effects: list[Effect]) -> None:
        self.act_on_an_earlier_look((talk, self.run(talk.load(self.store))), event, consent, fields, effects)

    @precondition(lambda self: self.model.contact_of)
    @rule(talk=talks, subject=st.sampled_from(["tips", ALL]), before=memberships, after=memberships)
    def staff_acts(self, talk: Talk, subject: str, before: Membership, after: Membership) -> None:
        contact = self.model.contact_of.get(talk.user)
        if contact is not None:
            change = ConsentChange(contact, subject, before, after, NOW, SourceKind.CONSOLE, "mia")
            row = (contact, subject, before, after)
            self.both(self.store.change_consent(BOT, change), lambda: self.model.change_by_staff(row))

    @precondition(lambda self: any(reply.status is DeliveryStatus.PENDING for reply in self.model.replies))
    @rule(data=st.data(), status=st.sampled_from(DeliveryStatus))
    def send(self, data: st.DataObject, status: DeliveryStatus) -> None:
        waiting = [reply for reply in self.model.replies if reply.status is DeliveryStatus.PENDING]
        reply = data.draw(st.sampled_from(waiting))
        rows = self.run(self.store.deliveries(BOT, reply.conversation))
        place = [one for one in self.model.replies if one.conversation == reply.conversation].index(reply)
        self.run(self.store.record_delivery(msgspec.structs.replace(rows[place], status=status)))
        reply.status = status

    @rule(talk=talks)
    def lose_the_person(self, talk: Talk) -> None:
        self.run(self.store.mark_unreachable(BOT, talk.key, "blocked", NOW + MINUTE))
        self.model.mark_unreachable(talk.key, "blocked")

    @rule(expected=st.integers(0, 3))
    def push(self, expected: int) -> None:
        work = self.store.push(BOT, "text", author="mia", at=NOW, expected_live=expected)
        self.both(work, lambda: self.model.push(expected))

    @rule(expected=st.none() | st.integers(0, 3))
    def save(self, expected: int | None) -> None:
        work = self.store.save_draft(BOT, "text", "mia", NOW, expected_version=expected)
        self.both(work, lambda: self.model.save_draft(expected))

    @rule()
    def open_again(self) -> None:
        self.run(self.store.close())
        self.store = self.opened()

    @rule(look=consumes(looks))
    def forget(self, look: tuple[Talk, Loaded]) -> None:
        """Keeps the looks few, so that fresh ones are acted on as well."""

    @invariant()
    def people_are_as_they_should_be(self) -> None:
        for talk in TALKS:
            loaded = self.run(talk.load(self.store))
            assert loaded.live == self.model.live
            contact = self.model.contact_of.get(talk.user)
            assert (loaded.contact.id if loaded.contact else None) == contact
            if loaded.contact is not None:
                assert loaded.contact.version == self.model.versions[loaded.contact.id]
                assert loaded.contact.fields == self.model.fields[loaded.contact.id]
                assert dict(loaded.memberships) == self.model.memberships(loaded.contact.id)
            assert (loaded.state.version if loaded.state else 0) == self.model.versions.get(talk.key, 0)
            assert (loaded.state.unreachable if loaded.state else "") == self.model.unreachable.get(talk.key, "")

    @invariant()
    def the_ledger_is_whole(self) -> None:
        rows = self.run(self.store.ledger(BOT, limit=1000))
        changes = [row.change for row in rows]
        found = [(one.contact, one.subject, one.before, one.after) for one in changes]
        assert sorted(found, key=itemgetter(0)) == sorted(self.model.ledger, key=itemgetter(0))
        sequences = [row.sequence for row in rows]
        assert sequences == sorted(set(sequences))
        report = self.run(self.store.verify_ledger(BOT))
        assert (report.rows, report.differences) == (len(rows), ())
        for contact, standing in fold(changes).items():
            assert standing == self.model.memberships(contact)

    @invariant()
    def replies_turns_and_timers_are_as_they_should_be(self) -> None:
        waiting = (reply for reply in self.model.replies if reply.status is DeliveryStatus.PENDING)
        pending = sorted(((one.conversation, one.id) for one in waiting), key=itemgetter(0))
        for rows in (self.run(self.store.pending()), self.run(self.store.mine())):
            found = [(row.conversation, row.message.id) for row in rows]
            assert sorted(found, key=itemgetter(0)) == pending
        assert self.run(self.store.outbox_depth())[0] == len(pending)
        for talk in TALKS:
            rows = self.run(self.store.deliveries(BOT, talk.key))
            said = [(one.id, one.status) for one in self.model.replies if one.conversation == talk.key]
            assert [(row.message.id, row.status) for row in rows] == said
            turns = [entry.turn for entry in self.run(self.store.journal(BOT, talk.key))]
            assert turns == self.model.turns.get(talk.key, [])
        due = {timer.timer for timer in self.run(self.store.due_timers(NOW + MINUTE))}
        assert due == self.model.timers

    @invariant()
    def flows_are_as_they_should_be(self) -> None:
        live, draft = self.run(self.store.live(BOT)), self.run(self.store.draft(BOT))
        assert ((live.number if live else 0), (draft.version if draft else 0)) == (self.model.live, self.model.draft)


@pytest.mark.hypothesis
@pytest.mark.parametrize("fresh", SUBJECTS)
def test_a_store_holds_what_the_model_holds(fresh: Callable[[Path], str]) -> None:
    machine = type("Machine", (StoreMachine,), {"fresh": staticmethod(fresh)})
    few = examples(25, HealthCheck.filter_too_much, stateful_step_count=20)
    run_state_machine_as_test(machine, settings=few)  # type: ignore[no-untyped-call]
