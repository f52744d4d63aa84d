"""A bot made ready to run."""

from flows.builtin_buttons import builtin_buttons
from flows.created_segments import segments_of
from flows.model.base import Localised, words_of
from flows.model.bot import Bot
from flows.personal import personal_messages
from flows.revision import PlacedButton, Revision
from flows.walk import conditioned_segments, known_fields, named_buttons_of
from keywords.index import KeywordIndex
from keywords.reserved import ReservedWords


def compile_revision(bot: Bot, number: int, digest: str) -> Revision:
    """Build a revision's indexes. Takes time in proportion to the bot; what comes out answers in constant time.

    `bot` has passed the checks; where two buttons share an id after all, the first one keeps it.
    """
    segments = segments_of(bot)
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
        keywords=_keyword_index(bot),
        segments=segments,
        personal=personal_messages(bot),
        fields=known_fields(bot),
        elsewhere=frozenset(name for _, name in conditioned_segments(bot) if name not in segments),
        reserved=reserved_words(bot),
        fallback=bot.languages[0],
    )


def _keyword_index(bot: Bot) -> KeywordIndex:
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
            (name, segment) for segment, listed in segments_of(bot).items() for name in (segment, *_texts(listed.name))
        ),
        called=(bot.bot, *_texts(bot.name)),
    )


def _texts(text: Localised) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text.values())
