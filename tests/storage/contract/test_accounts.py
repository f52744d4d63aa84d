"""Whose account somebody acts with: channel and page are a part of it, also for who was kept before they were."""

import asyncio
from dataclasses import replace

import pytest

from messages.consent import ALL, Membership, SourceKind
from messages.contact import Contact, Identity
from messages.effects import StartTimer
from messages.inbound import InboundEvent, Sender, TextReceived
from storage.port import Store
from storage.records import Loaded
from tests.storage.accounts import load_for
from tests.storage.contract.conftest import Opener
from tests.storage.talk import MINUTE, NOW, Talk

IN, OUT, NONE = Membership.OPTED_IN, Membership.OPTED_OUT, Membership.NONE
BOT = "wellbeing"
OF_TEAMS, OF_DIRECT_LINE = b'{"channelId": "msteams"}', b'{"channelId": "directline"}'

OLD = Talk("42", channel="workplace", group="", of_bot="p1")
"""Somebody on page p1, as they were kept before keys held the page."""
NOW_ON_P1 = Talk("42", channel="workplace", page="p1")


async def load(store: Store, talk: Talk, event_id: str = "") -> Loaded:
    """Load as a server does."""
    event = InboundEvent(event_id, talk.reference, Sender(talk.user), TextReceived("hi"))
    _, loaded = await load_for(store, BOT, event)
    return loaded


async def take(store: Store, talk: Talk, event_id: str, **consent: Membership) -> None:
    loaded = await load(store, talk, event_id)
    changes = {ALL if subject == "all" else subject: after for subject, after in consent.items()}
    await store.commit(talk.turn(loaded, event_id, consent=changes))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Talk("ana", received=OF_TEAMS), Talk("ana", surface="directline")),
        (Talk("ana", surface="webchat"), Talk("ana", surface="directline")),
        (NOW_ON_P1, Talk("42", channel="workplace", page="p2")),
    ],
)
@pytest.mark.parametrize("group", ["", "g:1"])
async def test_one_user_id_on_two_channels_or_pages_is_two_people(
    store: Store, one: Talk, other: Talk, group: str
) -> None:
    one, other = replace(one, group=group), replace(other, group=group)
    await take(store, one, "e1", tips=IN)
    await take(store, other, "e2", tips=OUT)
    first, second = await load(store, one), await load(store, other)
    assert first.contact is not None
    assert second.contact is not None
    assert first.contact.id != second.contact.id
    assert first.contact.identities == (one.reference.account,)
    assert (first.memberships, second.memberships) == ({"tips": IN}, {"tips": OUT})
    assert one.key != other.key


def test_keys_hold_channel_and_page() -> None:
    assert NOW_ON_P1.key == "workplace:p1:a:42"
    assert NOW_ON_P1.reference.account == Identity("workplace", "p1:42")
    assert Talk("ana", surface="directline").key == "directline:a:ana"
    assert Talk("ana").key == "teams:a:ana"


async def test_who_was_kept_without_a_page_is_known_on_the_page_of_their_conversation(store: Store) -> None:
    await take(store, OLD, "e1", tips=IN, news=OUT)
    known = (await load(store, OLD)).contact
    assert known is not None
    loaded = await load(store, NOW_ON_P1, "e2")
    assert loaded.contact == known
    assert loaded.memberships == {"tips": IN, "news": OUT}
    assert loaded.state is not None
    assert (loaded.state.key, loaded.state.version) == (NOW_ON_P1.key, 0)
    await store.commit(NOW_ON_P1.turn(loaded, "e2", consent={"tips": OUT}))
    again = await NOW_ON_P1.load(store)
    assert again.contact is not None
    assert again.contact.id == known.id
    assert again.memberships == {"tips": OUT, "news": OUT}
    assert (await OLD.load(store)).memberships == again.memberships  # what waits names the old key
    assert len(await store.people(BOT)) == 1


async def test_on_another_page_they_are_somebody_else(store: Store) -> None:
    await take(store, OLD, "e1", tips=IN)
    assert (await load(store, Talk("42", channel="workplace", page="p2"))).contact is None


