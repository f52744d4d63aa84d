"""The revisions that recorded turns name: by number, or by digest as newer payloads do."""

from collections.abc import Iterator, Mapping

from flows.compile import HasDigest, number_of
from flows.engine.turn import ConversationState, OfferedReply
from messages.inbound import ButtonPressed, ButtonRef, InboundEvent
from storage.records import JournalEntry

Named = ButtonRef | OfferedReply


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
