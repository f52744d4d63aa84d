"""What the channel is told about a page."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.workplace.signature import appsecret_proof


@dataclass(frozen=True, slots=True)
class WorkplaceSettings:
    """A bot's pages (or its Workplace integration). Secrets are left out of the repr."""

    access_token: str = field(default="", repr=False)
    page_tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Access tokens of further pages, by page id."""
    pages: frozenset[str] | None = None
    """The ids of the pages (and Instagram accounts) whose events are taken; None: of all."""
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
    def page(self) -> str:
        """The page whose people the token's own look-ups tell of, empty where that is not said."""
        if self.account != "me":
            return self.account
        own = (self.pages or frozenset()) - self.page_tokens.keys()
        return next(iter(own)) if len(own) == 1 else ""

    def send_url(self, page: str) -> str:
        """Where the messages of a page are posted."""
        return self.url_of("me" if page in self.page_tokens else self.account, "messages")

    def credentials(self, page: str) -> tuple[dict[str, str], dict[str, str]]:
        """Headers and query that prove to Graph who asks, as a page: with its own token if it has one."""
        token = self.page_tokens.get(page) or self.access_token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        query = {"appsecret_proof": appsecret_proof(token, self.app_secret)} if token and self.app_secret else {}
        return headers, query

    def url_of(self, *path: str) -> str:
        """Return the address of something that Graph knows."""
        return "/".join(part.strip("/") for part in (self.graph, self.version, *path) if part)
