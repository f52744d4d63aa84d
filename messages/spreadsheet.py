"""Texts as a spreadsheet takes them for texts, whoever wrote them, and back."""

import re

_FORMULA = r"""[ "\u00a0\u200b\ufeff]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]"""
_MAY_BEGIN_A_FORMULA = re.compile(rf"(^|[,;\t\r\n|])(?='*{_FORMULA})")
"""Where a cell can begin whose text a spreadsheet would run. The file may be cut at another separator than ours. A text
that has an apostrophe there gets one more, so that it is known which one is ours."""
_GUARDED = re.compile(rf"(^|[,;\t\r\n|])'(?='*{_FORMULA})")

_SEPARATOR = re.compile(r"[,;\t\r\n|]")


def harmless(text: str) -> str:
    """Return a text with an apostrophe before whatever a spreadsheet would take for a formula."""
    if text[:1].isalnum() and not _SEPARATOR.search(text):
        return text
    return _MAY_BEGIN_A_FORMULA.sub(r"\1'", text)


def unguarded(text: str) -> str:
    """Return the text that `harmless` was given."""
    return _GUARDED.sub(r"\1", text) if "'" in text else text


def quoted(cell: str) -> str:
    """Return a cell of a CSV file, in quotes."""
    return '"' + cell.replace('"', '""') + '"'
