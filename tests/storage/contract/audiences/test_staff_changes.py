"""What staff does for many: each person's own act wins, and each change has a row."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from consent.membership import Act, Refusal, decide
from messages.consent import ALL, Membership, SourceKind
from messages.errors import StaleVersion
from storage.audience_records import Changed, StaffOutcome
from storage.port import Store
from tests.examples import examples
from tests.storage.contract.audiences.people import AT, BOT, adds, contact, known, on_teams
from tests.storage.talk import Talk

IN, OUT, ADDED, NONE = Membership.OPTED_IN, Membership.OPTED_OUT, Membership.ADDED, Membership.NONE


async def person(store: Store, name: str, **consent: Membership) -> int:
    """Somebody on Teams, with their own acts done."""
    talk = Talk(name)
    await store.add_contact(BOT, msgspec.structs.replace(contact(name), identities=on_teams(name)))
    known_as = {ALL if subject == "everything" else subject: state for subject, state in consent.items()}
    if known_as:
        await talk.take(store, f"{name} acts", consent=known_as)
    found = await store.person(BOT, f"c-{name}")
    assert found is not None
    return found.number


async def test_adding_counts_for_those_who_did_not_say_no(store: Store) -> None:
    people = [
        await person(store, "new"),
        await person(store, "out", tips=OUT),
        await person(store, "stopped", everything=OUT),
        await person(store, "inside", tips=IN),
        await person(store, "both", tips=IN, everything=OUT),
    ]
    outcomes = await store.change_many(BOT, adds([*people, 999, people[0]]))
    assert list(outcomes) == [
        Changed.CHANGED,
        Refusal.OPTED_OUT,
        Refusal.SUPPRESSED,
        Changed.UNCHANGED,
        Changed.UNCHANGED,
        Changed.UNKNOWN,
        Changed.CHANGED,
    ]
    assert await store.memberships(BOT, "c-new") == {"tips": ADDED}
    assert await store.memberships(BOT, "c-out") == {"tips": OUT}
    assert (await store.verify_ledger(BOT)).differences == ()


async def test_each_change_tells_who_when_and_by_which_line(store: Store) -> None:
    ana, bob = await known(store, "ana", "bob")
    await store.change_many(BOT, adds([ana.number, bob.number], details=["job:2", "job:3"]))
    rows = {row.change.contact: row.change for row in await store.ledger(BOT)}
    assert {name: change.detail for name, change in rows.items()} == {"c-ana": "job:2", "c-bob": "job:3"}
    change = rows["c-ana"]
    assert (change.subject, change.before, change.after, change.at) == ("tips", NONE, ADDED, AT)
    assert (change.source, change.actor) == (SourceKind.CLI, "ann")


async def test_removing_takes_members_out_and_leaves_an_own_no(store: Store) -> None:
    people = [await person(store, "in", tips=IN), await person(store, "out", tips=OUT), await person(store, "none")]
    outcomes = await store.change_many(BOT, adds(people, act=Act.REMOVE))
    assert list(outcomes) == [Changed.CHANGED, Refusal.OPTED_OUT, Changed.UNCHANGED]
    assert await store.memberships(BOT, "c-in") == {}
    assert await store.memberships(BOT, "c-out") == {"tips": OUT}


async def test_an_opt_out_after_it_counts(store: Store) -> None:
    number = await person(store, "ana")
    await store.change_many(BOT, adds([number]))
    await Talk("ana").take(store, "e1", consent={"tips": OUT})
    assert await store.memberships(BOT, "c-ana") == {"tips": OUT}
    assert list(await store.change_many(BOT, adds([number]))) == [Refusal.OPTED_OUT]
    assert (await store.verify_ledger(BOT)).differences == ()


async def test_a_stop_that_was_decided_before_staff_added_the_person_is_decided_anew(store: Store) -> None:
    """Else the person would be in, once they say START, though they said STOP after they were added."""
    number = await person(store, "ana", news=IN)
    talk = Talk("ana")
    stop = talk.turn(await talk.load(store), "stop", consent={ALL: OUT, "news": OUT})
    await store.change_many(BOT, adds([number]))
    with pytest.raises(StaleVersion):
        await store.commit(stop)
    assert await store.memberships(BOT, "c-ana") == {"tips": ADDED, "news": IN}
    await talk.take(store, "stop", consent={ALL: OUT, "news": OUT, "tips": OUT})
    assert await store.memberships(BOT, "c-ana") == {"tips": OUT, "news": OUT, ALL: OUT}


async def test_thousands_at_once(store: Store) -> None:
    people = [one.number for one in await known(store, *(f"p{number}" for number in range(300)))]
    outcomes = await store.change_many(BOT, adds([*people, *range(10**6, 10**6 + 2000)]))
    assert list(outcomes) == [Changed.CHANGED] * 300 + [Changed.UNKNOWN] * 2000
    report = await store.verify_ledger(BOT)
    assert (report.rows, report.differences) == (300, ())


Acts = Sequence[tuple[int, str, str]]

acts = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(["tips", "news"]),
        st.sampled_from([IN, OUT, Act.ADD, Act.REMOVE, "stop", "start"]),
    ),
    max_size=25,
)


@examples(25, HealthCheck.function_scoped_fixture)
@given(acts)
async def test_any_acts_come_to_what_the_rule_says(store: Store, todo: Acts) -> None:
    """People, and staff for several of them, act one after another, on a bot of their own."""
    bot = f"b{len(await store.all_bots())}"
    numbers: list[int] = []
    for name in range(4):
        one = msgspec.structs.replace(contact(f"p{name}"), id=f"{bot}-{name}", identities=on_teams(f"p{name}"))
        numbers.append((await store.add_contact(bot, one)).number)
    stands: list[dict[str, Membership]] = [{} for _ in range(4)]
    for place, (who, segment, what) in enumerate(todo):
        at = AT + timedelta(minutes=place)  # two acts at one moment would be a tie, and the no wins
        if isinstance(what, Act):
            several = [who, (who + 1) % 4]
            expected: list[StaffOutcome] = []
            for one in several:
                before = stands[one].get(segment, NONE)
                after, refusal = decide(what, before, stands[one].get(ALL, NONE))
                stands[one][segment] = after
                expected.append(refusal or (Changed.UNCHANGED if after is before else Changed.CHANGED))
            found = await store.change_many(bot, adds([numbers[one] for one in several], segment, act=what, at=at))
            assert list(found) == expected
        else:
            subject = ALL if what in ("stop", "start") else segment
            after = {"stop": OUT, "start": NONE}.get(what, what)
            if stands[who].get(subject, NONE) is not after:
                await Talk(f"p{who}", bot=bot).take(store, f"e{place}", consent={subject: Membership(after)}, at=at)
            stands[who][subject] = Membership(after)
    for name, standing in enumerate(stands):
        expected_now = {subject: state for subject, state in standing.items() if state is not NONE}
        assert await store.memberships(bot, f"{bot}-{name}") == expected_now
    assert (await store.verify_ledger(bot)).differences == ()
