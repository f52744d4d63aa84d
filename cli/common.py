"""What the commands share: settings, the open store, which bot, time and conversation are meant, who runs them."""

import asyncio
import contextlib
import dataclasses
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar

import click
from click.core import ParameterSource
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text

from adapters.text import printable
from audiences.context import Context
from audiences.index_feed import Audience
from audiences.who import whose_records
from cli.output import new_console
from config.load import load_settings
from config.settings import Settings, channels_set_up
from filters.index.people import PeopleIndex
from flows.engine.turn import conversation_key
from messages.consent import SourceKind
from messages.errors import BadInput, BadSettings, NotFound
from publishing.flows import live_bot
from runtime.clock import machine_user, now
from runtime.tasks.memory_file import keep_acknowledged, remembered_rows
from staff.acting import Staff, known_bot
from storage.port import Audit, Store
from storage.records import AuditRow, ConversationSummary
from storage.stores import open_store, store_file

T = TypeVar("T")

_LEAVE_OUT = "Write one, or leave it out"

_SAVE = "Save a flow first: assent flow save FILE"


def named(ctx: click.Context, parameter: click.Parameter, value: str) -> str:
    """The callback of what narrows something down: without a value it would mean everybody, as a variable of a script
    that was never set would. Raises BadInput.
    """
    if not value.strip() and parameter.name and ctx.get_parameter_source(parameter.name) is ParameterSource.COMMANDLINE:
        raise BadInput("the value is empty", place=parameter.get_error_hint(ctx).strip("'"), remedy=_LEAVE_OUT)
    return value


narrowing_option = partial(click.option, default="", callback=named)
"""An option that narrows down what is meant."""

bot_option = click.option("--bot", help="The bot; needed when the store holds several.")


def settings_of(ctx: click.Context) -> Settings:
    """Return the settings as `--config`, `--store` and the environment say."""
    chosen = ctx.find_root().obj or {}
    settings = load_settings(os.environ, chosen.get("config"))
    if chosen.get("store"):
        settings = dataclasses.replace(settings, store=chosen["store"])
    return settings


def run_with_store(ctx: click.Context, work: Callable[[Store], Awaitable[T]], *, create: bool = False) -> T:
    """Open the store, run `work` on it, close it. Raises BadSettings when there is none, unless it may be created."""
    settings = settings_of(ctx)
    url = settings.store
    file = store_file(url)
    if not create and file is not None and not file.exists():
        raise BadSettings(f"there is no store at {file}", remedy=f"{_SAVE}; or name another one with --store")

    async def run() -> T:
        store = open_store(url)
        await store.open()
        try:
            store.remember(await remembered_rows(store, url, settings.store_memory))
            try:
                return await work(store)
            finally:
                await keep_acknowledged(store, url, settings.store_memory, now())
        finally:
            await store.close()

    return asyncio.run(run())


async def chosen_bot(store: Store, bot: str | None) -> str:
    """Return the bot that is meant. Raises NotFound, and BadInput when there are several and none is named."""
    if bot is not None:
        try:
            return await known_bot(store, bot)
        except NotFound as error:
            raise NotFound(error.problem, place="--bot", remedy=error.remedy) from error
    bots = await store.bots()
    if len(bots) == 1:
        return bots[0]
    if not bots:
        raise BadInput("the store holds no bot yet", remedy=_SAVE)
    raise BadInput("the store holds several bots", place="--bot", remedy=f"Name one of {', '.join(bots)}")


def author() -> str:
    """Return who runs the command, for the history."""
    return os.environ.get("ASSENT_AUTHOR") or machine_user()


def ask(question: str, *, yes: bool, change: str = "changed") -> None:
    """Go on if the person agrees in so many words: Enter alone is a no. One line is read, of a terminal or a pipe.
    `change`: what is else done, for the error.

    Raises BadInput when they don't agree, or when there is nobody to ask.
    """
    if yes:
        return
    click.echo(f"{question} [y/N]: ", nl=False)
    if not (answer := _line()):
        click.echo()
    if answer.strip().casefold() in ("y", "yes"):
        return
    if answer.strip() or sys.stdin.isatty():
        raise BadInput(f"nothing was {change}")
    raise BadInput(
        f"nobody answered, so nothing was {change}", remedy="Say --yes to go on without being asked, as in a script"
    )


def _line() -> str:
    """Read a line. Ctrl-C ends it at once: inside `asyncio.run`, it would only be heard after the line."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return sys.stdin.readline()
    finally:
        signal.signal(signal.SIGINT, before)


_AGO = re.compile(r"(\d{1,6})\s*([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Moment(click.ParamType[datetime]):
    """`7d`, `12h`, `30m` or `2w` ago, a date, or a date and time in ISO 8601; UTC unless it says otherwise."""

    name = "when"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment that is meant."""
        if isinstance(value, datetime):
            return value
        text = str(value).strip()
        try:
            if (ago := _AGO.fullmatch(text)) is not None:
                return now() - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
            moment = datetime.fromisoformat(text)
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{text!r} is not a time; write 7d, 12h, 2026-11-23 or 2026-11-23T09:30", param, ctx)


MOMENT = Moment()


def create_private(path: Path) -> BinaryIO:
    """Create a file with mode 0600 and open it for writing. Raises FileExistsError, OSError."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb")


Advance = Callable[[int], None]


class _Rate(ProgressColumn):
    """How many a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


