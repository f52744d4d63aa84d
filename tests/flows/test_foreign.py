"""Exports of other products become flow files of ours that pass the checks; the rest is told line by line."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from flows.checks import check
from flows.finding import FlowInvalid, Severity
from flows.foreign.base import Imported
from flows.foreign.read import import_flow
from flows.model.parts import QuestionPart
from flows.source.read import read_flow
from tests.cli.conftest import assent
from tests.cli.running import Run

__all__ = ["assent"]


def node(uuid: str, *actions: dict[str, Any], to: str = "", router: Any = None, exits: Any = None) -> dict[str, Any]:
    made = {"uuid": uuid, "actions": list(actions), "exits": exits or [{"uuid": f"{uuid}-x", "destination_uuid": to}]}
    return made | ({"router": router} if router else {})


def says(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "send_msg", "uuid": f"say {text[:8]}", "text": text, **more}


RAPIDPRO: dict[str, Any] = {
    "version": "13",
    "flows": [
        {
            "uuid": "f1",
            "name": "Lunch club",
            "spec_version": "13.1.0",
            "language": "eng",
            "localization": {"fra": {"say How old ": {"text": ["Quel âge avez-vous, @contact.first_name ?"]}}},
            "nodes": [
                node(
                    "a",
                    says("Hi @contact.name, {{ contact.email }} @(upper(contact.name)) @@home"),
                    {"type": "add_contact_groups", "groups": [{"name": "Club"}]},
                    {"type": "request_optin", "optin": {"name": "Jokes"}},
                    {"type": "call_webhook", "url": "http://10.0.0.1/"},
                    says("How old are you, @contact.first_name?"),
                    to="b",
                ),
                node(
                    "b",
                    router={
                        "type": "switch",
                        "wait": {"type": "msg", "timeout": {"seconds": 60, "category_uuid": "c3"}},
                        "result_name": "Age",
                        "operand": "@input.text",
                        "default_category_uuid": "c2",
                        "categories": [
                            {"uuid": "c1", "name": "Old", "exit_uuid": "x1"},
                            {"uuid": "c2", "name": "Other", "exit_uuid": "x2"},
                        ],
                        "cases": [{"type": "has_number_gte", "arguments": ["18"], "category_uuid": "c1"}],
                    },
                    exits=[{"uuid": "x1", "destination_uuid": "d"}, {"uuid": "x2", "destination_uuid": "b"}],
                ),
                node("d", says("You are @results.age.", attachments=["image:https://example.org/a.png"])),
            ],
        }
    ],
    "triggers": [
        {"trigger_type": "K", "keywords": ["lunch", "club"], "flow": {"uuid": "f1"}},
        {"trigger_type": "K", "keywords": ["stop"], "flow": {"uuid": "f1"}},
    ],
    "groups": [{"name": "Club"}],
    "campaigns": [{"name": "Weekly"}],
}


def block(id_: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"id": id_, "type": kind, **more}


def written(id_: str, text: str) -> dict[str, Any]:
    return block(id_, "text", content={"richText": [{"type": "p", "children": [{"text": text}]}]})


TYPEBOT: dict[str, Any] = {
    "version": "6",
    "name": "Quiz",
    "events": [{"type": "start", "outgoingEdgeId": "e0"}],
    "variables": [{"id": "v1", "name": "Name"}, {"id": "v2", "name": "Pet"}],
    "groups": [
        {
            "id": "g1",
            "title": "Intro",
            "blocks": [
                written("b1", "What is your name?"),
                block("b2", "text input", options={"variableId": "v1"}),
                written("b3", "Cat or dog, {{Name}} {{ 7*7 }}?"),
                block(
                    "b4",
                    "choice input",
                    options={"variableId": "v2"},
                    items=[{"content": "Cat", "outgoingEdgeId": "e1"}, {"content": "Dog"}],
                ),
                block("b5", "Webhook", options={"url": "http://10.0.0.1"}),
                written("b6", "Dogs are fine."),
            ],
        },
        {
            "id": "g2",
            "title": "Cats",
            "blocks": [
                block(
                    "b7",
                    "Condition",
                    items=[
                        {
                            "outgoingEdgeId": "e2",
                            "content": {
                                "comparisons": [{"variableId": "v1", "comparisonOperator": "Equal to", "value": "Ana"}]
                            },
                        }
                    ],
                ),
                written("b8", "Cats it is."),
            ],
        },
    ],
    "edges": [
        {"id": "e0", "to": {"groupId": "g1"}},
        {"id": "e1", "to": {"groupId": "g2"}},
        {"id": "e2", "to": {"groupId": "g1", "blockId": "b3"}},
    ],
}


def imported(export: object) -> Imported:
    return import_flow(json.dumps(export, indent=1), "export.json")


def told(made: Imported) -> list[str]:
    return [one.what for one in made.left]


def test_a_flow_of_rapidpro() -> None:
    made = imported(RAPIDPRO)
    bot = made.source.bot
    assert (bot.bot, bot.languages) == ("lunch_club", ("en", "fr"))
    first, asks, last = bot.messages.values()
    question = first.parts[-3]
    assert isinstance(question, QuestionPart)
    assert question.question == {
        "en": "How old are you, {{ contact.first_name | default('') }}?",
        "fr": "Quel âge avez-vous, {{ contact.first_name | default('') }} ?",
    }
    assert (question.type, question.field, bot.fields["age"].type) == ("number", "age", "number")
    assert [part.model_dump(by_alias=True, exclude_unset=True) for part in first.parts[-2:]] == [
        {"if": "field.age >= 18", "then": "lunch_club_3"},
        {"go_to": "lunch_club_2"},
    ]
    greeting = first.parts[0].model_dump()["text"]
    assert greeting == "Hi {{ contact.name | default('') }}, { { contact.email } } … @home"
    assert last.parts[-1].model_dump()["text"] == "You are {{ field.age | default('') }}."
    assert asks.parts[0].model_dump()["question"] == "…"
    assert [rule.is_ for rule in bot.keywords] == [("lunch", "club")], "STOP stays ours"


def test_nothing_of_an_import_is_consent() -> None:
    made = imported(RAPIDPRO)
    assert (made.source.bot.segments, made.source.bot.topics, made.source.bot.sequences) == ({}, {}, {})
    assert "opt_in" not in "\n".join(line for line in made.text.splitlines() if not line.startswith("#"))
    for what in ("add_contact_groups", "request_optin", "call_webhook", "a timeout", "group Club", "campaign Weekly"):
        assert what in told(made)
    text = json.dumps(RAPIDPRO, indent=1).splitlines()
    (hook,) = [one for one in made.left if one.what == "call_webhook"]
    assert '"type": "call_webhook"' in text[hook.line], "the line is where the action begins"
    for one in made.left:
        assert f"# line {one.line}: " in made.text


def test_a_flow_of_typebot() -> None:
    made = imported(TYPEBOT)
    messages = made.source.bot.messages
    assert list(messages) == ["intro", "intro_2", "cats"]
    assert [part.model_dump(by_alias=True, exclude_unset=True) for part in messages["intro_2"].parts] == [
        {
            "question": "Cat or dog, {{ field.name | default('') }} …?",
            "field": "pet",
            "type": "choice",
            "choices": ("Cat", "Dog"),
        },
        {"if": 'field.pet is "Cat"', "then": "cats"},
        {"text": "Dogs are fine."},
    ]
    assert messages["intro"].parts[-1].model_dump() == {"go_to": "intro_2"}
    assert messages["cats"].parts[0].model_dump(by_alias=True)["then"] == "intro_2"
    assert made.source.bot.welcome == "intro"
    assert set(told(made)) == {"expression {{ 7*7 }}", "Webhook"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{}", "unknown-export"),
        ("[]", "unknown-export"),
        ("null", "unknown-export"),
        ("", "json-syntax"),
        ('{"flows": [', "json-syntax"),
        ('{"nodes":' + "[" * 100 + "]" * 100 + "}", "too-big"),
        ('{"groups": [{"blocks": [' + '{"children":[' * 5000 + "]}" * 5000 + "]}]}", "too-big"),
        (" " * 16_000_001, "too-big"),
    ],
)
def test_what_is_no_export_is_refused(text: str, code: str) -> None:
    with pytest.raises(FlowInvalid) as refused:
        import_flow(text, "export.json")
    assert refused.value.findings[0].code == code


@pytest.mark.parametrize("export", [RAPIDPRO, TYPEBOT], ids=["rapidpro", "typebot"])
def test_whatever_an_export_holds_the_result_passes_the_checks(export: dict[str, Any]) -> None:
    """Values of an export are replaced by others, hostile ones among them; it comes out, or is refused in words."""
    chance, came_out = random.Random(12), 0
    odd: list[Any] = [
        "{% for a in b %}",
        "}}{{",
        "{{{{",
        "\x00\x1b[2J",
        "a" * 30_000,
        "",
        "💥",
        "# x: [",
        "- a\n- b",
        "stop",
        "null",
        "1",
        "\u2028",
        "javascript:alert(1)",
        "https://example.org/" + "a" * 3000,
        "../../etc/passwd",
        None,
        True,
        7,
        [],
        {},
        ["a"],
        {"type": "send_msg"},
        "b",
        "g1",
        "e1",
        "has_number",
        "has_any_word",
        "@results.age",
        "choice input",
        "Wait",
    ]

    def spoil(value: Any) -> Any:  # JSON
        if chance.random() < 0.03:
            return chance.choice(odd)
        if isinstance(value, dict):
            return {key: spoil(one) for key, one in value.items() if chance.random() > 0.01}
        if isinstance(value, list):
            return [spoil(one) for one in value for _ in range(chance.choice((1, 1, 1, 1, 0, 2)))]
        return value

    codes: set[str] = set()
    for _ in range(60):
        try:
            made = imported(spoil(export))
        except FlowInvalid as refused:
            codes.add(refused.findings[0].code)
            continue
        came_out += 1
        read = read_flow(made.text, "flow.yaml")
        assert [one for one in check(read) if one.severity is Severity.ERROR] == []
        assert (read.bot.segments, read.bot.topics, read.bot.sequences) == ({}, {}, {})
    assert codes <= {"unknown-export"}
    assert came_out > 30


def test_by_command(assent: Run, tmp_path: Path) -> None:
    (tmp_path / "export.json").write_text(json.dumps(TYPEBOT))
    done = assent("flow", "import", "export.json", "--output", "quiz.yaml")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "export.json: line 1: Webhook: it calls another system" in done.stderr
    assert "3 messages of quiz; 2 things were not taken over" in done.stderr
    assert assent("flow", "check", "quiz.yaml").returncode == 0
    assert "quiz.yaml is there already" in assent("flow", "import", "export.json", "-o", "quiz.yaml").stderr
    assert assent("flow", "import", "export.json").stdout == (tmp_path / "quiz.yaml").read_text()
    (tmp_path / "other.json").write_text("{}")
    refused = assent("flow", "import", "other.json")
    assert (refused.returncode, "no export of RapidPro" in refused.stderr) == (1, True)
