"""On which channels a bot can send, as its settings say."""

import dataclasses

import pytest

from adapters.teams.settings import Teams
from adapters.workplace.settings import Workplace
from config.settings import Bot, Server, Settings, channels_set_up
from messages.settings import Secret

TEAMS = Teams(app_id="a", app_password=Secret("p"))
PAGE = Workplace(access_token=Secret("t"))
OPEN = Server(host="0.0.0.0")  # it is not listened on


@pytest.mark.parametrize(
    ("settings", "teams", "workplace"),
    [
        (Settings(bots={"demo": Bot(teams=TEAMS)}), True, False),
        (Settings(bots={"demo": Bot(workplace=PAGE)}), False, True),
        (Settings(bots={"demo": Bot(teams=TEAMS, workplace=PAGE)}), True, True),
        (Settings(bots={"demo": Bot(teams=Teams(app_id="a"))}, server=OPEN), False, False),
        (Settings(), True, True),
        (Settings(server=OPEN), False, False),
        (Settings(bots={"other": Bot(teams=TEAMS)}, server=OPEN), False, False),
        (Settings(bots={"demo": Bot(workplace=PAGE)}, connector="http://127.0.0.1:3979"), True, True),
    ],
)
def test_a_channel_is_set_up_by_its_credentials(settings: Settings, *, teams: bool, workplace: bool) -> None:
    found = channels_set_up(settings, "demo")
    assert ("teams" in found, "workplace" in found) == (teams, workplace)


def test_accounts_that_come_over_the_azure_bot_are_reached_by_it() -> None:
    settings = dataclasses.replace(Settings(), bots={"demo": Bot(teams=TEAMS)})
    assert {"teams", "directline", "webchat", "emulator"} <= channels_set_up(settings, "demo")
