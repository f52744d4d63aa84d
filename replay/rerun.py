"""A recorded turn, run again.

A record holds all that its turn was decided from, so each turn is run on its own, in any order and on any machine; the
revisions come from outside. Nothing is sent and nothing is written: a turn is a value.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import Any, Final, NamedTuple

import msgspec

from flows.builtin_buttons import needs_form_4
from flows.engine.press import UNKNOWN_REVISION
from flows.engine.take_turn import RULES, why_not_known
from flows.engine.trace import PRESS_BY_ACT, PRESS_REFUSED
from flows.engine.turn import (
    ENGINE_FAULT,
    UNWRITTEN,
    ConversationState,
    IdSource,
    Snapshot,
    TraceStep,
    Turn,
    conversation_key,
    faulted_turn,
)
from flows.revision import Revision
from messages.codec import RecordDecoder, encode
from messages.consent import ConsentChange, Membership
from messages.contact import Contact
from messages.effects import (
    ChangeConsent,
    Effect,
    OutgoingButton,
    OutgoingCarousel,
    OutgoingMessage,
    OutgoingText,
    Send,
)
from messages.errors import StoreError
from messages.inbound import InboundEvent
from replay.recorded import Unreadable, missing_revisions, numbers_named, read_turn
from segment_buttons.payload import ANYWHERE, BY_DIGEST, BY_NUMBER, FORM, body_of, form_of, named_by
from storage.records import JournalEntry, RecordedTurn

NOBODY: Final = Contact(id="", identities=())

_VALUE = len(encode(None)) - 1
"""Where the value begins in a record."""


class NotRerun(Exception):
    """A recorded turn that can't be run again. `problem` says why: a revision is missing, its rules are not known."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(problem)


class Diverged(NamedTuple):
    """A turn that came out otherwise: as it was recorded, and as it comes out now."""

    entry: JournalEntry
    now: Turn


class CantRun(NamedTuple):
    """A recorded turn that can be read and can't be run again: why."""

    entry: JournalEntry
    problem: str


class Erased(NamedTuple):
    """A turn of a person who was erased, or that had words of one (`entry.erased_in_part`): it can't be run."""

    entry: JournalEntry


Checked = Diverged | CantRun | Erased | Unreadable | None
"""What came of running a turn again. None: the same, to the byte."""


class _Recorded(msgspec.Struct, frozen=True):
    """A journal entry whose outcome stays as bytes: they are what is compared."""

    turn: str
    bot: str
    conversation: str
    at: datetime
    event: InboundEvent
    outcome: msgspec.Raw
    revision_digest: str = ""
    memberships: Mapping[str, Membership] = msgspec.field(default_factory=dict)
    lowered: Mapping[str, datetime] = msgspec.field(default_factory=dict)
    raised: Mapping[str, datetime] = msgspec.field(default_factory=dict)
    state_before: ConversationState | None = None
    contact_before: Contact | None = None
    evidence: str | None = None
    filters: Mapping[str, str] = msgspec.field(default_factory=dict)
    last_seen_before: datetime | None = None
    stood_on: ConsentChange | None = None
    erased: bool = False
    erased_in_part: bool = False


class _Head(msgspec.Struct, frozen=True):
    """What of an outcome tells how its turn is run again. The defaults are those of `Turn`."""

    revision: int = 0
    rules: int = msgspec.field(default=0, name="engine_rules")


_decode = RecordDecoder[_Recorded](_Recorded)
_decode_head = msgspec.msgpack.Decoder(_Head).decode


