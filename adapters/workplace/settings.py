"""What the channel is told about a page.

Who sent it: Meta's signatures on what comes in, and ours on what goes out.

developers.facebook.com, "Messenger Platform: webhooks": each POST carries `X-Hub-Signature-256: sha256=<hex>`, an
HMAC-SHA256 of the raw body under the app secret. `X-Hub-Signature` (SHA-1) is not accepted.
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from messages.errors import BadPayload, Unauthenticated

HEADER: Final = "X-Hub-Signature-256"
_PREFIX: Final = "sha256="
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_.-]{1,256}")


def sign_body(body: bytes, app_secret: str) -> str:
    """Return the value of the signature header for `body`."""
    return _PREFIX + hmac.new(app_secret.encode(), body, sha256).hexdigest()


def check_body(body: bytes, header: str | None, app_secret: str) -> None:
    """Raise Unauthenticated unless `header` is the signature of exactly these bytes. Takes the same time for all."""
    if not header:
        raise Unauthenticated(f"the request has no {HEADER}")
    if not header.startswith(_PREFIX):
        raise Unauthenticated(f"{HEADER} does not begin with {_PREFIX}")
    if not _same(header, sign_body(body, app_secret)):
        raise Unauthenticated(f"{HEADER} does not fit the body: is the app secret the one of this app?")


def verify_subscription(query: Mapping[str, str], verify_token: str) -> str:
    """Return the challenge that answers Meta's GET, to be sent as text/plain.

    Raises Unauthenticated when the token is not ours, or we have none. Raises BadPayload when the challenge is not a
    short plain word, so that nothing a browser could take for a page is ever sent back.
    """
    if query.get("hub.mode") != "subscribe":
        raise BadPayload("hub.mode is not subscribe", place="query")
    if not verify_token or not _same(query.get("hub.verify_token", ""), verify_token):
        raise Unauthenticated("hub.verify_token is not the configured one")
    challenge = query.get("hub.challenge", "")
    if not _CHALLENGE.fullmatch(challenge):
        raise BadPayload("hub.challenge is not a short plain word", place="query")
    return challenge


def appsecret_proof(access_token: str, app_secret: str) -> str:
    """Return the proof that the sender of a Graph call holds the app secret: HMAC-SHA256 of the token under it."""
    return hmac.new(app_secret.encode(), access_token.encode(), sha256).hexdigest()


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())


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
