"""What the checks see and what they let pass, beyond the one plain case of each bad file."""

import pytest

from flows.checks import check
from flows.checks.view import Limits
from flows.finding import FlowInvalid, Severity
from flows.source import read_flow
from messages.channels import KINDS, ChannelKind, Shows
from tests.flows.files import HEAD

AGAIN = "    quick_replies: [{label: Again, message: hello}]\n"
TIPS = "segments:\n  tips: {name: Tips, purpose: One tip every Monday.}\n"


def codes(body: str, head: str = HEAD) -> list[str]:
    return [found.code for found in check(read_flow(head + body, "flow.yaml"))]


def message(name: str, *parts: str, more: str = AGAIN) -> str:
    """Return a message that has these parts, and a quick reply where it does not go on by itself."""
    lines = "".join(f"      - {part}\n" for part in parts)
    return f"  {name}:\n    parts:\n{lines}{'' if parts[-1].startswith('go_to') else more}"


def hello(*parts: str, more: str = AGAIN, before: str = "") -> str:
    """Return a flow whose message `hello` has these parts."""
    return f"{before}messages:\n{message('hello', *parts, more=more)}"


class TestLoops:
    def test_a_message_that_goes_to_itself_never_stops(self):
        assert "endless-loop" in codes(hello("text: Hello", "go_to: hello"))

    @pytest.mark.parametrize("pause", ["wait: 1s", "{question: How are you?, field: mood}"])
    def test_a_pause_makes_a_loop_a_conversation(self, pause: str):
        assert codes(hello("text: Hello", pause, "go_to: hello")) == []

    def test_giving_up_a_question_is_no_loop(self):
        assert codes(hello("{question: How are you?, field: mood, otherwise: hello}", more="")) == []

    def test_a_pause_in_one_branch_does_not_help_the_other(self):
        waits = "{if: {tag: vip}, then: [{wait: 1s}], else: [{text: Hello}]}"
        assert codes(hello("text: Hello", waits, "go_to: hello")) == ["endless-loop"]

    def test_two_circles_are_two_findings_and_what_leads_to_them_is_none(self):
        flow = hello("text: Hello", "{if: {tag: vip}, then: a}", "go_to: b")
        flow += message("a", "text: A", "go_to: a") + message("b", "text: B", "go_to: c") + message("c", "go_to: b")
        assert codes(flow) == ["endless-loop", "endless-loop"]

    def test_a_chain_of_ten_thousand_messages_is_followed_without_getting_lost(self):
        flow = hello("text: Hello", "go_to: m0")
        flow += "".join(message(f"m{n}", "text: Hello", f"go_to: m{n + 1}") for n in range(10_000))
        assert codes(flow + message("m10000", "text: End", "go_to: m5000")) == ["endless-loop"]


class TestRunning:
    def test_after_an_if_that_always_leaves_nothing_runs(self):
        assert "never-runs" in codes(
            hello("text: Hello", "{if: {tag: vip}, then: a, else: a}", "text: Unseen") + message("a", "text: A")
        )

    def test_after_an_if_that_leaves_sometimes_the_rest_runs(self):
        assert codes(hello("text: Hello", "{if: {tag: vip}, then: a}", "text: Seen") + message("a", "text: A")) == []

    def test_an_if_that_speaks_in_both_branches_says_something(self):
        assert codes(hello("{if: {tag: vip}, then: [{text: A}], else: [{text: B}]}")) == []

    def test_only_the_longer_branch_counts_for_what_is_sent_at_once(self):
        four = "[" + ", ".join(["{text: A}"] * 4) + "]"
        branches = f"{{if: {{tag: vip}}, then: {four}, else: {four}}}"
        assert codes(hello("text: A", "text: B", "text: C", branches)) == []
        assert codes(hello("text: A", "text: B", "text: C", branches, "text: D")) == ["too-many-parts"]

    def test_a_wait_begins_a_new_count(self):
        assert codes(hello(*["text: A"] * 5, "wait: 2s", *["text: A"] * 5)) == []

    def test_quick_replies_need_words_after_the_last_pause(self):
        asks = "{question: How are you?, field: mood}"
        assert codes(hello(asks, "text: Thank you.")) == []
        assert codes(hello(asks, "{if: {tag: vip}, then: [{text: Thank you.}]}")) == ["lost-quick-replies"]
        assert codes(hello(asks, "{if: {tag: vip}, then: a}", "text: Thanks.") + message("a", "text: A")) == []
        ways_on = "{if: {tag: vip}, then: a, else: a}"
        assert codes(hello("text: Hello", ways_on) + message("a", "text: A")) == ["lost-quick-replies"]

    def test_a_reply_to_consent_may_be_the_end(self):
        flow = TIPS + "unsubscribe:\n  segments: [{is: no tips, segment: tips, reply: off}]\n"
        assert codes(flow + hello("text: Hello") + "  off:\n    parts:\n      - text: No more tips.\n") == []


