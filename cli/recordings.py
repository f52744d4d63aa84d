"""Recordings in files: what `assent replay FILE` and `assent conversation view` read."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cli.common import settings_of
from messages.errors import BadInput
from replay.archive import MOST_BYTES, Archive, read_archive
from replay.golden import as_test
from replay.preview_pool import Material
from replay.recorded import read_turns
from runtime.keys import checkpoint_key, public_half
from storage.records import RecordedTurn

key_option = click.option("--key", default="", help="Of a FILE: the public key that must have signed it, in hex.")


def signing_key(ctx: click.Context) -> Ed25519PrivateKey | None:
    """Return the key that signs checkpoints, and recordings too; None where none was made."""
    return checkpoint_key(Path(settings_of(ctx).checkpoint_key_file), make=False)


def read_recording(ctx: click.Context, file: Path, key: str) -> Archive:
    """Read a recording and say on standard error who signed it. `key`: who must have. Raises BadInput."""
    archive, signed = read_archive(file_bytes(file), file.name, key)
    own = key
    if signed.key and not key and (ours := signing_key(ctx)) is not None:
        own = public_half(ours)
    click.echo(f"{file.name} is {signed.words(own.strip().lower())}", err=True)
    return archive


def recording_file(argument: str | None) -> Path | None:
    """Return the path that an argument names, if there is a file; a conversation's key names none."""
    path = Path(argument) if argument else None
    try:
        return path if path is not None and path.is_file() else None
    except OSError:  # longer than a path can be, or in a folder that is not ours
        return None


def file_bytes(file: Path) -> bytes:
    """Return a file's content. Raises BadInput when it can't be read or is too large."""
    try:
        with file.open("rb") as opened:
            data = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadInput(f"it can't be read: {error.strerror}", place=str(file)) from error
    if len(data) > MOST_BYTES:
        raise BadInput(f"it is larger than {MOST_BYTES:,} bytes", place=str(file))
    return data


def turns_of_file(archive: Archive, name: str) -> tuple[AsyncIterator[Sequence[RecordedTurn]], Material]:
    """Return the turns of a recording and what is needed to run them again. `name` is what its file is called.

    Raises BadInput for a masked one.
    """
    _refuse_masked(archive, name)

    async def chunks() -> AsyncIterator[Sequence[RecordedTurn]]:
        yield archive.recorded(name)

    return chunks(), Material(archive.bot, archive.sources())


def golden_of(archive: Archive, name: str) -> str:
    """Return a recording as a golden conversation. Raises BadInput."""
    _refuse_masked(archive, name)
    entries, unreadable = read_turns(archive.recorded(name))
    if unreadable:
        raise BadInput(unreadable[0].problem, place=unreadable[0].place, remedy="Choose another conversation")
    return as_test(entries, archive.sources())


def _refuse_masked(archive: Archive, name: str) -> None:
    if archive.masked:
        raise BadInput(
            "it is masked, so it can be shown and not run again",
            place=name,
            remedy="See it with assent conversation view, or export it with --unmask",
        )
