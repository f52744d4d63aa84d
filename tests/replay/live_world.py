"""One bot lives through a script on a real worker and a real store, and somebody writes down what comes of it.

The same script is played in two worlds: as recorded, and where the draft is live from the beginning. What people do in
the second is what they did in the first, but: a button that was not shown there is not pressed, and who has read
something else in a conversation types something else in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

import orjson

from audiences.contacts import change_tags, edit_contact, merge_contacts, set_fields
from audiences.context import Context
from audiences.members import change_members
from consent.merging import merge_people
from messages.consent import ConsentChange, Membership, SourceKind
from messages.contact import FieldValue
from messages.effects import OutgoingMessage, OutgoingText
from messages.inbound import (
    Action,
    ButtonPressed,
    ConversationReference,
    ConversationStarted,
    InboundEvent,
    Sender,
    TextReceived,
)
from publishing.flows import live_bot
from runtime.metrics import Metrics
from runtime.revisions import RevisionCache
from runtime.tasks.timers import timer_event
from runtime.turns import TurnWorker
from staff.acting import Staff
from storage.audience_records import SegmentKind, SegmentRecord
from storage.port import Store
from tests.flows.engine.conversation import BEGIN, KEY, buttons_in
from tests.replay.any_push import (
    FILTERS,
    PEOPLE,
    PLACES,
    Begins,
    Presses,
    Push,
    Says,
    StaffChange,
    StaffEdit,
    StaffErase,
    StaffMerge,
    Step,
    Values,
)

BOT = "care"
MIA = Staff("mia", SourceKind.CONSOLE)
AFTERWARDS = timedelta(hours=9)
"""How long after the script's end the worlds are compared."""


class Said(NamedTuple):
    """A message as it was read."""

    at: datetime
    message: str
    words: tuple[str, ...]


class Standing(NamedTuple):
    """How a person stands at a moment."""

    contact: str
    memberships: Mapping[str, Membership]
    fields: Mapping[str, FieldValue]
    tags: frozenset[str]


_NOBODY = Standing("", {}, {}, frozenset())


@dataclass(frozen=True)
class Moment:
    """What a doing, or the end of a wait, came to. `number`: which of the script's steps; -1 for a wait."""

    number: int
    at: datetime
    conversation: str
    before: Mapping[str, Standing]
    after: Mapping[str, Standing]
    """By person."""
    rows: Sequence[ConsentChange]
    said: Sequence[Said]
    asks: str
    """The field whose question is open in the conversation."""
    waits_until: datetime | None
    handed_over: bool


@dataclass
class Account:
    """What somebody who looks at the world writes down."""

    moments: list[Moment] = field(default_factory=list)
    done: set[int] = field(default_factory=set)
    """Steps of the script that came to something: staff's that changed nothing did not."""
    pressed: dict[int, str] = field(default_factory=dict)
    """The words of the button that was pressed, by step of the script."""
    read: dict[int, list[tuple[datetime, tuple[str, ...]]]] = field(default_factory=dict)
    """What a person had read in the conversation when they typed, by step."""
    erased: set[str] = field(default_factory=set)
    """Contacts."""
    until: datetime = BEGIN


