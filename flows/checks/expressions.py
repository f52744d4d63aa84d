"""Placeholders that can't be filled in, and conditions that compare nothing, too much, or the wrong way."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from jinja2 import nodes
from jinja2.sandbox import SandboxedEnvironment

from filters.model import Condition, Detail, DetailText, FieldDate, FieldNumber, FieldText, FieldYesNo, TextOrder
from flows.checks.questions import choice_values, field_types, form_of
from flows.checks.view import Check, Fault, Limits, View, by_language, error, warning, without_placeholders
from flows.engine.values import read_answer
from flows.model.state_parts import SetPart
from flows.source.nodes import did_you_mean
from flows.template import check as template_fault
from flows.template import has_placeholders
from flows.walk import Path, all_ifs, known_fields
from messages.consent import kind_of_subject, name_of_subject
from messages.contact import IN_FLOWS

CANNOT_RENDER = error("cannot-render", "A text's placeholders can't be read, or use what texts can't use.")
UNKNOWN_PLACEHOLDER = error("unknown-placeholder", "A placeholder names something that the flow does not have.")

_PARSER = SandboxedEnvironment()
"""Only reads; nothing is rendered with it."""


class _Known(NamedTuple):
    fields: frozenset[str]
    subjects: frozenset[str]
    purposes: frozenset[str]
    """The subjects that have a purpose."""

    def names(self, kind: str) -> frozenset[str]:
        """Return what the flow lists of a kind: `segment`, `topic` or `sequence`."""
        return frozenset(name_of_subject(each) for each in self.subjects if _kind(each) == kind)


def _kind(subject: str) -> str:
    return kind_of_subject(subject).rstrip(":") or "segment"


def _subject(kind: str, name: str) -> str:
    return name if kind == "segment" else f"{kind}:{name}"


def _find_templates(view: View, _limits: Limits) -> Iterator[Fault]:
    segments = view.segments
    known = _Known(
        known_fields(view.bot),
        frozenset(segments),
        frozenset(name for name in segments if segments[name].purpose is not None),
    )
    for path, _, text in view.texts:
        for language, words in by_language(text):
            if has_placeholders(words):
                yield from _faults((*path, language) if language else path, words, known)


def _faults(path: Path, words: str, known: _Known) -> Iterator[Fault]:
    problem = template_fault(words)
    if problem is not None:
        yield CANNOT_RENDER.broken(path, f"this can't be filled in: {problem}", "Correct what is between the braces")
        return
    for named in _named_in(words):
        if not _is_known(named, known):
            yield UNKNOWN_PLACEHOLDER.broken(path, f"there is no `{'.'.join(named)}`", _remedy(named, known))


def _named_in(words: str) -> list[tuple[str, ...]]:
    """Return the dotted names in a text: `segment.tips.name` as ("segment", "tips", "name")."""
    chains = {
        chain for node in _PARSER.parse(words).find_all((nodes.Getattr, nodes.Getitem)) if (chain := _chain(node))
    }
    inner = {chain[:length] for chain in chains for length in range(len(chain))}
    return sorted(chains - inner)


def _chain(node: nodes.Node) -> tuple[str, ...]:
    if isinstance(node, nodes.Name):
        return (node.name,)
    if isinstance(node, nodes.Getattr):
        begin, last = _chain(node.node), node.attr
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        begin, last = _chain(node.node), str(node.arg.value)
    else:
        return ()
    return (*begin, last) if begin else ()


def _is_known(named: tuple[str, ...], known: _Known) -> bool:
    match named:
        case ("contact", name):
            return name in known.fields | IN_FLOWS
        case ("field", name):
            return name in known.fields
        case ("segment" | "topic" | "sequence" as kind, name, "name"):
            return _subject(kind, name) in known.subjects
        case ("segment" | "topic" | "sequence" as kind, name, "purpose"):
            return _subject(kind, name) in known.purposes
        case _:
            return named == ("bot", "name")


def _remedy(named: tuple[str, ...], known: _Known) -> str:
    """Return what to write instead of a name that is not known."""
    match named:
        case ("contact", name):
            return did_you_mean(name, known.fields | IN_FLOWS)
        case ("field", name):
            return did_you_mean(name, known.fields, otherwise=f"Add `{name}` under `fields`")
        case ("segment" | "topic" | "sequence" as kind, name, "purpose") if name in known.names(kind):
            return f"Give the {kind} `{name}` a `purpose`"
        case ("segment" | "topic" | "sequence" as kind, name, *_):
            near = did_you_mean(name, known.names(kind), otherwise=f"Add `{name}` under `{kind}s`")
            return near if name not in known.names(kind) else f"Write `{kind}.{name}.name` or `{kind}.{name}.purpose`"
        case ("bot", *_):
            return "Write `bot.name`"
        case _:
            return f"Write `{'.'.join(named[:2])}`"


TEMPLATES = Check((CANNOT_RENDER, UNKNOWN_PLACEHOLDER), _find_templates)


MISSING = warning("missing-translation", "A text lacks one of the flow's languages.")
UNDECLARED = warning("undeclared-language", "A text or condition is for a language that `languages` does not list.")
BLANK = error("blank-text", "A text is nothing but spaces.")


def _find_languages(view: View, _limits: Limits) -> Iterator[Fault]:
    languages = view.bot.languages
    bases = {language.split("-", 1)[0] for language in languages}
    for path, kind, text in view.texts:
        if any(not words.strip() for _, words in by_language(text)):
            yield BLANK.broken(path, "a text here is nothing but spaces", "Write something, or delete it")
        if isinstance(text, str):
            if kind != "value" and len(languages) > 1 and _needs_translation(text) and not view.for_one_language(path):
                example = ", ".join(f"{language}: …" for language in languages)
                yield MISSING.broken(
                    path, f"this text is the same in all of {', '.join(languages)}", f"Write it as `{{{example}}}`"
                )
            continue
        lacking = [language for language in languages if language not in text and language.split("-", 1)[0] not in text]
        if lacking:
            yield MISSING.broken(path, f"this text is missing in {', '.join(lacking)}", f"Add `{lacking[0]}: …`")
        for language in text:
            if language.split("-", 1)[0] not in bases:
                yield UNDECLARED.broken(
                    (*path, language),
                    f"`languages` does not list `{language}`",
                    f"Add it to `languages` ({', '.join(languages)}), or delete this text",
                    at_key=True,
                )
    yield from _undeclared(view, bases)


def _undeclared(view: View, bases: set[str]) -> Iterator[Fault]:
    """Conditions on a language that the flow does not speak."""
    languages = view.bot.languages
    for path, _, condition in view.conditions:
        if not isinstance(condition, DetailText) or condition.detail is not Detail.LANGUAGE:
            continue
        if condition.order in (TextOrder.IS, TextOrder.IS_NOT) and condition.text.split("-", 1)[0] not in bases:
            yield UNDECLARED.broken(
                (*path, "language"),
                f"`languages` does not list `{condition.text}`",
                f"Add it to `languages` ({', '.join(languages)}), or correct its spelling",
            )


def _needs_translation(text: str) -> bool:
    """Tell whether a text for everybody has words to translate: a name or a single word may be the same everywhere."""
    return len([word for word in without_placeholders(text).split() if any(map(str.isalpha, word))]) > 1


LANGUAGES = Check((MISSING, UNDECLARED, BLANK), _find_languages)


OLD_CONDITION = warning("old-condition", "A condition is written in the form that flows had before.")
WRONG_COMPARISON = error("wrong-comparison", "A comparison does not work on the field's type.")
WRONG_FIELD_VALUE = error("wrong-field-value", "A field is given a value that is not of its type.")
UNKNOWN_CHOICE = warning(
    "unknown-choice", "A field is compared with, or set to, something that is none of its choices."
)

_ORDERED = ("number", "date")


def _find(view: View, _limits: Limits) -> Iterator[Fault]:
    types = field_types(view)
    choices = choice_values(view)
    for path, _, asked in all_ifs(view.bot):
        for place in asked.old[:1]:
            yield OLD_CONDITION.broken(
                (*path, *place),
                "this condition is written in a form of before",
                "Have it rewritten by `assent flow format`, with this file's name",
            )
    for path, _, condition in view.conditions:
        yield from _compared(path, condition, types, choices)
    for path, _, part in view.parts:
        if isinstance(part, SetPart) and not has_placeholders(part.to):
            kind = types.get(part.set, "")
            if kind and read_answer(kind, part.to, "en-GB") is None:
                yield WRONG_FIELD_VALUE.broken(
                    (*path, "to"),
                    f"`{part.set}` is a {kind} field and can't hold `{part.to}`",
                    f"Write {form_of(kind)}",
                )
            else:
                yield from _choice((*path, "to"), part.to, choices.get(part.set))


def _compared(
    path: Path,
    condition: Condition,
    types: Mapping[str, str],
    choices: Mapping[str, tuple[str, ...]],
) -> Iterator[Fault]:
    match condition:
        case FieldText(field=field, order=order, text=text):
            kind, here = types.get(field, ""), (*path, str(order))
            if kind in _ORDERED:
                yield _wrong(here, field, kind, f"the text `{text}`", f"Write {form_of(kind)}, without quotes")
            elif order in (TextOrder.IS, TextOrder.IS_NOT):
                yield from _choice(here, text, choices.get(field))
        case FieldNumber(field=field, order=order, number=value) if types.get(field, "number") != "number":
            what = f"the number `{value}`"
            yield _wrong((*path, str(order)), field, types[field], what, _of_kind(types[field], value))
        case FieldDate(field=field, order=order, day=day) if types.get(field, "date") != "date":
            yield _wrong((*path, str(order)), field, types[field], f"the day `{day}`", _of_kind(types[field], day))
        case FieldYesNo(field=field, yes=yes) if field in types:
            word = "yes" if yes else "no"
            yield _wrong(path, field, types[field], f"`{word}`", _of_kind(types[field], word))


def _wrong(path: Path, field: str, kind: str, what: str, remedy: str) -> Fault:
    return WRONG_COMPARISON.broken(path, f"`{field}` is a {kind} field and is compared with {what}", remedy)


def _of_kind(kind: str, value: object) -> str:
    if kind in _ORDERED:
        return f"Write {form_of(kind)}"
    return f'Put it in quotes if it is a text: `"{value}"`; or give the field another type'


def _choice(path: Path, value: str, choices: tuple[str, ...] | None) -> Iterator[Fault]:
    if choices and not has_placeholders(value) and value.casefold() not in {choice.casefold() for choice in choices}:
        yield UNKNOWN_CHOICE.broken(path, f"`{value}` is none of the choices", did_you_mean(value, choices))


CHECK = Check((OLD_CONDITION, WRONG_COMPARISON, WRONG_FIELD_VALUE, UNKNOWN_CHOICE), _find)
