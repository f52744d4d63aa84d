"""A person's recorded life, lived again on another revision, step by step.

What the person did is what was recorded; what the bot remembers is carried forward. A press goes to the button that the
draft has in that place, if it showed it; one on a message from before the recording does what that message said. A wait
is over when the recording says so if it is the same wait, else when its time comes. Staff's acts are done again, at
their place, by the rules that hold live. People who were merged are two until then. Segments of staff are asked by the
filters of the recording; those that it did not ask, by the filters of now. `replay.comparison` says what is certain.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import msgspec

from consent.membership import Act, Change, Refusal, change, outweighed
from flows.builtin_buttons import EVERYWHERE
from flows.diff import pair
from flows.diff_words import action_of
from flows.engine.take_turn import take_turn
from flows.engine.turn import IdSource, Snapshot, Turn, faulted_turn
from flows.model.buttons import ButtonBase
from flows.model.parts import CarouselPart, Part, QuestionPart, TextPart
from flows.revision import Revision
from flows.walk import named_buttons_of, parts_of
from messages.consent import ALL, ConsentChange, Membership, SourceKind
from messages.inbound import ButtonRef, InboundEvent
from replay.contact_life import ContactLife, ConversationLife, Screen, World
from replay.recorded import number_named

_Named = tuple[str, ButtonBase]


def counterparts(old: Revision, new: Revision) -> Mapping[str, str]:
    """Return the ids of the buttons of `new` by those of `old`: the same id, else, in the same message, the same words,
    else the same action under other words. A message that only has another name is the same. A button that `new` does
    not have is left out.
    """
    found: dict[str, str] = {}
    kept = {message: message for message in old.bot.messages.keys() & new.bot.messages.keys()}
    for before, after in {**kept, **renamed(old, new)}.items():
        pairing = pair(list(_buttons(old, before)), list(_buttons(new, after)), _own_id, _words, _action)
        found.update((was, is_now) for (was, _), (is_now, _) in pairing.pairs)
    builtin = pair(list(_builtin(old)), list(_builtin(new)), _on_all, _words, _action)
    found.update((was, is_now) for (was, _), (is_now, _) in builtin.pairs)
    for button, placed in old.buttons.items():
        if button not in found and placed.button.id and placed.button.id in new.buttons:
            found[button] = placed.button.id  # it moved to another message
    return found


def renamed(old: Revision, new: Revision) -> Mapping[str, str]:
    """Return the messages that say the same under another name in `new`, by their old names."""
    gone = [name for name in old.bot.messages if name not in new.bot.messages]
    come = [name for name in new.bot.messages if name not in old.bot.messages]
    if not gone or not come:
        return {}
    said = {name: _said(revision, name) for revision, names in ((old, gone), (new, come)) for name in names}
    pairing = pair([(name, said[name]) for name in gone], [(name, said[name]) for name in come], _said_in)
    return {before: after for (before, _), (after, _) in pairing.pairs}


def _said_in(named: tuple[str, str]) -> Hashable:
    return named[1] or None


def _said(revision: Revision, name: str) -> str:
    """Return what is read of a message: its texts and the words of its buttons."""
    message = revision.bot.messages[name]
    texts = [_text(placed.part) for placed in parts_of(name, message)]
    labels = [repr(button.label) for _, button in _buttons(revision, name)]
    return "\n".join([*filter(None, texts), *labels])


def _text(part: Part) -> str:
    match part:
        case TextPart(text=text):
            return repr(text)
        case QuestionPart(question=question):
            return repr(question)
        case CarouselPart(carousel=cards):
            return repr([(card.title, card.subtitle) for card in cards])
        case _:
            return ""


def _buttons(revision: Revision, message: str) -> Iterator[_Named]:
    for button_id, placed in named_buttons_of(message, revision.bot.messages[message]):
        yield button_id, placed.button


def _builtin(revision: Revision) -> Iterator[_Named]:
    """Yield the buttons that no message has."""
    for placed in revision.buttons.values():
        if not placed.message:
            yield placed.id, placed.button


def _on_all(named: _Named) -> Hashable:
    return named[0] if named[0] in EVERYWHERE else None


def _own_id(named: _Named) -> Hashable:
    return named[1].id or None


def _action(named: _Named) -> Hashable:
    return action_of(named[1])


def _words(named: _Named) -> Hashable:
    return repr(named[1].label)


class Simulation:
    """What all people share: the draft as the live revision, the revisions that were pushed, and the filters of now."""

    def __init__(
        self,
        candidate: Revision,
        revisions: Mapping[int, Revision],
        until: datetime,
        filters: Mapping[str, str] | None = None,
    ) -> None:
        self.live = candidate
        self.candidate = candidate.number
        self.until = until
        self.filters = filters or {}
        self.revisions: Mapping[int, Revision] = {**revisions, candidate.number: candidate}
        self._counterparts: dict[int, Mapping[str, str]] = {}

    def counterpart(self, ref: ButtonRef) -> str | None:
        """Return the draft's button in the place of one that an older revision sent."""
        number = self.number(ref)
        if number not in self._counterparts:
            old = self.revisions.get(number)
            self._counterparts[number] = counterparts(old, self.live) if old is not None else {}
        return self._counterparts[number].get(ref.button)

    def number(self, ref: ButtonRef) -> int:
        """Return the number of the revision that a payload names, as a turn finds it; 0 for one that is not known."""
        if ref.digest and self.live.digest.startswith(ref.digest):
            return self.candidate
        return number_named(ref, None, self.revisions) or 0

    def screen(self) -> Screen:
        """Return what a conversation shows at its beginning: nothing."""
        return Screen(self)

    def take(
        self,
        who: ContactLife,
        where: ConversationLife,
        event: InboundEvent,
        at: datetime,
        seed: str,
        evidence: str | None = None,
        last_seen: datetime | None = None,
    ) -> Turn:
        """Take one turn on the draft. Nothing is kept of it."""
        snapshot = Snapshot(
            bot=self.live.bot.bot,
            state=where.draft,
            contact=who.draft.contact,
            memberships=who.draft.memberships,
            lowered=who.draft.times.lowered,
            raised=who.draft.times.raised,
            live=self.live,
            revisions=self.revisions,
            evidence=evidence,
            filters={**self.filters, **who.filters},
            last_seen=last_seen or who.acted,
            recorded={},
        )
        try:
            return take_turn(snapshot, event, at, IdSource(seed))
        except Exception:  # noqa: BLE001  # as in the worker: a fault of the engine is a turn of its own
            return faulted_turn(snapshot, event, seed)