class World:
    """A bot, and the account of it. `first`: the account of the world that was recorded; None for that one itself."""

    def __init__(self, store: Store, push: Push, first: Account | None = None) -> None:
        self.store = store
        self.account = Account()
        self._first = first
        self._push = push
        self._now = BEGIN
        self._ledger = self._outbox = 0
        self._said: dict[str, list[Said]] = {}
        self._buttons: dict[str, dict[str, str]] = {}
        self._worker = TurnWorker(store, RevisionCache(store), keys=[KEY], clock=lambda: self._now, metrics=Metrics())

    async def live(self, script: Sequence[Step]) -> None:
        """Play a script, and the waits that end until some hours later."""
        for name, text in FILTERS.items():
            made = SegmentRecord(BOT, name, name, SegmentKind.FILTER, BEGIN, "staff", filter=text)
            await self.store.save_segment(made)
        source: Values = self._push.live if self._first is None else self._push.draft
        await self.store.push(BOT, orjson.dumps(source).decode(), author="mia", at=BEGIN, expected_live=0)
        at = BEGIN
        for number, step in enumerate(script):
            at += timedelta(minutes=step.minutes, seconds=1)
            await self._end_waits(at)
            self._now = at
            await self._do(number, step)
        await self._end_waits(at + AFTERWARDS)
        self.account.until = at + AFTERWARDS

    async def _end_waits(self, until: datetime) -> None:
        while timers := await self.store.due_timers(until):
            self._now = timers[0].due
            event = timer_event(timers[0])
            before = await self._people()
            await self._worker.handle(BOT, event)
            await self._note(-1, timers[0].reference, before)

    async def _do(self, number: int, step: Step) -> None:
        act = step.act
        before = await self._people()
        where = _reference(act.person, getattr(act, "place", 0))
        if isinstance(act, Says | Presses | Begins):
            if (action := self._action(number, act, where)) is None:
                return
            late = timedelta(hours=getattr(act, "late", 0))
            event = InboundEvent(
                f"e{number}", where, Sender(act.person, name=act.person.title()), action, sent_at=self._now - late
            )
            for _ in range(getattr(act, "copies", 1)):
                await self._worker.handle(BOT, event)
            self.account.done.add(number)
        elif self._first is not None and number not in self._first.done:
            return
        elif await self._staff(act, before):
            self.account.done.add(number)
        await self._note(number, where, before)

    def _action(self, number: int, act: Says | Presses | Begins, where: ConversationReference) -> Action | None:
        key = _key(where)
        match act:
            case Begins():
                return ConversationStarted()
            case Says(text=text, instead=instead):
                self.account.read[number] = [(said.at, said.words) for said in self._said.get(key, [])]
                other = self._first is not None and self.account.read[number] != self._first.read[number]
                said = instead if other else text
                return None if said is None else TextReceived(said)
            case Presses(back=back):
                shown = self._buttons.get(key, {})
                if self._first is None:
                    labels = list(shown)
                    if not labels:
                        return None
                    label = labels[-1 - back % len(labels)]
                    self.account.pressed[number] = label
                else:
                    if number not in self._first.pressed:
                        return None
                    label = self._first.pressed[number]
                    label = self._push.relabelled.get(label, label)
                    if label not in shown:
                        return None
                return ButtonPressed(shown[label], label=label)

    async def _staff(self, act: object, before: Mapping[str, Standing]) -> bool:
        """Do what staff do; tell whether it changed something."""
        match act:
            case StaffChange(person, what, segment) if before[person].contact:
                context = Context(self.store, BOT, await live_bot(self.store, BOT), MIA, self._now)
                (result,) = (await change_members(context, segment, what, [before[person].contact])).outcomes
                return result.outcome in ("added", "removed")
            case StaffEdit(person, tag, remove, pet) if contact := before[person].contact:
                change = (
                    set_fields({"pet": pet}) if pet else change_tags([] if remove else [tag], [tag] if remove else [])
                )
                await edit_contact(self.store, BOT, contact, change, MIA, self._now, "edit")
                now = (await self._people())[person]
                return (now.fields, now.tags) != (before[person].fields, before[person].tags)
            case StaffMerge(person, gone, audited):
                one, other = [await self.store.person(BOT, before[each].contact) for each in (person, gone)]
                if one is None or other is None or one.contact.id == other.contact.id:
                    return False
                if audited:
                    await merge_contacts(self.store, BOT, one, other, MIA, self._now)
                else:
                    ours, theirs = [await self.store.memberships(BOT, each.contact.id) for each in (one, other)]
                    plan = merge_people(one.contact, ours, other.contact, theirs, at=self._now, actor=MIA.name)
                    await self.store.merge_contacts(BOT, plan.kept, plan.gone, plan.changes)
                return True
            case StaffErase(person) if contact := before[person].contact:
                self.account.erased.add(contact)
                self._forget(contact, before)
                return await self.store.erase_contact(BOT, contact, actor="mia", at=self._now) is not None
            case _:
                return False

    def _forget(self, contact: str, people: Mapping[str, Standing]) -> None:
        """What was shown to somebody who is erased is shown before the recording of whom they are next begins."""
        for person in PEOPLE:
            for place in PLACES:
                if people[person].contact == contact:
                    self._buttons.pop(_key(_reference(person, place)), None)
                    self._said.pop(_key(_reference(person, place)), None)

    async def _people(self) -> dict[str, Standing]:
        found: dict[str, Standing] = {}
        for person in PEOPLE:
            loaded = await self.store.load(BOT, _reference(person, 0), "")
            contact = loaded.contact
            memberships = {name: one for name, one in loaded.memberships.items() if one is not Membership.NONE}
            found[person] = (
                _NOBODY
                if contact is None
                else Standing(contact.id, memberships, dict(contact.fields), frozenset(contact.tags))
            )
        return found

    async def _note(self, number: int, where: ConversationReference, before: Mapping[str, Standing]) -> None:
        key = _key(where)
        rows = await self.store.ledger(BOT, after=self._ledger, limit=1000)
        self._ledger = rows[-1].sequence if rows else self._ledger
        sent = await self.store.pending(after=self._outbox, limit=1000)
        self._outbox = sent[-1].sequence if sent else self._outbox
        said = [Said(row.queued_at, row.message.message, _words(row.message)) for row in sent]
        for row, what in zip(sent, said, strict=True):
            self._said.setdefault(row.conversation, []).append(what)
            shown = self._buttons.setdefault(row.conversation, {})
            for button in buttons_in(row.message):
                if button.payload:
                    shown.pop(button.label, None)
                    shown[button.label] = button.payload
        loaded = await self.store.load(BOT, where, "")
        run = loaded.state.run if loaded.state else None
        timers = await self.store.due_timers(self._now + timedelta(days=400))
        waits = [timer.due for timer in timers if run is not None and timer.timer == run.timer and not run.asked]
        self.account.moments.append(
            Moment(
                number,
                self._now,
                key,
                before,
                await self._people(),
                [row.change for row in rows],
                said,
                "pet" if run is not None and run.asked else "",
                waits[0] if waits else None,
                loaded.state is not None and loaded.state.handed_over,
            )
        )


def _reference(person: str, place: int) -> ConversationReference:
    return ConversationReference("teams", f"a:{person}{place or ''}", person, "28:b")


def _key(where: ConversationReference) -> str:
    return f"teams:{where.conversation}"


def _words(message: OutgoingMessage) -> tuple[str, ...]:
    texts = [part.text for part in message.parts if isinstance(part, OutgoingText)]
    return (*texts, *(button.label for button in buttons_in(message)))
