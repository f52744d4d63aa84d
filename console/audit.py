"""What staff did, and from where."""

from datetime import datetime
from typing import Annotated

import msgspec

from audiences.who import audit_target
from console.operations import Answer, Call, Operation, PageQuery, after, page
from staff.acting import audit_rows
from storage.audience_records import Role


class AuditQuery(PageQuery, frozen=True, forbid_unknown_fields=True):
    """Which rows."""

    target: Annotated[str, msgspec.Meta(pattern=r"\S", max_length=500, description="Only those about it.")] | None = (
        None
    )


class AuditView(msgspec.Struct, frozen=True):
    """One act of staff."""

    sequence: int
    at: datetime
    actor: str
    action: str
    target: str
    detail: str
    address: str


class AuditPage(msgspec.Struct, frozen=True):
    """A page of acts, the oldest first."""

    rows: tuple[AuditView, ...]
    next: str | None = None


async def list_rows(call: Call) -> Answer:
    """List what staff did."""
    limit, of = call.query.limit, f"audit {call.bot} {call.query.target or ''}"
    begin: int = after(call.query, int, of)
    target = await audit_target(call.store, call.bot, call.query.target or "")
    rows = await audit_rows(call.store, call.bot, target=target, after=begin, limit=limit)
    shown = tuple(
        AuditView(row.sequence, row.at, row.actor, row.action, row.target, row.detail, row.address) for row in rows
    )
    return page(AuditPage(shown), call.request, of, rows[-1].sequence if len(rows) == limit else None)


OPERATIONS = (
    Operation("listAudit", "GET", "/bots/{bot}/audit", "List what staff did.", Role.OPS, list_rows, AuditPage,
              query=AuditQuery),
)  # fmt: skip
