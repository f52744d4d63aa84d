"""The stand-in for a person: shows each message as it arrives, with the commands that press its buttons."""

import asyncio
import secrets
import shlex
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any, Final

import orjson
from rich import box
from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from messages.errors import BadSettings
from standin.deliveries import Delivery
from standin.server import StandIn
from standin.shown import Shown, ShownButton, ShownCard, clean, read_messenger, read_teams

_WIDTH = 36


def read(delivery: Delivery) -> Shown:
    """Return what a delivery shows."""
    return read_messenger(delivery.body) if delivery.channel == "workplace" else read_teams(delivery.body)


def draw(delivery: Delivery, shown: Shown) -> RenderableType:
    """Return a message as a box: words, cards side by side, quick replies in a row; what can be pressed is numbered."""
    head = Text(f" {delivery.number} · {delivery.channel} → {clean(delivery.conversation)} ")
    if delivery.kind not in {"activity", "message"}:
        head.append(f"({delivery.kind}) ")
    return Panel(Group(*_pieces(shown)), title=head, title_align="left", box=box.ROUNDED, border_style="cyan")


def _pieces(shown: Shown) -> Iterator[RenderableType]:
    numbers = count(1)
    if shown.text:
        yield Text(shown.text)
    cards = [_card(card, numbers) for card in shown.cards]
    if cards:
        yield Columns(cards)
    if shown.quick_replies:
        yield Text("   ").join(_button(reply, numbers) for reply in shown.quick_replies)


def _card(card: ShownCard, numbers: Iterator[int]) -> Panel:
    lines: list[RenderableType] = []
    for words, style in ((card.title, "bold"), (card.subtitle, "dim"), (card.text, "")):
        if words:
            lines.append(Text(words, style=style))
    if card.image:
        lines.append(Text(f"▣ {card.image}", style="dim", overflow="fold"))
    lines.extend(_button(button, numbers) for button in card.buttons)
    return Panel(Group(*lines), width=_WIDTH, box=box.SQUARE)


def _button(button: ShownButton, numbers: Iterator[int]) -> Text:
    if button.link:
        return Text.assemble(("↗ ", "blue"), (button.label, "blue"), (f" {button.link}", "dim"))
    return Text.assemble((f"[{next(numbers)}] ", "green"), (button.label, "bold green"))


PAGE: Final = "1000000000001"
"""The page that presses are addressed to: that of the README's tour, for a reply does not tell its page."""
MEMBER: Final = "1000000000002"
"""Who presses in a thread of several people: a reply names the thread alone."""

_SHELL_ID: Final = "$(openssl rand -hex 8)"
"""In a shell: part of an id that nothing had before."""


def press_command(delivery: Delivery, button: ShownButton, number: int, *, bot_url: str, url: str, secret: str) -> str:
    """Return a shell command that presses the `number`-th button of a delivery; run again, it is another press.

    `url` is the stand-in's own, where the answer is to go. Messenger's is signed with `secret`, the bot's app secret,
    if there is one.
    """
    press_id = f"press-{delivery.id}-{number}"
    if delivery.channel != "workplace":
        body = _shell_text(teams_press(delivery, button, press_id, url), press_id)
        return _curl(f"{bot_url}/api/messages", body)
    body = _shell_text(messenger_press(delivery, button, press_id), press_id)
    address = f"{bot_url}/webhooks/workplace"
    if not secret:
        return _curl(address, body)
    digest = f'$(printf %s "$body" | openssl dgst -sha256 -hmac {shlex.quote(secret)} | sed "s/.*= //")'
    return f"body={body}; " + _curl(address, '"$body"', f'"X-Hub-Signature-256: sha256={digest}"')


def messenger_press(delivery: Delivery, button: ShownButton, press_id: str) -> dict[str, Any]:
    """The webhook for a pressed button or quick reply, `press_id` its `mid`; from the thread that it was shown in."""
    event: dict[str, Any] = {"sender": {"id": delivery.conversation}, "recipient": {"id": PAGE}}
    if thread := _object(delivery.body, "recipient").get("thread_key"):
        event |= {"sender": {"id": MEMBER}, "thread": {"id": thread}}
    if button.quick:
        event["message"] = {"mid": press_id, "text": button.label, "quick_reply": {"payload": button.payload}}
    else:
        event["postback"] = {"mid": press_id, "title": button.label, "payload": button.payload}
    return {"object": "page", "entry": [{"id": PAGE, "messaging": [event]}]}


