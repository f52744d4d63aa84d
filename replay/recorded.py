"""Recorded turns as they are read: entries, the revisions that they name, the flows of a bot that a store has."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from flows.compile import CompiledRevisions, HasDigest, RevisionSource, number_of
from flows.engine.turn import ConversationState, OfferedReply
from messages.codec import RecordDecoder
from messages.errors import StoreError
from messages.inbound import ButtonPressed, ButtonRef, InboundEvent, PushDue
from privacy.masking import FlowTexts
from storage.port import Revisions
from storage.records import JournalEntry, RecordedTurn

_decode = RecordDecoder[JournalEntry](JournalEntry)


class Unreadable(NamedTuple):
    """A recorded turn that can't be read, where it is, and why."""

    conversation: str
    place: str
    problem: str


def read_turn(recorded: RecordedTurn) -> JournalEntry | Unreadable:
    """Return the entry of a recorded turn, or why there is none: cut short, of an unknown schema, no record at all."""
    try:
        return _decode(recorded.record)
    except StoreError as error:
        return Unreadable(recorded.conversation, recorded.place, str(error))


def read_turns(recorded: Iterable[RecordedTurn]) -> tuple[list[JournalEntry], list[Unreadable]]:
    """Return the entries that can be read, in order, and the turns that can't."""
    entries: list[JournalEntry] = []
    unreadable: list[Unreadable] = []
    for turn in recorded:
        read = read_turn(turn)
        if isinstance(read, Unreadable):
            unreadable.append(read)
        else:
            entries.append(read)
    return entries, unreadable


Named = ButtonRef | OfferedReply | PushDue


def numbers_named(
    state: ConversationState | None, event: InboundEvent, live: HasDigest | None, revisions: Mapping[int, HasDigest]
) -> set[int]:
    """Return the numbers of the revisions that a turn may ask for, but for `live`, which it was taken on.

    A digest that no revision has gives none.
    """
    wanted = {state.run.revision} if state is not None and state.run is not None else set()
    for named in _named(state, event):
        number = number_named(named, live, revisions)
        if number is not None:
            wanted.add(number)
    return wanted


def number_named(named: Named, live: HasDigest | None, revisions: Mapping[int, HasDigest]) -> int | None:
    """Return the number of the revision that a button names; None for the live one and for a digest not known."""
    if not named.digest:
        return named.revision
    if live is not None and live.digest.startswith(named.digest):
        return None
    return number_of(revisions, named.digest)


def wanted_revisions(entry: JournalEntry, revisions: Mapping[int, HasDigest]) -> set[int]:
    """Return the numbers of the revisions that a recorded turn may have asked for, beside the live one."""
    live = revisions.get(entry.outcome.revision)
    return numbers_named(entry.state_before, entry.event, live, revisions)


def missing_revisions(entry: JournalEntry, revisions: Mapping[int, HasDigest]) -> list[str]:
    """Return how a turn names the revisions that it asks for and that are not there."""
    live = revisions.get(entry.outcome.revision)
    missing = [f"{number}" for number in sorted(wanted_revisions(entry, revisions) - revisions.keys())]
    digests = {named.digest for named in _named(entry.state_before, entry.event) if named.digest}
    known = [] if live is None else [live.digest]
    return missing + sorted(
        digest[:12]
        for digest in digests
        if number_of(revisions, digest) is None and not any(each.startswith(digest) for each in known)
    )


def _named(state: ConversationState | None, event: InboundEvent) -> Iterator[Named]:
    if state is not None:
        yield from state.offered
    if isinstance(event.action, ButtonPressed) and event.action.button is not None:
        yield event.action.button
    if isinstance(event.action, PushDue):
        yield event.action


def told_push(push: PushDue, now: datetime, revision: int) -> dict[str, Any]:
    """Tell a push with its times as seconds from `now`."""
    told = msgspec.to_builtins(msgspec.structs.replace(push, revision=revision, digest=""), builtin_types=(datetime,))
    return {name: value for name, value in _seconds(told, now).items() if name not in ("type", "digest")}


def _seconds(value: Any, now: datetime) -> Any:  # noqa: ANN401  # JSON values and times
    if isinstance(value, datetime):
        return round((value - now).total_seconds(), 3)
    if isinstance(value, Mapping):
        return {name: _seconds(each, now) for name, each in value.items()}
    return [_seconds(each, now) for each in value] if isinstance(value, list | tuple) else value


async def sources_of(store: Revisions, bot: str) -> dict[int, RevisionSource]:
    """Return all revisions of a bot as they were pushed, and those that runs of broadcasts were frozen in."""
    sources: dict[int, RevisionSource] = {}
    for info in (*await store.history(bot), *await store.kept_revisions(bot)):
        found = await store.revision(bot, info.number)
        if found is not None:
            sources[info.number] = RevisionSource(info.number, info.digest, found[1])
    return sources


async def flow_texts(store: Revisions, bot: str) -> FlowTexts:
    """Return the words of all revisions that the store has of a bot, for what is shown masked."""
    return FlowTexts(CompiledRevisions(bot, await sources_of(store, bot)))
