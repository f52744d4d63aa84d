"""What the channel is told about a page."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class WorkplaceSettings:
    """One page (or Workplace integration). Secrets are left out of the repr."""

    access_token: str = field(default="", repr=False)
    app_secret: str = field(default="", repr=False)
    """Signs what comes in, and proves us on what goes out. Empty only in development."""
    verify_token: str = field(default="", repr=False)
    """Our word for Meta's GET. Empty: every such request is refused."""
    graph: str = "https://graph.facebook.com"
    """The Graph host; Workplace's was `https://graph.workplace.com`."""
    version: str = "v25.0"
    """The Graph version; empty for a host without versions."""
    account: str = "me"
    """The sending page: its id, or `me` for the token's own."""
    timeout: float = 10.0
    """Seconds for one send, connecting included."""
    looks_up: bool = False
    """Whether the account is Workplace's own, whose members have an address and can be looked up by it."""

    @property
    def send_url(self) -> str:
        """Where messages are posted."""
        return self.url_of(self.account, "messages")

    def url_of(self, *path: str) -> str:
        """Return the address of something that Graph knows."""
        return "/".join(part.strip("/") for part in (self.graph, self.version, *path) if part)
