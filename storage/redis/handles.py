"""Handles as scripts take them."""

from collections.abc import Collection

from messages.handles import Handle
from storage.erased_handles import handle_digest
from storage.redis.link import Word


def handle_words(salt: bytes, new: Collection[Handle], lost: Collection[Handle]) -> list[Word]:
    """Return two lists, each headed by its length: new handles (kind, key, digest), lost ones (kind, key)."""
    words: list[Word] = [len(new)]
    for one in new:
        words += (one.kind.value, one.key, handle_digest(salt, one))
    words.append(len(lost))
    for one in lost:
        words += (one.kind.value, one.key)
    return words
