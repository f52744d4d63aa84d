"""Small bots, drafts that a builder might make of them, and what people and staff do meanwhile."""

import copy
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from consent.membership import Act

Values = dict[str, Any]

PEOPLE = ("ana", "ben")
PLACES = (0, 1)
"""Conversations of each."""
MESSAGES = ("m0", "m1", "m2", "m3")
SEGMENTS = ("tips", "news")
FILTERS = {"vips": "tag:vip", "readers": "segment:tips"}
"""Segments of staff by filter: simple enough to be told by hand."""
WORDS = ("hi", "pet", "join", "leave", "menu", "Rex", "what?", "stop", "start")

_messages = st.sampled_from(MESSAGES)
_segments = st.sampled_from(SEGMENTS)
_tags = st.sampled_from(("vip", "lost"))
_pets = st.sampled_from(("cat", "dog"))


@dataclass(frozen=True)
class Says:
    """Somebody types, `late` hours before it arrives, `copies` times.

    `instead` is what they type where the other bot showed them something else before; None: nothing.
    """

    person: str
    place: int
    text: str
    instead: str | None
    late: int
    copies: int


@dataclass(frozen=True)
class Presses:
    """Somebody presses one of the buttons that the conversation has shown."""

    person: str
    place: int
    back: int
    late: int
    copies: int


@dataclass(frozen=True)
class Begins:
    """Somebody adds the bot."""

    person: str
    place: int = 0


@dataclass(frozen=True)
class StaffChange:
    person: str
    act: Act
    segment: str


@dataclass(frozen=True)
class StaffEdit:
    """Staff add or remove a tag, or set a field."""

    person: str
    tag: str = ""
    remove: bool = False
    pet: str | None = None


@dataclass(frozen=True)
class StaffMerge:
    """Staff know that the two are one: the first is kept. `audited`: a row of the audit is left of it."""

    person: str
    gone: str
    audited: bool = True


@dataclass(frozen=True)
class StaffErase:
    person: str


Act_ = Says | Presses | Begins | StaffChange | StaffEdit | StaffMerge | StaffErase


@dataclass(frozen=True)
class Step:
    """Something is done, some minutes after what was before."""

    minutes: int
    act: Act_


@dataclass(frozen=True)
class Push:
    """A live bot, a draft of it, and the labels that the draft's buttons have instead of the live ones."""

    live: Values
    draft: Values
    relabelled: dict[str, str]


# -- bots


class _Labels:
    """Gives each button words of its own, so that words tell which button it is."""

    def __init__(self) -> None:
        self._given = 0

    def next(self) -> str:
        self._given += 1
        return f"Button {self._given}"


_actions: st.SearchStrategy[Values] = st.one_of(
    st.fixed_dictionaries({"opt_in": _segments, "reply": _messages}),
    st.fixed_dictionaries({"opt_in": _segments, "reply": _messages}),
    st.fixed_dictionaries({"opt_out": _segments, "reply": _messages}),
    st.fixed_dictionaries({"subscription": st.sampled_from(("in", "out")), "reply": _messages}),
    st.fixed_dictionaries({"message": _messages}),
)
_conditions = st.one_of(
    st.fixed_dictionaries({"segment": _segments, "is": st.sampled_from(("member", "opted_out"))}),
    st.fixed_dictionaries({"segment": st.sampled_from(sorted(FILTERS)), "is": st.just("member")}),
    st.fixed_dictionaries({"field": st.just("pet"), "is": _pets}),
    st.fixed_dictionaries({"tag": _tags}),
)
_asks = st.sampled_from(("Good day.", "A tip a week?"))
"""Words above buttons. None are a person's own: whoever is erased takes them along, and the button with them."""
_texts = st.sampled_from(("Good day.", "A tip a week?", "Dear {{ field.pet | default('friend') }},"))
_effects: st.SearchStrategy[Values] = st.one_of(
    st.fixed_dictionaries({"set": st.just("pet"), "to": _pets}),
    st.just({"clear": "pet"}),
    st.fixed_dictionaries({"add_tag": _tags}),
    st.fixed_dictionaries({"remove_tag": _tags}),
    st.fixed_dictionaries({"text": _texts}),
)


@st.composite
def _ifs(draw: st.DrawFn) -> Values:
    part = {"if": draw(_conditions), "then": draw(st.lists(_effects, min_size=1, max_size=2))}
    if draw(st.booleans()):
        part["else"] = draw(st.lists(_effects, min_size=1, max_size=1))
    return part


_parts: st.SearchStrategy[Values] = st.one_of(
    _effects,
    _ifs(),
    st.fixed_dictionaries({"wait": st.sampled_from(("10m", "3h"))}),
    st.just({"question": "What is your pet called?", "type": "text", "field": "pet"}),
    st.just({"hand_over": "Somebody comes."}),
)  # fmt: skip


def _text_with_buttons(draw: st.DrawFn, labels: _Labels) -> Values:
    buttons = [{"label": labels.next(), **draw(_actions)} for _ in range(draw(st.integers(1, 3)))]
    return {"text": draw(_asks), "buttons": buttons}


def _message(draw: st.DrawFn, labels: _Labels) -> Values:
    parts: list[Values] = draw(st.lists(_effects | _parts, max_size=2))
    if draw(st.integers(0, 3)):
        parts.insert(draw(st.integers(0, len(parts))), _text_with_buttons(draw, labels))
    return {"parts": parts or [{"text": "Well."}]}


_RULES = {"hi": "m1", "pet": "m2", "join": "m3", "leave": "m3", "menu": "m0"}


