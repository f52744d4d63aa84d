"""The flow model's complaints about a file's shape, in a builder's words."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from flows.model.bot import Bot
from flows.model.conditions import Facts
from flows.source.expected import expected_at, fitting, in_words, keys_of, kinds_of, listed, shortened, value_trouble
from flows.source.nodes import (
    Data,
    Items,
    Node,
    Place,
    Scalar,
    Table,
    Trouble,
    descend,
    did_you_mean,
    has,
    place_of,
    plain,
)
from flows.walk import Path


class _Complaint(NamedTuple):
    """One of pydantic's errors, at the path that it is about."""

    path: Path
    kind: str
    words: str
    about_key: bool
    context: Mapping[str, Any]
    data: Data


def read_shape(root: Node, text: str, *, pushed: bool = False) -> Bot | list[Trouble]:
    """Return the bot that a file describes, or all that is wrong with its shape; `pushed`: it is a revision's."""
    data = plain(root)
    try:
        return Bot.model_validate(data, by_alias=True, by_name=False, context=_facts(data, is_pushed=pushed))
    except ValidationError as error:
        complaints = [_complaint(detail, data) for detail in error.errors(include_url=False, include_input=False)]
    return list(dict.fromkeys(_trouble(complaint, data, root, text) for complaint in _telling(complaints)))


def _facts(data: Data, *, is_pushed: bool) -> Facts:
    """Return what conditions are read by, as far as the file has a shape."""
    if not isinstance(data, dict):
        return Facts(is_pushed=is_pushed)
    types: dict[str, str] = {}
    declared, languages = data.get("fields"), data.get("languages")
    if isinstance(declared, dict):
        for name, one in declared.items():
            types[name] = str(one.get("type", "text")) if isinstance(one, dict) else "text"
    for name, kind in _stored(data.get("messages")):
        types.setdefault(name, kind)
    fallback = languages[0] if isinstance(languages, list) and languages else "en"
    return Facts(types, str(fallback), is_pushed)


def _stored(data: Data) -> Iterator[tuple[str, str]]:
    """Yield the fields that parts store, and what they hold."""
    if isinstance(data, list):
        for item in data:
            yield from _stored(item)
    elif isinstance(data, dict):
        if "question" in data and isinstance(data.get("field"), str):
            yield str(data["field"]), str(data.get("type", "text"))
        elif "to" in data and isinstance(data.get("set"), str):
            yield str(data["set"]), "text"
        for inner in data.values():
            yield from _stored(inner)


def _complaint(detail: ErrorDetails, data: Data) -> _Complaint:
    """Find the path in the file that an error is about: pydantic mixes names of its own into it."""
    path: list[str | int] = []
    kind = detail["type"]
    location = list(detail["loc"])
    wanted = location.pop() if kind in ("missing", "extra_forbidden") else None
    for step in location:
        if has(data, step):
            path.append(step)
            data = data[step]  # type: ignore[index]  # `has` told
    if wanted is not None:
        path.append(wanted)
    return _Complaint(tuple(path), kind, detail["msg"], location[-1:] == ["[key]"], detail.get("ctx", {}), data)


def _telling(complaints: Sequence[_Complaint]) -> Iterator[_Complaint]:
    """Keep one complaint for each place: where several shapes were tried, that of the shape the builder meant."""
    inner = {found.path[:length] for found in complaints for length in range(len(found.path))}
    kept: dict[tuple[Path, bool], _Complaint] = {}
    for found in complaints:
        wrong_type = _is_about_type(found)
        if (wrong_type and found.path in inner) or _is_false_alarm(found):
            continue
        key = (found.path, found.about_key)
        if key not in kept or (_is_about_type(kept[key]) and not wrong_type):
            kept[key] = found
    return iter(kept.values())


def _is_about_type(found: _Complaint) -> bool:
    return found.kind.endswith("_type")


def _is_false_alarm(found: _Complaint) -> bool:
    """Tell whether a list only counts as too short because its items have faults of their own."""
    return found.kind == "too_short" and bool(found.data)


def _trouble(found: _Complaint, data: Data, root: Node, text: str) -> Trouble:
    node, named = descend(root, found.path)
    if "remedy" in found.context:
        empty = isinstance(node, Scalar) and node.value is None
        place = named if empty else place_of(root, (*found.path, *found.context.get("at", ())), text)
        return Trouble(found.kind, place, found.words, str(found.context["remedy"]))
    if (found.kind == "extra_forbidden" or found.about_key or _is_about_type(found)) and found.path:
        cut = _cut_by_comma(found, root)
        if cut is not None:
            return cut
    if found.kind == "extra_forbidden":
        return _unknown_key(found, named, data, root)
    if found.kind == "missing":
        return _missing_key(found, node.place, data)
    if found.about_key:
        return value_trouble(found.kind, found.context, str(found.path[-1]), named)
    return _wrong_value(found, node, named, expected_at(found.path, data))


