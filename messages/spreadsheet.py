"""Texts as a spreadsheet takes them for texts, whoever wrote them."""

import re

_MAY_BEGIN_A_FORMULA = re.compile(r"""(^|[,;\t\r\n|])(?=[ "\u00a0\u200b\ufeff]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])""")
"""Where a cell can begin whose text a spreadsheet would run. The file may be cut at another separator than ours."""


_SEPARATOR = re.compile(r"[,;\t\r\n|]")


def harmless(text: str) -> str:
    """Return a text with an apostrophe before whatever a spreadsheet would take for a formula."""
    if text[:1].isalnum() and not _SEPARATOR.search(text):
        return text
    return _MAY_BEGIN_A_FORMULA.sub(r"\1'", text)


def quoted(cell: str) -> str:
    """Return a cell of a CSV file, in quotes."""
    return '"' + cell.replace('"', '""') + '"'
