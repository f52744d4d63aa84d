"""Words that are about consent: the built-in ones, and those a builder adds.

A message stops if strong phrases and words of politeness and scope cover all of it. Any other word, a negation
included, makes it no stop. docs/consent.md says the rule as people read it.
"""

import re
from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from keywords.covers import (
    Covers,
    Piece,
    covers,
    determiners,
    fillers,
    nouns,
    numbers_of,
    questions,
    starts_and_helps,
    stops,
)
from keywords.normalise import LIMIT, Kind, ReservedWord, normalise, tokens, words_apart
from keywords.phrases import Phrases, Role, Things

_STOP_SIGN = "\N{OCTAGONAL SIGN}"

_SIGNATURE = re.compile(
    r"(?<=\S)\s*\n\s*(?:"
    r"--[ \t]*\n.*"
    r"|(?:sent (?:from|via) |get outlook|envoy[ée] (?:de|à partir)|enviado (?:de|a trav|via|com)|gesendet (?:von|mit)"
    r"|von meinem [^\n]+ gesendet|inviato da|verzonden (?:van|met)|verstuurd vana|wysłan[eo] z"
    r"|أرسلت من|تم الإرسال|मेरे [^\n]+ से भेजा|iphoneから送信|(?:从|從|发自|發自)我的)[^\n]*"
    r")\Z",
    re.IGNORECASE | re.DOTALL,
)
_MENTION_BEHIND = re.compile(r"(?<=\S)(?:\s+[@＠][^\W_][\w.-]*)+\s*\Z")
_BARE_NO = re.compile(
    r"\A\s*(?:(?:no|nope|non|nein|nee|nie|não|nao|لا|नहीं|nahi|いや|いいえ|不|sí|si|sì)(?:\s*[,.!;:،。、，！；…]+\s*|\s+[-–—]+\s+))+(?=\S)",
    re.IGNORECASE,
)


def heard(text: str) -> str:
    """Return a message, normalised, without what the device or the channel put behind it: a signature, a mention.

    Empty for a message that is too long to be one of the listed ones.
    """
    if len(text) > LIMIT and len(text := " ".join(text.split())) > LIMIT:
        return ""
    if _STOP_SIGN in text:
        text = text.replace(_STOP_SIGN, " stop ")
    if "\n" in text:
        text = _SIGNATURE.sub("", text)
    if "@" in text or "＠" in text:
        text = _MENTION_BEHIND.sub("", text)
    return normalise(text)


def after_no(text: str) -> str:
    """Return a message without a *no* that is set off by punctuation: `No, stop!`, but not `no stop` or `non-stop`."""
    return _BARE_NO.sub("", text[:LIMIT]) if len(text) <= LIMIT else text


__all__ = ["ReservedWord", "ReservedWords", "core", "holds_strong_word", "question_asked", "reserved"]

_MAX_WORDS: Final = 8
_MAX_CHARACTERS: Final = 40

_ASKED = Role.REQUEST | Role.POLITE
_SEGMENTS = Role.STRONG | _ASKED | Role.ABOUT | Role.TOPIC | Role.NAMED
_BROAD = Role.STRONG | _ASKED | Role.ABOUT | Role.EVERYTHING
_WIDE = _SEGMENTS | Role.EVERYTHING
_NAMED = Role.STRONG | Role.NAMED
_OWN = Role.OWN | _ASKED
_SOFT = Role.SOFT | Role.REQUEST

_NO_NAMES: Phrases[str] = Phrases()


class ReservedWords:
    """The consent words of one revision: the built-in ones and the builder's. A builder can add, never take away.

    `segments` pairs each word with the segment that it stops and the position of its rule; `names` pairs what people
    may call a segment with the segment; `called` is what they may call the bot.
    """

    def __init__(
        self,
        *,
        stop: Iterable[str] = (),
        start: Iterable[str] = (),
        help_words: Iterable[str] = (),
        segments: Iterable[tuple[str, str, int]] = (),
        names: Iterable[tuple[str, str]] = (),
        called: Iterable[str] = (),
    ) -> None:
        self._own: Phrases[ReservedWord] = Phrases()
        self._pieces: Phrases[Piece] = Phrases()
        self._rules: dict[str, int] = {}
        for text, segment, rule in segments:
            self._rules.setdefault(segment, rule)
            self._add(ReservedWord("stop", "strong", text, segment=segment, rule=rule))
        kinds: tuple[tuple[Kind, Iterable[str]], ...] = (("stop", stop), ("start", start), ("help", help_words))
        for kind, texts in kinds:
            for text in texts:
                self._add(ReservedWord(kind, "strong", text))
        for text in called:
            self._pieces.add(text, Piece(Role.POLITE))
        self._names = _named(names)

    def _add(self, word: ReservedWord) -> None:
        self._own.add(word.word, word, compact=True)
        if word.kind == "stop":
            self._pieces.add(word.word, Piece(Role.OWN, word), compact=True)

    def match(self, text: str) -> ReservedWord | None:
        """Return the consent word that a message is, as it was typed or normalised, or None."""
        words = tokens(heard(text))
        if not words:
            return None
        found = self._covers(words)
        out = found if found or (rest := after_no(text)) == text else self._covers(tokens(heard(rest)))
        if not out:
            return _whole(self._own, words) or _whole(starts_and_helps(), words)
        named = _best(out, _NAMED, _SEGMENTS)
        return (
            (None if named else _best(out, Role.STRONG, _BROAD))
            or _whole(self._own, words)
            or _best(found, Role.OWN, _OWN)
            or (named and self._of_segment(named))
            or _best(out, _NAMED | Role.EVERYTHING, _WIDE)
            or _best(out, Role.STRONG, _BROAD | Role.TOPIC)
            or _whole(starts_and_helps(), words)
            or _best(found, Role.SOFT, _SOFT)
        )

    def holds_strong_word(self, text: str) -> bool:
        """Tell whether a short message has a strong phrase anywhere: it may have meant a stop, and can be asked.

        Short is at most eight words, or 40 characters where words are not written apart.
        """
        said = heard(text)
        if len(said) > _MAX_CHARACTERS if not words_apart(said) else said.count(" ") >= _MAX_WORDS:
            return False
        words = tokens(said)
        things = Things(words, determiners(), nouns(), self._names, fillers())
        return any(
            piece.role & (Role.STRONG | Role.OWN)
            for at in range(len(words))
            for lists in (stops(), self._pieces)
            for _, piece, _ in lists.at(words, at, things)
        )

    def _covers(self, words: tuple[str, ...]) -> Covers:
        return covers(words, (stops(), fillers(), self._pieces), self._names)

    def _of_segment(self, word: ReservedWord) -> ReservedWord:
        return replace(word, rule=self._rules.get(word.segment, -1))


