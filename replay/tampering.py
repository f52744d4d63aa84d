"""Whether a bot's journal, ledger and revisions still tell what happened, and tell the same."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from messages.codec import to_ms
from messages.consent import ConsentChange, LedgerRow
from messages.contact import Contact
from messages.effects import ChangeConsent
from replay.chain_check import ChainCheck, Tampered
from storage.port import Audit, Conversations, Ledger, Revisions
from storage.records import JournalEntry
from storage.turns import ConversationChain, JournalChain

_PAGE = 100
_ROWS = 1_000
_TRIES = 5
"""How often a conversation is looked at again that changes meanwhile."""


class JournalStore(JournalChain, Conversations, Ledger, Audit, Revisions, Protocol):
    """What of the store is compared."""


@dataclass
class JournalReport:
    """What came of it."""

    conversations: int = 0
    turns: int = 0
    unchained: int = 0
    """Turns that a version wrote which did not chain them."""
    problems: list[Tampered] = field(default_factory=list)

    def words(self) -> str:
        """Say it in one line."""
        number = len(self.problems)
        verdict = f"has {number} difference{'s' if number > 1 else ''}" if number else "is sound"
        counted = f"{_counted(self.turns, 'turn')} of {_counted(self.conversations, 'conversation')}"
        older = f", {self.unchained} of them from versions that did not chain turns" if self.unchained else ""
        return f"the journal {verdict}: {counted}{older}"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


class _Change(NamedTuple):
    """What a ledger row and the turn that caused it both tell."""

    turn: str
    contact: str
    subject: str
    before: str
    after: str


def _key(change: ConsentChange) -> _Change:
    return _Change(change.turn, change.contact, change.subject, change.before, change.after)


class _Looked(NamedTuple):
    """What a conversation came to."""

    turns: int
    unchained: int
    problems: Sequence[Tampered]
    changes: Sequence[_Change]


async def check_journal(
    store: JournalStore, bot: str, progress: Callable[[int], None] = lambda _: None
) -> JournalReport:
    """Compare everything of a bot. `progress` hears of turns. Servers may go on meanwhile."""
    report = JournalReport()
    report.problems += [problem async for problem in _revisions(store, bot)]
    changes: dict[_Change, str] = {}
    counted: Counter[_Change] = Counter()
    after = ""
    while chains := await store.chains(bot, after=after, limit=_PAGE):
        after = chains[-1].conversation
        for chain in chains:
            looked = await _look(store, bot, chain)
            report.conversations += 1
            report.turns += looked.turns
            report.unchained += looked.unchained
            report.problems += looked.problems
            counted.update(looked.changes)
            changes.update(dict.fromkeys(looked.changes, chain.conversation))
            progress(looked.turns)
    report.problems += [Tampered(stray.conversation, "", stray.problem) for stray in await store.strays(bot)]
    rows = _rows(store, bot)
    unknown = [row async for row in rows if row.change.turn and not _counted_off(counted, row.change)]
    report.problems += [_without_row(changes[change], change) for change in counted.elements()]
    report.problems += await _without_turn(store, bot, unknown)
    return report


async def check_conversation(store: JournalStore, bot: str, conversation: str) -> list[Tampered]:
    """Compare one conversation, with the rows of the ledger that name it."""
    problems = [problem async for problem in _revisions(store, bot)]
    counted: Counter[_Change] = Counter()
    people: set[str] = set()
    for chain in await store.chains_of(bot, conversation):
        looked = await _look(store, bot, chain)
        problems += looked.problems
        counted.update(looked.changes)
        people |= {chain.contact, *(change.contact for change in looked.changes)}
    unknown: list[LedgerRow] = []
    for contact in sorted(people - {""}):
        async for row in _rows(store, bot, contact):
            named = bool(row.change.turn) and row.change.conversation in ("", conversation)
            if named and not _counted_off(counted, row.change) and row.change.conversation:
                unknown.append(row)
    problems += [_without_row(conversation, change) for change in counted.elements()]
    return problems + await _without_turn(store, bot, unknown)


async def _look(store: JournalStore, bot: str, chain: ConversationChain) -> _Looked:
    """Check one conversation; again while it changes and seems wrong."""
    for _ in range(_TRIES):
        looked = await _looked(store, bot, chain)
        if not looked.problems:
            return looked
        again = [each for each in await store.chains_of(bot, chain.conversation) if each.shard == chain.shard]
        if again == [chain]:
            return looked
        if not again:  # its person was erased meanwhile, and it has another name
            return _Looked(0, 0, (), ())
        chain = again[0]
    return looked


async def _looked(store: JournalStore, bot: str, chain: ConversationChain) -> _Looked:
    check = ChainCheck(bot, chain, store.link)
    problems: list[Tampered] = []
    changes: list[_Change] = []
    async for turn in store.chained_turns(bot, chain):
        problems += check.add(turn)
        if check.entry is not None:
            changes += map(_key, _changes_of(check.entry))
    problems += check.end()
    problems += [problem async for problem in _whose(store, bot, chain, check)]
    return _Looked(check.turns, check.unchained, problems, changes)


def _changes_of(entry: JournalEntry) -> Iterator[ConsentChange]:
    return (effect.change for effect in entry.outcome.effects if isinstance(effect, ChangeConsent))


async def _whose(store: JournalStore, bot: str, chain: ConversationChain, check: ChainCheck) -> AsyncIterator[Tampered]:
    """Compare whose the conversation is with whose its last turn was, and what is marked as erased with the audit."""
    if check.contact and await _became(store, bot, check.contact) != chain.contact:
        problem = f"it was given to another person: it is of {chain.contact or 'nobody'}, its turns of {check.contact}"
        yield Tampered(chain.conversation, "", problem)
    if check.erased and not await _was_erased(store, bot, chain.contact):
        problem = f"turns are marked as erased, and no erasure of {chain.contact} is on record"
        yield Tampered(chain.conversation, "", problem)


async def _became(store: Conversations, bot: str, contact: str) -> str:
    """Return the contact that one was merged into, over any number of steps; itself if it was not."""
    tried: set[str] = set()
    while contact not in tried:
        tried.add(contact)
        known: Contact | None = await store.contact(bot, contact)
        contact = known.merged_into if known is not None and known.merged_into else contact
    return contact


async def _was_erased(store: Audit, bot: str, contact: str) -> bool:
    after = 0
    while rows := await store.audit(bot, target=contact, after=after):
        if any(row.action == "erase" for row in rows):
            return True
        after = rows[-1].sequence
    return False


def _counted_off(counted: Counter[_Change], change: ConsentChange) -> bool:
    """Take a ledger row's change from those that turns tell; tell whether one does."""
    key = _key(change)
    if counted[key] <= 0:
        return False
    counted[key] -= 1
    return True


