"""Stop, start and help, in every language at once."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keywords.covers import LISTS
from keywords.normalise import LIMIT, Language, normalise, phrases
from keywords.reserved import ReservedWord, ReservedWords, core, holds_strong_word, reserved
from tests.keywords.everyday import EVERYDAY
from tests.keywords.words import WORDS, Word

LANGUAGES = {"en", "fr", "es", "de", "it", "pt", "nl", "pl", "ar", "hi", "ja", "zh"}


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize("kind", ["stop", "start", "help"])
def test_every_language_has_its_words(language: str, kind: str) -> None:
    assert [word for word in WORDS if word.language == language and word.kind == kind]


def test_every_word_says_where_it_is_from() -> None:
    assert [word for word in WORDS if not word.source] == []


def match(typed: str) -> ReservedWord | None:
    return ReservedWords().match(typed)


def means(typed: str) -> tuple[str, str] | None:
    found = match(typed)
    return None if found is None else (found.kind, found.strength)


def test_a_word_means_one_thing() -> None:
    meanings: dict[str, set[tuple[str, str]]] = {}
    for word in WORDS:
        meanings.setdefault(normalise(word.text), set()).add((word.kind, word.strength))
    assert {text: found for text, found in meanings.items() if len(found) > 1} == {}


@pytest.mark.parametrize("language", sorted(EVERYDAY))
def test_no_word_is_an_everyday_answer_in_any_language(language: str) -> None:
    """Soft words too: outside of a question that expects them, they stop everything."""
    taken = {answer: found.word for answer in EVERYDAY[language] if (found := match(answer))}
    assert taken == {}


STRONG = [word for word in WORDS if word.kind == "stop" and word.strength == "strong"]


def test_every_strong_word_stops_however_it_is_typed() -> None:
    for word in STRONG:
        spellings = (
            word.text,
            normalise(word.text),
            word.text.upper(),
            f"\u202b« {word.text}! »\u202c",
            word.text.replace(" ", "-"),
            ".".join(word.text) if word.text.replace(" ", "").isalpha() and word.text.isascii() else word.text,
            f"<at>Well Being</at>&nbsp;{word.text}",
            f"{word.text}, {word.text}!!",
        )
        for typed in spellings:
            found = match(typed)
            assert found is not None, (word.text, typed)
            assert (found.kind, found.strength, found.segment) == ("stop", "strong", ""), (word.text, typed)


NOISE = st.text(st.sampled_from(' \n\t.!?,;:_*~"«»()…\u200b\u200d\ufeff\u202a\ufe0f🙏'), max_size=4)


@given(st.sampled_from(STRONG), NOISE, NOISE, st.data())
def test_noise_around_and_within_a_strong_word_does_not_count(
    word: Word, before: str, after: str, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(word.text)))
    within = data.draw(st.sampled_from(["", "\u200b", "\u2060", "\ufe0f"]))
    assert means(f"{before}{word.text[:at]}{within}{word.text[at:]}{after}") == ("stop", "strong")


def test_a_builtin_word_does_in_every_bot_what_the_list_says() -> None:
    for word in WORDS:
        assert means(word.text) == (word.kind, word.strength), word
        assert reserved(normalise(word.text)) == match(word.text), word


def typed_out(frame: str, noun: str, parts: dict[str, str]) -> str:
    typed = frame.replace("{what}", noun).replace("{messages}", noun).replace("~", " ")
    for name, text in parts.items():
        typed = typed.replace(f"<{name}>", text).replace(f"<{name}?>", "")
    return typed


@pytest.mark.parametrize("language", LISTS, ids=lambda lists: lists.language)
def test_a_phrase_stops_with_every_word_of_its_parts(language: Language) -> None:
    first = {name: phrases(texts)[0] for name, texts in language.parts}
    noun = phrases(language.nouns)[0]
    deaf = []
    for name, texts in language.parts:
        frames = [frame.replace(f"<{name}?>", f"<{name}>") for frame in phrases(language.frames)]
        frame = next(frame for frame in frames if f"<{name}>" in frame)
        typed = [typed_out(frame, noun, first | {name: text}) for text in phrases(texts)]
        deaf += [said for said in typed if means(said) not in {("stop", "strong"), ("stop", "soft")}]
    assert deaf == []


@pytest.mark.parametrize("language", LISTS, ids=lambda lists: lists.language)
def test_a_phrase_with_a_slot_stops_with_every_word_for_messages(language: Language) -> None:
    first = {name: phrases(texts)[0] for name, texts in language.parts}
    frames, nouns = phrases(language.frames), phrases(language.nouns)
    general = next(frame for frame in frames if "{messages}" in frame or "{what}" in frame)
    pairs = [*((frame, nouns[0]) for frame in frames), *((general, noun) for noun in nouns)]
    deaf = [
        (frame, noun)
        for frame, noun in pairs
        if means(typed_out(frame, noun, first)) not in {("stop", "strong"), ("stop", "soft")}
    ]
    assert deaf == []


@pytest.mark.parametrize(
    "typed",
    [
        "desabonnez moi",
        "DESABONNER",
        "cancelar subscriçao",
        "PROSZE MNIE WYPISAC",
        "الغاء الإشتراك",
        "الغاء الاشتراک",
        "un-subscribe",
        "un subscribe",
        "S T O P",
        "s.t.o.p please",
        "STOPPP",
        "stooop!!",
        "stop stop",
        "STOP STOP STOP",
        "stop " * 500,
        "stop @wellbeing",
        "@wellbeing stop @wellbeing",
        "🛑",
        "🛑🛑 please",
        "STOP\n\nSent from my iPhone",
        "Stop\n-- \nJane Roe\n+1 555 0100",
        "unsubscrıbe",
        "UNSUBSCRİBE",
        "hoeren sie auf",
        "Loescht mich aus der Liste",
        "すとっぷ",
        "ｽﾄｯﾌﾟ",
        "सन्देश बन्द करें",
        "मैसेज भेजना बंद कीजिये",
        "別再傳訊息給我",
        "dont message me",
        "No, stop!",
        "Non, arrêtez !",
        "Nein, stopp!",
        "Nie, stop",
        "yes, stop it please",
    ],
)
def test_a_strong_word_in_a_hasty_spelling_stops(typed: str) -> None:
    assert means(typed) == ("stop", "strong")


@pytest.mark.parametrize(
    "typed", ["arrete", "ARRET", "Kuendigen", "aufhoeren bitte", "ایقاف", "أيقاف", "बन्द करें", "बंद करे", "quit please"]
)
def test_a_soft_word_in_a_hasty_spelling_stops(typed: str) -> None:
    assert means(typed) == ("stop", "soft")


@pytest.mark.parametrize("typed", ["Paré", "Paré !", "Arrêté", "arrêté", "Désabonnér", "Nomás", "nomás", "bajá"])
def test_an_accent_that_was_typed_must_be_in_the_word(typed: str) -> None:
    assert means(typed) is None


@pytest.mark.parametrize(
    "typed",
    [
        "don't stop",
        "please don't stop",
        "unstoppable",
        "non-stop",
        "non stop",
        "no stop",
        "un stop",
        "el stop",
        "the stop",
        "this stop",
        "to stop",
        "stop by my desk",
        "Stopp mal",
        "no more",
        "I don't want to stop",
        "not stop",
        "stop?no",
        "yes",
        "stp",
        "T",
        "td",
        "TD",
        "",
        " ",
        "🙏",
    ],
)
def test_any_other_word_makes_it_no_stop(typed: str) -> None:
    assert means(typed) is None


@pytest.mark.parametrize(
    "typed",
    [
        "cancel it",
        "cancel this",
        "remove it",
        "end it today",
        "quit now",
        "fin merci",
        "baja gracias",
        "salir hoy",
        "ende heute",
        "koniec dzięki",
        "to koniec",
        "esci ora",
        "取消吧",
        "结束了",
        "もう終了",
        "cancel stop",
        "annuler stop",
    ],
)
def test_a_soft_word_stands_beside_a_request_alone(typed: str) -> None:
    assert means(typed) is None


@pytest.mark.parametrize(
    "typed", ["cancel cancel", "quit! quit!", "baja por favor", "annuler svp", "キャンセルお願いします"]
)
def test_a_soft_word_may_be_doubled_or_asked_for(typed: str) -> None:
    assert means(typed) == ("stop", "soft")


@pytest.mark.parametrize("typed", ["No, start", "start please now", "I start", "let's start", "no help", "unstop it"])
def test_only_the_word_itself_starts_or_helps(typed: str) -> None:
    found = match(typed)
    assert found is None or found.kind == "stop"


@given(
    st.text(max_size=200) | st.lists(st.sampled_from(["stop", "please", "不", "要", "发", "the", "@"])).map(" ".join)
)
def test_any_text_is_looked_up_without_trouble(text: str) -> None:
    assert (
        ReservedWords().match(text) == ReservedWords().match(normalise(text))
        or "\n" in text
        or "@" in text
        or ("," in text or "." in text or "!" in text)
    )


@pytest.mark.parametrize(
    "unit", ["stop ", "all of the ", "no more ", "不要再发", "my messages ", "s ", "停停停", "ーー", "stooop "]
)
def test_the_time_grows_with_the_length_alone(unit: str) -> None:
    """Counted in steps of the interpreter, not in seconds."""

    def steps(length: int) -> int:
        text, counted = (unit * length)[:length], 0

        def count(*_: object) -> object:
            nonlocal counted
            counted += 1
            return count

        words = ReservedWords(names=[("Monday tips", "tips")])
        sys.settrace(count)
        try:
            words.match(text)
            words.holds_strong_word(text)
        finally:
            sys.settrace(None)
        return counted

    assert steps(2000) < 5 * steps(500) + 2000


def test_a_message_longer_than_any_of_them_stops_nothing() -> None:
    assert match("stop " * LIMIT + "not") is None


def test_a_builder_adds_words() -> None:
    words = ReservedWords(stop=["Basta ya vale"], start=["come back"], help_words=["rules"])
    found = map(words.match, ("basta ya vale", "Basta ya vale, please!", "come back", "rules", "come back please"))
    assert [one and one.kind for one in found] == ["stop", "stop", "start", "help", None]


def test_a_builder_ties_words_to_a_segment() -> None:
    words = ReservedWords(segments=[("stop tips", "tips", 0), ("sans événements", "events", 1)])
    for typed, segment, rule in (
        ("stop tips", "tips", 0),
        ("Stop-tips, please!", "tips", 0),
        ("stoptips", "tips", 0),
        ("sans evenements merci", "events", 1),
    ):
        found = words.match(typed)
        assert found is not None
        assert (found.kind, found.segment, found.rule) == ("stop", segment, rule)


NAMED = ReservedWords(
    segments=[("less", "walks", 4)],
    names=[
        ("news", "news"),
        ("New books", "news"),
        ("Nouveautés", "news"),
        ("walks", "walks"),
        ("Book walks", "walks"),
        ("monday-tips", "monday-tips"),
        ("Weekly tips", "monday-tips"),
        ("all", "all"),
        ("Messages", "all"),
    ],
    called=["lib", "Library desk"],
)


@pytest.mark.parametrize(
    ("typed", "segment", "rule"),
    [
        ("stop news please", "news", -1),
        ("Please stop the news, thanks!", "news", -1),
        ("Stop sending me New Books", "news", -1),
        ("unsubscribe me from news", "news", -1),
        ("no more news", "news", -1),
        ("arrêtez les nouveautes svp", "news", -1),
        ("I don't want book walks anymore", "walks", 4),
        ("stop walks", "walks", 4),
        ("stop monday tips", "monday-tips", -1),
        ("stop tips", "monday-tips", -1),
        ("keine Weekly tips mehr", "monday-tips", -1),
        ("Stop, Library desk!", "", -1),
        ("stop all", "", -1),
        ("stop all messages", "", -1),
        ("stop", "", -1),
        ("stop everything please", "", -1),
        ("stop the walk", "walks", 4),
        ("stop tip", "monday-tips", -1),
        ("stop the weekly tip please", "monday-tips", -1),
        ("arrêtez la nouveaute", "news", -1),
        ("stop all news", "news", -1),
        ("stop all messages about walks", "walks", 4),
        ("stop walks and everything", "", -1),
        ("stop everything and the walks", "", -1),
        ("stop walks and all messages", "", -1),
        ("Stop news! Stop everything!", "", -1),
        ("arrêtez tout et les nouveautes", "", -1),
        ("stop walks und alles", "", -1),
    ],
)
def test_a_scope_that_names_a_segment_stops_that_segment(typed: str, segment: str, rule: int) -> None:
    found = NAMED.match(typed)
    assert found is not None
    assert (found.kind, found.strength, found.segment, found.rule) == ("stop", "strong", segment, rule)


@pytest.mark.parametrize(
    ("typed", "segments"),
    [
        ("stop news and walks", ("news", "walks")),
        ("stop walks, news", ("walks", "news")),
        ("no more tips and walks and news please", ("monday-tips", "walks", "news")),
        ("stop news stop walks", ("news", "walks")),
        ("stop news, and the news", ("news",)),
        ("unsubscribe me from all tips and all walks", ("monday-tips", "walks")),
        ("stop sending me New Books, walks, thanks", ("news", "walks")),
    ],
)
def test_each_segment_that_is_named_stops(typed: str, segments: tuple[str, ...]) -> None:
    found = NAMED.match(typed)
    assert found is not None
    assert (found.segment, *found.further) == segments


def test_what_two_segments_may_be_called_names_neither() -> None:
    words = ReservedWords(
        names=[("City walks", "city"), ("City walk", "one"), ("The park run", "park"), ("News", "news")]
    )
    called = {typed: words.match(typed) for typed in ("stop city walk", "stop park runs", "stop the park run")}
    assert {typed: found and found.segment for typed, found in called.items()} == {
        "stop city walk": "one",
        "stop park runs": "park",
        "stop the park run": "park",
    }
    assert words.match("stop the new messages") is None


@pytest.mark.parametrize(
    "typed",
    [
        "news",
        "cancel news",
        "don't stop news and walks",
        "don't stop news",
        "more news",
        "is there any news?",
        "start news",
    ],
)
def test_a_segments_name_alone_or_amid_other_words_stops_nothing(typed: str) -> None:
    assert NAMED.match(typed) is None


def test_a_builders_word_wins_over_what_is_not_strong() -> None:
    words = ReservedWords(segments=[("cancel", "tips", 2)], help_words=["end"], stop=["help"])
    cancel, end, help_word = words.match("cancel"), words.match("end"), words.match("help")
    assert cancel is not None
    assert cancel.segment == "tips"
    assert end is not None
    assert end.kind == "help"
    assert help_word is not None
    assert help_word.kind == "stop"


@pytest.mark.parametrize("typed", ["stop", "unsubscribe", "stop please", "please stop", "stop everything now"])
def test_a_builder_cannot_take_a_strong_word_away(typed: str) -> None:
    words = ReservedWords(
        start=["stop", "stop please"],
        help_words=["unsubscribe"],
        segments=[("stop", "tips", 0), ("please stop", "tips", 0), ("stop everything now", "tips", 0)],
        names=[("stop", "tips"), ("Please", "tips"), ("Everything", "all")],
    )
    found = words.match(typed)
    assert found is not None
    assert (found.kind, found.segment) == ("stop", "")


@pytest.mark.parametrize(
    ("typed", "holds"),
    [
        ("I can't stop it", True),
        ("stop", True),
        ("why did you unsubscribe me", True),
        ("one two three four five six seven stop", True),
        ("one two three four five six seven eight stop", False),
        ("cancel my booking", False),
        ("hello there", False),
        ("怎么退订？", True),
        ("好" * 39 + "退订", False),
        ("配信停止の方法", True),
        ("I am tired", False),
        ("", False),
    ],
)
def test_a_short_message_that_holds_a_strong_word_can_be_asked_about(typed: str, holds: bool) -> None:
    assert holds_strong_word(typed) is holds


def test_a_builders_own_word_is_held_too() -> None:
    assert ReservedWords(stop=["hasta nunca"]).holds_strong_word("pues hasta nunca amigos")


@pytest.mark.parametrize(
    ("answer", "bare"),
    [("quit please", "quit"), ("por favor baja", "baja"), ("s'il vous plaît annuler", "annuler"), ("please", "please")],
)
def test_an_answer_is_told_without_its_please(answer: str, bare: str) -> None:
    assert core(answer) == bare
