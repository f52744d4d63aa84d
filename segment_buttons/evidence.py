"""The digest of the exact words that were shown beside a button. It travels in the button's payload."""

import hashlib

LENGTH = 32
"""Hex digits of a digest."""

LENGTH_OF_OLD = 16
"""Those of a payload that names its revision by number."""

_SHORTEST = 16


def digest_of(words: str, length: int = LENGTH) -> str:
    """Return the digest of words."""
    return hashlib.sha256(words.encode(errors="surrogatepass")).hexdigest()[:length]


def is_digest_of(digest: str, words: str) -> bool:
    """Tell whether `digest`, of whichever length payloads had, is that of `words`."""
    return len(digest) >= _SHORTEST and digest_of(words, len(digest)) == digest
