"""Messenger, Instagram and Workplace in the table of channels."""

import dataclasses
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from adapters.port import ChannelEntry, Development, OpenChannel, Opening, SetUp
from adapters.workplace.settings import Workplace
from messages.channels import WORKPLACE as KIND
from messages.errors import BadSettings
from messages.inbound import ConversationReference
from messages.settings import Secret


def _open(page: Workplace, opening: Opening) -> OpenChannel:
    # what speaks HTTP is loaded where a channel is opened
    from adapters.workplace.connector import WorkplaceChannel  # noqa: PLC0415
    from adapters.workplace.directory import WorkplaceDirectory  # noqa: PLC0415
    from adapters.workplace.endpoint import ANOTHER_PAGE, WorkplaceEndpoint  # noqa: PLC0415

    settings = page.for_channel(opening.connector)
    endpoint = WorkplaceEndpoint(
        settings,
        loopback=opening.loopback,
        on_refused=lambda refused: opening.refused(refused.reason),
        on_skipped=lambda skipped: opening.skipped(skipped.reason, skipped.reason == ANOTHER_PAGE),
    )
    directory = WorkplaceDirectory(settings, opening.session)
    sender = WorkplaceChannel(settings, opening.session)
    return OpenChannel(sender, endpoint, directory, looks_up=settings.looks_up, verify=endpoint.verify)


def _unusable(page: Workplace, bot: str, any_page: bool) -> BadSettings | None:
    """Whoever signs with the app's secret is Meta, and Meta sends what comes to all of the app's pages."""
    if not page.app_secret or page.own_pages() or any_page:
        return None
    return BadSettings(
        f"bot {bot} has a Meta app secret and names no page: it would take every page of the app for its own",
        place=f"bots.{bot}.workplace.pages",
        remedy="Name the ids of its pages and Instagram accounts",
    )


def _set_up(page: Workplace, place: str, any_page: bool) -> SetUp:
    missing = [key for key in ("app_secret", "access_token", "verify_token") if not getattr(page, key)]
    if not missing and not page.own_pages() and not any_page:
        remedy = f"Set {place}.pages to the ids of its pages and Instagram accounts"
        return SetUp("error", "names no page: it would take every page of the app for its own", remedy)
    if not missing:
        pages = ", ".join(sorted(page.own_pages())) or "any"
        return SetUp("ok", f"{page.graph_url}, version {page.graph_version}, pages: {pages}")
    if len(missing) == 3:
        return SetUp("warning", "not set up", f"Set {place}.app_secret to use it")
    remedy = f"Set {', '.join(f'{place}.{key}' for key in missing)}"
    return SetUp("error", f"set up in part: no {', '.join(missing)}", remedy)


def _addresses(page: Workplace, bot: str) -> Mapping[str, str]:
    return {f"Graph ({bot})": page.graph_url} if page.access_token else {}


def _for_development(page: Workplace, secrets: Development) -> Workplace:
    if page.app_secret:
        return page
    return dataclasses.replace(
        page,
        app_secret=Secret(secrets.app_secret),
        access_token=page.access_token or Secret(secrets.access_token),
        verify_token=page.verify_token or Secret(secrets.verify_token),
    )


def _acted_at(_received: bytes, reference: ConversationReference) -> str:
    """Return the page."""
    return reference.bot


def _links(page: Workplace, ref: str, _words: str) -> tuple[str, ...]:
    """Return a link for each page. developers.facebook.com, "m.me links": the `ref` comes back as a referral."""
    return tuple(f"https://m.me/{name}?ref={quote(ref, safe='')}" for name in sorted(page.own_pages()))


ENTRY: Final = ChannelEntry(
    kind=KIND,
    settings=Workplace,
    path="/webhooks/workplace",
    open=_open,
    can_send=lambda page: bool(page.access_token),
    proves=lambda page: bool(page.app_secret),
    proof=("app_secret", "a Workplace app secret"),
    verified=True,
    unusable=_unusable,
    set_up=_set_up,
    addresses=_addresses,
    for_development=_for_development,
    links=_links,
    directory_setting="on a Workplace bots.<bot>.workplace.directory to members",
    acted_at=_acted_at,
)
