"""Acts on broadcasts: defined, changed, shown, listed, archived."""

from collections.abc import Mapping
from typing import Any

from tests.acts.act import Act, part_of
from tests.acts.doors import Refusal, Request

ANY = {"If-Match": "*"}
OPTIONS = {
    "id": "--id", "segment": "--to", "message": "--message", "filter": "--filter", "audience": "--audience",
    "quiet": "--quiet", "holdout": "--holdout",
}  # fmt: skip
SEVERAL = {"exclude": "--exclude", "channels": "--channel"}
TIP = {"name": "Tip", "segment": "tips", "message": "hello"}


def _options(said: Mapping[str, Any]) -> list[str]:
    words: list[str] = []
    for key, value in said.items():
        if key in OPTIONS:
            words += [OPTIONS[key], str(value)]
        elif key in SEVERAL:
            words += [word for each in value for word in (SEVERAL[key], each)]
        elif key == "variants":
            words += [w for one in value for w in ("--variant", f"{one['name']}={one['message']}:{one['share']}")]
        elif key in ("expires_after", "patience"):
            words += [f"--{key.replace('_', '-')}", f"{value}s"]
        elif key == "cap_exempt":
            words += ["--cap-exempt" if value else "--capped"]
    return words


def creates(name: str, said: Mapping[str, Any], **expected: Any) -> Act:
    """Defining a broadcast of what is said of it."""
    if "refusal" not in expected:
        expected = {"audit": [("create_broadcast", "broadcast tip", f"to {said['segment']}")], **expected}
    command = ["broadcast", "create", said["name"], *_options(said), "--json"]
    return Act(name, command, Request("POST", "/broadcasts", dict(said), builder=True), **expected)


def edits(name: str, broadcast: str, said: Mapping[str, Any], **expected: Any) -> Act:
    command = ["broadcast", "edit", broadcast, *_options(said), "--json"]
    if "name" in said:
        command += ["--name", said["name"]]
    request = Request("PATCH", f"/broadcasts/{broadcast}", dict(said), ANY, builder=True)
    return Act(name, command, request, before=[creates("before", TIP)], **expected)


def refuses(name: str, more: Mapping[str, Any], problem: str, remedy: str, status: int = 422) -> Act:
    said = {name: value for name, value in {**TIP, **more}.items() if value is not None}
    return creates(name, said, refusal=Refusal(problem, remedy, status))


VARIANTS = [{"name": "a", "message": "hello", "share": 50}, {"name": "b", "message": "ask", "share": 50}]

