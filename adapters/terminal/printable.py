"""Text from elsewhere, made safe for a terminal."""

from unicodedata import category

_JOINERS = "\u200c\u200d"
"""They stand within words of some scripts, and within emoji."""


def printable(text: str) -> str:
    """Return text that can't steer the terminal: what is no visible character is shown as one replacement sign."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" or c in _JOINERS or _is_blank(c) else "\ufffd" for c in text)


def _is_blank(character: str) -> bool:
    """Tell whether a character is a blank of any width: French has a narrow one before `?`, Japanese a wide one."""
    return category(character) == "Zs"