def teams_press(delivery: Delivery, button: ShownButton, press_id: str, url: str) -> dict[str, Any]:
    """The activity for a pressed button: a message with the button's value and its words, from where it was shown."""
    tenant = _object(delivery.body, "conversation").get("tenantId")
    activity: dict[str, Any] = {
        "type": "message",
        "id": press_id,
        "channelId": "msteams",
        "serviceUrl": url,
        "from": {"id": _id(delivery, "recipient") or "29:standin"},
        "recipient": {"id": _id(delivery, "from") or "28:standin"},
        "conversation": {"id": delivery.conversation, **_scope(delivery.conversation)},
        "replyToId": delivery.id,
    }
    if isinstance(tenant, str):
        activity["conversation"]["tenantId"] = tenant
        activity["channelData"] = {"tenant": {"id": tenant}}
    if button.says:
        activity["text"] = button.says
    if button.payload is not None:
        activity["value"] = button.payload
    return activity


def _scope(conversation: str) -> Mapping[str, Any]:
    """Who reads along, as Teams says it of a conversation.

    A reply does not tell, the id does: chats of several begin with `19:`, and the threads of a team's channel name it.
    """
    if not conversation.startswith("19:"):
        return {"conversationType": "personal"}
    of_a_team = "@thread.tacv2" in conversation or "@thread.skype" in conversation
    return {"conversationType": "channel" if of_a_team else "groupChat", "isGroup": True}


def _object(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = body.get(name)
    return found if isinstance(found, dict) else {}


def _id(delivery: Delivery, name: str) -> str:
    given = _object(delivery.body, name).get("id")
    return given if isinstance(given, str) else ""


def _shell_text(body: Mapping[str, Any], press_id: str) -> str:
    """Return a body as one word of a shell, which makes its id another one each time."""
    quoted = shlex.quote(orjson.dumps(body).decode())
    return quoted.replace(f'"{press_id}"', f"\"{press_id}-'{_SHELL_ID}'\"", 1)


def _curl(url: str, data: str, *headers: str) -> str:
    """Return a request; `data` and `headers` are words of a shell already."""
    words = ["curl", "-sS", shlex.quote(url)]
    for header in ("'Content-Type: application/json'", *headers):
        words += ["-H", header]
    return " ".join([*words, "--data-binary", data])


class Screen:
    """Prints deliveries."""

    def __init__(self, console: Console, *, bot_url: str, url: str, app_secret: str, press: bool) -> None:
        self._console = console
        self._bot_url = bot_url.rstrip("/")
        self._url = url
        self._app_secret = app_secret
        self._press = press

    def show(self, delivery: Delivery) -> None:
        """Draw a message, then one command per button."""
        shown = read(delivery)
        self._console.print(draw(delivery, shown))
        if not self._press:
            return
        for number, button in enumerate(shown.pressable, 1):
            command = press_command(
                delivery, button, number, bot_url=self._bot_url, url=self._url, secret=self._app_secret
            )
            line = Text.assemble((f"[{number}] ", "green"), (command, "dim"))
            self._console.print(line, soft_wrap=True, highlight=False)


async def serve(
    host: str = "127.0.0.1",
    port: int = 3979,
    *,
    bot_url: str = "http://127.0.0.1:3978",
    app_secret: str = "",
    press: bool = True,
    quiet: bool = False,
    console: Console | None = None,
) -> None:
    """Run the stand-in until it is cancelled.

    `press` prints a command for each button, addressed to the bot at `bot_url`; Messenger's are signed with
    `app_secret`. `quiet` prints nothing and only counts. Raises BadSettings for an address that is not loopback, or
    taken.
    """
    console = console or Console()
    screen: Screen | None = None

    def show(delivery: Delivery) -> None:
        if screen is not None:
            screen.show(delivery)

    standin = StandIn(
        host, port, keep=0 if quiet else 10_000, on_delivery=None if quiet else show, run=secrets.token_hex(3)
    )
    try:
        await standin.start()
    except OSError as error:
        raise BadSettings(
            f"cannot listen on {host}:{port}: {error.strerror}",
            place="assent standin",
            remedy="Another stand-in may be running; stop it, or give another --port",
        ) from error
    screen = Screen(console, bot_url=bot_url, url=standin.url, app_secret=app_secret, press=press)
    try:
        console.print(Text(f"The stand-in for Teams and Messenger listens on {standin.url}"))
        await asyncio.Event().wait()
    finally:
        await standin.close()
