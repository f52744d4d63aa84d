"""A list of people is read as its author meant it, whatever program wrote it; a table of more is refused."""

import pytest

from audiences.imports.rows import LONGEST_ROW, Row, Rows
from messages.errors import BadInput


def rows(text: str, *, has_header: bool | None = False) -> list[tuple[int, str]]:
    return [(row.line, row.normalised) for row in Rows([text.encode()], has_header=has_header)]


def refusal(text: str) -> str:
    with pytest.raises(BadInput) as refused:
        rows(text)
    return str(refused.value)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", []),
        ("a\nb\n", [(1, "a"), (2, "b")]),
        ("a\nb", [(1, "a"), (2, "b")]),
        ("a\r\nb\r\n", [(1, "a"), (2, "b")]),
        ("a\rb\r", [(1, "a"), (2, "b")]),
        ("a\n\rb\r\r\nc", [(1, "a"), (3, "b"), (5, "c")]),
        ("\n\na\n \n\t\n\nb\n\n", [(3, "a"), (7, "b")]),
        ("  a  \n\u00a0b\u00a0\n\u200bc\ufeff\n\u2060\n", [(1, "a"), (2, "b"), (3, "c")]),
        ("a\u2028b\n\x0bc\x85\n", [(1, "a\u2028b"), (2, "c")]),
        ("a;\nb;\n", [(1, "a"), (2, "b")]),
        ("a,,,\nb\t\nc; ;\n;;\nd", [(1, "a"), (2, "b"), (3, "c"), (5, "d")]),
        ('"a"\n"b";\n"c",""\n', [(1, "a"), (2, "b"), (3, "c")]),
        ('  "a"  \n"b, c"\n', [(1, "a"), (2, "b, c")]),
        ('"a ""b"" c"\n""""\n""\n"""a"', [(1, 'a "b" c'), (2, '"'), (4, '"a')]),
        ('"a\nb"\nc\n"d\r\n\r\ne"\r\nf', [(1, "a\nb"), (3, "c"), (4, "d\r\n\r\ne"), (7, "f")]),
        ('a "b" c\n5"\nd', [(1, 'a "b" c'), (2, '5"'), (3, "d")]),
        ('"Doe, Ana" <ana@x.org>\n', [(1, '"Doe, Ana" <ana@x.org>')]),
        ("sep=;\na;\n", [(2, "a")]),
        ('SEP=,\r\n"a",\n', [(2, "a")]),
        ("sep=\n", [(1, "sep=")]),
    ],
)
def test_each_way_to_write_a_list(text: str, read: list[tuple[int, str]]) -> None:
    assert rows(text) == read
    single = Rows([text.encode()[at : at + 1] for at in range(len(text.encode()))], has_header=False)
    assert [(row.line, row.normalised) for row in single] == read


def test_a_value_is_kept_as_it_is_given() -> None:
    assert list(Rows([' Ana@X.org\u200b \n"BEN "\n'.encode()])) == [
        Row(1, " Ana@X.org\u200b ", "Ana@X.org"),
        Row(2, "BEN ", "BEN"),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a\nb;c\n", "line 2, column 2: there is a second value here"),
        ("a,b", "line 1, column 2: there is a second value"),
        ("a\n;b\n", "line 2, column 2: there is a second value"),
        ("email;;name\na;;\n", "line 1, column 3: there is a second value"),
        ('"a"\n"b\n\nc";"d"\n', "line 4, column 2: there is a second value"),
        ('a;"b\nc"\n', "line 1, column 2: there is a second value"),
        ('a\n\n"b\nc\n', "line 3: a quote is opened here and never closed"),
        ('"', "line 1: a quote is opened here and never closed"),
        ('"b""', "line 1: a quote is opened here and never closed"),
        ("a\n" + "b" * (LONGEST_ROW + 1), f"line 2: this line is longer than {LONGEST_ROW} characters"),
        ("b" * (LONGEST_ROW + 1) + "\na;b\n", "line 1: this line is longer"),
        ("a;b\n" + "b" * (LONGEST_ROW + 1) + "\n", "line 1, column 2: there is a second value"),
        (
            'a\n"' + "b\n" * LONGEST_ROW,
            f"line 2: a quote is opened here and not closed within {LONGEST_ROW} characters",
        ),
    ],
)
def test_what_is_no_list_is_refused_with_its_place(text: str, told: str) -> None:
    assert refusal(text).startswith(told)
    with pytest.raises(BadInput) as in_pieces:
        list(Rows([text[at : at + 7].encode() for at in range(0, len(text), 7)]))
    assert str(in_pieces.value) == refusal(text)


def test_a_row_may_be_as_long_as_the_limit() -> None:
    assert rows("b" * LONGEST_ROW + "\r\n") == [(1, "b" * LONGEST_ROW)]
    assert rows('"' + "b" * (LONGEST_ROW - 2) + '"\r\n') == [(1, "b" * (LONGEST_ROW - 2))]


@pytest.mark.parametrize(
    "title",
    [
        *("email", "E-Mail", "e-mail address", "Mail", '"Email"', "External ID", "external_id", "USER ID", "UPN", "Id"),
        *("E-Mail-Adresse", "Adresse e-mail", "Courriel", "Correo electrónico", "Endereço de e-mail", "E-mailadres"),
        *("Электронная почта", "メールアドレス", "ईमेल", "البريد الإلكتروني", "Adres e-mail", "E-post", "Sähköposti"),
    ],
)
def test_a_title_is_known_by_its_words(title: str) -> None:
    read = Rows([f"\n{title};\n4711;\n".encode()])
    assert list(read) == [Row(3, "4711", "4711")]
    assert read.header == Row(2, title.strip('"'), title.strip('"'))


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("Everybody in Lyon\na@x.org\nb@x.org\n", "Everybody in Lyon"),
        ("Everybody\na@x.org\n4711\n", None),
        ("jdoe\na@x.org\n", None),
        ("4711\na@x.org\nb@x.org\n", None),
        ("ana@x\na@x.org\nb@x.org\n", None),
        ("a@x.org\nemail\n", None),
        ("Column1\n" + "a@x.org\n" * 500, "Column1"),
        ("Column1\n" + "a@x.org\n" * 99 + "4711\n", None),
    ],
)
def test_the_only_row_that_is_no_address_is_a_title(text: str, header: str | None) -> None:
    read = Rows([text.encode()])
    count = sum(1 for _ in read)
    assert (read.header and read.header.value) == header
    assert count == text.count("\n") - (header is not None)


def test_whoever_knows_better_says_so() -> None:
    assert rows("email\nana@x.org\n", has_header=False) == [(1, "email"), (2, "ana@x.org")]
    assert rows("ana@x.org\nben@x.org\n", has_header=True) == [(2, "ben@x.org")]


def test_the_result_tells_encoding_and_lines() -> None:
    read = Rows([b"ren\xe9@x.org\n\nana@x.org"])
    assert sum(map(len, read.batches())) == 2
    assert (read.encoding, read.lines) == ("Windows-1252", 3)
