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


BIG_NEWS = Act("a topic of staff", ["topic", "create", "Big News"], Request("POST", "/topics", {"name": "Big News"}))
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
    creates("define a broadcast to a topic of staff that nobody is in", {**TIP, "segment": "topic:big-news"},
            before=[BIG_NEWS], read=part_of("segment"), told={"segment": "topic:big-news"}),
    creates("define a broadcast that filters and excludes by a topic of staff that nobody is in",
            {**TIP, "filter": "not topic:big-news", "exclude": ["topic:big-news"]}, before=[BIG_NEWS],
            read=part_of("filter", "exclude"), told={"filter": "not topic:big-news", "exclude": ["topic:big-news"]}),
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
            "Did you mean `topic:menu`?"),
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

FORMER = {**TIP, "segment": "former"}
STARTED = part_of("broadcast", "state", "planned", "waiting", "skipped", "reasons")
ONE = {"broadcast": "tip", "state": "running", "planned": 1, "waiting": 1, "skipped": 0, "reasons": {}}
START = {"accept_repeats": True}
DEFINED = creates("defined", FORMER)


def sends(name: str, *, expected: int | None = None, **more: Any) -> Act:
    """Sending a broadcast now."""
    options = ["--yes"] if expected is None else ["--expected", str(expected)]
    body = {**START, "expected": expected}
    return Act(
        name, ["broadcast", "send", "tip", "--accept-repeats", *options, "--json"],
        Request("POST", "/broadcasts/tip/send", body), read=STARTED, **more,
    )  # fmt: skip


SENT = sends("sent")


def does(name: str, what: str, *before: Act, run: str = "tip", **more: Any) -> Act:
    """Pausing, resuming or cancelling the latest run of a broadcast."""
    yes = ["--yes"] if what == "cancel" else []
    return Act(
        name, ["broadcast", what, run, *yes, "--json"], Request("POST", f"/runs/{run}/{what}"), read=STARTED,
        before=before, **more,
    )  # fmt: skip


def in_state(state: str) -> dict[str, Any]:
    skipped = {"waiting": 0, "skipped": 1, "reasons": {"skipped": {"cancelled": 1}}} if state == "cancelled" else {}
    return {**ONE, "state": state, **skipped}


def schedules(name: str, said: Mapping[str, Any] | None, **more: Any) -> Act:
    """Saying when a broadcast is sent by itself."""
    if said is None:
        words = ["--off"]
    else:
        words = [
            word
            for key, value in said.items()
            for word in ([f"--{key}"] if value is True else [f"--{'from' if key == 'start' else key}", str(value)])
        ]
    return Act(
        name, ["broadcast", "schedule", "tip", *words, "--yes", "--accept-repeats", "--json"],
        Request("POST", "/broadcasts/tip/schedule", {**START, "schedule": said}), read=_when, **more,
    )  # fmt: skip


def _when(told: Any) -> Any:
    return told["schedule"] and {key: told["schedule"].get(key) for key in ("at", "rule", "zone") if key in
                                 told["schedule"]}  # fmt: skip


MONDAYS = {"rule": "FREQ=WEEKLY;BYDAY=MO", "start": "2026-01-05T09:00", "zone": "Europe/Paris"}