@contextmanager
def progress(what: str, unit: str = "turns", total: int | None = None) -> Iterator[Advance]:
    """Show how many are done, on a terminal; of `total` if that is known."""
    console = new_console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} " + unit),
        _Rate(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task(what, total=total)
        yield lambda turns: bar.advance(task, turns)


def staff() -> Staff:
    """Return who runs the command, as ledger and audit have it."""
    return Staff(author(), SourceKind.CLI)


async def context_of(ctx: click.Context, store: Store, bot: str | None) -> Context:
    """Return what an act on the audience of the bot that is meant works with."""
    name = await chosen_bot(store, bot)
    audience = Audience(store, name, set_up=channels_set_up(settings_of(ctx), name))

    async def index() -> PeopleIndex:
        seen = 0
        with progress("Reading people", "people") as advance:

            def tell(count: int) -> None:
                nonlocal seen
                advance(count - seen)
                seen = count

            return await audience.catch_up(tell)

    return Context(store, name, await live_bot(store, name), staff(), now(), index)


def warn(warnings: Sequence[str]) -> None:
    """Say what is probably wrong, beside what is printed."""
    for warning in warnings:
        click.echo(printable(f"warning: {warning}"), err=True)


def values_of(values: tuple[str, ...], file: Path | None) -> list[str]:
    """Return the values given as arguments, then the lines of a file. `-` among either is standard input."""
    found: list[str] = []
    for value in values:
        found += sys.stdin.read().removeprefix("\ufeff").splitlines() if value == "-" else [value]
    if file is not None:
        try:
            found += file.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"it can't be read as text: {error}", place=str(file)) from error
    stripped = [value.strip() for value in found]
    return [value for value in stripped if value]


unmask_option = click.option(
    "--unmask", is_flag=True, help="Show people's words and names, if you may. It is recorded who looked at what."
)


def may_unmask(ctx: click.Context, *, unmask: bool) -> None:
    """Go on if nothing is to be unmasked, or whoever runs the command may see it. Raises BadInput."""
    if unmask and author() not in settings_of(ctx).privacy.may_unmask:
        raise BadInput(
            f"{author()} may not see people's words and names",
            place="--unmask",
            remedy="Without it they are masked; who may is in the setting privacy.may_unmask",
        )


async def record_unmasking(store: Audit, bot: str, target: str, *, action: str = "unmask") -> None:
    """Write down who is about to see a conversation, or take it along, unmasked. Durable before anything is shown."""
    await store.add_audit(AuditRow(0, bot, now(), author(), action, target, f"as {machine_user()}"))


_PAGE = 1000


async def find_conversation(store: Store, bot: str, key: str, *, or_file: bool = False) -> ConversationSummary:
    """Return the conversation of a key. `workplace:<user>` names that of the only page on which there is one, and what
    names a person (`audiences.who`) the only one that they have. `or_file`: a file could have been named instead, for
    the error.

    Raises BadInput for several, NotFound for none.
    """
    found = await store.conversation(bot, key) or await store.conversation(bot, key.strip())
    if found is not None:
        return found
    named = [summary async for summary in _of_earlier_key(store, bot, key)] or await _of_person(store, bot, key)
    if len(named) == 1:
        return named[0]
    if named:
        keys = ", ".join(summary.state.key for summary in named[:5])
        raise BadInput(f"{key!r} can be each of {len(named)} conversations", remedy=f"Say which: {keys}")
    nor = ", and no file has that name" if or_file else ", and no contact of that address or id has one"
    raise NotFound(f"{bot} has no conversation {key!r}{nor}", remedy="See `assent conversation list`")


async def _of_person(store: Store, bot: str, who: str) -> list[ConversationSummary]:
    try:
        contact = await whose_records(store, bot, who)
    except NotFound:
        return []
    found = [await store.conversation(bot, key) for key in await store.conversations_of(bot, contact)]
    return [summary for summary in found if summary is not None]


async def _of_earlier_key(store: Store, bot: str, key: str) -> AsyncIterator[ConversationSummary]:
    after = ""
    while page := await store.conversations(bot, after=after, limit=_PAGE):
        for summary in page:
            if conversation_key(summary.state.reference.earlier) == key:
                yield summary
        after = page[-1].state.key


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def was_kept(path: Path) -> bool:
    """Tell whether a process that was killed then had put a whole file in its place."""
    return path.exists() and _beside(path).exists() and path.samefile(_beside(path))


def forget_beside(path: Path) -> None:
    """Take away the second name of a file that was kept."""
    _beside(path).unlink(missing_ok=True)


class WholeFile:
    """A file that is written beside its place, and put there once it is whole. What was there stays as it is.

    What a killed process left beside the place is written over. As long as a file in its place has the second name
    beside it, it is the one that was kept here.
    """

    def __init__(self, path: Path) -> None:
        """Raises BadInput where there is a file, and OSError where none can be."""
        if path.exists():
            raise BadInput("the file exists", place=str(path), remedy="Name another one")
        self._path = path
        self._beside = _beside(path)
        self._beside.unlink(missing_ok=True)
        self._file = create_private(self._beside)

    def write(self, part: bytes) -> None:
        """Write the next part. Raises OSError."""
        self._file.write(part)

    def keep(self) -> None:
        """Put the file in its place. Raises OSError, FileExistsError where there is one by now."""
        self._file.flush()
        os.fsync(self._file.fileno())
        try:
            os.link(self._beside, self._path)
        except FileExistsError:
            raise
        except OSError:  # the file system has no links
            if self._path.exists():
                raise
            self._beside.rename(self._path)

    def discard(self) -> None:
        """Close the file; what was not kept is gone."""
        with contextlib.suppress(OSError):  # what was written last did not fit
            self._file.close()
        self._beside.unlink(missing_ok=True)
