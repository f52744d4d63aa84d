"""A digest proves words only if it is long enough to be no chance."""

import hashlib

from segment_buttons.payload import LENGTH, LENGTH_OF_OLD, digest_of, is_digest_of

WORDS = "One short tip every Monday?\nYes please"
WHOLE = hashlib.sha256(WORDS.encode()).hexdigest()


def test_a_digest_is_the_beginning_of_sha_256() -> None:
    assert digest_of(WORDS) == WHOLE[:32]
    assert digest_of(WORDS, LENGTH_OF_OLD) == WHOLE[:16]


def test_a_digest_proves_its_words_alone() -> None:
    for length in (LENGTH_OF_OLD, LENGTH, 64):
        assert is_digest_of(WHOLE[:length], WORDS)
        assert not is_digest_of(WHOLE[:length], f"{WORDS} ")
    assert not is_digest_of(WHOLE[:15], WORDS)
    assert not is_digest_of("", WORDS)
