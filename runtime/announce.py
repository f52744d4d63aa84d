"""What the person who started the server reads."""

from collections.abc import Callable, Iterable

from runtime.live import NO_BOT

Announce = Callable[[str], None]

_NEXT = """
Try next, each in a terminal of its own (. .venv/bin/activate puts `assent` on your path):
  make standin                 # shows what people would see, with commands that press the buttons
  curl -i {url}/api/messages -H 'Content-Type: application/json' \\
       --data-binary @examples/payloads/teams-message.json
  assent ledger show           # who agreed to what, and the proof
  assent chat --live           # or talk to the bot right here
Microsoft's Emulator and Agents Playground work too: give them {url}/api/messages

Development secrets are in use, on loopback only. Ctrl-C stops the server."""


def what_to_try(url: str, bots: Iterable[str], *, dev: bool) -> list[str]:
    """Return what is served where; for somebody who tries things out, also what to paste next."""
    served = ", ".join(bots)
    lines = [f"Serving {served} on {url}"] if served else [f"There is {NO_BOT}", f"Serving no bot yet on {url}"]
    return lines + _NEXT.format(url=url).split("\n") if dev else lines
