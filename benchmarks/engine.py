"""The pure part alone: compiling a flow, and one press through `take_turn`, for a small and a large bot."""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from benchmarks.bots import ASKED, flow_of
from flows.compile import compile_revision
from flows.engine.take_turn import take_turn
from flows.engine.turn import ConversationState, IdSource, Snapshot, conversation_key
from flows.source.read import read_flow
from messages.contact import Contact, Identity
from messages.inbound import Action, ButtonPressed, ButtonRef, ConversationReference, InboundEvent, Sender, TextReceived
from segment_buttons.payload import DIGEST, digest_of

_DIGEST = "0123456789abcdef" * 4
"""In place of that of the source."""
_SHOWN = f"{ASKED}\nYes please"
_NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
_HERE = ConversationReference(
    channel="teams", conversation="a:1", user="29:1", bot="28:b", service_url="http://127.0.0.1"
)


def _seconds(work: Callable[[], object], repeat: int) -> float:
    started = time.perf_counter()
    for _ in range(repeat):
        work()
    return (time.perf_counter() - started) / repeat


def _turn(snapshot: Snapshot, event: InboundEvent) -> None:
    take_turn(snapshot, event, _NOW, IdSource("t"))


def measure(sizes: tuple[int, ...]) -> list[dict[str, str | int | float]]:
    """A row for each size of bot: reading and compiling in ms, a turn in µs by what the person did."""
    yes = ButtonRef("bench", 0, "yes", digest_of(_SHOWN), _DIGEST[:DIGEST], "+tips")
    acts: dict[str, Action] = {
        "press µs": ButtonPressed(payload="", button=yes),
        "keyword µs": TextReceived(text="topic 1"),
        "contains µs": TextReceived(text="I would like to know more about subject2, if that is all right"),
        "no match µs": TextReceived(text="something that nobody has thought of, at some length, as people do"),
    }
    rows: list[dict[str, str | int | float]] = []
    for size in sizes:
        text = flow_of(size)
        read = _seconds(partial(read_flow, text, "bench.yaml"), 1)
        bot = read_flow(text, "bench.yaml").bot
        compile_seconds = _seconds(partial(compile_revision, bot, 1, _DIGEST), 1)
        revision = compile_revision(bot, 1, _DIGEST)
        snapshot = Snapshot(
            bot="bench",
            state=ConversationState(key=conversation_key(_HERE), reference=_HERE, contact="c_1", version=1),
            contact=Contact(id="c_1", identities=(Identity("teams", "29:1"),), name="Ana Lima", version=1),
            memberships={},
            live=revision,
            evidence=_SHOWN,
            signing_key=b"k" * 32,
        )
        row: dict[str, str | int | float] = {
            "messages": size,
            "read ms": read * 1000,
            "compile ms": compile_seconds * 1000,
        }
        for name, action in acts.items():
            event = InboundEvent(event_id="1", reference=_HERE, sender=Sender(user="29:1"), action=action)
            rounds = [_seconds(partial(_turn, snapshot, event), 500) for _ in range(7)]
            row[name] = statistics.median(rounds) * 1e6
        rows.append(row)
    return rows