ACTS += (
    sends("send a broadcast", before=[DEFINED], told=ONE, audit=[("send_broadcast", "run r_new", "tip, 1 of 1")]),
    sends("send a broadcast to as many as expected", expected=3, before=[DEFINED], told=ONE,
          audit=[("send_broadcast", "run r_new", "tip, 1 of 1")]),
    sends("send a broadcast to fewer than expected", expected=8, before=[DEFINED],
          refusal=Refusal("1 people would get it, not 8: nothing was started",
                          "Preview it again, and start it with the number that you see", 409)),
    sends("send a broadcast that is not there",
          refusal=Refusal("there is no broadcast `tip`", "List the broadcasts to see their ids", 404)),
    sends("send a broadcast that is archived",
          before=[DEFINED, Act("archived", ["broadcast", "archive", "tip", "--yes"],
                               Request("DELETE", "/broadcasts/tip", builder=True))],
          refusal=Refusal("tip is archived", "Make a new broadcast", 409)),
    does("pause a run", "pause", DEFINED, SENT, told=in_state("paused"), audit=[("pause_run", "run r_new", "tip")]),
    does("pause a run that is paused", "pause", DEFINED, SENT, does("paused", "pause"), told=in_state("paused")),
    does("resume a run", "resume", DEFINED, SENT, does("paused", "pause"), told=in_state("running"),
         audit=[("resume_run", "run r_new", "tip")]),
    Act("let a schedule go on that is not held", ["broadcast", "resume-schedule", "tip", "--json"],
        Request("POST", "/broadcasts/tip/resume"), before=[DEFINED], read=part_of("held", "version"),
        told={"held": "", "version": 1}),
    Act("let a schedule go on that is not there", ["broadcast", "resume-schedule", "tp", "--json"],
        Request("POST", "/broadcasts/tp/resume"), before=[DEFINED],
        refusal=Refusal("there is no broadcast `tp`", "Did you mean `tip`?", 404)),
    does("resume a run that runs", "resume", DEFINED, SENT, told=in_state("running")),
    does("cancel a run", "cancel", DEFINED, SENT, told=in_state("cancelled"),
         audit=[("cancel_run", "run r_new", "tip")]),
    does("cancel a run that is paused", "cancel", DEFINED, SENT, does("paused", "pause"), told=in_state("cancelled"),
         audit=[("cancel_run", "run r_new", "tip")]),
    does("resume a run that is cancelled", "resume", DEFINED, SENT, does("gone", "cancel"),
         refusal=Refusal("run r_new is cancelled", "It is over: send the broadcast again, or resend what failed", 409)),
    does("pause a run that is not there", "pause", run="tp",
         refusal=Refusal("there is no run `tp`", "See `assent broadcast show BROADCAST`", 404)),
    Act("archive a broadcast that is being sent", ["broadcast", "archive", "tip", "--yes"],
        Request("DELETE", "/broadcasts/tip", builder=True), before=[DEFINED, SENT],
        audit=[("archive_broadcast", "broadcast tip", ""), ("cancel_run", "run r_new", "tip")]),
    Act("list runs", ["broadcast", "runs", "tip", "--json"], Request("GET", "/runs?broadcast=tip"),
        before=[DEFINED, SENT, does("gone", "cancel"), SENT],
        read=lambda told: [one["state"] for one in (told if isinstance(told, list) else told["runs"])],
        told=["running", "cancelled"]),
    Act("list the runs of a broadcast that is not there", ["broadcast", "runs", "tp", "--json"],
        Request("GET", "/runs?broadcast=tp"), before=[DEFINED],
        refusal=Refusal("there is no broadcast `tp`", "Did you mean `tip`?", 404)),
    Act("top a run up that nobody is new for",
        ["broadcast", "top-up", "tip", "--accept-repeats", "--yes", "--json"],
        Request("POST", "/runs/tip/top-up", START), before=[DEFINED, SENT], read=part_of("planned", "waiting"),
        told={"planned": 0, "waiting": 0}, audit=[("top_up_run", "run r_new", "tip, 0 of 0")]),
    schedules("schedule a broadcast", MONDAYS, before=[DEFINED], told={"rule": MONDAYS["rule"], "zone": "Europe/Paris"},
              audit=[("schedule_broadcast", "broadcast tip", "FREQ=WEEKLY;BYDAY=MO Europe/Paris")]),
    schedules("schedule a broadcast once", {"at": "2099-01-15T09:00", "zone": "Europe/Paris"}, before=[DEFINED],
              told={"at": "2099-01-15T09:00", "zone": "Europe/Paris"},
              audit=[("schedule_broadcast", "broadcast tip", "2099-01-15T09:00 Europe/Paris")]),
    schedules("schedule a broadcast as it is", MONDAYS, before=[DEFINED, schedules("before", MONDAYS)],
              told={"rule": MONDAYS["rule"], "zone": "Europe/Paris"}),
    schedules("end a schedule", None, before=[DEFINED, schedules("before", MONDAYS)], told=None,
              audit=[("schedule_broadcast", "broadcast tip", "not scheduled")]),
    schedules("schedule a broadcast for a time that has passed", {"at": "2026-01-15T09:00"}, before=[DEFINED],
              refusal=Refusal("that time has passed", "Give a later one, or send it now")),
    schedules("schedule a broadcast by an unknown zone", {"at": "2099-01-15T09:00", "zone": "Europe/Pari"},
              before=[DEFINED], refusal=Refusal("'Europe/Pari' is not a time zone", "Did you mean Europe/Paris?")),
)  # fmt: skip

