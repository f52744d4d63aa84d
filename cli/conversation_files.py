"""`assent conversation export` and `view`: recordings and Bot Framework transcripts in files."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

import click
import msgspec
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from adapters.terminal import ButtonNumbers, render
from adapters.text import printable
from cli.common import (
    author,
    bot_option,
    chosen_bot,
    find_conversation,
    may_unmask,
    record_unmasking,
    run_with_store,
    unmask_option,
)
from cli.output import new_console, when
from cli.replay import of_conversation
from cli.replay_report import file_bytes, key_option, read_recording, signing_key
from cli.transcript import Drawing
from messages.effects import OutgoingButton, OutgoingCard, OutgoingCarousel, OutgoingMessage, OutgoingText
from messages.errors import BadInput
from privacy.masking import FlowTexts, Mask
from replay.archive import archive_of, is_archive, write_archive
from replay.chain_check import oddities
from replay.recorded import Unreadable, flow_texts, read_turn, read_turns, sources_of
from replay.transcript_reading import Card, Line, Transcript, read_transcript
from replay.transcript_writing import to_transcript
from runtime.clock import now
from runtime.keys import public_half
from storage.port import Store
from storage.records import RecordedTurn

_INSET = (0, 0, 0, 4)
_UNSEEN = frozenset({"trace", "typing", "invokeResponse"})
"""Types of activities that show the person nothing that stays."""


def draw_transcript(transcript: Transcript, console: Console, *, traces: bool = False) -> None:
    """Draw each activity: what the person did at the margin, the bot's replies under it. `traces`: the unseen ones too.

    An activity of nobody known is drawn as a reply with its type.
    """
    for line in transcript.lines:
        if line.kind in _UNSEEN and not traces:
            continue
        if line.who == "user":
            console.print()
            console.print(_head(line))
        elif line.kind != "message":
            console.print(Padding(Text(printable(_happened(line)), "dim"), _INSET))
        message = _message(line)
        if message.parts or message.quick_replies:
            console.print(Padding(render(message, ButtonNumbers()), _INSET))


def _head(line: Line) -> Text:
    """When, and what the person said or did."""
    said = line.text if line.kind == "message" else _happened(line)
    at = f"{when(line.when)}  " if line.when is not None else ""
    return Text(at, "dim").append(printable(said or f"({line.kind or 'activity'})"), "bold")


def _happened(line: Line) -> str:
    return f"({': '.join(filter(None, (line.kind or 'activity', line.text)))})"


def _message(line: Line) -> OutgoingMessage:
    """Return what an activity shows as a message of ours, without words that the head has."""
    said = line.text if line.kind == "message" and line.who != "user" else ""
    parts = (
        *((OutgoingText(said),) if said else ()),
        *((OutgoingCarousel(tuple(map(_card, line.cards))),) if line.cards else ()),
    )
    return OutgoingMessage("", parts, _buttons(line.buttons))


def _card(card: Card) -> OutgoingCard:
    words = "\n".join(filter(None, (card.subtitle, card.text)))
    return OutgoingCard(card.title, words, buttons=_buttons(card.buttons))


def _buttons(labels: tuple[str, ...]) -> tuple[OutgoingButton, ...]:
    return tuple(OutgoingButton(label) for label in labels)


_LEFT_OUT = "it could not be read when this was exported, so nothing of it is here"


@click.command()
@click.argument("conversation")
@bot_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["recording", "transcript"]),
    default="recording",
    show_default=True,
    help="A recording runs again; a transcript opens in tools of the Bot Framework.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Where to; without it, standard output.")
@unmask_option
@click.pass_context
def export(ctx: click.Context, conversation: str, bot: str | None, form: str, out: Path | None, unmask: bool) -> None:
    """Write CONVERSATION to a file: a recording that assent replay runs again on any machine, or a transcript."""
    may_unmask(ctx, unmask=unmask)
    if form == "recording" and out is None and sys.stdout.isatty():
        raise click.UsageError("a recording is not for the terminal: say --out FILE")

    key = signing_key(ctx) if form == "recording" else None

    async def work(store: Store) -> bytes:
        name = await chosen_bot(store, bot)
        one, turns = conversation, await _turns(store, name, conversation)
        if not turns:
            one = (await find_conversation(store, name, conversation)).state.key
            turns = await _turns(store, name, one)
        if not turns:
            raise BadInput(f"{name} has no turns of {one!r}", remedy="See `assent conversation list`")
        await record_unmasking(store, name, one, action="export unmasked" if unmask else "export")
        if form == "transcript":
            return _transcript(turns, None if unmask else await flow_texts(store, name))
        sources = await sources_of(store, name)
        made = archive_of(name, one, turns, sources, made_by=author(), made_at=now(), masked=not unmask)
        return write_archive(made, key)

    _write(run_with_store(ctx, work), out)
    if form == "recording":
        unsigned = "unsigned: there is no key yet; assent ledger checkpoint makes one"
        click.echo(f"signed by key {public_half(key)}" if key is not None else unsigned, err=True)


async def _turns(store: Store, bot: str, conversation: str) -> list[RecordedTurn]:
    return [turn async for page in of_conversation(store, bot, conversation) for turn in page]


def _transcript(turns: Sequence[RecordedTurn], flows: FlowTexts | None) -> bytes:
    """Return a transcript of the turns that can be read, masked by the words of `flows`; the others are named on
    standard error.
    """
    entries, unreadable = read_turns(turns)
    for each in unreadable:
        click.echo(printable(f"! {each.place} is left out: {each.problem}"), err=True)
    mask = None if flows is None else Mask(*entries, flows=flows)
    activities = to_transcript([entry if mask is None else mask.masked(entry) for entry in entries])
    return msgspec.json.format(msgspec.json.encode(activities), indent=2) + b"\n"


def _write(data: bytes, out: Path | None) -> None:
    """Write all of it or nothing; only the owner may read it. A pipe or a device is written to, never replaced."""
    if out is None:
        sys.stdout.buffer.write(data)
        return
    try:
        if out.exists() and not out.is_file():
            out.write_bytes(data)
        else:
            _replace(out, data)
    except OSError as error:
        raise BadInput(f"it can't be written: {error.strerror}", place=str(out)) from error


def _replace(out: Path, data: bytes) -> None:
    with NamedTemporaryFile(dir=out.parent, prefix=f".{out.name}.", delete=False) as beside:
        try:
            beside.write(data)
            beside.flush()
            os.fsync(beside.fileno())
            Path(beside.name).replace(out)
        except OSError:
            Path(beside.name).unlink()
            raise


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--trace",
    "traces",
    is_flag=True,
    help="Beside each turn: what matched and what was looked at; of a transcript, its traces.",
)
@key_option
@click.pass_context
def view(ctx: click.Context, file: Path, traces: bool, key: str) -> None:
    """Draw a recording, or a Bot Framework transcript, as the person saw it."""
    data = file_bytes(file)
    if not is_archive(data):
        draw_transcript(read_transcript(data, file.name), new_console(), traces=traces)
        return
    archive = read_recording(ctx, file, key)
    drawing = Drawing(new_console(), traces=traces, masked=False)  # as the file has it
    made = f"by {archive.made_by} at {archive.made_at:%Y-%m-%d %H:%M}"
    drawing.console.print(Text(printable(f"{archive.conversation} of {archive.bot}, {made}"), "bold"))
    before = None
    for turn in archive.recorded(file.name):
        read = read_turn(turn)
        drawing.console.print()
        if isinstance(read, Unreadable):
            left_out = archive.masked and not turn.record
            drawing.unreadable(read._replace(problem=_LEFT_OUT) if left_out else read)
        else:
            drawing.turn(read, None, oddities(read, before, archive.sources()))
            before = read.at
