"""A compiled revision answers without looking through the bot."""

from flows.compile import compile_revision
from flows.model.parts import TextPart
from keywords.index import KeywordMatch
from keywords.normalise import normalise
from tests.flows.files import HEAD, bot_of, wellbeing
from tests.steps import calls_of

BUTTONS = """\
segments: {tips: {name: Tips}}
messages:
  hello:
    parts:
      - text: One
        buttons:
          - {label: A, message: hello}
          - {label: B, id: named, message: hello}
      - if: {segment: tips}
        then: [{text: Two, buttons: [{label: C, message: hello}]}]
        else: [{carousel: [{title: Card, buttons: [{label: D, message: hello}]}]}]
    quick_replies:
      - {label: E, message: hello}
  bye:
    parts: [{text: Bye, buttons: [{label: F, message: hello}]}]
"""


def test_buttons_are_called_by_their_id_or_by_message_and_position_in_the_file():
    revision = compile_revision(bot_of(BUTTONS), 7, "d1")
    labels = {button_id: placed.button.label for button_id, placed in revision.buttons.items() if placed.message}
    assert labels == {"hello/1": "A", "named": "B", "hello/3": "C", "hello/4": "D", "hello/5": "E", "bye/1": "F"}
    assert (revision.number, revision.digest) == (7, "d1")


def test_a_button_knows_its_message_and_what_it_stands_on():
    bot = bot_of(BUTTONS)
    buttons = compile_revision(bot, 1, "").buttons
    assert buttons["named"].part is bot.messages["hello"].parts[0]
    assert isinstance(buttons["hello/3"].part, TextPart)
    assert buttons["hello/5"].part is None
    assert buttons["bye/1"].message == "bye"


def test_every_button_object_leads_to_its_id():
    revision = compile_revision(wellbeing(), 1, "")
    assert len(revision.button_ids) == len(revision.buttons)
    for button_id, placed in revision.buttons.items():
        assert revision.button_ids[id(placed.button)] == button_id


def test_of_two_buttons_with_one_id_the_first_keeps_it():
    bot = bot_of(BUTTONS.replace("label: C,", "label: C, id: named,"))
    revision = compile_revision(bot, 1, "")
    assert revision.buttons["named"].button.label == "B"
    assert len(revision.button_ids) == 6 + len([placed for placed in revision.buttons.values() if not placed.message])


def test_every_revision_has_the_built_in_buttons_and_one_for_each_keyword_that_opts_in():
    bot = bot_of(
        BUTTONS.replace(
            "messages:", "keywords: [{is: hi, message: hello}, {is: join, opt_in: tips, message: hello}]\nmessages:", 1
        )
    )
    builtin = {button_id for button_id, placed in compile_revision(bot, 1, "").buttons.items() if not placed.message}
    everywhere = {".stop", ".start", ".back", ".subscriptions", ".why", ".out", ".on"}
    assert builtin == {*everywhere, ".join/1"}


def test_keywords_find_the_builders_rule():
    revision = compile_revision(wellbeing(), 1, "")
    assert revision.keywords.match(normalise("Bonjour !")) == KeywordMatch(0, "bonjour")
    assert revision.keywords.match(normalise("I am so tired today")) == KeywordMatch(4, "tired")
    assert revision.keywords.match(normalise("nothing of the kind")) is None


def test_consent_words_are_the_built_in_and_the_flows_own():
    words = compile_revision(wellbeing(), 1, "").reserved
    own, segment, built_in = (words.match(normalise(text)) for text in ("leave me alone", "Stop tips!", "STOP"))
    assert own is not None
    assert (own.kind, own.segment) == ("stop", "")
    assert segment is not None
    assert (segment.kind, segment.segment, segment.rule) == ("stop", "tips", 0)
    assert built_in is not None
    assert built_in.strength == "strong"


def test_the_first_language_is_the_fallback():
    assert compile_revision(wellbeing(), 1, "").fallback == "en"
    assert compile_revision(bot_of(BUTTONS, HEAD + "languages: [fr, en]\n"), 1, "").fallback == "fr"


def test_work_grows_with_the_bot_and_no_faster():
    def work(messages: int) -> int:
        one = wellbeing().messages["menu"]
        bot = wellbeing().model_copy(update={"messages": {f"m{n}": one.model_copy(deep=True) for n in range(messages)}})
        return calls_of(lambda: compile_revision(bot, 1, ""))

    few, many = work(100), work(1000)
    assert few < many < 11 * few
