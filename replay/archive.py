"""One recorded conversation as a file, with the revisions that it was taken on: a bug report that can be run again.

A file is a first line that people can read, the SHA-256 of what follows, the key and signature of who made it, and a
compressed MessagePack record. Records are taken along as the store has them, so that damaged ones stay as they are.
"""

import hashlib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from flows.compile import CompiledRevisions, RevisionSource
from messages.codec import encode
from messages.errors import BadInput
from privacy.masking import FlowTexts, Mask
from replay.recorded import Unreadable, read_turn, read_turns, wanted_revisions
from storage.records import RecordedTurn

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


HEAD = b"assent recording "
SCHEMA = 2
"""Number of the layout; it stands in the first line. Layout 1, without a signature, is still read."""

MAX_BYTES = 64_000_000
"""How large a file may be."""

MAX_UNPACKED = 512_000_000
"""How large its content may be."""

_DIGEST = hashlib.sha256().digest_size


class ArchivedTurn(msgspec.Struct, frozen=True):
    """A turn as the store has it; `at` in milliseconds since 1970."""

    conversation: str
    at: int
    record: bytes


class ArchivedRevision(msgspec.Struct, frozen=True):
    """A revision as it was pushed."""

    number: int
    digest: str
    text: str


class Archive(msgspec.Struct, frozen=True):
    """A conversation, or what was chosen of it. A masked one can be shown and not run again."""

    bot: str
    conversation: str
    made_by: str
    made_at: datetime
    masked: bool
    turns: tuple[ArchivedTurn, ...]
    revisions: tuple[ArchivedRevision, ...]

    def recorded(self, name: str) -> Sequence[RecordedTurn]:
        """Return the turns as a store would; `name` is what the file is called."""
        return [
            RecordedTurn(turn.conversation, f"turn {number} of {name}", turn.at, turn.record)
            for number, turn in enumerate(self.turns, 1)
        ]

    def sources(self) -> Mapping[int, RevisionSource]:
        """Return the revisions by number."""
        return {each.number: RevisionSource(each.number, each.digest, each.text) for each in self.revisions}


_encoder = msgspec.msgpack.Encoder(order="deterministic")
_decoder = msgspec.msgpack.Decoder(Archive)


def archive_of(
    bot: str,
    conversation: str,
    turns: Sequence[RecordedTurn],
    sources: Mapping[int, RevisionSource],
    *,
    made_by: str,
    made_at: datetime,
    masked: bool,
) -> Archive:
    """Return an archive of recorded turns with those of the revisions that they name."""
    entries, _ = read_turns(turns)
    wanted = {number for entry in entries for number in (entry.outcome.revision, *wanted_revisions(entry, sources))}
    kept = (
        _masked(turns, FlowTexts(CompiledRevisions(bot, sources)))
        if masked
        else ((turn, turn.record) for turn in turns)
    )
    return Archive(
        bot,
        conversation,
        made_by,
        made_at,
        masked,
        tuple(ArchivedTurn(turn.conversation, turn.at, record) for turn, record in kept),
        tuple(ArchivedRevision(*sources[number]) for number in sorted(wanted & sources.keys())),
    )


def _masked(turns: Sequence[RecordedTurn], flows: FlowTexts) -> Iterator[tuple[RecordedTurn, bytes]]:
    """Mask each turn; one that can't be read may hold anything and is left out but for its place.

    What any turn tells of the person goes in all: a message on screen may name what a later turn has forgotten.
    """
    mask = Mask(*read_turns(turns)[0], flows=flows)
    for turn in turns:
        entry = read_turn(turn)
        yield turn, b"" if isinstance(entry, Unreadable) else encode(mask.masked(entry))


class ArchiveFile(NamedTuple):
    """An archive as it was read, and who signed the file."""

    archive: Archive
    signed: Signed


def write_archive(archive: Archive, key: Ed25519PrivateKey | None = None) -> bytes:
    """Return an archive as a file's content, signed by `key` if there is one. The same gives the same bytes."""
    content = zlib.compress(_encoder.encode(archive), 6)
    content = seal(content, key) + content
    return HEAD + b"%d\n" % SCHEMA + hashlib.sha256(content).digest() + content


def is_archive(data: bytes) -> bool:
    """Tell whether a file's content begins as an archive does."""
    return data.startswith(HEAD)


def read_archive(data: bytes, name: str, trusted: str = "") -> ArchiveFile:
    """Read an archive and check its signature. `name` is what errors call the file; `trusted` the key, in hex, that
    must have signed it; empty: whichever did, or none.

    Raises BadInput for one that is cut short, altered, of a schema that is not known, too large, signed by another key,
    or no archive at all.
    """
    line, end, _ = data[:64].partition(b"\n")
    if not is_archive(data) or not end:
        raise _refused(name, "it is not a recording", "Make one with assent conversation export")
    schema = line.removeprefix(HEAD)
    if schema not in (b"1", b"%d" % SCHEMA):
        told = schema.decode("ascii", "replace")
        raise _refused(name, f"its schema is {told}; this version reads up to {SCHEMA}", "Use the version that made it")
    if len(data) > MAX_BYTES:
        raise _refused(name, f"it is larger than {MAX_BYTES:,} bytes", "Export fewer turns")
    start = len(line) + 1
    digest, content = data[start : start + _DIGEST], data[start + _DIGEST :]
    if hashlib.sha256(content).digest() != digest:
        raise _refused(name, "it was cut short or altered: its digest does not fit", "Copy or export it again")
    signed: Signed | None = Signed(before=True)
    if schema != b"1":
        sealed, content = content[:BYTES], content[BYTES:]
        signed = signer(sealed, content)
    if signed is None:
        problem = "it was altered on purpose: its digest fits, and its signature does not"
        raise _refused(name, problem, "Have it exported again")
    _refuse_others(signed, trusted.strip().lower(), name)
    try:
        return ArchiveFile(_checked(_decoder.decode(_unpacked(content, name)), name), signed)
    except (zlib.error, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _refused(name, f"its content can't be read: {error}", "Export it again") from error


def _refuse_others(signed: Signed, trusted: str, name: str) -> None:
    if trusted and signed.key != trusted:
        by = f"by key {signed.key}" if signed.key else "by nobody"
        raise _refused(name, f"it is signed {by}, not by {trusted}", "Name the key that you trust with --key")


def _unpacked(content: bytes, name: str) -> bytes:
    unpacker = zlib.decompressobj()
    unpacked = unpacker.decompress(content, MAX_UNPACKED)
    if unpacker.unconsumed_tail:
        raise _refused(name, f"its content is larger than {MAX_UNPACKED:,} bytes", "Export fewer turns")
    return unpacked


def _checked(archive: Archive, name: str) -> Archive:
    for each in archive.revisions:
        if hashlib.sha256(each.text.encode()).hexdigest() != each.digest:
            raise _refused(name, f"revision {each.number} is not what its digest says", "Export it again")
    return archive


def _refused(name: str, problem: str, remedy: str) -> BadInput:
    return BadInput(problem, place=name, remedy=remedy)
