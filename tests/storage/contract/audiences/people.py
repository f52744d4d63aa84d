"""People whom staff knows, for tests of what stores keep of them."""

from collections.abc import Sequence
from datetime import UTC, datetime

from consent.membership import Act
from filters.person import KnownPerson, MembershipRow
from messages.consent import SourceKind
from messages.contact import Contact, Identity
from storage.audience_records import StaffChange
from storage.port import Store

BOT = "wellbeing"
AT = datetime(2026, 11, 23, 10, tzinfo=UTC)


def contact(name: str, **facts: object) -> Contact:
    """Somebody whom nobody but staff knows, with an address."""
    return Contact(
        id=f"c-{name}",
        identities=(),
        name=name.title(),
        email=f"{name}@example.org",
        created_at=AT,
        **facts,  # type: ignore[arg-type]
    )


async def known(store: Store, *names: str) -> list[KnownPerson]:
    """Add people by name."""
    return [await store.add_contact(BOT, contact(name)) for name in names]


def on_teams(user: str) -> tuple[Identity, ...]:
    return (Identity("teams", user),)


def adds(
    people: Sequence[int],
    segment: str = "tips",
    *,
    act: Act = Act.ADD,
    details: Sequence[str] = (),
    at: datetime = AT,
) -> StaffChange:
    """An act of staff on a segment."""
    return StaffChange(segment, act, at, SourceKind.CLI, "ann", people, "by hand", details)


async def everybody(store: Store, *, limit: int = 10_000) -> dict[str, KnownPerson]:
    """Follow the people of the bot from the beginning to the end; return the last that was told of each."""
    found: dict[str, KnownPerson] = {}
    page = await store.follow_people(BOT, limit=limit)
    while page.people:
        found.update((person.contact.id, person) for person in page.people)
        page = await store.follow_people(BOT, page.position, limit=limit)
    return found


async def all_rows(store: Store, *, limit: int = 10_000) -> list[MembershipRow]:
    """Follow the memberships of the bot from the beginning to the end."""
    rows: list[MembershipRow] = []
    page = await store.follow_memberships(BOT, limit=limit)
    while page.rows:
        rows += page.rows
        page = await store.follow_memberships(BOT, page.position, limit=limit)
    return rows
