"""What a process of a preview does: it lives people again whose events come in pieces, and counts."""

from collections.abc import Sequence
from typing import NamedTuple

from messages.consent import ConsentChange
from messages.contact import Contact
from replay.merged_lives import Merged
from replay.preview import PersonPreview, Preview, Previewed
from replay.reading import Unreadable, read_turn
from storage.records import JournalEntry, RecordedTurn

RawEvent = RecordedTurn | ConsentChange | Merged | Contact
"""A `replay.preview.PersonEvent` whose turn is not read yet."""

_IN_PART = "erased in part, with somebody whose words it had, so nothing can be told of this person"


class Piece(NamedTuple):
    """Some events of one person, in order; `place` tells the person. After the last one nothing is kept of them."""

    place: int
    events: Sequence[RawEvent]
    is_last: bool


class PersonPreviewed(NamedTuple):
    """What came of one person: None where nothing could be told of them, and the turns for which that is so."""

    place: int
    previewed: Previewed | None
    unreadable: Sequence[Unreadable]
    turns: int
    """Those that were read, whatever came of them."""
    erased_turns: int


class _Person:
    """One person who is being lived again."""

    def __init__(self, preview: Preview, place: int) -> None:
        self._preview = preview
        self._person: PersonPreview | None = PersonPreview(preview)
        self._place = place
        self._problems: dict[str, Unreadable] = {}
        """The first of each conversation."""
        self._turns = self._erased = self._kept = 0

    def take(self, event: RawEvent) -> None:
        if not isinstance(event, RecordedTurn):
            if self._person is not None:
                self._person.take(event)
            return
        self._turns += 1
        entry = read_turn(event)
        if isinstance(entry, Unreadable):
            self._problems.setdefault(entry.conversation, entry)
        elif entry.erased_in_part:
            self._cannot(Unreadable(entry.conversation, f"turn {entry.turn}", _IN_PART))
        elif entry.erased:
            self._erased += 1
        elif self._preview.since is None or entry.at >= self._preview.since:
            self._live(entry)

    def _live(self, entry: JournalEntry) -> None:
        missing = self._preview.missing(entry)
        if missing is not None:
            self._cannot(missing)
        elif self._person is not None:
            self._kept += 1
            self._person.take(entry)

    def _cannot(self, problem: Unreadable) -> None:
        """Leave the person out: what follows depends on what can't be told."""
        self._problems.setdefault(problem.conversation, problem)
        self._person = None

    def end(self) -> PersonPreviewed:
        found = self._person.end() if self._person is not None and self._kept else None
        return PersonPreviewed(self._place, found, list(self._problems.values()), self._turns, self._erased)


class PreviewWorker:
    """Takes pieces of people, each person's in order."""

    def __init__(self, preview: Preview) -> None:
        self._preview = preview
        self._people: dict[int, _Person] = {}

    def take(self, pieces: Sequence[Piece]) -> list[PersonPreviewed]:
        """Take pieces; return what came of the people who are at their end."""
        done: list[PersonPreviewed] = []
        for piece in pieces:
            person = self._people.get(piece.place)
            if person is None:
                self._people[piece.place] = person = _Person(self._preview, piece.place)
            for event in piece.events:
                person.take(event)
            if piece.is_last:
                del self._people[piece.place]
                done.append(person.end())
        return done
