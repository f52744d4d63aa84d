"""Acts on segments: made, renamed, changed, deleted; members added and removed."""

from collections.abc import Sequence
from typing import Any

from tests.acts.act import Act, part_of
from tests.acts.contacts import BO_IS_CALLED_C_ANA
from tests.acts.doors import Refusal, Request

MADE = part_of("id", "name", "kind", "purpose", "filter", "version")
ANY = {"If-Match": "*"}
BAD_NAME = Refusal("a name has 1 to 100 visible characters", "Write such a name")
BAD_PURPOSE = Refusal("a purpose has at most 1,000 visible characters", "Shorten it, and leave out what can't be seen")
NEW = "segment", "create", "--json"


def creates(name: str, said: dict[str, Any], **expected: Any) -> Act:
    """Making a segment from what is said of it."""
    options = {"id": "--id", "filter": "--filter", "purpose": "--purpose"}
    words = [word for key, value in said.items() if key in options for word in (options[key], _text(value))]
    return Act(
        name, [*NEW, *words, *([said["name"]] if "name" in said else [])], Request("POST", "/segments", said),
        read=MADE, **expected,
    )  # fmt: skip


def _text(value: object) -> str:
    return value if isinstance(value, str) else str(value).replace("'", '"')


def made(key: str, name: str, *, purpose: str = "", filter_: str = "") -> dict[str, Any]:
    kind = "filter" if filter_ else "manual"
    return {"id": key, "name": name, "kind": kind, "purpose": purpose, "filter": filter_, "version": 1}


def changes(name: str, command: Sequence[str], segment: str, said: dict[str, Any], **expected: Any) -> Act:
    """Changing a segment of staff's."""
    request = Request("PATCH", f"/segments/{segment}", said, ANY)
    return Act(name, [*command, "--json"], request, read=part_of("id", "name", "purpose", "filter"), **expected)


def renames(name: str, segment: str, new: str, **expected: Any) -> Act:
    return changes(name, ["segment", "rename", segment, new], segment, {"name": new}, **expected)


def filters(name: str, segment: str, new: Any, **expected: Any) -> Act:
    return changes(name, ["segment", "filter", segment, _text(new)], segment, {"filter": new}, **expected)


def purposes(name: str, segment: str, new: str, **expected: Any) -> Act:
    return changes(name, ["segment", "purpose", segment, new], segment, {"purpose": new}, **expected)


def deletes(name: str, segment: str, *, force: bool = False, **expected: Any) -> Act:
    command = ["segment", "delete", segment, "--yes", *(["--force"] if force else [])]
    return Act(name, command, Request("DELETE", f"/segments/{segment}{'?force=true' if force else ''}"), **expected)


def members(name: str, act: str, segment: str, values: Sequence[str], **expected: Any) -> Act:
    path = f"/segments/{segment}/members" + ("/remove" if act == "remove" else "")
    return Act(
        name, ["segment", act, segment, *values, "--json"], Request("POST", path, {"handles": list(values)}),
        read=_outcomes, **expected,
    )  # fmt: skip


def _outcomes(told: Any) -> list[tuple[str, str]]:
    return [(one["outcome"], one["contact"]) for one in told["outcomes"]]


def counts(name: str, asked: Any, **expected: Any) -> Act:
    command = ["segment", "count", "--filter", _text(asked), "--json"]
    request = Request("POST", "/counts", {"filter": asked})
    return Act(name, command, request, read=part_of("members", "allowed", "reachable"), **expected)


def subscribers(name: str, act: str, subject: str, values: Sequence[str], **expected: Any) -> Act:
    """Adding people to a topic or a sequence, or removing them."""
    kind, _, key = subject.partition(":")
    path = f"/{kind}s/{key}/members" + ("/remove" if act == "remove" else "")
    return Act(
        name, [kind, act, key, *values, "--json"], Request("POST", path, {"handles": list(values)}),
        read=_outcomes, **expected,
    )  # fmt: skip


UNKNOWN = Refusal("there is no segment `pres`", "Did you mean `press`?", 404)
IN_FILTER = Refusal("there is no segment `pres`", "Did you mean `press`?")
CHANNEL = Refusal("there is no channel `taems`", "Did you mean `teams`?")
OF_FLOW = Refusal("tips is a segment of the live flow", "Change it in the flow file, then save and push it", 409)
TAKEN = Refusal("there is a segment called `press` already", "Choose another name", 409)
ID_TAKEN = Refusal("there is a segment `press` already", "Choose another id", 409)
BY_FILTER = Refusal(
    "vips follows from its filter: nobody is added to it or removed by hand",
    "Change its filter, or make a manual segment",
    409,
)
LONG = "tag:" + "a" * 10_000
TOO_LONG = Refusal("the filter has 10,004 characters", "Shorten it to 10,000")
EMPTY = Refusal("the filter is empty", "Write a condition, such as `tag:vip`")