async def test_whom_staff_knew_without_a_page_is_known_on_one_page_alone(store: Store) -> None:
    await store.add_contact(BOT, Contact("c_staff", (Identity("workplace", "42"),), created_at=NOW))
    loaded = await load(store, NOW_ON_P1, "e1")
    assert loaded.contact is not None
    assert loaded.contact.id == "c_staff"
    await store.commit(NOW_ON_P1.turn(loaded, "e1"))
    assert (await load(store, Talk("42", channel="workplace", page="p2"))).contact is None


async def test_whom_staff_knew_in_teams_is_not_spoken_for_on_direct_line(store: Store) -> None:
    await store.add_contact(BOT, Contact("c_staff", (Identity("teams", "29:ana"),), created_at=NOW))
    assert (await load(store, Talk("29:ana", surface="directline"))).contact is None


async def test_what_was_seen_under_the_old_key_is_seen(store: Store) -> None:
    await take(store, OLD, "e1", tips=IN)
    assert (await load(store, NOW_ON_P1, "e1")).seen


async def test_a_wait_of_before_goes_on_under_its_old_key(store: Store) -> None:
    await OLD.take(store, "e1", StartTimer("t1", NOW))
    await take(store, NOW_ON_P1, "e2")
    [timer] = await store.due_timers(NOW + MINUTE)
    assert timer.reference == OLD.reference
    waiting = await OLD.load(store)
    assert waiting.contact is not None
    assert waiting.contact == (await NOW_ON_P1.load(store)).contact


async def test_direct_line_of_before_is_known_on_direct_line(store: Store) -> None:
    await take(store, Talk("dl_1", received=OF_DIRECT_LINE), "e1", tips=IN)
    assert (await load(store, Talk("dl_1", surface="directline"))).memberships == {"tips": IN}


async def test_who_never_spoke_on_direct_line_is_not_spoken_for_there(store: Store) -> None:
    await take(store, Talk("29:ana", received=OF_TEAMS), "e1", tips=IN)
    await take(store, Talk("29:bo"), "e2", tips=IN)
    for user in ("29:ana", "29:bo"):
        assert (await load(store, Talk(user, surface="directline"))).contact is None


async def test_two_who_shared_an_account_are_split_with_each_no_on_both_sides(
    store: Store, open_another: Opener
) -> None:
    in_teams = Talk("ana", received=OF_TEAMS)
    on_line = Talk("ana", group="", received=OF_DIRECT_LINE, surface="directline")
    of_before = Talk("ana", group="DL1", received=OF_DIRECT_LINE)
    await take(store, in_teams, "e1", tips=IN, quiz=OUT)
    await take(store, of_before, "e2", news=IN)
    await take(store, of_before, "e3", all=OUT)
    others = [store, await open_another()]
    split, _ = await asyncio.gather(*(load(one, on_line) for one in others))
    ours = await load(store, in_teams)
    assert split.contact is not None
    assert ours.contact is not None
    assert split.contact.id != ours.contact.id
    assert split.contact.identities == (Identity("directline", "ana"),)
    assert split.memberships == {ALL: OUT, "quiz": OUT}
    assert ours.memberships == {ALL: OUT, "quiz": OUT, "tips": IN}  # news was said on Direct Line
    assert (await load(store, on_line)).contact == split.contact
    rows = [row.change for row in await store.ledger(BOT, limit=100)]
    assert {(row.contact == ours.contact.id, row.subject) for row in rows if row.source is SourceKind.SPLIT} == {
        (True, "news"),
        (False, ALL),
        (False, "quiz"),
    }
    assert (await store.verify_ledger(BOT)).differences == ()
    assert split.lowered[ALL] == ours.lowered[ALL]


async def test_the_keys_of_a_person_go_when_they_are_erased(store: Store) -> None:
    await take(store, OLD, "e1", tips=IN)
    await take(store, NOW_ON_P1, "e2")
    known = (await NOW_ON_P1.load(store)).contact
    assert known is not None
    await store.erase_contact(BOT, known.id, actor="ann", at=NOW + MINUTE)
    for talk in (OLD, NOW_ON_P1):
        left = await talk.load(store)
        assert (left.contact, left.state) == (None, None)
