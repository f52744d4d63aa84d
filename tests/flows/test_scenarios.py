"""The tests of a flow: what they see of a conversation, and that they stop a push."""

import pytest

from flows.checks import check
from flows.diff import diff
from flows.finding import FlowInvalid
from flows.source import read_flow
from publishing.flows import checked
from tests.flows.files import HEAD

FLOW = """\
fields:
  team: {type: choice, choices: [Sales, Care]}
segments:
  tips: {name: Tips, purpose: One tip every Monday.}
messages:
  hello:
    parts:
      - {question: Which team are you in?, field: team, type: choice, choices: [Sales, Care]}
      - text: "{{ contact.first_name }} of {{ field.team }}: one tip every Monday? Type STOP to end it."
        buttons:
          - {label: "Yes", id: hello-yes, opt_in: tips, reply: tips_on}
          - {label: "No", opt_out: tips, reply: tips_off}
          - {label: Later, message: later}
  tips_on: {parts: [{text: "You get one tip every Monday. Type STOP to end it."}]}
  tips_off: {parts: [{text: You get no more tips.}]}
  later:
    parts: [{text: One moment.}, {wait: 10m}, {text: Here I am.}]
    quick_replies: [{label: Again, message: hello}]
tests:
"""


def failures(steps: str, person: str = "{}") -> list[tuple[int, str]]:
    """Run one test; return the line of the step, counted from the first step, and the problem."""
    text = f"{HEAD}{FLOW}  one:\n    person: {person}\n    steps:\n"
    findings = check(read_flow(text + steps, "flow.yaml"))
    return [(one.line - text.count("\n"), f"{one.code}: {one.problem}") for one in findings]


def test_a_conversation_that_goes_as_written_is_no_finding():
    assert not failures(
        '      - {starts: "yes", sees: [Which team, Sales, Care]}\n'
        '      - {presses: Care, sees: "Ana of Care: one tip"}\n'
        '      - {presses: hello-yes, sees: You get one tip, memberships: {tips: opted_in}, stopped: "no"}\n'
        '      - {says: Stop!, memberships: {tips: opted_out}, stopped: "yes"}\n'
        '      - {presses: "Yes", memberships: {tips: opted_in}}\n',
        "{name: Ana Lima}",
    )


def test_time_passes_as_far_as_the_step_says():
    begin = "      - {says: hi}\n      - {says: Sales}\n      - {presses: Later, sees: One moment.}\n"
    assert not failures(f"{begin}      - {{waits: 9m, sees: []}}\n      - {{waits: 1m, sees: Here I am.}}\n")
    assert failures(f"{begin}      - {{waits: 9m, sees: Here I am.}}\n") == [
        (4, "test-fails: the test `one` fails: `Here I am.` does not come; nothing came")
    ]


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ("{says: hi, sees: Good morning}", "`Good morning` does not come; what came was `Which team are you in?`"),
        ("{says: hi, sees: []}", "nothing should come"),
        ("{presses: Later}", "nothing that was sent has a button `Later`"),
        ("{says: hi, memberships: {tips: opted_in}}", "the person is `added` for `tips`, not `opted_in`"),
        ('{says: hi, stopped: "yes"}', "the person has not stopped everything"),
    ],
)
def test_what_is_not_met_is_told_at_its_line(step: str, problem: str):
    [(line, told)] = failures(f"      - {step}\n      - {{says: hi, sees: []}}\n", "{memberships: {tips: added}}")
    assert line == 1
    assert told.startswith(f"test-fails: the test `one` fails: {problem}")


def test_a_flow_with_another_error_is_not_played():
    text = f"{HEAD}{FLOW}  one: {{steps: [{{says: hi, sees: Nothing of it}}]}}\n"
    assert "test-fails" in {found.code for found in check(read_flow(text, "flow.yaml"))}
    broken = check(read_flow(text.replace("reply: tips_on", "reply: gone"), "flow.yaml"))
    assert "test-fails" not in {found.code for found in broken}


def test_the_same_file_always_comes_to_the_same():
    steps = "      - {says: hi}\n      - {says: Sales, sees: Care}\n"
    assert failures(steps) == failures(steps) != []


def test_a_diff_names_the_tests_that_changed():
    old = read_flow(f"{HEAD}{FLOW}  one: {{steps: [{{says: hi}}]}}\n", "flow.yaml").bot
    new = read_flow(f"{HEAD}{FLOW}  two: {{steps: [{{says: hi}}]}}\n", "flow.yaml").bot
    assert [(line.group, line.text) for line in diff(old, new)] == [
        ("tests", "test *two* is new"),
        ("tests", "test *one* is gone"),
    ]


def test_a_failing_test_stops_a_push():
    text = f"{HEAD}{FLOW}  one: {{steps: [{{says: hi, sees: Which}}]}}\n"
    assert not checked(text, "flow.yaml").warnings
    with pytest.raises(FlowInvalid) as stopped:
        checked(text.replace("sees: Which", "sees: Whose"), "flow.yaml")
    assert [found.code for found in stopped.value.findings] == ["test-fails"]
