"""All that is held about one person, for that person: JSON for programs, a page for people, in one zip."""

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Any, Final

import msgspec

from filters.person import KnownPerson
from messages.addresses import handles_of
from messages.codec import RecordDecoder
from messages.errors import StoreError
from storage.erase import names_one_of
from storage.port import Store
from storage.records import JournalEntry

_decode = RecordDecoder[JournalEntry](JournalEntry)
_PAGE: Final = 1_000
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
        archive.writestr("person.html", _page(held))
    return packed.getvalue()


async def everything_held(store: Store, bot: str, person: KnownPerson, at: datetime) -> dict[str, Any]:
    """Return all that a store holds about a person, as JSON values by heading."""
    contact = person.contact
    conversations = await store.conversations_of(bot, contact.id)
    names = {contact.id, *conversations}
    return {
        "about": {"bot": bot, "contact": contact.id, "written": at, "last_seen": person.last_seen},
        "contact": msgspec.to_builtins(contact),
        "memberships": {subject: state.value for subject, state in (await store.memberships(bot, contact.id)).items()},
        "consent": [msgspec.to_builtins(row) for row in await _ledger(store, bot, contact.id)],
        "conversations": [await _conversation(store, bot, key) for key in conversations],
        "failed_import_rows": await _import_rows(store, bot, person),
        "audit": [msgspec.to_builtins(row) for target in sorted(names) for row in await _audit(store, bot, target)],
    }


async def _ledger(store: Store, bot: str, contact: str) -> Sequence[object]:
    rows: list[Any] = []
    while page := await store.ledger(bot, contact=contact, after=rows[-1].sequence if rows else 0, limit=_PAGE):
        rows += page
    return rows


async def _audit(store: Store, bot: str, target: str) -> Sequence[object]:
    rows: list[Any] = []
    while page := await store.audit(bot, target=target, after=rows[-1].sequence if rows else 0, limit=_PAGE):
        rows += page
    return rows


async def _conversation(store: Store, bot: str, key: str) -> dict[str, Any]:
    turns: list[Any] = []
    read = 0
    while page := await store.journal_of(bot, key, after=read, limit=_PAGE):
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
            while rows := await store.failed_rows(bot, job.id, after=after, limit=_PAGE):
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


def _page(held: dict[str, Any]) -> str:
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
