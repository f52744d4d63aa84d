"""Checkpoints of the ledger: `assent ledger checkpoint`, and what `assent ledger verify --against` compares."""

from collections.abc import Iterator
from pathlib import Path

import click

from cli.common import bot_option, chosen_bot, run_with_store, settings_of
from messages.errors import BadInput
from runtime.clock import now
from runtime.keys import Checkpoint, SignedCheckpoint, checkpoint_key, public_half, read_checkpoint, sign_checkpoint
from storage.port import Store
from storage.records import LedgerMark


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
    return list(_words(mark, digest, await _end(store, mark), await _by(store, mark)))


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


async def _by(store: Store, mark: LedgerMark) -> str:
    covering = [loss for loss in await store.losses(mark.bot) if loss.covers(mark.sequence) and not loss.is_open]
    return covering[0].accepted_by if covering else ""
