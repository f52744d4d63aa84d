"""Whether the turns of one conversation are what was committed: none missing, moved, altered, or somebody else's.

What is compared is kept in several places, so that whoever changes one of them is found out by the others: the chain of
links, each record beside the columns of its row, each state beside the turns before and after, and the conversation
beside its last turn.
"""

from collections.abc import Callable, Container, Iterator
from datetime import datetime
from typing import NamedTuple

import msgspec

from flows.engine.take_turn import why_not_known
from flows.engine.turn import ConversationState, as_decided
from messages.codec import from_ms, to_ms
from messages.effects import ChangeConsent
from storage.erase import entry_or_none, state_or_bare
from storage.records import JournalEntry
from storage.turns import ChainedTurn, ConversationChain, record_digest, turn_content


class Tampered(NamedTuple):
    """Something that is not as it was committed: where, and what."""

    conversation: str
    turn: str
    """Turn id; empty where none is left."""
    problem: str

    def __str__(self) -> str:
        return ": ".join(filter(None, (self.conversation, self.turn and f"turn {self.turn}", self.problem)))


Link = Callable[[str, int, str], str]
"""Makes a link of the one before, place and content (`storage.turns.JournalChain.link`)."""


class ChainCheck:
    """Takes in the turns of one conversation in the order of their places. `end` follows the last."""

    def __init__(self, bot: str, chain: ConversationChain, link: Link) -> None:
        self._bot = bot
        self._chain = chain
        self._link = link
        self._next = chain.pruned + 1
        self._previous = chain.pruned_link
        self._number: int | None = None
        self._last: JournalEntry | None = None
        self._missing = False
        self.turns = self.unchained = 0
        self.entry: JournalEntry | None = None
        """Of the turn that was taken in last; None where it can't be read."""
        self.erased = False
        """Some turn is marked as erased."""
        self.contact = ""
        """Whose the last turn was."""

    def add(self, turn: ChainedTurn) -> Iterator[Tampered]:
        """Take in a turn, yielding what is wrong with it."""
        self.turns += 1
        self.unchained += not turn.link
        entry = self.entry = entry_or_none(turn.record)
        named = (entry.turn if entry is not None else turn.turn) or ""
        ordinal = turn.ordinal or self._next
        for problem in self._missing_before(ordinal):
            yield Tampered(self._chain.conversation, "", problem)
        problems = [*self._order(turn, ordinal)]
        follows = ordinal == self._next
        if follows:
            problems += self._linked(turn, ordinal, entry)
        if entry is None:
            problems.append(f"{turn.place}: its record can't be read")
        else:
            self.erased |= entry.erased
            self.contact = entry.contact
            problems += self._beside_row(turn, entry)
            problems += self._follows(entry) if follows else ()
        for problem in problems:
            yield Tampered(self._chain.conversation, named, problem)
        if ordinal >= self._next:
            self._next, self._previous, self._last = ordinal + 1, turn.link, entry
        self._number = turn.number

    def end(self) -> Iterator[Tampered]:
        """Yield what is wrong with the end of the conversation."""
        for problem in [*self._missing_before(self._chain.turns + 1), *self._end()]:
            yield Tampered(self._chain.conversation, "", problem)

    def _of(self, ordinal: int) -> str:
        return f"turn {ordinal} of {self._chain.turns}"

    def _order(self, turn: ChainedTurn, ordinal: int) -> Iterator[str]:
        if turn.number < 1 or (self._number is not None and turn.number <= self._number):
            yield f"it was moved: it is {self._of(ordinal)}, and {turn.place} is not where that belongs"
        if ordinal > self._chain.turns:
            yield f"it is turn {ordinal}, and the conversation had {self._chain.turns}"
        elif ordinal <= self._chain.pruned:
            yield f"it is turn {ordinal}, and those up to {self._chain.pruned} were forgotten"
        elif ordinal < self._next:
            yield f"{self._of(ordinal)} is there twice"

    def _missing_before(self, ordinal: int) -> Iterator[str]:
        if ordinal <= self._next:
            return
        self._missing = True
        first, last = self._next, ordinal - 1
        known = self._last
        behind = f", after turn {known.turn} of {known.at:%Y-%m-%d %H:%M:%S}" if known is not None else ""
        if first == last:
            yield f"{self._of(first)} is missing{behind}"
        else:
            yield f"turns {first} to {last} of {self._chain.turns} are missing{behind}"

    def _linked(self, turn: ChainedTurn, ordinal: int, entry: JournalEntry | None) -> Iterator[str]:
        gone = entry is not None and (entry.erased or entry.erased_in_part)
        if turn.digest and not gone:
            yield "its record was replaced, and it is not marked as erased"
        named = turn.turn if turn.turn is not None else entry.turn if entry is not None else ""
        at = turn.at if turn.at is not None else to_ms(entry.at) if entry is not None else 0
        if not turn.link or not named or (gone and not turn.digest):  # erased by a version that kept no digest
            return
        content = turn_content(self._bot, named, at, turn.digest or record_digest(turn.record))
        if self._link(self._previous, ordinal, content) != turn.link:
            yield f"{self._of(ordinal)} is not what was committed: its link does not fit its record and the turn before"

    def _beside_row(self, turn: ChainedTurn, entry: JournalEntry) -> Iterator[str]:
        """Compare a record with its row, and with itself."""
        if entry.conversation != self._chain.conversation or entry.bot != self._bot:
            yield f"it was given to another person: its record is of conversation {entry.conversation} of {entry.bot}"
        elif entry.outcome.state.key != entry.conversation or entry.outcome.contact.id != entry.contact:
            yield "its record was altered: it names several conversations or contacts"
        if turn.turn is not None and turn.turn != entry.turn:
            yield f"its row was altered: that names turn {turn.turn}"
        if turn.at is not None and turn.at != to_ms(entry.at):
            when, row = (f"{at:%Y-%m-%d %H:%M:%S}" for at in (entry.at, from_ms(turn.at)))
            yield f"its row was altered: that says {row}, the record {when}"
        for effect in entry.outcome.effects:
            if isinstance(effect, ChangeConsent) and (effect.change.turn, effect.change.contact) != (
                entry.turn,
                entry.contact,
            ):
                yield "its record was altered: a change of consent names another turn or contact"

    def _follows(self, entry: JournalEntry) -> Iterator[str]:
        """Compare the state that a turn found with what the turn before left."""
        before, last = entry.state_before, self._last
        if entry.erased:
            return
        if last is None:
            if self._next == 1 and self._chain.pruned_at is None and before is not None and before.version:
                yield "it is the first turn, and found a conversation that had begun: one before it is missing"
        elif not last.erased:
            if before is None or _plain(before) != _plain(last.outcome.state):
                yield "it does not follow from the turn before it: a turn is missing, or one was altered"
            elif before.version <= (last.state_before.version if last.state_before is not None else 0):
                yield f"it found version {before.version} of the conversation, as the turn before it did"

    def _end(self) -> Iterator[str]:
        chain, last = self._chain, self._last
        if self._missing or not chain.head_is_kept or self._next != chain.turns + 1:
            return
        if self._previous != chain.link:
            yield "its end was altered: the link that the conversation keeps is not that of its last turn"
        if last is None or last.erased:
            return
        state = state_or_bare(chain.state, chain.version, "")
        if _plain(state) != _plain(last.outcome.state):
            left = f"the conversation is not as turn {last.turn} left it"
            yield f"{left}: a later turn is missing, or its state was altered"
        elif chain.version <= (last.state_before.version if last.state_before is not None else 0):
            yield f"the conversation has version {chain.version}, which is not after turn {last.turn}"


def _plain(state: ConversationState) -> ConversationState:
    """Return a state without what changes between turns: what the store adds, and whether and where its person is
    reached: a delivery may have created their conversation anew.
    """
    anywhere = msgspec.structs.replace(state.reference, conversation="", service_url="")
    return msgspec.structs.replace(as_decided(state), unreachable="", reference=anywhere)


def oddities(entry: JournalEntry, before: datetime | None, revisions: Container[int] | None) -> list[str]:
    """Say what is odd about a turn. `before`: when the turn before it was; `revisions`: those there are, if known."""
    found: list[str] = []
    if before is not None and entry.at < before:
        found.append(f"the clock went backwards here: the turn before was at {before:%Y-%m-%d %H:%M:%S}")
    if entry.erased:
        return found
    if entry.erased_in_part:
        found.append("erased in part: somebody whose words it had was erased")
    if problem := why_not_known(entry.outcome.rules):
        found.append(problem)
    if revisions is not None and entry.outcome.revision not in revisions:
        found.append(f"revision {entry.outcome.revision}, which this turn was taken on, is missing")
    return found
