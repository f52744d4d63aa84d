"""What the tests of the commands share."""

import subprocess
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = ROOT / "examples" / "wellbeing.yaml"

Run = Callable[..., subprocess.CompletedProcess[str]]

MAY_UNMASK = {"ASSENT_PRIVACY__MAY_UNMASK": "ana"}
"""Variables under which `ana`, who runs the commands, may see people's words and names."""

SMALL = """\
assent: "1"
bot: small
name: Small
welcome: hi
default: hi
segments:
  tips: {name: Tips, purpose: One short tip every Monday.}
fields:
  age: {type: number}
messages:
  hi:
    parts:
      - text: One short tip every Monday?
        buttons:
          - {label: LABEL, opt_in: tips, reply: in}
          - {label: No more, opt_out: tips, reply: out}
          - {label: Our page, url: "https://example.org"}
    quick_replies:
      - {label: Age, message: age}
      - {label: Later, message: later}
  in: {parts: [{text: "You are in Tips: one short tip every Monday. Type STOP to end."}]}
  out: {parts: [{text: You are out of Tips.}]}
  age: {parts: [{question: How old are you?, field: age, type: number}, {text: Thank you.}]}
  later: {parts: [{text: See you.}, {wait: 1s}, {text: A second has passed.}, {wait: 1d}, {text: A day has passed.}]}
"""


def small_flow(folder: Path, label: str = "Yes please", name: str = "small.yaml") -> str:
    """Write a small flow; return the file's path."""
    path = folder / name
    path.write_text(SMALL.replace("LABEL", label))
    return str(path)
