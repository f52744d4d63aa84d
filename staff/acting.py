"""Who acts, and the record of what they did."""

from datetime import datetime
from typing import NamedTuple

from messages.consent import SourceKind
from storage.port import Audit
from storage.records import AuditRow


class Staff(NamedTuple):
    """Somebody who acts: a name, by which way, and from which address if it came over a network."""

    name: str
    source: SourceKind
    address: str = ""

    async def record(self, store: Audit, bot: str, action: str, target: str, at: datetime, detail: str = "") -> None:
        """Write down what was done. `detail` tells nothing of who somebody is: it stays when they are erased."""
        await store.add_audit(AuditRow(0, bot, at, self.name, action, target, detail, self.address))


def segment_target(segment: str) -> str:
    """Return what audit rows about a segment name."""
    return f"segment {segment}"
