"""What became of everybody in a run: as a file for spreadsheets, page by page, and counted again from what is kept."""

import codecs
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec
from pyroaring import BitMap

from audiences.context import Context
from audiences.exports import csv_row
from broadcasts.runs import known_run, run_target
from consent.membership import may_receive, raises
from flows.own_lines import MASKED
from messages.consent import ALL, LedgerRow, Membership, SourceKind
from messages.errors import BadInput
from messages.inbound import PushDue
from messages.pushes import ATTEMPTED, PushState, RunState, SkipReason, reason_kind
from storage.push_records import PushRow, RunRecord, RunStatus

MAX_ROWS: Final = 10_000_000
PAGE: Final = 1_000
_AT_MOST: Final = timedelta(seconds=1)
"""How old the consent may be that a message is sent on."""

WAITING: Final = "waiting"

COLUMNS: Final = (
    *(
        "run",
        "contact",
        "external id",
        "state",
        "reason",
        "due",
        "claimed",
        "sent",
        "delivered",
        "read",
        "late seconds",
    ),
    *("attempts", "channel", "conversation", "channel message id", "variant", "zone", "zone from", "subject"),
    *("membership", "ledger row", "ledger row of *", "revision", "message"),
)


class Outcome(msgspec.Struct, frozen=True):
    """What became of one person in a run."""

    contact: str
    number: int
    external_id: str
    state: str
    """`waiting`, or a state of `messages.pushes.PushState`."""
    reason: str
    due: datetime | None = None
    zone: str = ""
    zone_from: str = ""
    """`own`, or `fallback`: theirs is not known."""
    push: PushRow | None = None
    """None where nothing was kept of them."""


async def outcomes(
    context: Context, run: RunRecord, status: RunStatus, *, after: int = 0
) -> AsyncIterator[list[Outcome]]:
    """Yield what became of everybody in a run, in pages, by number."""
    audience = BitMap.deserialize(run.audience)
    from_the_start = {reason: BitMap.deserialize(people) for reason, people in run.skipped.items()}
    buckets = [(BitMap.deserialize(each.people), each) for each in run.buckets]
    left = {RunState.CANCELLED: SkipReason.CANCELLED, RunState.EXPIRED: SkipReason.EXPIRED}.get(status.state)
    numbers = list(audience)
    for start in range(0, len(numbers), PAGE):
        some = [number for number in numbers[start : start + PAGE] if number > after]
        if not some:
            continue
        people = {one.number: one.contact for one in await context.store.people_numbered(context.bot, some)}
        rows = {row.number: row for row in await _rows(context, run.id, some)}
        page: list[Outcome] = []
        for number in some:
            contact, row = people.get(number), rows.get(number)
            bucket = next((each for numbers_of, each in buckets if number in numbers_of), None)
            reason = next((reason for reason, skipped in from_the_start.items() if number in skipped), "")
            if row is not None:
                state, reason = row.state.value, row.reason
            elif reason:
                state = PushState.SKIPPED.value
            else:
                state, reason = (PushState.SKIPPED.value, left.value) if left is not None else (WAITING, "")
            page.append(
                Outcome(
                    contact=row.contact if row is not None else contact.id if contact is not None else "",
                    number=number,
                    external_id=contact.external_id if contact is not None else "",
                    state=state,
                    reason=reason,
                    due=row.due if row is not None and row.due else bucket.due if bucket is not None else None,
                    zone=row.zone if row is not None and row.zone else bucket.zone if bucket is not None else "",
                    zone_from="" if bucket is None or not bucket.zone else "fallback" if bucket.fallback else "own",
                    push=row,
                )
            )
        yield page


async def _rows(context: Context, run: str, numbers: Sequence[int]) -> list[PushRow]:
    """Return the rows of people, given by ascending numbers."""
    found: list[PushRow] = []
    after, last = numbers[0] - 1, numbers[-1]
    while page := await context.store.pushes(context.bot, run=run, after=after, limit=PAGE):
        found += [row for row in page if row.number <= last]
        after = page[-1].number
        if after >= last:
            break
    return found


