"""The stand-in knows the limits of Meta's Send API, so that a rendering that breaks one fails here first."""

from typing import Any

import pytest

from standin.answers import problems

BUTTON = {"type": "postback", "title": "Yes", "payload": "p"}
LINK = {"type": "web_url", "title": "Site", "url": "https://example.org"}
REPLY = {"content_type": "text", "title": "Yes", "payload": "p"}


def send(**message: Any) -> dict[str, Any]:
    return {"recipient": {"id": "42"}, "messaging_type": "RESPONSE", "message": message}


def template(**payload: Any) -> dict[str, Any]:
    return send(attachment={"type": "template", "payload": payload})


def cards(*elements: Any) -> dict[str, Any]:
    return template(template_type="generic", elements=list(elements))


def buttons(*buttons: Any, text: str = "Choose") -> dict[str, Any]:
    return template(template_type="button", text=text, buttons=list(buttons))


@pytest.mark.parametrize(
    "body",
    [
        send(text="x" * 2000),
        send(text="Hello", quick_replies=[REPLY] * 13),
        send(attachment={"type": "image", "payload": {"url": "https://example.org/a.png"}}),
        buttons(BUTTON, LINK, text="x" * 640),
        cards(*[{"title": "x" * 80, "subtitle": "x" * 80, "buttons": [BUTTON] * 3}] * 10),
        send(text="Hello") | {"recipient": {"thread_key": "t_1"}},
    ],
)
def test_what_is_within_the_limits_is_taken(body: dict[str, Any]) -> None:
    assert problems(body) == []


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (send(text="x" * 2001), "text is longer"),
        (send(text="🙂" * 1001), "text is longer"),
        (send(text=" "), "text must not be empty"),
        (send(), "either text or an attachment"),
        (send(text="a", attachment={"type": "image", "payload": {"url": "https://a"}}), "either text or"),
        (send(text="Hello", quick_replies=[REPLY] * 14), "quick_replies must be 1 to 13"),
        (send(text="Hello", quick_replies=[]), "quick_replies must be 1 to 13"),
        (send(text="Hello", quick_replies=[REPLY | {"title": "x" * 21}]), "title is longer than 20"),
        (send(text="Hello", quick_replies=[REPLY | {"payload": "x" * 1001}]), "payload is longer than 1000"),
        (send(text="Hello", quick_replies=[{"title": "Yes"}]), "content_type must be text"),
        (send(attachment={"type": "image", "payload": {"url": "file:///etc"}}), "must be a web address"),
        (send(attachment={"type": "image"}), "needs a type and a payload"),
        (send(attachment={"type": "poem", "payload": {}}), "type is unknown"),
        (template(template_type="list"), "template_type is unknown"),
        (buttons(BUTTON, text="x" * 641), "text is longer than 640"),
        (buttons(), "must be 1 to 3 buttons"),
        (buttons(*[BUTTON] * 4), "must be 1 to 3 buttons"),
        (buttons("yes"), "must be an object"),
        (buttons({"type": "postback", "title": "Yes"}), "payload must not be empty"),
        (buttons({"type": "call", "title": "Yes"}), "type is unknown"),
        (buttons(BUTTON | {"title": "x" * 21}), "title is longer than 20"),
        (cards(), "1 to 10 cards"),
        (cards(*[{"title": "a", "subtitle": "b"}] * 11), "1 to 10 cards"),
        (cards("card"), "must be an object"),
        (cards({"title": "a"}), "one property besides its title"),
        (cards({"subtitle": "a"}), "title must not be empty"),
        (cards({"title": "x" * 81, "subtitle": "a"}), "title is longer than 80"),
        (cards({"title": "a", "subtitle": "x" * 81}), "subtitle is longer than 80"),
        (cards({"title": "a", "image_url": "a.png"}), "image_url must be a web address"),
        (send(text="Hello") | {"recipient": {"id": 42}}, "recipient needs an id"),
        (send(text="Hello") | {"messaging_type": ""}, "messaging_type must be"),
        ({"recipient": {"id": "42"}, "messaging_type": "RESPONSE"}, "message must be an object"),
    ],
)
def test_what_breaks_a_limit_is_named(body: dict[str, Any], problem: str) -> None:
    assert problem in "; ".join(problems(body))
