"""Which listed phrases cover the whole of a message."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple

from keywords.lists import (
    arabic,
    chinese,
    dutch,
    english,
    french,
    german,
    hindi,
    italian,
    japanese,
    polish,
    portuguese,
    spanish,
)
from keywords.normalise import Kind, Language, ReservedWord, Strength, as_typed, phrases
from keywords.phrases import Joined, Noun, Phrases, Role, Things, parts_of, plain, single_words

LISTS: tuple[Language, ...] = (
    english.LISTS,
    french.LISTS,
    spanish.LISTS,
    german.LISTS,
    italian.LISTS,
    portuguese.LISTS,
    dutch.LISTS,
    polish.LISTS,
    arabic.LISTS,
    hindi.LISTS,
    japanese.LISTS,
    chinese.LISTS,
)
"""The lists of each language."""


EVERYTHING: Final = frozenset(
    phrases(
        """
        everything, it all, all, all of it, all of them, all of this, all of these, all of that, all this,
        tout, toutes, tous, tout ça, tout cela, alles, todo, todos, todas, tutto, tutti, tutte, tudo, alle,
        wszystko, wszystkie, wszystkich, كل شيء, كلشي, كل شي, كل, جميع, सब, सब कुछ, सभी, sab, sab kuch, 一切
        """
    )
)
"""Scopes that mean everything where no name follows them: `tips and all`, but `all tips`."""

EVERY: Final = single_words(
    phrases(
        "all, any, every, tous, toutes, alle, allen, todos, todas, tutti, tutte, wszystkie, wszystkich, كل, جميع, सभी"
    )
)
"""Little words that make messages in general all there are, with a word of `AND` beside them: `and all messages`."""

AND: Final = single_words(phrases("and, plus, et, und, y, e, en, i, oraz, aur, और"))
"""Words that join what a stop is about."""


_SAYS_EVERYTHING = re.compile(rf"(?<!\S)(?:{'|'.join(map(re.escape, EVERYTHING))})(?!\S)")


def says_everything(phrase: str) -> bool:
    """Tell whether a phrase that stops has a scope that means everything in it: `stop everything`."""
    return _SAYS_EVERYTHING.search(phrase) is not None


_KEPT: Final = frozenset(("news", "nouvelles"))
_SHORTEST: Final = 3


def numbers_of(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return a name with its first or its last word in the other number, where that is one plain *s* more or less:
    `walks` and `walk`, `conseils du lundi` and `conseil du lundi`.
    """
    found = []
    for at in dict.fromkeys((0, len(words) - 1)):
        other = _other_number(words[at])
        if other:
            found.append((*words[:at], other, *words[at + 1 :]))
    return found


def _other_number(word: str) -> str:
    if word in _KEPT or not all(unicodedata.name(letter, "").startswith("LATIN") for letter in word):
        return ""
    if word.endswith("s"):
        one = word[:-1]
        return one if len(one) >= _SHORTEST and one[-1] not in "ius" else ""
    return f"{word}s" if len(word) >= _SHORTEST and word[-1] not in "xyz" else ""


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
    stopping, *others = (one.words for one in lists)
    known = (_words(), names.words, others[-1])
    for said in words:
        if not any(said in one for one in known) and not any(form in one for form in as_typed(said) for one in known):
            return {}
    if not any(form in stopping or form in others[-1] for said in words for form in as_typed(said)):
        return {}
    things = Things(words, determiners(), nouns(), names, fillers(), Joined(EVERY, AND))
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


def _stop(role: int, strength: Strength, language: str) -> Callable[[str], Piece]:
    def piece(text: str) -> Piece:
        everything = Role.EVERYTHING if role == Role.STRONG and says_everything(text) else 0
        return Piece(role | everything, ReservedWord("stop", strength, text, language=language))

    return piece


def _frame(language: str, parts: Mapping[str, Sequence[str]]) -> Callable[[str], Piece]:
    """Make the word of a phrase with parts, written with the first of each part's words: `stop sending me …`."""

    def piece(frame: str) -> Piece:
        return Piece(Role.STRONG, ReservedWord("stop", "strong", plain(frame, parts), language=language))

    return piece


def _word(kind: Kind, strength: Strength, language: str) -> Callable[[str], ReservedWord]:
    return lambda text: ReservedWord(kind, strength, text, language=language)


@cache
def stops() -> Phrases[Piece]:
    """Return what stops: strong and soft phrases. These lists are made when they are first asked for."""
    found: Phrases[Piece] = Phrases()
    for lists in LISTS:
        strong = _stop(Role.STRONG, "strong", lists.language)
        found.add_all(_all_of(lists.strong), strong, compact=True)
        found.add_all(_all_of(lists.soft), _stop(Role.SOFT, "soft", lists.language))
        parts = {name: phrases(texts) for name, texts in lists.parts}
        found.add_frames(phrases(lists.frames), _frame(lists.language, parts), parts_of(parts))
    return found


def _all_of(sourced: Iterable[tuple[str, str]]) -> list[str]:
    return [text for _, texts in sourced for text in phrases(texts)]


@cache
def fillers() -> Phrases[Piece]:
    """Return words of politeness."""
    found: Phrases[Piece] = Phrases()
    for lists in LISTS:
        found.add_all(phrases(lists.request), lambda _: Piece(Role.REQUEST))
    for lists in LISTS:
        found.add_all(phrases(lists.polite), lambda _: Piece(Role.POLITE))
    return found


@cache
def starts_and_helps() -> Phrases[ReservedWord]:
    """Return what starts and helps, as whole messages."""
    found: Phrases[ReservedWord] = Phrases()
    for lists in LISTS:
        kinds: tuple[Kind, Kind] = ("start", "help")
        for kind, sourced in zip(kinds, (lists.start, lists.help), strict=True):
            for strength, _, texts in sourced:
                word = _word(kind, strength, lists.language)
                found.add_all(phrases(texts), word, compact=strength == "strong")
    return found


@cache
def questions() -> Phrases[str]:
    """Return what asks about the person's own subscriptions, as whole messages: `subscriptions`, or `why`."""
    found: Phrases[str] = Phrases()
    for lists in LISTS:
        found.add_all(phrases(lists.subscriptions), lambda _: "subscriptions", compact=True)
        found.add_all(phrases(lists.why), lambda _: "why")
    return found


def _about(text: str) -> Noun:
    return Noun(Role.ABOUT | Role.EVERYTHING if text in EVERYTHING else Role.ABOUT, fills=False)


@cache
def nouns() -> Phrases[Noun]:
    """Return what a stop may be about."""
    found: Phrases[Noun] = Phrases()
    for lists in LISTS:
        found.add_all(phrases(lists.scope), _about)
        found.add_all(phrases(lists.nouns), lambda _: Noun(Role.ABOUT, general=True))
        found.add_all(phrases(lists.channels), lambda _: Noun(Role.ABOUT))
        found.add_all(phrases(lists.topics), lambda _: Noun(Role.TOPIC))
        found.add_all(phrases(lists.asides), lambda _: Noun(Role.TOPIC, fills=False))
    return found


@cache
def determiners() -> frozenset[str]:
    """Return little words that may stand before what a stop is about."""
    return single_words(text for lists in LISTS for text in phrases(lists.determiners))


@cache
def _words() -> frozenset[str]:
    """Return every word of the built-in lists that can stand in a message that stops."""
    return determiners().union(nouns().words, stops().words, fillers().words)
