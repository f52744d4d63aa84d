"""The fields that a flow keeps of a person."""

from flows.model.bot import Bot
from flows.model.parts import QuestionPart, SetPart
from flows.walk import all_parts


def known_fields(bot: Bot) -> frozenset[str]:
    """Return the fields that may be read: the declared ones, or where none is declared those that something stores."""
    if bot.fields:
        return frozenset(bot.fields)
    return frozenset(
        part.field if isinstance(part, QuestionPart) else part.set
        for _, _, part in all_parts(bot)
        if isinstance(part, QuestionPart | SetPart)
    )