async def report(context: Context, run: str, *, masked: bool = True) -> tuple[RunRecord, AsyncIterator[bytes]]:
    """Return a run and its file: the titles, then a row for everybody. Masked, it hides what tells who they are.

    Raises NotFound, BadInput for a run that is too large for a file.
    """
    context.staff.require("report_run")
    record, status = await known_run(context, run)
    if record.planned > MAX_ROWS:
        raise BadInput(f"the run has more than {MAX_ROWS:,} people", place="run", remedy="List its pushes in pages")
    await context.record("report_run", run_target(record.id), f"{record.planned} people")

    async def parts() -> AsyncIterator[bytes]:
        yield codecs.BOM_UTF8 + csv_row(COLUMNS)
        async for page in outcomes(context, record, status):
            yield b"".join(csv_row(_cells(record, one, masked=masked)) for one in page)

    return record, parts()


def _cells(run: RunRecord, one: Outcome, *, masked: bool) -> list[str]:
    row = one.push or PushRow(run.id, one.contact, PushState.SKIPPED)

    def hidden(text: str) -> str:
        return MASKED if masked and text else text

    late = (row.claimed_at - one.due).total_seconds() if row.claimed_at is not None and one.due is not None else None
    attempts = str(row.attempts) if one.push is not None else "0"
    return [
        *(run.id, one.contact, hidden(one.external_id), one.state, one.reason),
        *(_moment(at) for at in (one.due, row.claimed_at, row.sent_at, row.delivered_at, row.read_at)),
        *("" if late is None else f"{max(late, 0):.0f}", attempts, row.channel, hidden(row.conversation)),
        *(" ".join(map(hidden, row.channel_message_ids)), row.variant, one.zone, one.zone_from),
        *(run.content.subject, row.membership, str(row.subject_row or ""), str(row.everything_row or "")),
        *(str(row.revision or run.revision), row.message),
    ]


def _moment(at: datetime | None) -> str:
    return "" if at is None else at.isoformat(sep=" ", timespec="seconds").replace("+00:00", "")


# -- counted again


class Verified(NamedTuple):
    """What a recount of a run came to."""

    run: str
    people: int
    consents: int
    """Messages whose consent was found in the ledger."""
    turns: int
    """Messages whose turn was found in the journal."""
    problems: tuple[str, ...]
    """What does not fit; empty: all does."""


MAX_PROBLEMS: Final = 1_000


async def verify_run(context: Context, run: str, advance: Callable[[int], None] = lambda _: None) -> Verified:
    """Count a run again from its rows, and ask the ledger and the journal for each message that was sent.

    Raises NotFound.
    """
    record, status = await known_run(context, run)
    problems: list[str] = [*_of_the_plan(record)]
    counts: Counter[tuple[str, str]] = Counter()
    consents = turns = people = 0
    receivers = BitMap.union(BitMap(), *(BitMap.deserialize(each.people) for each in record.buckets))
    ledger_ends = {reason: BitMap.deserialize(numbers) for reason, numbers in record.skipped.items()}
    async for page in outcomes(context, record, status):
        for one in page:
            people += 1
            if one.state != WAITING:
                counts[one.state, reason_kind(one.reason)] += 1
            row = one.push
            if row is None:
                continue
            if one.number not in receivers:
                reason = next((reason for reason, who in ledger_ends.items() if one.number in who), "")
                problems.append(f"contact {row.contact} has a push and was skipped from the start: {reason}")
            if row.state in ATTEMPTED and row.claimed_at is not None:
                problem = await _consent_problem(context, record, row)
                consents += not problem
                problems += [problem] if problem else []
                found = await _turn_problem(context, row)
                turns += found == ""
                problems += [found] if found else []
        advance(len(page))
    problems += _of_the_counts(record, status, counts, people)
    return Verified(record.id, people, consents, turns, tuple(problems[:MAX_PROBLEMS]))


