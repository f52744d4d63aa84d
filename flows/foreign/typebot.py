"""Typebot's exports: `{"version": "6", "groups": [{"blocks": […]}], "edges": […], "variables": […]}`.

A group becomes a message; where an edge leads into the middle of one, the rest is a message of its own. An input
becomes a question with the text before it. Source: the templates that the product publishes.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from flows.foreign.base import CALLS, NOTHING, Taken, identifier, inner, items_of, said, text_of, unique
from flows.source.nodes import Node, Table

_INPUTS: Final[Mapping[str, str]] = {
    "text input": "text", "number input": "number", "rating input": "number", "email input": "email",
    "date input": "date", "choice input": "choice", "picture choice input": "choice", "url input": "text",
    "phone number input": "text", "time input": "text",
}  # fmt: skip
_LOOSER: Final[Mapping[str, str]] = {
    "rating input": "it is asked as a number", "url input": "it is asked as a text",
    "time input": "it is asked as a text",
    "phone number input": "it is asked as a text", "picture choice input": "its pictures are left out",
}  # fmt: skip
_COMPARED: Final[Mapping[str, str]] = {
    "Equal to": "is", "Contains": "contains", "Starts with": "starts_with", "Is set": "known",
    "Greater than": "more", "Less than": "less", "Greater or equal to": "at_least", "Less or equal to": "at_most",
}  # fmt: skip
_NEGATED: Final[Mapping[str, str]] = {"Not equal": "is", "Does not contain": "contains", "Is empty": "known"}
_VARIABLE: Final = re.compile(r"\{\{([^{}]*)\}\}")
_DEEPEST: Final = 40


def is_typebot(root: Table) -> bool:
    """Tell whether a file looks like an export of Typebot."""
    return any("blocks" in group.values for group in items_of(root, "groups") if isinstance(group, Table))


def read_typebot(root: Table) -> Taken:
    """Return what could be taken over."""
    taken = Taken(text_of(root, "name"))
    if text_of(root, "version")[:1] not in ("3", "4", "5", "6"):
        taken.leave(root, f"version {text_of(root, 'version')}", "versions 3 to 6 are read; what differs may be lost")
    _Reader(taken, root).read()
    return taken


class _Reader:
    def __init__(self, taken: Taken, root: Table) -> None:
        self.taken = taken
        self.root = root
        self.edges = {text_of(edge, "id"): edge for edge in items_of(root, "edges")}
        self.variables = {text_of(one, "id"): text_of(one, "name") for one in items_of(root, "variables")}
        self.names = set(self.variables.values())
        self.ids: dict[str, str] = {}
        """The message that a group or a block in its middle begins, by its id."""
        self.pieces: dict[str, list[Node]] = {}
        """The blocks of each message."""
        self.follows: dict[str, str] = {}
        """The message that is the rest of a group."""
        self.fields: dict[str, str] = {}
        """The field of a variable, by the variable's name."""

    def read(self) -> None:
        into = {text_of(edge, "to", "blockId") for edge in self.edges.values()}
        for group in items_of(self.root, "groups"):
            self._cut(group, into)
        for blocks in self.pieces.values():
            for block in blocks:
                self._ask(block)
        for message, blocks in self.pieces.items():
            parts = self._parts(message, blocks)
            self.taken.messages[message] = {"parts": parts or [{"text": NOTHING}]}
        if not self.taken.messages:
            self.taken.messages["start"] = {"parts": [{"text": NOTHING}]}
            self.taken.leave(self.root, "the export", "it has no groups")
        self._start()

    def _cut(self, group: Node, into: set[str]) -> None:
        title, before = text_of(group, "title") or "group", ""
        for position, block in enumerate(items_of(group, "blocks")):
            uuid = text_of(block, "id")
            if position == 0 or uuid in into:
                message = unique(title, self.pieces)
                self.pieces[message] = []
                if position == 0:
                    self.ids.setdefault(text_of(group, "id"), message)
                elif before:
                    self.follows[before] = message
                self.ids.setdefault(uuid, message)
                before = message
            self.pieces[before].append(block)

    def _ask(self, block: Node) -> None:
        """Give the variable of an input its field, before texts and conditions name it."""
        kind = _INPUTS.get(text_of(block, "type"))
        name = self.variables.get(text_of(block, "options", "variableId"), "")
        if kind and name:
            self.fields.setdefault(name, self.taken.field(name, kind, block, self._choices(block)))

    def _start(self) -> None:
        starts = [text_of(one, "outgoingEdgeId") for one in items_of(self.root, "events")]
        starts += [text_of(block, "outgoingEdgeId") for blocks in self.pieces.values() for block in blocks
                   if text_of(block, "type") == "start"]  # fmt: skip
        found = next((to for edge in starts if (to := self._target(edge))), "")
        self.taken.welcome = found or next(iter(self.taken.messages))

    def _target(self, edge: str) -> str:
        to = inner(self.edges.get(edge), "to")
        return self.ids.get(text_of(to, "blockId")) or self.ids.get(text_of(to, "groupId"), "")

    def _parts(self, message: str, blocks: Iterable[Node]) -> list[dict[str, Any]]:
        parts: list[dict[str, Any]] = []
        for block in blocks:
            kind = text_of(block, "type")
            if kind in _INPUTS:
                parts = self._question(block, kind, parts)
            else:
                parts += self._block(block, kind)
            if onward := self._target(text_of(block, "outgoingEdgeId")):
                return [*parts, {"go_to": onward}]
            if parts and "go_to" in parts[-1]:
                return parts
        return parts + ([{"go_to": self.follows[message]}] if message in self.follows else [])

    def _question(self, block: Node, kind: str, parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if kind in _LOOSER:
            self.taken.leave(block, kind, _LOOSER[kind])
        asked = parts[-1]["text"] if parts and "text" in parts[-1] else NOTHING
        kept = parts[:-1] if asked != NOTHING else parts
        if asked == NOTHING:
            self.taken.leave(block, kind, "no text stands right before it")
        choices = self._choices(block)
        if _INPUTS[kind] == "choice" and not choices:
            self.taken.leave(block, kind, "it has nothing to choose from")
            return parts
        name = self.variables.get(text_of(block, "options", "variableId"), "")
        field = self.taken.field(name or f"answer_{text_of(block, 'id')}", _INPUTS[kind], block, choices)
        made = {"question": asked, "field": field, "type": _INPUTS[kind]} | ({"choices": choices} if choices else {})
        if text_of(block, "options", "isMultipleChoice") == "true":
            self.taken.leave(block, kind, "one answer is taken, not several")
        branches: list[dict[str, Any]] = []
        for item in items_of(block, "items"):
            to, words = self._target(text_of(item, "outgoingEdgeId")), self._choice(item)
            condition = self.taken.condition(field, "is", words) if to else None
            if condition is not None:
                branches.append({"if": condition, "then": to})
        return [*kept, made, *branches]

    def _choices(self, block: Node) -> list[str]:
        if not text_of(block, "type").endswith("choice input"):
            return []
        by_spelling = {words.casefold(): words for item in items_of(block, "items") if (words := self._choice(item))}
        return list(by_spelling.values())

    def _choice(self, item: Node) -> str:
        words = text_of(item, "content") or text_of(item, "title")
        return " ".join(self.taken.literal(item, words).split())[:100] if not _VARIABLE.search(words) else ""

    def _block(self, block: Node, kind: str) -> list[dict[str, Any]]:
        if kind in ("text", "image", "video", "audio", "embed", "Redirect"):
            return self._shown(block, kind)
        if kind == "Condition":
            return self._conditions(block)
        if kind == "Set variable":
            return self._set(block)
        match kind:
            case "Wait":
                seconds = text_of(block, "options", "secondsToWaitFor")
                if re.fullmatch(r"[1-9]\d{0,4}", seconds, re.ASCII):
                    return [{"wait": f"{seconds}s"}]
                self.taken.leave(block, "a wait", "it is no number of seconds")
            case "Jump":
                to = self.ids.get(text_of(block, "options", "blockId")) or self.ids.get(
                    text_of(block, "options", "groupId")
                )
                return [{"go_to": to}] if to else []
            case "start":
                pass
            case _:
                why = (
                    CALLS
                    if inner(block, "options") is not None and kind[:1].isupper()
                    else "there is nothing like it here"
                )
                self.taken.leave(block, kind or "a block", why)
        return []

    def _shown(self, block: Node, kind: str) -> list[dict[str, Any]]:
        if kind == "text":
            words = self._text(block)
            return [{"text": words}] if words.strip() else []
        address = text_of(block, "content", "url") or text_of(block, "options", "url")
        url = self.taken.url(block, address, kind)
        if kind == "image":
            return [{"image": url}] if url else []
        self.taken.leave(block, kind, "it is a link here")
        return [{"file": url, "title": kind.capitalize()}] if url else []

    def _set(self, block: Node) -> list[dict[str, Any]]:
        name = self.variables.get(text_of(block, "options", "variableId"), "")
        value = text_of(block, "options", "expressionToEvaluate")
        is_plain = not text_of(block, "options", "type") and re.fullmatch(r"[\w .,!?'-]{1,200}", value)
        if not name or not is_plain:
            self.taken.leave(block, f"Set variable {name}", "a value is taken, code is not")
            return []
        return [{"set": self._field(name), "to": self.taken.literal(block, value.strip("'"))}]

    def _conditions(self, block: Node) -> list[dict[str, Any]]:
        parts: list[dict[str, Any]] = []
        for item in items_of(block, "items"):
            to = self._target(text_of(item, "outgoingEdgeId"))
            made = [self._comparison(one) for one in items_of(item, "content", "comparisons")]
            if not to or not made or None in made:
                self.taken.leave(item, "a condition", "it leads nowhere, or can't be compared so here")
                continue
            joined = "any" if text_of(item, "content", "logicalOperator") == "OR" else "all"
            parts.append({"if": made[0] if len(made) == 1 else {joined: made[:20]}, "then": to})
        return parts

    def _comparison(self, one: Node) -> dict[str, Any] | None:
        name = self.variables.get(text_of(one, "variableId"), "")
        operator, value = text_of(one, "comparisonOperator"), text_of(one, "value")
        if not name or _VARIABLE.search(value):
            return None
        field = self._field(name)
        if operator in _NEGATED:
            condition = self.taken.condition(field, _NEGATED[operator], value)
            return None if condition is None else {"not": condition}
        return self.taken.condition(field, _COMPARED[operator], value) if operator in _COMPARED else None

    def _field(self, name: str) -> str:
        return self.fields.get(name) or self.taken.is_asked(name)

    def _text(self, block: Node) -> str:
        paragraphs = [_plain(one, 0) for one in items_of(block, "content", "richText")]
        text = "\n".join(paragraphs) or text_of(block, "content", "plainText")
        if not text and (html := text_of(block, "content", "html")):
            text = re.sub(r"<[^<>]*>", " ", html)
            self.taken.leave(block, "a text", "its markup is left out")
        made, at = "", 0
        for found in _VARIABLE.finditer(text):
            name = said(found[1]).strip()
            made += self.taken.literal(block, text[at : found.start()])
            at = found.end()
            if name in self.names and identifier(name):
                made += f"{{{{ field.{self._field(name)} | default('') }}}}"
            else:
                self.taken.leave(block, f"expression {found[0]}", "only variables are taken over")
                made += NOTHING
        return (made + self.taken.literal(block, text[at:])).strip()


def _plain(node: Node, depth: int) -> str:
    """Return the words of rich text."""
    if depth > _DEEPEST:
        return ""
    return text_of(node, "text") + "".join(_plain(child, depth + 1) for child in items_of(node, "children"))
