"""Settings come from a file and the environment; what is wrong is named with its place."""

import dataclasses
import re
import typing
from pathlib import Path

import pytest

from config.development import for_development
from config.load import load_settings
from config.secret import Secret
from config.settings import Settings
from messages.errors import BadSettings

DOCS = Path(__file__).parent.parent.parent / "docs" / "settings.md"


def test_defaults_serve_on_loopback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings({})
    assert (settings.server.host, settings.server.port, settings.store) == ("127.0.0.1", 3978, "sqlite:///assent.db")


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "assent.toml"
    file.write_text('store = "sqlite:///a.db"\n[server]\nport = 1\nhost = "127.0.0.2"\n')
    settings = load_settings({"ASSENT_SERVER__PORT": "2"}, file)
    assert (settings.store, settings.server.host, settings.server.port) == ("sqlite:///a.db", "127.0.0.2", 2)


def test_a_bots_accounts_come_from_either(tmp_path: Path) -> None:
    file = tmp_path / "assent.toml"
    file.write_text('[bots.well-being.teams]\napp_id = "id"\n')
    settings = load_settings({"ASSENT_BOTS__WELL_BEING__TEAMS__TENANT": "t"}, file)
    assert settings.bot("well-being").teams.app_id == "id"
    assert settings.bot("well-being").teams.tenant == "t"


def test_a_secret_is_read_from_a_file_and_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("hush\n")
    settings = load_settings({"ASSENT_BOTS__W__WORKPLACE__APP_SECRET_FILE": str(file)})
    secret = settings.bot("w").workplace.app_secret
    assert secret.reveal() == "hush"
    assert "hush" not in f"{settings} {settings!r} {secret}"


def test_button_keys_are_a_list_in_the_environment() -> None:
    settings = load_settings({"ASSENT_BUTTON_KEYS": "new-key, old-key"})
    assert [key.reveal() for key in settings.button_keys] == ["new-key", "old-key"]


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"ASSENT_SERVER__PROT": "1"}, ["ASSENT_SERVER__PROT", "`prot` is no setting", "Did you mean `port`?"]),
        ({"ASSENT_SERVER__PORT": "many"}, ["ASSENT_SERVER__PORT", "no whole number"]),
        ({"ASSENT_LOG__LEVEL": "loud"}, ["ASSENT_LOG__LEVEL", "Choose one of debug, info"]),
        ({"ASSENT_STORE__URL": "x"}, ["ASSENT_STORE__URL", "`store` has no settings within it"]),
        ({"ASSENT_BOTS__W": "x"}, ["ASSENT_BOTS__W", "names a bot"]),
        ({"ASSENT_BOTS__W__TEAMS__APP_PASSWORD_FILE": "/nowhere"}, ["/nowhere can't be read"]),
    ],
)
def test_a_bad_variable_is_named(environment: dict[str, str], words: list[str]) -> None:
    with pytest.raises(BadSettings) as caught:
        load_settings(environment)
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[server]\nprot = 1\n", ["server", "Did you mean `port`?"]),
        ("[server]\nport = true\n", ["server.port", "Write a whole number"]),
        ('[server]\nport = "80"\n', ["server.port", "Write a whole number"]),
        ("server = 1\n", ["server", "must be a table"]),
        ("[bots]\nw = 1\n", ["bots.w", "must be a table"]),
        ('button_keys = "one"\n', ["button_keys", "Write a list of texts"]),
        ("store =\n", ["is not TOML"]),
    ],
)
def test_a_bad_file_is_named_with_the_place(tmp_path: Path, text: str, words: list[str]) -> None:
    file = tmp_path / "assent.toml"
    file.write_text(text)
    with pytest.raises(BadSettings) as caught:
        load_settings({}, file)
    assert [word for word in [*words, str(file)] if word not in str(caught.value)] == []


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="can't be read"):
        load_settings({}, tmp_path / "none.toml")


def test_development_fills_in_only_what_is_not_set() -> None:
    settings = load_settings(
        {"ASSENT_BOTS__A__WORKPLACE__APP_SECRET": "mine", "ASSENT_CONNECTOR": "http://127.0.0.1:1"}
    )
    filled = for_development(settings, ("a", "b"))
    assert filled.bot("a").workplace.app_secret == Secret("mine")
    assert filled.bot("b").workplace.app_secret
    assert filled.connector == "http://127.0.0.1:1"
    assert filled.button_keys


def _names(kind: type, before: str = "") -> list[str]:
    names = []
    for name, inner in typing.get_type_hints(kind).items():
        if dataclasses.is_dataclass(inner):
            names += _names(inner, f"{before}{name}.")
        elif typing.get_origin(inner) is dict:
            names += _names(typing.get_args(inner)[1], f"{before}{name}.<bot>.")
        else:
            names.append(before + name)
    return names


def test_every_setting_is_described_and_no_other() -> None:
    described = re.findall(r"^\| `([^`]+)` \|", DOCS.read_text(), re.MULTILINE)
    assert sorted(described) == sorted(_names(Settings))