def _rule(draw: st.DrawFn, word: str) -> Values:
    consent = draw(
        st.sampled_from(({}, {"opt_in": "tips"}, {"opt_out": "tips"}, {"opt_in": "news"}, {"opt_out": "news"}))
    )
    return {"is": word, "message": _RULES[word], **consent}


def _live(draw: st.DrawFn, labels: _Labels) -> Values:
    return {
        "assent": "1",
        "bot": "care",
        "name": "Care",
        "languages": ["en"],
        "segments": {name: {"name": name.title(), "purpose": f"{name.title()} a week."} for name in SEGMENTS},
        "fields": {"pet": {"type": "text"}},
        "tags": ["vip", "lost"],
        "welcome": "m0",
        "default": draw(st.sampled_from(("sorry", "m0", "m1"))),
        "keywords": [_rule(draw, word) for word in _RULES if draw(st.sampled_from((True, True, False)))],
        "messages": {**{name: _message(draw, labels) for name in MESSAGES}, "sorry": {"parts": [{"text": "Pardon?"}]}},
    }


def _change_buttons(draw: st.DrawFn, parts: list[Values], labels: _Labels, relabelled: dict[str, str]) -> None:
    """Change the buttons of one message in one way, so that it is plain which is which."""
    buttons = [(part["buttons"], place) for part in parts for place in range(len(part.get("buttons", [])))]
    how = draw(st.sampled_from(("relabel", "remove", "add", "act", "move")))
    if how == "add" or not buttons:
        parts.append(_text_with_buttons(draw, labels))
        return
    row, place = draw(st.sampled_from(buttons))
    label = row[place]["label"]
    if how == "relabel":
        relabelled[label] = row[place]["label"] = f"{label}, please"
    elif how == "remove":
        del row[place]
    elif how == "act":
        row[place] = {"label": label, **draw(_actions)}
    else:
        row.reverse()


def _change_parts(draw: st.DrawFn, parts: list[Values]) -> None:
    place = draw(st.integers(0, len(parts)))
    if place < len(parts) and len(parts) > 1 and "buttons" not in parts[place] and draw(st.booleans()):
        del parts[place]
    else:
        parts.insert(place, draw(_parts))


def _change_keywords(draw: st.DrawFn, draft: Values) -> None:
    word = draw(st.sampled_from(sorted(_RULES)))
    draft["keywords"] = [rule for rule in draft["keywords"] if rule["is"] != word]
    if draw(st.sampled_from((True, True, False))):
        draft["keywords"].append(_rule(draw, word))


def _change(draw: st.DrawFn, draft: Values, message: str) -> None:
    """Change one thing of a draft besides buttons."""
    parts: list[Values] = draft["messages"][message]["parts"]
    match draw(st.sampled_from(("keyword", "keyword", "part", "part", "text", "purpose", "default"))):
        case "keyword":
            _change_keywords(draw, draft)
        case "part":
            _change_parts(draw, parts)
        case "text":
            for part in parts:
                if "text" in part:
                    part["text"] = "Shall we?"
        case "purpose":
            draft["segments"][draw(_segments)]["purpose"] = "Something else."
        case _:
            draft["default"] = draw(st.sampled_from(("sorry", "m0", "m1", "m2")))


@st.composite
def pushes(draw: st.DrawFn) -> Push:
    """A live bot and a draft that differs in a few things, or in none."""
    labels = _Labels()
    live = _live(draw, labels)
    draft = copy.deepcopy(live)
    relabelled: dict[str, str] = {}
    for message in draw(st.lists(_messages, max_size=2, unique=True)):
        _change_buttons(draw, draft["messages"][message]["parts"], labels, relabelled)
    for _ in range(draw(st.sampled_from((2, 3, 1, 0)))):
        _change(draw, draft, draw(_messages))
    return Push(live, draft, relabelled)


# -- what happens

_people = st.sampled_from(PEOPLE)
_places = st.sampled_from((0, 0, 0, 1))
_copies = st.sampled_from((1, 1, 1, 2))
_late = st.sampled_from((0, 0, 0, 1, 6))
_says = st.builds(
    Says, _people, _places, st.sampled_from(WORDS), st.none() | st.sampled_from(WORDS), _late, _copies
)  # fmt: skip
_presses = st.builds(Presses, _people, _places, st.integers(0, 5), _late, _copies)
_staff: st.SearchStrategy[Act_] = st.one_of(
    st.builds(StaffChange, _people, st.sampled_from((Act.ADD, Act.ADD, Act.REMOVE)), _segments),
    st.builds(StaffEdit, _people, tag=_tags, remove=st.booleans()),
    st.builds(StaffEdit, _people, pet=_pets),
)
_rare: st.SearchStrategy[Act_] = st.one_of(
    st.sampled_from((StaffMerge("ana", "ben"), StaffMerge("ben", "ana"))),
    st.sampled_from((StaffMerge("ana", "ben"), StaffMerge("ana", "ben", audited=False), StaffErase("ben"))),
    st.builds(Begins, _people),
)
_KINDS = (_says, _presses, _staff, _says, _presses, _says, _presses, _staff, _rare)
_acts: st.SearchStrategy[Act_] = st.integers(0, len(_KINDS) - 1).flatmap(lambda kind: _KINDS[kind])
_steps = st.builds(Step, st.sampled_from((1, 1, 5, 30, 200)), _acts)
scripts = st.lists(_steps, min_size=7, max_size=18).map(
    lambda steps: [Step(1, Begins("ana")), Step(1, Begins("ben")), *steps]
)