class TestReferences:
    def test_tags_are_free_until_the_flow_lists_some(self):
        assert codes(hello("text: Hello", "add_tag: vip")) == []
        assert codes(hello("text: Hello", "add_tag: vip", before="tags: [other]\n")) == ["unknown-tag"]

    def test_fields_are_free_until_the_flow_declares_some_but_something_must_store_them(self):
        known = "{if: {field: mood, known: true}, then: [{text: Good}]}"
        assert codes(hello("{question: How are you?, field: mood}", known, more="")) == []
        assert codes(hello("text: Hello", known)) == ["unknown-field"]

    @pytest.mark.parametrize(
        "wrong",
        [
            "welcome: gone\n",
            "default: gone\n",
            "keywords: [{is: hi, message: gone}]\n",
            "segments: {tips: {name: T}}\nunsubscribe: {segments: [{is: no tips, segment: tips, reply: gone}]}\n",
        ],
    )
    def test_messages_are_looked_for_wherever_they_are_named(self, wrong: str):
        head = 'assent: "1"\nbot: b\nname: B\n'
        assert "unknown-message" in codes(wrong + hello("text: Hello"), head)

    def test_a_name_that_is_like_none_is_told_where_to_put_it(self):
        (found,) = check(read_flow(HEAD + hello("text: Hello", "go_to: xyz"), "flow.yaml"))
        assert found.remedy == "Add `xyz` under `messages`, or correct its spelling"


class TestKeywords:
    def test_contains_means_whole_words(self):
        rules = "keywords:\n  - {contains: art, message: hello}\n  - {contains: party, message: hello}\n"
        assert codes(rules + hello("text: Hello")) == []

    def test_is_comes_before_contains_so_it_still_wins(self):
        rules = "keywords:\n  - {contains: lunch, message: hello}\n  - {is: lunch menu, message: hello}\n"
        assert codes(rules + hello("text: Hello")) == []

    @pytest.mark.parametrize("word", ["STOP!", "Désabonner", "desabonner", "退订", "opt out"])
    def test_stop_words_of_every_language_and_spelling_are_known(self, word: str):
        assert codes(f'keywords: [{{is: "{word}", message: hello}}]\n' + hello("text: Hello")) == ["shadows-stop"]

    def test_the_flows_own_unsubscribe_words_count_as_well(self):
        flow = "unsubscribe: {is: enough}\nkeywords: [{is: enough, message: hello}]\n"
        assert codes(flow + hello("text: Hello")) == ["shadows-stop"]

    def test_a_stop_word_can_stop_everything_where_it_stands_on_a_subscription_button(self):
        stop = '    quick_replies: [{label: Stop, subscription: "out", reply: hello}]\n'
        assert codes(hello("text: Hello", more=stop)) == []

    def test_a_stop_word_for_one_segment_would_take_the_way_out_from_people(self):
        flow = TIPS + "unsubscribe:\n  segments: [{is: stop, segment: tips, reply: hello}]\n"
        assert "reserved-for-another" in codes(flow + hello("text: No more tips."))

    def test_a_question_that_expects_a_soft_word_may_offer_it(self):
        asks = "{question: Which?, field: which, type: choice, choices: [Begin, End]"
        assert codes(hello(asks + "}", more="")) == ["label-is-reserved-word"]
        assert codes(hello(asks + ", expects: [end]}", more="")) == []


class TestQuestions:
    def test_a_condition_that_compares_nothing_is_found(self):
        flow = "fields: {age: {type: number}}\n"
        with pytest.raises(FlowInvalid) as caught:
            codes(flow + hello("text: Hello", "{if: {field: age}, then: [{text: A}]}"))
        assert [found.code for found in caught.value.findings] == ["bad-condition"]

    def test_numbers_are_compared_with_numbers(self):
        flow = "fields: {age: {type: number}}\n" + hello("text: Hello", "{if: {field: age, is: old}, then: hello}")
        assert "wrong-comparison" in codes(flow)

    def test_a_value_with_a_placeholder_is_not_judged(self):
        flow = "fields: {age: {type: number}, other: {type: number}}\n"
        assert codes(flow + hello("text: Hello", 'set: age\n        to: "{{ field.other }}"')) == []


