"""What a replay found, for people."""

from itertools import zip_longest
from typing import Any

from rich.console import Console
from rich.text import Text

from adapters.terminal.printable import printable
from cli.output import when
from flows.own_lines import MASKED
from privacy.masking import FlowTexts, Mask
from replay.recorded import Unreadable
from replay.rerun import NOTHING, CantRun, Checked, Difference, Diverged, Erased, differences


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
