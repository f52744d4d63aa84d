"""What is left of the handles of people who were erased: a keyed hash, from which nobody reads them."""

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator

from messages.addresses import Handle, HandleKind, Malformed, handle_of

_ADDRESSES = re.compile(r"""[^\s<>()\[\],;:"'|]+@[^\s<>()\[\],;:"'|]+""")
"""What may be an address, in a text that is none."""

_TELLING = (HandleKind.EMAIL, HandleKind.AAD)
"""Handles that tell a person in the midst of a text too; an id may be any word."""


def handle_digest(salt: bytes, handle: Handle) -> str:
    """Return what stands for a handle: BLAKE2b of 16 bytes in hex, keyed with the store's salt."""
    return hashlib.blake2b(f"{handle.kind} {handle.key}".encode(), key=salt, digest_size=16).hexdigest()


def handle_digests(salt: bytes, handles: Iterable[Handle]) -> dict[Handle, str]:
    """Return the digest of each handle."""
    return {handle: handle_digest(salt, handle) for handle in handles}


def handles_in(value: str) -> Iterator[Handle]:
    """Yield the handles by which a value of a list names somebody, also a value that is more than an address."""
    for text in (value, *_ADDRESSES.findall(value)):
        if not isinstance(handle := handle_of(text), Malformed):
            yield handle


def names_one_of(value: str, handles: Collection[Handle]) -> bool:
    """Tell whether a value of a list names somebody who has one of these handles."""
    if any(handle in handles for handle in handles_in(value)):
        return True
    small = value.lower()
    return any(
        one.key in small and re.search(rf"(?<![\w.+-]){re.escape(one.key)}(?![\w-]|\.\w)", small)
        for one in handles
        if one.kind in _TELLING
    )
