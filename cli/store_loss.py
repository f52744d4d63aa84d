"""`assent store accept-loss`: puts on record which rows of the ledger are missing."""

from collections.abc import Sequence

import click

from cli.common import ask, author, run_with_store, settings_of
from runtime.clock import machine_user, now
from runtime.tasks.memory_file import missing_rows
from storage.port import Store
from storage.records import AuditRow, LedgerLoss


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
