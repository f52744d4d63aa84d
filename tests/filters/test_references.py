"""What a filter refers to: a segment can't depend on itself, and names that nobody has are told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.model import Condition, InSegment, Or, Tag
from filters.parse import parse
from filters.references import KnownNames, check_names, named_segments, refuse_cycle
from messages.errors import BadInput


def filters(**texts: str) -> dict[str, Condition]:
    return {name: parse(text) for name, text in texts.items()}


def test_segments_that_a_filter_names() -> None:
    named = named_segments(parse("segment:a and not (tag:x or segment:b and not segment:a)"))
    assert named == {"a", "b"}


@pytest.mark.parametrize(
    ("segments", "circle"),
    [
        (filters(a="not segment:a"), "`a` → `a`"),
        (filters(a="segment:b", b="tag:x or segment:c", c="segment:a"), "`a` → `b` → `c` → `a`"),
        (filters(a="segment:b", b="segment:c", c="segment:b"), "`b` → `c` → `b`"),
    ],
)
def test_a_circle_is_named(segments: dict[str, Condition], circle: str) -> None:
    with pytest.raises(BadInput) as refused:
        refuse_cycle(segments, "a")
    assert refused.value.problem.endswith(": " + circle)
    assert refused.value.place.startswith("segment ")


def test_two_ways_to_one_segment_are_no_circle() -> None:
    refuse_cycle(filters(a="segment:b or segment:c", b="segment:d", c="segment:d", d="segment:manual"), "a")


def test_a_long_chain_is_followed_to_its_end() -> None:
    chain: dict[str, Condition] = {f"s{number}": InSegment(f"s{number + 1}") for number in range(5_000)}
    refuse_cycle(chain, "s0")
    with pytest.raises(BadInput, match="`s0` → `s1`"):
        refuse_cycle({**chain, "s5000": InSegment("s0")}, "s0")


def test_many_ways_to_one_segment_are_walked_once() -> None:
    layers = {
        f"{side}{number}": parse(f"segment:a{number + 1} or segment:b{number + 1}")
        for number in range(60)
        for side in "ab"
    }
    refuse_cycle(layers, "a0")


graphs = st.dictionaries(st.integers(0, 6), st.frozensets(st.integers(0, 6), max_size=3), max_size=7)


@given(graphs)
def test_a_circle_is_refused_exactly_where_one_can_be_walked(graph: dict[int, frozenset[int]]) -> None:
    reached = {node: set(onward) for node, onward in graph.items()}
    for _ in range(7):
        for onward in reached.values():
            onward.update(*(reached.get(node, set()) for node in list(onward)))
    circular = any(node in reached.get(node, set()) for node in {0, *reached.get(0, set())})
    segments = {
        str(node): Or((Tag("x"), *(InSegment(str(to)) for to in onward), Tag("y"))) for node, onward in graph.items()
    }
    if circular:
        with pytest.raises(BadInput):
            refuse_cycle(segments, "0")
    else:
        refuse_cycle(segments, "0")


KNOWN = KnownNames(segments={"press", "tips"}, channels={"teams"}, tags={"vip"}, fields={"team"})


@pytest.mark.parametrize(
    ("text", "problem", "remedy"),
    [
        ("not segment:pres", "there is no segment `pres`", "Did you mean `press`?"),
        ("tag:vip or opted_out:zzz", "there is no segment `zzz`", "Make it first, or correct its spelling"),
        ("channel:team", "there is no channel `team`", "Did you mean `teams`?"),
    ],
)
def test_an_unknown_segment_or_channel_is_refused_with_the_nearest_name(text: str, problem: str, remedy: str) -> None:
    with pytest.raises(BadInput) as caught:
        check_names(parse(text), KNOWN)
    assert (caught.value.problem, caught.value.remedy) == (problem, remedy)


def test_a_tag_or_field_that_nobody_has_is_a_warning() -> None:
    assert check_names(parse("tag:vip and field.team is Sales and segment:press"), KNOWN) == ()
    assert check_names(parse("tag:vipp or not (field.age > 3 or tag:vipp)"), KNOWN) == (
        "nobody has the tag `vipp`; did you mean `vip`?",
        "nobody has the field `age`",
    )
