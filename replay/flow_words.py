"""The words of a bot's flows, by revision, for what is shown masked."""

from collections.abc import Mapping

from flows.compile import number_of
from flows.own_lines import FlowWords
from flows.revision import Revision


class FlowTexts:
    """The words of a bot's revisions, each made when it is first asked for."""

    def __init__(self, revisions: Mapping[int, Revision]) -> None:
        self._revisions = revisions
        self._words: dict[int, FlowWords] = {}

    def number(self, number: int, digest: str) -> int:
        """Return the number of a revision that is named by its digest, or by its number."""
        return (number_of(self._revisions, digest) or 0) if digest else number

    def of(self, number: int) -> FlowWords | None:
        """Return the words of a revision; None where it is not there."""
        if number not in self._words:
            revision = self._revisions.get(number)
            if revision is None:
                return None
            self._words[number] = FlowWords(revision)
        return self._words[number]
