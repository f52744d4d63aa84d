"""A bot's settings as its channels take them."""

from adapters.teams.settings import TeamsSettings
from adapters.workplace.settings import WorkplaceSettings
from config.loopback import is_loopback
from config.pages import page_tokens, pages_of
from config.settings import Bot, Settings
from messages.errors import BadSettings


def teams_settings(bot: Bot, connector: str, *, answers_loopback: bool = False) -> TeamsSettings:
    """Return the settings of a bot's Azure bot; `connector` is where replies go in place of the channel.

    `answers_loopback`: what another program of this machine sends is answered there, not at the connector.
    """
    return TeamsSettings(
        app_id=bot.teams.app_id,
        app_ids=bot.teams.app_ids,
        app_password=bot.teams.app_password.reveal(),
        tenant=bot.teams.tenant,
        service_urls=bot.teams.service_urls,
        connector_override=connector,
        answers_loopback=answers_loopback,
        graph=connector or bot.teams.graph_url,
        looks_up=bot.teams.directory == "graph",
    )


def workplace_settings(bot: Bot, connector: str) -> WorkplaceSettings:
    """Return the settings of a bot's pages.

    In development, which is with a `connector` or without an app secret, all pages are taken if none is named.
    """
    page = bot.workplace
    named = pages_of(page)
    return WorkplaceSettings(
        access_token=page.access_token.reveal(),
        page_tokens=page_tokens(page),
        pages=None if not named and (connector or not page.app_secret) else named,
        app_secret=page.app_secret.reveal(),
        verify_token=page.verify_token.reveal(),
        graph=connector or page.graph_url,
        version=page.graph_version,
        account=page.account,
        looks_up=page.directory == "members",
    )


def refuse_unusable(settings: Settings, bots: tuple[str, ...]) -> None:
    """Raise BadSettings for a bot that nobody could write to, or anybody could."""
    for name in bots:
        if (problem := why_unusable(settings, name)) is not None:
            raise problem


def why_unusable(settings: Settings, name: str) -> BadSettings | None:
    """Return what keeps a bot from being written to safely; None when nothing does."""
    return _open_doors(settings, name) or _unnamed_pages(settings, name)


def _open_doors(settings: Settings, name: str) -> BadSettings | None:
    bot = settings.bot(name)
    if is_loopback(settings.server.host) or bot.teams.app_id or bot.workplace.app_secret:
        return None
    return BadSettings(
        f"bot {name} has neither a Teams app id nor a Workplace app secret: nothing would prove who writes to "
        f"it, so it is served on loopback only, not on {settings.server.host}",
        place="server.host",
        remedy=f"Set bots.{name}.teams.app_id or bots.{name}.workplace.app_secret, or server.host to 127.0.0.1",
    )


def _unnamed_pages(settings: Settings, name: str) -> BadSettings | None:
    """Whoever signs with the app's secret is Meta, and Meta sends what comes to all of the app's pages."""
    page = settings.bot(name).workplace
    if not page.app_secret or pages_of(page) or settings.connector:
        return None
    return BadSettings(
        f"bot {name} has a Meta app secret and names no page: it would take every page of the app for its own",
        place=f"bots.{name}.workplace.pages",
        remedy="Name the ids of its pages and Instagram accounts",
    )
