"""What staff take along: people as a CSV file that opens in a spreadsheet and that an import takes back, and all that
is held about one person, for that person.
"""

import codecs
import io
import re
import zipfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from html import escape
from typing import Any, Final

import msgspec

from audiences.contact_values import address_view
from audiences.who import addresses_of
from filters.person import KnownPerson
from messages.addresses import handles_of
from messages.codec import RecordDecoder
from messages.contact import BY_WORD, EDITABLE, Contact, FieldValue
from messages.errors import BadInput, StoreError
from messages.import_rows import harmless, quoted
from storage.erase import names_one_of
from storage.port import Store
from storage.records import JournalEntry

DEFAULT: Final = ("name", "email", "external_id")
PAGE: Final = 1_000
"""People in one part of a file."""
_FIELD = re.compile(r"field\.[^:]+(?::(?:text|number|date|yes_no))?")

_COLUMNS: Final[Mapping[str, Callable[[KnownPerson], str]]] = {
    "id": lambda person: person.contact.id,
    "accounts": lambda person: " ".join(f"{one.channel}:{one.user}" for one in person.contact.identities),
    "tags": lambda person: ", ".join(map(_written_tag, sorted(person.contact.tags))),
    "subscribed": lambda person: _moment(person.contact.subscribed_at),
    "last_seen": lambda person: _moment(person.last_seen),
}
"""What may stand in a column beside the details, by its title; `field.<name>` is a field of the builder's."""


def check_columns(columns: Sequence[str]) -> None:
    """Raise BadInput for a column that there is not."""
    for column in columns:
        if column not in BY_WORD and column not in _COLUMNS and not _FIELD.fullmatch(column):
            raise BadInput(
                f"there is no column {column!r}",
                place="columns",
                remedy=f"Choose of {', '.join((*BY_WORD, *_COLUMNS))}, field.NAME",
            )


async def all_columns(store: Store, bot: str, numbers: Sequence[int]) -> list[str]:
    """Return the columns from which an import makes the same contacts: details, tags, accounts, and the fields that
    somebody has, with their types.
    """
    types: dict[str, set[str]] = {}
    for start in range(0, len(numbers), PAGE):
        for person in await store.people_numbered(bot, numbers[start : start + PAGE]):
            for name, value in person.contact.fields.items():
                types.setdefault(name, set()).add(_type_of(value))
    fields = [
        f"field.{name}" if kinds != {kind} or kind == "text" else f"field.{name}:{kind}"
        for name, kinds in sorted(types.items())
        for kind in (min(kinds),)
    ]
    return [*EDITABLE, "tags", "accounts", *fields]


def _type_of(value: FieldValue) -> str:
    if isinstance(value, bool):
        return "yes_no"
    return "text" if isinstance(value, str) else "number"


async def export_people(
    store: Store, bot: str, numbers: Sequence[int], columns: Sequence[str] = DEFAULT
) -> AsyncIterator[bytes]:
    """Yield the file, its titles first, then a part for each page of people: UTF-8 with its mark, CRLF, cells in
    quotes; no cell is taken for a formula.
    """
    check_columns(columns)
    yield codecs.BOM_UTF8 + csv_row(columns)
    for start in range(0, len(numbers), PAGE):
        people = await store.people_numbered(bot, numbers[start : start + PAGE])
        yield b"".join(csv_row([_cell(person, column) for column in columns]) for person in people)


def _cell(person: KnownPerson, column: str) -> str:
    if (detail := BY_WORD.get(column)) is not None:
        return detail.effective(person.contact)
    if (read := _COLUMNS.get(column)) is not None:
        return read(person)
    return field_text(person.contact, column.removeprefix("field.").partition(":")[0])


def _written_tag(tag: str) -> str:
    """Return a tag as it stands among others: one that could be taken for several is in quotes."""
    return quoted(tag) if "," in tag or '"' in tag else tag


def field_text(contact: Contact, name: str) -> str:
    """Return a field as people read it."""
    value = contact.fields.get(name, "")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return format(Decimal(repr(value)), "f") if isinstance(value, float) else str(value)


def _moment(at: object) -> str:
    return "" if at is None else str(at)


def csv_row(cells: Sequence[str]) -> bytes:
    """Return a line of a file that a spreadsheet may open: no cell of it is taken for a formula."""
    return (",".join(quoted(harmless(cell)) for cell in cells) + "\r\n").encode("utf-8", "replace")


_decode = RecordDecoder[JournalEntry](JournalEntry)
_ROWS: Final = 1_000
_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}"
    "table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}"
    "td,th{border:1px solid #ccc;padding:.3rem .6rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
    "th{background:#f4f4f4;font-weight:600}h2{margin-top:2rem}"
)


