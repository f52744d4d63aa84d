"""`assent store`: a backup, a copy into another store, and accepted losses."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import click
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from cli.common import ask, author, run_with_store, settings_of
from cli.output import new_console, print_table
from messages.errors import BadInput, BadSettings
from runtime.clock import machine_user, now
from runtime.tasks.memory_file import missing_rows
from storage.port import Store
from storage.records import AuditRow, LedgerLoss, LedgerReport
from storage.redis.address import shown
from storage.sqlite.files import back_up
from storage.stores import Compared, compare_stores, copy_store, open_store, store_file
from storage.transfer import Kind


@click.command("accept-loss")
@click.option("--bot", help="Only rows of this bot.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.pass_context
def accept_loss(ctx: click.Context, bot: str | None, yes: bool) -> None:
    """Accept that acknowledged rows of the ledger are missing: the store was restored, or lost them.

    Until then nobody is opted in or added. The ledger keeps which rows are missing and who accepted it, and `assent
    ledger verify` names the gap. Opt-outs may be among the missing rows: look for them before you accept.
    """
    settings = settings_of(ctx)

    async def work(store: Store) -> None:
        for mark in await missing_rows(store, settings.store, settings.store_memory):
            await store.record_loss(mark)
        found = await open_losses(store, bot)
        if not found:
            click.echo("Nothing is missing.")
            return
        for loss in found:
            click.echo(f"{loss}; found {loss.found_at:%Y-%m-%d %H:%M:%S} UTC, hash of the last one {loss.hash}")
        ask("Accept that these rows are lost, opt-outs among them?", yes=yes)
        at = now()
        for loss in found:
            await store.accept_loss(loss, at, author())
            detail = f"rows {loss.first} to {loss.last}, as {machine_user()}"
            await store.add_audit(AuditRow(0, loss.bot, at, author(), "accept_loss", "ledger", detail))
        click.echo("Accepted. People can be opted in and added again; new rows have higher numbers than the lost ones.")
        for name in sorted({loss.bot for loss in found}):
            if await store.live(name) is None:
                click.echo(f"{name} has no live revision any more: push its flow.")

    run_with_store(ctx, work)


async def open_losses(store: Store, bot: str | None = None) -> Sequence[LedgerLoss]:
    """Return the losses that nobody accepted, of one bot or of all."""
    bots = [bot] if bot is not None else await store.all_bots()
    return [loss for name in bots for loss in await store.losses(name) if loss.is_open]


@click.command()
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_context
def backup(ctx: click.Context, target: Path) -> None:
    """Copy the SQLite store, as it is at this moment, into the new file TARGET. Servers may run.

    Keep with it what is not in the store: the keys, the settings, and the file that remembers the last ledger row.
    """
    url = settings_of(ctx).store
    file = store_file(url)
    if file is None:
        raise BadSettings(
            f"{shown(url)} is not a SQLite file", place="store", remedy="See docs/production.md for Redis' own files"
        )
    if not file.exists():
        raise BadSettings(f"there is no store at {file}", place="store")
    back_up(file, target)
    click.echo(f"{file} is backed up to {target}, which only its owner may read")


@click.group()
def command() -> None:
    """Back up a store, copy it into another one, accept lost rows."""


command.add_command(accept_loss)
command.add_command(backup)


@command.command()
@click.argument("source")
@click.argument("target")
def copy(source: str, target: str) -> None:
    r"""Copy everything of SOURCE into TARGET, both given as addresses of stores.

    No server may run on either. A copy that broke off goes on where it stopped when it is run again. Then both stores
    are read again and compared, and the target's ledger is verified.

    \b
      assent store copy sqlite:///assent.db redis://localhost:6379/0
    """
    file = store_file(source)
    if file is not None and not file.exists():
        raise BadSettings(f"there is no store at {file}", place="SOURCE")
    if source == target:
        raise BadInput("source and target are the same", place="TARGET")
    asyncio.run(_copy(source, target))


async def _copy(source: str, target: str) -> None:
    left, right = open_store(source), open_store(target)
    await left.open()
    try:
        await right.open()
        try:
            compared, reports = await _copied(left, right, shown(source))
        finally:
            await right.close()
    finally:
        await left.close()
    _show(compared)
    faults = sum(len(report.differences) for report in reports)
    rows = sum(report.rows for report in reports)
    if faults or not all(each.is_same for each in compared):
        raise BadInput(
            f"the stores differ, or the target's ledger has faults ({faults})",
            place="TARGET",
            remedy="Empty the target and copy again; if it stays so, look at the source with assent ledger verify",
        )
    click.echo(f"Copied and compared. The target's ledger is sound: {rows} rows.")


async def _copied(source: Store, target: Store, name: str) -> tuple[Sequence[Compared], Sequence[LedgerReport]]:
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} records"),
        TimeElapsedColumn(),
        console=new_console(stderr=True),
        transient=True,
    ) as progress:
        await copy_store(source, target, name, _Shown(progress, "copying").hear)
        compared = await compare_stores(source, target, _Shown(progress, "comparing").hear)
        reports = [await target.verify_ledger(bot) for bot in await target.all_bots()]
        if all(each.is_same for each in compared) and not any(report.differences for report in reports):
            await target.end_copy()
    return compared, reports


class _Shown:
    """One line of progress."""

    def __init__(self, progress: Progress, what: str) -> None:
        self._progress = progress
        self._what = what
        self._task: TaskID = progress.add_task(what, total=None)

    def hear(self, bot: str, kind: Kind, done: int) -> None:
        """Take note of how far it is."""
        self._progress.update(
            self._task, description=f"{self._what} {kind.value.replace('_', ' ')} of {bot}", completed=done
        )


def _show(compared: Sequence[Compared]) -> None:
    print_table(
        ["bot", "what", "records", "digest", "same"],
        [
            [
                each.bot,
                each.kind.value.replace("_", " "),
                f"{each.source[0]:,}",
                each.source[1][:16],
                "yes" if each.is_same else "NO",
            ]
            for each in compared
            if each.source[0] or each.target[0]
        ],
        empty="both stores are empty",
    )
