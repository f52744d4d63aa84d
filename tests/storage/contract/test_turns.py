"""A turn is read at one moment and written whole or not at all."""

import asyncio
from dataclasses import dataclass

import msgspec
import pytest

from flows.engine.turn import OfferedReply, Run
from messages.codec import fingerprint
from messages.consent import ALL, Membership
from messages.contact import Identity
from messages.effects import Answer, Complete, Emit, HandOver, IgnoreMessage, KeepEvidence, StartTimer
from messages.errors import AlreadySeen, StaleVersion
from messages.inbound import ConversationReference
from storage.port import Store
from tests.storage.contract.conftest import Opener
from tests.storage.talk import MINUTE, NOW, Talk, says

ANA = Talk("ana")
IN, OUT = Membership.OPTED_IN, Membership.OPTED_OUT


async def test_a_stranger_is_nobody_yet(store: Store) -> None:
    loaded = await ANA.load(store, "e1")
    assert (loaded.live, loaded.state, loaded.contact, dict(loaded.memberships)) == (0, None, None, {})
    assert (loaded.evidence, loaded.seen, loaded.seen_answer) == (None, False, None)


async def test_what_was_committed_is_loaded_next(store: Store) -> None:
    run = Run(3, "welcome", (1, 0, 2), asked=True, attempts=1)
    offered = (OfferedReply("yes", 3, "welcome/2", "0123456789abcdef"),)
    await ANA.take(
        store, "e1", consent={"tips": IN}, fields={"age": 41, "vegan": True}, state={"run": run, "offered": offered}
    )

    loaded = await ANA.load(store, "e2")

    assert loaded.state is not None
    assert loaded.contact is not None
    assert (loaded.state.run, loaded.state.offered, loaded.state.version) == (run, offered, 1)
    assert (loaded.contact.name, loaded.contact.fields, loaded.contact.version) == (
        "Ana",
        {"age": 41, "vegan": True},
        1,
    )
    assert loaded.state.contact == loaded.contact.id
    assert dict(loaded.memberships) == {"tips": IN}
    assert loaded.state.last_event_at == NOW


async def test_what_was_committed_outlives_the_store(store: Store, open_another: Opener) -> None:
    await ANA.take(store, "e1", consent={"tips": IN})
    before = await ANA.load(store, "e1")
    await store.close()
    assert await ANA.load(await open_another(), "e1") == before


async def test_a_membership_that_came_back_to_none_is_not_listed(store: Store) -> None:
    await ANA.take(store, "e1", consent={"tips": IN, "news": OUT})
    await ANA.take(store, "e2", consent={"tips": Membership.NONE})
    assert dict((await ANA.load(store)).memberships) == {"news": OUT}


async def test_load_names_the_live_revision(store: Store) -> None:
    await store.push(ANA.bot, "one", author="bo", at=NOW, expected_live=0)
    await store.push(ANA.bot, "two", author="bo", at=NOW, expected_live=1)
    assert (await ANA.load(store)).live == 2
    assert (await Talk("ana", bot="other").load(store)).live == 0


async def test_a_redelivered_event_is_known_with_its_answer(store: Store) -> None:
    await ANA.take(store, "e1", Answer("Thank you"))
    await ANA.take(store, "e2")
    first, second, third = [await ANA.load(store, event) for event in ("e1", "e2", "e3")]
    assert (first.seen, first.seen_answer) == (True, "Thank you")
    assert (second.seen, second.seen_answer) == (True, None)
    assert third.seen is False


async def test_a_redelivered_event_is_refused_and_changes_nothing(store: Store) -> None:
    await ANA.take(store, "e1", Answer("Thank you"), says("hi"), consent={"tips": IN})
    loaded = await ANA.load(store, "e1")

    with pytest.raises(AlreadySeen) as seen:
        await store.commit(ANA.turn(loaded, "e1", says("hi again"), consent={"tips": OUT}))

    assert (seen.value.event_id, seen.value.answer) == ("e1", "Thank you")
    assert await ANA.load(store, "e1") == loaded
    assert len(await store.pending()) == 1
    assert len(await store.journal(ANA.bot, ANA.key)) == 1


async def test_one_event_delivered_twice_at_once_is_taken_once(store: Store) -> None:
    loaded = await ANA.load(store, "e1")
    turns = [ANA.turn(loaded, "e1", says("hi")) for _ in range(8)]
    outcomes = await asyncio.gather(*(store.commit(turn) for turn in turns), return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, AlreadySeen)]
    assert len(refused) == 7
    assert len(await store.pending()) == 1


async def test_events_are_the_same_only_within_a_bot_and_a_channel(store: Store) -> None:
    await ANA.take(store, "e1")
    assert not (await Talk("ana", bot="other").load(store, "e1")).seen
    assert not (await Talk("ana", channel="workplace").load(store, "e1")).seen
    assert (await Talk("ana", group="19:team").load(store, "e1")).seen


