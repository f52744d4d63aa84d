"""Keeping the contacts of a file: those who are known are changed, the others made."""

from collections.abc import Callable, Sequence
from datetime import datetime

from audiences.contact_file import ContactRow, FileOutcome
from audiences.contacts import create_contact, edit_contact
from messages.addresses import Handle, Malformed, handle_of
from messages.errors import BadInput
from staff.acting import Staff
from storage.port import Store


async def import_contacts(
    store: Store,
    bot: str,
    rows: Sequence[ContactRow],
    staff: Staff,
    at: datetime,
    new_id: Callable[[], str],
    progress: Callable[[int], None] = lambda _: None,
) -> FileOutcome:
    """Keep the contacts of a file that was read as a whole. Refuses, before anything is done, a row of which it is not
    clear whom it means. Done again after a crash, it changes nothing of what was done.
    """
    whom = [await _whom(store, bot, row) for row in rows]
    outcome = FileOutcome()
    for done, (row, contact) in enumerate(zip(rows, whom, strict=True), 1):
        try:
            if contact is None:
                await create_contact(store, bot, new_id(), row.change, (), staff, at)
                outcome.created += 1
            else:
                before = await store.person(bot, contact)
                after = await edit_contact(store, bot, contact, row.change, staff, at, "edit_contact", "from a file")
                if before is not None and before.contact == after.contact:
                    outcome.unchanged += 1
                else:
                    outcome.changed += 1
        except BadInput as error:
            outcome.refused.append((row.line, str(error)))
        progress(done)
    return outcome


async def _whom(store: Store, bot: str, row: ContactRow) -> str | None:
    """Return the id of the contact that a row means; an external id counts before an address. None: nobody yet."""
    for value in filter(None, (row.external_id, row.email)):
        handle = handle_of(value)
        assert not isinstance(handle, Malformed)  # noqa: S101  # it was checked when the row was read
        (numbers,) = await store.find_people(bot, [Handle(*handle)])
        if len(numbers) > 1:
            raise BadInput(
                f"{len(numbers)} contacts have {value}",
                place=f"line {row.line}",
                remedy="Give the external id, or merge the contacts if they are one person. Nothing was done",
            )
        for person in await store.people_numbered(bot, numbers):
            return person.contact.id
    return None
