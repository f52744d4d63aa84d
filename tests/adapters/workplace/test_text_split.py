"""Long words are cut where a reader would cut them, and nothing but white space at a seam is lost."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from adapters.text import clusters, length, shorten, split_end, split_text

WORDS = st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=200) | st.lists(
    st.sampled_from(
        ["Ruhe", "👩‍👩‍👧‍👦", "🇮🇪🇫🇷", "e\u0301", "क्षि", "각", " ", "\n", "\n\n", ". ", "\r\n", "。", "🏽", "\u00a0"]
    ),
    max_size=80,
).map("".join)


def without_space(text: str) -> str:
    return "".join(text.split())


@given(WORDS, st.integers(2, 60))
def test_every_piece_fits_none_is_blank_and_only_white_space_goes(text: str, limit: int) -> None:
    pieces = split_text(text, limit)
    assert all(length(piece) <= limit and piece.strip() for piece in pieces)
    assert without_space("".join(pieces)) == without_space(text)


@given(WORDS, st.integers(60, 90))
def test_a_cluster_is_never_cut_where_it_fits(text: str, limit: int) -> None:
    whole = [cluster for cluster in clusters(text) if not cluster.isspace()]
    pieces = [cluster for piece in split_text(text, limit) for cluster in clusters(piece) if not cluster.isspace()]
    if all(length(cluster) <= limit for cluster in whole):
        assert pieces == whole


@given(WORDS)
def test_clusters_are_the_text(text: str) -> None:
    assert "".join(clusters(text)) == text


def test_what_a_reader_sees_as_one_character_is_one_cluster() -> None:
    seen = ["👩‍👩‍👧‍👦", "🇮🇪", "🇫🇷", "e\u0301", "👍🏽", "1\ufe0f\u20e3", "각", "क्षि", "\r\n", "x", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"]
    assert list(clusters("".join(seen))) == seen


def test_text_that_fits_is_left_alone() -> None:
    assert split_text("  Take a breath.\n", 40) == ["  Take a breath.\n"]


def test_blank_text_has_no_pieces() -> None:
    assert split_text(" \n ", 10) == split_text("", 10) == []


def test_a_paragraph_is_the_first_choice() -> None:
    assert split_text("Breathe in. Hold.\n\nBreathe out. Rest now.", 30) == [
        "Breathe in. Hold.",
        "Breathe out. Rest now.",
    ]


def test_then_a_line() -> None:
    assert split_text("Breathe in. Hold.\nBreathe out. Rest now.", 30) == [
        "Breathe in. Hold.",
        "Breathe out. Rest now.",
    ]


def test_then_a_sentence() -> None:
    assert split_text("Breathe in slowly. Then breathe out", 30) == ["Breathe in slowly.", "Then breathe out"]
    assert split_text("慢慢吸气。慢慢呼气。", 7) == ["慢慢吸气。", "慢慢呼气。"]


def test_then_a_word() -> None:
    assert split_text("one two three four", 9) == ["one two", "three", "four"]


def test_a_border_near_the_head_does_not_make_a_sliver() -> None:
    assert split_text("Hi.\n\n" + "calm " * 20, 60)[0] == "Hi.\n\n" + ("calm " * 11).strip()


def test_a_no_break_space_holds_its_words_together() -> None:
    assert split_text("at about 10\u00a0km", 11) == ["at about", "10\u00a0km"]


def test_a_word_longer_than_the_limit_is_cut_inside() -> None:
    assert split_text("abcdefghij", 4) == ["abcd", "efgh", "ij"]


def test_pieces_are_as_long_as_they_may_be() -> None:
    pieces = split_text("calm " * 1000, 2000)
    assert all(length(one) + length(two) > 2000 for one, two in pairwise(pieces))


def test_a_shortened_text_ends_in_an_ellipsis_and_fits() -> None:
    assert shorten("Yes, please send me tips", 20) == "Yes, please send me…"
    assert shorten("Yes please", 20) == "Yes please"
    assert shorten("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 20) == "👩‍👩‍👧‍👦…"


@given(WORDS, st.integers(2, 40))
def test_a_shortened_text_always_fits(text: str, limit: int) -> None:
    assert length(shorten(text, limit)) <= limit


def test_an_end_begins_at_the_best_border_that_leaves_it_short_enough() -> None:
    text = "Breathe in.\n\nBreathe out. And rest.\n\nMore?"
    assert split_end(text, 40) == ("Breathe in.", "Breathe out. And rest.\n\nMore?")
    assert split_end(text, 20) == ("Breathe in.\n\nBreathe out. And rest.", "More?")
    assert split_end("Breathe out. And rest now", 15) == ("Breathe out.", "And rest now")
    assert split_end("one two three", 9) == ("one", "two three")
    assert split_end("abcdefgh", 3) == ("abcde", "fgh")
    assert split_end(" all of it ", 20) == ("", "all of it")


@given(WORDS, st.integers(2, 60))
def test_an_end_fits_and_only_white_space_goes(text: str, limit: int) -> None:
    before, end = split_end(text, limit)
    assert bool(end.strip()) == bool(text.strip())
    assert length(end) <= limit
    assert without_space(before + end) == without_space(text)