@pytest.mark.parametrize("first_turn", [True, False], ids=["a new conversation", "a known one"])
async def test_of_two_turns_on_the_same_state_one_is_stale(store: Store, *, first_turn: bool) -> None:
    if not first_turn:
        await ANA.take(store, "e0")
    loaded = await ANA.load(store)
    await store.commit(ANA.turn(loaded, "e1"))
    with pytest.raises(StaleVersion):
        await store.commit(ANA.turn(loaded, "e2", says("late"), KeepEvidence("d" * 16, "words"), fields={"age": 41}))

    after = await ANA.load(store, "e2", evidence="d" * 16)
    assert (after.seen, after.evidence, await store.pending()) == (False, None, [])
    assert after.contact is not None
    assert after.contact.fields == {}


async def test_a_stale_turn_does_not_fail_its_neighbours(store: Store) -> None:
    """Many turns share a transaction; each is judged alone."""
    stale = await ANA.load(store)
    await ANA.take(store, "e1")
    people = [Talk(f"user{n}") for n in range(20)]
    loaded = [await person.load(store) for person in people]
    turns = [person.turn(known, f"e-{person.user}") for person, known in zip(people, loaded, strict=True)]
    turns.insert(10, ANA.turn(stale, "late"))

    outcomes = await asyncio.gather(*(store.commit(turn) for turn in turns), return_exceptions=True)

    assert [isinstance(outcome, StaleVersion) for outcome in outcomes] == [n == 10 for n in range(21)]
    assert all([(await person.load(store)).state for person in people])


async def test_one_person_met_twice_at_once_becomes_one_contact(store: Store) -> None:
    """The same account writes first in a chat and in a group: one turn has to look again."""
    alone, among_others = Talk("ana"), Talk("ana", group="19:team")
    nobody = await alone.load(store)
    await store.commit(alone.turn(nobody, "e1"))
    with pytest.raises(StaleVersion):
        await store.commit(among_others.turn(nobody, "e2"))

    again = await among_others.load(store)
    await store.commit(among_others.turn(again, "e2"))

    first, second = await alone.load(store), await among_others.load(store)
    assert first.contact == second.contact
    assert again.state is None


async def test_a_contact_is_found_by_account_within_its_bot(store: Store) -> None:
    await ANA.take(store, "e1", fields={"age": 41})
    elsewhere = await Talk("ana", group="19:team").load(store)
    assert elsewhere.contact is not None
    assert (elsewhere.state, elsewhere.contact.fields) == (None, {"age": 41})
    assert (await Talk("ana", bot="other").load(store)).contact is None
    assert (await Talk("ana", channel="workplace").load(store)).contact is None


async def test_a_conversation_that_a_service_account_began_belongs_to_who_speaks(store: Store) -> None:
    """Else two people who speak where one account began would be one contact, and one's stop the other's."""
    for user in ("ana", "ben"):
        began = await ServiceTalk(whose=user).take(store, f"began-{user}")
        assert began is not None
    ana, ben = Talk("ana"), Talk("ben")
    assert (await ana.load(store)).contact is None
    await ana.take(store, "e1", consent={"tips": OUT})
    await ben.take(store, "e2", consent={"tips": IN})
    assert dict((await ana.load(store)).memberships) == {"tips": OUT}
    assert dict((await ben.load(store)).memberships) == {"tips": IN}


async def test_somebody_known_elsewhere_is_known_where_another_account_began(store: Store) -> None:
    known = await Talk("ana", group="19:team").take(store, "e1", consent={"tips": IN})
    assert known is not None
    await ServiceTalk(whose="ana").take(store, "e2")
    loaded = await Talk("ana").load(store)
    assert loaded.contact is not None
    assert dict(loaded.memberships) == {"tips": IN}
    await Talk("ana").take(store, "e3", consent={"tips": OUT})
    assert dict((await Talk("ana", group="19:team").load(store)).memberships) == {"tips": OUT}


@dataclass(frozen=True)
class ServiceTalk(Talk):
    """The conversation of `whose`, as the service account sees it that began it."""

    user: str = "service"
    whose: str = ""

    @property
    def reference(self) -> ConversationReference:
        return msgspec.structs.replace(Talk(self.whose).reference, user=self.user)


async def test_an_account_can_be_added_to_a_contact_and_taken_away(store: Store) -> None:
    await ANA.take(store, "e1")
    on_workplace = Talk("4411", channel="workplace")

    async def identify(event_id: str, *identities: Identity) -> None:
        loaded = await ANA.load(store)
        turn = ANA.turn(loaded, event_id)
        contact = msgspec.structs.replace(turn.outcome.contact, identities=identities)
        outcome = msgspec.structs.replace(turn.outcome, contact=contact)
        entry = msgspec.structs.replace(turn, outcome=outcome)
        await store.commit(entry)

    await identify("e2", Identity("teams", "ana"), Identity("workplace", "4411"))
    assert (await on_workplace.load(store)).contact == (await ANA.load(store)).contact
    await identify("e3", Identity("teams", "ana"))
    assert (await on_workplace.load(store)).contact is None