def _of_the_plan(run: RunRecord) -> list[str]:
    sets = [BitMap.deserialize(each) for each in (*run.skipped.values(), *(one.people for one in run.buckets))]
    audience = BitMap.deserialize(run.audience)
    problems = []
    if len(audience) != run.planned:
        problems.append(f"planned for {run.planned}, and {len(audience)} are in its audience")
    if BitMap.union(BitMap(), *sets) != audience or sum(map(len, sets)) != len(audience):
        problems.append("those skipped from the start and those due are not its audience, each once")
    return problems


def _of_the_counts(run: RunRecord, status: RunStatus, counts: Mapping[tuple[str, str], int], people: int) -> list[str]:
    problems = []
    kept = Counter({(state.value, reason): count for (state, reason), count in status.counts.items() if count})
    for state, reason in sorted({*kept, *counts}):
        told, found = kept[state, reason], counts.get((state, reason), 0)
        if told != found:
            why = f", {reason}" if reason else ""
            problems.append(f"{state}{why}: the counter says {told}, the rows {found}")
    if status.state is RunState.FINISHED:
        open_ones = run.planned - sum(kept.values())
        open_ones += sum(count for (state, _), count in kept.items() if state in ("deferred", "sending"))
        if open_ones or people != run.planned:
            problems.append(f"it is finished, and {open_ones} people wait, are deferred or on the way")
    return problems


async def _consent_problem(context: Context, run: RunRecord, row: PushRow) -> str:
    """Return what the ledger has against a message that was sent; empty: it allows it."""
    subject = row.subject or run.content.subject
    rows = [each for each in await _ledger_of(context, row.contact) if each.change.subject in (subject, ALL)]
    membership, wrong = _stood_on(rows, subject, row.subject_row, row.contact, run=row.run)
    everything, wrong_too = _stood_on(rows, ALL, row.everything_row, row.contact)
    if wrong or wrong_too:
        return wrong or wrong_too
    by_filter = membership is Membership.NONE and not row.subject_row and row.membership == Membership.ADDED
    if not may_receive(Membership.ADDED if by_filter else membership, everything):
        return f"contact {row.contact}: rows {row.subject_row} and {row.everything_row} do not allow the message"
    claimed = row.claimed_at
    for each in rows:
        change = each.change
        own = row.subject_row if change.subject == subject else row.everything_row
        is_later = each.sequence > own and claimed is not None and change.at < claimed - _AT_MOST
        if is_later and not raises(change.before, change.after):
            return f"contact {row.contact}: row {each.sequence} took the consent away before the message was claimed"
    return ""


def _stood_on(
    rows: Sequence[LedgerRow], subject: str, sequence: int, contact: str, *, run: str = ""
) -> tuple[Membership, str]:
    """Return the membership that a row left. One that an earlier attempt of the run used up stands for what it was."""
    if not sequence:
        return Membership.NONE, ""
    found = next((each for each in rows if each.sequence == sequence and each.change.subject == subject), None)
    if found is None:
        return Membership.NONE, f"contact {contact}: the ledger has no row {sequence} about {subject}"
    used_by_it = found.change.source is SourceKind.USED and bool(run) and found.change.detail == run
    return found.change.before if used_by_it else found.change.after, ""


async def _ledger_of(context: Context, contact: str) -> list[LedgerRow]:
    rows: list[LedgerRow] = []
    while page := await context.store.ledger(
        context.bot, contact=contact, after=rows[-1].sequence if rows else 0, limit=PAGE
    ):
        rows += page
    return rows


async def _turn_problem(context: Context, row: PushRow) -> str | None:
    """Return what is wrong with the turn of a message that was sent; None: it is not kept any more."""
    after, first = "", None
    while page := await context.store.journal(context.bot, row.conversation, after=after, limit=PAGE):
        first = first or page[0].at
        if any(isinstance(one.event.action, PushDue) and one.event.action.push.run == row.run for one in page):
            return ""
        after = page[-1].turn
    if first is None or row.claimed_at is None or first > row.claimed_at:
        return None
    return f"contact {row.contact}: the journal of their conversation has no turn of the message"
