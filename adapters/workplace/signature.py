"""Who sent it: Meta's signatures on what comes in, and ours on what goes out.

developers.facebook.com, "Messenger Platform: webhooks": each POST carries `X-Hub-Signature-256: sha256=<hex>`, an
HMAC-SHA256 of the raw body under the app secret. `X-Hub-Signature` (SHA-1) is not accepted.
"""

import hmac
import re
from collections.abc import Mapping
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
