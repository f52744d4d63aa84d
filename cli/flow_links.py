"""`assent flow links`: the ways in of a flow as links and QR codes, for each channel that the settings name."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import segno

from adapters.channels import CHANNELS
from cli.common import bot_option, chosen_bot, run_with_store, settings_of
from cli.flow_check import flow_file, read_flow_input
from cli.output import json_option, plain, print_json, print_table
from config.settings import Settings
from flows.model.bot import Bot, words_of_link
from publishing.flows import live_bot
from storage.port import Store

_folder = click.Path(file_okay=False, path_type=Path)


class Address(NamedTuple):
    """Where a link of a flow leads on one channel."""

    link: str
    channel: str
    address: str
    message: str


def addresses_of(bot: Bot, settings: Settings) -> Iterator[Address]:
    """Go through the links of a bot, each on every channel that has an address for it."""
    own = settings.bot(bot.bot)
    for name, link in bot.links.items():
        for entry in CHANNELS:
            channel = own.of(entry.kind.name, entry.settings)
            for address in entry.links(channel, name, words_of_link(name, link)):
                yield Address(name, entry.kind.name, address, link.message)


@click.command("links")
@click.argument("file", required=False, type=flow_file)
@bot_option
@click.option("--qr", is_flag=True, help="Draw each as a QR code in the terminal.")
@click.option("--png", type=_folder, help="Write a QR code of each as PNG into this folder.")
@click.option("--svg", type=_folder, help="Write a QR code of each as SVG into this folder.")
@json_option
@click.pass_context
def links(
    ctx: click.Context, file: Path | None, bot: str | None, qr: bool, png: Path | None, svg: Path | None, as_json: bool
) -> None:
    """Print the links of the live flow, or of FILE, on each channel that the settings name."""

    async def live(store: Store) -> Bot:
        return await live_bot(store, await chosen_bot(store, bot))

    flow = read_flow_input(file).bot if file is not None else run_with_store(ctx, live)
    found = list(addresses_of(flow, settings_of(ctx)))
    if as_json:
        print_json([each._asdict() for each in found])
    else:
        rows = [(each.link, each.channel, plain(each.address), each.message) for each in found]
        print_table(("link", "channel", "address", "message"), rows, empty=_nothing(flow))
    for each in found if qr else ():
        click.echo(f"\n{each.link}, {each.channel}")
        segno.make(each.address, micro=False).terminal(compact=True)
    for folder, ending in ((png, "png"), (svg, "svg")):
        if folder is not None:
            _write(found, folder, ending)


def _nothing(flow: Bot) -> str:
    if not flow.links:
        return f"{flow.bot} has no links: add them under `links`"
    return (
        f"no channel of {flow.bot} has an address: set bots.{flow.bot}.teams.app_id, or bots.{flow.bot}.workplace.pages"
    )


def _write(found: list[Address], folder: Path, ending: str) -> None:
    """Write a picture of each; several pages of one channel are numbered from the second on."""
    folder.mkdir(parents=True, exist_ok=True)
    written: dict[str, int] = {}
    for each in found:
        name = f"{each.link}-{each.channel}"
        written[name] = written.get(name, 0) + 1
        number = f"-{written[name]}" if written[name] > 1 else ""
        path = folder / f"{name}{number}.{ending}"
        segno.make(each.address, micro=False).save(str(path), scale=8)
        click.echo(str(path), err=True)
