"""Which listed phrases cover the whole of a message."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from keywords.builtin import LISTS
from keywords.phrases import Joined, Noun, Phrases, Role, Things, parts_of, single_words
from keywords.scopes import AND, EVERY, EVERYTHING, says_everything
from keywords.spelling import as_typed
from keywords.word import ReservedWord, Word, phrases, words_of


class Piece(NamedTuple):
    """What a phrase is to a message, and the consent word that it is."""

    role: int
    word: ReservedWord | None = None


class Cover(NamedTuple):
    """A way to cover a message: by what, and about which segments, as they are named."""

    roles: int
    segments: tuple[str, ...]


Covers = Mapping[Cover, ReservedWord | None]
"""The ways to cover a message, each with the word that decides: the first strong one, the builder's, the soft one."""

_EMPTY = Cover(0, ())
_DECIDING = Role.STRONG | Role.SOFT | Role.OWN


def covers(words: Sequence[str], lists: Sequence[Phrases[Piece]], names: Phrases[str]) -> Covers:
    """Return the ways in which listed phrases and the names of segments cover all the words.

    The first of the lists is what stops, the last one the builder's. Takes time in proportion to the number of words:
    there are a few ways at each of them at most. Most messages have a word that no list has, and need no further look.
    """
    typed = [as_typed(word) for word in words]
    stops, *others = (one.words for one in lists)
    if not any(one in stops or one in others[-1] for forms in typed for one in forms):
        return {}
    known = (_WORDS, names.words, stops, *others)
    if not all(any(one in listed for one in forms for listed in known) for forms in typed):
        return {}
    things = Things(words, DETERMINERS, NOUNS, names, FILLERS, Joined(EVERY, AND))
    reached: dict[int, dict[Cover, ReservedWord | None]] = {0: {_EMPTY: None}}
    for at in range(len(words)):
        before = reached.pop(at, None)
        if not before:
            continue
        for end, piece, segment in _pieces(words, at, lists, things):
            after = reached.setdefault(end, {})
            for cover, word in before.items():
                if (joined := _join(cover, word, piece, segment)) is not None:
                    after.setdefault(joined, word or piece.word)
    return reached.get(len(words), {})


def _pieces(
    words: Sequence[str], at: int, lists: Sequence[Phrases[Piece]], things: Things
) -> Iterator[tuple[int, Piece, str]]:
    for one in lists:
        for end, piece, filled in one.at(words, at, things):
            if filled is None:
                yield end, piece, ""
            else:
                yield end, Piece(piece.role | filled.noun.role, piece.word), filled.segment
    for thing in things.at(at):
        yield thing.end, Piece(thing.noun.role), thing.segment


def _join(cover: Cover, word: ReservedWord | None, piece: Piece, segment: str) -> Cover | None:
    """Return a cover with a piece more, None where the two don't go together.

    One soft word (`quit, quit`) and no strong one beside it (`cancel stop` may well take a stop back), one word of the
    builder's.
    """
    roles = cover.roles
    if piece.role & Role.STRONG and (roles & (Role.SOFT | Role.OWN) or _mixes(word, piece.word)):
        return None
    if piece.role & (Role.SOFT | Role.OWN) and roles & _DECIDING and word != piece.word:
        return None
    segments = cover.segments
    if segment and segment not in segments:
        segments = (*segments, segment)
    return Cover(roles | piece.role, segments)


def _mixes(first: ReservedWord | None, second: ReservedWord | None) -> bool:
    """Tell whether two phrases are Japanese and Chinese: `通知不要` says no in one, and means the contrary in the other
    where `退订` follows.
    """
    return first is not None and second is not None and {first.language, second.language} == {"ja", "zh"}


def _reserved(word: Word) -> ReservedWord:
    return ReservedWord(word.kind, word.strength, word.text, language=word.language)


def _stops() -> Phrases[Piece]:
    found: Phrases[Piece] = Phrases()
    for lists in LISTS:
        for word in words_of(lists):
            if word.kind == "stop":
                strong = word.strength == "strong"
                role = Role.STRONG if strong else Role.SOFT
                if strong and says_everything(word.text):
                    role |= Role.EVERYTHING
                found.add(word.text, Piece(role, _reserved(word)), compact=strong)
        parts = parts_of((name, phrases(texts)) for name, texts in lists.parts)
        for frame in phrases(lists.frames):
            piece = Piece(Role.STRONG, ReservedWord("stop", "strong", frame, language=lists.language))
            found.add(frame, piece, parts=parts)
    return found


def _fillers() -> Phrases[Piece]:
    found: Phrases[Piece] = Phrases()
    for lists in LISTS:
        for text in phrases(lists.request):
            found.add(text, Piece(Role.REQUEST))
    for lists in LISTS:
        for text in phrases(lists.polite):
            found.add(text, Piece(Role.POLITE))
    return found


def _starts_and_helps() -> Phrases[ReservedWord]:
    found: Phrases[ReservedWord] = Phrases()
    for lists in LISTS:
        for word in words_of(lists):
            if word.kind != "stop":
                found.add(word.text, _reserved(word), compact=word.strength == "strong")
    return found


def _nouns() -> Phrases[Noun]:
    found: Phrases[Noun] = Phrases()
    for lists in LISTS:
        for listed, noun in (
            (lists.scope, Noun(Role.ABOUT, fills=False)),
            (lists.nouns, Noun(Role.ABOUT, general=True)),
            (lists.channels, Noun(Role.ABOUT)),
            (lists.topics, Noun(Role.TOPIC)),
            (lists.asides, Noun(Role.TOPIC, fills=False)),
        ):
            for text in phrases(listed):
                is_all = listed is lists.scope and text in EVERYTHING
                found.add(text, noun._replace(role=noun.role | Role.EVERYTHING) if is_all else noun)
    return found


STOPS = _stops()
"""What stops: strong and soft phrases."""
FILLERS = _fillers()
"""Words of politeness."""
STARTS_AND_HELPS = _starts_and_helps()
"""What starts and helps, as whole messages."""
NOUNS = _nouns()
"""What a stop may be about."""
DETERMINERS = single_words(text for lists in LISTS for text in phrases(lists.determiners))
"""Little words before these."""
_WORDS = NOUNS.words | DETERMINERS
