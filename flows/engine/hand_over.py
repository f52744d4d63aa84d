"""What ends a hand-over to a person."""

from flows.engine.offers import own
from flows.engine.work import Work
from messages.outgoing import OutgoingText


def confirm_back(work: Work) -> None:
    """Say that the bot answers again."""
    work.say((OutgoingText(own("back", work)),), revision=work.snapshot.live.number)
