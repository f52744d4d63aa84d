"""The keys that a server keeps in files: those that sign buttons, and the one that signs checkpoints of the ledger.

A checkpoint is the end of a ledger, signed: kept elsewhere, it proves later that nothing up to it was rewritten or cut
off.
"""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from messages.errors import BadInput, BadSettings
from storage.records import LedgerMark

_DOMAIN: Final = b"assent ledger checkpoint 1\n"
"""Signed along, so that no other text that the key signs is a checkpoint."""


class Checkpoint(msgspec.Struct, frozen=True):
    """The last row of each shard of a bot's ledger."""

    store: str
    """The store's id."""
    bot: str
    at: str
    """When it was made, by the machine's clock, in UTC."""
    rows: tuple[LedgerMark, ...]
    version: int = 1


class SignedCheckpoint(msgspec.Struct, frozen=True):
    """A checkpoint as it is exported."""

    checkpoint: Checkpoint
    key: str
    """The Ed25519 public key, in hex."""
    signature: str
    """Over the checkpoint as JSON without spaces, in hex."""


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(SignedCheckpoint).decode


def sign_checkpoint(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> bytes:
    """Return a signed checkpoint as the text of a file."""
    signature = key.sign(_DOMAIN + _encode(checkpoint)).hex()
    return msgspec.json.format(_encode(SignedCheckpoint(checkpoint, public_half(key), signature)), indent=1) + b"\n"


def read_checkpoint(file: Path, trusted: str) -> SignedCheckpoint:
    """Read a checkpoint and check its signature. `trusted` is the key that must have signed it; '': whichever did.

    Raises BadInput.
    """
    try:
        signed = _decode(file.read_bytes())
        key, signature = bytes.fromhex(signed.key), bytes.fromhex(signed.signature)
        Ed25519PublicKey.from_public_bytes(key).verify(signature, _DOMAIN + _encode(signed.checkpoint))
    except OSError as error:
        raise BadInput(f"can't be read: {error.strerror}", place=str(file)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise BadInput("is not a checkpoint of a ledger", place=str(file), remedy=str(error)) from error
    except InvalidSignature:
        raise BadInput(
            "its signature does not fit: it was changed, or not signed by the key it names", place=str(file)
        ) from None
    if trusted and signed.key != trusted.strip().lower():
        raise BadInput(
            f"was signed by key {signed.key}, not by {trusted.strip().lower()}",
            place=str(file),
            remedy="Name the key that you trust with --key",
        )
    return signed


def public_half(key: Ed25519PrivateKey) -> str:
    """Return the public key in hex."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def checkpoint_key(file: Path, *, make: bool) -> Ed25519PrivateKey | None:
    """Return the key in a file; if there is none, one that is made, or None. Raises BadSettings."""
    try:
        if make and not file.exists():
            _make_key(file)
        key = load_pem_private_key(file.read_bytes(), password=None)
    except FileNotFoundError:
        if make:
            raise
        return None
    except OSError as error:
        raise BadSettings(f"can't be used: {error.strerror}", place=str(file), remedy="Check its owner") from error
    except (ValueError, TypeError) as error:
        raise BadSettings("holds no private key", place=str(file), remedy="Name another checkpoint_key_file") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise BadSettings("holds a key that is not Ed25519", place=str(file))
    return key


def _make_key(file: Path) -> None:
    """Write a new key that its owner alone can read. One that appears meanwhile stays."""
    key = Ed25519PrivateKey.generate()
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "wb") as opened:
        opened.write(text)


SHORTEST = 16
"""Characters that a key has at least."""


def button_keys(configured: Sequence[str], file: Path, *, may_make: bool = True) -> tuple[bytes, ...]:
    """Return the configured keys; without any, the one in `file`, which is made on first use.

    Buttons live as long as the chats that they are in, so a key that is lost makes them dead: keep the file with the
    store's back-up. Where several servers share a store (`may_make` false) none is made: each would have its own, and
    take the others' buttons for forged. Raises BadSettings for a key that is too short, for a file that can't be read
    or made, and for a key that is missing and may not be made.
    """
    if configured:
        keys = tuple(key.encode() for key in configured)
    elif not may_make and not file.exists():
        raise BadSettings(
            "no key that signs buttons is set, and all servers of one store need the same",
            place="button_keys",
            remedy="Set ASSENT_BUTTON_KEYS, or put the same file at button_key_file, for every server",
        )
    else:
        keys = tuple(line.encode() for line in _kept(file).split())
    if not keys or any(len(key) < SHORTEST for key in keys):
        raise BadSettings(
            f"a key has fewer than {SHORTEST} characters",
            place="button_keys" if configured else str(file),
            remedy="Make one with: python3 -c 'import secrets; print(secrets.token_hex(32))'",
        )
    return keys


def _kept(file: Path) -> str:
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        try:
            return file.read_text()
        except OSError as error:
            raise BadSettings(f"can't be read: {error.strerror}", place=str(file), remedy="Check its owner") from error
    except OSError as error:
        raise BadSettings(f"can't be made: {error.strerror}", place=str(file), remedy="Set button_keys") from error
    key = secrets.token_hex(32)
    with os.fdopen(handle, "w") as opened:
        opened.write(key + "\n")
    return key
