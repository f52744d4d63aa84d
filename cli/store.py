"""`assent store`: moving everything from one store into another."""

import asyncio
from collections.abc import Sequence

import click
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from cli.output import new_console, print_table
from cli.store_backup import backup
from cli.store_loss import accept_loss
from messages.errors import BadInput, BadSettings
from storage.copy import Compared, compare_stores, copy_store
from storage.open import open_store, store_file
from storage.port import Store
from storage.records import LedgerReport
from storage.redis.address import shown
from storage.transfer import Kind


@click.group()
def command() -> None:
    """Back a store up, copy it into another one; accept that one lost rows."""


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
        self._progress.update(self._task, description=f"{self._what} {kind.value} of {bot}", completed=done)


def _show(compared: Sequence[Compared]) -> None:
    print_table(
        ["bot", "what", "records", "digest", "same"],
        [
            [each.bot, each.kind.value, f"{each.source[0]:,}", each.source[1][:16], "yes" if each.is_same else "NO"]
            for each in compared
            if each.source[0] or each.target[0]
        ],
        empty="both stores are empty",
    )
