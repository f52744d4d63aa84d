"""Bots of every shape that a flow file can have: with faults in what they refer to, and texts that can't render."""

import hashlib
import json
from typing import Any

from hypothesis import strategies as st

from flows.compile import compile_revision
from flows.model.bot import Bot
from flows.revision import Revision

Values = dict[str, Any]

MESSAGES = ("m0", "m1", "m2", "m3")
SEGMENTS = ("tips", "events")
FILTERS = {
    "buyers": "event:paid and not segment:tips",
    "toured": "(completed flow:tour or segment:buyers) and not segment:events",
    "lapsed": "last_seen not within 1h or last_seen is unknown",
    "named": 'tag:vip or first_name starts with "a" or talked_with:Ben or field age at least 18',
    "round": "segment:again or event:hand_over",
    "again": "segment:round",
    "later": "a word that this version does not know",
}
"""Segments that staff made, as text: such that lean on others, go round, or can't be read."""

FIELDS = {"name": "text", "age": "number", "mail": "email", "since": "date", "team": "choice", "language": "text"}

messages = st.sampled_from((*MESSAGES, *MESSAGES, "gone"))
segments = st.sampled_from((*SEGMENTS, *SEGMENTS, "gone"))
asked = st.sampled_from((*SEGMENTS, *FILTERS, "winter", "gone"))
fields = st.sampled_from(sorted(FIELDS))
tags = st.sampled_from(("vip", "new"))

plain = st.sampled_from(("Hello.", "Would you like tips?", "¿Qué tal?", "你好", "More", "Stop"))
words = plain | st.sampled_from(
    (
        "Dear {{ contact.first_name | default('you') }}",
        "{{ contact.nothing }}",
        "{{ contact.last_name | default('') }} {{ contact.country }}",
        "{{ field.age }} years",
        "{{ segment.tips.purpose }} {{ segment.gone.name }}",
        "{{ bot.name }}, {{ contact.name | upper }}",
        "{% if field.team == 'Sales' %}Sell{% else %}Care{% endif %}",
        "{{ broken",
        "{% for x in contact %}{% endfor %}",
        "}} odd {{",
    )
)
texts = words | st.fixed_dictionaries({"en": words, "fr": words})
labels = st.sampled_from(("Yes", "No", "More", "Stop it", "{{ contact.nothing }}", "Oui"))

buttons: st.SearchStrategy[Values] = st.one_of(
    st.fixed_dictionaries({"label": labels, "message": messages}),
    st.fixed_dictionaries({"label": labels, "url": st.just("https://example.org/")}),
    st.fixed_dictionaries({"label": labels, "opt_in": segments, "reply": messages}),
    st.fixed_dictionaries({"label": labels, "opt_in": st.just("winter"), "create": st.booleans(), "reply": messages}),
    st.fixed_dictionaries({"label": labels, "opt_out": segments | st.just("winter"), "reply": messages}),
    st.fixed_dictionaries({"label": labels, "subscription": st.sampled_from(("in", "out")), "reply": messages}),
)
rows = st.lists(buttons, max_size=3)

conditions: st.SearchStrategy[Values] = st.recursive(
    st.one_of(
        st.fixed_dictionaries({"segment": asked, "is": st.sampled_from(("member", "opted_out"))}),
        st.fixed_dictionaries({"field": fields, "is": st.sampled_from(("Sales", "7", "ana"))}),
        st.fixed_dictionaries({"field": fields, "is_not": st.just("Sales")}),
        st.fixed_dictionaries({"field": fields, "contains": st.just("a")}),
        st.fixed_dictionaries({"field": fields, "at_least": st.sampled_from(("18", "2024-01-01"))}),
        st.fixed_dictionaries({"field": fields, "at_most": st.sampled_from(("18", "2024-01-01"))}),
        st.fixed_dictionaries({"field": fields, "known": st.booleans()}),
        st.sampled_from(("tag:vip", "field.team is not Sales or last_seen within 7d", "language is fr")),
        st.fixed_dictionaries({"field": st.sampled_from(("first_name", "phone", "country")), "known": st.booleans()}),
        st.fixed_dictionaries({"tag": tags}),
        st.fixed_dictionaries({"language": st.sampled_from(("en", "fr"))}),
    ),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"not": inner}),
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=2)}),
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=2)}),
    ),
    max_leaves=3,
)


def _question(field: str) -> st.SearchStrategy[Values]:
    optional: dict[str, st.SearchStrategy[Any]] = {
        "retry": texts,
        "tries": st.integers(1, 3),
        "otherwise": messages,
        "expects": st.just(["cancel"]),
    }
    needed: dict[str, st.SearchStrategy[Any]] = {
        "question": texts,
        "field": st.just(field),
        "type": st.just(FIELDS[field]),
    }
    if FIELDS[field] == "choice":
        needed["choices"] = st.just(["Sales", {"value": "Care", "label": {"en": "Caring", "fr": "Soins"}}])
    return st.fixed_dictionaries(needed, optional=optional)


