"""Where people are written to: turns keep it, deliveries correct it, and who follows people hears of both."""

import random
from datetime import datetime, timedelta

import msgspec
import pytest

from audiences.index_feed import Audience
from filters.index.people import PeopleIndex
from messages.channel_addresses import ChannelAddress
from messages.errors import StaleVersion
from messages.inbound import (
    Action,
    ButtonPressed,
    ConversationEnded,
    ConversationReference,
    ConversationStarted,
    HandedBack,
    ReactionChanged,
    Scope,
    TextReceived,
    TimerFired,
    Unhandled,
)
from storage.port import Store
from tests.storage.contract.audiences.people import BOT, everybody, known
from tests.storage.contract.audiences.test_merging import merged, two
from tests.storage.talk import MINUTE, NOW, Talk, says

ANA = Talk("ana")
HOUR = timedelta(hours=1)


async def address_of(store: Store, user: str = "ana", channel: str = "teams") -> ChannelAddress | None:
    """The address of whoever has the account, as one who follows people is told."""
    for person in (await everybody(store)).values():
        for address in person.addresses:
            if address.channel == channel and address.reference.user == user:
                return address
    return None


async def test_a_turn_keeps_where_the_person_is_and_when_they_acted(store: Store) -> None:
    await ANA.take(store, "e1")
    found = await address_of(store)
    assert found is not None
    assert (found.key, found.reference, found.code, found.last_act) == (ANA.key, ANA.reference, "", NOW)
    assert found.version == 1


@pytest.mark.parametrize(
    ("action", "counts"),
    [
        (TextReceived("again"), True),
        (ButtonPressed("x"), True),
        (ReactionChanged(added=("like",)), True),
        (ConversationStarted(), True),
        (TextReceived("mended", form="edit"), False),
        (Unhandled("typing"), False),
        (TimerFired("t"), False),
        (HandedBack("ann"), False),
        (ConversationEnded("gone"), False),
    ],
)
async def test_only_what_the_person_did_is_an_act(store: Store, action: Action, *, counts: bool) -> None:
    await ANA.take(store, "e1")
    await ANA.take(store, "e2", action=action, at=NOW + HOUR)
    found = await address_of(store)
    assert found is not None
    assert found.last_act == (NOW + HOUR if counts else NOW)


async def test_what_comes_late_is_as_old_as_the_channel_says_and_takes_nothing_back(store: Store) -> None:
    async def says_at(event: str, sent_at: datetime) -> datetime | None:
        turn = ANA.turn(await ANA.load(store), event, at=NOW + HOUR)
        await store.commit(msgspec.structs.replace(turn, event=msgspec.structs.replace(turn.event, sent_at=sent_at)))
        found = await address_of(store)
        return found and found.last_act

    assert await says_at("e1", NOW) == NOW
    assert await says_at("e2", NOW - HOUR) == NOW
    assert await says_at("e3", NOW + 9 * HOUR) == NOW + HOUR  # a channel's clock that is ahead opens nothing


async def test_a_failed_delivery_keeps_its_code_until_the_person_acts(store: Store) -> None:
    await ANA.take(store, "e1", says("a1"))
    end = (await store.follow_people(BOT)).position
    await store.mark_unreachable(BOT, ANA.key, "Teams answered 403 BotDisabledByAdmin", NOW, code="BotDisabledByAdmin")
    ((person,), end, _) = await store.follow_people(BOT, end)
    assert [one.code for one in person.addresses] == ["BotDisabledByAdmin"]
    await ANA.take(store, "e2", at=NOW + MINUTE, action=TimerFired("t"))
    found = await address_of(store)
    assert found is not None
    assert (found.code, found.last_act) == ("BotDisabledByAdmin", NOW)
    await ANA.take(store, "e3", at=NOW + HOUR, action=ConversationStarted(), state={"unreachable": ""})
    ((person,), _, _) = await store.follow_people(BOT, end)
    assert [(one.code, one.last_act) for one in person.addresses] == [("", NOW + HOUR)]


async def test_a_conversation_that_ends_is_heard_of_though_the_person_did_nothing(store: Store) -> None:
    await ANA.take(store, "e1")
    end = (await store.follow_people(BOT)).position
    await ANA.take(store, "e2", action=ConversationEnded("gone"), state={"unreachable": "gone"})
    ((person,), _, _) = await store.follow_people(BOT, end)
    assert ([one.code for one in person.addresses], person.last_seen) == (["BotRemoved"], NOW)


async def test_a_conversation_that_is_gone_loses_its_id_and_gets_the_one_created_anew(store: Store) -> None:
    await ANA.take(store, "e1")
    await store.mark_unreachable(BOT, ANA.key, "blocked", NOW, code="ConversationBlockedByUser", drop=True)
    found = await address_of(store)
    assert found is not None
    assert (found.key, found.reference.conversation, found.reference.user) == (ANA.key, "", "ana")
    made = msgspec.structs.replace(found.reference, conversation="a:anew")
    await store.keep_reference(BOT, ANA.key, made, instead_of="a:other")  # somebody else was first
    assert (await address_of(store)) == found
    loaded = await ANA.load(store)
    await store.keep_reference(BOT, ANA.key, made, instead_of="")
    with pytest.raises(StaleVersion):
        await store.commit(ANA.turn(loaded, "e2"))
    kept = await address_of(store)
    assert kept is not None
    assert kept.reference == made


