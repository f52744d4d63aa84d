"""RapidPro's exports: `{"version": "13", "flows": [{"spec_version": "13…", "nodes": […]}]}`, or one flow alone.

A node becomes a message. A node that waits for an answer becomes a question with the text before it, and its cases
conditions on the field that keeps the answer. Source: the published flow specification and exports of goflow's tests.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from flows.foreign.base import CALLS, GROUPS, NOTHING, Taken, identifier, inner, items_of, said, text_of, unique
from flows.source.nodes import Node, Table

_LANGUAGES: Final[Mapping[str, str]] = {
    "base": "en", "und": "en", "mul": "en", "eng": "en", "fra": "fr", "deu": "de", "spa": "es", "por": "pt",
    "ita": "it",
    "nld": "nl", "pol": "pl", "rus": "ru", "ukr": "uk", "ara": "ar", "hin": "hi", "zho": "zh", "jpn": "ja", "tur": "tr",
    "swa": "sw", "hau": "ha", "som": "so", "amh": "am", "ind": "id", "vie": "vi", "tha": "th", "kor": "ko",
}  # fmt: skip
_EXPRESSION: Final = re.compile(r"@@|@\([^()]*(?:\([^()]*\)[^()]*)*\)|@[a-z_]+(?:\.[A-Za-z0-9_]+)*")
_PATH: Final = re.compile(r"@\(?\s*([a-z_]+(?:\.[A-Za-z0-9_]+)+)\s*\)?")
_DETAILS: Final = frozenset({"name", "first_name", "language"})
_WHY: Final[Mapping[str, str]] = {
    "add_contact_groups": GROUPS,
    "remove_contact_groups": GROUPS,
    "request_optin": "consent is asked with a purpose beside the button; write a segment and a button that opts in",
    "call_webhook": CALLS,
    "call_resthook": CALLS,
    "call_classifier": CALLS,
    "call_llm": CALLS,
    "transfer_airtime": CALLS,
    "send_email": CALLS,
    "send_broadcast": "it writes to others, which is a broadcast and asks their consent",
    "start_session": "it starts a flow for others, which is a broadcast and asks their consent",
    "set_contact_language": "a person's language comes from their channel",
    "set_contact_name": "a person's name comes from their channel",
    "set_contact_status": "a person stops and comes back by their own words",
    "set_contact_timezone": "a person's time zone comes from their channel",
}
_COMPARED: Final[Mapping[str, str]] = {
    "has_any_word": "contains", "has_all_words": "contains", "has_phrase": "contains", "has_only_phrase": "is",
    "has_only_text": "is", "has_beginning": "starts_with", "has_number_eq": "is", "has_number_gte": "at_least",
    "has_number_lte": "at_most", "has_number_gt": "more", "has_number_lt": "less", "has_category": "is",
}  # fmt: skip
_KNOWN: Final = frozenset({"has_text", "has_number", "has_email", "has_phone", "has_date", "has_time"})


def is_rapidpro(root: Table) -> bool:
    """Tell whether a file looks like an export of RapidPro."""
    return any("nodes" in flow.values for flow in _flows(root)) and "groups" not in _first(root).values


def _flows(root: Table) -> list[Table]:
    listed = [flow for flow in items_of(root, "flows") if isinstance(flow, Table)]
    return listed or [root]


def _first(root: Table) -> Table:
    return _flows(root)[0]


def read_rapidpro(root: Table) -> Taken:
    """Return what could be taken over."""
    taken = Taken(text_of(_first(root), "name"))
    for field in items_of(root, "fields"):
        if (kind := text_of(field, "type")) in ("text", "number"):
            taken.fields.setdefault(identifier(text_of(field, "key")) or "answer", {"type": kind})
    _Reader(taken, root).read()
    return taken


class _Reader:
    def __init__(self, taken: Taken, root: Table) -> None:
        self.taken = taken
        self.root = root
        self.nodes: dict[str, Table] = {}
        self.ids: dict[str, str] = {}
        self.entries: dict[str, str] = {}
        """The message that a flow begins with, by the flow's uuid."""
        self.localization: dict[str, Mapping[str, Node]] = {}
        self.asked: dict[str, str] = {}
        """The field of a result, by the result's name."""

    def read(self) -> None:
        for flow in _flows(self.root):
            self._name(flow)
        for flow in _flows(self.root):
            self._results(flow)
        for uuid, node in self.nodes.items():
            self.taken.messages[self.ids[uuid]] = {"parts": self._parts(node) or [{"text": NOTHING}]}
        if not self.taken.messages:
            self.taken.messages["start"] = {"parts": [{"text": NOTHING}]}
            self.taken.leave(self.root, "the export", "it has no nodes")
        self._triggers()
        for kind, why in (("campaigns", "write it as a sequence, with its purpose"), ("groups", GROUPS)):
            for one in items_of(self.root, kind):
                self.taken.leave(one, f"{kind.removesuffix('s')} {text_of(one, 'name')}", why)

    def _name(self, flow: Table) -> None:
        version = text_of(flow, "spec_version")
        if not version.startswith("13"):
            self.taken.leave(flow, f"spec_version {version}", "version 13 is read; what differs may be lost")
        base = text_of(flow, "language")
        language = _language(base)
        if flow is _first(self.root):
            self.taken.languages = [language]
        localization = inner(flow, "localization")
        for other, texts in localization.values.items() if isinstance(localization, Table) else ():
            if isinstance(texts, Table):
                code = _language(other)
                self.localization[code] = {**self.localization.get(code, {}), **texts.values}
                if code not in self.taken.languages:
                    self.taken.languages.append(code)
        title = identifier(text_of(flow, "name")) or "flow"
        for node in items_of(flow, "nodes"):
            uuid = text_of(node, "uuid")
            if not isinstance(node, Table) or not uuid or uuid in self.nodes:
                self.taken.leave(node, "a node", "it has no uuid of its own")
                continue
            self.nodes[uuid] = node
            self.ids[uuid] = unique(title, dict.fromkeys(self.ids.values()))
            self.entries.setdefault(text_of(flow, "uuid"), self.ids[uuid])

    def _results(self, flow: Table) -> None:
        """Give each question its field, before texts and conditions name it."""
        for node in items_of(flow, "nodes"):
            router = inner(node, "router")
            if inner(router, "wait") is not None and (name := text_of(router, "result_name")):
                kind, choices = self._kind(node)
                self.asked.setdefault(identifier(name), self.taken.field(name, kind, node, choices))

    def _kind(self, node: Node) -> tuple[str, list[str]]:
        tests = {text_of(case, "type") for case in items_of(node, "router", "cases")}
        if tests and all(test.startswith("has_number") for test in tests):
            return "number", []
        if tests and tests <= {"has_email"}:
            return "email", []
        return "text", []

    def _triggers(self) -> None:
        taken = self.taken
        for trigger in items_of(self.root, "triggers"):
            kind, entry = text_of(trigger, "trigger_type"), self.entries.get(text_of(trigger, "flow", "uuid"), "")
            words = [word for one in items_of(trigger, "keywords") if (word := said(text_of(one)).strip())]
            words += [word] if (word := said(text_of(trigger, "keyword")).strip()) else []
            if not entry or kind not in ("K", "C", "N") or items_of(trigger, "groups"):
                taken.leave(
                    trigger, f"trigger {kind}", "keywords, the catch-all and new conversations, for everybody, are read"
                )
            elif kind == "K" and words:
                taken.keywords.append({"is": words, "message": entry})
            elif kind == "C":
                taken.default = taken.default or entry
            elif kind == "N":
                taken.welcome = taken.welcome or entry
        if not (taken.keywords or taken.default or taken.welcome):
            taken.welcome = next(iter(taken.messages))
            taken.leave(
                self.root, "the first flow", "nothing starts it here; it is the welcome until you say otherwise"
            )

    def _parts(self, node: Table) -> list[dict[str, Any]]:
        parts: list[dict[str, Any]] = []
        for action in items_of(node, "actions"):
            parts += self._action(action)
        router = inner(node, "router")
        if inner(router, "wait") is not None:
            return self._question(node, parts)
        following = self.nodes.get(self._destination(node, text_of(_at(items_of(node, "exits"), 0), "uuid")))
        if router is None and following is not None and parts and "text" in parts[-1] and self._only_asks(following):
            return self._question(following, parts)
        return parts + (
            self._routed(node, parts) if router is not None else self._onward(node, _at(items_of(node, "exits"), 0))
        )

    def _only_asks(self, node: Table) -> bool:
        return inner(node, "router", "wait") is not None and not items_of(node, "actions")

    def _question(self, node: Table, parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        router = inner(node, "router")
        name = text_of(router, "result_name")
        if text_of(router, "wait", "type") not in ("", "msg"):
            self.taken.leave(router, "a wait", "a call is waited for")
        if inner(router, "wait", "timeout") is not None:
            self.taken.leave(router, "a timeout", "what comes when nobody answers is not taken over")
        asked = parts.pop()["text"] if parts and "text" in parts[-1] else NOTHING
        if asked == NOTHING:
            self.taken.leave(node, "a question", "no text stands right before it")
        kind, _ = self._kind(node)
        field = self.asked.get(identifier(name)) if name else None
        if field is None or self.taken.fields[field]["type"] != kind:
            field = self.taken.field(name or f"answer_{self.ids[text_of(node, 'uuid')]}", kind, node)
        question = {"question": asked, "field": field} | ({} if kind == "text" else {"type": kind})
        return [*parts, question, *self._cases(node, field)]

    def _routed(self, node: Table, parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Go on by what is known already."""
        router = inner(node, "router")
        default = text_of(router, "default_category_uuid")
        if text_of(router, "type") == "random":
            return self._split(node)
        if any("call_message" in part for part in parts):
            return self._by_category(node, text_of(_at(items_of(router, "categories"), 0), "uuid"))
        found = _PATH.fullmatch(text_of(router, "operand"))
        name = _field_of(found[1]) if found else ""
        if not name:
            operand = text_of(router, "operand") or text_of(router, "type")
            self.taken.leave(router, f"a split by {operand}", "fields and results are compared; the last way is taken")
            return self._by_category(node, default)
        return self._cases(node, self.asked.get(identifier(name)) or self.taken.is_asked(name))

    def _split(self, node: Table) -> list[dict[str, Any]]:
        ways = [self._by_category(node, text_of(one, "uuid")) for one in items_of(node, "router", "categories")]
        if not 2 <= len(ways) <= 20 or not all(ways):
            self.taken.leave(node, "a random split", "2 to 20 ways are read, each of which leads somewhere")
            return next(filter(None, ways), [])
        return [{"split": self.ids[text_of(node, "uuid")], "ways": [{"then": way[0]["go_to"]} for way in ways]}]

    def _cases(self, node: Table, field: str) -> list[dict[str, Any]]:
        router = inner(node, "router")
        parts: list[dict[str, Any]] = []
        for case in items_of(router, "cases"):
            to = self._by_category(node, text_of(case, "category_uuid"))
            condition = self._condition(case, field)
            if condition is None:
                self.taken.leave(case, f"a case {text_of(case, 'type')}", "it can't be compared so here")
            else:
                parts.append({"if": condition, "then": to[0]["go_to"] if to else [{"text": NOTHING}]})
                if not to:
                    self.taken.leave(case, "a case", "it leads nowhere")
        return parts + self._by_category(node, text_of(router, "default_category_uuid"))

    def _condition(self, case: Node, field: str) -> dict[str, Any] | None:
        test, given = text_of(case, "type"), [text_of(one) for one in items_of(case, "arguments")]
        if test in _KNOWN:
            return self.taken.condition(field, "known", "")
        if not given or any("@" in one for one in given):
            return None
        if test == "has_number_between" and len(given) == 2:
            both = [
                self.taken.condition(field, how, one) for how, one in zip(("at_least", "at_most"), given, strict=True)
            ]
            return {"all": both} if all(both) else None
        how = _COMPARED.get(test)
        if how is None:
            return None
        words = given[0].split() if test in ("has_any_word", "has_all_words") else [given[0]]
        made = [self.taken.condition(field, how, word) for word in words[:20]]
        if not made or None in made:
            return None
        return made[0] if len(made) == 1 else {"all" if test == "has_all_words" else "any": made}

    def _by_category(self, node: Node, category: str) -> list[dict[str, Any]]:
        for one in items_of(node, "router", "categories"):
            if text_of(one, "uuid") == category:
                return self._onward(
                    node,
                    next(
                        (out for out in items_of(node, "exits") if text_of(out, "uuid") == text_of(one, "exit_uuid")),
                        None,
                    ),
                )
        return []

    def _destination(self, node: Node, exit_uuid: str) -> str:
        return next(
            (text_of(one, "destination_uuid") for one in items_of(node, "exits") if text_of(one, "uuid") == exit_uuid),
            "",
        )

    def _onward(self, node: Node, out: Node | None) -> list[dict[str, Any]]:
        to = text_of(out, "destination_uuid")
        if not to:
            return []
        if to not in self.ids:
            self.taken.leave(node, "an exit", "it leads to a node that is not there")
            return []
        return [{"go_to": self.ids[to]}]

    def _action(self, action: Node) -> list[dict[str, Any]]:
        kind = text_of(action, "type")
        match kind:
            case "send_msg":
                return self._message(action)
            case "set_contact_field" | "set_run_result":
                return self._set(action, text_of(action, "field", "key") or text_of(action, "name"))
            case "enter_flow":
                to = self.entries.get(text_of(action, "flow", "uuid"))
                if to:
                    return [{"go_to" if text_of(action, "terminal") == "true" else "call_message": to}]
                self.taken.leave(action, f"flow {text_of(action, 'flow', 'name')}", "it is not in the export")
            case "open_ticket":
                note = self.taken.literal(action, text_of(action, "note") or text_of(action, "body"))
                return [{"hand_over": note or "Opened by an imported flow"}]
            case _:
                self.taken.leave(action, kind or "an action", _WHY.get(kind, "there is nothing like it here"))
        return []

    def _set(self, action: Node, name: str) -> list[dict[str, Any]]:
        value = text_of(action, "value")
        field = self.taken.is_asked(name)
        if not value:
            return [{"clear": field}]
        return [{"set": field, "to": self._text(action, value)}]

    def _message(self, action: Node) -> list[dict[str, Any]]:
        parts: list[dict[str, Any]] = []
        words = self._localised(action)
        if words:
            parts.append({"text": words})
        for one in items_of(action, "attachments"):
            kind, _, address = text_of(one).partition(":")
            if url := self.taken.url(one, address, "an attachment"):
                is_image = kind.startswith("image")
                parts.insert(
                    0, {"image": url} if is_image else {"file": url, "title": kind.partition("/")[0] or "File"}
                )
        if items_of(action, "quick_replies"):
            self.taken.leave(action, "quick replies", "an answer is typed; make it a choice question")
        return parts

    def _localised(self, action: Node) -> Any:  # noqa: ANN401  # a text, or texts by language
        base = self._text(action, text_of(action, "text"))
        if not base:
            return ""
        uuid, texts = text_of(action, "uuid"), {self.taken.languages[0]: base}
        for code, translated in self.localization.items():
            words = self._text(action, text_of(_at(items_of(translated.get(uuid), "text"), 0)))
            if words and code not in texts:
                texts[code] = words
        return base if len(texts) == 1 else texts

    def _text(self, node: Node, text: str) -> str:
        """Return a text with its simple expressions as placeholders; what can't be translated is left out."""
        made, at = "", 0
        for found in _EXPRESSION.finditer(text):
            made += self.taken.literal(node, text[at : found.start()])
            made += self._expression(node, found[0])
            at = found.end()
        return made + self.taken.literal(node, text[at:])

    def _expression(self, node: Node, expression: str) -> str:
        if expression == "@@":
            return "@"
        path = _PATH.fullmatch(expression)
        if path is None and "(" not in expression:
            return self.taken.literal(node, expression)
        name = _field_of(path[1]) if path else ""
        if path and path[1].removeprefix("contact.") in _DETAILS and path[1].startswith("contact."):
            return f"{{{{ contact.{path[1].removeprefix('contact.')} | default('') }}}}"
        if not name:
            self.taken.leave(node, f"expression {expression}", "only details, fields and results are taken over")
            return NOTHING
        if path and path[1].endswith((".category", ".category_localized")):
            self.taken.leave(
                node, f"expression {expression}", "an answer has no category here: the answer itself is said"
            )
        return f"{{{{ field.{self.asked.get(identifier(name)) or self.taken.is_asked(name)} | default('') }}}}"


def _field_of(path: str) -> str:
    """Return the field or result that an expression names, or ""."""
    steps = path.split(".")
    if steps[:2] == ["contact", "fields"] and len(steps) == 3:
        return steps[2]
    ends = ("value", "category", "category_localized")
    if steps[0] in ("fields", "results") and (len(steps) == 2 or steps[2:] in ([end] for end in ends)):
        return steps[1]
    return ""


def _language(code: str) -> str:
    if code in _LANGUAGES:
        return _LANGUAGES[code]
    return code if re.fullmatch(r"[a-z]{2,3}", code) else "en"


def _at(nodes: list[Node], position: int) -> Node | None:
    return nodes[position] if position < len(nodes) else None
