"""`assent proof`: one person's consent as one story, which can be verified."""

import sys
from pathlib import Path

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.text import Text

from adapters.text import printable
from audiences.segments import refuse_unknown_segment
from audiences.who import whose_records
from cli.common import (
    bot_option,
    chosen_bot,
    create_private,
    may_unmask,
    narrowing_option,
    record_unmasking,
    run_with_store,
    unmask_option,
)
from cli.output import json_option, new_console, print_json, when
from cli.replay_report import file_bytes, signing_key
from messages.errors import BadInput
from privacy.masking import Mask
from publishing.flows import live_bot
from replay.proof import Proof, StepKind
from replay.proof_file import closing, from_file, sentence, shown_words, to_file
from replay.proof_reading import missing_rows, read_proof
from replay.recorded import flow_texts
from runtime.clock import now
from runtime.keys import public_half
from storage.port import Store

_BELOW = "\n" + " " * 27
"""Sets the further lines of words below the first."""

_STYLES = {
    StepKind.CHANGED: "bold",
    StepKind.LATE: "yellow",
    StepKind.REFUSED: "yellow",
    StepKind.SENT: "magenta",
}


@click.command()
@click.argument("who", required=False)
@bot_option
@narrowing_option("--segment", help="Only about this segment, and about everything.")
@click.option("--sent", "only_sent", is_flag=True, help="Only what was sent after an opt-out, and why it was allowed.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write it to a file too, signed if there is a key."
)
@click.option(
    "--verify",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Instead: check a file of --out, its signature and its rows in this store.",
)
@click.option("--key", default="", help="With --verify: the public key that must have signed it, in hex.")
@unmask_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    who: str | None,
    bot: str | None,
    segment: str,
    only_sent: bool,
    out: Path | None,
    file: Path | None,
    key: str,
    unmask: bool,
    as_json: bool,
) -> None:
    """Show how WHO was opted in and out, with the words they saw, and what was sent after an opt-out.

    WHO: contact id, e-mail address, external id, or account. Ledger, chat, files and staff's acts are one timeline, and
    what was not the person's own act is named so.
    """
    if file is not None:
        _verify(ctx, file, key)
        return
    if not who:
        raise click.UsageError("say WHO it is about, or --verify FILE")
    may_unmask(ctx, unmask=unmask)
    proof = run_with_store(ctx, lambda store: _read(store, bot, who, segment, unmask=unmask))
    if out is not None:
        _write(out, proof, signing_key(ctx))
    if as_json:
        print_json(proof)
        return
    _draw(proof, only_sent=only_sent)


async def _read(store: Store, bot: str | None, who: str, segment: str, *, unmask: bool) -> Proof:
    name = await chosen_bot(store, bot)
    contact = await whose_records(store, name, who)
    await refuse_unknown_segment(store, name, await live_bot(store, name), segment)
    mask: Mask | None = None
    if unmask:
        await record_unmasking(store, name, contact)
    else:
        known = await store.contact(name, contact)
        flows = await flow_texts(store, name)
        mask = Mask(known, flows=flows) if known is not None else Mask(flows=flows)
    return await read_proof(store, name, contact, subject=segment, at=now(), mask=mask)


def _draw(proof: Proof, *, only_sent: bool) -> None:
    console = new_console()
    wide = not console.is_terminal
    about = f", {proof.subject}" if proof.subject else ""
    console.print(Text(printable(f"Consent of {proof.contact}, bot {proof.bot}{about}"), "bold underline"))
    for one in proof.also:
        console.print(Text(printable(f"with {one}, who was merged into it"), "dim"))
    for step in proof.sent_after_a_no if only_sent else proof.steps:
        told = printable(sentence(step)).replace("\n", " ")
        line = Text(f"{when(step.at)}  ", "dim").append(told, _STYLES.get(step.kind, ""))
        console.print(line.append(f"  row {step.sequence}" if step.sequence else "", "dim"), soft_wrap=wide)
        for heading, words in shown_words(step):
            below = printable(words).replace("\n", _BELOW)  # else its lines could pass for steps
            console.print(Text(f"{heading:>25}: ", "dim").append(below, "italic"), soft_wrap=wide)
    console.print()
    for closing_line in closing(proof):
        console.print(Text(printable(closing_line)), soft_wrap=wide)


def _write(out: Path, proof: Proof, key: Ed25519PrivateKey | None) -> None:
    try:
        with create_private(out) as file:
            file.write(to_file(proof, key))
    except FileExistsError:
        raise BadInput("the file exists", place=str(out), remedy="Name another file") from None
    except OSError as error:
        raise BadInput(f"it can't be written: {error.strerror}", place=str(out)) from error
    signed = f"signed by key {public_half(key)}" if key else "unsigned: assent ledger checkpoint makes a key"
    click.echo(f"written to {out}, {signed}", err=True)


def _verify(ctx: click.Context, file: Path, key: str) -> None:
    proof, signed = from_file(file_bytes(file), file.name, key.strip().lower())
    own = key.strip().lower()
    if signed.key and not own and (ours := signing_key(ctx)) is not None:
        own = public_half(ours)
    click.echo(f"{file.name} is {signed.words(own)}")
    problems = run_with_store(ctx, lambda store: missing_rows(store, proof))
    for problem in problems:
        click.echo(problem, err=True)
    if problems or (own and signed.key != own):
        sys.exit(1)
    rows = sum(1 for step in proof.steps if step.sequence)
    click.echo(f"its {rows} {'row is' if rows == 1 else 'rows are'} in this store's ledger with the same hashes")
