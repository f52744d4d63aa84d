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
from typing import Annotated, Final, Literal

from messages.errors import BadPayload, BadSettings, Unauthenticated
from messages.settings import HttpAddress, Pattern, Secret

PageId = Annotated[str, Pattern(r"[0-9A-Za-z_.-]{1,64}", "Write the page's id, as in 112233445566778")]

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


@dataclass(frozen=True, slots=True)
class Workplace:
    """A bot's pages, or its Workplace integration, as `[bots.<bot>.workplace]` sets them."""

    app_secret: Secret = field(default_factory=Secret)
    access_token: Secret = field(default_factory=Secret)
    pages: tuple[PageId, ...] = ()
    """Ids of the pages and Instagram accounts whose events are taken."""
    page_tokens: tuple[Secret, ...] = ()
    """Access tokens of further pages, each as `<page id>:<token>`."""
    verify_token: Secret = field(default_factory=Secret)
    graph_url: Annotated[str, HttpAddress()] = "https://graph.facebook.com"
    graph_version: Annotated[str, Pattern(r"(v\d+\.\d+)?", "Write it as v25.0")] = "v25.0"
    account: str = "me"
    directory: Literal["off", "members"] = "off"
    """Where people are looked up who are not known yet."""

    def for_channel(self, connector: str) -> WorkplaceSettings:
        """Return what the channel takes; `connector` is where replies go in place of it.

        In development, which is with a `connector` or without an app secret, all pages are taken if none is named.
        """
        named = self.own_pages()
        return WorkplaceSettings(
            access_token=self.access_token.reveal(),
            page_tokens=self.tokens_by_page(),
            pages=None if not named and (connector or not self.app_secret) else named,
            app_secret=self.app_secret.reveal(),
            verify_token=self.verify_token.reveal(),
            graph=connector or self.graph_url,
            version=self.graph_version,
            account=self.account,
            looks_up=self.directory == "members",
        )

    def own_pages(self) -> frozenset[str]:
        """Return the ids of the bot's pages and Instagram accounts: those listed, with a token, and the sending one."""
        own = {self.account} - {"me", ""}
        return frozenset((*self.pages, *own, *self.tokens_by_page()))

    def tokens_by_page(self) -> dict[str, str]:
        """Return the access tokens of further pages, by page id. Raises BadSettings for one that names no page."""
        found: dict[str, str] = {}
        for number, secret in enumerate(self.page_tokens, 1):
            page, _, token = (part.strip() for part in secret.reveal().partition(":"))
            if not page or not token:
                raise BadSettings(
                    f"token {number} names no page",
                    place="bots.<bot>.workplace.page_tokens",
                    remedy="Write each as <page id>:<access token>",
                )
            found[page] = token
        return found
