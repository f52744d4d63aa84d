"""What a worker knows of the replies that wait, whichever answer of Redis it hears first."""

from storage.redis.outbox import OwnedReplies
from storage.redis.shards import Shard

SHARD = Shard("bot", 0, 0)
ANA = "teams:ana"


def test_replies_are_known_from_the_first_told_on() -> None:
    lanes = OwnedReplies()
    lanes.told(SHARD, ANA, 3, 4)
    lanes.told(SHARD, ANA, 5, 7)
    assert [lanes.has(SHARD, ANA, number) for number in (2, 3, 7)] == [False, True, True]
    assert lanes.told_up_to(SHARD, ANA) == 7


def test_a_conversation_that_begins_anew_has_nothing_of_before() -> None:
    lanes = OwnedReplies()
    lanes.told(SHARD, ANA, 3, 4)
    lanes.began(SHARD, ANA, 9, 9)
    assert not lanes.has(SHARD, ANA, 4)
    assert lanes.has(SHARD, ANA, 9)


def test_what_was_told_of_later_replies_outlives_the_end_of_the_earlier_ones() -> None:
    """They were read from Redis after the end, and on another connection, whose answer came first."""
    lanes = OwnedReplies()
    lanes.told(SHARD, ANA, 3, 3)
    lanes.told(SHARD, ANA, 5, 5)
    lanes.ended(SHARD, ANA, 3)
    assert not lanes.has(SHARD, ANA, 3)
    assert lanes.has(SHARD, ANA, 5)
    lanes.ended(SHARD, ANA, 5)
    assert lanes.told_up_to(SHARD, ANA) == 0


def test_after_a_look_only_what_is_held_is_left() -> None:
    lanes = OwnedReplies()
    lanes.told(SHARD, ANA, 3, 5)
    lanes.told(SHARD, "teams:bob", 4, 4)
    lanes.look()
    lanes.keep_only({(SHARD, ANA): 5})
    assert [lanes.has(SHARD, ANA, number) for number in (3, 5)] == [False, True]
    assert not lanes.has(SHARD, "teams:bob", 4)


def test_what_was_told_during_a_look_is_newer_than_it() -> None:
    lanes = OwnedReplies()
    lanes.look()
    lanes.began(SHARD, ANA, 8, 8)
    lanes.keep_only({})
    assert lanes.has(SHARD, ANA, 8)
