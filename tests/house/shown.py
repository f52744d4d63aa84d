"""The picture of how each channel shows each kind: `python -m tests.house.shown >docs/shown.svg`.

A flow says one message of each kind; the engine runs it, each channel renders it, and what would be sent is drawn. Real
clients differ in colours and corners, not in what stands where.
"""

import sys
import textwrap
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final, NamedTuple

from rich.console import Console

from adapters.teams.render import render as for_teams
from adapters.terminal import ButtonNumbers
from adapters.terminal import render as for_terminal
from adapters.workplace.render import render as for_messenger
from messages.effects import OutgoingMessage
from messages.inbound import TextReceived
from tests.flows.engine.conversation import Conversation, revision_of

KINDS: Final = {
    "text": "Text",
    "buttons": "Text with buttons",
    "opt_in": "A question of consent",
    "carousel": "Cards",
    "image": "Picture",
    "file": "File or page",
    "question": "Question",
    "choice": "Question with choices",
    "replies": "Quick replies",
    "hand_over": "Handing over",
    "way_out": "With a way out",
}
FLOW: Final = """
assent: "1"
bot: shown
name: Shown
segments:
  tips: {name: Monday tips, purpose: One tip every Monday.}
fields:
  name: {type: text}
  team: {type: choice, choices: [Sales, Care, Office]}
keywords:
  - {is: see text, message: text}
  - {is: see buttons, message: buttons}
  - {is: see opt in, message: opt_in}
  - {is: see carousel, message: carousel}
  - {is: see image, message: image}
  - {is: see file, message: file}
  - {is: see question, message: question}
  - {is: see choice, message: choice}
  - {is: see replies, message: replies}
  - {is: see hand over, message: hand_over}
  - {is: see way out, message: way_out}
messages:
  text: {parts: [{text: The canteen opens at eleven.}]}
  buttons:
    parts:
      - text: What would you like to see?
        buttons:
          - {label: The menu, message: text}
          - {label: Our site, url: "https://example.org"}
  opt_in:
    parts:
      - text: May we send you one tip every Monday?
        buttons:
          - {label: Yes please, opt_in: tips, reply: text}
          - {label: No more tips, opt_out: tips, reply: text}
  carousel:
    parts:
      - carousel:
          - title: Sleep
            subtitle: Rest well
            image: "https://example.org/sleep.png"
            buttons: [{label: Read, message: text}]
          - {title: Move, subtitle: Ten minutes a day, buttons: [{label: Begin, message: text}]}
  image: {parts: [{image: "https://example.org/sun.png", alt: The sun over the sea}]}
  file: {parts: [{file: "https://example.org/guide.pdf", title: The guide}]}
  question: {parts: [{question: What is your name?, field: name}]}
  choice:
    parts: [{question: Which team are you in?, field: team, type: choice, choices: [Sales, Care, Office]}]
  replies:
    parts: [{text: Anything else?}]
    quick_replies: [{label: Menu, message: text}, {label: "No, thanks", message: text}]
  hand_over: {parts: [{text: A person will answer you.}, {hand_over: Asked for a person}]}
  way_out:
    way_out: subscriptions
    parts: [{text: Drink a glass of water.}]
"""

LINE, CHARS, COLUMN, LEFT, PAD = 15, 38, 280, 190, 10


class Shape(NamedTuple):
    """One thing that a person sees: `text`, `card`, `button`, `chip`, `picture` or `mono`, and its words."""

    kind: str
    words: str


def said(word: str) -> OutgoingMessage:
    """Return what the bot says to a word."""
    turn = Conversation(revision_of(FLOW)).take(TextReceived(f"see {word}".replace("_", " ")))
    return next(effect.message for effect in turn.effects if hasattr(effect, "message"))


def in_teams(message: OutgoingMessage, conversation: Conversation) -> Iterator[Shape]:
    """Yield what Teams is sent."""
    for activity in for_teams(message, conversation.reference):
        if "text" in activity:
            yield Shape("text", activity["text"])
        for attachment in activity.get("attachments", ()):
            card = attachment["content"]
            for picture in card.get("images", ()):
                yield Shape("picture", picture.get("alt") or picture["url"])
            lines = [card[key] for key in ("title", "subtitle", "text") if card.get(key)]
            if lines:
                yield Shape("card", "\n".join(lines))
            yield from (Shape("button", button["title"]) for button in card.get("buttons", ()))
        for action in activity.get("suggestedActions", {}).get("actions", ()):
            yield Shape("chip", action["title"])