class Rerun:
    """Runs recorded turns of one bot again, on `revisions` by their numbers."""

    def __init__(self, revisions: Mapping[int, Revision]) -> None:
        self._revisions = revisions

    def check(self, recorded: RecordedTurn) -> Checked:
        """Run a recorded turn again and compare. Never raises for what a record holds."""
        try:
            read = _decode(recorded.record)
            if not read.erased and not read.erased_in_part:
                outcome = bytes(read.outcome)
                head = _decode_head(outcome)
                payloads = {body_of(found): found for found in map(_text, ANYWHERE.findall(outcome))}
                if encode(self._taken(read, head.revision, head.rules, payloads))[_VALUE:] == outcome:
                    return None
        except (StoreError, NotRerun, msgspec.DecodeError):
            pass  # the closer look says what is wrong
        return self._look_closer(recorded)

    def _look_closer(self, recorded: RecordedTurn) -> Checked:
        entry = read_turn(recorded)
        if isinstance(entry, Unreadable):
            return entry
        if entry.erased or entry.erased_in_part:
            return Erased(entry)
        try:
            turn = self.run(entry)
        except NotRerun as reason:
            return CantRun(entry, reason.problem)
        if encode(turn) == encode(entry.outcome):
            return None
        if missing := missing_revisions(entry, self._revisions):
            return CantRun(entry, f"revision {missing[0]} is missing")
        return Diverged(entry, turn)

    def run(self, entry: JournalEntry) -> Turn:
        """Return the turn as it comes out now. Raises NotRerun."""
        outcome = entry.outcome
        if any(step.kind == ENGINE_FAULT and step.detail == UNWRITTEN for step in outcome.trace):
            return faulted_turn(self.snapshot_of(entry), entry.event, entry.turn, UNWRITTEN)
        return self._taken(entry, outcome.revision, outcome.rules, _payloads(outcome))

    def snapshot_of(self, entry: JournalEntry) -> Snapshot:
        """Return what a recorded turn was decided from. Raises NotRerun."""
        return self._snapshot(entry, entry.outcome.revision, _payloads(entry.outcome))

    def _taken(self, entry: JournalEntry | _Recorded, revision: int, rules: int, payloads: Mapping[str, str]) -> Turn:
        take = RULES.get(rules)
        if take is None:
            raise NotRerun(why_not_known(rules))
        snapshot = self._snapshot(entry, revision, payloads)
        try:
            return take(snapshot, entry.event, entry.at, IdSource(entry.turn))
        except Exception:  # noqa: BLE001  # as in the worker: a fault of the engine is a turn of its own
            return faulted_turn(snapshot, entry.event, entry.turn)

    def _snapshot(self, entry: JournalEntry | _Recorded, number: int, payloads: Mapping[str, str]) -> Snapshot:
        live = self._revisions.get(number)
        if live is None:
            raise NotRerun(f"revision {number} is missing")
        if entry.revision_digest and entry.revision_digest != live.digest:
            raise NotRerun(f"revision {number} is not the one it was taken on: its digest is {live.digest[:12]}")
        reference = entry.event.reference
        return Snapshot(
            bot=entry.bot,
            state=entry.state_before or ConversationState(key=conversation_key(reference), reference=reference),
            contact=entry.contact_before or NOBODY,
            memberships=entry.memberships,
            lowered=entry.lowered,
            raised=entry.raised,
            live=live,
            revisions=self._asked_for(entry, live),
            evidence=entry.evidence,
            filters=entry.filters,
            last_seen=entry.last_seen_before,
            stood_on=entry.stood_on,
            payload_form=_form(payloads),
            recorded=payloads,
        )

    def _asked_for(self, entry: JournalEntry | _Recorded, live: Revision) -> Mapping[int, Revision]:
        """Return the other revisions that a turn asks for, without those pushed later if it missed one.

        A press may name a revision that the store did not have yet: one sent before a back-up was restored.
        """
        wanted = numbers_named(entry.state_before, entry.event, live, self._revisions)
        if isinstance(entry, JournalEntry) and any(_missed_one(step) for step in entry.outcome.trace):
            wanted = {number for number in wanted if number <= live.number}
        known = {number: self._revisions.get(number) for number in wanted}
        return {number: revision for number, revision in known.items() if revision is not None}


def _form(payloads: Mapping[str, str]) -> int:
    """Return the form that a turn was taken in: the newest of which it has a button, at least that by digest."""
    if any(form_of(body) == BY_NUMBER for body in payloads):
        return BY_NUMBER
    named = (named_by(payload) for payload in payloads.values())
    return FORM if any(one is not None and needs_form_4(one.button) for one in named) else BY_DIGEST