async def export_person(store: Store, bot: str, person: KnownPerson, at: datetime) -> bytes:
    """Return the zip: `person.json` and `person.html`. Raises StoreError."""
    held = await everything_held(store, bot, person, at)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("person.json", msgspec.json.format(msgspec.json.encode(held, order="sorted"), indent=1))
        archive.writestr("person.html", _html(held))
    return packed.getvalue()


async def everything_held(store: Store, bot: str, person: KnownPerson, at: datetime) -> dict[str, Any]:
    """Return all that a store holds about a person, as JSON values by heading."""
    contact = person.contact
    conversations = await store.conversations_of(bot, contact.id)
    names = {contact.id, *conversations}
    return {
        "about": {"bot": bot, "contact": contact.id, "written": at, "last_seen": person.last_seen},
        "contact": msgspec.to_builtins(contact),
        "addresses": [msgspec.to_builtins(address_view(one)) for one in await addresses_of(store, bot, person)],
        "memberships": {subject: state.value for subject, state in (await store.memberships(bot, contact.id)).items()},
        "consent": [msgspec.to_builtins(row) for row in await _ledger(store, bot, contact.id)],
        "conversations": [await _conversation(store, bot, key) for key in conversations],
        "pushes": [msgspec.to_builtins(row) for row in await store.pushes(bot, contact=contact.id, limit=1_000_000)],
        "failed_import_rows": await _import_rows(store, bot, person),
        "audit": [msgspec.to_builtins(row) for target in sorted(names) for row in await _audit(store, bot, target)],
    }


async def _ledger(store: Store, bot: str, contact: str) -> Sequence[object]:
    rows: list[Any] = []
    while page := await store.ledger(bot, contact=contact, after=rows[-1].sequence if rows else 0, limit=_ROWS):
        rows += page
    return rows


async def _audit(store: Store, bot: str, target: str) -> Sequence[object]:
    rows: list[Any] = []
    while page := await store.audit(bot, target=target, after=rows[-1].sequence if rows else 0, limit=_ROWS):
        rows += page
    return rows


async def _conversation(store: Store, bot: str, key: str) -> dict[str, Any]:
    turns: list[Any] = []
    read = 0
    while page := await store.journal_of(bot, key, after=read, limit=_ROWS):
        read += len(page)
        for recorded in page:
            try:
                turns.append(_told(_decode(recorded.record)))
            except StoreError:
                turns.append({"place": recorded.place, "problem": "this record can't be read"})
    replies = [msgspec.to_builtins(row) for row in await store.deliveries(bot, key, limit=1_000_000)]
    return {"conversation": key, "turns": turns, "replies": replies}


def _told(entry: JournalEntry) -> dict[str, Any]:
    """Return a turn without what the flow's builder would look at."""
    return {
        "at": entry.at,
        "event": msgspec.to_builtins(entry.event.action),
        "received": entry.event.received.decode("utf-8", "replace"),
        "effects": [msgspec.to_builtins(effect) for effect in entry.outcome.effects],
    }


async def _import_rows(store: Store, bot: str, person: KnownPerson) -> list[dict[str, Any]]:
    """Return the failed rows of imports that name the person by address or external id."""
    handles = handles_of(person.contact)
    found: list[dict[str, Any]] = []
    before = ""
    while handles and (jobs := await store.imports(bot, before=before, limit=100)):
        for job in jobs:
            after = 0
            while rows := await store.failed_rows(bot, job.id, after=after, limit=_ROWS):
                after = rows[-1].line
                found += [
                    {
                        "import": job.id,
                        "segment": job.segment,
                        "line": row.line,
                        "value": row.value,
                        "reason": row.reason,
                    }
                    for row in rows
                    if names_one_of(row.value, handles)
                ]
        before = jobs[-1].id
    return found


def _html(held: dict[str, Any]) -> str:
    """Draw everything as nested tables; every value is escaped."""
    parts = [f"<h2>{escape(title.replace('_', ' ').capitalize())}</h2>{_drawn(value)}" for title, value in held.items()]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>What is held about you</title>'
        f"<style>{_STYLE}</style><h1>What is held about you</h1>{''.join(parts)}</html>"
    )


def _drawn(value: object) -> str:
    if isinstance(value, dict):
        rows = "".join(f"<tr><th>{escape(str(key))}</th><td>{_drawn(each)}</td></tr>" for key, each in value.items())
        return f"<table>{rows}</table>" if rows else "<p>nothing</p>"
    if isinstance(value, list | tuple):
        return "".join(_drawn(each) for each in value) or "<p>nothing</p>"
    return escape("" if value is None else str(value))
