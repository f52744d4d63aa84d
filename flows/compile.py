"""Compiles a checked flow into a revision, and the revisions of a bot as they are asked for."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, Protocol

from flows.builtin_buttons import builtin_buttons
from flows.model.base import Localised, words_of
from flows.model.bot import Bot, Message, Segment, words_of_link
from flows.model.buttons import OptInButton
from flows.model.parts import IfHoursPart
from flows.revision import PlacedButton, Revision
from flows.source.read import read_flow
from flows.template import names_in
from flows.walk import (
    PlacedPart,
    asks_last_seen,
    buttons_of,
    conditioned_segments,
    conditions_of,
    is_about_language,
    known_fields,
    named_buttons_of,
    parts_of,
)
from keywords.index import KeywordIndex
from keywords.normalise import normalise
from keywords.reserved import ReservedWords
from messages.consent import SEQUENCE, TOPIC, name_of_subject
from messages.errors import BadInput


def segments_of(bot: Bot) -> dict[str, Segment]:
    """Return all segments by id. One that a button creates, and `segments` does not list, is called by its id."""
    found = dict(bot.segments)
    for message_id, message in bot.messages.items():
        for _, _, button, _ in buttons_of(message_id, message):
            if isinstance(button, OptInButton) and button.create:
                found.setdefault(button.opt_in, Segment(name=button.opt_in))
    return found


def subjects_of(bot: Bot) -> dict[str, Segment]:
    """Return all that people can be in: segments by id, topics and sequences by `topic:ID` and `sequence:ID`."""
    topics = {TOPIC + name: topic for name, topic in bot.topics.items()}
    sequences = {SEQUENCE + name: sequence for name, sequence in bot.sequences.items()}
    return {**segments_of(bot), **topics, **sequences}


_OF_A_PERSON = frozenset({"contact", "field"})


def personal_messages(bot: Bot) -> frozenset[str]:
    """Return the messages that ask for a person's segments, tags or fields, or whose texts name the person."""
    shared = {name for name, texts in _shared_texts(bot) if any(_names(text) & _OF_A_PERSON for text in texts)}
    telling = _OF_A_PERSON | shared
    return frozenset(
        name
        for name, message in bot.messages.items()
        if any(_asks(bot, placed) for placed in parts_of(name, message))
        or any(_names(text) & telling for text in _personal_texts(name, message))
    )


def _shared_texts(bot: Bot) -> Iterator[tuple[str, list[Localised]]]:
    """The texts behind the placeholders `bot` and `segment`, which may name the person themselves."""
    yield "bot", [bot.name]
    for word, listed in (("segment", bot.segments), ("topic", bot.topics), ("sequence", bot.sequences)):
        yield word, [text for each in listed.values() for text in (each.name, each.purpose) if text is not None]


def _asks(bot: Bot, placed: PlacedPart) -> bool:
    if isinstance(placed.part, IfHoursPart):
        hours = bot.hours.get(placed.part.if_hours)
        return hours is None or hours.zone is None
    return any(not is_about_language(found.condition) for found in conditions_of(placed))


def _personal_texts(name: str, message: Message) -> Iterator[Localised]:
    for _, _, part in parts_of(name, message):
        yield from (text.text for text in part.texts() if text.kind not in _NOT_SAID)
    for _, _, button, _ in buttons_of(name, message):
        yield button.label


_NOT_SAID = frozenset({"value", "label"})


def _names(text: Localised) -> frozenset[str]:
    texts = (text,) if isinstance(text, str) else text.values()
    return frozenset(name for each in texts for name in names_in(each))


def compile_revision(bot: Bot, number: int, digest: str) -> Revision:
    """Build a revision's indexes. Takes time in proportion to the bot; what comes out answers in constant time.

    `bot` has passed the checks; where two buttons share an id after all, the first one keeps it.
    """
    segments = subjects_of(bot)
    buttons: dict[str, PlacedButton] = {}
    button_ids: dict[int, str] = {}
    for message_id, message in bot.messages.items():
        for button_id, found in named_buttons_of(message_id, message):
            buttons.setdefault(button_id, PlacedButton(button_id, found.button, message_id, found.on))
            button_ids[id(found.button)] = button_id
    for builtin in builtin_buttons(bot):
        buttons[builtin.id] = builtin
        button_ids[id(builtin.button)] = builtin.id
    return Revision(
        number=number,
        digest=digest,
        bot=bot,
        buttons=buttons,
        button_ids=button_ids,
        keywords=keyword_index(bot),
        segments=segments,
        personal=personal_messages(bot),
        fields=known_fields(bot),
        asks_last_seen=asks_last_seen(bot),
        elsewhere=frozenset(name for _, name in conditioned_segments(bot) if name not in segments),
        reserved=reserved_words(bot),
        fallback=bot.languages[0],
        links={normalise(words_of_link(name, link)): name for name, link in reversed(bot.links.items())},
    )


def keyword_index(bot: Bot) -> KeywordIndex:
    """Return a bot's keywords, each with the position of its rule."""
    is_words: list[tuple[str, int]] = []
    contains_words: list[tuple[str, int]] = []
    for position, rule in enumerate(bot.keywords):
        is_words.extend((word, position) for word in words_of(rule.is_ or ()))
        contains_words.extend((word, position) for word in words_of(rule.contains or ()))
    return KeywordIndex(is_words, contains_words)


def reserved_words(bot: Bot) -> ReservedWords:
    """Return a bot's consent words: the built-in ones and its own."""
    block = bot.unsubscribe
    return ReservedWords(
        stop=words_of(block.is_),
        start=words_of(block.resubscribe),
        help_words=words_of(block.help_words),
        segments=(
            (word, rule.segment, position)
            for position, rule in enumerate(block.segments)
            for word in words_of(rule.is_)
        ),
        names=(
            (name, subject)
            for subject, listed in subjects_of(bot).items()
            for name in (name_of_subject(subject), *_texts(listed.name))
        ),
        called=(bot.bot, *_texts(bot.name)),
    )


def _texts(text: Localised) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text.values())


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
    text = read_flow(source.text, f"{bot} revision {source.number}", pushed=True)
    return compile_revision(text.bot, source.number, source.digest)
