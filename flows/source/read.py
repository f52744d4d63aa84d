"""Flow text in, bot with places out."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath

from flows.finding import Finding, FlowInvalid, Severity, in_order
from flows.model.bot import Bot
from flows.source.json_nodes import looks_like_json, read_json
from flows.source.nodes import (
    Items,
    Node,
    Place,
    Scalar,
    Table,
    Trouble,
    Unreadable,
    descend,
    place_in,
    place_of,
    unwanted_in,
)
from flows.source.shape import read_shape
from flows.source.yaml_nodes import LOST_WORDS, read_yaml
from flows.walk import Path

_BEGIN = 'Begin with `assent: "1"`, `bot:`, `name:`, `messages:`'

MAX_BYTES = 16_000_000
"""How large a flow file may be; a bot of 10,000 messages has about a quarter of it."""


@dataclass(frozen=True, slots=True)
class FlowSource:
    """A flow file that could be read: the bot it describes, and where everything stands."""

    file: str
    text: str
    bot: Bot
    root: Node
    is_pushed: bool = False
    """Whether it is the text of a revision."""
    remarks: Sequence[Trouble] = ()
    """Words that YAML takes away because they are not in quotes."""

    @property
    def digest(self) -> str:
        """SHA-256 of the text, in hex."""
        return digest_of(self.text)

    def place(self, path: Path) -> Place:
        """Return where the value at `path` begins; where the file has no such path, the last step that it has."""
        return place_of(self.root, path, self.text.removeprefix("\ufeff"))

    def key_place(self, path: Path) -> Place:
        """Return where the key of the value at `path` stands; for an item of a list, the item."""
        return descend(self.root, path)[1]


def digest_of(text: str) -> str:
    """Return the SHA-256 of a flow's text, in hex: what a revision is known by."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_flow(text: str, file: str, *, pushed: bool = False) -> FlowSource:
    """Read a flow file, YAML or JSON. `file` is what findings call it; `pushed`: it is the text of a revision.

    Raises FlowInvalid with everything that was found, and nothing else, whatever the text holds.
    """
    root, troubles, remarks = _nodes(text, file)
    bot = _bot(root, troubles, text, file, remarks, pushed=pushed)
    return FlowSource(file, text, bot, root, pushed, remarks)


def read_message(text: str, file: str, name: str, flow: Bot) -> FlowSource:
    """Read a message that is written apart, YAML or JSON, as one of a flow's: its bot has it under `name`.

    Places are those of `file`. Raises FlowInvalid with everything that is wrong with its shape.
    """
    written, troubles, remarks = _nodes(text, file, "Begin with `parts:`, as a message of a flow does")
    here = written.place

    def table(values: Mapping[str, Node]) -> Table:
        return Table(here, dict(values), dict.fromkeys(values, here))

    root = table({
        **{key: Scalar(here, value) for key, value in (("assent", "1"), ("bot", flow.bot), ("name", flow.bot))},
        "languages": Items(here, [Scalar(here, language) for language in flow.languages]),
        "fields": table({key: table({"type": Scalar(here, field.type)}) for key, field in flow.fields.items()}),
        "messages": table({name: written}),
    })  # fmt: skip
    own = _bot(root, troubles, text, file, remarks).messages[name]
    together = flow.model_copy(update={"messages": {**flow.messages, name: own}})
    return FlowSource(file, text, together, root, remarks=remarks)


def _nodes(text: str, file: str, begin: str = _BEGIN) -> tuple[Table, Sequence[Trouble], Sequence[Trouble]]:
    try:
        return _read_nodes(text.removeprefix("\ufeff"), begin)
    except Unreadable as error:
        raise _invalid([error.trouble], file) from error