ACTS: tuple[Act, ...] = (
    Act(
        "create a topic",
        ["topic", "create", "Big News", "--purpose", " What is  new. ", "--json"],
        Request("POST", "/topics", {"name": "Big News", "purpose": " What is  new. "}),
        told=made("topic:big-news", "Big News", purpose="What is new."),
        read=MADE,
        audit=[("create_topic", "topic big-news", "")],
    ),
    Act(
        "create a topic that the flow has",
        ["topic", "create", "Other", "--id", "menu", "--json"],
        Request("POST", "/topics", {"name": "Other", "id": "menu"}),
        refusal=Refusal("there is a topic `menu` already", "Choose another id", 409),
    ),
    subscribers(
        "add people to a topic",
        "add",
        "topic:menu",
        ["ana@example.org", "E-2", "c_turn-e1_1", "c_turn-e2_1", "nobody"],
        told=[
            ("added", "c_ana"),
            ("added", "c_bo"),
            ("opted out", "c_turn-e1_1"),
            ("opted out of everything", "c_turn-e2_1"),
            ("unknown", ""),
        ],
        ledger=[("c_ana", "topic:menu", "none", "added"), ("c_bo", "topic:menu", "none", "added")],
        audit=[("add_members", "topic menu", "2 of 5")],
    ),
    subscribers(
        "add somebody to a sequence",
        "add",
        "sequence:welcome",
        ["E-2"],
        told=[("added", "c_bo")],
        ledger=[("c_bo", "sequence:welcome", "none", "added")],
        audit=[("add_members", "sequence welcome", "1 of 1")],
    ),
    subscribers(
        "remove who is in no topic",
        "remove",
        "topic:menu",
        ["E-2"],
        told=[("unchanged", "c_bo")],
        audit=[("remove_members", "topic menu", "0 of 1")],
    ),
    subscribers(
        "add people to a topic that there is not",
        "add",
        "topic:menus",
        ["E-2"],
        refusal=Refusal("there is no topic `menus`", "Did you mean `menu`?", 404),
    ),
    counts(
        "count a topic that there is not",
        "topic:menus",
        refusal=Refusal("there is no topic `menus`", "Did you mean `menu`?"),
    ),
    creates(
        "create a manual segment",
        {"name": " The \t Team ", "purpose": "  What we \n do. "},
        told=made("the-team", "The Team", purpose="What we do."),
        audit=[("create_segment", "segment the-team", "")],
    ),
    creates(
        "create a segment without a name",
        {},
        told=made("segment-1", "Segment #1"),
        audit=[("create_segment", "segment segment-1", "")],
    ),
    creates("create a segment called by blanks", {"name": "  "}, refusal=BAD_NAME),
    creates(
        "create a segment with the longest name",
        {"name": "N" * 100, "id": "n"},
        told=made("n", "N" * 100),
        audit=[("create_segment", "segment n", "")],
    ),
    creates("create a segment with too long a name", {"name": "N" * 101}, refusal=BAD_NAME),
    creates("create a segment with a name that is not seen", {"name": "a\u200bb"}, refusal=BAD_NAME),
    creates("create a segment with a name that is taken", {"name": "press"}, refusal=TAKEN),
    creates("create a segment with an id that is taken", {"name": "New", "id": "press"}, refusal=ID_TAKEN),
    creates(
        "create a segment with an id of the flow",
        {"name": "New", "id": "tips"},
        refusal=Refusal("there is a segment `tips` already", "Choose another id", 409),
    ),
    creates(
        "create a segment with an id that can't be one",
        {"name": "New", "id": "Wrong Id"},
        refusal=Refusal("an id has a to z, digits, - and _, and at most 60 of them: not 'Wrong Id'", "Correct it"),
    ),
    creates(
        "create a segment with the longest purpose",
        {"id": "p", "name": "P", "purpose": "p" * 1000},
        told=made("p", "P", purpose="p" * 1000),
        audit=[("create_segment", "segment p", "")],
    ),
    creates("create a segment with too long a purpose", {"name": "P", "purpose": "p" * 1001}, refusal=BAD_PURPOSE),
    creates(
        "create a filter segment",
        {"name": "Both", "filter": 'tag:vip  and email is "ana@example.org"'},
        told=made("both", "Both", filter_='tag:vip and email is "ana@example.org"'),
        audit=[("create_segment", "segment both", 'tag:vip and email is "…"')],
    ),
    creates(
        "create a filter segment by JSON",
        {"name": "Both", "filter": {"tag": "vip"}},
        told=made("both", "Both", filter_="tag:vip"),
        audit=[("create_segment", "segment both", "tag:vip")],
    ),
    creates(
        "create a filter segment by JSON in a text",
        {"name": "Both", "filter": '{"tag": "vip"}'},
        told=made("both", "Both", filter_="tag:vip"),
        audit=[("create_segment", "segment both", "tag:vip")],
    ),
    creates(
        "create a filter segment on one that a former flow had",
        {"name": "Both", "filter": "segment:former"},
        told=made("both", "Both", filter_="segment:former"),
        audit=[("create_segment", "segment both", "segment:former")],
    ),
    creates("create a filter segment on an unknown segment", {"filter": "not segment:pres"}, refusal=IN_FILTER),
    creates("create a filter segment on an unknown channel", {"filter": "not channel:taems"}, refusal=CHANNEL),
    creates(
        "create a filter segment on a tag that nobody has",
        {"name": "Both", "filter": "tag:vpi"},
        told=made("both", "Both", filter_="tag:vpi"),
        audit=[("create_segment", "segment both", "tag:vpi")],
        warnings=["nobody has the tag `vpi`; did you mean `vip`?"],
    ),
    creates(
        "create a filter segment on a field that nobody has",
        {"name": "Both", "filter": "field.taem is red"},
        told=made("both", "Both", filter_='field.taem is "red"'),
        audit=[("create_segment", "segment both", 'field.taem is "…"')],
        warnings=["nobody has the field `taem`; did you mean `team`?"],
    ),
    creates("create a filter segment with an empty filter", {"filter": ""}, refusal=EMPTY),
    creates("create a filter segment with a filter of blanks", {"filter": "  "}, refusal=EMPTY),
    creates("create a filter segment with too long a filter", {"filter": LONG}, refusal=TOO_LONG),
    creates(
        "create a filter segment on itself",
        {"name": "Self", "id": "self", "filter": "segment:self"},
        refusal=Refusal(
            "filters depend on each other in a circle: `self` → `self`",
            "Take `segment:self` out of the filter of `self`, or break the circle elsewhere",
        ),
    ),
    renames(
        "rename a segment",
        "press",
        " The   press ",
        told={"id": "press", "name": "The press", "purpose": "", "filter": ""},
        audit=[("rename_segment", "segment press", "Press → The press")],
    ),
    renames(
        "rename a segment to the name it has",
        "press",
        " Press ",
        told={"id": "press", "name": "Press", "purpose": "", "filter": ""},
    ),
    renames(
        "rename a segment in another case",
        "press",
        "PRESS",
        told={"id": "press", "name": "PRESS", "purpose": "", "filter": ""},
        audit=[("rename_segment", "segment press", "Press → PRESS")],
    ),
    renames(
        "rename a segment to a name that is taken",
        "board",
        "PRESS",
        refusal=Refusal("there is a segment called `PRESS` already", "Choose another name", 409),
    ),
    renames(
        "rename a segment to a name of the flow",
        "board",
        "Tips",
        refusal=Refusal("there is a segment called `Tips` already", "Choose another name", 409),
    ),
    renames("rename a segment to nothing", "press", "", refusal=BAD_NAME),
    renames("rename a segment to too long a name", "press", "N" * 101, refusal=BAD_NAME),
    renames("rename a segment that is not there", "pres", "Press", refusal=UNKNOWN),
    renames("rename a segment of the flow", "tips", "Tricks", refusal=OF_FLOW),
    purposes(
        "give a segment a purpose",
        "press",
        " For  the press. ",
        told={"id": "press", "name": "Press", "purpose": "For the press.", "filter": ""},
        audit=[("change_purpose", "segment press", "For the press.")],
    ),
    purposes("give a segment too long a purpose", "press", "p" * 1001, refusal=BAD_PURPOSE),
    purposes(
        "give a segment the purpose it has",
        "press",
        "",
        told={"id": "press", "name": "Press", "purpose": "", "filter": ""},
    ),
    filters(
        "change a filter",
        "vips",
        'email is "bo@example.org"',
        told={"id": "vips", "name": "Vips", "purpose": "", "filter": 'email is "bo@example.org"'},
        audit=[("change_filter", "segment vips", 'tag:vip → email is "…"')],
    ),
    filters(
        "change a filter to what it is",
        "vips",
        {"tag": "vip"},
        told={"id": "vips", "name": "Vips", "purpose": "", "filter": "tag:vip"},
    ),
    filters(
        "change a filter to a tag that nobody has",
        "vips",
        "tag:vpi",
        told={"id": "vips", "name": "Vips", "purpose": "", "filter": "tag:vpi"},
        audit=[("change_filter", "segment vips", "tag:vip → tag:vpi")],
        warnings=["nobody has the tag `vpi`; did you mean `vip`?"],
    ),
    filters("change a filter to an unknown segment", "vips", "segment:pres", refusal=IN_FILTER),
    filters("change a filter to an unknown channel", "vips", "channel:taems", refusal=CHANNEL),
    filters(
        "change a filter into a circle",
        "vips",
        "segment:vips",
        refusal=Refusal(
            "filters depend on each other in a circle: `vips` → `vips`",
            "Take `segment:vips` out of the filter of `vips`, or break the circle elsewhere",
        ),
    ),
    filters("change a filter to nothing", "vips", "", refusal=EMPTY),
    filters(
        "give a manual segment a filter",
        "press",
        "tag:vip",
        refusal=Refusal("press is a manual segment", "Make a new segment with the filter", 409),
    ),
    filters(
        "change the filter of a segment that is not there",
        "vip",
        "tag:vip",
        refusal=Refusal("there is no segment `vip`", "Did you mean `vips`?", 404),
    ),
    deletes("delete a segment", "vips", audit=[("delete_segment", "segment vips", "members: 0")]),
    deletes(
        "delete a segment with members",
        "board",
        force=True,
        before=[members("add to the board", "add", "board", ["ana@example.org", "E-2"])],
        ledger=[
            ("c_ana", "board", "added", "none", "the segment was deleted"),
            ("c_bo", "board", "added", "none", "the segment was deleted"),
        ],
        audit=[("delete_segment", "segment board", "members: 2")],
    ),
    deletes(
        "delete a segment twice",
        "vips",
        before=[deletes("delete it", "vips")],
        refusal=Refusal("there is no segment `vips`", "Did you mean `tips`?", 404),
    ),
    deletes(
        "delete a segment that a filter names",
        "press",
        force=True,
        refusal=Refusal("press is in use: filter of others", "Change those filters first", 409),
    ),
    deletes(
        "delete a segment that the flow names",
        "board",
        refusal=Refusal(
            "board is in use: keyword *board* of the live flow",
            "Take it out of the flow and push that, or force the deletion",
            409,
        ),
    ),
    deletes("delete a segment of the flow", "tips", force=True, refusal=OF_FLOW),
    deletes("delete a segment that is not there", "pres", refusal=UNKNOWN),
    members(
        "add members",
        "add",
        "press",
        ["ANA@example.org", "E-2", "c_bo", "ana@example.org ", "teams 29:ana"],
        told=[("added", "c_ana"), ("added", "c_bo"), ("added", "c_bo"), ("added", "c_ana"), ("added", "c_ana")],
        ledger=[("c_ana", "press", "none", "added"), ("c_bo", "press", "none", "added")],
        audit=[("add_members", "segment press", "2 of 5")],
    ),
    members(
        "add who has the id, not who has it as their external id",
        "add",
        "press",
        ["c_ana"],
        before=[BO_IS_CALLED_C_ANA],
        told=[("added", "c_ana")],
        ledger=[("c_ana", "press", "none", "added")],
        audit=[("add_members", "segment press", "1 of 1")],
    ),
    members(
        "add members twice",
        "add",
        "press",
        ["E-2", "c_ana"],
        before=[members("add one", "add", "press", ["E-2"])],
        told=[("unchanged", "c_bo"), ("added", "c_ana")],
        ledger=[("c_ana", "press", "none", "added")],
        audit=[("add_members", "segment press", "1 of 2")],
    ),
    members(
        "add members who can't be",
        "add",
        "press",
        [
            "none@example.org",
            "c_none",
            "x@",
            "two words",
            "twice@example.org",
            "teams cy",
            "teams dee",
            "eve@example.org",
            "c_eve",
            "x" * 300,
        ],
        told=[
            ("unknown", ""),
            ("unknown", ""),
            ("malformed", ""),
            ("unknown", ""),
            ("several people", ""),
            ("opted out", "c_turn-e1_1"),
            ("opted out of everything", "c_turn-e2_1"),
            ("erased", ""),
            ("unknown", ""),
            ("malformed", ""),
        ],
        audit=[("add_members", "segment press", "0 of 10")],
    ),
    members(
        "add members to a segment of the flow",
        "add",
        "tips",
        ["E-2"],
        told=[("added", "c_bo")],
        ledger=[("c_bo", "tips", "none", "added")],
        audit=[("add_members", "segment tips", "1 of 1")],
    ),
    members("add members to a filter segment", "add", "vips", ["E-2"], refusal=BY_FILTER),
    members("add members to a segment that is not there", "add", "pres", ["E-2"], refusal=UNKNOWN),
    members(
        "add nobody",
        "add",
        "press",
        [],
        refusal=Refusal("nobody is named", "Give e-mail addresses, external ids, accounts or contact ids"),
    ),
    members(
        "remove members",
        "remove",
        "press",
        ["E-2", "ana@example.org", "teams cy"],
        before=[members("add one", "add", "press", ["E-2"])],
        told=[("removed", "c_bo"), ("unchanged", "c_ana"), ("opted out", "c_turn-e1_1")],
        ledger=[("c_bo", "press", "added", "none")],
        audit=[("remove_members", "segment press", "1 of 3")],
    ),
    members("remove members of a filter segment", "remove", "vips", ["E-2"], refusal=BY_FILTER),
    counts("count who meets a filter", "tag:vip", told={"members": 1, "allowed": 1, "reachable": 1}),
    counts("count by JSON in a text", '{"not": {"tag": "vip"}}', told={"members": 6, "allowed": 5, "reachable": 2}),
    counts(
        "count by a tag that nobody has",
        "tag:vpi",
        told={"members": 0, "allowed": 0, "reachable": 0},
        warnings=["nobody has the tag `vpi`; did you mean `vip`?"],
    ),
    counts("count by an unknown segment", "not segment:pres", refusal=IN_FILTER),
    counts("count by an unknown channel", "not channel:taems", refusal=CHANNEL),
    counts("count by an empty filter", "", refusal=EMPTY),
    counts("count by too long a filter", LONG, refusal=TOO_LONG),
    Act(
        "list the segments",
        ["segment", "list", "--json"],
        Request("GET", "/segments"),
        read=lambda told: [
            (one["id"], one["kind"], one["made_by"], one["members"])
            for one in (told if isinstance(told, list) else told["segments"])
        ],
        told=[
            ("tips", "manual", "flow", 0),
            ("news", "manual", "flow", 0),
            ("board", "manual", "staff", 0),
            ("others", "filter", "staff", 7),
            ("press", "manual", "staff", 0),
            ("vips", "filter", "staff", 1),
        ],
    ),
    Act(
        "list the members of a segment that a former flow had",
        ["segment", "show", "former", "--json"],
        Request("GET", "/segments/former/members"),
        read=lambda told: [
            one["contact"]["id"] if "contact" in one else one["id"]
            for one in (told if isinstance(told, list) else told["contacts"])
        ],
        told=["c_turn-e3_1"],
        seen=[("unmask", "segment former", "")],
    ),
    Act(
        "list the members of a segment that is not there",
        ["segment", "show", "pres", "--json"],
        Request("GET", "/segments/pres/members"),
        refusal=UNKNOWN,
    ),
    Act(
        "list the segments of a bot that is not there",
        ["segment", "list", "--bot", "demos", "--json"],
        Request("GET", "/segments", bot="demos"),
        refusal=Refusal("there is no bot `demos`", "Did you mean `demo`?", 404),
    ),
    Act(
        "list what staff did to somebody, and to everybody",
        ["audit", "list", "--target", "segment press", "--json"],
        Request("GET", "/audit?target=segment%20press"),
        before=[renames("rename it", "press", "The press"), purposes("give another one a purpose", "board", "Bored.")],
        read=lambda told: [
            (one["action"], one["target"]) for one in (told if isinstance(told, list) else told["rows"])
        ],
        told=[("rename_segment", "segment press")],
    ),
    Act(
        "prove the consent of somebody to an unknown segment",
        ["proof", "c_ana", "--segment", "pres", "--json"],
        Request("GET", "/contacts/c_ana/proof?segment=pres"),
        refusal=UNKNOWN,
    ),
)
