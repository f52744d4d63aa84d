"""The revisions that recorded turns were taken on, compiled as they are asked for."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, Protocol

from flows.compile import compile_revision
from flows.revision import Revision
from flows.source.read import read_flow
from messages.errors import BadInput


class RevisionSource(NamedTuple):
    """A revision as it was pushed."""

    number: int
    digest: str
    text: str


class HasDigest(Protocol):
    """A revision, compiled or as it was pushed."""

    @property
    def digest(self) -> str: ...


def number_of(revisions: Mapping[int, HasDigest], digest: str) -> int | None:
    """Return the number of the first revision whose digest begins with `digest`, as `storage.port.Revisions` does."""
    if isinstance(revisions, CompiledRevisions):
        return revisions.number_of(digest)
    return min((number for number, each in revisions.items() if each.digest.startswith(digest)), default=None)


class CompiledRevisions(Mapping[int, Revision]):
    """Revisions of a bot by number. One that this version can't read is not there."""

    def __init__(self, bot: str, sources: Mapping[int, RevisionSource]) -> None:
        self._bot = bot
        self._sources = sources
        self._compiled: dict[int, Revision | None] = {}

    def __getitem__(self, number: int) -> Revision:
        if number not in self._compiled:
            self._compiled[number] = self._compile(self._sources[number])
        found = self._compiled[number]
        if found is None:
            raise KeyError(number)
        return found

    def number_of(self, digest: str) -> int | None:
        """Return the number of the first revision whose digest begins with `digest`; it is compiled when asked for."""
        return number_of(self._sources, digest)

    def _compile(self, source: RevisionSource) -> Revision | None:
        try:
            return compiled(self._bot, source)
        except BadInput:
            return None

    def __iter__(self) -> Iterator[int]:
        return (number for number in self._sources if number in self)

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and self.get(number) is not None

    def __len__(self) -> int:
        return sum(1 for _ in self)


def compiled(bot: str, source: RevisionSource) -> Revision:
    """Compile a revision. Raises BadInput for a text that is no flow."""
    text = read_flow(source.text, f"{bot} revision {source.number}")
    return compile_revision(text.bot, source.number, source.digest)