def in_messenger(message: OutgoingMessage, conversation: Conversation) -> Iterator[Shape]:
    """Yield what Messenger is sent."""
    for request in for_messenger(message, conversation.reference):
        body: Mapping[str, Any] = request["message"]
        if "text" in body:
            yield Shape("text", body["text"])
        payload = body.get("attachment", {}).get("payload", {})
        if body.get("attachment", {}).get("type") == "image":
            yield Shape("picture", payload["url"])
        for element in payload.get("elements", [payload] if "buttons" in payload else []):
            if element.get("image_url"):
                yield Shape("picture", element["image_url"])
            yield Shape("card", "\n".join(element[key] for key in ("title", "subtitle", "text") if element.get(key)))
            yield from (Shape("button", button["title"]) for button in element.get("buttons", ()))
        for reply in body.get("quick_replies", ()):
            yield Shape("chip", reply["title"])


def in_terminal(message: OutgoingMessage, _: Conversation) -> Iterator[Shape]:
    """Yield the lines of `assent chat`."""
    console = Console(width=CHARS, color_system=None, legacy_windows=False, force_terminal=False)
    with console.capture() as captured:
        console.print(for_terminal(message, ButtonNumbers()))
    yield from (Shape("mono", line.rstrip()) for line in captured.get().rstrip().split("\n"))


CHANNELS: Final = {"Teams": in_teams, "Messenger, Instagram, Workplace": in_messenger, "assent chat": in_terminal}


def height(shape: Shape) -> int:
    """Return how many pixels a shape takes."""
    if shape.kind == "mono":
        return LINE
    return LINE * len(_wrapped(shape.words)) + PAD + 4


def _wrapped(words: str) -> list[str]:
    return [line for paragraph in words.split("\n") for line in textwrap.wrap(paragraph, CHARS) or [""]]


def _drawn(shape: Shape, x: int, y: int) -> str:
    fill, edge, ink, radius = {
        "text": ("#f1f5f9", "#f1f5f9", "#0f172a", 10),
        "card": ("#ffffff", "#94a3b8", "#0f172a", 4),
        "button": ("#ffffff", "#4f46e5", "#4f46e5", 4),
        "chip": ("#eef2ff", "#4f46e5", "#4f46e5", 12),
        "picture": ("#dcfce7", "#86efac", "#166534", 4),
        "mono": ("none", "none", "#0f172a", 0),
    }[shape.kind]
    lines = [shape.words] if shape.kind == "mono" else _wrapped(shape.words)
    font = (
        ' font-family="DejaVu Sans Mono, monospace" font-size="10" xml:space="preserve"' if shape.kind == "mono" else ""
    )
    text = "".join(
        f'<text x="{x + 8}" y="{y + 14 + LINE * number}" fill="{ink}"{font}>{escape(line)}</text>'
        for number, line in enumerate(lines)
    )
    box = (
        f'<rect x="{x}" y="{y}" width="{COLUMN - 20}" height="{height(shape) - 4}" rx="{radius}" fill="{fill}" '
        f'stroke="{edge}"/>'
    )
    return text if shape.kind == "mono" else box + text


def draw() -> str:
    """Return the picture as SVG."""
    conversation = Conversation(revision_of(FLOW))
    out: list[str] = []
    y = 40
    for word, title in KINDS.items():
        message = said(word)
        cells = [list(shapes(message, conversation)) for shapes in CHANNELS.values()]
        out.append(f'<text x="{PAD}" y="{y + 14}" font-weight="bold">{escape(title)}</text>')
        for number, cell in enumerate(cells):
            at = y
            for shape in cell:
                out.append(_drawn(shape, LEFT + number * COLUMN, at))
                at += height(shape)
        y += max(sum(map(height, cell)) for cell in cells) + PAD
        out.append(f'<path d="M{PAD} {y - 4}H{LEFT + 3 * COLUMN - 20}" stroke="#e2e8f0"/>')
        y += PAD
    heads = "".join(
        f'<text x="{LEFT + number * COLUMN}" y="24" font-weight="bold" fill="#334155">{escape(name)}</text>'
        for number, name in enumerate(CHANNELS)
    )
    width = LEFT + 3 * COLUMN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y}" font-size="12" role="img" '
        "font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\" "
        'aria-label="How each channel shows each kind of part: bubbles, cards, buttons and quick replies">'
    )
    return "\n".join([head, f'<rect width="{width}" height="{y}" fill="#ffffff"/>', heads, *out, "</svg>", ""])


if __name__ == "__main__":
    sys.stdout.write(draw())