def _wrong_value(found: _Complaint, node: Node, named: Place, expected: Any) -> Trouble:  # noqa: ANN401
    no_kind = found.kind == "union_tag_not_found"
    if no_kind and isinstance(found.data, dict):
        return _unknown_kind(found.data, node.place, expected)
    remedy = f"Write {in_words(expected)}"
    if isinstance(node, Scalar) and node.value is None:
        return Trouble("wrong-type", named, f"nothing is written under {_quoted(found.path)}", remedy)
    if no_kind or _is_about_type(found):
        return Trouble("wrong-type", node.place, f"{_quoted(found.path)} can't be {_found(node)}", remedy)
    value = str(node.value) if isinstance(node, Scalar) else _found(node)
    return value_trouble(found.kind, found.context, value, node.place, in_words(expected))


def _unknown_key(found: _Complaint, place: Place, data: Data, root: Node) -> Trouble:
    key = str(found.path[-1])
    holder = expected_at(found.path[:-1], data)
    known = keys_of(fitting(holder, found.data))
    kinds = kinds_of(holder)
    if kinds is not None and kinds[0] == "button" and isinstance(found.data, dict):
        acts = [act for act in ("opt_in", "opt_out", "subscription") if act in found.data]
        answer = found.data.get("message")
        if acts and isinstance(answer, str):
            return Trouble(
                "unknown-key",
                descend(root, (*found.path[:-1], "message"))[1],
                f"`message` does not go with `{acts[0]}`: what answers it is its `reply`",
                f"Write `reply: {answer}` in place of `message: {answer}`",
            )
    if kinds is not None and key in kinds[1]:
        name, _ = kinds
        return Trouble(
            "unknown-key",
            place,
            f"`{key}` is a {name} of its own and can't be in the same {name} as what is above it",
            f"Start a new list item with `- {key}:`",
        )
    return Trouble("unknown-key", place, f"`{key}` is not known here", did_you_mean(key, known))


def _missing_key(found: _Complaint, place: Place, data: Data) -> Trouble:
    key = str(found.path[-1])
    expected = expected_at(found.path, data)
    what = "the file" if len(found.path) == 1 else _quoted(found.path[:-1])
    return Trouble("missing-key", place, f"{what} has no `{key}`", f"Add `{key}:` with {_wanted(key, expected, data)}")


_MESSAGES = frozenset({"reply", "message", "go_to", "otherwise", "welcome", "default"})


def _wanted(key: str, expected: Any, data: Data) -> str:  # noqa: ANN401
    """Say what a missing key holds, with an example."""
    messages = data.get("messages") if isinstance(data, dict) else None
    if key in _MESSAGES:
        example = next(iter(messages), "hello") if isinstance(messages, dict) else "hello"
        return f"the id of the message that is sent then, such as `{key}: {example}`"
    if key == "field":
        return "the name of the field that keeps the answer, such as `field: team`"
    if key == "item":
        return "the name of what is completed, such as `item: sleep-course`"
    return in_words(expected)


def _is_empty(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None


def _cut_by_comma(found: _Complaint, root: Node) -> Trouble | None:
    """Tell of a text without quotes that a comma ends: what follows is read as a key with nothing under it."""
    table, _ = descend(root, found.path[:-1])
    key = str(found.path[-1])
    if (
        not isinstance(table, Table)
        or not isinstance(value := table.values.get(key), Scalar)
        or value.value is not None
    ):
        return None
    names = list(table.values)
    before = names[: names.index(key)]
    while before and isinstance(last := table.values[before[-1]], Scalar) and last.value is None:
        before.pop()
    if not before or not isinstance(last, Scalar) or not last.is_bare or last.place.line != value.place.line:
        return None
    rest = list(takewhile(lambda name: _is_empty(table.values[name]), names[len(before) :]))
    whole = ", ".join((str(last.value), *rest)).replace('"', '\\"')
    return Trouble(
        "text-ends-at-comma",
        last.place,
        f"the comma after `{shortened(str(last.value))}` ends the text, since the text is not in quotes",
        f'Put the whole text in quotes: `{before[-1]}: "{whole}"`',
    )


def _unknown_kind(data: dict[str, Data], place: Place, expected: Any) -> Trouble:  # noqa: ANN401
    name, kinds = kinds_of(expected) or ("part", {})
    if not data:
        return Trouble("unknown-kind", place, f"this {name} is empty", f"Give it one of the keys {listed(kinds)}")
    for key in data:
        remedy = did_you_mean(key, kinds, otherwise="")
        if remedy:
            return Trouble("unknown-kind", place, f"`{key}` is not a kind of {name}", remedy)
    return Trouble(
        "unknown-kind", place, f"this {name} does not say what it does", f"Give it one of the keys {listed(kinds)}"
    )


def _quoted(path: Path) -> str:
    """Name a value by its key; one in a list by the list's key and its position."""
    if not path:
        return "the file"
    if isinstance(path[-1], int):
        listed_under = next((step for step in reversed(path) if isinstance(step, str)), "the list")
        return f"item {path[-1] + 1} of `{listed_under}`"
    return f"`{path[-1]}`"


def _found(node: Node) -> str:
    if isinstance(node, Scalar):
        return "a plain text" if node.value is not None else "empty"
    return "a list" if isinstance(node, Items) else "a mapping"
