"""A recorded conversation as a golden one for the tests: what the person did, and what came of it."""

import hashlib
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import yaml

from filters.references import asked_moments
from flows.compile import RevisionSource
from flows.engine import trace
from flows.engine.conditions import read_filter
from flows.engine.turn import ConversationState, Turn, as_decided
from messages.consent import ConsentChange, Membership
from messages.contact import Contact
from messages.effects import (
    Answer,
    CancelTimer,
    ChangeConsent,
    Complete,
    DeferPush,
    Emit,
    HandOver,
    IgnoreMessage,
    Send,
    SkipPush,
    StartTimer,
)
from messages.errors import BadInput
from messages.inbound import (
    OF_THE_RUNTIME,
    ButtonPressed,
    ButtonRef,
    ConversationEnded,
    ConversationReference,
    ConversationStarted,
    EffectDone,
    HandedBack,
    InboundEvent,
    PushDue,
    ReactionChanged,
    Scope,
    Sender,
    StoppedByChannel,
    TextReceived,
    TimerFired,
    Unhandled,
)
from replay.recorded import number_named, told_push, wanted_revisions
from replay.rerun import NOBODY, buttons_in
from replay.visible import lines_of
from segment_buttons.payload import named_by
from storage.records import JournalEntry

Numbered = Callable[[int], int]
"""Gives a revision's number."""


def told(turn: Turn, contact_before: Contact, now: datetime, numbered: Numbered = int) -> dict[str, Any]:
    """Tell what a turn came to, at `now`; what is empty is left out. `numbered`: what revisions are called."""
    contact = turn.contact
    told: dict[str, Any] = {
        "answered_by": turn.trace[0].kind if turn.trace else "",
        "replies": ["\n".join(lines_of(effect.message)) for effect in turn.effects if isinstance(effect, Send)],
        "ledger": [_row(effect.change, numbered) for effect in turn.effects if isinstance(effect, ChangeConsent)],
        "also": [_ALSO[type(effect)](effect, now) for effect in turn.effects if type(effect) in _ALSO],
        "fields": dict(contact.fields) if contact.fields != contact_before.fields else {},
        "tags": sorted(contact.tags) if contact.tags != contact_before.tags else None,
        "late": next((step.detail.partition(":")[0] for step in turn.trace if step.kind == trace.LATE), ""),
        "lowered": sorted(turn.lowered),
        "state": _state(turn.state, numbered),
        "notices": [f"{step.kind}: {step.detail or step.message}" for step in turn.trace if step.notice],
    }
    return {key: value for key, value in told.items() if value not in ("", [], {}, None)}


def _row(change: ConsentChange, numbered: Numbered) -> dict[str, Any]:
    row = {
        "change": f"{change.subject}: {change.before} → {change.after}",
        "by": str(change.source),
        "typed": change.detail,
        "revision": numbered(change.revision),
        "message": change.message,
        "button": change.button,
        "label": change.label,
        "saw": change.text,
        "purpose": change.purpose,
    }
    return {key: value for key, value in row.items() if value != ""}


_ALSO: dict[type, Callable[[Any, datetime], str]] = {
    StartTimer: lambda effect, now: f"a timer for {effect.due - now}",
    CancelTimer: lambda _effect, _now: "the timer is cancelled",
    IgnoreMessage: lambda effect, _now: f"ignored: {effect.text}",
    HandOver: lambda effect, _now: f"handed over: {effect.note}",
    Emit: lambda effect, _now: f"event {effect.event}: {dict(effect.data)}",
    Complete: lambda effect, _now: f"completed {effect.kind} {effect.item}",
    Answer: lambda effect, _now: f"answer: {effect.text}",
    SkipPush: lambda effect, _now: f"the push is skipped: {effect.reason}",
    DeferPush: lambda effect, now: f"the push is deferred by {effect.until - now}: {effect.why}",
}


