"""Whoever is erased keeps what became of their pushes, and loses what tells of them."""

import msgspec

from messages.pushes import PushState, RunState
from storage.port import Store
from tests.storage.sending import (
    BOT,
    claims,
    defers,
    known_member,
    plain,
    push,
    push_due,
    run_of,
    skips,
    stands,
    waiting,
)
from tests.storage.talk import NOW, Talk

STATES = ["sent", "deferred", "skipped", "sending"]


async def with_pushes(store: Store, name: str) -> tuple[str, int]:
    """Somebody with a push in each state, one run each; return their id and number."""
    number = await known_member(store, name)
    for run in STATES:
        await store.add_run(run_of([number, 999], run), RunState.RUNNING)
        due = msgspec.structs.replace(push_due(run), zone="Europe/Paris")
        effect = {"deferred": defers(), "skipped": skips("cap")}.get(run, claims(run))
        await push(store, name, effect, due=due)
        if run == "sent":
            (row,) = await store.pushes(BOT, run=run)
            ended = msgspec.structs.replace(
                row, state=PushState.SENT, sent_at=NOW, channel_message_ids=("id-of-anas-message",)
            )
            await store.end_push(BOT, ended)
    loaded = await Talk(name).load(store)
    assert loaded.contact is not None
    return loaded.contact.id, number


async def test_erasing_a_person_in_a_run_keeps_states_reasons_and_times(store: Store) -> None:
    contact, number = await with_pushes(store, "ana")
    await store.erase_contact(BOT, contact, actor="ann", at=NOW)

    for run in STATES:
        (row,) = await store.pushes(BOT, run=run)
        assert (row.contact, row.number, row.due) == (contact, number, NOW)
        assert (row.conversation, row.channel_message_ids, row.zone) == ("", (), "")
        assert await waiting(store, run) == 1
    assert plain(await stands(store, "sent")) == {"sent": 1}
    assert plain(await stands(store, "deferred")) == {"skipped: erased": 1}
    assert plain(await stands(store, "skipped")) == {"skipped: cap": 1}
    assert await store.pending() == []


async def test_a_push_that_was_on_its_way_still_ends(store: Store) -> None:
    contact, _ = await with_pushes(store, "ana")
    (row,) = await store.pushes(BOT, run="sending")
    await store.erase_contact(BOT, contact, actor="ann", at=NOW)
    await store.end_push(
        BOT, msgspec.structs.replace(row, state=PushState.SENT, sent_at=NOW, channel_message_ids=("x",))
    )
    assert plain(await stands(store, "sending")) == {"sent": 1}
    (row,) = await store.pushes(BOT, run="sending")
    assert (row.sent_at, row.conversation, row.channel_message_ids) == (NOW, "", ())


async def test_erasing_again_changes_nothing(store: Store) -> None:
    contact, _ = await with_pushes(store, "ana")
    await store.erase_contact(BOT, contact, actor="ann", at=NOW)
    before = [await store.pushes(BOT, run=run) for run in STATES]
    await store.erase_contact(BOT, contact, actor="ann", at=NOW)
    assert [await store.pushes(BOT, run=run) for run in STATES] == before
