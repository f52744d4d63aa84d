"""`assent ledger`: the record of consent, its checkpoints, and what of the journal is not as it was committed."""

import sys
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import msgspec

from adapters.text import printable
from audiences.segments import refuse_unknown_segment
from audiences.who import find_contact_id
from cli.common import (
    bot_option,
    chosen_bot,
    may_unmask,
    narrowing_option,
    progress,
    record_unmasking,
    run_with_store,
    settings_of,
    unmask_option,
)
from cli.output import (
    NUMBER,
    Read,
    json_option,
    limit_option,
    new_console,
    newest,
    plain,
    print_json,
    print_table,
    say_if_more,
    say_if_older,
    when,
)
from messages.consent import LedgerRow
from messages.errors import BadInput
from privacy.masking import Mask
from publishing.flows import live_bot
from replay.chain_check import Tampered
from replay.proof import ImportOrigin, import_origin
from replay.proof_reading import imports_named, purposes_then
from replay.recorded import flow_texts
from replay.tampering import JournalReport, check_journal
from runtime.clock import now
from runtime.keys import Checkpoint, SignedCheckpoint, checkpoint_key, public_half, read_checkpoint, sign_checkpoint
from runtime.tasks.memory_file import missing_rows
from staff.acting import EVERYBODY
from storage.port import Store
from storage.records import LedgerMark, LedgerReport


@click.command()
@bot_option
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The file; without it, standard output.")
@click.pass_context
def checkpoint(ctx: click.Context, bot: str | None, out: Path | None) -> None:
    """Export the end of the ledger, signed. Kept elsewhere, it shows later whether anything up to it was changed.

    The key is made at the first use, in the file that the setting checkpoint_key_file names. Its public half is
    printed: keep that apart from the server too.
    """
    key = checkpoint_key(Path(settings_of(ctx).checkpoint_key_file), make=True)
    assert key is not None  # noqa: S101  # it is made

    async def work(store: Store) -> Checkpoint:
        name = await chosen_bot(store, bot)
        rows = tuple(await store.heads(name))
        if not rows:
            raise BadInput(f"the ledger of {name} is empty")
        return Checkpoint((await store.identity()).id, name, now().isoformat(timespec="seconds"), rows)

    text = sign_checkpoint(run_with_store(ctx, work), key)
    if out is None:
        click.echo(text, nl=False)
    else:
        try:
            out.write_bytes(text)
        except OSError as error:
            raise BadInput(f"can't be written: {error.strerror}", place=str(out)) from error
    click.echo(f"public key: {public_half(key)}", err=True)


def trusted_checkpoint(ctx: click.Context, file: Path, key: str) -> SignedCheckpoint:
    """Read a checkpoint that the named key signed, or else this installation's own key, if it has one."""
    own = None if key else checkpoint_key(Path(settings_of(ctx).checkpoint_key_file), make=False)
    return read_checkpoint(file, key or (public_half(own) if own is not None else ""))


async def compare_with(store: Store, signed: SignedCheckpoint) -> list[str]:
    """Return in what the ledger differs from a checkpoint."""
    made = signed.checkpoint
    found = [problem for mark in made.rows for problem in await _problems(store, mark)]
    identity = await store.identity()
    if found and identity.id != made.store:
        source = made.store in {each.store for each in identity.copied_from}
        found.append(
            f"the checkpoint is of another store, {made.store}"
            + (", of which this one is a copy: a copy has hashes of its own" if source else "")
        )
    return found


async def _problems(store: Store, mark: LedgerMark) -> list[str]:
    if await store.is_there(mark):
        return []
    digest = await store.row_hash(mark.bot, mark.sequence)
    return list(_words(mark, digest, await _end(store, mark), await _accepted_by(store, mark)))


def _words(mark: LedgerMark, digest: str | None, end: int, by: str) -> Iterator[str]:
    if digest is not None:
        yield f"row {mark.sequence} has another hash than in the checkpoint: it, or a row before it, was rewritten"
    elif end < mark.sequence:
        yield f"row {mark.sequence} of the checkpoint is missing: the ledger ends with row {end}"
    else:
        yield f"row {mark.sequence} of the checkpoint is missing"
    if by:
        yield f"that row {mark.sequence} is lost was accepted by {by}"


async def _end(store: Store, mark: LedgerMark) -> int:
    return max((head.sequence for head in await store.heads(mark.bot) if head.shard == mark.shard), default=0)


async def _accepted_by(store: Store, mark: LedgerMark) -> str:
    covering = [loss for loss in await store.losses(mark.bot) if loss.covers(mark.sequence) and not loss.is_open]
    return covering[0].accepted_by if covering else ""


def show_journal(bot: str, report: JournalReport) -> None:
    """Print what is wrong with a journal on standard error, and a line that sums it up."""
    show_problems(bot, report.problems)
    click.echo(f"{bot}: {report.words()}")


def show_problems(bot: str, problems: Sequence[Tampered]) -> None:
    """Print each problem on standard error."""
    for problem in problems:
        click.echo(printable(f"{bot}: {problem}"), err=True)


