"""The text of an uploaded file: UTF-8, UTF-16 or Windows-1252, told by its bytes; other kinds of file are refused by
the name that people know them by.

A file is decoded chunk by chunk, so that its size does not matter. Where the chunks are cut makes no difference.
"""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
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


UTF_8: Final = "UTF-8"
UTF_16_LE: Final = "UTF-16 LE"
UTF_16_BE: Final = "UTF-16 BE"
WINDOWS_1252: Final = "Windows-1252"


def _cp1252_decode(data: bytes, errors: str, final: bool) -> tuple[str, int]:  # noqa: ARG001 - as the others
    return data.decode("cp1252", errors), len(data)


_DECODERS: Final[dict[str, Callable[[bytes, str, bool], tuple[str, int]]]] = {
    UTF_8: codecs.utf_8_decode,
    UTF_16_LE: codecs.utf_16_le_decode,
    UTF_16_BE: codecs.utf_16_be_decode,
    WINDOWS_1252: _cp1252_decode,
}
_CODECS: Final = {UTF_8: "utf-8", UTF_16_LE: "utf-16-le", UTF_16_BE: "utf-16-be", WINDOWS_1252: "cp1252"}
_BOMS: Final = ((codecs.BOM_UTF8, UTF_8), (codecs.BOM_UTF16_LE, UTF_16_LE), (codecs.BOM_UTF16_BE, UTF_16_BE))

_HEAD = 4096
"""Bytes at the beginning from which the kind of file is told."""

_PAIRS_FOR_ONE = 10
"""Text is UTF-16 if at least one in this many pairs of bytes has a NUL, always on the same side."""


class Text:
    """The text of a file, read once; `encoding` says how, and is final when all is read.

    A file without a byte order mark is UTF-8 until a byte says otherwise. If all before it was ASCII, the file is
    Windows-1252; if not, it is refused, as nobody can say which half is right.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self.encoding = UTF_8
        self._marked = False
        self._ascii = True
        self._undecoded = b""
        self._offset = 0
        self._breaks = 0
        self._after_cr = False

    def __iter__(self) -> Iterator[str]:
        """Yield the text in parts; raises BadInput, with line and byte, where the file is no text."""
        head = b""
        for chunk in self._chunks:
            head += chunk
            if len(head) >= _HEAD:
                break
        yield from self._decode(head[self._begin(head[:_HEAD]) :])
        for chunk in self._chunks:
            yield from self._decode(chunk)
        yield from self._decode(b"", final=True)

    def _begin(self, head: bytes) -> int:
        """Settle what the beginning tells; return the length of the byte order mark."""
        refuse_known_files(head)
        for mark, encoding in _BOMS:
            if head.startswith(mark):
                self.encoding = encoding
                self._marked = True
                self._offset = len(mark)
                break
        else:
            self.encoding = _by_nuls(head)
        if self.encoding == UTF_8:
            refuse_binary(head)
        return self._offset

    def _decode(self, chunk: bytes, *, final: bool = False) -> Iterator[str]:
        data = self._undecoded + chunk
        try:
            text, used = _DECODERS[self.encoding](data, "strict", final)
        except UnicodeDecodeError as error:
            if self.encoding == UTF_8 and not self._marked and self._ascii and data[: error.start].isascii():
                self.encoding = WINDOWS_1252
                yield from self._decode(chunk, final=final)
                return
            text, _ = _DECODERS[self.encoding](data[: error.start], "strict", final)
            yield from self._checked(text)
            raise self._undecodable(data[error.start], self._offset + error.start) from None
        yield from self._checked(text)
        self._offset += used
        self._undecoded = data[used:]
        self._ascii = self._ascii and text.isascii()

    def _checked(self, text: str) -> Iterator[str]:
        """Yield the text up to a NUL, if it has one, and then refuse it."""
        nul = text.find("\0")
        good = text if nul < 0 else text[:nul]
        if good:
            self._count_lines(good)
            yield good
        if nul >= 0:
            raise not_text(0, self._line, self._offset + len(good.encode(_CODECS[self.encoding])))

    def _count_lines(self, text: str) -> None:
        self._breaks += text.count("\n")
        if "\r" in text:
            self._breaks += text.count("\r") - text.count("\r\n")
        if self._after_cr and text[0] == "\n":
            self._breaks -= 1
        self._after_cr = text[-1] == "\r"

    @property
    def _line(self) -> int:
        return self._breaks + 1

    def _undecodable(self, byte: int, offset: int) -> BadInput:
        return BadInput(
            f"the byte {byte:#04x} has no meaning in {self.encoding}, which this file seems to be in",
            place=place(self._line, offset),
            remedy="Save it as CSV in UTF-8",
        )


def _by_nuls(head: bytes) -> str:
    """Return the encoding that the NULs of a beginning without a mark speak for. UTF-16 has no odd number of bytes."""
    if len(head) % 2:
        return UTF_8
    even, odd = head[::2].count(0), head[1::2].count(0)
    enough = len(head) / 2 / _PAIRS_FOR_ONE
    if odd and not even and odd >= enough:
        return UTF_16_LE
    if even and not odd and even >= enough:
        return UTF_16_BE
    return UTF_8
