"""What a replay found, and the recordings in files that it reads."""

from collections.abc import AsyncIterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.console import Console
from rich.text import Text

from adapters.text import printable
from cli.common import settings_of
from cli.output import when
from flows.own_lines import MASKED
from messages.errors import BadInput
from privacy.masking import FlowTexts, Mask
from replay.archive import MAX_BYTES, Archive, read_archive
from replay.golden import as_test
from replay.preview_pool import Material
from replay.recorded import Unreadable, read_turns
from replay.rerun import NOTHING, CantRun, Checked, Difference, Diverged, Erased, differences
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
            data = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadInput(f"it can't be read: {error.strerror}", place=str(file)) from error
    if len(data) > MAX_BYTES:
        raise BadInput(f"it is larger than {MAX_BYTES:,} bytes", place=str(file))
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


class Tally:
    """What came of turns that were run again. Only the first fault of each conversation is shown."""

    def __init__(self) -> None:
        self.turns = self.diverged = self.faults = self.erased = self.erased_in_part = 0
        self._seen: set[str] = set()

    def first(self, found: Checked) -> bool:
        """Count one that is not the same; tell whether it is the first to show of its conversation."""
        conversation = _conversation(found)
        match found:
            case None:
                return False
            case Erased():
                self.erased += not found.entry.erased_in_part
                self.erased_in_part += found.entry.erased_in_part
                return False
            case Diverged():
                self.diverged += 1
            case _:
                self.faults += 1
        new = conversation not in self._seen
        self._seen.add(conversation)
        return new

    @property
    def conversations(self) -> int:
        """How many conversations have a turn that is not the same, or can't be run."""
        return len(self._seen)

    def told(self) -> str:
        """Say it in one line."""
        parts = [f"{self.turns:,} turns run again"]
        same = self.turns - self.diverged - self.faults - self.erased - self.erased_in_part
        parts.append("all the same, to the byte" if same == self.turns else f"{same:,} the same, to the byte")
        if self.diverged:
            parts.append(f"{self.diverged:,} came out otherwise")
        if self.faults:
            parts.append(f"{self.faults:,} can't be run")
        if self.erased:
            parts.append(f"{self.erased:,} erased")
        if self.erased_in_part:
            parts.append(f"{self.erased_in_part:,} erased in part")
        return ", ".join(parts)


def _conversation(found: Checked) -> str:
    match found:
        case None:
            return ""
        case Unreadable():
            return found.conversation
        case _:
            return found.entry.conversation


def draw(console: Console, found: Checked, flows: FlowTexts | None) -> None:
    """Draw the first turn of a conversation that is not the same: masked by the words of `flows`, whole without."""
    match found:
        case Unreadable(conversation, place, problem):
            _say(console, f"{conversation}: {place}: {problem}", "bold red")
        case CantRun(entry, problem):
            where = f"{entry.conversation}, turn {entry.turn}, {when(entry.at)}"
            _say(console, f"{where}: can't be run again: {problem}", "bold red")
        case Diverged(entry, _):
            where = f"{entry.conversation}, turn {entry.turn}, {when(entry.at)}, revision {entry.outcome.revision}"
            _say(console, f"{where}: came out otherwise", "bold")
            for difference in _shown(found, flows):
                console.print(_line(difference), soft_wrap=True)
        case _:
            pass


def _shown(found: Diverged, flows: FlowTexts | None) -> list[Difference]:
    recorded, now = found.entry.outcome, found.now
    if flows is None:
        return differences(recorded, now)
    mask = Mask(found.entry, now.contact, flows=flows)
    told = {each.where: each for each in differences(mask.masked(recorded), mask.masked(now))}
    return [told.get(each.where) or _hidden(each) for each in differences(recorded, now)]


def _hidden(difference: Difference) -> Difference:
    """Return a difference that the mask covers: on which side something is, how long, and from where on it differs."""
    where, recorded, now = difference
    differs = ""
    if NOTHING not in (recorded, now):
        pairs = enumerate(zip_longest(recorded, now), 1)
        differs = f", different from character {next(place for place, (old, new) in pairs if old != new)} on"
    sides = (side if side == NOTHING else f"{MASKED} ({_characters(len(side))}{differs})" for side in (recorded, now))
    return Difference(where, *sides)


def _characters(count: int) -> str:
    return f"{count:,} character{'' if count == 1 else 's'}"


def _say(console: Console, line: str, style: str) -> None:
    console.print(Text(printable(line), style), soft_wrap=True)


def _line(difference: Difference) -> Text:
    line = Text(f"    {printable(difference.where)}", "bold")
    line.append("\n      - recorded: ").append(printable(difference.recorded), "red")
    return line.append("\n      + now:      ").append(printable(difference.now), "green")


def as_json(found: Checked, flows: FlowTexts | None) -> dict[str, Any]:
    """Return a finding as JSON values, masked as `draw` does."""
    match found:
        case Unreadable(conversation, place, problem):
            return {"conversation": conversation, "place": place, "problem": problem}
        case CantRun(entry, problem):
            return {"conversation": entry.conversation, "turn": entry.turn, "at": entry.at, "problem": problem}
        case Diverged(entry, _):
            told = [difference._asdict() for difference in _shown(found, flows)]
            return {"conversation": entry.conversation, "turn": entry.turn, "at": entry.at, "differences": told}
        case Erased(entry):
            return {
                "conversation": entry.conversation,
                "turn": entry.turn,
                "at": entry.at,
                "erased": not entry.erased_in_part,
                "erased_in_part": entry.erased_in_part,
            }
        case None:
            return {}
