"""Contacts from a CSV file with titles: read and checked as a whole before any of them is kept."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from audiences.contact_values import checked_detail, field_value
from audiences.contacts import (
    Change,
    change_tags,
    set_details,
    set_fields,
    together,
)
from flows.model.bot import Bot
from messages.contact import EDITABLE, FieldValue
from messages.errors import BadInput

MOST_BYTES = 64 << 20
"""A file is held in memory while it is checked."""


_EXCEL_HINT = re.compile(r'"?sep=([,;\t|])"?[,;\t ]*(?:\r\n|\r|\n)', re.IGNORECASE)
"""The first line by which a file tells Excel its separator."""


class ContactRow(NamedTuple):
    """One line: who it is about, and the change that it makes of their contact."""

    line: int
    email: str
    external_id: str
    change: Change


def read_contacts(data: bytes, flow: Bot, types: Mapping[str, str] | None = None) -> list[ContactRow]:
    """Return the rows of a file. Titles: email, external_id, other details, tags, field.<name>.

    `types` are types of fields that the flow does not declare. Raises BadInput that names line and column of the first
    thing that is wrong; then nothing was done.
    """
    if len(data) > MOST_BYTES:
        raise BadInput(f"the file has more than {MOST_BYTES >> 20} MB", remedy="Cut it into several")
    rows = _rows(data)
    line, titles = next(rows, (1, []))
    columns = [title.strip().lower() if not title.startswith("field.") else title.strip() for title in titles]
    _check_titles(columns)
    found: list[ContactRow] = []
    seen: dict[str, int] = {}
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(columns):
            raise BadInput(f"it has {len(cells)} cells, and there are {len(columns)} titles", place=f"line {line}")
        row = _contact_row(line, dict(zip(columns, cells, strict=True)), flow, types or {})
        for key in filter(None, (row.email.lower(), row.external_id)):
            if key in seen:
                raise BadInput(f"{key} stands on line {seen[key]} too", place=f"line {line}")
            seen[key] = line
        found.append(row)
    return found


def _rows(data: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInput("it is not UTF-8 text", place=f"line {line}", remedy="Save it as CSV UTF-8") from error
    hint = _EXCEL_HINT.match(text)
    body = text[hint.end() :] if hint else text
    first = body.partition("\n")[0]
    delimiter = hint[1] if hint else max(",;\t", key=first.count)
    before = 1 if hint else 0
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = before + reader.line_num + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise BadInput(f"it is not CSV: {error}", place=f"line {before + reader.line_num}") from error


def _check_titles(columns: Sequence[str]) -> None:
    if not {"email", "external_id"} & set(columns):
        raise BadInput("no column is called email or external_id", place="line 1", remedy="Give the columns titles")
    for number, column in enumerate(columns, 1):
        place = f"line 1, column {number}"
        known = column in EDITABLE or column == "tags" or (column.startswith("field.") and column != "field.")
        if not known:
            names = ", ".join((*EDITABLE, "tags", "field.NAME"))
            raise BadInput(f"there is no column {column!r}", place=place, remedy=f"Choose of {names}")
        if columns.index(column) != number - 1:
            raise BadInput(f"{column!r} stands twice", place=place)


def _contact_row(line: int, cells: Mapping[str, str], flow: Bot, types: Mapping[str, str]) -> ContactRow:
    details: dict[str, str] = {}
    fields: dict[str, FieldValue | None] = {}
    tags: list[str] = []
    for column, cell in cells.items():
        try:
            if column == "tags":
                tags = [tag for tag in cell.split(",") if tag.strip()]
                change_tags(tags, ())
            elif column.startswith("field."):
                name = column.removeprefix("field.")
                if cell.strip():
                    fields[name] = field_value(flow, name, cell, types.get(name, ""))
            elif cell.strip():
                details[column] = checked_detail(column, cell)
        except BadInput as error:
            raise BadInput(error.problem, place=f"line {line}, column {column}", remedy=error.remedy) from error
    if not (details.get("email") or details.get("external_id")):
        raise BadInput("it has neither an e-mail address nor an external id", place=f"line {line}")
    change = together(set_details(details), set_fields(fields), change_tags(tags, ()))
    return ContactRow(line, details.get("email", ""), details.get("external_id", ""), change)


class FileOutcome(msgspec.Struct):
    """How many contacts a file made and changed."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[tuple[int, str]] = msgspec.field(default_factory=list)
    """Lines that the store refused, each with the reason: erased, or an id that is another contact's."""
