"""Settings come from a file and the environment; what is wrong is named with its place."""

import re
from pathlib import Path

import pytest

from adapters.channels import settings_by_channel
from adapters.teams.settings import Teams
from adapters.workplace.settings import Workplace
from config.load import all_settings, dotted, load_settings, variable
from config.settings import Bot, Settings, for_development
from messages.errors import BadSettings
from messages.settings import Hook, Secret

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
    assert settings.bot("well-being").of("teams", Teams).app_id == "id"
    assert settings.bot("well-being").of("teams", Teams).tenant == "t"


def test_a_secret_is_read_from_a_file_and_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("hush\n")
    settings = load_settings({"ASSENT_BOTS__W__WORKPLACE__APP_SECRET_FILE": str(file)})
    secret = settings.bot("w").of("workplace", Workplace).app_secret
    assert secret.reveal() == "hush"
    assert "hush" not in f"{settings} {settings!r} {secret}"


@pytest.mark.parametrize("text", ["new-key, old-key", "new-key\nold-key\n"])
def test_a_list_has_commas_or_lines_in_the_environment(text: str) -> None:
    settings = load_settings({"ASSENT_BUTTON_KEYS": text})
    assert [key.reveal() for key in settings.button_keys] == ["new-key", "old-key"]


def test_a_variable_names_a_bot_as_far_as_it_can() -> None:
    settings = load_settings({"ASSENT_BOTS__WELL_BEING__TEAMS__APP_ID": "id"})
    assert settings.bot("well-being").of("teams", Teams).app_id == "id"
    assert list(settings.with_bots(["well-being", "other"]).bots) == ["well-being"]
    assert list(settings.with_bots(["well_being", "well-being"]).bots) == ["well_being"]


BAD_VARIABLES = {
    "ASSENT_SERVER__PROT": ("1", "unknown setting. Did you mean `ASSENT_SERVER__PORT`?"),
    "ASSENT_PORT": ("1", "unknown setting. Did you mean `ASSENT_SERVER__PORT`?"),
    "ASSENT_WOLF": ("1", "unknown setting. Known here: bots, broadcast, button_key_file"),
    "ASSENT_SERVER__PORT": ("many", "'many' is not a whole number. Write digits"),
    "ASSENT_SERVER__GRACE": ("nan", "nan can't be used. Write a number from 0 to 3600"),
    "ASSENT_LOG__LEVEL": ("loud", "'loud' is not possible. Choose one of debug, info, warning, error"),
    "ASSENT_STORE__URL": ("x", "`store` has no settings within it. Write ASSENT_STORE"),
    "ASSENT_SERVER": ("x", "names a section, not a setting. Go on with two underscores and one of grace, host"),
    "ASSENT_BOTS__W": ("x", "names a section, not a setting. Go on with two underscores and one of teams, workplace"),
    "ASSENT_BOTS__W__TEAMS__APPID": ("x", "unknown setting. Did you mean `ASSENT_BOTS__W__TEAMS__APP_ID`?"),
    "ASSENT_BOTS__W__TEAMS__APP_PASSWORD_FILE": ("/nowhere", "/nowhere can't be read: No such file or directory"),
    "ASSENT_CONNECTOR": ("127.0.0.1:3979", "'127.0.0.1:3979' can't be used. Write an address such as https://"),
    "ASSENT_BOTS__W__WORKPLACE__GRAPH_VERSION": ("25", "'25' can't be used. Write it as v25.0"),
}


@pytest.mark.parametrize("variable", BAD_VARIABLES)
def test_a_bad_variable_is_named(variable: str) -> None:
    text, told = BAD_VARIABLES[variable]
    with pytest.raises(BadSettings) as caught:
        load_settings({variable: text})
    assert str(caught.value).startswith(f"{variable}: {told}")


def test_a_setting_is_given_once(tmp_path: Path) -> None:
    file = tmp_path / "store"
    file.write_text("sqlite://")
    with pytest.raises(BadSettings, match=r"ASSENT_STORE_FILE: ASSENT_STORE is set too\. Keep one"):
        load_settings({"ASSENT_STORE": "sqlite://", "ASSENT_STORE_FILE": str(file)})


@pytest.mark.parametrize("kept", [b"", b" \n", b"\xff\xfe"])
def test_a_file_without_a_value_is_told(tmp_path: Path, kept: bytes) -> None:
    file = tmp_path / "secret"
    file.write_bytes(kept)
    with pytest.raises(BadSettings, match=r"ASSENT_STORE_FILE: .*secret is (empty|not text)"):
        load_settings({"ASSENT_STORE_FILE": str(file)})


