"""The report about an import: a CSV file that tells, row by row, what became of it, why, and what to do.

It opens in a spreadsheet with a double click (UTF-8 with its mark, CRLF, every cell in quotes), and nothing in it is
taken for a formula there.
"""

import codecs
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from functools import cache
from typing import Final, NamedTuple

from flows.own_lines import MASKED
from messages.import_rows import Outcome, Reason, harmless, quoted
from storage.audience_port import Imports

COLUMNS: Final = ("line", "value", "outcome", "reason", "what to do")

_PART: Final = 64 * 1024
"""Characters that are gathered before they are handed on."""


WHAT_TO_DO: Final[dict[Reason, str]] = {
    Reason.UNKNOWN: "Check the spelling. Who has never met the bot is known once the bot is installed for them",
    Reason.MALFORMED: "Give an address such as ana@example.org, or the external id",
    Reason.DUPLICATE: "Nothing: the first row with this value counts",
    Reason.LEFT: "Take the row out of the list: the account is closed or gone",
    Reason.NOT_IN_GROUPS: "Ask the administrator to add the person to a group that the bot serves, then import again",
    Reason.OPTED_OUT: "Nothing: the person said no, and only the person can take that back, in the chat",
    Reason.SINCE: "Import the list again, if it is newer than that: somebody removed the person, or they said no",
    Reason.ERASED: "Nothing: the person had their data erased, and only the person can come back, in the chat",
    Reason.AMBIGUOUS: "Use the external id, or merge the contacts if they are the same person",
    Reason.INVALID: "Correct the value, or leave the cell empty, then import the row again",
    Reason.TAKEN: "Correct the id or the address, or merge the contacts if they are the same person",
    Reason.NO_PERMISSION: "Ask the administrator to let the bot read users, then import again",
}
"""What somebody who reads the report can do about a row that failed."""


class Entry(NamedTuple):
    """What is told of one row. `detail` and `remedy` say more than the reason does, if something is known."""

    line: int
    value: str
    outcome: Outcome
    reason: Reason | None = None
    detail: str = ""
    remedy: str = ""


def write_report(entries: Iterable[Entry]) -> Iterator[bytes]:
    """Yield the file in parts, as the entries come: the columns' titles first, then one row for each entry."""
    yield codecs.BOM_UTF8 + ",".join(map(quoted, COLUMNS)).encode() + b"\r\n"
    rows: list[str] = []
    size = 0
    for entry in entries:
        rows.append(_line(entry))
        size += len(rows[-1])
        if size >= _PART:
            yield _encode(rows)
            rows, size = [], 0
    if rows:
        yield _encode(rows)


def _line(entry: Entry) -> str:
    short = not (entry.detail or entry.remedy)
    told = _told_in_short(entry.outcome, entry.reason) if short else _told(entry)
    return f"{quoted(str(entry.line))},{quoted(harmless(entry.value))},{told}\r\n"


@cache
def _told_in_short(outcome: Outcome, reason: Reason | None) -> str:
    return _told(Entry(0, "", outcome, reason))


def _told(entry: Entry) -> str:
    """Return the cells after the value."""
    reason = ": ".join(filter(None, (entry.reason, entry.detail)))
    remedy = entry.remedy or (WHAT_TO_DO[entry.reason] if entry.reason else "")
    return ",".join(map(quoted, (entry.outcome, harmless(reason), harmless(remedy))))


def _encode(rows: list[str]) -> bytes:
    return "".join(rows).encode("utf-8", "replace")


_PAGE = 1_000


async def report_of(
    store: Imports, bot: str, job: str, mask: Callable[[str], str] | None = None
) -> AsyncIterator[bytes]:
    """Yield the report in parts: CSV with line, value, outcome, reason and what to do. Also while the job runs.

    `mask` hides what tells who somebody is.
    """
    after = 0
    is_first = True
    while rows := await store.failed_rows(bot, job, after=after, limit=_PAGE):
        entries = [
            Entry(
                row.line,
                MASKED if mask else row.value,
                Outcome.FAILED,
                row.reason,
                mask(row.detail) if mask else row.detail,
            )
            for row in rows
        ]
        parts = list(write_report(entries))
        for part in parts if is_first else parts[1:]:
            yield part
        is_first = False
        after = rows[-1].line
    if is_first:
        for part in write_report(()):
            yield part
