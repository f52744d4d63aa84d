"""The stand-in for a person: shows each message as it arrives, with the commands that press its buttons."""

import asyncio
import secrets

from rich.console import Console
from rich.text import Text

from messages.errors import BadSettings
from standin.deliveries import Delivery
from standin.drawing import draw, read
from standin.press import press_command
from standin.server import StandIn


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
            f"{host}:{port} can't be listened on: {error.strerror}",
            place="assent standin",
            remedy="Another stand-in may be running; stop it, or give another --port",
        ) from error
    screen = Screen(console, bot_url=bot_url, url=standin.url, app_secret=app_secret, press=press)
    try:
        console.print(Text(f"The stand-in for Teams and Messenger listens on {standin.url}"))
        await asyncio.Event().wait()
    finally:
        await standin.close()