PREVIEWED = part_of("receivers", "planned", "reasons", "cuts", "renderings", "occurrence")
VIEW = {
    "receivers": 1, "planned": 1, "reasons": [], "cuts": [], "occurrence": "",
    "renderings": [{"contact": "c_turn-e3_1", "message": "hello",
                    "lines": ["One short tip every Monday?", "  [Yes please] [No thanks]",
                              "# News | News once a month.", "  [Send news] [No news]"]}],
}  # fmt: skip


def previews(name: str, told: Any = None, *before: Act, **more: Any) -> Act:
    return Act(
        name, ["broadcast", "preview", "tip", "--json"], Request("POST", "/broadcasts/tip/preview", {}, viewer=True),
        before=before or (DEFINED,), read=PREVIEWED, told=told, **more,
    )  # fmt: skip


ACTS += (
    previews("preview a broadcast", VIEW),
    previews("preview a broadcast to people who can't get it",
             {**VIEW, "receivers": 0, "planned": 1, "renderings": [],
              "reasons": [{"reason": "no account", "people": 1, "planned": True}]},
             creates("to nobody", {**FORMER, "channels": ["workplace"]})),
    previews("preview a broadcast that leaves people out",
             {**VIEW, "receivers": 0, "planned": 0, "renderings": [],
              "reasons": [{"reason": "opted out", "people": 1, "planned": False}]},
             creates("to press", {**TIP, "segment": "press"})),
    previews("preview a broadcast that is narrowed",
             {**VIEW, "receivers": 0, "planned": 0, "renderings": [],
              "reasons": [{"reason": "left the filter", "people": 1, "planned": False}]},
             creates("narrowed", {**FORMER, "filter": "tag:vip"})),
    previews("preview a broadcast that excludes",
             {**VIEW, "receivers": 0, "planned": 0, "renderings": [],
              "reasons": [{"reason": "excluded", "people": 1, "planned": False}]},
             creates("excluding", {**FORMER, "exclude": ["others"]})),
    previews("preview a broadcast that is scheduled", {**VIEW, "occurrence": "2099-01-15T09:00:00"}, DEFINED,
             schedules("scheduled", {"at": "2099-01-15T09:00"})),
    Act("list who is left out", ["broadcast", "preview", "tip", "--reason", "no account", "--json"],
        Request("GET", "/broadcasts/tip/left-out?reason=no%20account", viewer=True),
        before=[creates("to nobody", {**FORMER, "channels": ["workplace"]})],
        read=lambda told: [one.get("contact") or one["id"]
                           for one in (told if isinstance(told, list) else told["contacts"])],
        told=["c_turn-e3_1"]),
    Act("list who is left out for no reason", ["broadcast", "preview", "tip", "--reason", "cap", "--json"],
        Request("GET", "/broadcasts/tip/left-out?reason=cap", viewer=True), before=[DEFINED],
        refusal=Refusal("nobody is left out for 'cap'", "Everybody gets it", 404)),
)  # fmt: skip

ACTS += (
    Act("send a run again that failed for nobody", ["broadcast", "resend", "tip", "--yes", "--json"],
        Request("POST", "/runs/tip/resend", {"state": "failed"}), before=[DEFINED, SENT],
        read=lambda told: (told["people"], told["run"]["state"]), told=(0, "running")),
    Act("send a run again that is cancelled", ["broadcast", "resend", "tip", "--yes", "--json"],
        Request("POST", "/runs/tip/resend", {"state": "failed"}), before=[DEFINED, SENT, does("gone", "cancel")],
        refusal=Refusal("the time of run r_new is over", "Send the broadcast again, or a top-up", 409)),
)  # fmt: skip
