"""Acts on the flow: a push of the draft, a roll-back."""

from typing import Any

from tests.acts.act import Act
from tests.acts.doors import Refusal, Request

LIVE_1 = {"If-Match": '"1"'}
ANY = {"If-Match": "*"}


def pushes(name: str, *, headers: dict[str, str] = LIVE_1, expect: str = "1", **more: Any) -> Act:
    request = Request("POST", "/flow/push", {}, headers, builder=True)
    return Act(name, ["flow", "push", "--yes", "--expect", expect], request, **more)


def rolls_back(name: str, number: int, **more: Any) -> Act:
    request = Request("POST", "/flow/rollback", {"number": number}, ANY, builder=True)
    return Act(name, ["flow", "rollback", str(number), "--yes"], request, **more)


PUSHED = pushes("push first")
ACTS = (
    pushes("push the draft", audit=[("push_flow", "flow", "revision 2")]),
    pushes("push what is live", before=[PUSHED], headers={"If-Match": '"2"'}, expect="2"),
    pushes("push over somebody else's", before=[PUSHED], refusal=Refusal(
        "revision 2 is live, pushed by mia, not revision 1: look at the diff again, then push", status=412)),
    rolls_back("roll back to what is live", 2, before=[PUSHED]),
    rolls_back("roll back to nothing", 9, refusal=Refusal(
        "demo has no revision 9", "See `assent flow history`", 404)),
)  # fmt: skip
