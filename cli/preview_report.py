"""What a preview found, for people and as JSON."""

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.text import Text

from adapters.text import printable
from cli.output import when
from messages.consent import ConsentChange
from replay.comparison import GroupKind, Side, Step
from replay.preview import Example
from replay.preview_pool import Summed, Totals

_CONSENT = (
    GroupKind.GAINED, GroupKind.LOST, GroupKind.OPTED_OUT, GroupKind.NOT_OPTED_OUT, GroupKind.OTHER_PROOF,
    GroupKind.STOPPED,
)  # fmt: skip
_SECTIONS = (
    ("Acts of consent", _CONSENT, False),
    ("Where people end", (*_CONSENT, GroupKind.SEGMENT), True),
    ("Can't be told from here", (GroupKind.DOUBT,), None),
    ("What else differs", (GroupKind.DATA, GroupKind.REPLY, GroupKind.RENAMED), None),
)
"""A title, the kinds of differences below it, and whether they are of where people end (None: of either)."""


def draw_preview(console: Console, totals: Totals, against: str) -> None:
    """Draw what a push would have changed: consent first, then what can't be told, then the rest."""
    head = (
        f"{totals.different:,} of {totals.conversations:,} conversations would have gone differently on {_of(against)}"
    )
    _say(console, f"{head} ({totals.turns:,} turns of {totals.people:,} people)", "bold")
    if totals.doubtful:
        some = _count(totals.doubtful, "conversation has", "conversations have")
        _say(console, f"{some} turns that can't be told from here", "yellow")
    groups = totals.groups
    for title, kinds, end in _SECTIONS:
        shown = [each for each in groups if each.group.kind in kinds and end in (None, each.group.end)]
        if shown:
            _say(console, title, "bold")
        for each in shown:
            _draw_group(console, each)
    for line in _notes(totals):
        _say(console, line, "yellow")
    for problem in totals.unreadable:
        _say(console, f"{problem.conversation}: {problem.place}: {problem.problem}", "red")
    if totals.problems > len(totals.unreadable):
        _say(console, f"… and {totals.problems - len(totals.unreadable):,} more that can't be told", "red")


def _draw_group(console: Console, summed: Summed) -> None:
    group, counted, examples = summed
    style = "bold red" if group.is_consent else "yellow"
    people = _count(counted.people, "person", "people")
    count = people if group.end or not counted.turns else f"{people}, {_count(counted.turns, 'turn', 'turns')}"
    told = f"where they end: {group.text}" if group.end and group.kind is GroupKind.DOUBT else group.text
    console.print(Text(f"  {count:>22}  ", style).append(printable(told), style), soft_wrap=True)
    for number, example in enumerate(examples):
        _draw_example(console, example, whole=number == 0)


def _draw_example(console: Console, example: Example, *, whole: bool) -> None:
    """Draw an example; `whole`: with both its sides."""
    turn = f" turn {example.turn}" if example.turn else ""
    _say(console, f"{'':24}  e.g. {example.conversation or example.contact}{turn}, {when(example.at)}", "dim")
    if whole and (example.recorded is not None or example.draft is not None):
        draw_sides(console, example.recorded, example.draft, " " * 28)


def draw_sides(console: Console, recorded: Side | None, draft: Side | None, indent: str) -> None:
    """Draw both sides of a step, a line for each thing that came of it; what is the same only once."""
    was, will = list(side_lines(recorded)), list(side_lines(draft))
    for mark, lines, style in (("- ", was, "red"), ("+ ", will, "green")):
        other = will if lines is was else was
        for line in lines:
            if line not in other:
                _say(console, f"{indent}{mark}{line}", style)
    for line in was:
        if line in will:
            _say(console, f"{indent}  {line}", "dim")


def side_lines(side: Side | None) -> Iterator[str]:
    """Say what a side came to, a line for each thing."""
    if side is None:
        yield "(does not happen)"
        return
    for reply in side.replies:
        yield from (f"says: {line}" for line in reply.lines)
    yield from map(_act, side.acts)
    if side.asks is not None:
        yield f"asks: {side.asks.words}"
    if side.waits_until is not None:
        yield f"waits until {when(side.waits_until)}"
    for name, value in side.fields.items():
        yield f"field {name}: {'(cleared)' if value is None else value}"
    for what, names in (
        ("adds tag", side.tags_added), ("removes tag", side.tags_removed), ("emits", side.events),
        ("completes", side.completed),
    ):  # fmt: skip
        yield from (f"{what} {name}" for name in names)
    if side.handed_over:
        yield "hands over to a person"
    if side.refused:
        yield f"does not count: {side.refused}"