ACTS: tuple[Act, ...] = (
    creates(
        "define a broadcast",
        {**TIP, "filter": {"tag": "vip"}, "exclude": ["press"], "channels": ["teams"], "audience": "live",
         "quiet": " 21:00-08:00", "holdout": 10, "expires_after": 3600, "patience": 60, "cap_exempt": True}
        | {"filter": "tag:vip"},
        read=part_of("id", "name", "segment", "message", "filter", "exclude", "channels", "audience", "quiet",
                     "holdout", "expires_after", "patience", "cap_exempt", "version", "schedule"),
        told={"id": "tip", "name": "Tip", "segment": "tips", "message": "hello", "filter": "tag:vip",
              "exclude": ["press"], "channels": ["teams"], "audience": "live", "quiet": "21:00-08:00", "holdout": 10,
              "expires_after": 3600, "patience": 60, "cap_exempt": True, "version": 1, "schedule": None},
    ),
    creates("define a broadcast with variants", {"name": "Tip", "segment": "tips", "variants": VARIANTS},
            read=part_of("message", "variants"), told={"message": "", "variants": VARIANTS}),
    creates("define a broadcast to a filter segment", {**TIP, "segment": "vips"}, read=part_of("segment"),
            told={"segment": "vips"}),
    creates("define a broadcast with an id", {**TIP, "name": "A tip", "id": "tip"}, read=part_of("id", "name"),
            told={"id": "tip", "name": "A tip"}),
    creates("define a broadcast that leans on a tag that nobody has", {**TIP, "filter": "tag:vjp"},
            read=part_of("filter"), told={"filter": "tag:vjp"},
            warnings=["nobody has the tag `vjp`; did you mean `vip`?"]),
    refuses("define a broadcast to no segment", {"segment": None}, "it does not say whose consent it stands on",
            "Name a segment, or topic:ID"),
    refuses("define a broadcast to an unknown segment", {"segment": "tps"}, "there is no segment `tps`",
            "Did you mean `tips`?"),
    refuses("define a broadcast to an unknown topic", {"segment": "topic:tips"}, "there is no topic `topic:tips`",
            "The bot has none of this name: see its topics"),
    refuses("define a broadcast to a sequence", {"segment": "sequence:tips"}, "a sequence sends its own steps",
            "Name a segment or a topic"),
    refuses("define a broadcast that says nothing", {"message": None}, "it says nothing",
            "Give a message of the live flow, or words of its own"),
    refuses("define a broadcast of an unknown message", {"message": "helo"}, "the live flow has no message `helo`",
            "Did you mean `hello`?"),
    refuses("define a broadcast of two messages", {"variants": VARIANTS}, "it says more than one thing",
            "Give one of message, words and variants"),
    refuses("define a broadcast with shares that don't add up",
            {"message": None, "variants": [VARIANTS[0], {**VARIANTS[1], "share": 40}]},
            "the shares make 90 percent", "Let them make 100"),
    refuses("define a broadcast with one variant", {"message": None, "variants": VARIANTS[:1]}, "there are 1",
            "Give 2 to 5, or a message"),
    refuses("define a broadcast with an unknown exclude", {"exclude": ["press", "pres"]}, "there is no segment `pres`",
            "Did you mean `press`?"),
    refuses("define a broadcast that excludes its audience", {"exclude": ["tips"]},
            "it excludes the segment that it goes to", "Leave it out"),
    refuses("define a broadcast with too many excludes", {"exclude": ["press"] * 21}, "more than 20 segments",
            "Make a filter segment of them, and exclude that"),
    refuses("define a broadcast on an unknown channel", {"channels": ["taems"]}, "there is no channel `taems`",
            "Did you mean `teams`?"),
    refuses("define a broadcast with no quiet hours that can be read", {"quiet": "at night"},
            "'at night' is not a span of hours", "Write two times of the day such as 21:00-08:00"),
    refuses("define a broadcast with a filter on an unknown segment", {"filter": "segment:pres"},
            "there is no segment `pres`", "Did you mean `press`?"),
    refuses("define a broadcast with a bad id", {"id": "Tip!"},
            "an id has a to z, digits, - and _, and at most 54 of them: not 'Tip!'", "Correct it"),
    Act(
        "define a broadcast whose name is taken",
        ["broadcast", "create", "TIP", "--to", "tips", "--message", "hello", "--json"],
        Request("POST", "/broadcasts", {**TIP, "name": "TIP"}, builder=True),
        before=[creates("before", TIP)],
        refusal=Refusal("there is a broadcast called `TIP` already", "Choose another name", 409),
    ),
    edits("change a broadcast", "tip", {"message": "ask", "name": "Question"},
          read=part_of("id", "name", "message", "version"),
          told={"id": "tip", "name": "Question", "message": "ask", "version": 2},
          audit=[("edit_broadcast", "broadcast tip", "name, message")]),
    edits("change a broadcast by its name", "Tip", {"audience": "live"}, read=part_of("audience"),
          told={"audience": "live"}, audit=[("edit_broadcast", "broadcast tip", "audience")]),
    edits("change a broadcast to variants", "tip", {"variants": VARIANTS}, read=part_of("message", "variants"),
          told={"message": "", "variants": VARIANTS},
          audit=[("edit_broadcast", "broadcast tip", "message, variants")]),
    edits("change a broadcast to what it is", "tip", {"message": "hello"}, read=part_of("version"),
          told={"version": 1}),
    edits("change a broadcast that is not there", "tp", {"message": "hello"},
          refusal=Refusal("there is no broadcast `tp`", "Did you mean `tip`?", 404)),
    Act(
        "list broadcasts",
        ["broadcast", "list", "--json"],
        Request("GET", "/broadcasts"),
        before=[creates("one", TIP), creates("other", {**TIP, "name": "An offer"})],
        read=lambda told: [one["id"] for one in (told if isinstance(told, list) else told["broadcasts"])],
        told=["an-offer", "tip"],
    ),
    Act(
        "show a broadcast",
        ["broadcast", "show", "tip", "--json"],
        Request("GET", "/broadcasts/tip"),
        before=[creates("before", TIP)],
        read=part_of("id", "segment", "archived"),
        told={"id": "tip", "segment": "tips", "archived": False},
    ),
    Act(
        "archive a broadcast",
        ["broadcast", "archive", "tip", "--yes"],
        Request("DELETE", "/broadcasts/tip", builder=True),
        before=[creates("before", TIP)],
        audit=[("archive_broadcast", "broadcast tip", "")],
    ),
    Act(
        "archive a broadcast that is archived",
        ["broadcast", "archive", "tip", "--yes"],
        Request("DELETE", "/broadcasts/tip", builder=True),
        before=[creates("one", TIP),
                Act("two", ["broadcast", "archive", "tip", "--yes"],
                    Request("DELETE", "/broadcasts/tip", builder=True))],
    ),
)  # fmt: skip
