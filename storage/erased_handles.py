"""What is left of the handles of people who were erased: a keyed hash, from which nobody reads them."""

import hashlib
from collections.abc import Iterable

from messages.handles import Handle


def handle_digest(salt: bytes, handle: Handle) -> str:
    """Return what stands for a handle: BLAKE2b of 16 bytes in hex, keyed with the store's salt."""
    return hashlib.blake2b(f"{handle.kind} {handle.key}".encode(), key=salt, digest_size=16).hexdigest()


def handle_digests(salt: bytes, handles: Iterable[Handle]) -> dict[Handle, str]:
    """Return the digest of each handle."""
    return {handle: handle_digest(salt, handle) for handle in handles}
