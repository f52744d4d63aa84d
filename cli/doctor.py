"""`assent doctor`: what is wrong, and what to do about it."""

import asyncio
import re
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final, Literal

import click
import msgspec
from aiohttp import ClientError, ClientSession, ClientTimeout
from rich.text import Text

from adapters.channels import CHANNELS
from adapters.text import printable
from cli.common import settings_of
from cli.output import json_option, new_console, print_json
from cli.store import open_losses
from config.settings import Bot, Settings, unproved
from messages.errors import AssentError, StoreError, UnreadableRecord
from messages.pushes import RunState
from replay.tampering import check_journal
from runtime.clock import now
from runtime.keys import button_keys
from runtime.tasks.memory_file import is_older, missing_rows
from storage.codec import REMEDY, UnreadableRecords, degraded_records
from storage.port import Store
from storage.redis.address import shown
from storage.stores import is_shared, open_store, store_file

_READ_BATCH: Final = 1000
_FAR_AHEAD: Final = datetime.max.replace(tzinfo=UTC) - timedelta(days=1)


async def unreadable_records(store: Store) -> UnreadableRecords:
    """Read everything that a server reads many of at once; return what could not be. Raises StoreError."""
    last = None
    while due := await store.due_timers(_FAR_AHEAD, _READ_BATCH, after=last):
        last = due[-1]
    reply = 0
    while rows := await store.pending(after=reply, limit=_READ_BATCH):
        reply = rows[-1].sequence
    for bot in await store.all_bots():
        await store.segments(bot)
        job = ""
        while jobs := await store.imports(bot, before=job, limit=_READ_BATCH):
            job = jobs[-1].id
        person = 0
        while people := await store.people(bot, after=person, limit=_READ_BATCH):
            person = people[-1].number
    return store.unreadable


Verdict = Literal["ok", "warning", "error"]

SKEW = timedelta(minutes=5)
"""How far off a clock may be: what the Bot Framework's tokens allow."""

LONG = timedelta(minutes=5)
"""How long a reply may wait before something is probably wrong."""

ROOM = 500_000_000
"""Bytes of free space below which a store is soon in trouble."""

NAMED = 20
"""Differences of a journal that are named."""

