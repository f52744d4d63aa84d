"""What a preview reads of a store: people with all of their turns, changes and merges, in order."""

from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from consent.membership import whole_milliseconds
from messages.codec import RecordDecoder, from_ms
from messages.consent import ConsentChange
from messages.errors import StoreError
from replay.contact_life import Merged, gone_of, merged_by
from replay.preview_pool import Person, RawEvent
from storage.port import Store
from storage.records import RecordedTurn

_ROWS = 500


async def merges_into(store: Store, bot: str, contact: str) -> Sequence[Merged]:
    """Return the merges that a contact was kept in, by the audit; a server may have ended before it wrote of one."""
    found: list[Merged] = []
    after = 0
    while rows := await store.audit(bot, target=contact, after=after, limit=_ROWS):
        after = rows[-1].sequence
        found += [merged for row in rows if (merged := merged_by(row)) is not None]
    return found


async def is_in_ledger(store: Store, bot: str, kept: str, gone: str) -> bool:
    """Tell whether a row of the ledger is of the merge of two contacts: not where it changed no membership."""
    for contact in (kept, gone):
        after = 0
        while rows := await store.ledger(bot, contact=contact, after=after, limit=_ROWS):
            after = rows[-1].sequence
            if any(gone_of(row.change) == gone for row in rows):
                return True
    return False


_CONVERSATIONS = 500
_TURNS = 2_000
"""Turns of one person that are held at most, if they have no more than some hundred conversations."""
_FEWEST = 20
"""Turns of one conversation that are read at once, at the least."""
_EVENTS = 200
"""Events in one piece."""
_NEVER = datetime.max.replace(tzinfo=UTC)


class _Known(msgspec.Struct, frozen=True):
    """What of the contact before a turn tells its place."""

    id: str
    version: int = 0


class _Head(msgspec.Struct, frozen=True):
    """What of a recorded turn tells its place."""

    at: datetime
    contact: str = ""
    contact_before: _Known | None = None


_decode_head = RecordDecoder[_Head](_Head)


def _head_of(turn: RecordedTurn) -> _Head:
    """Return where a turn belongs; of one that can't be read what the store says."""
    try:
        return _decode_head(turn.record)
    except StoreError:
        return _Head(from_ms(turn.at))


async def people_of(store: Store, bot: str, since: datetime | None) -> AsyncIterator[Person]:
    """Yield people with their events."""
    place = 0
    after = ""
    while summaries := await store.conversations(bot, after=after, limit=_CONVERSATIONS):
        after = summaries[-1].state.key
        for summary in summaries:
            keys = await store.conversations_of(bot, summary.contact.id) or [summary.state.key]
            if keys[0] == summary.state.key:  # the others came, or come, with their first conversation
                place += 1
                yield Person(place, PersonFeed(store, bot, summary.contact.id, keys, since).pieces())


