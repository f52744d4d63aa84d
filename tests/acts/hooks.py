"""Acts on hooks: what they were not told, sent again; changes of consent to catch up with."""

from tests.acts.act import Act, part_of
from tests.acts.doors import Refusal, Request

ACTS: tuple[Act, ...] = (
    Act("see what hooks were not told", ["hook", "failed", "--json"], Request("GET", "/hooks/failed"),
        read=part_of("events", "waiting"), told={"events": [], "waiting": 0}),
    Act("send an event again that was not given up", ["hook", "resend", "f_1"],
        Request("POST", "/hooks/failed/f_1/resend"),
        refusal=Refusal("no event `f_1` was given up", "List those that failed: assent hook failed", 404)),
)  # fmt: skip
