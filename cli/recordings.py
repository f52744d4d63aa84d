"""Recordings in files: what `assent replay FILE` and `assent conversation view` read."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from messages.errors import BadInput
from replay.archive import MOST_BYTES, Archive, read_archive
from replay.golden import as_test
from replay.pool import Material
from replay.reading import read_turns
from storage.records import RecordedTurn


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


def turns_of_file(file: Path) -> tuple[AsyncIterator[Sequence[RecordedTurn]], Material]:
    """Return the turns of a recording and what is needed to run them again. Raises BadInput, also for a masked one."""
    archive = _unmasked(file)

    async def chunks() -> AsyncIterator[Sequence[RecordedTurn]]:
        yield archive.recorded(file.name)

    return chunks(), Material(archive.bot, archive.sources())


def golden_of(file: Path) -> str:
    """Return a recording as a golden conversation. Raises BadInput."""
    archive = _unmasked(file)
    entries, unreadable = read_turns(archive.recorded(file.name))
    if unreadable:
        raise BadInput(unreadable[0].problem, place=unreadable[0].place, remedy="Choose another conversation")
    return as_test(entries, archive.sources())


def _unmasked(file: Path) -> Archive:
    archive = read_archive(file_bytes(file), file.name)
    if archive.masked:
        raise BadInput(
            "it is masked, so it can be shown and not run again",
            place=file.name,
            remedy="See it with assent conversation view, or export it with --unmask",
        )
    return archive