class PersonFeed:
    """One person's events. Conversations keep their order, whatever their clocks say."""

    def __init__(self, store: Store, bot: str, contact: str, keys: Sequence[str], since: datetime | None) -> None:
        self._store = store
        self._bot = bot
        size = max(_TURNS // len(keys), _FEWEST)
        self._turns = [_Turns(store, bot, key, since, size) for key in keys]
        self._merges: list[Merged] = []
        """Those to come, in order of time."""
        self._merged: set[str] = set()
        """Contacts whose merge the audit tells of."""
        self._apart: dict[str, _Apart] = {}
        self._rows: dict[str, _Rows] = {}
        self._contact = contact

    async def pieces(self) -> AsyncIterator[Sequence[RawEvent]]:
        """Yield the events, some at a time."""
        piece: list[RawEvent] = []
        async for event in self.events():
            piece.append(event)
            if len(piece) >= _EVENTS:
                yield piece
                piece = []
        if piece:
            yield piece

    async def events(self) -> AsyncIterator[RawEvent]:
        """Yield the events in order of time."""
        for each in self._turns:
            await each.look()
        async for event in self._known(self._contact):
            yield event
        while (turns := self._earliest()) is not None and turns.head is not None:
            async for event in self._known(turns.contact):
                yield event
            async for change in self._changes(turns.head.at):
                yield change
            for event in self._taken(turns):
                yield event
            await turns.look()
        async for change in self._changes(None):
            yield change

    def _taken(self, turns: "_Turns") -> Iterator[RawEvent]:
        """Yield a turn, and the merges that it shows to have been before it or that may come after it."""
        yield from self._shown_by(turns)
        whose = turns.contact
        yield turns.take()
        if whose in self._apart:
            self._apart[whose].turns -= 1
        yield from self._sometime()

    async def _known(self, contact: str) -> AsyncIterator[RawEvent]:
        """Begin to read about a contact that was not seen before, and those that became one with it; yield how they are
        now.
        """
        if contact and contact not in self._rows:
            self._rows[contact] = rows = _Rows(self._store, self._bot, contact)
            await rows.look()
            now = await self._store.contact(self._bot, contact)
            if now is not None:
                yield now
            for merged in await merges_into(self._store, self._bot, contact):
                if merged.gone not in self._merged:
                    self._merged.add(merged.gone)
                    self._merges.append(merged)
                    async for other in self._known(merged.gone):
                        yield other
            self._merges.sort(key=_time_of)
            if now is not None and now.merged_into:
                async for other in self._known(now.merged_into):
                    yield other
                await self._note_apart(contact, now.merged_into)
                for sometime in self._sometime():
                    yield sometime

    async def _note_apart(self, gone: str, kept: str) -> None:
        """Keep whose merge has no time, and how many turns show the two apart."""
        if gone in self._merged or await is_in_ledger(self._store, self._bot, kept, gone):
            return
        number = 0
        for turns in [turns.from_the_start() for turns in self._turns]:
            await turns.look()
            while turns.head is not None:
                number += turns.contact == gone
                turns.take()
                await turns.look()
        self._apart[gone] = _Apart(kept, number)

    def _sometime(self) -> Iterator[Merged]:
        """Yield the merges without a time that may have been by now: no turn is left that shows the two apart."""
        for gone in [gone for gone, apart in self._apart.items() if apart.turns <= 0]:
            yield Merged(self._apart.pop(gone).kept, gone, None)

    def _shown_by(self, turns: "_Turns") -> Iterator[Merged]:
        """Yield the merges of a turn's very moment that the turn shows to have been before it."""
        for merged in list(self._merges):
            at_once = whole_milliseconds(_time_of(merged)) == whole_milliseconds(turns.at)
            if at_once and (merged.gone, merged.kept) == (turns.was, turns.contact):
                self._merges.remove(merged)
                yield merged

    def _earliest(self) -> "_Turns | None":
        """Return the conversation whose next turn was first: by time; of one contact, by the contact's version."""
        heads = [turns for turns in self._turns if turns.head is not None]
        if not heads:
            return None
        first = min(heads, key=lambda turns: turns.at)
        same = [turns for turns in heads if turns.contact == first.contact]
        return min(same, key=lambda turns: (turns.version, turns.at))

    async def _changes(self, until: datetime | None) -> AsyncIterator[RawEvent]:
        """Yield the rows and merges before a time, in order of time; all that are left without one."""
        while True:
            heads = [rows for rows in self._rows.values() if rows.head is not None]
            rows = min(heads, key=lambda one: (one.at, one.sequence), default=None)
            at = whole_milliseconds(rows.at if rows is not None else _NEVER)
            merges = bool(self._merges) and whole_milliseconds(_time_of(self._merges[0])) < at
            at = whole_milliseconds(_time_of(self._merges[0])) if merges else at
            if until is not None and at >= whole_milliseconds(until):
                return
            if merges:
                yield self._merges.pop(0)
                continue
            if rows is None or rows.head is None:
                return
            if (gone := gone_of(rows.head)) and gone not in self._rows:
                async for contact in self._known(gone):
                    yield contact
                continue  # what it did before it was merged comes first
            yield rows.take()
            await rows.look()


class _Apart(msgspec.Struct):
    """Whom a contact became at a time that nothing tells, and how many turns are left that show it apart."""

    kept: str
    turns: int


def _time_of(merged: Merged) -> datetime:
    return merged.at or _NEVER


class _Turns:
    """The turns of one conversation, the next one read."""

    def __init__(self, store: Store, bot: str, key: str, since: datetime | None, size: int) -> None:
        self._store = store
        self._bot = bot
        self._key = key
        self._since = since
        self._size = size
        self._page: deque[RecordedTurn] = deque()
        self._after = 0
        self._ended = False
        self.head: _Head | None = None
        self.at = _NEVER
        self.contact = ""
        self.was = ""
        """Whose the turn before was."""
        self.version = 0

    def from_the_start(self) -> "_Turns":
        """Return the same turns, none of them read."""
        return _Turns(self._store, self._bot, self._key, self._since, self._size)

    async def look(self) -> None:
        """Read what comes next."""
        self.head = None
        while self.head is None:
            if not self._page and not await self._read():
                return
            self._place(self._page[0])
            if self.head is None:
                self._page.popleft()

    async def _read(self) -> bool:
        if self._ended:
            return False
        if self._since is not None and not self._after:
            latest = await self._store.journal_of(self._bot, self._key, latest=True, limit=self._size)
            if len(latest) < self._size or _head_of(latest[0]).at < self._since:
                self._page.extend(latest)
                self._ended = True
                return bool(latest)
        turns = await self._store.journal_of(self._bot, self._key, after=self._after, limit=self._size)
        self._after += len(turns)
        self._page.extend(turns)
        return bool(turns)

    def _place(self, turn: RecordedTurn) -> None:
        """Tell where the next turn belongs; nowhere, if it is before the time that is asked for."""
        head = _head_of(turn)
        if self._since is not None and head.at < self._since and (turn.at or head.contact):
            return
        self.head = head
        self.at = head.at
        self.contact = head.contact_before.id if head.contact_before is not None else head.contact
        self.version = head.contact_before.version if head.contact_before is not None else 0

    def take(self) -> RecordedTurn:
        """Return the next turn."""
        self.was = self.contact
        return self._page.popleft()


class _Rows:
    """The rows of the ledger about one contact, the next one read."""

    def __init__(self, store: Store, bot: str, contact: str) -> None:
        self._store = store
        self._bot = bot
        self._contact = contact
        self._page: deque[tuple[int, ConsentChange]] = deque()
        self._after = 0
        self.head: ConsentChange | None = None
        self.sequence = 0

    @property
    def at(self) -> datetime:
        """When the next row was written."""
        return self.head.at if self.head is not None else _NEVER

    async def look(self) -> None:
        """Read what comes next."""
        if not self._page:
            rows = await self._store.ledger(self._bot, contact=self._contact, after=self._after, limit=_ROWS)
            self._page.extend((row.sequence, row.change) for row in rows)
            self._after = rows[-1].sequence if rows else self._after
        self.sequence, self.head = self._page[0] if self._page else (0, None)

    def take(self) -> ConsentChange:
        """Return the next row."""
        return self._page.popleft()[1]
