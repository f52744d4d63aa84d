"""What is counted, for Prometheus."""

import collections
import logging

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from flows.engine import trace
from messages.consent import Membership, SourceKind
from messages.effects import ChangeConsent, DeferPush, SkipPush
from messages.pushes import PushState, reason_kind
from storage.codec import UnreadableRecords
from storage.records import JournalEntry

log = structlog.get_logger("assent.server")

_LONG_BUCKETS = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0, 86_400.0)
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Tally:
    """A counter with labels. Each combination is looked up once."""

    def __init__(self, name: str, about: str, labels: str, registry: CollectorRegistry) -> None:
        self._counter = Counter(name, about, labels.split(), registry=registry)
        self._children: dict[tuple[str, ...], Counter] = {}

    def inc(self, *labels: str) -> None:
        """Count one."""
        child = self._children.get(labels)
        if child is None:
            child = self._children[labels] = self._counter.labels(*labels)
        child.inc()


class Metrics:
    """The counters of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        r = self.registry
        self.turns = Tally("assent_turns", "Events taken in.", "channel outcome", r)
        self.turn_seconds = Histogram(
            "assent_turn_seconds", "From an event's arrival to its durable commit.", buckets=_BUCKETS, registry=r
        )
        self.consent = Tally("assent_consent_changes", "Membership changes.", "bot segment to source", r)
        self.stops = Tally("assent_keyword_stops", "Turns in which a typed word opted somebody out.", "bot", r)
        self.waits_ended = Tally(
            "assent_waits_ended", "Waits that were not gone on with, because consent was lowered meanwhile.", "bot", r
        )
        self.offers = Tally(
            "assent_offers", "Built-in buttons that were shown, such as the one that stops.", "bot button", r
        )
        self.hand_overs = Tally(
            "assent_hand_overs", "Conversations given to a person, and given back to the bot.", "bot change", r
        )
        self.presses_refused = Tally(
            "assent_presses_refused", "Button payloads that were not ours or were altered.", "reason", r
        )
        self.late = Tally("assent_late_acts", "Acts that raise consent, and came after a younger no.", "channel", r)
        self.not_believed = Tally(
            "assent_times_not_believed",
            "Acts that a channel dates too far in the future: compare the clocks.",
            "channel",
            r,
        )
        self.newer_forms = Tally(
            "assent_newer_forms", "Presses deferred because a newer version made their payload.", "channel", r
        )
        self.reused_ids = Tally(
            "assent_reused_event_ids", "Events under an id that another event had: taken as new ones.", "channel", r
        )
        self.rejected = Tally(
            "assent_payloads_rejected", "Requests and events that could not be used.", "channel reason", r
        )
        self.skipped = Tally(
            "assent_events_skipped", "Events for another bot, or in which no person speaks.", "channel reason", r
        )
        self.stale = Counter("assent_stale_turns", "Turns run again because something changed meanwhile.", registry=r)
        self.crashed = Counter("assent_engine_faults", "Turns in which the engine itself failed.", registry=r)
        self.notices = Tally("assent_flow_faults", "Faults in flows, met while running.", "bot kind", r)
        self.deliveries = Tally("assent_deliveries", "Replies, by how they ended.", "channel outcome", r)
        self.attempts = Tally("assent_delivery_attempts", "Sends, by the channel's answer.", "channel answer", r)
        self.depth = Gauge("assent_outbox_depth", "Replies not delivered yet.", registry=r)
        self.age = Gauge("assent_outbox_age_seconds", "How long the oldest of them has waited.", registry=r)
        self.profiles = Tally("assent_profiles", "People whom a channel was asked about.", "channel outcome", r)
        self.merges = Tally("assent_contact_merges", "Contacts that proved to be one person.", "bot outcome", r)
        self.background = Tally(
            "assent_background_failures", "Times that a background task failed and was restarted.", "task", r
        )
        self.connections_refused = Counter(
            "assent_connections_refused", "Connections that were closed because too many were open.", registry=r
        )
        self.work_failures = Tally(
            "assent_work_failures", "Timers and imports that failed, and are tried again.", "kind bot", r
        )
        self.effects = Tally("assent_effects", "Effects that were done after turns, or failed.", "bot kind outcome", r)
        self.unreadable = Gauge(
            "assent_unreadable_records", "Records that this version can't read.", ["kind", "bot"], registry=r
        )
        self.went_back = Gauge(
            "assent_store_went_back", "Acknowledged rows of the ledger that the store lacks.", ["bot"], registry=r
        )
        self.less_durable = Gauge(
            "assent_store_durability_reduced", "Whether the store keeps less than its address says.", registry=r
        )
        self.pushes = Tally("assent_pushes", "Pushes, by what became of them and why.", "bot channel state reason", r)
        self.push_wait = Histogram(
            "assent_push_wait_seconds", "From when a push was due to its claim.", buckets=_LONG_BUCKETS, registry=r
        )
        self.push_consent_age = Histogram(
            "assent_push_consent_age_seconds",
            "How old the consent of a push was when its request was written.",
            buckets=_BUCKETS,
            registry=r,
        )
        self.runs = Gauge("assent_runs", "Runs of broadcasts that are not over.", ["bot", "state"], registry=r)
        self.schedule_missed = Tally(
            "assent_schedule_missed", "Occurrences of schedules that were not sent.", "bot state", r
        )
        self.pace_rate = Gauge(
            "assent_pace_rate", "Pushes a second that an account sends at now.", ["channel", "account"], registry=r
        )
        self.pace_waiting = Gauge(
            "assent_pace_waiting", "Pushes that wait for their turn at an account.", ["channel", "account"], registry=r
        )
        self.live = Gauge("assent_live_revision", "Number of the live revision.", ["bot"], registry=r)

    def turn(self, channel: str, outcome: str, seconds: float) -> None:
        """Count and time one event."""
        self.turns.inc(channel, outcome)
        self.turn_seconds.observe(seconds)

    def count(self, entry: JournalEntry) -> None:
        """Count what a committed turn did."""
        self._count_hand_over(entry)
        self._count_push(entry)
        stopped = False
        for effect in entry.outcome.effects:
            if isinstance(effect, ChangeConsent):
                change = effect.change
                self.consent.inc(entry.bot, change.subject, change.after.value, change.source.value)
                stopped |= change.source is SourceKind.KEYWORD and change.after is Membership.OPTED_OUT
        if stopped:
            self.stops.inc(entry.bot)
        for step in entry.outcome.trace:
            if step.notice:
                self.notices.inc(entry.bot, step.kind)
            elif step.kind == trace.PRESS_REFUSED:
                self.presses_refused.inc(step.detail)
            elif step.kind == trace.LATE:
                self.late.inc(entry.event.reference.channel)
            elif step.kind == trace.WAIT_ENDED:
                self.waits_ended.inc(entry.bot)
            elif step.kind == trace.OFFER:
                self.offers.inc(entry.bot, step.detail.partition("/")[0])

    def _count_push(self, entry: JournalEntry) -> None:
        channel = entry.event.reference.channel
        for effect in entry.outcome.effects:
            if isinstance(effect, SkipPush):
                self.pushes.inc(entry.bot, channel, PushState.SKIPPED.value, reason_kind(effect.reason))
            elif isinstance(effect, DeferPush):
                self.pushes.inc(entry.bot, channel, PushState.DEFERRED.value, effect.why.value)

    def _count_hand_over(self, entry: JournalEntry) -> None:
        before = entry.state_before is not None and entry.state_before.handed_over
        if before != entry.outcome.state.handed_over:
            self.hand_overs.inc(entry.bot, "ended" if before else "begun")

    def count_unreadable(self, records: UnreadableRecords) -> None:
        """Tell how many records can't be read."""
        self.unreadable.clear()
        for (kind, bot), count in collections.Counter((each.kind, each.bot) for each in records.found()).items():
            self.unreadable.labels(kind, bot).set(count)

    def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self.registry)


class UnusedEvents:
    """Counts and logs events that lead to no turn, for one bot on one channel."""

    def __init__(self, metrics: Metrics, bot: str, channel: str) -> None:
        self._metrics = metrics
        self._bot = bot
        self._channel = channel

    def refused(self, reason: str) -> None:
        """Note an event that can't be used."""
        self._metrics.rejected.inc(self._channel, "event")
        log.warning("event refused", bot=self._bot, channel=self._channel, reason=reason)

    def skipped(self, reason: str, for_another: bool = False) -> None:
        """Note an event that makes nobody a contact; `for_another`: it was sent to the wrong bot or page."""
        self._metrics.skipped.inc(self._channel, reason)
        level = logging.WARNING if for_another else logging.DEBUG
        log.log(level, "event skipped", bot=self._bot, channel=self._channel, reason=reason)
