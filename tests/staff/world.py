"""Who acts, and when."""

from datetime import UTC, datetime, timedelta
from typing import Final

from messages.consent import SourceKind
from staff.acting import Staff

BOT: Final = "demo"
AT: Final = datetime(2026, 12, 1, 9, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
BOSS: Final = Staff("boss", SourceKind.CLI)
ANA, BO = "ana@example.org", "bo@example.org"
