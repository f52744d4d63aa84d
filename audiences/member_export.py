"""Members of a segment as a CSV file that opens in a spreadsheet."""

import codecs
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Final

from filters.person import KnownPerson
from messages.contact import BY_WORD, Contact
from messages.errors import BadInput
from messages.spreadsheet import harmless, quoted
from storage.port import Store

DEFAULT: Final = ("name", "email")
_PAGE = 1_000

_COLUMNS: Final[Mapping[str, Callable[[KnownPerson], str]]] = {
    "id": lambda person: person.contact.id,
    "accounts": lambda person: " ".join(f"{one.channel}:{one.user}" for one in person.contact.identities),
    "tags": lambda person: ", ".join(sorted(person.contact.tags)),
    "subscribed": lambda person: _moment(person.contact.subscribed_at),
    "last_seen": lambda person: _moment(person.last_seen),
}
"""What may stand in a column beside the details, by its title; `field.<name>` is a field of the builder's."""


def check_columns(columns: Sequence[str]) -> None:
    """Raise BadInput for a column that there is not."""
    for column in columns:
        if (
            column not in BY_WORD
            and column not in _COLUMNS
            and not (column.startswith("field.") and len(column) > len("field."))
        ):
            raise BadInput(
                f"there is no column {column!r}",
                place="columns",
                remedy=f"Choose of {', '.join((*BY_WORD, *_COLUMNS))}, field.NAME",
            )


async def export_people(
    store: Store, bot: str, numbers: Sequence[int], columns: Sequence[str] = DEFAULT
) -> AsyncIterator[bytes]:
    """Yield the file in parts: UTF-8 with its mark, CRLF, cells in quotes; no cell is taken for a formula."""
    check_columns(columns)
    yield codecs.BOM_UTF8 + _row(columns)
    for start in range(0, len(numbers), _PAGE):
        people = await store.people_numbered(bot, numbers[start : start + _PAGE])
        yield b"".join(_row([_cell(person, column) for column in columns]) for person in people)


def _cell(person: KnownPerson, column: str) -> str:
    if (detail := BY_WORD.get(column)) is not None:
        return detail.effective(person.contact)
    if (read := _COLUMNS.get(column)) is not None:
        return read(person)
    return field_text(person.contact, column.removeprefix("field."))


def field_text(contact: Contact, name: str) -> str:
    """Return a field as people read it."""
    value = contact.fields.get(name, "")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _moment(at: object) -> str:
    return "" if at is None else str(at)


def _row(cells: Sequence[str]) -> bytes:
    return (",".join(quoted(harmless(cell)) for cell in cells) + "\r\n").encode("utf-8", "replace")
