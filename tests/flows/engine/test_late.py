"""A yes that a younger no outweighs, where the no was said elsewhere."""

from datetime import timedelta

from consent.membership import ActTimes
from flows.engine import trace
from flows.engine.own_words import LATE
from flows.engine.turn import Turn
from messages.consent import ALL, Membership
from messages.effects import Answer, ChangeConsent, Send
from messages.inbound import ButtonPressed, TextReceived
from segment_buttons.payload import verify
from tests.flows.engine.conversation import BEGIN, KEY, Conversation, buttons_in, revision_of
from tests.flows.engine.test_golden import flow_text

SECOND = timedelta(seconds=1)


def stopped_elsewhere(talk: Conversation, after: timedelta) -> None:
    """The person said STOP in another conversation, that long after the beginning."""
    talk.times = ActTimes({ALL: BEGIN + after}, {})


def came_to_nothing(turn: Turn) -> bool:
    return turn.effects == () and any(step.kind == trace.LATE for step in turn.trace)


def test_a_typed_quick_reply_from_before_a_stop_changes_nothing() -> None:
    talk = Conversation(revision_of(flow_text("care")))
    talk.take(TextReceived("menu"))
    stopped_elsewhere(talk, 3 * SECOND)
    assert came_to_nothing(talk.take(TextReceived("Events please"), sent_at=BEGIN + 2 * SECOND))


def test_one_from_after_the_stop_counts() -> None:
    talk = Conversation(revision_of(flow_text("care")))
    talk.take(TextReceived("menu"))
    stopped_elsewhere(talk, 1500 * SECOND / 1000)
    turn = talk.take(TextReceived("Events please"))
    assert [effect.change.subject for effect in turn.effects if isinstance(effect, ChangeConsent)] == ["events"]


def test_what_a_late_yes_finds_open_stays_open() -> None:
    talk = Conversation(revision_of(flow_text("care")))
    talk.take(TextReceived("hello"))
    talk.take(TextReceived("ask me"))
    stopped_elsewhere(talk, 2 * SECOND)
    assert came_to_nothing(talk.take(TextReceived("START"), sent_at=BEGIN))
    assert talk.state is not None
    assert talk.state.run is not None


def test_a_press_on_a_button_that_asks_for_no_consent_is_answered_however_late() -> None:
    talk = Conversation(revision_of(flow_text("care")))
    talk.take(TextReceived("hello"))
    stopped_elsewhere(talk, 3 * SECOND)
    talk.ago = 3600 * SECOND
    turn = talk.press("More")
    assert any(isinstance(effect, Send) for effect in turn.effects)


def test_a_copy_of_a_repeated_yes_does_not_count_after_a_late_stop() -> None:
    talk = Conversation(revision_of(flow_text("care")))
    talk.take(TextReceived("hello"))
    talk.press("Yes please")
    talk.now += 20 * SECOND
    talk.press("Yes please")
    repeated = talk.now
    talk.take(TextReceived("STOP"), sent_at=repeated - 10 * SECOND)
    assert set(talk.memberships.values()) == {Membership.OPTED_OUT}
    talk.ago = talk.now + SECOND - repeated
    assert came_to_nothing(talk.press("Yes please"))


def test_nor_does_a_copy_of_a_start_that_had_nothing_to_lift() -> None:
    talk = Conversation(revision_of(flow_text("care")))
    talk.now += 20 * SECOND
    talk.take(TextReceived("START"))
    started = talk.now
    talk.take(TextReceived("STOP"), sent_at=started - 10 * SECOND)
    assert came_to_nothing(talk.take(TextReceived("START"), sent_at=started))
    assert talk.memberships[ALL] is Membership.OPTED_OUT


def test_a_repeated_invoke_after_a_stop_is_told_that_nothing_was_changed() -> None:
    talk = Conversation(revision_of(flow_text("care")))
    talk.take(TextReceived("hello"))
    talk.press("Yes please", wants_answer=True)
    talk.take(TextReceived("STOP"))
    turn = talk.press("Yes please", wants_answer=True)
    assert [effect.text for effect in turn.effects if isinstance(effect, Answer)] == [LATE["en"]]


def test_a_press_on_standby_counts_if_it_lowers_consent_and_says_nothing() -> None:
    talk = Conversation(revision_of(flow_text("care")))
    talk.take(TextReceived("hello"))
    payloads = {button.label: button.payload for message in talk.sent for button in buttons_in(message)}
    talk.press("Yes please")

    def press(label: str) -> Turn:
        ref = verify(payloads[label], talk.live.bot.bot, [KEY])
        return talk.take(ButtonPressed(payloads[label], label=label, form="standby", button=ref))

    for label, payload in payloads.items():
        if payload and verify(payload, talk.live.bot.bot, [KEY]).act.startswith("-"):
            turn = press(label)
            assert not any(isinstance(effect, Send) for effect in turn.effects)
    assert talk.memberships["tips"] is Membership.OPTED_OUT
    press("Yes please")
    assert talk.memberships["tips"] is Membership.OPTED_OUT


def test_a_part_that_joins_behind_a_wait_counts_from_the_act_that_led_there() -> None:
    talk = Conversation(revision_of(flow_text("topics")))
    talk.take(TextReceived("later"))
    talk.times = ActTimes({"sequence:course": BEGIN + 20 * SECOND}, {})
    turn = talk.fire_timer()
    assert [effect for effect in turn.effects if isinstance(effect, ChangeConsent)] == []
    assert trace.NOT_CHANGED in [step.kind for step in turn.trace]


def test_a_part_that_joins_counts_where_the_lowering_came_before() -> None:
    talk = Conversation(revision_of(flow_text("topics")))
    talk.times = ActTimes({"sequence:course": BEGIN}, {})
    turn = talk.take(TextReceived("enrol me"))
    assert [effect.change.after for effect in turn.effects if isinstance(effect, ChangeConsent)] == [Membership.ADDED]
