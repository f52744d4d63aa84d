"""Which conversations are meant: by whose they are, when, where, and what happened in them."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from pyroaring import BitMap

from audiences.who import whose_records
from cli.progress import progress
from flows.engine import trace
from flows.engine.turn import ENGINE_FAULT
from keywords.normalise import normalise
from messages.errors import NotFound
from replay.recorded import Unreadable, read_turn
from storage.port import Store
from storage.records import ConversationSummary, JournalEntry, RecordedTurn

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a conversation must be like; what is empty is not asked for."""

    contact: str = ""
    """The id of one, or a part of names."""
    channel: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    segment: str = ""
    keyword: str | None = None
    member_of: str = ""
    out_of: str = ""
    stopped: bool = False
    with_person: bool = False
    error: bool = False
    failed: bool = False
    is_contact: bool = False
    """Whether `contact` is an id."""

    @property
    def reads_turns(self) -> bool:
        """Whether the journal tells, and nothing shorter does."""
        return self.keyword is not None or self.error or self.until is not None


async def resolved(store: Store, bot: str, wanted: Wanted) -> Wanted:
    """Return the same with the id of the contact that is meant. Raises NotFound for nobody, BadInput for several."""
    if not wanted.contact:
        return wanted
    try:
        return replace(wanted, contact=await whose_records(store, bot, wanted.contact), is_contact=True)
    except NotFound as unknown:
        async for _ in matching(store, bot, Wanted(wanted.contact), ""):
            return wanted  # somebody is called so
        raise NotFound(unknown.problem, remedy=f"Nobody is called so either. {unknown.remedy}") from None


async def matching(
    store: Store, bot: str, wanted: Wanted, after: str, people: BitMap | None = None
) -> AsyncIterator[ConversationSummary]:
    """Yield the conversations that fit, in order of their keys, after one of them. `people`: the numbers of those who
    are in and out of what is wanted.
    """
    async for summary in _found(store, bot, wanted, after):
        if people is None or await _is_among(people, store, summary):
            yield summary


async def _is_among(people: BitMap, store: Store, summary: ConversationSummary) -> bool:
    person = await store.person(summary.bot, summary.contact.id)
    return person is not None and person.number in people


async def _found(store: Store, bot: str, wanted: Wanted, after: str) -> AsyncIterator[ConversationSummary]:
    keys = await _keys(store, bot, wanted)
    if keys is not None and len(keys) <= _PAGE:
        for key in sorted(keys):
            summary = await store.conversation(bot, key) if key > after else None
            if summary is not None and _fits(summary, wanted):
                yield summary
        return
    while page := await store.conversations(bot, after=after, limit=_PAGE):
        for summary in page:
            if (keys is None or summary.state.key in keys) and _fits(summary, wanted):
                yield summary
        after = page[-1].state.key


async def _keys(store: Store, bot: str, wanted: Wanted) -> set[str] | None:
    """Return the keys that ledger, journal or contact leave; None when they were not asked."""
    found: list[set[str]] = []
    if wanted.is_contact:
        found.append(set(await store.conversations_of(bot, wanted.contact)))
    if wanted.segment:
        found.append(await _of_segment(store, bot, wanted))
    if wanted.reads_turns:
        found.append(await _of_turns(store, bot, wanted))
    return set.intersection(*found) if found else None


async def _of_segment(store: Store, bot: str, wanted: Wanted) -> set[str]:
    """Return the conversations in which a membership changed, and those of the people for whom others changed it."""
    keys: set[str] = set()
    people: set[str] = set()
    after = 0
    while rows := await store.ledger(bot, subject=wanted.segment, after=after, limit=_PAGE):
        after = rows[-1].sequence
        changes = [row.change for row in rows if _in_time(row.change.at, wanted)]
        keys.update(change.conversation for change in changes)
        people.update(change.contact for change in changes if not change.conversation)
    if len(people) <= _PAGE:
        for contact in people:
            keys.update(await store.conversations_of(bot, contact))
    else:
        last = ""
        while page := await store.conversations(bot, after=last, limit=_PAGE):
            last = page[-1].state.key
            keys.update(one.state.key for one in page if one.contact.id in people)
    return keys - {""}


async def _of_turns(store: Store, bot: str, wanted: Wanted) -> set[str]:
    """Read the journal once, from the time that is asked for."""
    keys: set[str] = set()
    position = await store.journal_since(bot, wanted.since) if wanted.since is not None else ""
    with progress("reading turns") as advance:
        while (page := await store.journal_page(bot, position, limit=_PAGE)).turns:
            position = page.position
            keys.update(turn.conversation for turn in page.turns if _counts(turn, wanted))
            advance(len(page.turns))
    return keys


def _counts(turn: RecordedTurn, wanted: Wanted) -> bool:
    entry = read_turn(turn)
    if isinstance(entry, Unreadable):
        return wanted.error
    return _in_time(entry.at, wanted) and _happened(entry, wanted)


def _in_time(at: datetime, wanted: Wanted) -> bool:
    return (wanted.since is None or at >= wanted.since) and (wanted.until is None or at < wanted.until)


def _happened(entry: JournalEntry, wanted: Wanted) -> bool:
    steps = entry.outcome.trace
    if wanted.error and not any(step.notice or step.kind in _ERRORS for step in steps):
        return False
    return wanted.keyword is None or any(_hit(wanted.keyword, word) for word in _words(entry))


_ERRORS = (trace.PRESS_REFUSED, ENGINE_FAULT)


def _words(entry: JournalEntry) -> Iterator[str]:
    """Yield the keywords and consent words that a turn hit."""
    for step in entry.outcome.trace:
        if step.kind == trace.KEYWORD:
            yield step.detail
        elif step.kind == trace.RESERVED:
            yield step.detail.partition(": ")[2]


def _hit(keyword: str, word: str) -> bool:
    return not keyword or normalise(keyword) == normalise(word)


def _fits(summary: ConversationSummary, wanted: Wanted) -> bool:
    state, last = summary.state, summary.state.last_event_at
    if (wanted.failed and not summary.failed) or (wanted.with_person and not state.handed_over):
        return False
    if wanted.channel and state.reference.account.channel != wanted.channel:
        return False
    if wanted.since is not None and not wanted.reads_turns and (last is None or last < wanted.since):
        return False
    return wanted.is_contact or wanted.contact.strip().casefold() in summary.contact.name.casefold()
