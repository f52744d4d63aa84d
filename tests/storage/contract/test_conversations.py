"""What ops and builders look at."""

from messages.consent import ConsentChange, Membership, SourceKind
from messages.effects import IgnoreMessage
from storage.port import Store
from storage.records import IgnoredMessage
from tests.storage.talk import MINUTE, NOW, Talk, says

ANA, BOB = Talk("ana"), Talk("bob")


async def test_a_conversation_is_shown_with_its_person_and_its_counts(store: Store) -> None:
    await ANA.take(store, "e1", says("a1"))
    await store.mark_unreachable(ANA.bot, ANA.key, "gone", NOW)
    await ANA.take(store, "e2", says("a2"), says("a3"))
    loaded = await ANA.load(store)
    shown = await store.conversation(ANA.bot, ANA.key)
    assert shown is not None
    assert (shown.bot, shown.state, shown.contact) == (ANA.bot, loaded.state, loaded.contact)
    assert (shown.turns, shown.failed, shown.pending) == (2, 1, 2)
    assert await store.conversation(ANA.bot, "teams:nobody") is None
    assert await store.conversation("other", ANA.key) is None


async def test_conversations_are_listed_by_key_in_pages(store: Store) -> None:
    people = [Talk(f"user{n}") for n in (3, 1, 2)]
    for person in people:
        await person.take(store, f"e-{person.user}")
    await Talk("user9", bot="other").take(store, "e1")
    keys = sorted(person.key for person in people)
    assert [shown.state.key for shown in await store.conversations("wellbeing")] == keys
    assert [shown.state.key for shown in await store.conversations("wellbeing", limit=2)] == keys[:2]
    assert [shown.state.key for shown in await store.conversations("wellbeing", after=keys[1])] == keys[2:]
    assert await store.conversation("wellbeing", keys[0]) == (await store.conversations("wellbeing"))[0]


async def test_the_journal_is_read_in_pages_oldest_first(store: Store) -> None:
    for n in range(5):
        await ANA.take(store, f"a{n}")
        await BOB.take(store, f"b{n}")
    assert [entry.turn for entry in await store.journal(ANA.bot, ANA.key)] == [f"turn-a{n}" for n in range(5)]
    page = await store.journal(ANA.bot, ANA.key, limit=2)
    assert [entry.turn for entry in page] == ["turn-a0", "turn-a1"]
    rest = await store.journal(ANA.bot, ANA.key, after=page[-1].turn)
    assert [entry.turn for entry in rest] == ["turn-a2", "turn-a3", "turn-a4"]
    assert await store.journal("other", ANA.key) == []


async def test_ignored_messages_come_newest_first(store: Store) -> None:
    await ANA.take(store, "e1", IgnoreMessage("what about cats?"), at=NOW)
    await BOB.take(store, "e2", IgnoreMessage("dogs?"), at=NOW + MINUTE)
    await Talk("eve", bot="other").take(store, "e3", IgnoreMessage("elsewhere"))
    ana = IgnoredMessage(ANA.bot, ANA.key, NOW, "what about cats?")
    bob = IgnoredMessage(BOB.bot, BOB.key, NOW + MINUTE, "dogs?")
    assert await store.ignored("wellbeing") == [bob, ana]
    assert await store.ignored("wellbeing", limit=1) == [bob]


async def test_a_contact_is_read_by_id(store: Store) -> None:
    await ANA.take(store, "e1", fields={"age": 41})
    contact = (await ANA.load(store)).contact
    assert contact is not None
    assert await store.contact(ANA.bot, contact.id) == contact
    assert await store.contact("other", contact.id) is None
    assert await store.contact(ANA.bot, "nobody") is None


async def test_members_are_those_who_opted_in_or_were_added(store: Store) -> None:
    people = [Talk(f"user{n}") for n in range(6)]
    memberships = [Membership.OPTED_IN, Membership.OPTED_OUT, None, Membership.OPTED_IN, None, Membership.OPTED_IN]
    for person, membership in zip(people, memberships, strict=True):
        await person.take(store, f"e-{person.user}", consent={"tips": membership} if membership else {})
    contacts = [(await person.load(store)).contact for person in people]
    await store.change_consent(
        "wellbeing",
        ConsentChange(contacts[4].id, "tips", Membership.NONE, Membership.ADDED, NOW, SourceKind.CSV, "mia"),
    )
    await people[5].take(store, "later", consent={"tips": Membership.NONE, "news": Membership.OPTED_IN})
    contacts = [(await person.load(store)).contact for person in people]

    assert await store.members("wellbeing", "tips") == [contacts[0], contacts[3], contacts[4]]
    assert await store.members("wellbeing", "tips", limit=2) == [contacts[0], contacts[3]]
    assert await store.members("wellbeing", "tips", after=contacts[3].id) == [contacts[4]]
    assert await store.members("wellbeing", "news") == [contacts[5]]
    assert await store.members("other", "tips") == []
