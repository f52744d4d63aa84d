"""What is counted, for Prometheus."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from flows.engine import trace
from messages.consent import Membership, SourceKind
from messages.effects import ChangeConsent
from messages.inbound import InboundEvent
from storage.records import JournalEntry

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


@dataclass(slots=True)
class TurnOutcome:
    """Filled in while a turn runs."""

    seen: bool = False


class Metrics:
    """The counters of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        r = self.registry
        self.turns = Counter("assent_turns", "Events taken in.", ["channel", "outcome"], registry=r)
        self.turn_seconds = Histogram(
            "assent_turn_seconds", "From an event's arrival to its durable commit.", buckets=_BUCKETS, registry=r
        )
        self.consent = Counter(
            "assent_consent_changes", "Membership changes.", ["bot", "segment", "to", "source"], registry=r
        )
        self.stops = Counter(
            "assent_keyword_stops", "Turns in which a typed word opted somebody out.", ["bot"], registry=r
        )
        self.presses_refused = Counter(
            "assent_presses_refused", "Button payloads that were not ours or were altered.", ["reason"], registry=r
        )
        self.rejected = Counter(
            "assent_payloads_rejected", "Requests and events that could not be used.", ["channel", "reason"], registry=r
        )
        self.stale = Counter("assent_stale_turns", "Turns run again because something changed meanwhile.", registry=r)
        self.crashed = Counter("assent_engine_faults", "Turns in which the engine itself failed.", registry=r)
        self.notices = Counter("assent_flow_faults", "Faults in flows, met while running.", ["bot", "kind"], registry=r)
        self.deliveries = Counter(
            "assent_deliveries", "Replies, by how they ended.", ["channel", "outcome"], registry=r
        )
        self.attempts = Counter(
            "assent_delivery_attempts", "Sends, by the channel's answer.", ["channel", "answer"], registry=r
        )
        self.depth = Gauge("assent_outbox_depth", "Replies not delivered yet.", registry=r)
        self.age = Gauge("assent_outbox_age_seconds", "How long the oldest of them has waited.", registry=r)
        self.live = Gauge("assent_live_revision", "Number of the live revision.", ["bot"], registry=r)

    @contextmanager
    def turn(self, event: InboundEvent) -> Iterator[TurnOutcome]:
        """Count and time one turn."""
        outcome = TurnOutcome()
        started = time.perf_counter()
        result = "failed"
        try:
            yield outcome
            result = "seen" if outcome.seen else "taken"
        finally:
            self.turns.labels(event.reference.channel, result).inc()
            self.turn_seconds.observe(time.perf_counter() - started)

    def count(self, entry: JournalEntry) -> None:
        """Count what a committed turn did."""
        stopped = False
        for effect in entry.outcome.effects:
            if isinstance(effect, ChangeConsent):
                change = effect.change
                self.consent.labels(entry.bot, change.subject, change.after.value, change.source.value).inc()
                stopped |= change.source is SourceKind.KEYWORD and change.after is Membership.OPTED_OUT
        if stopped:
            self.stops.labels(entry.bot).inc()
        for step in entry.outcome.trace:
            if step.notice:
                self.notices.labels(entry.bot, step.kind).inc()
            elif step.kind == trace.PRESS_REFUSED:
                self.presses_refused.labels(step.detail).inc()

    def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self.registry)
