"""A consent that is good for one message, and an audience that is asked again: on a real server, on every store."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from audiences.members import change_members
from broadcasts.report import verify_run
from consent.membership import Act
from messages.consent import Membership, SourceKind
from messages.pushes import RunState
from runtime.clock import now
from standin.deliveries import Fault
from storage.push_records import Bucket
from tests.runtime.harness import RunningBot, running_bot
from tests.runtime.test_pushes import CONTENT, FAST, PUSHED, begin, by_state, over, replays, staff_of, tips
from tests.storage.redis.needed import needs_redis
from tests.storage.redis.shared import empty_database

TOPIC = PUSHED.replace(
    "fields:\n", "topics:\n  open: {name: Open days, purpose: One message., uses: once}\nfields:\n"
).replace("keywords:\n", 'keywords:\n  - {is: tell me, opt_in: "topic:open", message: tip}\n')
ONCE = replace(CONTENT, subject="topic:open")


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=needs_redis)])
async def bot(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RunningBot]:
    store = "" if request.param == "sqlite" else f"{empty_database(7)}?shards=3"
    async with running_bot(tmp_path, TOPIC, push=FAST, store=store) as running:
        yield running


async def to_all(bot: RunningBot, run: str, subject: str = "topic:open", **how: object) -> dict[str, int]:
    """Push to who is a member of a subject now; return what became of them."""
    people = (await bot.server.audiences.of("demo").catch_up()).members(subject, now())
    buckets = (Bucket(now(), people.serialize()),) if people else ()
    content = replace(ONCE, subject=subject, **how)
    await begin(bot, run, content=content, planned=len(people), audience=people.serialize(), buckets=buckets)
    status = await over(bot, run)
    assert status.state is RunState.FINISHED
    return by_state(status)


async def test_one_message_for_one_opt_in_also_where_the_first_attempt_was_refused(bot: RunningBot) -> None:
    for user in ("ana", "ben", "cem"):
        assert (await bot.says("tell me", user))[0] == 200
    await bot.server.outbox.idle()
    answered = tips(bot.standin.deliveries)
    bot.standin.fail(Fault(status=429, conversation="a:ben"))
    assert await to_all(bot, "r1") == {"sent": 3}
    got = tips(bot.standin.deliveries) - answered
    assert got == {"a:ana": 1, "a:ben": 1, "a:cem": 1}
    used = [row.change for row in await bot.server.store.ledger("demo") if row.change.source is SourceKind.USED]
    assert [(one.subject, one.before, one.after, one.detail) for one in used] == [
        ("topic:open", Membership.OPTED_IN, Membership.NONE, "r1")
    ] * 3
    assert (await verify_run(staff_of(bot), "r1")).problems == ()
    assert (await bot.says("tell me", "cem"))[0] == 200
    assert await to_all(bot, "r2") == {"sent": 1}
    assert (await verify_run(staff_of(bot), "r2")).problems == ()
    assert (await bot.server.store.verify_ledger("demo")).differences == ()
    await replays(bot, ["ana", "ben", "cem"])


async def test_a_live_audience_is_asked_again_as_each_message_leaves(bot: RunningBot) -> None:
    for user in ("ana", "ben", "cem"):
        assert (await bot.says("tell me", user))[0] == 200
    contacts = {}
    for user in ("ana", "ben", "cem"):
        found = await bot.server.store.conversation("demo", f"teams:a:{user}")
        assert found is not None
        contacts[user] = found.contact.id
    await change_members(staff_of(bot), "tips", Act.ADD, [contacts["ben"]])
    known = await bot.server.store.contact("demo", contacts["cem"])
    assert known is not None
    await bot.server.store.edit_contact("demo", replace(known, tags=known.tags | {"away"}))
    outcome = await to_all(bot, "r1", live=True, exclude=("tips",), filter="not tag:away", expires_after=3600)
    assert outcome == {"sent": 1, "skipped excluded": 1, "skipped left the filter": 1}
    frozen = await to_all(bot, "r2", exclude=("tips",), filter="not tag:away")
    assert frozen == {"sent": 2}, "who it was for was decided when it was planned; ana's consent is used up"
