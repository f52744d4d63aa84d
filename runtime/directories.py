"""Where a bot's people are looked up: by the channel they write on, and in the organisation's directory."""

from aiohttp import ClientSession

from adapters.port import Directory, DirectoryChain
from adapters.teams.connector import TeamsChannel
from adapters.teams.directory import MicrosoftGraph, TeamsDirectory
from adapters.teams.settings import TeamsSettings
from adapters.workplace.directory import WorkplaceDirectory
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