S = TypeVar("S", bound=msgspec.Struct)


def carried(then: S, before: S, now: S) -> S:
    """Return `now` with what changed from `then`, after the one recorded turn, to `before`, ahead of the next.

    Fields, tags and other collections are changed item by item: what `now` has besides stays.
    """
    changed = {
        name: _value(old, new, getattr(now, name))
        for name in then.__struct_fields__
        if (old := getattr(then, name)) != (new := getattr(before, name))
    }
    return msgspec.structs.replace(now, **changed) if changed else now


def _value(old: Any, new: Any, mine: Any) -> Any:  # noqa: ANN401  # whatever a field holds
    if isinstance(old, Mapping):
        gone = old.keys() - new.keys()
        set_ = {key: value for key, value in new.items() if key not in old or old[key] != value}
        return {key: value for key, value in {**mine, **set_}.items() if key not in gone}
    if isinstance(old, frozenset):
        return (mine | (new - old)) - (old - new)
    if isinstance(old, tuple):
        return _items(old, new, mine)
    return new


def _items(old: Sequence[Any], new: Sequence[Any], mine: Iterable[Any]) -> tuple[Any, ...]:
    kept = [item for item in mine if item not in old or item in new]
    return (*kept, *(item for item in new if item not in old and item not in kept))


_TAKEN_OVER = frozenset(SourceKind) - {SourceKind.CSV, SourceKind.CONSOLE, SourceKind.API, SourceKind.CLI}
"""Whose changes are no act of staff."""


class Redone(NamedTuple):
    """What an act of staff comes to: the change, or why it does not count; neither: nothing changes."""

    change: ConsentChange | None
    refused: str = ""


def act_of_staff(recorded: ConsentChange) -> Act | None:
    """Return what staff did; None for a change that is not theirs to make: it is taken over as it was."""
    if recorded.source in _TAKEN_OVER:
        return None
    return {Membership.ADDED: Act.ADD, Membership.NONE: Act.REMOVE}.get(recorded.after)


def redo(recorded: ConsentChange, draft: World) -> Redone:
    """Do a recorded change again, that no turn made, in a world where memberships may be others."""
    before = draft.memberships.get(recorded.subject, Membership.NONE)
    act = act_of_staff(recorded)
    if act is None and before is Membership.OPTED_OUT and recorded.after is Membership.NONE:
        return Redone(None, Refusal.OPTED_OUT.value)  # an account was split off: nobody's no goes with it
    if act is None:
        return Redone(None if before is recorded.after else msgspec.structs.replace(recorded, before=before))
    acted = recorded.acted_at or recorded.at
    late = act is Act.ADD and outweighed(acted, acted, recorded.subject, draft.times.lowered) is not None
    everything = draft.memberships.get(ALL, Membership.NONE)
    outcome = change(act, recorded.subject, before, everything, outweighed=late)
    if isinstance(outcome, Refusal):
        return Redone(None, outcome.value)
    if not isinstance(outcome, Change):
        return Redone(None)
    return Redone(msgspec.structs.replace(recorded, before=outcome.before, after=outcome.after))