BAD_FILES = [
    ("[server]\nprot = 1\n", ":2: unknown setting `server.prot`. Did you mean `server.port`?"),
    ("\nport = 1\n", ":2: unknown setting `port`. Did you mean `server.port`?"),
    ("[server]\n\nport = true\n", ":3: server.port: True is not allowed here. Write a whole number"),
    ('server.port = "80"\n', ":1: server.port: '80' is not allowed here. Write a whole number"),
    ("[server]\nport = 70000\n", ":2: server.port: 70000 can't be used. Write a number from 0 to 65535"),
    ("[outbox]\nmax_attempts = 0", ":2: outbox.max_attempts: 0 can't be used"),
    ("server = 1\n", ":1: `server` is a table. Write [server]"),
    ("bots = 1\n", ":1: `bots` is a table. Write [bots.<the bot's id>.teams]"),
    ("[bots]\nw = 1\n", ":2: `bots.w` is a table. Write [bots.w]"),
    (
        '[bots."a.b".teams]\nappid = "x"\n',
        ":2: unknown setting `bots.a.b.teams.appid`. Did you mean `bots.a.b.teams.app_id`?",
    ),
    ("[bots]\nw = {teams = {tenant = 7}}\n", ":2: bots.w.teams.tenant: 7 is not allowed here. Write text"),
    ('button_keys = "hush"\n', ":1: button_keys: what is written is not allowed here. Write a list of texts"),
    ("[bots.w.teams]\napp_password = 31337\n", ":2: bots.w.teams.app_password: what is written is not allowed here"),
    ('[bots.w.teams]\nservice_urls = ["x"]\n', ":2: bots.w.teams.service_urls: 'x' can't be used. Write an address"),
    ("store =\n", ": is not TOML: Invalid value (at line 1, column 8). Correct it there"),
]


@pytest.mark.parametrize(("text", "told"), BAD_FILES)
def test_a_bad_file_is_named_with_the_line(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "assent.toml"
    file.write_text(text)
    with pytest.raises(BadSettings) as caught:
        load_settings({}, file)
    assert str(caught.value).startswith(f"{file}{told}")


@pytest.mark.parametrize("text", ["", "\ufeff[server]\nport = 1\n", "# nothing\r\n"])
def test_a_file_may_be_empty_or_come_from_another_system(tmp_path: Path, text: str) -> None:
    file = tmp_path / "assent.toml"
    file.write_text(text, encoding="utf-8")
    assert load_settings({}, file).store == Settings().store


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="can't be read"):
        load_settings({}, tmp_path / "none.toml")


def test_development_fills_in_only_what_is_not_set() -> None:
    settings = load_settings(
        {"ASSENT_BOTS__A__WORKPLACE__APP_SECRET": "mine", "ASSENT_CONNECTOR": "http://127.0.0.1:1"}
    )
    filled = for_development(settings, ("a", "b"))
    assert filled.bot("a").of("workplace", Workplace).app_secret == Secret("mine")
    assert filled.bot("b").of("workplace", Workplace).app_secret
    assert filled.connector == "http://127.0.0.1:1"
    assert filled.button_keys


def test_pages_are_named_by_a_list_by_the_sending_account_and_by_tokens() -> None:
    page = Workplace(pages=("1", "2"), account="3", page_tokens=(Secret("4: token:4"),))
    assert page.own_pages() == {"1", "2", "3", "4"}
    assert page.tokens_by_page() == {"4": "token:4"}
    assert Workplace().own_pages() == frozenset()


@pytest.mark.parametrize("token", ["token", ":token", "4:", ""])
def test_a_token_that_names_no_page_is_refused_without_being_shown(token: str) -> None:
    with pytest.raises(BadSettings, match="token 2 names no page"):
        Workplace(page_tokens=(Secret("4:t"), Secret(token))).tokens_by_page()


def test_every_setting_is_described_with_its_default_and_no_other() -> None:
    described = dict(re.findall(r"^\| `([^`]+)` \| (?:`([^`]*)`|none) \|", DOCS.read_text(), re.MULTILINE))
    assert described == {dotted(path): _default(path) for path in all_settings()}


def _default(path: tuple[str, ...]) -> str:
    value: object = Settings()
    for name in path:
        value = settings_by_channel()[name]() if isinstance(value, Bot) else getattr(value, name, Bot())
        value = {"<bot>": Bot, "<hook>": Hook}[name]() if name.startswith("<") else value
    return str(value) if value and value != Secret() else ""


@pytest.mark.parametrize("path", all_settings(), ids=dotted)
def test_every_setting_can_be_set_by_a_variable(path: tuple[str, ...]) -> None:
    words = {"level": "debug", "format": "console", "graph_version": "v1.0", "middleware": "package.module:make"}
    words |= {
        "listen": "on",
        "private": "on",
        "timeout": "9",
        "retry_gateway": "on",
        "second_approver": "on",
        "directory": "graph" if "teams" in path else "members",
    }
    words |= {"trusted_proxies": "10.0.0.0/8"}
    text = words.get(path[-1], "")
    text = text or ("https://example.org" if "url" in path[-1] or path == ("connector",) else "1234")
    name = variable(tuple("w" if step.startswith("<") else step for step in path))
    assert load_settings({name: text}) != Settings()
