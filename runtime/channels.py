"""A bot's channels, opened by the table of channels."""

from collections.abc import Iterable, Mapping

from aiohttp import ClientSession

from adapters.channels import CHANNELS, Channels, no_directory
from adapters.port import Directory, DirectoryChain, OpenChannel, Opening, Serving
from config.settings import Settings, is_loopback
from runtime.clock import unix_time
from runtime.metrics import Metrics, UnusedEvents
from storage.port import Revisions


class BotChannels:
    """The channels of one bot. Their directories share their rate limits with nobody: make one per bot and process.

    `answers_loopback`: what another program of this machine sends is answered there, not at the connector.
    """

    def __init__(
        self,
        settings: Settings,
        bot: str,
        session: ClientSession,
        *,
        metrics: Metrics | None = None,
        answers_loopback: bool = False,
        channels: Channels = CHANNELS,
        serving: Serving | None = None,
    ) -> None:
        self.open: dict[str, OpenChannel] = {}
        """By the channel's name."""
        own, metrics = settings.bot(bot), metrics or Metrics()
        for entry in channels:
            unused = UnusedEvents(metrics, bot, entry.kind.name)
            opening = Opening(
                session,
                unix_time,
                connector=settings.connector,
                answers_loopback=answers_loopback,
                loopback=is_loopback(settings.server.host),
                refused=unused.refused,
                skipped=unused.skipped,
                serving=serving,
            )
            self.open[entry.kind.name] = entry.open(own.of(entry.kind.name, entry.settings), opening)
        asked = [each.directory for each in self.open.values() if each.directory is not None and each.looks_up]
        self.chain = DirectoryChain(self.directories, asked, off=no_directory(channels))
        """All directories as one."""
        self.looks_up: Directory | None = self.chain if asked else None
        """Where those are looked up whom no channel has shown yet; None: nowhere, by the settings."""

    @property
    def directories(self) -> Mapping[str, Directory]:
        """Who tells of people, by channel."""
        return {name: each.directory for name, each in self.open.items() if each.directory is not None}

    async def ready(self) -> None:
        """Return once events can be taken. Raises BadSettings where they can't."""
        for each in self.open.values():
            if each.ready is not None:
                await each.ready()

    async def close(self) -> None:
        """Let them go. The session is its owner's."""
        for each in self.open.values():
            await (each.close or each.sender.close)()


async def unnamed_bot(store: Revisions, bots: Iterable[str]) -> str | None:
    """Return the bot that was pushed first: it had these paths before there was another, and keeps them.

    Where nothing was pushed yet, the only bot, or None. Raises StoreError.
    """
    known = sorted(bots)
    if len(known) < 2:
        return known[0] if known else None
    first = {bot: pushed[0].pushed_at for bot in known if (pushed := await store.revision(bot, 1)) is not None}
    return min(first, key=lambda bot: (first[bot], bot), default=None)
