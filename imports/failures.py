"""The report about an import: what became of the rows that failed."""

from collections.abc import AsyncIterator

from imports.report import Entry, write_report
from messages.import_rows import Outcome
from storage.audience_port import Imports

_PAGE = 1_000


async def report_of(store: Imports, bot: str, job: str) -> AsyncIterator[bytes]:
    """Yield the report in parts: CSV with line, value, outcome, reason and what to do. Also while the job runs."""
    after = 0
    is_first = True
    while rows := await store.failed_rows(bot, job, after=after, limit=_PAGE):
        entries = [Entry(row.line, row.value, Outcome.FAILED, row.reason, row.detail) for row in rows]
        parts = list(write_report(entries))
        for part in parts if is_first else parts[1:]:
            yield part
        is_first = False
        after = rows[-1].line
    if is_first:
        for part in write_report(()):
            yield part
