"""What an answer button of a question sends back: `say:<label>`.

It is not signed, so anybody may type it: it answers the question that is open, and can do nothing else.
"""

from typing import Final

HEAD: Final = "say:"


def answer_payload(label: str) -> str:
    """Return the payload of an answer button."""
    return f"{HEAD}{label}"


def answer_in(payload: str) -> str | None:
    """Return the answer that a payload gives; None for the payload of another button."""
    return payload.removeprefix(HEAD) if payload.startswith(HEAD) else None
