"""What a message quotes is no word of the person who sent it."""

import pytest

from messages.inbound import ButtonPressed, TextReceived
from tests.adapters.teams.activities import BOT, PAYLOAD, mention, read
from tests.steps import HANGS

MARK = '<quoted messageId="1772050244572"/>'
ENTITY = {"type": "quotedReply", "quotedReply": {"messageId": "1772050244572", "preview": "Type STOP to end it."}}

WRITTEN = {
    "before": (f"{MARK} stop", "stop"),
    "before, on a line of its own": (f"{MARK}\n\nstop", "stop"),
    "behind": (f"stop {MARK}", "stop"),
    "between": (f"stop {MARK} all", "stop all"),
    "several": (f"{MARK}{MARK}\n{MARK} stop", "stop"),
    "hundreds": (f"{MARK * 900}stop", "stop"),
    "with an end tag": ('<quoted messageId="7"></quoted> stop', "stop"),
    "with what is quoted": ('<quoted messageId="7">Hello, may we send it?</quoted>stop', "stop"),
    "never ended": ('<quoted messageId="7"> stop', "stop"),
    "one never ended, one with an end tag": (
        '<quoted messageId="7"> stop <quoted messageId="8">hello</quoted>',
        "stop",
    ),
    "other attributes first": ('<quoted senderName="Ana" messageId="7" /> stop', "stop"),
    "in single quotes": ("<quoted messageId='7'/> stop", "stop"),
    "without quotes": ("<quoted messageId=7/> stop", "stop"),
    "a bracket in an attribute": ('<quoted preview="a > b" messageId="7"/> stop', "stop"),
    "over several lines": ('<quoted\n  messageId="7"\n/>\nstop', "stop"),
    "in capitals": ('<QUOTED MESSAGEID="7"/> stop', "stop"),
    "escaped": ("&lt;quoted messageId=&quot;7&quot;/&gt; stop", "stop"),
    "with a mention behind": (f"{MARK} <at>Tips</at> stop", "stop"),
    "with a mention before": (f"<at>Tips</at> {MARK} stop", "stop"),
    "alone": (MARK, ""),
}


@pytest.mark.parametrize(("written", "said"), WRITTEN.values(), ids=WRITTEN)
@pytest.mark.parametrize("entities", [None, [ENTITY], [ENTITY, mention(BOT, "<at>Tips</at>")]])
def test_the_mark_of_a_quote_is_no_word(written: str, said: str, entities: object) -> None:
    assert read(text=written, entities=entities).action == TextReceived(said, form="reply")
    assert read(text=written, entities=entities, textFormat="xml").action == TextReceived(said, form="reply")


@pytest.mark.parametrize("written", ["I quoted you", "<quotedx> stop", "</quoted>", "a <b", "quoted id=7", "R&D"])
def test_words_that_look_like_a_mark_stay(written: str) -> None:
    assert read(text=written).action == TextReceived(written)


COPY = (
    '<blockquote itemscope="" itemtype="http://schema.skype.com/{}" itemid="17">'
    '<strong itemprop="mri" itemid="28:bot">Tips</strong><p itemprop="preview">Type STOP to end it.</p>'
    "</blockquote><p>{}</p>"
)


@pytest.mark.parametrize("kind", ["Reply", "Forward"])
def test_a_quote_in_the_html_copy_makes_the_message_a_reply(kind: str) -> None:
    html = [{"contentType": "text/html", "content": COPY.format(kind, "Go")}]
    assert read(text="Go", attachments=html).action == TextReceived("Go", form="reply")


def test_of_a_message_with_html_alone_the_quote_goes() -> None:
    html = [{"contentType": "text/html", "content": COPY.format("Reply", "stop")}]
    assert read(text=None, attachments=html).action == TextReceived("stop", form="reply")
    html = [{"contentType": "text/html", "content": f"<p>{MARK} stop</p>"}]
    assert read(text=None, attachments=html).action == TextReceived("stop", form="reply")


def test_what_stands_in_the_copy_alone_is_heard_where_the_text_is_only_a_mark() -> None:
    html = [{"contentType": "text/html", "content": COPY.format("Reply", "stop")}]
    assert read(text=MARK, attachments=html).action == TextReceived("stop", form="reply")


CHANNEL = {"id": "19:c@thread.tacv2;messageid=100", "conversationType": "channel"}
GROUP = {"id": "19:g@thread.v2", "conversationType": "groupChat"}


@pytest.mark.parametrize(
    ("fields", "form"),
    [
        ({}, ""),
        ({"replyToId": "17"}, "reply"),
        ({"replyToId": "17", "conversation": GROUP}, "reply"),
        ({"replyToId": "100", "conversation": CHANNEL}, ""),
        ({"replyToId": "101", "conversation": CHANNEL}, "reply"),
        ({"replyToId": "17", "conversation": {"id": "19:c@thread.tacv2", "conversationType": "channel"}}, ""),
        ({"entities": [ENTITY]}, "reply"),
        ({"value": {"other": 1}}, "chip"),
        ({"value": "blob", "replyToId": "17"}, "chip"),
        ({"value": {}}, ""),
        ({"value": {"assent": "not one of ours"}}, "chip"),
    ],
)
def test_how_words_came(fields: dict[str, object], form: str) -> None:
    """A chat of Teams knows no replies but quotes; in a channel each message of a thread names the first one."""
    assert read(text="Go", **fields).action == TextReceived("Go", form=form)


def test_a_press_that_names_the_message_it_stands_on_is_a_press() -> None:
    pressed = read(text="Yes", value={"assent": PAYLOAD}, replyToId="17", entities=[ENTITY])
    assert pressed.action == ButtonPressed(payload=PAYLOAD, label="Yes", form="messageBack")


EDIT = {"eventType": "editMessage", "tenant": {"id": "t1"}}


def test_an_edit_is_an_event_of_its_own_for_each_of_its_texts() -> None:
    first = read("messageUpdate", text="STOP", channelData=EDIT)
    assert first.action == TextReceived("STOP", form="edit")
    assert first == read("messageUpdate", text="STOP", channelData=EDIT)
    later = read("messageUpdate", text="STOP please", channelData=EDIT)
    assert len({first.event_id, later.event_id, read(text="STOP").event_id}) == 3
    again = read("messageUpdate", text="STOP", channelData=EDIT, timestamp="2026-11-23T10:05:00.000Z")
    assert again.event_id == first.event_id


@pytest.mark.parametrize("channel_data", [None, {}, [], "x", {"eventType": 7}, {"eventType": "editMessage"}])
def test_an_edit_is_heard_whatever_its_channel_data_is(channel_data: object) -> None:
    assert read("messageUpdate", text="STOP", channelData=channel_data).action == TextReceived("STOP", form="edit")


def test_an_edit_is_never_a_press() -> None:
    assert read("messageUpdate", text=PAYLOAD, value={"assent": PAYLOAD}).action == TextReceived(PAYLOAD, form="edit")


@pytest.mark.parametrize(
    "piece",
    ["<quoted ", '<quoted "', '<quoted "<', "&lt;quoted &", "</quoted", "<quoted>", "<quoted></quoted>", '<quoted a="'],
)
@pytest.mark.timeout(HANGS)
def test_a_megabyte_of_marks_takes_time_in_proportion(piece: str) -> None:
    read(text=piece * (900_000 // len(piece)))