async def test_a_contact_changed_in_another_conversation_makes_a_turn_stale(store: Store) -> None:
    group = Talk("ana", group="19:team")
    await ANA.take(store, "e1")
    await group.take(store, "e2")
    in_chat, in_group = await ANA.load(store), await group.load(store)
    await store.commit(ANA.turn(in_chat, "e3", fields={"age": 41}))
    with pytest.raises(StaleVersion):
        await store.commit(group.turn(in_group, "e4", fields={"city": "Porto"}))

    await group.take(store, "e4", fields={"city": "Porto"})
    known = (await ANA.load(store)).contact
    assert known is not None
    assert known.fields == {"age": 41, "city": "Porto"}


async def test_consent_changed_in_another_conversation_makes_a_turn_stale(store: Store) -> None:
    """A STOP computed before an opt-in elsewhere was committed must count that opt-in in."""
    group = Talk("ana", group="19:team")
    await ANA.take(store, "e1")
    await group.take(store, "e2")
    stopping = await ANA.load(store)
    await group.take(store, "e3", consent={"tips": IN})
    with pytest.raises(StaleVersion):
        await store.commit(ANA.turn(stopping, "e4", consent={ALL: OUT}))


async def test_two_conversations_that_leave_the_contact_alone_do_not_meet(store: Store) -> None:
    group = Talk("ana", group="19:team")
    await ANA.take(store, "e1")
    await group.take(store, "e2")
    in_chat, in_group = await ANA.load(store), await group.load(store)
    await asyncio.gather(store.commit(ANA.turn(in_chat, "e3")), store.commit(group.turn(in_group, "e4")))


async def test_in_a_group_each_person_has_a_state(store: Store) -> None:
    ana, bob = Talk("ana", group="19:team"), Talk("bob", group="19:team")
    await ana.take(store, "e1", state={"run": Run(1, "welcome", (0,), asked=True)})
    assert (await bob.load(store)).state is None


async def test_evidence_comes_back_by_its_digest(store: Store) -> None:
    words = "Would you like tips, Zoë?\nYes please"
    await ANA.take(store, "e1", KeepEvidence("a" * 16, words))
    await Talk("bob").take(store, "e2", KeepEvidence("a" * 16, words))
    assert (await Talk("bob").load(store, evidence="a" * 16)).evidence == words
    assert (await ANA.load(store, evidence="b" * 16)).evidence is None
    assert (await Talk("ana", bot="other").load(store, evidence="a" * 16)).evidence is None


async def test_evidence_that_was_kept_for_one_is_there_for_everybody(store: Store) -> None:
    """Somebody else may press what was shown in a group, and their records may be kept in another place."""
    await ANA.take(store, "e1", KeepEvidence("a" * 32, "Tips?\nYes"))
    for user in "bcdefghijk":
        assert (await Talk(user, group="19:team").load(store, evidence="a" * 32)).evidence == "Tips?\nYes"


async def test_the_journal_keeps_the_turn_as_it_was(store: Store) -> None:
    effects = (says("hi"), Emit("booked", {"seats": 2}), Complete("product", "yoga"), HandOver("please"), Answer("ok"))
    first = ANA.turn(await ANA.load(store), "e1", *effects, consent={"tips": IN}, fields={"age": 41})
    await store.commit(first)
    second = ANA.turn(
        await ANA.load(store, evidence="c" * 16), "e2", IgnoreMessage("?"), StartTimer("t1", NOW + MINUTE)
    )
    await store.commit(second)
    assert await store.journal(ANA.bot, ANA.key) == [first, second]


async def test_the_sequences_of_a_turn_are_told(store: Store) -> None:
    committed = await ANA.take(store, "e1", says("one"), says("two"), consent={"tips": IN, "news": OUT})
    assert committed.ledger == tuple(row.sequence for row in await store.ledger(ANA.bot))
    assert len(committed.ledger) == 2
    assert [row.message.id for row in committed.outbox] == ["m_one", "m_two"]
    assert list(committed.outbox) == await store.pending()


async def test_what_a_seen_event_said_is_known(store: Store) -> None:
    talk = Talk("ana")
    loaded = await talk.load(store, "e1")
    turn = talk.turn(loaded, "e1")
    await store.commit(turn)
    said = fingerprint(turn.event)
    assert (await talk.load(store, "e1")).seen_fingerprint == said
    assert (await talk.load(store, "e2")).seen_fingerprint == ""
    with pytest.raises(AlreadySeen) as seen:
        await store.commit(turn)
    assert seen.value.fingerprint == said
