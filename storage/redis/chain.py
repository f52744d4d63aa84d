"""The hashes that tie each ledger row to the one before it, so that a row altered or cut out shows.

Redis can compute SHA-1 alone. What it hashes is the hash before, the row's number and the SHA-256 of its content, which
the server computes: to pass off another row as an old one takes a second preimage of SHA-1 for a text of that form.
"""

import hashlib

import msgspec

from storage.ledger_facts import Facts

START = "0" * 40
"""What stands for the hash before a shard's first row."""

_encode = msgspec.json.Encoder().encode


def encode_facts(bot: str, facts: Facts, personal_digest: str) -> bytes:
    """Return the content of a row that stays for ever, as JSON: bot, facts, SHA-256 of the personal part in hex."""
    return _encode((bot, *facts, personal_digest))


def decode_facts(content: bytes) -> tuple[str, Facts, str]:
    """Return bot, facts and digest of the personal part."""
    bot, *facts, digest = msgspec.json.decode(content)
    return bot, Facts(*facts), digest


def digest(content: bytes) -> str:
    """Return SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()


def row_hash(previous: str, number: int, content_digest: str) -> str:
    """Return the hash of row `number`: SHA-1 in hex, as Redis' `sha1hex` computes it."""
    return hashlib.sha1(f"{previous} {number} {content_digest}".encode(), usedforsecurity=False).hexdigest()
