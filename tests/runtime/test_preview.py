"""The preview of a broadcast, beside what then happens: who gets it, and who does not and why, person by person."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from audiences.context import Context
from audiences.members import change_members
from broadcasts.editing import Definition, create_broadcast
from broadcasts.preview import left_out, preview
from broadcasts.report import outcomes
from broadcasts.runs import known_run, send_broadcast
from consent.membership import Act
from messages.consent import SourceKind
from messages.pushes import RunState, reason_kind
from runtime.clock import now
from staff.acting import Staff
from tests.runtime.harness import RunningBot, payload, running_bot
from tests.runtime.test_pushes import FAST, PUSHED, opt_in, over, tips
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import empty_database

WHO = {
    "gets it": [f"in{number}" for number in range(40)],
    "excluded": ["ex0", "ex1"],
    "unreachable": ["blocked"],
    "left the filter": ["away0", "away1", "away2"],
    "not a member": ["removed", "never"],
    "opted out": ["out"],
    "stopped everything": ["stopped0", "stopped1"],
}
"""What this test does to people, and what that comes to by the documentation: books of its own."""


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=needs_redis)])
async def bot(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RunningBot]:
    store = "" if request.param == "sqlite" else f"{empty_database(7)}?shards=3"
    async with running_bot(tmp_path, PUSHED, push=FAST, store=store) as running:
        yield running


def staff(bot: RunningBot) -> Context:
    live = bot.server.revisions.last_live("demo")
    assert live is not None
    index = bot.server.audiences.of("demo").catch_up
    return Context(bot.server.store, "demo", live.bot, Staff("ops", SourceKind.CLI), now(), read_index=index)


async def contacts_of(bot: RunningBot) -> dict[str, str]:
    """By contact, the person."""
    found = {}
    for person in (who for some in WHO.values() for who in some):
        talk = await bot.server.store.conversation("demo", f"teams:a:{person}")
        assert talk is not None
        found[talk.contact.id] = person
    return found


async def prepare(bot: RunningBot) -> dict[str, str]:
    await opt_in(bot, [who for reason, some in WHO.items() for who in some if who != "never"])
    await bot.says("hello", "never")
    people = await contacts_of(bot)
    contact_of = {person: contact for contact, person in people.items()}
    store = bot.server.store
    for person in WHO["excluded"]:
        assert (await bot.presses(payload("card-yes", flow=PUSHED), person))[0] == 200
    for person in WHO["left the filter"]:
        known = await store.contact("demo", contact_of[person])
        assert known is not None
        await store.edit_contact("demo", replace(known, tags=known.tags | {"away"}))
    await change_members(staff(bot), "tips", Act.REMOVE, [contact_of["removed"]])
    assert (await bot.presses(payload("no", flow=PUSHED), "out"))[0] == 200
    for person in WHO["stopped everything"]:
        assert (await bot.says("STOP", person))[0] == 200
    await bot.server.outbox.idle()
    await store.mark_unreachable("demo", "teams:a:blocked", "blocked", now(), code="ConversationBlockedByUser")
    return people


async def test_what_the_preview_lists_is_what_becomes_of_everybody(bot: RunningBot) -> None:
    people = await prepare(bot)
    told = Definition(name="Tip", segment="tips", message="tip", filter="not tag:away", exclude=("news",), holdout=50)
    await create_broadcast(staff(bot), told, id="b1")
    shown = await preview(staff(bot), "b1", now=True)
    reasons = {}
    for reason in shown.reasons:
        page = await left_out(staff(bot), "b1", reason.reason, now=True)
        reasons |= {people[each.contact.id]: reason_kind(reason.reason) for each in page.people}
        assert len(page.people) == reason.people
    held = {who for who, reason in reasons.items() if reason == "holdout"}
    assert 0 < len(held) < len(WHO["gets it"])
    assert held <= set(WHO["gets it"])
    assert shown.receivers == len(WHO["gets it"]) - len(held)
    assert {who: reason for who, reason in reasons.items() if who not in held} == {
        who: reason for reason, some in WHO.items() for who in some if reason not in ("gets it", "not a member")
    }

    await send_broadcast(staff(bot), "b1", run="r1", expected=shown.receivers)
    bot.server.pusher.wake()
    assert (await over(bot)).state is RunState.FINISHED

    assert set(tips(bot.standin.deliveries)) == {f"a:{who}" for who in WHO["gets it"] if who not in held}
    became = {}
    async for some in outcomes(staff(bot), *await known_run(staff(bot), "r1")):
        became |= {people[one.contact]: one.state if one.state == "sent" else reason_kind(one.reason) for one in some}
    planned = {
        who
        for who, reason in reasons.items()
        if reason in {each.reason.partition(":")[0] for each in shown.reasons if each.planned}
    }
    assert became == {who: "sent" for who in WHO["gets it"] if who not in held} | {who: reasons[who] for who in planned}
    assert len(became) == shown.planned
