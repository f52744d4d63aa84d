"""Drafts are replaced, revisions are added, and of two pushes one wins."""

import asyncio
import hashlib

import pytest

from messages.errors import PushConflict, StaleVersion
from storage.port import Store
from tests.storage.contract.conftest import Opener
from tests.storage.talk import MINUTE, NOW


async def test_a_bot_begins_with_nothing(store: Store) -> None:
    assert (await store.draft("b"), await store.live("b"), await store.revision("b", 1)) == (None, None, None)
    assert (await store.history("b"), await store.bots()) == ([], [])


async def test_a_draft_is_kept_word_for_word(store: Store) -> None:
    source = "bot: b\n# ünï→😀\r\n"
    saved = await store.save_draft("b", source, "mia", NOW)
    assert (saved.bot, saved.source, saved.author, saved.saved_at, saved.version) == ("b", source, "mia", NOW, 1)
    assert saved.digest == hashlib.sha256(source.encode()).hexdigest()
    assert await store.draft("b") == saved


async def test_a_draft_saved_blindly_replaces_the_last(store: Store) -> None:
    await store.save_draft("b", "one", "mia", NOW)
    second = await store.save_draft("b", "two", "bo", NOW + MINUTE)
    assert (second.version, await store.draft("b")) == (2, second)


async def test_a_draft_saved_over_a_known_version_replaces_that_one_only(store: Store) -> None:
    first = await store.save_draft("b", "one", "mia", NOW, expected_version=0)
    second = await store.save_draft("b", "two", "mia", NOW, expected_version=first.version)
    with pytest.raises(StaleVersion):
        await store.save_draft("b", "three", "bo", NOW, expected_version=first.version)
    with pytest.raises(StaleVersion):
        await store.save_draft("b", "three", "bo", NOW, expected_version=0)
    assert await store.draft("b") == second


async def test_a_push_is_live_and_saving_a_draft_changes_nothing_live(store: Store) -> None:
    info = await store.push("b", "one", author="mia", at=NOW, note="hello", expected_live=0)
    await store.save_draft("b", "two", "mia", NOW)
    assert (info.number, info.author, info.pushed_at, info.note, info.rolled_back_to) == (1, "mia", NOW, "hello", 0)
    assert info.digest == hashlib.sha256(b"one").hexdigest()
    assert await store.live("b") == info
    assert await store.revision("b", 1) == (info, "one")


async def test_history_is_newest_first_and_old_revisions_stay(store: Store) -> None:
    pushed = [await store.push("b", f"text {n}", author="mia", at=NOW, expected_live=n) for n in range(51)]
    assert await store.history("b") == pushed[::-1]
    assert await store.revision("b", 1) == (pushed[0], "text 0")
    assert await store.revision("b", 52) is None


async def test_rolling_back_is_a_push_of_an_old_text(store: Store) -> None:
    await store.push("b", "one", author="mia", at=NOW, expected_live=0)
    await store.push("b", "two", author="mia", at=NOW, expected_live=1)
    back = await store.push("b", "one", author="bo", at=NOW, expected_live=2, rolled_back_to=1)
    assert (back.number, back.rolled_back_to) == (3, 1)
    assert await store.live("b") == back


async def test_a_push_made_against_an_old_revision_is_told_who_was_first(store: Store) -> None:
    await store.push("b", "one", author="mia", at=NOW, expected_live=0)
    with pytest.raises(PushConflict) as conflict:
        await store.push("b", "two", author="bo", at=NOW, expected_live=0)
    assert (conflict.value.expected, conflict.value.found, conflict.value.by) == (0, 1, "mia")
    with pytest.raises(PushConflict):
        await store.push("b", "two", author="bo", at=NOW, expected_live=2)
    assert len(await store.history("b")) == 1


async def test_of_pushes_at_once_exactly_one_wins(store: Store, open_another: Opener) -> None:
    handles = [store, await open_another()]
    pushes = (handles[n % 2].push("b", f"text {n}", author=f"u{n}", at=NOW, expected_live=0) for n in range(10))
    outcomes = await asyncio.gather(*pushes, return_exceptions=True)
    winners = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
    assert [await handle.history("b") for handle in handles] == [winners, winners]
    assert len(winners) == 1
    assert sum(isinstance(outcome, PushConflict) for outcome in outcomes) == 9


async def test_a_push_is_seen_by_others_at_once(store: Store, open_another: Opener) -> None:
    server = await open_another()
    assert await server.live("b") is None
    info = await store.push("b", "one", author="mia", at=NOW, expected_live=0)
    assert await server.live("b") == info


async def test_bots_are_those_with_a_draft_or_a_revision(store: Store) -> None:
    await store.save_draft("c", "text", "mia", NOW)
    await store.push("a", "text", author="mia", at=NOW, expected_live=0)
    await store.push("c", "text", author="mia", at=NOW, expected_live=0)
    assert await store.bots() == ["a", "c"]


async def test_a_revision_is_found_by_how_its_digest_begins(store: Store) -> None:
    for number, source in enumerate(("bot: b", "bot: b # 2", "bot: b"), 1):
        await store.push("b", source, author="mia", at=NOW, expected_live=number - 1)
    await store.push("c", "bot: c", author="mia", at=NOW, expected_live=0)
    digest = hashlib.sha256(b"bot: b").hexdigest()
    for beginning in (digest, digest[:32], digest[:16]):
        found = await store.revision_by_digest("b", beginning)
        assert found is not None
        assert (found.number, found.digest) == (1, digest), "of two with one source, the first"
    assert await store.revision_by_digest("c", digest) is None
    assert await store.revision_by_digest("b", "0" * 32) is None
    assert await store.revision_by_digest("nobody", digest) is None


async def test_a_revision_that_is_never_live_is_found_by_its_digest_alone(store: Store) -> None:
    await store.push("b", "bot: b", author="mia", at=NOW, expected_live=0)
    kept = await store.keep_revision("b", "bot: b, more", author="bo", at=NOW + MINUTE)
    again = await store.keep_revision("b", "bot: b, more", author="al", at=NOW + 2 * MINUTE)
    other = await store.keep_revision("b", "bot: b, else", author="bo", at=NOW + MINUTE)
    assert (kept.number, kept.author, kept.digest) == (-1, "bo", hashlib.sha256(b"bot: b, more").hexdigest())
    assert (again, other.number) == (kept, -2)
    assert await store.kept_revisions("b") == [kept, other]
    assert await store.revision_by_digest("b", kept.digest[:16]) == kept
    assert await store.revision("b", -1) == (kept, "bot: b, more")
    live = await store.live("b")
    assert live is not None
    assert (live.number, [each.number for each in await store.history("b")]) == (1, [1])
    marks = await store.live_marks()
    assert marks["b"].startswith("1 ")


async def test_what_was_live_need_not_be_kept_again(store: Store) -> None:
    pushed = await store.push("b", "bot: b", author="mia", at=NOW, expected_live=0)
    assert await store.keep_revision("b", "bot: b", author="bo", at=NOW) == pushed
    kept = await store.keep_revision("b", "bot: b, more", author="bo", at=NOW)
    live = await store.push("b", "bot: b, more", author="mia", at=NOW, expected_live=1)
    assert live.number == 2
    assert await store.revision_by_digest("b", kept.digest) == live
    assert await store.kept_revisions("b") == [kept]
    assert await store.kept_revisions("nobody") == []
