"""A conversation drawn as the person saw it, for ops: what each turn did, why, and how replies were delivered."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

from adapters.terminal import ButtonNumbers, render
from adapters.text import printable
from cli.output import when
from flows.engine import trace
from flows.engine.turn import TraceStep
from messages.consent import ALL, ConsentChange, Membership
from messages.contact import Contact
from messages.effects import ChangeConsent, Complete, DeferPush, Effect, Emit, HandOver, IgnoreMessage, Send, SkipPush
from messages.inbound import (
    Action,
    ButtonPressed,
    ConversationEnded,
    ConversationStarted,
    EffectDone,
    HandedBack,
    PushDue,
    ReactionChanged,
    StoppedByChannel,
    TeamSpoke,
    TextReceived,
    TimerFired,
    Unhandled,
)
from privacy.masking import FlowTexts, Mask
from replay.chain_check import Tampered
from replay.proof import ProofStep
from replay.proof_file import sentence
from replay.recorded import Unreadable
from replay.rerun import buttons_in
from storage.records import ConversationSummary, DeliveryStatus, JournalEntry, OutboxRow


def told(entry: JournalEntry, segments: Mapping[str, str], *, person: str) -> Iterator[Text]:
    """Say what a turn did, a line each: membership changes, events, what was learnt, faults in the flow.

    `segments` names the segments; `person` begins a line about the person: `you are`.
    """
    for effect in entry.outcome.effects:
        if isinstance(effect, ChangeConsent):
            yield _change(effect.change, segments, person)
        elif line := _other(effect):
            yield Text(f"→ {printable(line)}", "magenta")
    for line in _learnt(entry.contact_before, entry.outcome.contact):
        yield Text(f"→ {printable(line)}", "magenta")
    for step in entry.outcome.trace:
        if step.notice:
            where = f" in message {step.message}" if step.message else ""
            yield Text(printable(f"! fault in the flow{where}: {step.kind} {step.detail}".rstrip()), "bold red")


def _change(change: ConsentChange, segments: Mapping[str, str], person: str) -> Text:
    name = "everything pushed" if change.subject == ALL else segments.get(change.subject, change.subject)
    entered = change.after in (Membership.OPTED_IN, Membership.ADDED)
    mark, way, style = ("✓", "in", "bold green") if entered else ("✗", "out of", "bold red")
    line = Text(f"{mark} {person} now {way} ", style).append(printable(name), f"{style} italic")
    return line.append(f"  ({change.before} → {change.after})", "dim")


def _other(effect: Effect) -> str:
    match effect:
        case HandOver(note=note):
            return f"handed over to a person{': ' if note else ''}{note}"
        case Emit(event=name, data=data):
            return f"event {name} {dict(data) or ''}".rstrip()
        case Complete(kind=kind, item=item):
            return f"completed {kind} {item}"
        case IgnoreMessage():
            return "nothing in the flow answers this; it is kept among the ignored messages"
        case SkipPush() | DeferPush():
            return _not_pushed(effect)
        case _:
            return ""


def _not_pushed(effect: SkipPush | DeferPush) -> str:
    if isinstance(effect, SkipPush):
        return f"the push is skipped: {effect.reason}"
    return f"the push is deferred to {when(effect.until)}: {effect.why}"


def _learnt(before: Contact | None, after: Contact) -> Iterator[str]:
    fields, tags = (before.fields, before.tags) if before else ({}, frozenset[str]())
    for name in sorted({*fields, *after.fields}):
        if fields.get(name) != after.fields.get(name):
            kept = after.fields.get(name)
            yield f"{name} = {kept}" if kept is not None else f"{name} is cleared"
    for tag in sorted(tags ^ after.tags):
        yield f"tag {tag} {'added' if tag in after.tags else 'removed'}"


_WORDS: dict[str, str] = {
    trace.RESERVED: "a consent word",
    trace.PRESS: "pressed",
    trace.PRESS_REFUSED: "the press was refused",
    trace.QUICK_REPLY: "taken for the quick reply",
    trace.KEYWORD: "keyword",
    trace.DEFAULT: "nothing matched: the default reply",
    trace.SILENT: "a person has the conversation: nothing is said",
    trace.OFFER: "offered the built-in button",
    trace.SUBSCRIPTIONS: "asked for the subscriptions",
    trace.WHY: "asked why they got",
    trace.WELCOME: "welcome",
    trace.WELCOMED: "was welcomed before",
    trace.ENDED: "the conversation ended",
    trace.TIMER: "the wait is over",
    trace.WAIT_ENDED: "the wait is over, and the rest is not sent:",
    trace.STALE_TIMER: "nothing waits for this timer any more",
    trace.PUSH: "push of run",
    trace.PUSH_SKIPPED: "the push is skipped:",
    trace.PUSH_DEFERRED: "the push is deferred:",
    trace.NOTHING: "means nothing to a flow",
    trace.MESSAGE: "message",
    trace.ANSWER: "stored the answer in",
    trace.UNFIT: "the answer does not fit",
    trace.GIVEN_UP: "gave up asking for",
    trace.CONDITION: "condition",
    trace.FIELD: "set",
    trace.TAG: "tag",
    trace.CONSENT: "consent",
    trace.UNCHANGED: "consent was so already",
    trace.NOT_CHANGED: "the flow changed nothing:",
    trace.CANCELLED: "what waited was cancelled",
    trace.ALONE: "depends on what is known of the person: said to them alone",
    trace.BACK_WORD: "a word that ends a hand-over",
    trace.HANDED_BACK: "the bot has the conversation again",
    trace.TEAM: "the team's own bot",
    trace.TEAM_SILENCED: "what the team's own bot said is not sent:",
}


def traced(entry: JournalEntry) -> Iterator[Text]:
    """Tell why a turn came out as it did, a line each."""
    outcome = entry.outcome
    digest = f" ({entry.revision_digest[:12]})" if entry.revision_digest else ""
    rules = f"rules {outcome.rules}" if outcome.rules else "rules of before release 0.1.0"
    yield _line(f"turn {entry.turn} · revision {outcome.revision}{digest} · {rules}")
    for step in outcome.trace:
        yield _line(_told(step), "bold red" if step.notice else "dim")
    memberships = {name: str(how) for name, how in entry.memberships.items() if how is not Membership.NONE}
    before = ", ".join(f"{name} {how}" for name, how in sorted(memberships.items())) or "none"
    changes = [effect.change for effect in outcome.effects if isinstance(effect, ChangeConsent)]
    after = ", ".join(f"{change.subject} {change.before} → {change.after}" for change in changes)
    yield _line(f"memberships before: {before}" + (f"; changed: {after}" if after else ""))


def _told(step: TraceStep) -> str:
    where = f" {step.message}" if step.message else ""
    revision = f" of revision {step.revision}" if step.revision and step.message else ""
    detail = f" {step.detail}" if step.detail else ""
    return f"{_WORDS.get(step.kind, step.kind)}{detail}{' ·' if detail and where else ''}{where}{revision}"


def attempted(row: OutboxRow) -> Iterator[Text]:
    """Tell how often a reply was sent and what the channel said."""
    parts = [f"reply {row.message.id}", f"{row.attempts} attempts" if row.attempts != 1 else "1 attempt"]
    if row.sent:
        parts.append(f"{row.sent} payloads taken")
    if row.channel_message_ids:
        parts.append(f"the channel calls it {', '.join(row.channel_message_ids)}")
    if row.reason:
        parts.append(f"the channel answered: {row.reason}")
    yield _line(" · ".join(parts))


def _line(text: str, style: str = "dim") -> Text:
    return Text(printable(f"· {text}"), style)


_INSET = (0, 0, 0, 4)


def state_of(row: ConversationSummary) -> str:
    """Say what a conversation waits for; empty when it waits for nothing."""
    if row.state.unreachable:
        return f"unreachable: {row.state.unreachable}"
    if row.state.handed_over:
        return "with a person"
    if row.state.run is not None:
        return f"{'asks' if row.state.run.asked else 'waits'} in {row.state.run.message}"
    return ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """How turns are drawn: with their trace, as the channel sent them, masked for whom."""

    console: Console
    traces: bool = False
    received: bool = False
    masked: bool = True
    flows: FlowTexts | None = None
    """The words of the flows, for what is masked."""
    labels: dict[str, str] = field(default_factory=dict)
    """What stands on the buttons drawn so far, by payload: not every channel tells with a press which one it was."""

    def head(self, summary: ConversationSummary, shown: int) -> None:
        """Draw whose conversation it is, and what it waits for."""
        summary = Mask(summary.contact, flows=self.flows).masked(summary) if self.masked else summary
        self._print(f"{summary.state.key} · contact {summary.contact.id} {summary.contact.name}".rstrip(), "bold")
        if state := state_of(summary):
            self._print(state, "yellow")
        if shown < summary.turns:
            self._print(f"{shown} of {summary.turns} turns; the others are earlier, or are no longer kept", "dim")

    def tampered(self, problems: Sequence[Tampered], drawn: Container[str]) -> None:
        """Draw what is not as it was committed, but for what is about a turn that is `drawn`: that stands beside it."""
        for problem in problems:
            if problem.turn not in drawn:
                self._print(f"! {problem}", "bold red")

    def turn(self, entry: JournalEntry, deliveries: Mapping[str, OutboxRow] | None, odd: Sequence[str] = ()) -> None:
        """Draw a turn: what the person did, what came of it, the replies and how they were delivered.

        `deliveries` by the replies' ids, None where nothing is known of them. `odd`: what is odd about the turn.
        """
        for problem in odd:
            self._print(f"! {problem}", "bold red")
        if entry.erased:
            self._print(f"{when(entry.at)}  erased", "dim")
            return
        mask = Mask(entry, flows=self.flows) if self.masked else None
        shown = mask.masked(entry) if mask is not None else entry
        self.console.print(
            Text(f"{when(shown.at)}  ", "dim").append(printable(_did(shown.event.action, self.labels)), "bold")
        )
        for line in told(shown, {}, person="the person is"):
            self._inset(line)
        for effect in shown.outcome.effects:
            if isinstance(effect, Send):
                self._inset(render(effect.message, ButtonNumbers()))
                self.labels.update((button.payload, button.label) for button in buttons_in(effect.message))
                if deliveries is not None:
                    row = deliveries.get(effect.message.id)
                    self._delivered(mask.masked(row) if mask is not None and row is not None else row)
        for line in traced(shown) if self.traces else ():
            self._inset(line)
        if self.received and entry.event.received:
            self._inset(Text(printable(entry.event.received.decode("utf-8", "replace")), "cyan"))

    def _delivered(self, row: OutboxRow | None) -> None:
        self._inset(_delivery(row))
        for line in attempted(row) if self.traces and row is not None else ():
            self._inset(line)

    def unreadable(self, found: Unreadable) -> None:
        """Draw what stands for a turn that can't be read."""
        self._print(f"! {found.place}: {found.problem}", "bold red")

    def beside(self, step: ProofStep) -> None:
        """Draw what somebody else did to the person's consent, or staff to the contact, between two turns."""
        self.console.print()
        line = Text(f"{when(step.at)}  ", "dim").append(printable(sentence(step)), "cyan")
        self.console.print(line, soft_wrap=True)

    def _print(self, line: str, style: str) -> None:
        self.console.print(Text(printable(line), style), soft_wrap=True)

    def _inset(self, drawn: RenderableType) -> None:
        self.console.print(Padding(drawn, _INSET))


