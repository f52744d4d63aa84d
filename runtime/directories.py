"""Where a bot's people are looked up: by the channel they write on, and in the organisation's directory."""

import contextlib
from collections.abc import AsyncIterator

from aiohttp import ClientSession

from adapters.directory_chain import DirectoryChain
from adapters.teams.connector import TeamsChannel
from adapters.teams.graph import MicrosoftGraph
from adapters.teams.members import TeamsDirectory
from adapters.teams.settings import TeamsSettings
from adapters.workplace.profile import WorkplaceDirectory
from adapters.workplace.settings import WorkplaceSettings


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
        self._own_channel = None if channel else TeamsChannel(teams, session)
        graph = MicrosoftGraph(teams, session) if teams.looks_up else None
        self.teams = TeamsDirectory(channel or self._own_channel or TeamsChannel(teams, session), graph)
        self.workplace = WorkplaceDirectory(page, session)
        asked = [*([self.teams] if teams.looks_up else []), *([self.workplace] if page.looks_up else [])]
        self.chain = DirectoryChain({one.name: one for one in (self.teams, self.workplace)}, asked)
        """All of them as one `adapters.directory.Directory`."""

    async def close(self) -> None:
        """Let them go. The session and a channel that was given are their owner's."""
        await self.teams.close()
        if self._own_channel is not None:
            await self._own_channel.close()
