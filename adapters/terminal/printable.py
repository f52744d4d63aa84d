"""Text from elsewhere, made safe for a terminal. Apart from what draws, so that a check of a flow needs no Rich."""

from unicodedata import category

_JOINERS = "\u200c\u200d"
"""Used within words of some scripts, and within emoji."""


def printable(text: str) -> str:
    """Return text that can't steer the terminal: what is no visible character is shown as one replacement sign."""
    if text.isprintable():
        return text
    return "".join(c if c == "\n" or is_shown(c) else "\ufffd" for c in text)


def is_shown(character: str) -> bool:
    """Tell whether a terminal shows a character as itself: also blanks, of which French has a narrow one before `?` and
    Japanese a wide one.
    """
    return character.isprintable() or character in _JOINERS or category(character) == "Zs"
