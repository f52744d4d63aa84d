"""The size of a file costs time, not memory."""

import tracemalloc
from collections.abc import Iterator
from itertools import chain, count, islice, repeat

import pytest

from audiences.imports.rows import LONGEST_ROW, Rows
from messages.errors import BadInput


def addresses() -> Iterator[bytes]:
    for number in count():
        yield "".join(f"person{number}.{each}@example.org\r\n" for each in range(1000)).encode()


@pytest.mark.parametrize("first", ['"e-mail"\r\n', "e-mail;\r\n", "rené@example.org\r\n"])
def test_memory_does_not_grow_with_the_file(first: str) -> None:
    def peak(chunks: int) -> int:
        tracemalloc.start()
        try:
            assert (
                sum(1 for _ in Rows(first.encode() + chunk for chunk in islice(addresses(), chunks))) >= chunks * 1000
            )
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(40) < 1.5 * peak(4)


@pytest.mark.parametrize(
    ("first", "chunk", "told"),
    [
        (b"", b"x" * 5000, f"line 1: this line is longer than {LONGEST_ROW} characters"),
        (b"\n\n", b"x;\ty\n", "line 3, column 3: there is a second value"),
        (b'\n"x\n', b" \n" * 2000, f"line 2: a quote is opened here and not closed within {LONGEST_ROW} characters"),
        (b"\xff\xfe", b"x\0" * 3000, f"line 1: this line is longer than {LONGEST_ROW} characters"),
    ],
)
def test_a_long_file_that_is_no_list_is_refused_at_its_beginning(first: bytes, chunk: bytes, told: str) -> None:
    chunks = chain([first], repeat(chunk, 5000))
    with pytest.raises(BadInput, match=told):
        next(Rows(chunks).batches())
    assert sum(1 for _ in chunks) > 4000


def test_only_as_much_is_read_as_is_asked_for() -> None:
    rows = islice(Rows(addresses()), 150_000, 150_002)
    assert [(row.line, row.value) for row in rows] == [
        (150_001, "person150.0@example.org"),
        (150_002, "person150.1@example.org"),
    ]