def _state(state: ConversationState, numbered: Numbered) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if state.run is not None:
        place = (
            f"{state.run.message} at {'.'.join(map(str, state.run.cursor))}, revision {numbered(state.run.revision)}"
        )
        told["asks" if state.run.asked else "waits"] = place
        if state.run.attempts:
            told["attempts"] = state.run.attempts
    if state.offered:
        told["offered"] = [offered.label for offered in state.offered]
    if state.handed_over:
        told["handed_over"] = True
    if state.unreachable:
        told["unreachable"] = state.unreachable
    return told


class _Shown(NamedTuple):
    button: ButtonRef
    label: str


class ShownButtons:
    """What can be pressed after some turns."""

    def __init__(self) -> None:
        self._shown: deque[_Shown] = deque()

    def add(self, entry: JournalEntry) -> None:
        """Take in what a turn showed."""
        for effect in entry.outcome.effects:
            if isinstance(effect, Send):
                found = ((named_by(button.payload), button.label) for button in buttons_in(effect.message))
                shown = [_Shown(ref, label) for ref, label in found if ref is not None]
                self._shown.extendleft(reversed(shown))

    def last(self, wanted: str, of: ButtonRef | None = None) -> ButtonRef | None:
        """Return the button of that id or label that was shown last, or last by the revision that `of` names."""
        for button, label in self._shown:
            if wanted in (label, button.button) and (of is None or _revision(of) == _revision(button)):
                return button
        return None


def _revision(ref: ButtonRef) -> tuple[int, str]:
    return ref.revision, ref.digest


_WIDTH = 110

_ODD_BREAKS = frozenset("\x85\u2028\u2029")
"""Ends of lines to YAML, which it reads as another one unless they are escaped."""

_UNKNOWN = 1000
"""Added to the number of a revision that was not known when it was pressed, so that it is not known in the test."""

_ANYWHERE = ConversationReference("", "", "")
_NO_EVENT = InboundEvent("", _ANYWHERE, Sender(""), Unhandled(""))


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, and everything in full."""

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if _ODD_BREAKS.intersection(text) else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def dump(golden: Mapping[str, Any]) -> str:
    """Return a golden conversation as its file's text."""
    return yaml.dump(dict(golden), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_WIDTH)


def as_test(entries: Sequence[JournalEntry], sources: Mapping[int, RevisionSource]) -> str:
    """Return a golden file. Raises BadInput for what such a file can't tell, with the place of the turn.

    Revisions are numbered anew, from 1: those that the recording names, in their order.
    """
    return dump(_Telling(entries, sources).golden())


