"""Gathers from a store what a proof of one person's consent is made of."""

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import msgspec

from flows.compile import CompiledRevisions
from flows.model.base import text_for
from messages.addresses import handles_of
from messages.consent import ALL, ConsentChange, LedgerRow, SourceKind
from privacy.masking import Mask
from replay.contact_life import MERGE_ACTIONS
from replay.proof import VERSION, Material, Proof, ProofStep, by_others, is_own_act, timeline
from replay.recorded import Unreadable, read_turn, sources_of
from replay.tampering import check_conversation
from storage.audience_records import FailedRow, ImportJob
from storage.erase import names_one_of
from storage.port import Store
from storage.records import AuditRow, JournalEntry, OutboxRow

_PAGE: Final = 1000
_LOOKS: Final = frozenset({"unmask", "export"})
"""Staff's acts that changed nothing."""
_LAST_ROW: Final = 2**63 - 1
"""The highest number that a store can be asked for; a file may name any."""


async def read_proof(
    store: Store, bot: str, contact: str, *, subject: str = "", at: datetime, mask: Mask | None
) -> Proof:
    """Return the proof of a contact's consent, also of one who was merged away or erased.

    `subject` is a segment, or empty for all; `mask` hides what tells the person, None shows it. Raises StoreError.
    """
    rows, also = await _rows(store, bot, contact)
    people = (contact, *also)
    talks, entries, outbox, unreadable = await _conversations(store, bot, people)
    problems = [str(problem) for key in talks for problem in await check_conversation(store, bot, key)]
    audit = [row for one in people for row in await _audit(store, bot, one)]
    for conversation in talks:
        audit += await _audit(store, bot, conversation)
    found = Material(
        rows=rows,
        hashes={row.sequence: await store.row_hash(bot, row.sequence) or "" for row in rows},
        entries=entries,
        outbox=outbox,
        audit=audit,
        imports=await imports_named(store, bot, rows),
        purposes=await purposes_then(store, bot, rows),
        refused=await _refused(store, bot, contact),
    )
    return Proof(
        bot=bot,
        contact=contact,
        store=(await store.identity()).id,
        made_at=at,
        version=VERSION,
        subject=subject,
        masked=mask is not None,
        also=also,
        steps=timeline(found if mask is None else _masked(found, mask), subject),
        memberships=await store.memberships(bot, contact),
        heads=tuple(await store.heads(bot)),
        pruned=_pruned(rows, {entry.turn for entry in entries}),
        unreadable=unreadable,
        tampered=tuple(problems),
    )


def _masked(found: Material, mask: Mask) -> Material:
    return Material(
        rows=[mask.masked(row) for row in found.rows],
        hashes=found.hashes,
        entries=[mask.masked(entry) for entry in found.entries],
        outbox=[mask.masked(row) for row in found.outbox],
        audit=found.audit,
        imports={name: _masked_job(job, mask) for name, job in found.imports.items()},
        refused=[(_masked_job(job, mask), row) for job, row in found.refused],
        purposes=found.purposes,
    )


def _pruned(rows: Sequence[LedgerRow], kept: set[str]) -> int:
    return sum(is_own_act(row.change) and (row.erased or row.change.turn not in kept) for row in rows)


def _masked_job(job: ImportJob, mask: Mask) -> ImportJob:
    """A file may be called as the person is."""
    return msgspec.structs.replace(job, file_name=mask.text(job.file_name))


async def read_by_others(store: Store, bot: str, contact: str, mask: Mask | None) -> tuple[ProofStep, ...]:
    """Return what others than the person did to their consent, and what staff did to the contact. Raises StoreError.

    `mask` hides what tells the person, None shows it.
    """
    rows, also = await _rows(store, bot, contact)
    others = [row for row in rows if not is_own_act(row.change)]
    found = Material(
        rows=others,
        hashes={},
        entries=(),
        outbox=(),
        audit=[row for one in (contact, *also) for row in await _audit(store, bot, one)],
        imports=await imports_named(store, bot, others),
        purposes=await purposes_then(store, bot, others),
    )
    return by_others(found if mask is None else _masked(found, mask))


async def purposes_then(store: Store, bot: str, rows: Sequence[LedgerRow]) -> dict[int, str]:
    """Return what segments were for when staff changed memberships of them, by the rows' numbers.

    By the revision that was live then; a segment that staff made has a purpose of its own.
    """
    asked = [row for row in rows if not row.change.purpose and not is_own_act(row.change) and row.change.subject != ALL]
    if not asked:
        return {}
    pushed = await store.history(bot)
    revisions = CompiledRevisions(bot, await sources_of(store, bot))
    made = {segment.id: segment.purpose for segment in await store.segments(bot)}
    found: dict[int, str] = {}
    for row in asked:
        change = row.change
        live = max((info.number for info in pushed if info.pushed_at <= change.at), default=0)
        revision = revisions.get(live)
        segment = revision.segments.get(change.subject) if revision is not None else None
        told = made.get(change.subject, "")
        if revision is not None and segment is not None and segment.purpose is not None:
            told = text_for(segment.purpose, revision.fallback, revision.fallback)
        if told:
            found[row.sequence] = told
    return found


