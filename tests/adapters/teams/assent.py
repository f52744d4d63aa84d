"""A bot of ours on a channel that a test gives: real turns, a real store in memory, a real outbox."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from adapters.port import Channel, TurnHandler
from flows.source.read import read_flow
from messages.inbound import ButtonRef
from runtime.clock import jitter, now
from runtime.metrics import Metrics
from runtime.outbox import OutboxSender
from runtime.revisions import RevisionCache
from runtime.turns import TurnWorker
from segment_buttons.payload import LENGTH_OF_OLD, digest_of, sign
from storage.sqlite.store import SqliteStore

_KEY = b"a key for the tests alone"
FLOW = """
assent: "1"
bot: demo
name: Demo
segments:
  tips: {name: Tips, purpose: One short tip every Monday.}
welcome: hello
default: sorry
keywords:
  - {is: hello, message: hello}
messages:
  hello:
    parts:
      - text: One short tip every Monday?
        buttons:
          - {id: "yes", label: Yes please, opt_in: tips, reply: now_in}
  now_in: {parts: [{text: "You are in: Tips. Type STOP to leave."}]}
  sorry: {parts: [{text: I did not understand.}]}
"""
_SHOWN = digest_of("One short tip every Monday?\nYes please", LENGTH_OF_OLD)
YES = sign(ButtonRef(bot="demo", revision=1, button="yes", evidence=_SHOWN), _KEY)
"""The payload of the button *Yes please*."""


@dataclass
class Bot:
    """Takes turns; tells who agreed to what."""

    store: SqliteStore
    outbox: OutboxSender
    handler: TurnHandler

    async def memberships(self) -> dict[str, str]:
        """How everybody stands, folded from the ledger."""
        return {row.change.subject: row.change.after.value for row in await self.store.ledger("demo")}


@asynccontextmanager
async def assent(channel: Channel) -> AsyncIterator[Bot]:
    """Serve FLOW; replies leave through `channel`."""
    store = SqliteStore.in_memory()
    await store.open()
    source = read_flow(FLOW, "demo.yaml")
    await store.push("demo", source.text, author="us", at=now(), note="", expected_live=0)
    metrics = Metrics()
    outbox = OutboxSender(store, {("demo", "teams"): channel}, clock=now, metrics=metrics, chance=jitter)
    worker = TurnWorker(
        store,
        RevisionCache(store),
        keys=(_KEY,),
        clock=now,
        metrics=metrics,
        replies=outbox.add,
    )
    try:
        yield Bot(store, outbox, partial(worker.handle, "demo"))
    finally:
        await outbox.close(grace=5)
        await store.close()