class _Telling:
    """Goes through the turns once."""

    def __init__(self, entries: Sequence[JournalEntry], sources: Mapping[int, RevisionSource]) -> None:
        if not entries:
            raise BadInput("there is no turn to make a test of")
        self._entries = entries
        self._sources = {number: _with_digest(source) for number, source in sources.items()}
        named = sorted({number for entry in entries for number in self._named_by(entry)})
        if missing := [number for number in named if number not in sources]:
            raise BadInput(f"revision {missing[0]} is missing", remedy="Export the conversation again")
        self._texts = [_in_place(sources[number].text) for number in named]
        self._numbers = {number: place for place, number in enumerate(named, 1)}
        self._live = 1
        self._shown = ShownButtons()

    def golden(self) -> dict[str, Any]:
        first = self._entries[0]
        if first.state_before is not None or first.contact_before is not None:
            raise _cant(first, "the recording does not begin where the conversation does")
        turns: list[dict[str, Any]] = []
        before: JournalEntry | None = None
        filters: dict[str, str] = {}
        for entry in self._entries:
            if entry.erased:
                raise _cant(entry, "its person was erased")
            if entry.erased_in_part:
                raise _cant(entry, "words of somebody who was erased are gone from it")
            if entry.event.answered is not None:
                raise _cant(entry, "the team's own bot had a part in it")
            _refuse_changes_from_elsewhere(before, entry)
            self._refuse_another_sender(entry)
            _refuse_ways_of_its_own(entry)
            _add_filters(filters, entry)
            turns += self._pushes(entry)
            then = told(entry.outcome, entry.contact_before or NOBODY, entry.at, self._number)
            turns.append({"person": {**self._act(entry), **_lateness(entry)}, "then": then})
            self._shown.add(entry)
            before = entry
        person = self._person(first)
        about = f"Recorded on {first.at:%Y-%m-%d}."
        golden: dict[str, Any] = {"about": about, "flow": self._texts[0]}
        if filters:
            golden["filters"] = dict(sorted(filters.items()))
        if person:
            golden["person"] = person
        return {**golden, "turns": turns}

    def _refuse_another_sender(self, entry: JournalEntry) -> None:
        first, now = self._entries[0].event.sender, entry.event.sender
        if not isinstance(entry.event.action, OF_THE_RUNTIME) and _of(first) != _of(now):
            raise _cant(entry, "the channel tells of the person otherwise than in the beginning")

    def _named_by(self, entry: JournalEntry) -> set[int]:
        """Return the revisions that a turn was taken on and asked for, but for one that a refused press named."""
        refused = any(step.kind == trace.PRESS_REFUSED for step in entry.outcome.trace)
        asked_by = msgspec.structs.replace(entry, event=_NO_EVENT) if refused else entry
        return {entry.outcome.revision, *wanted_revisions(asked_by, self._sources)}

    def _number(self, number: int) -> int:
        return self._numbers.get(number, number + _UNKNOWN)

    def _person(self, first: JournalEntry) -> dict[str, Any]:
        sender, scope = first.event.sender, first.event.reference.scope
        memberships = {name: str(membership) for name, membership in sorted(first.memberships.items())}
        person: dict[str, Any] = {"name": sender.name, "locale": sender.locale}
        if sender.email:
            person["email"] = sender.email
        if scope is not Scope.PERSONAL:
            person["in"] = str(scope)
        if memberships:
            person["memberships"] = memberships
        return person

    def _pushes(self, entry: JournalEntry) -> list[dict[str, Any]]:
        """Return the pushes up to the revision that this turn was taken on."""
        live = self._numbers[entry.outcome.revision]
        if live < self._live:
            raise _cant(entry, "it was taken on an older revision than the turn before")
        pushed = [{"pushed": text} for text in self._texts[self._live : live]]
        self._live = live
        return pushed

    def _act(self, entry: JournalEntry) -> dict[str, Any]:
        action = entry.event.action
        if isinstance(action, ButtonPressed):
            if action.fault == "foreign":
                raise _cant(entry, "it presses another bot's button")
            told = {"presses_payload": action.payload} if action.button is None else self._press(action.button, entry)
            return {**told, **({"invoke": True} if action.wants_answer else {})}
        if isinstance(action, TimerFired):
            run = entry.state_before.run if entry.state_before is not None else None
            waited = run is not None and run.timer == action.timer
            return {"time_passes": True} if waited else {"timer": action.timer}
        if isinstance(action, PushDue):
            number = number_named(action, None, self._sources)
            return {"push_due": told_push(action, entry.at, self._number(number if number is not None else 0))}
        replying = isinstance(action, TextReceived) and entry.event.reply_to
        about = {"replies_to": entry.event.reply_to} if replying else {}
        return {**about, **_ACTS[type(action)](action)}

    def _press(self, ref: ButtonRef, entry: JournalEntry) -> dict[str, Any]:
        """Tell it as the test finds it: the button of that id that was shown last, or last by that revision."""
        if self._shown.last(ref.button) == ref:
            return {"presses": ref.button}
        named = number_named(ref, None, self._sources)
        revision = self._number(named if named is not None else 0)
        if self._shown.last(ref.button, ref) == ref:
            return {"presses": ref.button, "revision": revision}
        if entry.evidence is not None:
            raise _cant(entry, "it presses a button of an earlier message, which said something else")
        return {"presses_button": ref.button, "of_revision": revision}


_EARLIER = 3600
"""Seconds by which an act that came too late is older than its receipt."""


def _of(sender: Sender) -> tuple[str, str, str]:
    return sender.name, sender.locale, sender.email


