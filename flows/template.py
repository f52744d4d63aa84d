"""Placeholders in a flow's texts: Jinja2, in a sandbox that is smaller than Jinja's own.

A text may name things (`contact`, `field`, `segment`, `topic`, `sequence`, `bot`), compare them, choose between words
use the filters of `FILTERS`, and reckon with numbers. It can't loop, call, assign or repeat a text, so rendering takes
time in proportion to the text; there is no clock and no chance in it, so it comes out the same on a replay.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, TemplateError, Undefined, nodes
from jinja2.environment import Template
from jinja2.runtime import ChainableUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

LONGEST = 20_000
"""How many characters a rendered text, or the text of a template, can have."""

LARGEST = 10**15
"""What is multiplied or divided is no larger, so that whole numbers come out exact."""

_CACHED = 4096

NAMES = frozenset({"contact", "field", "segment", "topic", "sequence", "bot"})
"""What a placeholder can begin with."""

_STATEMENTS: tuple[type[nodes.Node], ...] = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.If)
_EXPRESSIONS: tuple[type[nodes.Node], ...] = (
    nodes.Name,
    nodes.Const,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Filter,
    nodes.Test,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Concat,
    nodes.Add,
    nodes.Sub,
    nodes.Mul,
    nodes.Div,
    nodes.Keyword,
)
_ALLOWED = frozenset(_STATEMENTS + _EXPRESSIONS)

_FAILURES = (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError)
_UNREADABLE = (TemplateError, SyntaxError, ValueError, RecursionError, MemoryError)
_MARK = re.compile(r"\{[{%#]|[}%#]\}")


class TemplateFault(Exception):
    """A text that can't be rendered, or not whole. `problem` tells the builder why."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(problem)


class Names:
    """Things that a placeholder can name: `look_up` returns what a name stands for, or None for nothing."""

    __slots__ = ("look_up",)

    def __init__(self, look_up: Callable[[str], object]) -> None:
        self.look_up = look_up

    def __str__(self) -> str:
        raise TypeError("a placeholder ends in the name of one thing, e.g. `contact.name`")


Context = Mapping[str, Names]
"""`Names` by each of `NAMES`."""


def _default(value: object, words: object = "", *_: object) -> object:
    """Words for what is not known; what is known but empty counts as not known."""
    return words if isinstance(value, Undefined) or value is None or value == "" else value


def _round(value: Any, digits: int = 0) -> float | int:  # noqa: ANN401  # whatever the field holds
    rounded = round(float(value), max(0, min(int(digits), 10)))
    return int(rounded) if rounded.is_integer() else rounded


def _reckon(operator: str, left: object, right: object) -> float | int:
    """Multiply or divide two numbers; what comes out is rounded to ten digits behind the point, and kept whole."""
    for one in (left, right):
        if isinstance(one, Undefined):
            str(one)  # tells what is not known
        if isinstance(one, bool) or not isinstance(one, int | float) or abs(one) > LARGEST:
            raise TypeError(f"`{operator}` takes two numbers")
    first, second = float(left), float(right)  # type: ignore[arg-type]  # as just seen
    if operator == "/" and not second:
        raise ZeroDivisionError("a number is divided by zero")
    made = round(first * second if operator == "*" else first / second, 10)
    return int(made) if made.is_integer() else made


