"""A proof as a file: JSON, signed with the key that signs checkpoints."""

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from messages.errors import BadInput
from replay.proof import VERSION, Proof
from replay.signature import PROOF, Signed, seal, signer


class ProofFile(msgspec.Struct, frozen=True):
    """What the file holds."""

    proof: msgspec.Raw
    """The proof as JSON; what is signed are its bytes without white space, keys in order."""
    seal: str
    """Public key and signature, in hex; zeros where there was no key."""


def to_file(proof: Proof, key: Ed25519PrivateKey | None) -> bytes:
    """Return the text of a file."""
    content = msgspec.json.encode(proof, order="sorted")
    sealed = seal(content, key, PROOF).hex()
    return msgspec.json.format(msgspec.json.encode(ProofFile(msgspec.Raw(content), sealed)), indent=1) + b"\n"


def from_file(data: bytes, name: str, trusted: str = "") -> tuple[Proof, Signed]:
    """Return the proof in a file and who signed it; `trusted`: the key, in hex, that must have.

    Raises BadInput for a file that is none, was changed, or was signed by somebody else.
    """
    try:
        file = msgspec.json.decode(data, type=ProofFile)
        content = msgspec.json.format(file.proof, indent=-1)
        signed = signer(bytes.fromhex(file.seal), content, PROOF)
        version = msgspec.json.decode(content, type=_Version).version
        proof = msgspec.json.decode(content, type=Proof) if version <= VERSION else None
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise BadInput("it is no proof of consent", place=name, remedy=str(error)) from error
    if signed is None:
        raise BadInput(
            "its signature does not fit: it was changed, or not signed by the key it names",
            place=name,
            remedy="Have it made again",
        )
    if proof is None:
        raise BadInput(f"its form is {version}; this version reads up to {VERSION}", place=name)
    if trusted and signed.key != trusted:
        by = f"by key {signed.key}" if signed.key else "by nobody"
        raise BadInput(f"it is signed {by}, not by {trusted}", place=name, remedy="Name the key that you trust")
    return proof, signed


class _Version(msgspec.Struct):
    version: int