def _act(act: ConsentChange) -> str:
    proof = " ".join(
        filter(None, (act.source.value, act.label or act.detail, f"on {act.message}" if act.message else ""))
    )
    purpose = f"; purpose: {act.purpose}" if act.purpose else ""
    words = " / ".join(act.text.splitlines()[:-1])
    return (
        f"consent: {act.subject} {act.before} → {act.after} by {proof}"
        + (f"; above it: {words}" if words else "")
        + purpose
    )


def draw_step(console: Console, step: Step, recorded: Side | None, draft: Side | None) -> None:
    """Draw one step of a conversation; what differs with both sides. The sides may be masked."""
    where = f" turn {step.turn}" if step.turn else ""
    certain = "" if step.doubt is None else f" — can't be told from here: {step.doubt.text}"
    if step.doubt is not None and step.is_press:
        certain += "; the press stays"
    same = "" if step.differs or certain else " — the same"
    style = "bold red" if step.differs and not certain else "yellow" if certain else "dim"
    _say(console, f"{when(step.at)}{where}  {step.what}{same}{certain}", style)
    if step.differs:
        draw_sides(console, recorded, draft, "    ")


def _notes(totals: Totals) -> Iterator[str]:
    """Say what the numbers are without."""
    if totals.older and totals.groups:
        older = f"{totals.older:,} of these turns were taken before the live revision, so what it changed is told too"
        yield f"{older}; --since leaves them out"
    if totals.erased_turns:
        erased = _count(totals.erased_people, "person", "people")
        yield f"{_count(totals.erased_turns, 'turn', 'turns')} of {erased} who were erased are left out"
    if totals.pruned:
        yield f"of {_count(totals.pruned, 'conversation', 'conversations')} earlier turns are not kept any more"
    if totals.left_out:
        left_out = _count(totals.left_out, "person is", "people are")
        yield f"{left_out} left out, of whom something is missing or erased"


def preview_as_json(totals: Totals) -> dict[str, Any]:
    """Return a preview as JSON values."""
    return {
        "people": totals.people,
        "conversations": totals.conversations,
        "turns": totals.turns,
        "different_conversations": totals.different,
        "doubtful_conversations": totals.doubtful,
        "turns_before_the_live_revision": totals.older,
        "erased": {"people": totals.erased_people, "turns": totals.erased_turns},
        "pruned_conversations": totals.pruned,
        "people_left_out": totals.left_out,
        "groups": [
            {
                "kind": group.kind,
                "text": group.text,
                "about": "end" if group.end else "act",
                "certain": group.kind is not GroupKind.DOUBT,
                "people": counted.people,
                "conversations": counted.conversations,
                "turns": counted.turns,
                "examples": [example_as_json(example) for example in examples],
            }
            for group, counted, examples in totals.groups
        ],
        "unreadable": [each._asdict() for each in totals.unreadable],
        "unreadable_conversations": totals.problems,
    }


def example_as_json(example: Example) -> dict[str, Any]:
    """Return an example as JSON values."""
    return {
        "conversation": example.conversation,
        "contact": example.contact,
        "turn": example.turn,
        "at": example.at,
        "recorded": side_as_json(example.recorded),
        "draft": side_as_json(example.draft),
    }


def step_as_json(step: Step, recorded: Side | None, draft: Side | None) -> dict[str, Any]:
    """Return a step as JSON values. The sides may be masked."""
    return {
        "kind": step.kind,
        "contact": step.contact,
        "conversation": step.conversation,
        "turn": step.turn,
        "at": step.at,
        "what": step.what,
        "differs": step.differs,
        "certain": step.certain,
        "acts_certain": step.acts_certain,
        "doubt": step.doubt,
        "recorded": side_as_json(recorded),
        "draft": side_as_json(draft),
    }


def side_as_json(side: Side | None) -> dict[str, Any] | None:
    """Return one side as JSON values, all of them named."""
    if side is None:
        return None
    told = {name: getattr(side, name) for name in side.__struct_fields__}
    return told | {"replies": [reply._asdict() for reply in side.replies]}


def _count(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"


def _of(against: str) -> str:
    return f"revision {against}" if against.isdecimal() else against


def _say(console: Console, line: str, style: str) -> None:
    console.print(Text(printable(line), style), soft_wrap=True)
