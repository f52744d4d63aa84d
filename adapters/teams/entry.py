"""Teams in the table of channels; Direct Line, Web Chat and emulators come by the same endpoint."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from adapters.json_body import load_json
from adapters.port import ChannelEntry, OpenChannel, Opening, Serving, SetUp
from adapters.teams.activity import TEAMS, surface_of
from adapters.teams.settings import METADATA, Teams
from messages.channels import TEAMS as KIND
from messages.errors import BadPayload
from messages.inbound import ConversationReference

if TYPE_CHECKING:
    from adapters.teams.botframework.host import TeamCode
    from adapters.teams.connector import TeamsChannel

_GUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TEAMS_USER: Final = "29:"
_TEAMS_CONVERSATIONS: Final = ("a:", "19:")


def _open(teams: Teams, opening: Opening) -> OpenChannel:
    # what speaks HTTP is loaded where a channel is opened
    from adapters.teams.connector import TeamsChannel  # noqa: PLC0415
    from adapters.teams.directory import MicrosoftGraph, TeamsDirectory  # noqa: PLC0415
    from adapters.teams.endpoint import TeamsEndpoint  # noqa: PLC0415

    settings = teams.for_channel(opening.connector, answers_loopback=opening.answers_loopback)
    channel = TeamsChannel(settings, opening.session)
    code = _team_code(teams, channel, opening.serving) if teams.middleware and opening.serving is not None else None
    endpoint = TeamsEndpoint(
        settings,
        opening.session,
        now=opening.now,
        loopback=opening.loopback,
        pipeline=code,
        on_refused=lambda refused: opening.refused(refused.reason),
        on_skipped=lambda skipped: opening.skipped(skipped.reason, skipped.is_for_another),
    )
    graph = MicrosoftGraph(settings, opening.session) if settings.looks_up else None
    directory = TeamsDirectory(channel, graph)

    async def close() -> None:
        await endpoint.close()
        await directory.close()
        await (code or channel).close()

    ready = code.ready if code is not None else None
    return OpenChannel(code or channel, endpoint, directory, looks_up=settings.looks_up, ready=ready, close=close)


def _team_code(teams: Teams, channel: "TeamsChannel", serving: Serving) -> "TeamCode":
    """Run a team's own Bot Framework code around the channel."""
    from adapters.teams.botframework.host import TeamCode  # noqa: PLC0415  # as above

    return TeamCode(serving, teams.middleware, channel, seconds=teams.middleware_timeout)


def _set_up(teams: Teams, place: str, _: bool) -> SetUp:
    if not teams.app_id:
        if teams.app_password or teams.tenant:
            return SetUp("error", "set up in part: no app id", f"Set {place}.app_id")
        remedy = f"Set {place}.app_id to use Teams"
        return SetUp("warning", "not set up; requests from this machine alone are taken", remedy)
    if not teams.app_password:
        return SetUp("error", "an app id without a password", f"Set {place}.app_password")
    odd = next((app for app in (teams.app_id, *teams.app_ids) if not _GUID.fullmatch(app)), None)
    if odd is not None:
        return SetUp("error", f"{odd} is not a Microsoft App ID", "It looks like 11111111-2222-…")
    return SetUp("ok", f"app {teams.app_id}" + (f", tenant {teams.tenant}" if teams.tenant else ""))


def _addresses(_teams: Teams, _bot: str) -> Mapping[str, str]:
    return {"Bot Framework": METADATA}


def _acted_at(received: bytes, reference: ConversationReference) -> str:
    """Return the Bot Framework's channel: by the activity, else Teams by the form of its ids."""
    try:
        activity = load_json(received) if received else None
    except BadPayload:
        activity = None
    if isinstance(activity, dict) and isinstance(activity.get("channelId"), str):
        return surface_of(activity) or TEAMS
    of_teams = reference.user.startswith(_TEAMS_USER) or reference.conversation.startswith(_TEAMS_CONVERSATIONS)
    return TEAMS if of_teams else ""


def _links(teams: Teams, _ref: str, words: str) -> tuple[str, ...]:
    """Return the link that opens a chat with the words in the box. learn.microsoft.com, "Deep link to a chat"."""
    if not teams.app_id:
        return ()
    return (f"https://teams.microsoft.com/l/chat/0/0?users=28:{teams.app_id}&message={quote(words, safe='')}",)


ENTRY: Final = ChannelEntry(
    kind=KIND,
    settings=Teams,
    path="/api/messages",
    open=_open,
    can_send=lambda teams: bool(teams.app_id and teams.app_password),
    proves=lambda teams: bool(teams.app_id),
    proof=("app_id", "a Teams app id"),
    set_up=_set_up,
    addresses=_addresses,
    links=_links,
    directory_setting="bots.<bot>.teams.directory to graph",
    acted_at=_acted_at,
)
