"""Where a conversation takes place, as its channel names it."""

from enum import StrEnum

import msgspec


class Scope(StrEnum):
    """Who else reads the conversation."""

    PERSONAL = "personal"
    GROUP = "group"
    CHANNEL = "channel"


class ConversationReference(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that an adapter needs to send into a conversation later (Bot Framework: conversation reference).

    `conversation` is empty when the one-to-one conversation with `user` has to be created before the first send.
    """

    channel: str
    """"teams", "workplace", "terminal"."""
    conversation: str
    user: str
    """The channel's id of the person (Teams `29:…`, page-scoped id)."""
    bot: str = ""
    """The channel's account id of the bot (Teams `28:<app id>`, page id)."""
    service_url: str = ""
    tenant: str = ""
    scope: Scope = Scope.PERSONAL

    def private(self) -> "ConversationReference":
        """The one-to-one conversation with the same person, not yet created."""
        return msgspec.structs.replace(self, conversation="", scope=Scope.PERSONAL)
