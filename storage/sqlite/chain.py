"""The hashes that tie each ledger row to the one before it, so that a row altered or cut out shows."""

import hashlib

import msgspec

START = bytes(32)
"""What stands for the hash before a bot's first row."""

_encode = msgspec.json.Encoder().encode


def row_hash(previous: bytes, facts: tuple[str | int, ...], personal_digest: bytes) -> bytes:
    """Return SHA-256 over the previous row's hash and the JSON array of this row's facts.

    `facts` are bot, sequence, contact id, subject, before, after, at, source, actor, revision, message, button,
    purpose, channel, turn; the digest of the personal part follows them in hex.
    """
    return hashlib.sha256(previous + _encode((*facts, personal_digest.hex()))).digest()
