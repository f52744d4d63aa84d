"""A bot's channels: their settings as they take them, who is looked up where, and what is not taken."""

import logging
from collections.abc import Iterable

import structlog
from aiohttp import ClientSession

from adapters.port import Directory, DirectoryChain
from adapters.teams.connector import TeamsChannel
from adapters.teams.directory import MicrosoftGraph, TeamsDirectory
from adapters.teams.settings import TeamsSettings
from adapters.workplace.directory import WorkplaceDirectory
from adapters.workplace.settings import WorkplaceSettings
from config.loopback import is_loopback
from config.pages import page_tokens, pages_of
from config.settings import Bot, Settings
from messages.errors import BadSettings
from runtime.metrics import Metrics
from storage.port import Revisions


def teams_settings(bot: Bot, connector: str, *, answers_loopback: bool = False) -> TeamsSettings:
    """Return the settings of a bot's Azure bot; `connector` is where replies go in place of the channel.

    `answers_loopback`: what another program of this machine sends is answered there, not at the connector.
    """
    return TeamsSettings(
        app_id=bot.teams.app_id,
        app_ids=bot.teams.app_ids,
        app_password=bot.teams.app_password.reveal(),
        tenant=bot.teams.tenant,
        service_urls=bot.teams.service_urls,
        connector_override=connector,
        answers_loopback=answers_loopback,
        graph=connector or bot.teams.graph_url,
        looks_up=bot.teams.directory == "graph",
    )


def workplace_settings(bot: Bot, connector: str) -> WorkplaceSettings:
    """Return the settings of a bot's pages.

    In development, which is with a `connector` or without an app secret, all pages are taken if none is named.
    """
    page = bot.workplace
    named = pages_of(page)
    return WorkplaceSettings(
        access_token=page.access_token.reveal(),
        page_tokens=page_tokens(page),
        pages=None if not named and (connector or not page.app_secret) else named,
        app_secret=page.app_secret.reveal(),
        verify_token=page.verify_token.reveal(),
        graph=connector or page.graph_url,
        version=page.graph_version,
        account=page.account,
        looks_up=page.directory == "members",
    )


def refuse_unusable(settings: Settings, bots: tuple[str, ...]) -> None:
    """Raise BadSettings for a bot that nobody could write to, or anybody could."""
    for name in bots:
        if (problem := why_unusable(settings, name)) is not None:
            raise problem


def why_unusable(settings: Settings, name: str) -> BadSettings | None:
    """Return what keeps a bot from being written to safely; None when nothing does."""
    return _open_doors(settings, name) or _unnamed_pages(settings, name)


def _open_doors(settings: Settings, name: str) -> BadSettings | None:
    bot = settings.bot(name)
    if is_loopback(settings.server.host) or bot.teams.app_id or bot.workplace.app_secret:
        return None
    return BadSettings(
        f"bot {name} has neither a Teams app id nor a Workplace app secret: nothing would prove who writes to "
        f"it, so it is served on loopback only, not on {settings.server.host}",
        place="server.host",
        remedy=f"Set bots.{name}.teams.app_id or bots.{name}.workplace.app_secret, or server.host to 127.0.0.1",
    )


def _unnamed_pages(settings: Settings, name: str) -> BadSettings | None:
    """Whoever signs with the app's secret is Meta, and Meta sends what comes to all of the app's pages."""
    page = settings.bot(name).workplace
    if not page.app_secret or pages_of(page) or settings.connector:
        return None
    return BadSettings(
        f"bot {name} has a Meta app secret and names no page: it would take every page of the app for its own",
        place=f"bots.{name}.workplace.pages",
        remedy="Name the ids of its pages and Instagram accounts",
    )


class BotDirectories:
    """The directories of one bot. They share their rate limits with nobody: make one per bot and process."""

    def __init__(
        self,
        teams: TeamsSettings,
        page: WorkplaceSettings,
        session: ClientSession,
        *,
        channel: TeamsChannel | None = None,
    ) -> None:
        connector = channel or TeamsChannel(teams, session)
        self._own = connector if channel is None else None
        graph = MicrosoftGraph(teams, session) if teams.looks_up else None
        self.teams = TeamsDirectory(connector, graph)
        self.workplace = WorkplaceDirectory(page, session)
        asked: list[Directory] = []
        if teams.looks_up:
            asked.append(self.teams)
        if page.looks_up:
            asked.append(self.workplace)
        self.chain = DirectoryChain({one.name: one for one in (self.teams, self.workplace)}, asked)
        """All of them as one `adapters.port.Directory`."""
        self.looks_up: Directory | None = self.chain if asked else None
        """Where those are looked up whom no channel has shown yet; None: nowhere, by the settings."""

    async def close(self) -> None:
        """Let them go. The session and a channel that was given are their owner's."""
        await self.teams.close()
        if self._own is not None:
            await self._own.close()


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


async def unnamed_bot(store: Revisions, bots: Iterable[str]) -> str | None:
    """Return the bot that was pushed first: it had these paths before there was another, and keeps them.

    Where nothing was pushed yet, the only bot, or None. Raises StoreError.
    """
    known = sorted(bots)
    if len(known) < 2:
        return known[0] if known else None
    first = {bot: pushed[0].pushed_at for bot in known if (pushed := await store.revision(bot, 1)) is not None}
    return min(first, key=lambda bot: (first[bot], bot), default=None)