def _bot(
    root: Table,
    troubles: Sequence[Trouble],
    text: str,
    file: str,
    remarks: Sequence[Trouble],
    *,
    pushed: bool = False,
) -> Bot:
    shape = read_shape(root, text.removeprefix("\ufeff"), pushed=pushed)
    if isinstance(shape, Bot) and not troubles:
        return shape
    invalid = _invalid([*troubles, *(() if isinstance(shape, Bot) else shape)], file)
    raise FlowInvalid(in_order([*invalid.findings, *remarked(remarks, file)]))


def remarked(remarks: Sequence[Trouble], file: str) -> Sequence[Finding]:
    """Return remarks as the findings that they are."""
    return [
        Finding(code, Severity.WARNING, file, place.line, place.column, problem, remedy)
        for code, place, problem, remedy in remarks
    ]


def read_flow_file(path: FilePath | str) -> FlowSource:
    """Read a flow file from disk. Raises FlowInvalid, also for a file that is not there or is not UTF-8."""
    file = str(path)
    try:
        with FilePath(path).open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        trouble = Trouble("unreadable-file", Place(1, 1), f"the file can't be opened: {reason}", "Check its name")
        raise _invalid([trouble], file) from error
    return read_flow(decode(content, file), file)


def decode(content: bytes, file: str) -> str:
    """Return the text of a flow file. Raises FlowInvalid when it is not UTF-8."""
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        trouble = Trouble(
            "unreadable-file", place_in(before, len(before)), "the file is not UTF-8", "Save it with the encoding UTF-8"
        )
        raise _invalid([trouble], file) from error


def _read_nodes(text: str, begin: str) -> tuple[Table, Sequence[Trouble], Sequence[Trouble]]:
    if len(text) > MAX_BYTES:
        problem = f"the file is larger than {MAX_BYTES // 1_000_000} MB"
        raise Unreadable(Trouble("too-big", Place(1, 1), problem, "Split the bot into several"))
    unwanted = list(unwanted_in(text))
    if unwanted:
        raise Unreadable(unwanted[0])
    root, troubles, remarks = (*read_json(text), ()) if looks_like_json(text) else read_yaml(text)
    if root is None or not isinstance(root, Table):
        place = Place(1, 1) if root is None else root.place
        problem = "the file is empty" if root is None else "the file is not a mapping of keys to values"
        raise Unreadable(Trouble("empty-file", place, problem, begin))
    return root, troubles, remarks


def _invalid(troubles: Iterable[Trouble], file: str) -> FlowInvalid:
    return FlowInvalid(
        Finding(code, Severity.ERROR, file, place.line, place.column, problem, remedy)
        for code, place, problem, remedy in troubles
    )


READING: dict[str, str] = {
    "unreadable-file": "The file is not there, or is not UTF-8.",
    "empty-file": "The file holds no bot.",
    "too-big": "The file is larger, deeper or holds more than a flow may.",
    "bad-character": "The file holds a control character or a lone surrogate.",
    "yaml-syntax": "The file is not YAML.",
    "json-syntax": "The file begins like JSON and is none.",
    "yaml-feature": "The file uses a part of YAML that flows do without: tags, merge keys, keys that are not words.",
    LOST_WORDS: "YAML takes words away that are not in quotes (a warning).",
    "several-documents": "The file holds a second document.",
    "duplicate-key": "A key appears twice.",
    "unknown-key": "A key is not known in its place.",
    "missing-key": "A key is missing.",
    "unknown-kind": "A part, button or condition does not say what it is.",
    "wrong-type": "A list is where a text belongs, or similar.",
    "wrong-value": "A value is none of those that are allowed.",
    "text-ends-at-comma": "A comma ends a text that is not in quotes.",
    "bad-condition": "A condition can't be read.",
    "bad-name": "A name has characters that a name can't have.",
    "bad-language": "A language is not a language code.",
    "bad-url": "An address is not a web address.",
    "bad-duration": "A wait is not a duration.",
    "keyword-rule": "A keyword rule has too much, or too little, of `is`, `contains`, `opt_in` and `opt_out`.",
}
"""What each code means, in one line."""