def _best(found: Covers, needed: int, allowed: int) -> ReservedWord | None:
    for cover, word in found.items():
        if word is not None and cover.roles & needed == needed and not cover.roles & ~allowed:
            if not cover.segments or cover.roles & Role.EVERYTHING:
                return word
            return replace(word, segment=cover.segments[0], further=cover.segments[1:])
    return None


def _whole(phrases: Phrases[ReservedWord], words: tuple[str, ...]) -> ReservedWord | None:
    if not phrases.words:
        return None
    return next((word for end, word, _ in phrases.at(words, 0) if end == len(words)), None)


def _named(names: Iterable[tuple[str, str]]) -> Phrases[str]:
    """Return what segments are called: their names, and what each is called besides, where that means no other one."""
    found: Phrases[str] = Phrases()
    besides: dict[tuple[str, ...], set[str]] = {}
    for text, segment in names:
        words = tokens(normalise(text))
        if words and _is_a_name(words):
            found.add(text, segment)
        called = _called(words)
        for each in (*called, *(other for one in called for other in numbers_of(one))):
            besides.setdefault(each, set()).add(segment)
    for words, segments in besides.items():
        if len(segments) == 1 and _is_a_name(words):
            found.add(" ".join(words), *segments)
    return found


def _called(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return what a segment of this name is called besides: the name without the article before it, and a topic of it
    (`tips` of `Monday tips`).
    """
    bare = [words[at:] for at in range(len(words)) if determiners().issuperset(words[:at]) and _is_a_name(words[at:])]
    topics = [
        words[at:end] for at in range(len(words)) for end, noun, _ in nouns().at(words, at) if noun.role == Role.TOPIC
    ]
    return bare + topics


def _is_a_name(words: tuple[str, ...]) -> bool:
    """Tell whether words are none that the lists cover, topics aside."""
    return not any(
        not roles & ~(_BROAD | Role.SOFT) for roles, _ in covers(words, (stops(), fillers(), fillers()), _NO_NAMES)
    )


_BUILT_IN = ReservedWords()


def reserved(text: str) -> ReservedWord | None:
    """Return the built-in word that a message is, or None."""
    return _BUILT_IN.match(text)


def question_asked(text: str) -> str:
    """Return what a whole message asks about the person's own subscriptions: `subscriptions`, `why`, or nothing ("").

    These are no consent words: a builder's own keyword and an open question come first.
    """
    words = tokens(core(heard(text)))
    return next((found for end, found, _ in questions().at(words, 0) if end == len(words)), "") if words else ""


def holds_strong_word(text: str) -> bool:
    """Tell whether a short message has a strong built-in phrase anywhere: see `ReservedWords.holds_strong_word`."""
    return _BUILT_IN.holds_strong_word(text)


def core(normalised: str) -> str:
    """Return an answer without the words that ask for it, at either end: `quit please` is `quit`."""
    words = normalised.split(" ")
    while len(words) > 1 and (cut := _asked(words)) is not None:
        words = cut
    return " ".join(words)


def _asked(words: list[str]) -> list[str] | None:
    for size in range(min(_LONGEST_REQUEST, len(words) - 1), 0, -1):
        if _is_request(words[:size]):
            return words[size:]
        if _is_request(words[-size:]):
            return words[:-size]
    return None


def _is_request(words: list[str]) -> bool:
    cut = tokens(" ".join(words))
    return any(end == len(cut) and piece.role == Role.REQUEST for end, piece, _ in fillers().at(cut, 0))


_LONGEST_REQUEST: Final = 4