async def test_a_channel_that_says_the_window_is_closed_is_believed_until_the_next_act(store: Store) -> None:
    page = Talk("ana", channel="workplace", page="77")
    await page.take(store, "e1", at=NOW)
    await store.mark_outside_window(BOT, page.key, NOW + HOUR)
    found = await address_of(store, channel="workplace")
    assert found is not None
    assert (found.last_act, found.is_open(NOW + HOUR)) == (NOW - 23 * HOUR, False)
    await page.take(store, "e2", at=NOW + 2 * HOUR)
    await store.mark_outside_window(BOT, page.key, NOW + HOUR)  # told late
    found = await address_of(store, channel="workplace")
    assert found is not None
    assert found.is_open(NOW + 2 * HOUR)


async def test_a_person_met_in_a_group_alone_is_written_to_alone(store: Store) -> None:
    group = Talk("ana", group="19:team")
    await group.take(store, "e1")
    found = await address_of(store)
    assert found is not None
    assert (found.key, found.reference) == (group.key, group.reference.private())
    await store.keep_reference(BOT, group.key, ANA.reference, instead_of="")
    assert (await address_of(store)) == found
    await ANA.take(store, "e2", at=NOW - HOUR)
    found = await address_of(store)
    assert found is not None
    assert (found.key, found.reference.scope) == (ANA.key, Scope.PERSONAL)


async def test_what_is_not_there_is_not_marked(store: Store) -> None:
    await store.mark_outside_window(BOT, "teams:a:nobody", NOW)
    await store.keep_reference(BOT, "teams:a:nobody", ConversationReference("teams", "a", "nobody"), instead_of="")
    assert await store.conversation(BOT, "teams:a:nobody") is None


async def test_the_heir_has_the_addresses_of_both(store: Store) -> None:
    ana, bo = await two(store)
    await store.mark_unreachable(BOT, Talk("ana").key, "blocked", NOW + HOUR, code="blocked")
    now = (await Talk("ana").load(store)).contact
    assert now is not None
    await merged(store, now, bo)
    people = await everybody(store)
    assert [(one.key, one.code) for one in people[ana.id].addresses] == [(Talk("bo").key, "")]
    assert people[bo.id].addresses == ()


async def test_nothing_of_where_an_erased_person_was_is_left(store: Store) -> None:
    await ANA.take(store, "e1")
    contact = (await ANA.load(store)).contact
    assert contact is not None
    await store.erase_contact(BOT, contact.id, actor="ann", at=NOW)
    index = await Audience(store, BOT, set_up=frozenset({"teams"})).catch_up()
    assert (list(index.has_address("teams")), index.everybody) == ([], index.has_address("teams"))


def told(index: PeopleIndex, now: datetime) -> dict[str, object]:
    """All that an index says of addresses."""
    return {
        channel: (
            sorted(index.has_address(channel)),
            {code: sorted(people) for code, people in index.unreachable(channel).items()},
            sorted(index.open_window(channel, now)),
        )
        for channel in ("teams", "workplace")
    }


class Books:
    """What should be known of each account, kept beside the store."""

    def __init__(self) -> None:
        self.acts: dict[Talk, datetime] = {}
        self.codes: dict[Talk, str] = {}

    def told(self, numbers: dict[Talk, int], now: datetime) -> dict[str, object]:
        found: dict[str, object] = {}
        for channel in ("teams", "workplace"):
            met = [talk for talk in self.acts if talk.channel == channel]
            codes: dict[str, list[int]] = {}
            for talk in met:
                if code := self.codes.get(talk):
                    codes.setdefault(code, []).append(numbers[talk])
            day = timedelta(hours=23, minutes=59)
            fresh = [talk for talk in met if channel == "teams" or now - self.acts[talk] < day]
            found[channel] = (
                sorted(numbers[talk] for talk in met),
                {code: sorted(people) for code, people in codes.items()},
                sorted(numbers[talk] for talk in fresh),
            )
        return found


@pytest.mark.parametrize("seed", [1, 2])
async def test_following_and_a_cold_start_tell_what_the_books_say(store: Store, seed: int) -> None:
    chance, books, at = random.Random(seed), Books(), NOW
    talks = [Talk(f"p{n}", channel="teams") for n in range(4)]
    talks += [Talk(f"p{n}", channel="workplace", page="77") for n in range(4)]
    following = Audience(store, BOT, page=3)
    await known(store, "dora")
    for step in range(60):
        talk, at = chance.choice(talks), at + timedelta(hours=chance.choice((0, 1, 5)))
        act = "speak" if talk not in books.acts else chance.choice(("speak", "wait", "typing", "end", "fail", "closed"))
        if act == "speak":
            await talk.take(store, f"e{step}", at=at, state={"unreachable": ""})
            books.acts[talk] = at
            books.codes.pop(talk, None)
        elif act == "end":
            await talk.take(store, f"e{step}", at=at, action=ConversationEnded("x"), state={"unreachable": "ended"})
            books.codes[talk] = books.codes.get(talk) or "BotRemoved"
        elif act == "fail":
            code = chance.choice(("551", "BotDisabledByAdmin"))
            await store.mark_unreachable(BOT, talk.key, "ended", at + MINUTE, code=code)
            books.codes[talk] = code
        elif act == "closed":
            await store.mark_outside_window(BOT, talk.key, at)
            if talk.channel == "workplace":
                books.acts[talk] = min(books.acts[talk], at - timedelta(days=1))
        else:
            action: Action = TimerFired("t") if act == "wait" else Unhandled("typing")
            await talk.take(store, f"e{step}", at=at, action=action)
        if step % 10 == 9:
            index = await following.catch_up()
            cold = await Audience(store, BOT).catch_up()
            numbers = {
                talk: person.number
                for person in (await everybody(store)).values()
                for talk in talks
                if talk.reference.account in person.contact.identities
            }
            assert told(index, at) == told(cold, at) == books.told(numbers, at)
