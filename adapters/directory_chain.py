"""All directories of a bot as one."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.directory import Directory, NotFound, Profile
from messages.handles import Handle
from messages.import_rows import Reason
from messages.reference import ConversationReference

TURN_ONE_ON: Final = (
    "no directory is asked: set bots.<bot>.teams.directory to graph, or on a Workplace bots.<bot>.workplace.directory "
    "to members"
)
_TELLING: Final = (Reason.LEFT, Reason.AMBIGUOUS, Reason.NO_PERMISSION, Reason.UNKNOWN)
"""Which of several reasons stands in a report."""


class DirectoryChain:
    """Asks the channel of a conversation who its person is, and one directory after another where somebody is.

    `channels`: the directories by channel; `asked`: those that look people up.
    """

    name = "all"

    def __init__(self, channels: Mapping[str, Directory], asked: Sequence[Directory]) -> None:
        self._channels = channels
        self._asked = asked

    @property
    def looks_up(self) -> bool:
        """Whether there is any sense in asking for people who are unknown."""
        return bool(self._asked)

    async def profile(self, reference: ConversationReference) -> Profile | NotFound:
        """Tell who the person of a conversation is. Raises as the channel's directory does."""
        directory = self._channels.get(reference.channel)
        if directory is None:
            return NotFound(Reason.UNKNOWN, f"{reference.channel} tells nothing about people")
        return await directory.profile(reference)

    async def look_up(self, handle: Handle) -> Profile | NotFound:
        """Return what the first directory that knows somebody tells. Raises as they do."""
        reasons: list[NotFound] = []
        for directory in self._asked:
            found = await directory.look_up(handle)
            if not isinstance(found, NotFound):
                return found
            reasons.append(found)
        if not reasons:
            return NotFound(Reason.NO_PERMISSION, TURN_ONE_ON)
        return min(reasons, key=lambda one: _TELLING.index(one.reason) if one.reason in _TELLING else len(_TELLING))
