"""Acts on sequences: who waits where, moved, paused, resumed. Who is in one is an act on members."""

from typing import Any

from tests.acts.act import Act, part_of
from tests.acts.doors import Refusal, Request

PATH = "/sequences/welcome"
ADDED = Act("before", ["sequence", "add", "welcome", "c_bo"], Request("POST", PATH + "/members", {"values": ["c_bo"]}))


def pauses(name: str, act: str, sequence: str = "welcome", **expected: Any) -> Act:
    return Act(name, ["sequence", act, sequence], Request("POST", f"/sequences/{sequence}/{act}"), **expected)


def moves(name: str, who: str, step: str, sequence: str = "welcome", **expected: Any) -> Act:
    command = ["sequence", "move", sequence, who, "--to", step, "--json"]
    request = Request("POST", f"/sequences/{sequence}/enrolments/{who}/move", {"step": step})
    return Act(name, command, request, **expected)


NOT_THERE = Refusal("there is no sequence `welcom`", "Did you mean `welcome`?", 404)
ACTS: tuple[Act, ...] = (
    pauses("pause a sequence", "pause", audit=[("pause_sequence", "sequence welcome", "")]),
    pauses("pause a sequence that is paused", "pause", before=[pauses("before", "pause")]),
    pauses("resume a sequence", "resume", before=[pauses("before", "pause")],
           audit=[("resume_sequence", "sequence welcome", "")]),
    pauses("resume a sequence that is not paused", "resume"),
    pauses("pause a sequence that is not there", "pause", "welcom", refusal=NOT_THERE),
    moves("move somebody in a sequence that is not there", "c_bo", "one", "welcom", refusal=NOT_THERE),
    moves("move somebody to a step that is not there", "c_bo", "on",
          refusal=Refusal("the sequence has no step `on`", "Did you mean `one`?", 404)),
    moves("move somebody who is not in the sequence", "c_bo", "one",
          refusal=Refusal("they are not in the sequence",
                          "Add them first: assent sequence add. Who opted out comes back by themselves alone", 409)),
    Act("see a sequence that nobody is in", ["sequence", "waiting", "welcome", "--json"],
        Request("GET", PATH + "/enrolments"), read=part_of("enrolments", "paused", "steps", "counts"),
        told={"enrolments": [], "paused": False, "steps": [{"id": "one", "wait": "1d", "message": "hello"}],
              "counts": {"active": 0, "done": 0, "left": 0, "goal": 0}}),
)  # fmt: skip
