"""The published schema accepts what the runtime accepts, and refuses files of the wrong shape."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from flows.schema import DIALECT, flow_schema
from tests.flows.files import EXAMPLES

SCHEMA = flow_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
BAD = Path(__file__).parent / "bad"

SHAPE = [
    "unknown-key",
    "unknown-kind",
    "missing-key",
    "wrong-type",
    "wrong-value",
    "bad-name",
    "bad-language",
    "bad-url",
    "bad-duration",
    "keyword-rule",
]
MEANING = ["unknown-message", "endless-loop", "shadows-stop"]


def flow(*parts: object) -> dict[str, object]:
    return {"assent": "1", "bot": "b", "name": "B", "messages": {"hello": {"parts": list(parts)}}}


def test_it_is_a_schema_of_the_draft_that_editors_know():
    assert SCHEMA["$schema"] == DIALECT
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_it_accepts_the_examples(path: Path):
    assert list(VALIDATOR.iter_errors(yaml.safe_load(path.read_text()))) == []


@pytest.mark.parametrize("code", SHAPE)
def test_it_refuses_files_of_the_wrong_shape(code: str):
    assert not VALIDATOR.is_valid(yaml.safe_load((BAD / f"{code}.yaml").read_text()))


@pytest.mark.parametrize("code", MEANING)
def test_it_leaves_to_the_checks_what_needs_the_whole_bot(code: str):
    assert VALIDATOR.is_valid(yaml.safe_load((BAD / f"{code}.yaml").read_text()))


def test_it_accepts_numbers_and_booleans_where_the_runtime_reads_text():
    scalars = flow(
        {"set": "age", "to": 18},
        {"if": {"field": "age", "at_least": 18.5}, "then": 404},
        {"question": "Do you?", "field": "do", "type": "choice", "choices": [True, 1, "maybe"], "tries": 2},
        {"if": {"field": "do", "known": True}, "then": []},
    )
    assert list(VALIDATOR.iter_errors(scalars | {"assent": 1})) == []


@pytest.mark.parametrize(
    "part", [{"image": 3}, {"wait": 3}, {"text": None}, {"go_to": ["a"]}, {"text": "a", "image": "b"}]
)
def test_it_refuses_what_the_runtime_would_refuse(part: object):
    assert not VALIDATOR.is_valid(flow(part))


def test_every_key_is_described_for_the_editor():
    undescribed = [
        f"{name}.{key}"
        for name, piece in [("Bot", SCHEMA), *SCHEMA["$defs"].items()]
        for key, value in piece.get("properties", {}).items()
        if "description" not in value
    ]
    assert undescribed == []
    assert [name for name, piece in SCHEMA["$defs"].items() if "description" not in piece] == []
