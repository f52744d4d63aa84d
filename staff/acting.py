"""Who acts, and the record of what they did."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

from flows.source.nodes import did_you_mean
from messages.consent import SourceKind, kind_of_subject, name_of_subject
from messages.errors import Forbidden, NotFound
from storage.audience_records import Role
from storage.port import Audit, Revisions
from storage.records import AuditRow

PERMISSIONS: Final[Mapping[str, Role]] = {
    "create_segment": Role.OPS,
    "create_topic": Role.OPS,
    "rename_segment": Role.OPS,
    "change_purpose": Role.OPS,
    "change_filter": Role.OPS,
    "delete_segment": Role.OPS,
    "add_members": Role.OPS,
    "remove_members": Role.OPS,
    "record_event": Role.OPS,
    "create_contact": Role.OPS,
    "edit_contact": Role.OPS,
    "tag_contact": Role.OPS,
    "note_contact": Role.OPS,
    "merge_contacts": Role.OPS,
    "export": Role.OPS,
    "erase": Role.OPS,
    "hand_back": Role.OPS,
    "create_broadcast": Role.BUILDER,
    "edit_broadcast": Role.BUILDER,
    "archive_broadcast": Role.BUILDER,
    "schedule_broadcast": Role.OPS,
    "send_broadcast": Role.OPS,
    "resume_broadcast": Role.OPS,
    "pause_run": Role.OPS,
    "resume_run": Role.OPS,
    "cancel_run": Role.OPS,
    "top_up_run": Role.OPS,
    "resend_run": Role.OPS,
    "report_run": Role.VIEWER,
    "move_enrolment": Role.OPS,
    "pause_sequence": Role.OPS,
    "resume_sequence": Role.OPS,
    "resend_event": Role.OPS,
    "save_draft": Role.BUILDER,
    "push_flow": Role.BUILDER,
    "roll_back_flow": Role.BUILDER,
    "request_push": Role.BUILDER,
    "approve_push": Role.BUILDER,
    "refuse_push": Role.BUILDER,
    "roll_back_in_emergency": Role.ADMIN,
    "create_token": Role.ADMIN,
    "revoke_token": Role.ADMIN,
    "create_user": Role.ADMIN,
    "change_user": Role.ADMIN,
    "erase_user": Role.ADMIN,
    "link_user": Role.ADMIN,
}
"""The role that each act needs, by its word in the audit."""

_RANK: Final = {Role.VIEWER: 0, Role.OPS: 1, Role.BUILDER: 2, Role.ADMIN: 3}


def may(role: Role, needed: Role) -> bool:
    """Tell whether a role may do what another one may."""
    return _RANK[role] >= _RANK[needed]


class Staff(NamedTuple):
    """Somebody who acts: a name, by which way, from which address if it came over a network, and their role.

    Who runs a command has the store itself, and may do everything.
    """

    name: str
    source: SourceKind
    address: str = ""
    role: Role = Role.ADMIN

    def require(self, action: str) -> None:
        """Raise Forbidden unless the role may do an act of `PERMISSIONS`."""
        self.require_role(PERMISSIONS[action])

    def require_role(self, needed: Role) -> None:
        """Raise Forbidden unless the role may do what `needed` may."""
        if not may(self.role, needed):
            raise Forbidden(f"this needs the role {needed.value}, and yours is {self.role.value}")

    async def record(self, store: Audit, bot: str, action: str, target: str, at: datetime, detail: str = "") -> None:
        """Write down what was done. `detail` tells nothing of who somebody is: it stays when they are erased."""
        await store.add_audit(AuditRow(0, bot, at, self.name, action, target, detail, self.address))


def segment_target(segment: str) -> str:
    """Return what audit rows about a segment, a topic or a sequence name."""
    kind = kind_of_subject(segment).rstrip(":") or "segment"
    return f"{kind} {name_of_subject(segment)}"


async def known_bot(store: Revisions, bot: str) -> str:
    """Return a bot that has a draft or a revision. Raises NotFound that names the nearest."""
    bots = await store.bots()
    if bot not in bots:
        remedy = did_you_mean(bot, bots, otherwise=None if bots else "Save a flow first: assent flow save FILE")
        raise NotFound(f"there is no bot `{bot}`", place="bot", remedy=remedy)
    return bot


EVERYBODY: Final = "*"
"""The target of an audit row that is about everybody."""


async def audit_rows(store: Audit, bot: str, *, target: str = "", after: int = 0, limit: int = 100) -> list[AuditRow]:
    """Return what staff did, the oldest first. To `target`, if one is named: what was done to everybody concerns it."""
    rows = list(await store.audit(bot, target=target, after=after, limit=limit))
    if target not in ("", EVERYBODY):
        rows += await store.audit(bot, target=EVERYBODY, after=after, limit=limit)
    return sorted(rows, key=lambda row: row.sequence)[:limit]
