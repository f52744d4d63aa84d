"""Texts that lack a language, or have one that nobody is answered in."""

from collections.abc import Iterator

from flows.checks.limits import Limits
from flows.checks.rule import Check, Fault, error, warning
from flows.checks.texts import by_language, without_placeholders
from flows.checks.view import View
from flows.model.conditions import LanguageCondition

MISSING = warning("missing-translation", "A text lacks one of the flow's languages.")
UNDECLARED = warning("undeclared-language", "A text or condition is for a language that `languages` does not list.")
BLANK = error("blank-text", "A text is nothing but spaces.")


def _find(view: View, _limits: Limits) -> Iterator[Fault]:
    languages = view.bot.languages
    bases = {language.split("-", 1)[0] for language in languages}
    for path, kind, text in view.texts:
        if any(not words.strip() for _, words in by_language(text)):
            yield BLANK.broken(path, "a text here is nothing but spaces", "Write something, or delete it")
        if isinstance(text, str):
            if kind != "value" and len(languages) > 1 and _needs_translation(text) and not view.for_one_language(path):
                example = ", ".join(f"{language}: …" for language in languages)
                yield MISSING.broken(
                    path, f"this text is the same in all of {', '.join(languages)}", f"Write it as `{{{example}}}`"
                )
            continue
        lacking = [language for language in languages if language not in text and language.split("-", 1)[0] not in text]
        if lacking:
            yield MISSING.broken(path, f"this text is missing in {', '.join(lacking)}", f"Add `{lacking[0]}: …`")
        for language in text:
            if language.split("-", 1)[0] not in bases:
                yield UNDECLARED.broken(
                    (*path, language),
                    f"`languages` does not list `{language}`",
                    f"Add it to `languages` ({', '.join(languages)}), or delete this text",
                    at_key=True,
                )
    for path, _, condition in view.conditions:
        if isinstance(condition, LanguageCondition) and condition.language.split("-", 1)[0] not in bases:
            yield UNDECLARED.broken(
                (*path, "language"),
                f"`languages` does not list `{condition.language}`",
                f"Add it to `languages` ({', '.join(languages)}), or correct its spelling",
            )


def _needs_translation(text: str) -> bool:
    """Tell whether a text for everybody has words to translate: a name or a single word may be the same everywhere."""
    return len([word for word in without_placeholders(text).split() if any(map(str.isalpha, word))]) > 1


CHECK = Check((MISSING, UNDECLARED, BLANK), _find)