def journal_as_json(report: JournalReport) -> dict[str, Any]:
    """Return a report as JSON values."""
    counted = {"conversations": report.conversations, "turns": report.turns, "unchained": report.unchained}
    return {**counted, "problems": problems_as_json(report.problems)}


def problems_as_json(problems: Sequence[Tampered]) -> list[dict[str, str]]:
    """Return problems as JSON values."""
    return [problem._asdict() for problem in problems]


@click.group("ledger")
def command() -> None:
    """See and verify the record of consent."""


command.add_command(checkpoint)


@command.command()
@bot_option
@narrowing_option(
    "--contact",
    help="Only rows of this person: id, e-mail address, external id, or account.",
)
@narrowing_option("--segment", help="Only rows about this segment; `*` is everything pushed.")
@click.option("--after", type=NUMBER, help="Only rows after this sequence, the oldest first.")
@limit_option
@click.option("--proof", is_flag=True, help="Every field of each row, the words that the person saw included.")
@unmask_option
@json_option
@click.pass_context
def show(
    ctx: click.Context,
    bot: str | None,
    contact: str,
    segment: str,
    after: int | None,
    limit: int,
    proof: bool,
    unmask: bool,
    as_json: bool,
) -> None:
    """List who agreed to what, when and by which act: the newest first, with --json, --proof or --after the
    oldest.
    """
    may_unmask(ctx, unmask=unmask)
    newest_first = after is None and not (as_json or proof)

    known: set[str] = set()
    files: dict[int, ImportOrigin] = {}
    purposes: dict[int, str] = {}

    async def work(store: Store) -> Sequence[LedgerRow]:
        name = await chosen_bot(store, bot)
        who = await find_contact_id(store, name, contact) if contact else ""

        async def read(start: int, count: int) -> Sequence[LedgerRow]:
            return await store.ledger(name, contact=who, subject=segment, after=start, limit=count)

        found = await (_newest(store, name, read, limit) if newest_first else read(after or 0, limit))
        await _refuse_unknown(store, name, segment, found)
        jobs = await imports_named(store, name, found)
        files.update({row.sequence: at for row in found if (at := import_origin(row.change, jobs)) is not None})
        purposes.update(await purposes_then(store, name, found) if proof else {})
        about = {row.change.contact for row in found if row.erased}
        known.update([each for each in about if await store.person(name, each) is not None])
        if not unmask:
            masks = await _masks(store, name, found)
            for row in found:
                if (at := files.get(row.sequence)) is not None:
                    hidden = masks[row.change.contact].text(at.file_name)  # a file may be called as the person is
                    files[row.sequence] = msgspec.structs.replace(at, file_name=hidden)
            return [masks[row.change.contact].masked(row) for row in found]
        await record_unmasking(store, name, who or EVERYBODY)
        return found

    rows = run_with_store(ctx, work)
    if as_json:
        print_json(rows)
        return
    if proof and rows:
        _show_proof(rows, known, files, purposes)
    else:
        print_table(
            ["#", "when (UTC)", "contact", "segment", "from → to", "by", "revision, message, button"],
            [
                [
                    str(row.sequence),
                    _when(row),
                    row.change.contact,
                    row.change.subject,
                    f"{row.change.before} → {row.change.after}",
                    _by(row, known, files.get(row.sequence)),
                    _where(row),
                ]
                for row in rows
            ],
            empty="no row of the ledger is about that" if contact or segment or after else "the ledger is empty",
            prose=("by", "revision, message, button"),
        )
    if newest_first:
        say_if_older(len(rows), limit)
    elif rows:
        say_if_more(len(rows), limit, rows[-1].sequence)


async def _newest(store: Store, bot: str, read: Read[LedgerRow], limit: int) -> Sequence[LedgerRow]:
    last = max((mark.sequence for mark in await store.heads(bot)), default=0)
    return await newest(read, lambda row: row.sequence, last, limit)


async def _refuse_unknown(store: Store, bot: str, segment: str, found: Sequence[LedgerRow]) -> None:
    """Raise NotFound where nothing was found of a segment because there is none."""
    if segment and not found:
        await refuse_unknown_segment(store, bot, await live_bot(store, bot), segment)


async def _masks(store: Store, bot: str, rows: Sequence[LedgerRow]) -> dict[str, Mask]:
    """Return, by contact, what hides what tells the person: what they typed, their name in the words they saw."""
    masks: dict[str, Mask] = {}
    flows = await flow_texts(store, bot)
    for contact in {row.change.contact for row in rows}:
        known = await store.contact(bot, contact)
        masks[contact] = Mask(known, flows=flows) if known is not None else Mask(flows=flows)
    return masks


def _when(row: LedgerRow) -> str:
    """Say when an act was received, and when it was done if that was not the same moment."""
    received = when(row.change.at)
    done = received if row.change.acted_at is None else when(row.change.acted_at)
    return received if done == received else f"{received}, done {done}"


