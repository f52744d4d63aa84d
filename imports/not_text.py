"""Files that are no lists: known by how they begin, and told by the name that people know them by."""

import re
from typing import Final

from messages.errors import BadInput

_AS_CSV: Final = "Open it in the program that made it, save it as CSV (one column), and upload that file"

_CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x1f\x7f]")
_CONTROLS_FOR_ONE = 20
"""A beginning with more than one control character in this many bytes is no text."""

_BEGINNINGS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"%PDF-", "a PDF document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an older Office file, such as an .xls workbook"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"{\\rtf", "a rich text document"),
)
_UTF_32: Final = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:(!doctype html|html)|\?xml)\b", re.IGNORECASE)


def refuse_known_files(head: bytes) -> None:
    """Refuse a file whose first bytes say that it is of another kind; raises BadInput, with its name and what to do."""
    kind = _kind(head)
    if kind is not None:
        raise BadInput(f"this is {kind}, not a list in a text file", place="line 1, byte 1", remedy=_AS_CSV)
    if head.startswith(_UTF_32):
        raise BadInput("this is text in UTF-32", place="line 1, byte 1", remedy="Save it as CSV in UTF-8")


def refuse_binary(head: bytes) -> None:
    """Refuse a file with many control characters at its beginning; raises BadInput, with the place of the first."""
    controls = [found.start() for found in _CONTROLS.finditer(head)]
    if len(controls) * _CONTROLS_FOR_ONE > len(head):
        raise not_text(head[controls[0]], head.count(b"\n", 0, controls[0]) + 1, controls[0])


def not_text(character: int, line: int, offset: int) -> BadInput:
    """Return the refusal of a file for a character that text does not hold, `offset` bytes from its beginning."""
    return BadInput(
        f"this file is not text: it holds the control character {character:#04x}",
        place=place(line, offset),
        remedy=_AS_CSV,
    )


def place(line: int, offset: int) -> str:
    """Return how a place is told: both counted from 1."""
    return f"line {line}, byte {offset + 1}"


def _kind(head: bytes) -> str | None:
    if head.startswith(b"PK\x03\x04"):
        return _kind_of_zip(head)
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            return kind
    markup = _MARKUP.match(head)
    if markup is None:
        return None
    return "a web page" if markup[1] else "an XML document"


def _kind_of_zip(head: bytes) -> str:
    if b"[Content_Types].xml" in head or b"xl/" in head:
        return "an Office file, such as an Excel workbook (.xlsx)"
    if b"vnd.oasis.opendocument" in head:
        return "an OpenDocument file, such as a LibreOffice sheet (.ods)"
    return "a zip archive"