def _did(action: Action, labels: Mapping[str, str]) -> str:
    match action:
        case TextReceived(text=text, attachments=files):
            return f"{text} (+ {len(files)} files)" if files else text
        case ButtonPressed(payload=payload, label=label, fault=fault):
            pressed = f"[{label or labels.get(payload) or 'button'}]"
            return f"{pressed} (refused: {fault})" if fault else pressed
        case ReactionChanged(added=added, removed=removed):
            return " ".join([*(f"+{name}" for name in added), *(f"-{name}" for name in removed)])
        case Unhandled(kind=kind):
            return f"({kind})"
        case PushDue(push=push):
            return f"(a push of run {push.run} was due)"
        case _:
            return _EVENTS[type(action)]


_EVENTS: dict[type, str] = {
    ConversationStarted: "(added the bot)",
    ConversationEnded: "(removed the bot)",
    StoppedByChannel: "(stopped by the channel's own means)",
    TimerFired: "(a wait was over)",
    EffectDone: "(a service answered)",
    HandedBack: "(staff gave the conversation back to the bot)",
    TeamSpoke: "(the team's own bot spoke)",
}


def _delivery(row: OutboxRow | None) -> Text:
    if row is None:
        return Text("delivered; the record of it was pruned", "green")
    tries = f", {row.attempts} attempts" if row.attempts > 1 else ""
    doubt = ", may have been shown twice" if row.ambiguous else ""
    match row.status:
        case DeliveryStatus.DELIVERED:
            return Text(f"delivered {when(row.delivered_at)}{tries}{doubt}", "green")
        case DeliveryStatus.FAILED:
            return Text(printable(f"NOT delivered: {row.reason}{tries}{doubt}"), "bold red")
        case _:
            retry = f", next attempt {when(row.next_attempt_at)}: {row.reason}" if row.next_attempt_at else ""
            return Text(printable(f"waiting{tries}{retry}"), "yellow")