async def _rows(store: Store, bot: str, contact: str) -> tuple[list[LedgerRow], tuple[str, ...]]:
    """Return the rows about a contact and about those who were merged into it, and who these are."""
    found: list[LedgerRow] = []
    people = [contact]
    for one in people:
        after = 0
        while page := await store.ledger(bot, contact=one, after=after, limit=_PAGE):
            after = page[-1].sequence
            found += page
        merges = [row.change.detail for row in found if row.change.source is SourceKind.MERGE]
        for name in await _taken_over(store, bot, one, merges):
            if name not in people:
                people.append(name)
    return sorted(found, key=lambda row: (row.change.at, row.sequence)), tuple(people[1:])


async def _taken_over(store: Store, bot: str, contact: str, merges: Iterable[str]) -> Sequence[str]:
    """Return the contacts that were merged into one, by the audit rows of their merging and what its rows say.

    Either may be all there is: a merge that changed no membership has no row, and a server may end before it audits.
    """
    details = [row.detail for row in await _audit(store, bot, contact) if row.action in MERGE_ACTIONS]
    marks = [detail.partition("took over ") for detail in (*details, *merges)]
    return [name for _, mark, name in marks if mark and name]


async def _audit(store: Store, bot: str, target: str) -> list[AuditRow]:
    rows: list[AuditRow] = []
    while page := await store.audit(bot, target=target, after=rows[-1].sequence if rows else 0, limit=_PAGE):
        rows += page
    return [row for row in rows if row.action not in _LOOKS]


async def _conversations(
    store: Store, bot: str, people: Sequence[str]
) -> tuple[list[str], list[JournalEntry], list[OutboxRow], tuple[str, ...]]:
    entries: list[JournalEntry] = []
    outbox: list[OutboxRow] = []
    unreadable: list[str] = []
    keys = sorted({key for one in people for key in await store.conversations_of(bot, one)})
    for key in keys:
        read = 0
        while page := await store.journal_of(bot, key, after=read, limit=_PAGE):
            read += len(page)
            for recorded in page:
                turn = read_turn(recorded)
                if isinstance(turn, Unreadable):
                    unreadable.append(f"{turn.conversation} {turn.place}: {turn.problem}")
                elif turn.contact in people:
                    entries.append(turn)
        outbox += [row for row in await store.deliveries(bot, key, limit=sys.maxsize) if row.contact in people]
    return keys, entries, outbox, tuple(unreadable)


async def imports_named(store: Store, bot: str, rows: Sequence[LedgerRow]) -> dict[str, ImportJob]:
    """Return the imports that rows of the ledger come from, by id; one that is not kept any more is left out."""
    named = {row.change.detail.rpartition(":")[0] for row in rows if row.change.source is SourceKind.CSV}
    found = [await store.import_job(bot, job) for job in sorted(named - {""})]
    return {job.id: job for job in found if job is not None}


async def _refused(store: Store, bot: str, contact: str) -> list[tuple[ImportJob, FailedRow]]:
    """Return the rows of files that name the person and added nobody."""
    known = await store.person(bot, contact)
    handles = handles_of(known.contact) if known is not None else frozenset()
    found: list[tuple[ImportJob, FailedRow]] = []
    before = ""
    while handles and (jobs := await store.imports(bot, before=before, limit=_PAGE)):
        for job in jobs:
            after = 0
            while rows := await store.failed_rows(bot, job.id, after=after, limit=_PAGE):
                after = rows[-1].line
                found += [(job, row) for row in rows if names_one_of(row.value, handles)]
        before = jobs[-1].id
    return found


async def missing_rows(store: Store, proof: Proof) -> list[str]:
    """Return which of a proof's ledger rows a store does not have as they were; a copy has hashes of its own."""
    problems: list[str] = []
    for step in proof.steps:
        if not step.sequence:
            continue
        stands = await store.row_hash(proof.bot, step.sequence) if 0 < step.sequence <= _LAST_ROW else None
        if stands is None:
            problems.append(f"row {step.sequence} is missing from the ledger")
        elif stands != step.hash:
            problems.append(f"row {step.sequence}, or one before it, is not as it was")
        elif await _says_otherwise(store, proof.bot, step):
            problems.append(f"row {step.sequence} says something else than the proof")
    if problems and (await store.identity()).id != proof.store:
        problems.append(f"the proof is of another store, {proof.store}")
    return problems


async def _says_otherwise(store: Store, bot: str, step: ProofStep) -> bool:
    """Tell whether a step differs from its row, words aside: they may be masked, or gone with an erased person."""
    rows = await store.ledger(bot, after=step.sequence - 1, limit=1)
    return [_unmasked(row.change) for row in rows] != [_unmasked(step.change)] or step.own_act != is_own_act(
        rows[0].change
    )


def _unmasked(change: ConsentChange | None) -> tuple[object, ...] | None:
    if change is None:
        return None
    return (change.contact, change.subject, change.before, change.after, change.at, change.source, change.actor)
