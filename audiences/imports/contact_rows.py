"""Rows of a file of contacts: what each says of a person, and the change that it makes."""

import csv
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from audiences.contact_values import checked_detail, checked_name, declared_field, field_value
from audiences.exports import field_text
from audiences.imports.rows import visible
from audiences.imports.table import Columns, TableRow
from flows.model.bot import Bot, ContactField
from messages.addresses import Handle, HandleKind, Malformed, account_handle, handle_of
from messages.contact import EDITABLE, Contact, FieldValue, Identity
from messages.errors import BadInput

_READ_ONCE: Final = 10_000
"""Texts of each column whose meaning is kept, as columns repeat themselves."""


_BY_ATTRIBUTE: Final = {detail.attribute: detail for detail in EDITABLE.values()}


class Fault(NamedTuple):
    """A cell that can't be taken, unless it says what is there already."""

    column: str
    raw: str
    problem: str


class ContactRow(msgspec.Struct, gc=False):
    """What a row says of a person."""

    line: int
    value: str = ""
    """What a report calls the row."""
    handles: list[Handle] = []
    """By what the person is found, the surest first."""
    contact: str = ""
    """The id of the contact, which counts where there is no handle."""
    accounts: tuple[Identity, ...] = ()
    details: dict[str, str] = {}
    """What is to be kept, by attribute of the contact."""
    fields: dict[str, FieldValue] = {}
    tags: frozenset[str] = frozenset()
    texts: dict[str, str] = {}
    """The texts of cells that read otherwise than what is kept, by attribute of the contact or `field.<name>`."""
    faults: list[Fault] = []


Take = Callable[[ContactRow, str], None]
"""Takes a cell into a row. Raises BadInput."""


class ContactRows:
    """Reads rows by the columns of their file. `types` are types of fields that neither the flow nor a title says."""

    def __init__(self, columns: Columns, flow: Bot, types: Mapping[str, str]) -> None:
        self._width = len(columns.names)
        types = {**types, **columns.types}
        self._takes = [(place, name, _take_for(name, flow, types)) for place, name in enumerate(columns.names) if name]

    def read(self, row: TableRow) -> ContactRow:
        """Return what a row says."""
        line, cells = row
        said = ContactRow(line)
        if len(cells) < self._width or any(map(str.strip, cells[self._width :])):
            said.faults.append(
                Fault(
                    "", "", f"the row has another number of cells ({len(cells)}) than there are titles ({self._width})"
                )
            )
            return said
        for place, name, take in self._takes:
            cell = cells[place]
            if cell:
                try:
                    take(said, cell)
                except BadInput as error:
                    said.faults.append(Fault(name, cell.strip(), error.problem))
                    if name in ("email", "external_id"):
                        said.value = said.value or cell.strip()
        said.value = said.details.get("external_id") or said.details.get("email") or said.value or said.contact
        return said


def _take_for(name: str, flow: Bot, types: Mapping[str, str]) -> Take:
    """Return what takes the cells of a column. Columns repeat themselves: what a cell means is kept in mind."""
    if name in _TAKES:
        return _TAKES[name]
    return _take_detail(name) if name in EDITABLE else _take_field(name.removeprefix("field."), flow, types)


def _take_detail(name: str) -> Take:
    attribute = EDITABLE[name].attribute

    @lru_cache(_READ_ONCE)
    def meaning(cell: str) -> str:
        return checked_detail(name, cell)

    def take(said: ContactRow, cell: str) -> None:
        if value := meaning(cell):
            said.details[attribute] = value
            if value != cell:
                said.texts[attribute] = cell.strip()

    return take


def _take_field(name: str, flow: Bot, types: Mapping[str, str]) -> Take:
    kind, choices = declared_field(flow, name)  # looked for once: it may be anywhere in the flow
    fields = {name: ContactField.model_validate({"type": kind, "choices": choices})} if kind else {}
    alone = flow.model_copy(update={"fields": fields, "messages": {}})

    @lru_cache(_READ_ONCE)
    def meaning(cell: str) -> FieldValue | None:
        return field_value(alone, name, cell, types.get(name, ""))

    def take(said: ContactRow, cell: str) -> None:
        value = meaning(cell)
        if value is not None:
            said.fields[name] = value
            if value != cell:
                said.texts[f"field.{name}"] = cell.strip()

    return take


def _take_email(said: ContactRow, cell: str) -> None:
    _take_handle(said, "email", HandleKind.EMAIL, cell)