def _missed_one(step: TraceStep) -> bool:
    return step.kind == PRESS_BY_ACT or (step.kind == PRESS_REFUSED and step.detail == UNKNOWN_REVISION)


def _text(found: bytes) -> str:
    return found.decode("ascii")


def _payloads(turn: Turn) -> Mapping[str, str]:
    """Return the payloads of a turn's buttons by what they sign."""
    return {
        body_of(button.payload): button.payload
        for effect in turn.effects
        if isinstance(effect, Send)
        for button in buttons_in(effect.message)
    }


def buttons_in(message: OutgoingMessage) -> Iterator[OutgoingButton]:
    """Yield a message's buttons in the order in which they are shown, quick replies last."""
    for part in message.parts:
        match part:
            case OutgoingText(buttons=buttons):
                yield from buttons
            case OutgoingCarousel(cards):
                for card in cards:
                    yield from card.buttons
            case _:
                pass
    yield from message.quick_replies


NOTHING = "(nothing)"


class Difference(NamedTuple):
    """One thing that is different: where, e.g. `reply 1 › text`, what was recorded, and what it is now."""

    where: str
    recorded: str
    now: str


def differences(recorded: Turn, now: Turn) -> list[Difference]:
    """Return what is different, what the person saw first, then consent, other effects, state, contact and trace.

    Empty when, and only when, both give the same record.
    """
    return [
        *_listed("reply", _sent(recorded.effects), _sent(now.effects)),
        *_listed("consent", _consents(recorded.effects), _consents(now.effects)),
        *_listed("effect", _others(recorded.effects), _others(now.effects)),
        *_order(recorded.effects, now.effects),
        *_walk("conversation", _plain(recorded.state), _plain(now.state)),
        *_walk("contact", _plain(recorded.contact), _plain(now.contact)),
        *_walk("revision", recorded.revision, now.revision),
        *_walk("rules", recorded.rules, now.rules),
        *_listed("step", _plain(recorded.trace), _plain(now.trace)),
    ]


def _plain(value: object) -> Any:  # noqa: ANN401  # JSON values
    return msgspec.to_builtins(value, order="sorted")


def _sent(effects: Sequence[Effect]) -> list[Any]:
    return [_plain(effect.message) for effect in effects if isinstance(effect, Send)]


def _consents(effects: Sequence[Effect]) -> list[Any]:
    return [_plain(effect.change) for effect in effects if isinstance(effect, ChangeConsent)]


def _others(effects: Sequence[Effect]) -> list[Any]:
    return [_plain(effect) for effect in effects if not isinstance(effect, Send | ChangeConsent)]


def _order(recorded: Sequence[Effect], now: Sequence[Effect]) -> Iterator[Difference]:
    """Tell when the same effects come in another order."""
    kinds = [[type(effect).__name__ for effect in effects] for effects in (recorded, now)]
    if kinds[0] != kinds[1] and sorted(kinds[0]) == sorted(kinds[1]):
        yield Difference("order of the effects", ", ".join(kinds[0]), ", ".join(kinds[1]))


def _listed(where: str, recorded: Sequence[Any], now: Sequence[Any]) -> Iterator[Difference]:
    for number, (old, new) in enumerate(zip_longest(recorded, now), 1):
        yield from _walk(f"{where} {number}", old, new)


def _walk(where: str, recorded: Any, now: Any) -> Iterator[Difference]:  # noqa: ANN401  # JSON values
    if isinstance(recorded, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys((*recorded, *now)):
            yield from _walk(f"{where} › {key}", recorded.get(key), now.get(key))
    elif isinstance(recorded, Sequence) and isinstance(now, Sequence) and not isinstance(recorded, str):
        for number, (old, new) in enumerate(zip_longest(recorded, now), 1):
            yield from _walk(f"{where} › {number}", old, new)
    elif (type(recorded), recorded) != (type(now), now):
        yield Difference(where, _shown(recorded), _shown(now))


def _shown(value: Any) -> str:  # noqa: ANN401  # JSON values
    if value is None:
        return NOTHING
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