def _in_place(text: str) -> str:
    """Return a flow's text so that it is no name of a flow: those have one line and no end of it."""
    return text if "\n" in text else f"{text}\n"


def _with_digest(source: RevisionSource) -> RevisionSource:
    return source._replace(digest=source.digest or hashlib.sha256(source.text.encode()).hexdigest())


def _lateness(entry: JournalEntry) -> dict[str, Any]:
    """Tell that an act came too late: in a test, turns are a second apart."""
    if not any(step.kind == trace.LATE for step in entry.outcome.trace):
        return {}
    return {"no_time": True} if entry.event.sent_at is None else {"ago": _EARLIER}


def _says(action: TextReceived) -> dict[str, Any]:
    files = [each.kind for each in action.attachments]
    form: dict[str, Any] = {"form": action.form} if action.form else {}
    if action.addressed:
        form["addressed"] = True
    return {"says": action.text, **form, **({"with": files} if files else {})}


_ACTS: Mapping[type, Callable[[Any], dict[str, Any]]] = {
    TextReceived: _says,
    ConversationStarted: lambda action: {"starts": action.referral or True},
    ConversationEnded: lambda action: {"leaves": action.reason},
    ReactionChanged: lambda action: {"reacts": next(iter((*action.added, *action.removed)), "")},
    StoppedByChannel: lambda action: {"stops": action.how},
    EffectDone: lambda action: {"outcome": dict(action.values), **({"fault": action.fault} if action.fault else {})},
    HandedBack: lambda action: {"handed_back_by": action.by},
    Unhandled: lambda action: {"unhandled": action.kind},
}


def _refuse_changes_from_elsewhere(before: JournalEntry | None, entry: JournalEntry) -> None:
    """Raise BadInput when something changed between two turns."""
    if before is None:
        return
    changes = {e.change.subject: e.change.after for e in before.outcome.effects if isinstance(e, ChangeConsent)}
    after = {**before.memberships, **changes}
    if _without_none(after) != _without_none(entry.memberships):
        raise _cant(entry, "staff, or another conversation, changed a membership before it")
    if _without_version(before.outcome.contact) != _without_version(entry.contact_before):
        raise _cant(entry, "the contact was changed before it, from elsewhere")
    if _without_version(before.outcome.state) != _without_version(entry.state_before):
        raise _cant(entry, "the conversation was changed before it, from elsewhere")


_NOT_REPEATED = {trace.SPLIT: "it is split", **dict.fromkeys((trace.HOURS, trace.CLOCK), "it asks about a time")}


def _refuse_ways_of_its_own(entry: JournalEntry) -> None:
    """Raise BadInput for a turn that follows from the person's id or from the clock: a test has its own of both."""
    if reasons := [_NOT_REPEATED[step.kind] for step in entry.outcome.trace if step.kind in _NOT_REPEATED]:
        raise _cant(entry, reasons[0])


def _add_filters(filters: dict[str, str], entry: JournalEntry) -> None:
    """Take in the filters that a turn could ask. Raises BadInput for those that come out otherwise in a test."""
    for name, text in entry.filters.items():
        condition = read_filter(text)
        if filters.setdefault(name, text) != text:
            raise _cant(entry, f"the filter of segment {name} was changed before it")
        if condition is not None and asked_moments(condition):
            raise _cant(entry, f"the filter of segment {name} asks about a time, and a test has its own")


def _without_none(memberships: Mapping[str, Membership]) -> dict[str, Membership]:
    return {name: membership for name, membership in memberships.items() if membership is not Membership.NONE}


def _without_version(value: Contact | ConversationState | None) -> object:
    if isinstance(value, ConversationState):
        return msgspec.structs.replace(as_decided(value), reference=_ANYWHERE)
    return value if value is None else msgspec.structs.replace(value, version=0)


def _cant(entry: JournalEntry, problem: str) -> BadInput:
    return BadInput(f"turn {entry.turn} can't be told in a test: {problem}", remedy="Choose another conversation")