def _by(row: LedgerRow, known: Container[str], file: ImportOrigin | None) -> str:
    change = row.change
    if row.erased:
        return f"{change.source} ({_erased(row, known)})"
    if file is not None and file.file_name:
        return f"{change.source} “{file.file_name}”, line {file.line} ({file.job})"
    words = change.label if change.source == "button" else change.detail
    return f"{change.source} “{words}”" if words else change.source.value


def _erased(row: LedgerRow, known: Container[str]) -> str:
    """Say of a row without its words whether its person was erased, or another one whose words it had."""
    return "erased in part" if row.change.contact in known else "erased"


def _where(row: LedgerRow) -> str:
    change = row.change
    steps = [f"r{change.revision}" if change.revision else "", change.message, change.button]
    return " · ".join(step for step in steps if step)


def _show_proof(
    rows: Sequence[LedgerRow], known: Container[str], files: Mapping[int, ImportOrigin], purposes: Mapping[int, str]
) -> None:
    console = new_console()
    for row in rows:
        erased = f", {_erased(row, known)}" if row.erased else ""
        console.print(f"[bold]row {row.sequence}[/] of {row.bot}{erased}")
        for name, value in msgspec.structs.asdict(row.change).items():
            if value not in ("", 0):
                shown = value.isoformat(timespec="milliseconds") if name == "at" else str(value)
                console.print(f"  [dim]{name:>13}[/]  {plain(shown)}")
        if (file := files.get(row.sequence)) is not None:
            console.print(
                f"  [dim]{'file':>13}[/]  {plain(file.file_name or 'its name is not kept')}, line {file.line}"
            )
        if row.sequence in purposes:
            console.print(f"  [dim]{'purpose then':>13}[/]  {plain(purposes[row.sequence])}")
        console.print()


@command.command()
@bot_option
@click.option(
    "--against", type=click.Path(dir_okay=False, path_type=Path), help="A checkpoint that the ledger must continue."
)
@click.option("--key", default="", help="The public key that must have signed it, in hex.")
@json_option
@click.pass_context
def verify(ctx: click.Context, bot: str | None, against: Path | None, key: str, as_json: bool) -> None:
    """Compute every membership again from the ledger and compare; check that no row was altered, cut out or slipped in.
    Check the journal too: that no turn was altered, removed or moved, and that ledger and turns tell the same.

    Ends with status 1 if anything differs. The head is a hash over all rows: kept elsewhere, it shows later that
    nothing up to it was rewritten. `assent ledger checkpoint` exports it signed; --against compares with such a file.
    """
    settings = settings_of(ctx)
    signed = trusted_checkpoint(ctx, against, key) if against is not None else None

    async def work(store: Store) -> tuple[dict[str, LedgerReport], dict[str, JournalReport], list[str]]:
        problems = [
            f"{mark.bot}: row {mark.sequence} was acknowledged, and is missing from the ledger"
            for mark in await missing_rows(store, settings.store, settings.store_memory)
            if bot in (None, mark.bot)
        ]
        if signed is not None:
            about = signed.checkpoint.bot
            problems += [f"{about}: {problem}" for problem in await compare_with(store, signed)]
        names = [await chosen_bot(store, bot)] if bot else await store.bots()
        if not names and not problems:
            raise BadInput("the store holds no bot yet", remedy="Save a flow first: assent flow save FILE")
        reports = {name: await store.verify_ledger(name) for name in names}
        with progress("reading the journal") as advance:
            return reports, {name: await check_journal(store, name, advance) for name in names}, problems

    reports, journals, problems = run_with_store(ctx, work)
    for problem in problems:
        click.echo(problem, err=True)
    if as_json:
        found = {
            name: {**asdict(report), "journal": journal_as_json(journals[name])} for name, report in reports.items()
        }
        print_json(found)
    else:
        for name, report in reports.items():
            _show_report(name, report)
            show_journal(name, journals[name])
        if signed is not None and not problems:
            rows = ", ".join(str(mark.sequence) for mark in signed.checkpoint.rows)
            click.echo(f"{signed.checkpoint.bot}: row {rows} is as in the checkpoint, signed by key {signed.key}")
    unsound = [*(report.differences for report in reports.values()), *(each.problems for each in journals.values())]
    if problems or any(unsound):
        sys.exit(1)


def _show_report(bot: str, report: LedgerReport) -> None:
    for loss in report.losses:
        if not loss.is_open:
            click.echo(f"{loss}: accepted {when(loss.accepted_at)} UTC by {loss.accepted_by}")
    for found in report.differences:
        if not found.contact:
            click.echo(f"{bot}: {found.problem}", err=True)
            continue
        where = f"row {found.sequence}" if found.sequence else "no row"
        click.echo(
            f"{bot}: {found.contact} in {found.subject}: {found.problem} "
            f"(stored {found.stored}, ledger {found.folded}, {where})",
            err=True,
        )
    number = len(report.differences)
    verdict = f"has {number} difference{'s' if number > 1 else ''}" if number else "is sound"
    head = f", head {report.head}" if report.head else ""
    click.echo(f"{bot}: the ledger {verdict}: {report.rows} rows, {report.memberships} memberships{head}")
