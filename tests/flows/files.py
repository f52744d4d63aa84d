"""Flow files and texts that several tests read."""

from pathlib import Path

from flows.model.bot import Bot
from flows.source import read_flow

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(ROOT.glob("examples/*.yaml"))
WELLBEING = ROOT / "examples" / "wellbeing.yaml"

HEAD = """\
assent: "1"
bot: example
name: Example
welcome: hello
default: hello
"""


def bot_of(body: str, head: str = HEAD) -> Bot:
    """Return the bot of a flow file that goes on with `body` after the usual head."""
    return read_flow(head + body, "flow.yaml").bot


def wellbeing() -> Bot:
    """Return the example bot."""
    return read_flow(WELLBEING.read_text(), "wellbeing.yaml").bot
