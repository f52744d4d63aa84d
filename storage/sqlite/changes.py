"""Hearing of what anybody commits to the file."""

from contextlib import AbstractContextManager

from storage.change_feed import FLOWS, Listener
from storage.sqlite.database import Database


class SqliteChanges:
    """`storage.change_feed.Changes`."""

    _database: Database

    def changes_of(self, bot: str) -> AbstractContextManager[Listener]:
        return self._database.feed.listening(bot)

    def changes_of_flows(self) -> AbstractContextManager[Listener]:
        return self._database.feed.listening(FLOWS)