class _Sandbox(ImmutableSandboxedEnvironment):
    """Looks into `Names` alone: no attribute of a Python object can be reached. Numbers alone are multiplied."""

    intercepted_binops = frozenset({"*", "/"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401, ARG002  # Jinja's own signature
        return _reckon(operator, left, right)

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401  # Jinja's own signature
        if type(obj) is Names:
            found = obj.look_up(attribute)
            if found is not None:
                return found
        elif isinstance(obj, Undefined):
            return getattr(obj, attribute)
        return self.undefined(hint=f"`{attribute}` is not known here")

    def getitem(self, obj: Any, argument: Any) -> Any:  # noqa: ANN401  # Jinja's own signature
        return self.getattr(obj, str(argument))


_OURS: Mapping[str, Callable[..., object]] = {"default": _default, "d": _default, "round": _round}
_FROM_JINJA = ("upper", "lower", "title", "capitalize", "trim", "truncate", "first", "last", "length", "int", "float")

FILTERS = frozenset((*_OURS, *_FROM_JINJA))
"""The filters that a placeholder can use."""

_TESTS = frozenset({"defined", "undefined", "number", "string", "odd", "even", "eq", "ne", "lt", "gt", "le", "ge"})


def _sandbox(undefined: type[Undefined]) -> _Sandbox:
    sandbox = _Sandbox(undefined=undefined, autoescape=False, keep_trailing_newline=True)
    sandbox.globals.clear()
    sandbox.filters = {name: _OURS.get(name) or sandbox.filters[name] for name in sorted(FILTERS)}
    sandbox.tests = {name: test for name, test in sandbox.tests.items() if name in _TESTS}
    return sandbox


_strict = _sandbox(StrictUndefined)
_lenient = _sandbox(ChainableUndefined)


def _parsed(text: str) -> nodes.Template:
    """Read a text. Raises TemplateFault for what is no template of ours."""
    if len(text) > LONGEST:
        raise TemplateFault(f"the text is longer than {LONGEST} characters")
    try:
        tree = _strict.parse(text)
        problem = next(filter(None, map(_problem, (tree, *tree.find_all(nodes.Node)))), None)
    except _UNREADABLE as error:
        raise TemplateFault(f"the placeholders can't be read: {_told(error)}") from error
    if problem is not None:
        raise TemplateFault(problem)
    return tree


def _problem(node: nodes.Node) -> str | None:
    match node:
        case nodes.Name(name=name) if name not in NAMES:
            problem = f"`{name}` is not known; a placeholder begins with {_listed(NAMES)}"
        case nodes.Filter(name=name) if name not in FILTERS:
            problem = f"there is no filter `{name}`; there are {_listed(FILTERS)}"
        case nodes.Test(name=name) if name not in _TESTS:
            problem = f"there is no test `{name}`; there are {_listed(_TESTS)}"
        case nodes.Getattr(attr=name) if name.startswith("_"):
            problem = f"`{name}` is not known"
        case nodes.Getitem(arg=argument) if not isinstance(argument, nodes.Const):
            problem = "what is in `[…]` must be a name in quotes"
        case _:
            return None if type(node) in _ALLOWED else f"`{type(node).__name__.lower()}` can't be used in a text"
    return problem


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _told(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0].rstrip(".")


@lru_cache(maxsize=_CACHED)
def _compiled(text: str, sandbox: _Sandbox = _strict) -> Template | str:
    """Return a text made ready, or why it can't be."""
    try:
        code = sandbox.compile(_parsed(text))
        return Template.from_code(sandbox, code, sandbox.make_globals(None))
    except TemplateFault as fault:
        return fault.problem
    except _UNREADABLE as error:
        return f"the placeholders can't be read: {_told(error)}"


def has_placeholders(text: str) -> bool:
    """Tell whether a text has anything to render."""
    return "{" in text and ("{{" in text or "{%" in text or "{#" in text)


def check(text: str) -> str | None:
    """Return what is wrong with a text's placeholders, or None: syntax, unknown filters, names that nothing has."""
    if not has_placeholders(text):
        return None
    made = _compiled(text)
    return made if isinstance(made, str) else None


def names_in(text: str) -> frozenset[str]:
    """Return which of `NAMES` a text's placeholders begin with. One that can't be read may name any of them."""
    if not has_placeholders(text):
        return frozenset()
    try:
        return frozenset(node.name for node in _parsed(text).find_all(nodes.Name))
    except TemplateFault:
        return NAMES


def pieces(text: str) -> tuple[str | None, ...]:
    """Return a text's own words in order, with None where a placeholder stands, or a choice that one makes.

    Of a text that is no template, all is its own.
    """
    if not has_placeholders(text):
        return (text,)
    try:
        tree = _parsed(text)
    except TemplateFault:
        return (_without_placeholders(text), None)
    found: list[str | None] = []
    for statement in tree.body:
        inner = statement.nodes if isinstance(statement, nodes.Output) else [None]
        found += [piece.data if isinstance(piece, nodes.TemplateData) else None for piece in inner]
    return tuple(found)


def render(text: str, context: Context) -> str:
    """Return `text` with its placeholders filled in. Raises TemplateFault, and nothing else."""
    if not has_placeholders(text):
        return text
    template = _compiled(text)
    if isinstance(template, str):
        raise TemplateFault(template)
    return _rendered(template, context)


def _rendered(template: Template, context: Context) -> str:
    try:
        made = "".join(template.root_render_func(template.new_context(context, shared=True)))  # type: ignore[arg-type]
    except _FAILURES as error:
        raise TemplateFault(_told(error)) from error
    if len(made) > LONGEST:
        raise TemplateFault(f"the text comes out longer than {LONGEST} characters")
    return made


def render_rest(text: str, context: Context) -> str:
    """Return what can be said of a text that `render` refused: the placeholders that fail are left out.

    Where that can't be told apart, all of them are. The marks of placeholders never come out.
    """
    template = _compiled(text, _lenient)
    if not isinstance(template, str):
        try:
            return _rendered(template, context)
        except TemplateFault:
            pass
    return _without_placeholders(text[:LONGEST])


def _without_placeholders(text: str) -> str:
    """Cut everything from an opening mark to the next closing one, in one pass."""
    kept: list[str] = []
    position, opened = 0, False
    for mark in _MARK.finditer(text):
        if not opened:
            kept.append(text[position : mark.start()])
        opened = mark[0].startswith("{")
        position = mark.end()
    if not opened:
        kept.append(text[position:])
    return "".join(kept)
