"""The segments of a bot: those that its file lists, and those that its buttons create."""

from flows.model.bot import Bot, Segment
from flows.model.buttons import OptInButton
from flows.walk import buttons_of


def segments_of(bot: Bot) -> dict[str, Segment]:
    """Return all segments by id. One that a button creates, and `segments` does not list, is called by its id."""
    found = dict(bot.segments)
    for message_id, message in bot.messages.items():
        for _, _, button, _ in buttons_of(message_id, message):
            if isinstance(button, OptInButton) and button.create:
                found.setdefault(button.opt_in, Segment(name=button.opt_in))
    return found