_PAGE = 1000

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Diagnosis(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    about: str
    verdict: Verdict
    found: str
    remedy: str = ""


async def examine(settings: Settings, *, online: bool) -> list[Diagnosis]:
    """Look at everything, worst things included: what is wrong is a diagnosis, not an exception.

    Nothing is changed: a store that is not there is not made.
    """
    found = [*_connector(settings), *_keys(settings)]
    names = set(settings.bots)
    file = store_file(settings.store)
    if file is not None and not file.exists():
        remedy = "Make it with: assent flow save FILE; or set store, if it is elsewhere"
        found.append(Diagnosis("store", "error", f"there is none at {file}", remedy))
    else:
        store = open_store(settings.store)
        try:
            await store.open()
            found.append(await _access(settings, store))
            pushed = await store.bots()
            settings = settings.with_bots(pushed)
            names = {*pushed, *settings.bots}
            unread = degraded_records(await unreadable_records(store))
            found += [Diagnosis("records", "error", f"{name}: {problem}", REMEDY) for name, problem in unread.items()]
            async for diagnosis in _store(settings, store, file):
                found.append(diagnosis)  # one by one: what was found before an error stays found
        except AssentError as error:
            found.append(Diagnosis("store", "error", str(error)))
        finally:
            await store.close()
    for name in sorted(names):
        found += _accounts(settings, name)
    if online:
        found += [diagnosis async for diagnosis in _online(settings)]
    return found


def _connector(settings: Settings) -> Iterator[Diagnosis]:
    if settings.connector:
        problem = f"all replies go to {settings.connector}, not to the channels"
        yield Diagnosis("connector", "warning", problem, "Remove the setting where people are to be reached")


def _keys(settings: Settings) -> Iterator[Diagnosis]:
    file = Path(settings.button_key_file)
    if not settings.button_keys and not file.exists():
        if is_shared(settings.store):
            remedy = "Set ASSENT_BUTTON_KEYS, the same for every server"
            yield Diagnosis("button keys", "error", "none, and servers that share a store need the same", remedy)
            return
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
        yield Diagnosis("button keys", "warning", f"{file} can be read by others", f"Say: chmod 600 {file}")
    yield Diagnosis("button keys", "ok", f"{len(keys)}; the first one signs")


async def _access(settings: Settings, store: Store) -> Diagnosis:
    """Tell whether the store can be written. What can be read of it is looked at whatever comes of that."""
    try:
        await store.check()
    except StoreError as error:
        return Diagnosis("store", "error", str(error))
    return Diagnosis(
        "store", "ok", f"{shown(settings.store)} can be read and written, and its schema is this version's"
    )


async def _store(settings: Settings, store: Store, file: Path | None) -> AsyncIterator[Diagnosis]:
    for weakness in await store.weaknesses():
        yield Diagnosis("store", "error" if weakness.breaks else "warning", weakness.problem, weakness.remedy)
    async for diagnosis in _past(settings, store):
        yield diagnosis
    if file is not None and (free := shutil.disk_usage(file.parent).free) < ROOM:
        yield Diagnosis("store", "warning", f"{free // 1_000_000} MB of its disk are free", "Make room")
    names = await store.bots()
    if not names:
        yield Diagnosis("bots", "error", "the store holds none", "Say: assent flow save FILE, then assent flow push")
    for name in names:
        live = await store.live(name)
        if live is None:
            yield Diagnosis(f"bot {name}", "error", "no live revision: it can't answer", "Say: assent flow push")
        elif live.pushed_at > now() + SKEW:
            found = f"revision {live.number} of {name} was pushed in the future, at {live.pushed_at:%Y-%m-%d %H:%M} UTC"
            yield Diagnosis("clock", "error", found, "Set the clock, with NTP")
        else:
            yield Diagnosis(f"bot {name}", "ok", f"revision {live.number} is live")
        async for diagnosis in _records(store, name):
            yield diagnosis
    for name in sorted(set(settings.bots) - set(names)):
        known = f"The store holds {', '.join(names)}" if names else "Push its flow first"
        yield Diagnosis(f"bot {name}", "warning", f"set up as bots.{name}, but the store does not hold it", known)
    yield await _replies(store)


async def _with_person(store: Store, name: str) -> int:
    """Count the conversations that were handed over to a person, and not given back."""
    found, after = 0, ""
    while page := await store.conversations(name, after=after, limit=_PAGE):
        found += sum(summary.state.handed_over for summary in page)
        after = page[-1].state.key
    return found


async def _records(store: Store, name: str) -> AsyncIterator[Diagnosis]:
    """Tell whether ledger and journal of a bot are as they were written, and how many conversations a person has."""
    try:
        with_person = await _with_person(store, name)
    except UnreadableRecord as fault:
        yield Diagnosis(f"conversations of {name}", "error", f"they can't be listed: {fault}", REMEDY)
        with_person = 0
    if with_person:
        found = f"{with_person} with a person: the bot is silent there until it is given back"
        see = "assent conversation list --with-person; give one back with: assent conversation hand-back"
        yield Diagnosis(f"conversations of {name}", "ok", found, f"See them with: {see}")
    report = await store.verify_ledger(name)
    about, remedy = f"ledger of {name}", "See them with: assent ledger verify"
    if report.differences:
        found = f"{len(report.differences)} differences between ledger and memberships"
        yield Diagnosis(about, "error", found, remedy)
    else:
        yield Diagnosis(about, "ok", f"sound, {report.rows} rows")
    about = f"journal of {name}"
    try:
        journal = await check_journal(store, name)
    except UnreadableRecord as fault:
        yield Diagnosis(about, "error", f"it can't be compared: {fault}", REMEDY)
        return
    yield Diagnosis(about, "error" if journal.problems else "ok", journal.words(), remedy if journal.problems else "")
    for problem in journal.problems[:NAMED]:
        yield Diagnosis(about, "error", str(problem))
    if (more := len(journal.problems) - NAMED) > 0:
        yield Diagnosis(about, "error", f"and {more} more", remedy)


async def _past(settings: Settings, store: Store) -> AsyncIterator[Diagnosis]:
    """Tell which acknowledged rows of the ledger the store lacks, and what is held until staff look."""
    remedy = "See what happened to the store; then say: assent store accept-loss"
    lost = [str(loss) for loss in await open_losses(store)]
    lost += [
        f"{mark.bot}: row {mark.sequence} was acknowledged, and is missing from the ledger"
        for mark in await missing_rows(store, settings.store, settings.store_memory)
    ]
    for problem in lost:
        yield Diagnosis("store went back", "error", f"{problem}: nobody is opted in or added", remedy)
    if await is_older(store, settings.store, settings.store_memory):
        found = "it is older than it was: pushes that were sent are not in it"
        remedy = "Start a server: it holds runs, schedules and sequences until you look"
        yield Diagnosis("store went back", "error", found, remedy)
    for bot in await store.all_bots():
        for record, status in await store.runs(bot, states=[RunState.HELD]):
            resume = f"Look, then say: assent broadcast resume {record.id}"
            yield Diagnosis(f"run {record.id}, {bot}", "warning", f"held: {status.reason}", resume)
        for each in await store.broadcasts(bot):
            if each.held:
                resume = f"Look, then say: assent broadcast resume-schedule {each.id}"
                yield Diagnosis(f"schedule of {each.id}, {bot}", "warning", f"held: {each.held}", resume)


async def _replies(store: Store) -> Diagnosis:
    depth, oldest = await store.outbox_depth()
    age = now() - oldest if oldest else timedelta()
    if age > LONG:
        found = f"{depth} wait, the oldest for {age.total_seconds() / 60:.0f} minutes"
        return Diagnosis(
            "replies", "warning", found, "Does the server run, and reach the channels? See assent conversation list"
        )
    return Diagnosis("replies", "ok", f"{depth} wait" if depth else "none wait")


def _accounts(settings: Settings, name: str) -> Iterator[Diagnosis]:
    bot = settings.bot(name)
    if (problem := unproved(settings, name)) is not None:
        found = f"nothing proves who writes to it, so it is not served on {settings.server.host}"
        yield Diagnosis(f"bot {name}", "error", found, problem.remedy)
    for entry in CHANNELS:
        own = bot.of(entry.kind.name, entry.settings)
        found_setup = entry.set_up(own, f"bots.{name}.{entry.kind.name}", bool(settings.connector))
        yield Diagnosis(f"{entry.kind.title}, {name}", *found_setup)


async def _online(settings: Settings) -> AsyncIterator[Diagnosis]:
    hosts: dict[str, str] = {}
    for entry in CHANNELS:
        for name, bot in (settings.bots or {"": Bot()}).items():
            hosts |= entry.addresses(bot.of(entry.kind.name, entry.settings), name)
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
            off = _off(date)
            if off is not None and off > SKEW:
                yield Diagnosis("clock", "error", f"{off} off {name}'s", "Set it, with NTP: tokens are refused else")


def _off(date: str) -> timedelta | None:
    """How far this machine's clock is off an HTTP date; None when there is none that can be read."""
    try:
        theirs = parsedate_to_datetime(date)
    except ValueError:
        return None
    return abs(now() - (theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)))


_MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "error": ("✗", "bold red")}


@click.command("doctor")
@click.option("--online", is_flag=True, help="Also ask the channels' servers: reachability, and the clock.")
@json_option
@click.pass_context
def command(ctx: click.Context, online: bool, as_json: bool) -> None:
    """Check the settings, the store and the channels. Ends with status 1 if there is an error."""
    found = asyncio.run(examine(settings_of(ctx), online=online))
    if as_json:
        print_json(found)
    else:
        console = new_console()
        for diagnosis in found:
            mark, style = _MARKS[diagnosis.verdict]
            remedy = f" {diagnosis.remedy}." if diagnosis.remedy else ""
            line = Text(f"{mark} ", style).append(
                printable(f"{diagnosis.about}: {diagnosis.found}.{remedy}"), "default"
            )
            console.print(line, soft_wrap=True)
    if any(diagnosis.verdict == "error" for diagnosis in found):
        sys.exit(1)
