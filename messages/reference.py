"""Where a conversation takes place, as its channel names it."""

from enum import StrEnum

import msgspec

from messages.contact import Identity


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
    surface: str = ""
    """The channel that the person is on, where several share an adapter: "directline", "webchat". Empty: `channel`."""
    page: str = ""
    """The page that `user` is an id of, where each page of a channel has ids of its own. Empty: the channel has one."""

    @property
    def account(self) -> Identity:
        """Who acts: the channel and its user, the page's if ids are a page's. The one place that says so."""
        return Identity(self.surface or self.channel, f"{self.page}:{self.user}" if self.page else self.user)

    @property
    def place(self) -> str:
        """What every key of a conversation there begins with."""
        return ":".join(part for part in (self.surface or self.channel, self.page) if part)

    @property
    def earlier(self) -> "ConversationReference":
        """The same as it was kept when keys held neither surface nor page."""
        return msgspec.structs.replace(self, surface="", page="") if self.surface or self.page else self

    def private(self) -> "ConversationReference":
        """The one-to-one conversation with the same person, not yet created."""
        return msgspec.structs.replace(self, conversation="", scope=Scope.PERSONAL)