class TestConsent:
    OFF = "unsubscribe:\n  segments: [{is: no tips, segment: tips, reply: off}]\n"
    REPLIES = (
        "  on:\n    parts:\n      - text: You get a tip every Monday.\n"
        "  off:\n    parts:\n      - text: No more tips.\n"
    )

    def asks(self, text: str) -> list[str]:
        button = "        buttons: [{label: Yes, opt_in: tips, reply: on}]\n"
        return codes(TIPS + self.OFF + hello(f"text: {text}", more=button) + self.REPLIES)

    def test_the_purpose_may_be_said_in_other_words_or_by_a_placeholder(self):
        assert self.asks("Would a weekly tip be nice? It comes on Mondays.") == []
        assert self.asks('"{{ segment.tips.purpose }} Shall we?"') == []
        assert self.asks("Shall we?") == ["purpose-not-said"]

    def test_it_must_be_said_in_every_language(self):
        flow = (
            "languages: [en, fr]\n"
            "segments:\n  tips:\n    name: {en: Tips, fr: Conseils}\n"
            "    purpose: {en: One tip every Monday., fr: Un conseil par semaine.}\n"
            "unsubscribe: {segments: [{is: no tips, segment: tips, reply: off}]}\n"
        ) + hello(
            "text: {en: One tip every Monday?, fr: D'accord ?}",
            more="        buttons: [{label: {en: Yes, fr: Oui}, opt_in: tips, reply: off}]\n",
        )
        flow += "  off:\n    parts: [{text: {en: Tips, fr: Conseils}}]\n"
        (found,) = check(read_flow(HEAD + flow, "flow.yaml"))
        assert (found.code, found.problem[:6]) == ("purpose-not-said", "in fr,")

    @pytest.mark.parametrize("text", ["Bye. Or shop at www.example.org?", "Bye. 20 % off if you stay!"])
    def test_the_reply_of_a_stop_button_does_not_advertise(self, text: str):
        stop = '        buttons: [{label: Stop all, subscription: "out", reply: bye}]\n'
        assert codes(hello("text: Hello", more=stop) + message("bye", f'text: "{text}"')) == ["advertises"]


class TestLanguages:
    FRENCH = "languages: [en, fr]\n"

    def test_a_single_word_or_a_name_may_be_the_same_everywhere(self):
        assert codes(self.FRENCH + hello("text: Wellbeing", "text: '{{ contact.first_name }}!'")) == []

    def test_a_sentence_for_everybody_lacks_the_other_languages(self):
        assert codes(self.FRENCH + hello("text: How are you today?")) == ["missing-translation"]

    def test_what_only_one_language_sees_needs_no_other(self):
        branch = "{if: language is fr, then: [{text: Comment allez-vous ?}], else: [{text: How are you today?}]}"
        assert codes(self.FRENCH + hello(branch)) == []

    def test_a_base_language_serves_its_regions(self):
        assert codes("languages: [en, pt-BR]\n" + hello("text: {en: Hello you, pt: Oi você}")) == []


def test_the_channels_limits_can_be_others():
    source = read_flow(HEAD + hello("text: Hello there"), "flow.yaml")
    assert check(source) == ()
    pager = ChannelKind("pager", "Pager", shows=Shows(text=5))
    (found,) = check(source, limits=Limits((*KINDS, pager)))
    assert (found.code, "Pager splits it at 5" in found.problem) == ("long-text", True)


def test_placeholders_do_not_count_as_length():
    name = "{{ contact.first_name | default('somebody whose name we do not know yet') }}"
    assert codes(hello("text: Hello", more=f'    quick_replies: [{{label: "Hi {name}", message: hello}}]\n')) == []


def test_findings_come_in_the_order_of_the_file_with_errors_among_warnings():
    found = check(read_flow('assent: "1"\nbot: b\nname: B\n' + hello("go_to: gone", "text: Unseen"), "flow.yaml"))
    assert [(one.line, one.column) for one in found] == sorted((one.line, one.column) for one in found)
    assert {one.severity for one in found} == {Severity.ERROR, Severity.WARNING}