def _take_external_id(said: ContactRow, cell: str) -> None:
    _take_handle(said, "external_id", HandleKind.EXTERNAL_ID, cell)


def _take_handle(said: ContactRow, name: str, kind: HandleKind, cell: str) -> None:
    value = visible(cell)
    if not value:
        return
    handle = handle_of(value)
    if isinstance(handle, Malformed) or handle.kind is not kind or handle.key != value:
        value = checked_detail(name, value)
        handle = handle_of(value)
    if value != cell:
        said.texts[name] = cell.strip()
    said.details[name] = value
    assert not isinstance(handle, Malformed)  # noqa: S101  # it was checked
    said.handles.insert(0 if kind is HandleKind.EXTERNAL_ID else len(said.handles), handle)


def _take_directory_id(said: ContactRow, cell: str) -> None:
    value = checked_detail("aad_object_id", cell)
    said.details["aad_object_id"] = value
    said.handles.insert(len(said.handles) - ("email" in said.details), Handle(HandleKind.AAD, value.lower()))


def _take_tags(said: ContactRow, cell: str) -> None:
    said.tags = _read_tags(cell)


def _take_accounts(said: ContactRow, cell: str) -> None:
    said.accounts = _read_accounts(cell)
    place = 1 if "external_id" in said.details else 0
    said.handles[place:place] = map(account_handle, said.accounts)


def _take_id(said: ContactRow, cell: str) -> None:
    said.contact = cell.strip()


_TAKES: Final[Mapping[str, Take]] = {
    "email": _take_email,
    "external_id": _take_external_id,
    "aad_object_id": _take_directory_id,
    "tags": _take_tags,
    "accounts": _take_accounts,
    "id": _take_id,
}


@lru_cache(_READ_ONCE)
def _read_tags(text: str) -> frozenset[str]:
    """Return the tags of a cell. One that holds a comma is in quotes, as an export writes it."""
    parts = next(csv.reader([text], skipinitialspace=True)) if '"' in text else text.split(",")
    return frozenset(checked_name(part, "tags") for part in parts if part.strip())


def _read_accounts(text: str) -> tuple[Identity, ...]:
    found = []
    for account in text.split():
        channel, _, user = account.partition(":")
        if not channel or not user:
            raise BadInput(f"{account!r} is no account, which is written as channel:user")
        found.append(Identity(channel, user))
    return tuple(found)


def applied(row: ContactRow, contact: Contact) -> Contact:
    """Return the contact as the row has it: tags are added, what reads the same as before stays as it is, and so do
    accounts.
    """
    changes: dict[str, object] = {
        attribute: value
        for attribute, value in row.details.items()
        if value != getattr(contact, attribute) and not _reads_as(contact, attribute, row.texts.get(attribute, value))
    }
    fields = {
        name: value
        for name, value in row.fields.items()
        if value != contact.fields.get(name) and row.texts.get(f"field.{name}", value) != field_text(contact, name)
    }
    if fields:
        changes["fields"] = {**contact.fields, **fields}
    if not row.tags <= contact.tags:
        changes["tags"] = contact.tags | row.tags
    return replace(contact, **changes) if changes else contact


def _reads_as(contact: Contact, attribute: str, text: str) -> bool:
    """Tell whether an export has this text for a detail of the contact."""
    detail = _BY_ATTRIBUTE[attribute]
    return text in (detail.stored(contact).strip(), detail.effective(contact).strip())


def new_contact(row: ContactRow, contact_id: str, at: datetime) -> Contact:
    """Return the contact that a row makes."""
    return Contact(
        id=contact_id,
        identities=row.accounts,
        source="csv",
        created_at=at,
        tags=row.tags,
        fields=row.fields,
        **row.details,  # type: ignore[arg-type]  # by attribute of the contact
    )


def faults_of(row: ContactRow, contact: Contact | None) -> str:
    """Return what is wrong with a row, as far as it doesn't say what is there already."""
    if not row.faults:
        return ""
    left = [fault for fault in row.faults if contact is None or not _reads_the_same(fault, contact)]
    return "; ".join(f"{fault.column}: {fault.problem}" if fault.column else fault.problem for fault in left)


def _reads_the_same(fault: Fault, contact: Contact) -> bool:
    if fault.column in EDITABLE:
        return _reads_as(contact, EDITABLE[fault.column].attribute, fault.raw)
    return fault.column.startswith("field.") and fault.raw == field_text(contact, fault.column.removeprefix("field."))
