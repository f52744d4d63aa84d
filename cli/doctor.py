"""`assent doctor`: what is wrong, and what to do about it."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Literal

import click
import msgspec
from aiohttp import ClientError, ClientSession, ClientTimeout
from rich.text import Text

from cli.common import json_option, new_console, print_json, settings_of
from config.settings import Settings
from messages.errors import AssentError
from runtime.app import is_loopback
from runtime.button_keys import button_keys
from runtime.clock import now
from storage.open import open_store
from storage.port import Store

Verdict = Literal["ok", "warning", "error"]

SKEW = timedelta(minutes=5)
"""How far off a clock may be: what the Bot Framework's tokens allow."""


class Diagnosis(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    about: str
    verdict: Verdict
    found: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class _Patient:
    settings: Settings
    store: Store


@click.command("doctor")
@click.option("--online", is_flag=True, help="Also ask the channels' servers: reachability, and the clock.")
@json_option
@click.pass_context
def command(ctx: click.Context, online: bool, as_json: bool) -> None:
    """Say what is wrong with the settings, the store and the channels. Ends with status 1 if there is an error."""
    found = asyncio.run(_examine(settings_of(ctx), online=online))
    if as_json:
        print_json(found)
    else:
        console = new_console()
        marks = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "error": ("✗", "bold red")}
        for diagnosis in found:
            mark, style = marks[diagnosis.verdict]
            remedy = f" {diagnosis.remedy}." if diagnosis.remedy else ""
            line = Text(f"{mark} ", style).append(f"{diagnosis.about}: {diagnosis.found}.{remedy}", "default")
            console.print(line, soft_wrap=True)
    if any(diagnosis.verdict == "error" for diagnosis in found):
        sys.exit(1)


async def _examine(settings: Settings, *, online: bool) -> list[Diagnosis]:
    found = list(_keys(settings))
    store = open_store(settings.store)
    try:
        await store.open()
        await store.check()
    except AssentError as error:
        return [Diagnosis("store", "error", str(error), "Check the path, its owner and the free space"), *found]
    try:
        found.insert(0, Diagnosis("store", "ok", f"{settings.store} can be read and written"))
        patient = _Patient(settings, store)
        found += [diagnosis async for diagnosis in _bots(patient)]
        found += [diagnosis async for diagnosis in _replies(patient)]
    finally:
        await store.close()
    if online:
        found += [diagnosis async for diagnosis in _online(settings)]
    return found


def _keys(settings: Settings) -> Iterator[Diagnosis]:
    file = Path(settings.button_key_file)
    if not settings.button_keys and not file.exists():
        yield Diagnosis(
            "button keys", "warning", f"none yet; {file} is made at the first start", "Keep it with your back-ups"
        )
        return
    try:
        keys = button_keys([key.reveal() for key in settings.button_keys], file)
    except AssentError as error:
        yield Diagnosis("button keys", "error", str(error))
        return
    if not settings.button_keys and file.stat().st_mode & 0o077:
        yield Diagnosis("button keys", "warning", f"{file} can be read by others", f"chmod 600 {file}")
    yield Diagnosis("button keys", "ok", f"{len(keys)}; the first one signs")


async def _bots(patient: _Patient) -> AsyncIterator[Diagnosis]:
    settings, store = patient.settings, patient.store
    names = sorted({*await store.bots(), *settings.bots})
    if not names:
        yield Diagnosis("bots", "warning", "the store holds none", "assent flow save FILE, then assent flow push")
    for name in names:
        live = await store.live(name)
        if live is None:
            yield Diagnosis(f"bot {name}", "error", "no live revision: it can't answer", "assent flow push")
        else:
            yield Diagnosis(f"bot {name}", "ok", f"revision {live.number} is live")
        report = await store.verify_ledger(name)
        if report.differences:
            found = f"{len(report.differences)} differences between ledger and memberships"
            yield Diagnosis(f"ledger of {name}", "error", found, "assent ledger verify")
        else:
            yield Diagnosis(f"ledger of {name}", "ok", f"sound, {report.rows} rows")
        for diagnosis in _accounts(settings, name):
            yield diagnosis


def _accounts(settings: Settings, name: str) -> Iterator[Diagnosis]:
    bot = settings.bot(name)
    place = f"bots.{name}"
    open_door: Verdict = "warning" if is_loopback(settings.server.host) else "error"
    if bot.teams.app_id:
        if not bot.teams.app_password:
            yield Diagnosis(
                f"Teams, {name}", "error", "an app id without a password", f"Set {place}.teams.app_password"
            )
        else:
            yield Diagnosis(f"Teams, {name}", "ok", f"app {bot.teams.app_id}")
    else:
        found = "no app id: requests are not authenticated, loopback only"
        yield Diagnosis(f"Teams, {name}", open_door, found, f"Set {place}.teams.app_id to use Teams")
    page = bot.workplace
    missing = [key for key in ("app_secret", "access_token", "verify_token") if not getattr(page, key)]
    if not missing:
        yield Diagnosis(f"Messenger, {name}", "ok", f"{page.graph_url}, version {page.graph_version}")
    elif len(missing) < 3:
        remedy = f"Set {', '.join(f'{place}.workplace.{key}' for key in missing)}"
        yield Diagnosis(f"Messenger, {name}", "error", f"set up in part: no {', '.join(missing)}", remedy)
    else:
        yield Diagnosis(f"Messenger, {name}", "warning", "not set up", f"Set {place}.workplace.app_secret to use it")


async def _replies(patient: _Patient) -> AsyncIterator[Diagnosis]:
    depth, oldest = await patient.store.outbox_depth()
    age = now() - oldest if oldest else timedelta()
    if age > timedelta(minutes=5):
        found = f"{depth} wait, the oldest for {age.total_seconds() / 60:.0f} minutes"
        remedy = "Is the server running, and does it reach the channels? assent conversation list"
        yield Diagnosis("replies", "warning", found, remedy)
    else:
        yield Diagnosis("replies", "ok", f"{depth} wait" if depth else "none wait")


async def _online(settings: Settings) -> AsyncIterator[Diagnosis]:
    hosts = {
        "Bot Framework": "https://login.botframework.com/v1/.well-known/openidconfiguration",
        **{
            f"Graph ({name})": bot.workplace.graph_url
            for name, bot in settings.bots.items()
            if bot.workplace.access_token
        },
    }
    async with ClientSession(timeout=ClientTimeout(total=10)) as session:
        for name, url in hosts.items():
            try:
                async with session.get(url) as response:
                    date = response.headers.get("Date", "")
            except (ClientError, TimeoutError) as error:
                found = f"{url} can't be reached ({type(error).__name__})"
                yield Diagnosis(name, "error", found, "Check the network and the proxy")
                continue
            yield Diagnosis(name, "ok", "reachable")
            theirs = parsedate_to_datetime(date) if date else None
            if theirs is not None and abs(now() - theirs.astimezone(UTC)) > SKEW:
                found = f"{abs(now() - theirs.astimezone(UTC))} off {name}'s"
                yield Diagnosis("clock", "error", found, "Set it, with NTP; tokens are refused else")
