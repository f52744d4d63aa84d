"""What a worker knows of the replies that wait, whichever answer of Redis it hears first."""

from storage.redis.outbox import OwnedReplies
from storage.redis.shards import Shard

SHARD = Shard("bot", 0, 0)
ANA = "teams:ana"


def test_replies_are_known_from_the_first_told_on() -> None:
    owned = OwnedReplies()
    owned.add(SHARD, ANA, 3, 4)
    owned.add(SHARD, ANA, 5, 7)
    assert [owned.has(SHARD, ANA, number) for number in (2, 3, 7)] == [False, True, True]
    assert owned.known_up_to(SHARD, ANA) == 7


def test_a_conversation_that_begins_anew_has_nothing_of_before() -> None:
    owned = OwnedReplies()
    owned.add(SHARD, ANA, 3, 4)
    owned.begin(SHARD, ANA, 9, 9)
    assert not owned.has(SHARD, ANA, 4)
    assert owned.has(SHARD, ANA, 9)


def test_what_was_told_of_later_replies_outlives_the_end_of_the_earlier_ones() -> None:
    """They were read from Redis after the end, and on another connection, whose answer came first."""
    owned = OwnedReplies()
    owned.add(SHARD, ANA, 3, 3)
    owned.add(SHARD, ANA, 5, 5)
    owned.end(SHARD, ANA, 3)
    assert not owned.has(SHARD, ANA, 3)
    assert owned.has(SHARD, ANA, 5)
    owned.end(SHARD, ANA, 5)
    assert owned.known_up_to(SHARD, ANA) == 0


def test_after_a_look_only_what_is_held_is_left() -> None:
    owned = OwnedReplies()
    owned.add(SHARD, ANA, 3, 5)
    owned.add(SHARD, "teams:bob", 4, 4)
    owned.look()
    owned.keep_only({(SHARD, ANA): 5})
    assert [owned.has(SHARD, ANA, number) for number in (3, 5)] == [False, True]
    assert not owned.has(SHARD, "teams:bob", 4)


def test_what_was_told_during_a_look_is_newer_than_it() -> None:
    owned = OwnedReplies()
    owned.look()
    owned.begin(SHARD, ANA, 8, 8)
    owned.keep_only({})
    assert owned.has(SHARD, ANA, 8)
