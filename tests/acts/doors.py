"""The two doors of an act, and what it left behind in the store."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson
from aiohttp import ClientSession
from prometheus_client import CollectorRegistry

from audiences.index_feed import Audiences
from config.settings import Console
from console.application import listening
from runtime.clock import now
from tests.acts.world import BOT, BUILDER, SECRET, STAFF, VIEWER, opened
from tests.cli.running import Run

_MADE = re.compile(r"c_[0-9a-f]{24}_1")
"""Ids of contacts that an act made; they are never the same."""
_RUN = re.compile(r"r_[0-9a-f]{24}")
"""Ids of runs likewise."""


class Request(NamedTuple):
    """What is asked of the API, below the bot's path."""

    method: str
    path: str
    body: Any = None
    headers: Mapping[str, str] = {}
    viewer: bool = False
    builder: bool = False
    bot: str = BOT


@dataclass(frozen=True)
class Refusal:
    """Why an act is refused: what is wrong, what to do, and the status of the API. The command's is 1."""

    problem: str
    remedy: str = ""
    status: int = 422


Row = tuple[str, ...]


@dataclass(frozen=True)
class Left:
    """What an act came to: what was told, or why not; the rows that were added to the ledger and to the audit."""

    told: Any
    refusal: Refusal | None
    ledger: Sequence[Row] = ()
    """Contact, subject, before, after."""
    audit: Sequence[Row] = ()
    """Actor, action, target, detail."""
    warnings: Sequence[str] = field(default=())


def by_command(run: Run, url: str, arguments: Sequence[str], variables: Mapping[str, str]) -> Left:
    """Run `assent`; what it prints is JSON where that was asked for."""
    done = run("--store", url, *arguments, author=STAFF, variables=dict(variables))
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1), done.stderr
    lines = done.stderr.splitlines()
    said = next((line.removeprefix("assent: ") for line in lines if line.startswith("assent: ")), "")
    warnings = tuple(line.removeprefix("warning: ") for line in lines if line.startswith("warning: "))
    if said:
        return Left(None, Refusal(_RUN.sub("r_new", said), status=0), warnings=warnings)
    return Left(json.loads(done.stdout) if "--json" in arguments else None, None, warnings=warnings)


async def by_api(url: str, request: Request) -> Left:
    """Ask the API, served from the store."""
    async with opened(url) as store:
        audiences = Audiences(
            store, CollectorRegistry(), now, start=lambda *_: None, set_up=lambda _: frozenset({"teams"})
        )
        async with listening(Console(port=0), store, audiences) as port, ClientSession() as session:
            secret = VIEWER if request.viewer else BUILDER if request.builder else SECRET
            headers = {"Authorization": f"Bearer {secret}", **request.headers}
            data = None
            if request.body is not None:
                data, headers["Content-Type"] = json.dumps(request.body).encode(), "application/json"
            target = f"http://127.0.0.1:{port}/api/v1/bots/{request.bot}{request.path}"
            async with session.request(request.method, target, data=data, headers=headers) as answer:
                raw = await answer.read()
                told = orjson.loads(raw) if raw else None
    if answer.status >= 400:
        fault = (told["errors"] or [{"remedy": ""}])[0]
        return Left(None, Refusal(_RUN.sub("r_new", told["detail"]), fault["remedy"], answer.status))
    warnings = tuple(told.get("warnings", ())) if isinstance(told, dict) else ()
    return Left(told, None, warnings=warnings)


async def rows_of(url: str) -> tuple[list[Row], list[Row]]:
    """Return all rows of the ledger and of the audit."""
    async with opened(url) as store:
        ledger = [row.change for row in await store.ledger(BOT, limit=1000)]
        audit = await store.audit(BOT, limit=1000)
        return (
            [(one.contact, one.subject, str(one.before), str(one.after), one.actor, one.detail) for one in ledger],
            [(row.actor, row.action, _RUN.sub("r_new", _MADE.sub("c_new", row.target)), row.detail) for row in audit],
        )


def says(refusal: Refusal, told: Refusal) -> bool:
    """Tell whether a refusal is the one that is expected; a command's is one line, which may begin with the place."""
    if told.status:
        return told == refusal
    words = f"{refusal.problem}. {refusal.remedy}" if refusal.remedy else refusal.problem
    return bool(re.fullmatch(rf"(?:.+: )?{re.escape(words)}", told.problem))
