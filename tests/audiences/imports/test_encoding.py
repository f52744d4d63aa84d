"""The text of a file comes out whatever program saved it, and what is no text is refused by name."""

import codecs
import io
import zipfile
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiences.imports.text import UTF_8, UTF_16_BE, UTF_16_LE, WINDOWS_1252, Text
from messages.errors import BadInput

LIST = "Ana@x.org\r\nrené@café.example\r\n"


def read(data: bytes, *cuts: int) -> tuple[str, str]:
    places = [0, *sorted(cuts), len(data)]
    text = Text(data[begin:end] for begin, end in pairwise(places))
    return "".join(text), text.encoding


def refusal(data: bytes, *cuts: int) -> str:
    with pytest.raises(BadInput) as refused:
        read(data, *cuts)
    return str(refused.value)


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (LIST.encode(), UTF_8),
        (codecs.BOM_UTF8 + LIST.encode(), UTF_8),
        (codecs.BOM_UTF16_LE + LIST.encode("utf-16-le"), UTF_16_LE),
        (codecs.BOM_UTF16_BE + LIST.encode("utf-16-be"), UTF_16_BE),
        (LIST.encode("utf-16-le"), UTF_16_LE),
        (LIST.encode("utf-16-be"), UTF_16_BE),
        (LIST.encode("cp1252"), WINDOWS_1252),
    ],
)
def test_each_encoding_is_told_by_its_bytes_wherever_the_chunks_are_cut(data: bytes, encoding: str) -> None:
    assert read(data) == (LIST, encoding)
    assert read(data, *range(1, len(data))) == (LIST, encoding)


def test_utf_16_without_latin_letters_is_known_by_its_line_ends() -> None:
    text = "почта@пример.рф\r\n" * 3
    assert read(text.encode("utf-16-le")) == (text, UTF_16_LE)


def test_an_empty_file_is_empty_text() -> None:
    assert read(b"") == ("", UTF_8)
    assert read(codecs.BOM_UTF8) == ("", UTF_8)
    assert read(codecs.BOM_UTF16_LE) == ("", UTF_16_LE)


def test_an_accent_late_in_the_file_tells_windows_1252_too() -> None:
    plain = b"ana@x.org\n" * 5000
    assert read(plain + b"ren\xe9@x.org\n", 4096, 20000) == (plain.decode() + "rené@x.org\n", WINDOWS_1252)


def archive(name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as zipped:
        zipped.writestr(name, "x")
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (archive("[Content_Types].xml"), "Excel workbook (.xlsx)"),
        (archive("mimetype.application/vnd.oasis.opendocument.spreadsheet"), "LibreOffice sheet (.ods)"),
        (archive("list.csv"), "a zip archive"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ".xls workbook"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>', "an XML document"),
    ],
)
def test_other_kinds_of_file_are_called_by_their_name(data: bytes, kind: str) -> None:
    told = refusal(data)
    assert told == refusal(data, 1, 2, 3)
    assert told.startswith("line 1, byte 1: this is ")
    assert kind in told
    assert "save it as CSV" in told


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"ana@x.org\r\nben\0@x.org\n", "line 2, byte 15: this file is not text: it holds the control character 0x00"),
        ("é\rb\0".encode(), "line 2, byte 5: this file is not text: it holds the control character 0x00"),
        (b"a\n" + bytes(range(1, 9)), "line 2, byte 3: this file is not text: it holds the control character 0x01"),
        ("é\nb".encode() + b"\xff", "line 2, byte 5: the byte 0xff has no meaning in UTF-8"),
        (codecs.BOM_UTF8 + b"a\n\xe9", "line 2, byte 6: the byte 0xe9 has no meaning in UTF-8"),
        (b"ren\xe9\n\x81", "line 2, byte 6: the byte 0x81 has no meaning in Windows-1252"),
        (codecs.BOM_UTF16_LE + b"a\0\n\0b", "line 2, byte 7: the byte 0x62 has no meaning in UTF-16 LE"),
        (codecs.BOM_UTF16_LE + b"\0\xdc", "line 1, byte 3: the byte 0x00 has no meaning in UTF-16 LE"),
        ("a\n".encode("utf-32"), "line 1, byte 1: this is text in UTF-32. Save it as CSV in UTF-8"),
    ],
)
def test_a_refusal_names_line_and_byte_wherever_the_chunks_are_cut(data: bytes, told: str) -> None:
    assert refusal(data).startswith(told)
    assert refusal(data, *range(1, len(data))).startswith(told)


@given(
    text=st.text(st.characters(codec="utf-8", exclude_characters="\0")), cuts=st.lists(st.integers(0, 99), max_size=5)
)
def test_marked_text_comes_back_as_it_was(text: str, cuts: list[int]) -> None:
    safe = "ana@example.org\n" + "".join(c for c in text if c >= " " and c != "\x7f")
    for mark, codec in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        assert read(mark + safe.encode(codec), *cuts)[0] == safe
