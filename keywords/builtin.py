"""The words that stop, start and help, in every bot, whatever its language.

Each comes with where it is from. `ours` marks words that no list we know of names. They were written and judged as a
careful reader of each language would, not by a native speaker. Every word counts in every bot, so none may be an
everyday answer in another language: Italian *fine* (end) is missing, because English people answer with it. A strong
word wins everywhere. A word that may be an answer in its own language is soft: a question can expect it. Words that
are hardly ever more than an answer (*fin*, *koniec*, *終了*) are missing.
"""

from keywords.lists import (
    arabic,
    chinese,
    dutch,
    english,
    french,
    german,
    hindi,
    italian,
    japanese,
    polish,
    portuguese,
    spanish,
)
from keywords.word import Language

LISTS: tuple[Language, ...] = (
    english.LISTS,
    french.LISTS,
    spanish.LISTS,
    german.LISTS,
    italian.LISTS,
    portuguese.LISTS,
    dutch.LISTS,
    polish.LISTS,
    arabic.LISTS,
    hindi.LISTS,
    japanese.LISTS,
    chinese.LISTS,
)
"""The lists of each language."""
