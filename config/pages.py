"""Which pages a bot's settings name, and with which tokens it speaks as them."""

from config.settings import Workplace
from messages.errors import BadSettings


def pages_of(workplace: Workplace) -> frozenset[str]:
    """Return the ids of the bot's pages and Instagram accounts: those listed, with a token, and the sending one."""
    own = {workplace.account} - {"me", ""}
    return frozenset((*workplace.pages, *own, *page_tokens(workplace)))


def page_tokens(workplace: Workplace) -> dict[str, str]:
    """Return the access tokens of further pages, by page id. Raises BadSettings for one that names no page."""
    found: dict[str, str] = {}
    for number, secret in enumerate(workplace.page_tokens, 1):
        page, _, token = (part.strip() for part in secret.reveal().partition(":"))
        if not page or not token:
            raise BadSettings(
                f"token {number} names no page",
                place="bots.<bot>.workplace.page_tokens",
                remedy="Write each as <page id>:<access token>",
            )
        found[page] = token
    return found