async def _rows(store: Ledger, bot: str, contact: str = "") -> AsyncIterator[LedgerRow]:
    after = 0
    while rows := await store.ledger(bot, contact=contact, after=after, limit=_ROWS):
        for row in rows:
            yield row
        after = rows[-1].sequence


def _without_row(conversation: str, change: _Change) -> Tampered:
    told = f"{change.subject} of {change.contact} went from {change.before} to {change.after}"
    return Tampered(conversation, change.turn, f"the ledger has no row of what it did: {told}")


async def _without_turn(store: JournalStore, bot: str, rows: Sequence[LedgerRow]) -> list[Tampered]:
    """Say which of these rows name a turn that is not there: not pruned, not erased, and not committed just now."""
    of_conversations: defaultdict[str, list[LedgerRow]] = defaultdict(list)
    for row in rows:
        if row.change.conversation:  # else it lost what tells the person, and its turn did too
            of_conversations[row.change.conversation].append(row)
    found: list[Tampered] = []
    for conversation, named in of_conversations.items():
        chains = await store.chains_of(bot, conversation)
        pruned = max((chain.pruned_at for chain in chains if chain.pruned_at is not None), default=None)
        late = [row for row in named if pruned is None or to_ms(row.change.at) > pruned]
        there: set[_Change] = set()
        for chain in chains if late else ():
            there.update((await _looked(store, bot, chain)).changes)
        found += [_missing(conversation, row) for row in late if _key(row.change) not in there]
    return found


def _missing(conversation: str, row: LedgerRow) -> Tampered:
    change = row.change
    did = f"{change.subject} went from {change.before} to {change.after} by {change.source}"
    problem = f"row {row.sequence} of the ledger names it ({did}, {change.at:%Y-%m-%d %H:%M:%S})"
    return Tampered(conversation, change.turn, f"{problem}, and no such turn is there")


async def _revisions(store: Revisions, bot: str) -> AsyncIterator[Tampered]:
    for info in (*await store.history(bot), *await store.kept_revisions(bot)):
        found = await store.revision(bot, info.number)
        if found is None:
            yield Tampered("", "", f"revision {info.number} of {bot} is missing")
        elif hashlib.sha256(found[1].encode()).hexdigest() != info.digest:
            yield Tampered("", "", f"the text of revision {info.number} of {bot} is not what its digest says")
