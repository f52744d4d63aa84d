"""Who signed a recording or a proof: Ed25519 over its content.

A digest shows damage; a signature also shows changes that somebody made on purpose.
"""

from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RECORDING: Final = b"assent recording\n"
PROOF: Final = b"assent proof of consent\n"
"""Signed along, so that nothing that the key signs for one purpose serves for another."""

_KEY = 32
_SIGNATURE = 64
BYTES: Final = _KEY + _SIGNATURE
"""How long a seal is."""

_NOBODY = bytes(BYTES)


class Signed(NamedTuple):
    """Whose key signed a recording, in hex; empty for one that nobody signed."""

    key: str = ""
    before: bool = False
    """It was made before recordings were signed."""

    def words(self, own: str = "") -> str:
        """Say it in words. `own` is the key of whoever reads."""
        if self.before:
            return "unsigned: made before recordings were signed, so only accidental damage would show"
        if not self.key:
            return "unsigned: only accidental damage would show, not a change on purpose"
        if own:
            return f"signed by key {self.key}, which is {'trusted' if self.key == own else 'not known here'}"
        return f"signed by key {self.key}; --key says which one to trust"


def seal(content: bytes, key: Ed25519PrivateKey | None, purpose: bytes = RECORDING) -> bytes:
    """Return what stands before content: public key and signature, or zeros where there is no key."""
    if key is None:
        return _NOBODY
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw) + key.sign(purpose + content)


def signer(sealed: bytes, content: bytes, purpose: bytes = RECORDING) -> Signed | None:
    """Return who signed content; None when the signature does not fit."""
    if sealed == _NOBODY:
        return Signed()
    key, signature = sealed[:_KEY], sealed[_KEY:]
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, purpose + content)
    except (InvalidSignature, ValueError):
        return None
    return Signed(key.hex())
