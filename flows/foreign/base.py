"""What a flow of another product becomes, and what of it is left behind.

What was written by strangers is data here: a text is no template, a name no path, and nothing in it opts anybody in.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import yaml

from flows.checks import check
from flows.finding import FlowInvalid, Severity
from flows.model.base import ID_PATTERN, URL_PATTERN
from flows.source.nodes import Items, Node, Scalar, Table
from flows.source.read import FlowSource, read_flow
from flows.template import LONGEST

NOTHING: Final = "…"
"""Stands where nothing could be taken over."""

GROUPS: Final = (
    "people come into a segment by their own act or by staff, never by an import; make it a button that opts in"
)
CALLS: Final = "it calls another system"
_MARKS: Final = re.compile(r"\{(?=[{%#])|(?<=[%#}])\}")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_NO_ID: Final = re.compile(r"[^A-Za-z0-9_]+")
_LONGEST_NAME: Final = 40
_LONGEST_VALUE: Final = 200
_ROUNDS: Final = 20


class Left(NamedTuple):
    """Something that was not taken over: where it stands in the source, what it is, why not."""

    line: int
    what: str
    why: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}: {self.why}"


class Imported(NamedTuple):
    """A flow file of ours, and what is not in it."""

    text: str
    left: Sequence[Left]
    source: FlowSource


def inner(node: Node | None, *keys: str) -> Node | None:
    """Return what stands under keys, or None where one of them is not there."""
    for key in keys:
        node = node.values.get(key) if isinstance(node, Table) else None
    return node


def text_of(node: Node | None, *keys: str) -> str:
    """Return the text under keys; "" where there is none."""
    found = inner(node, *keys)
    return (found.value or "") if isinstance(found, Scalar) else ""


def items_of(node: Node | None, *keys: str) -> list[Node]:
    """Return the list under keys; an empty one where there is none."""
    found = inner(node, *keys)
    return found.items if isinstance(found, Items) else []


def number_of(text: str) -> int | float | None:
    """Return a number that is written in digits."""
    text = text.strip()
    if not re.fullmatch(r"-?\d{1,15}(\.\d{1,6})?", text, re.ASCII):
        return None
    return float(text) if "." in text else int(text)


class Taken:
    """The flow of ours while it grows."""

    def __init__(self, bot: str) -> None:
        self.bot = identifier(bot) or "imported"
        self.name = said(bot) or self.bot
        self.languages: list[str] = ["en"]
        self.messages: dict[str, dict[str, Any]] = {}
        self.fields: dict[str, dict[str, Any]] = {}
        self.keywords: list[dict[str, Any]] = []
        self.welcome = ""
        self.default = ""
        self.left: list[Left] = []

    def leave(self, node: Node | None, what: str, why: str) -> None:
        """Report something that is not taken over."""
        self.left.append(Left(node.place.line if node else 1, said(what)[:100], why))

    def literal(self, node: Node | None, text: str) -> str:
        """Return words that say what they said, and are no template of ours."""
        words = said(text)
        if _MARKS.search(words):
            self.leave(
                node, "a text", "braces with a second brace, `%` or `#` are placeholders here; a blank parts them"
            )
            words = _MARKS.sub(lambda found: "{ " if found[0] == "{" else " }", words)
        if len(words) > LONGEST // 2:
            self.leave(node, "a text", f"it is cut to {LONGEST // 2} characters")
            words = words[: LONGEST // 2]
        return words

    def url(self, node: Node | None, address: str, what: str) -> str:
        """Return a web address, or "" with a report."""
        if re.fullmatch(URL_PATTERN, address) and len(address) <= 2048 and said(address) == address:
            return address
        self.leave(node, what, "its address is no web address")
        return ""

    def field(self, name: str, kind: str, node: Node | None, choices: Iterable[str] = ()) -> str:
        """Return the field for answers of a kind; where the name is taken by another kind, one of its own."""
        wanted = identifier(name) or "answer"
        found = self.fields.get(wanted)
        if found is not None and found["type"] != kind:
            self.leave(node, f"field {wanted}", f"it also holds a {found['type']}: this answer has a field of its own")
            wanted = f"{wanted}_{kind}"
        here = self.fields.setdefault(wanted, {"type": kind})
        if kind == "choice":
            here["choices"] = list(dict.fromkeys([*here.get("choices", ()), *choices]))
        return wanted

    def is_asked(self, name: str) -> str:
        """Return the field of a name as conditions and texts have it; it is made where nothing stores it yet."""
        wanted = identifier(name) or "answer"
        self.fields.setdefault(wanted, {"type": "text"})
        return wanted

    def condition(self, name: str, how: str, value: str) -> dict[str, Any] | None:
        """Return a condition on a field, or None where the value can't be compared so."""
        value = said(value).strip()
        if how == "known":
            return {"field": name, "known": True}
        is_number = self.fields.get(name, {}).get("type") == "number"
        number = number_of(value)
        if how in ("at_least", "at_most", "more", "less") or (is_number and how == "is"):
            if number is None or not is_number:
                return None
            if how in ("more", "less"):
                return {"not": {"field": name, "at_most" if how == "more" else "at_least": number}}
            return {"field": name, how: number}
        if not value or len(value) > _LONGEST_VALUE or is_number:
            return None
        return {"field": name, how: value}

    def finish(self, file: str) -> Imported:
        """Return the file. What our checks refuse is taken out and reported, until it passes."""
        for _ in range(_ROUNDS):
            text = self._text()
            try:
                source = read_flow(text, file)
                findings = [one for one in check(source) if one.severity is Severity.ERROR]
            except FlowInvalid as invalid:
                source, findings = None, list(invalid.findings)
            if source is not None and not findings:
                return Imported(text, sorted(self.left), source)
            self._take_out({(one.line, one.problem) for one in findings}, text)
        raise FlowInvalid(findings)

    def _text(self) -> str:
        self.keywords = [rule for rule in self.keywords if rule["message"] in self.messages]
        flow: dict[str, Any] = {"assent": "1", "bot": self.bot, "name": self.name, "languages": self.languages}
        flow |= {"fields": self.fields} if self.fields else {}
        flow |= {key: one for key, one in (("welcome", self.welcome), ("default", self.default)) if one}
        flow |= {"keywords": self.keywords} if self.keywords else {}
        flow["messages"] = self.messages
        text: str = yaml.dump(flow, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=110)
        notes = "".join(f"# {_one_line(str(one))}\n" for one in sorted(self.left))
        head = (
            "# Imported. Not taken over, by line of the source:\n"
            if notes
            else "# Imported; everything was taken over.\n"
        )
        return head + notes + text

    def _take_out(self, faults: set[tuple[int, str]], text: str) -> None:
        """Take out the message or the keyword that a fault is in."""
        lines = text.splitlines()
        messages = lines.index("messages:") + 1
        starts = [number for number, line in enumerate(lines, 1) if re.match(r"  [^ ].*:", line)]
        rules = [number for number, line in enumerate(lines, 1) if number < messages and line.startswith("- ")]
        gone: set[int] = set()
        for line, problem in sorted(faults):
            if line > messages:
                at = sum(messages < start <= line for start in starts) - 1
                name = list(self.messages)[at]
                if self.messages[name]["parts"] != [{"text": NOTHING}]:
                    self.messages[name] = {"parts": [{"text": NOTHING}]}
                    self.left.append(Left(1, f"message {name}", problem))
            elif self.keywords and rules and line >= rules[-len(self.keywords)]:
                gone.add(sum(start <= line for start in rules[-len(self.keywords) :]) - 1)
                self.left.append(Left(1, "a keyword", problem))
        self.keywords = [rule for number, rule in enumerate(self.keywords) if number not in gone]


class _Plain(yaml.SafeDumper):
    """Writes each value where it stands, without anchors."""

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True


def said(text: str) -> str:
    """Return a text without control characters and broken ones."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip("\u2028\u2029\x85")


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]


def identifier(name: str) -> str:
    """Return a name as an id of ours, or "" where nothing of it can be one."""
    short = _NO_ID.sub("_", name).strip("_")[:_LONGEST_NAME].lower()
    return short if re.match(ID_PATTERN, short) else ""


def unique(name: str, taken: Mapping[str, object]) -> str:
    """Return an id that is not taken yet."""
    wanted, number = identifier(name) or "message", 1
    candidate = wanted
    while candidate in taken:
        number += 1
        candidate = f"{wanted}_{number}"
    return candidate