cards = st.fixed_dictionaries({"title": texts, "buttons": rows}, optional={"subtitle": texts})
simple_parts: st.SearchStrategy[Values] = st.one_of(
    st.fixed_dictionaries({"text": texts, "buttons": rows}),
    st.fixed_dictionaries({"carousel": st.lists(cards, min_size=1, max_size=2)}),
    st.fixed_dictionaries({"image": st.just("https://example.org/a.png")}, optional={"alt": texts}),
    st.fixed_dictionaries({"file": st.just("https://example.org/a.pdf"), "title": texts}),
    fields.flatmap(_question),
    st.fixed_dictionaries({"set": fields, "to": words | st.sampled_from(("7", "Sales", "fr", "2024-02-03"))}),
    st.fixed_dictionaries({"clear": fields}),
    st.fixed_dictionaries({"add_tag": tags}),
    st.fixed_dictionaries({"remove_tag": tags}),
    st.fixed_dictionaries({"go_to": messages}),
    st.fixed_dictionaries({"call_message": messages}),
    st.fixed_dictionaries({"wait": st.sampled_from(("3s", "1d"))}),
    st.fixed_dictionaries(
        {"wait_until": st.sampled_from(("at 09:00", "next working day at 09:00", "field.since - 1d at 09:00", "soon"))},
        optional={"hours": st.sampled_from(("office", "gone"))},
    ),
    st.fixed_dictionaries({"if_hours": st.sampled_from(("office", "odd", "gone")), "then": messages}),
    st.fixed_dictionaries({"hand_over": words}),
    st.fixed_dictionaries(
        {"emit": st.sampled_from(("paid", "talked_with")), "data": st.just({"who": "{{ contact.name }}"})}
    ),
    st.fixed_dictionaries({"emit": st.just("talked_with"), "data": st.just({"who": "Ben"})}),
    st.fixed_dictionaries({"complete": st.just("flow"), "item": st.just("tour")}),
)
_SPLITS = st.sampled_from(("greeting", "colour"))
parts: st.SearchStrategy[Values] = st.recursive(
    simple_parts,
    lambda inner: st.one_of(
        st.fixed_dictionaries(
            {"if": conditions, "then": messages | st.lists(inner, max_size=2)},
            optional={"else": messages | st.lists(inner, max_size=2)},
        ),
        st.fixed_dictionaries(
            {"split": _SPLITS, "ways": st.tuples(*[st.fixed_dictionaries({"then": st.lists(inner, max_size=2)})] * 2)}
        ),
    ),
    max_leaves=4,
)

rules = st.one_of(
    st.fixed_dictionaries({"is": st.sampled_from(("hi", "menu")), "message": messages}),
    st.fixed_dictionaries({"is": st.just("join"), "message": messages, "opt_in": segments}),
    st.fixed_dictionaries({"contains": st.just("leave"), "message": messages, "opt_out": segments}),
)
blocks = st.fixed_dictionaries(
    {},
    optional={
        "is": st.just("go away"),
        "confirmation": texts,
        "segments": st.lists(
            st.fixed_dictionaries({"is": st.just("no tips"), "segment": segments, "reply": messages}), max_size=1
        ),
        "resubscribe": st.just("come back"),
        "still_off": texts,
    },
)


_changing: st.SearchStrategy[Values] = st.sampled_from(
    ({"emit": "paid"}, {"complete": "flow", "item": "tour"}, {"add_tag": "vip"}, {"text": "Hello."})
)
_asking: st.SearchStrategy[Values] = st.sampled_from(sorted(FILTERS)).map(
    lambda name: {"if": {"segment": name}, "then": [{"text": "In."}]}
)
_BOOTS: Values = {"text": "Boots?", "buttons": [{"label": "Boots", "opt_in": "winter", "create": True, "reply": "m1"}]}

asking: st.SearchStrategy[list[Values]] = st.builds(lambda change, ask: [change, ask, _BOOTS], _changing, _asking)
"""Parts that change what filters look at, ask one, and offer a segment that the button creates."""


@st.composite
def revisions(draw: st.DrawFn, number: int = 1) -> Revision:
    """A compiled revision of a bot called `care`."""
    values: Values = {
        "assent": "1",
        "bot": "care",
        "name": draw(texts),
        "languages": ["en", "fr"],
        "segments": {name: {"name": draw(texts), "purpose": draw(texts)} for name in SEGMENTS},
        "fields": {name: {"type": kind} for name, kind in FIELDS.items()},
        "welcome": draw(st.none() | messages),
        "default": draw(st.none() | messages),
        "keywords": draw(st.lists(rules, max_size=3)),
        "hours": {"office": {"open": "09:00-17:00", "zone": "Asia/Tokyo"}, "odd": {"open": "9-5"}},
        "links": draw(st.just({}) | st.fixed_dictionaries({"stand": st.fixed_dictionaries({"message": messages})})),
        "unsubscribe": draw(blocks),
        "messages": {
            name: {
                "parts": draw(st.lists(parts, min_size=1, max_size=4)),
                "quick_replies": draw(st.lists(buttons, max_size=2)),
            }
            for name in MESSAGES
        },
    }
    if draw(st.booleans()):
        values["default"] = "m0"
        values["messages"]["m0"]["parts"][:0] = draw(asking)
    digest = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
    return compile_revision(Bot.model_validate(values), number, digest)
