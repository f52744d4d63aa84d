"""Events that are answered and lead to no turn: counted, and logged without what they say."""

import logging

import structlog

from runtime.metrics import Metrics

log = structlog.get_logger("assent.server")


class UnusedEvents:
    """Counts and logs for one bot on one channel."""

    def __init__(self, metrics: Metrics, bot: str, channel: str) -> None:
        self._metrics = metrics
        self._bot = bot
        self._channel = channel

    def refused(self, reason: str) -> None:
        """Note an event that can't be used."""
        self._metrics.rejected.inc(self._channel, "event")
        log.warning("event refused", bot=self._bot, channel=self._channel, reason=reason)

    def skipped(self, reason: str, *, for_another: bool = False) -> None:
        """Note an event that makes nobody a contact; `for_another`: it was sent to the wrong bot or page."""
        self._metrics.skipped.inc(self._channel, reason)
        level = logging.WARNING if for_another else logging.DEBUG
        log.log(level, "event skipped", bot=self._bot, channel=self._channel, reason=reason)
