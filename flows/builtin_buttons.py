"""Buttons that every revision of every bot has, whatever its flow says.

Their ids begin with a point, which no id of a flow does, so a payload that names one is good on every revision.
"""

from collections.abc import Iterator, Mapping
from typing import Final, Literal

from flows.model.base import words_of
from flows.model.bot import Bot, Segment
from flows.model.buttons import (
    ButtonBase,
    OptInButton,
    SequenceButton,
    SubscriptionButton,
    TopicButton,
    opt_in_button,
)
from flows.revision import PlacedButton
from messages.consent import SEQUENCE, TOPIC, kind_of_subject, name_of_subject

STOP: Final = ".stop"
START: Final = ".start"
BACK: Final = ".back"
SUBSCRIPTIONS: Final = ".subscriptions"
WHY: Final = ".why"
OUT: Final = ".out"
"""Stops everything, among the subscriptions."""
ON: Final = ".on"
"""Allows messages again, among the subscriptions."""


class BuiltinSubscription(SubscriptionButton):
    """Stops everything pushed, or allows it again; the built-in words confirm it."""

    reply: str = ""


class ShowsButton(ButtonBase):
    """Shows what the person is signed up for, or why they got a message. No act about consent."""

    shows: Literal["subscriptions", "why"]


class BuiltinOptIn(OptInButton):
    """Opts in to a segment that the builder made public; the built-in words confirm it."""

    reply: str = ""


class BuiltinTopic(TopicButton):
    """The same for a topic."""

    reply: str = ""


class BuiltinSequence(SequenceButton):
    """The same for a sequence."""

    reply: str = ""


class BackButton(ButtonBase):
    """Ends a hand-over: the bot answers again. No act about consent."""


def join(rule: int) -> str:
    """Return the id of the button that does what the keyword rule at this position does: it opts in to a segment."""
    return f".join/{rule}"


def _of_subject(does: str, subject: str) -> str:
    return f".{does}/{kind_of_subject(subject).rstrip(':') or 'segment'}/{name_of_subject(subject)}"


def join_of(subject: str) -> str:
    """Return the id of the button that opts in to what the builder made public."""
    return _of_subject("join", subject)


def leave_of(subject: str) -> str:
    """Return the id of the button that leaves a subject. It stands on no revision, and counts by its payload alone."""
    return _of_subject("leave", subject)


def needs_form_4(button_id: str) -> bool:
    """Tell whether a server of a version before would answer a built-in button as out of date."""
    return button_id in (SUBSCRIPTIONS, WHY, OUT, ON) or (button_id.startswith(".") and button_id.count("/") > 1)


JOIN_LABEL: Final = {
    "en": "Sign up",
    "fr": "S'inscrire",
    "es": "Suscribirme",
    "de": "Anmelden",
    "it": "Iscrivimi",
    "pt": "Inscrever-me",
    "pt-BR": "Quero me inscrever",
    "nl": "Aanmelden",
    "pl": "Zapisz mnie",
    "ar": "اشتراك",
    "hi": "सदस्यता लें",
    "ja": "登録する",
    "zh": "订阅此项",
    "zh-Hant": "訂閱此項",
}

LEAVE_LABEL: Final = {
    "en": "Leave",
    "fr": "Quitter",
    "es": "Salir",
    "de": "Abmelden",
    "it": "Esci",
    "pt": "Sair",
    "nl": "Afmelden",
    "pl": "Wypisz mnie",
    "ar": "مغادرة",
    "hi": "छोड़ें",
    "ja": "退会する",
    "zh": "退出",
    "zh-Hant": "退出",
}

_BUTTONS: Final[dict[str, ButtonBase]] = {
    SUBSCRIPTIONS: ShowsButton(
        shows="subscriptions",
        label={
            "en": "My subscriptions",
            "fr": "Mes abonnements",
            "es": "Mis suscripciones",
            "de": "Meine Abos",
            "it": "Le mie iscrizioni",
            "pt": "As minhas inscrições",
            "pt-BR": "Minhas inscrições",
            "nl": "Mijn abonnementen",
            "pl": "Moje subskrypcje",
            "ar": "اشتراكاتي",
            "hi": "मेरी सदस्यताएँ",
            "ja": "購読一覧",
            "zh": "我的订阅",
            "zh-Hant": "我的訂閱",
        },
    ),
    WHY: ShowsButton(
        shows="why",
        label={
            "en": "Why?",
            "fr": "Pourquoi\u00a0?",
            "es": "¿Por qué?",
            "de": "Warum?",
            "it": "Perché?",
            "pt": "Porquê?",
            "pt-BR": "Por quê?",
            "nl": "Waarom?",
            "pl": "Dlaczego?",
            "ar": "لماذا؟",
            "hi": "क्यों?",
            "ja": "なぜ?",
            "zh": "为什么？",
            "zh-Hant": "為什麼？",
        },
    ),
    STOP: BuiltinSubscription(
        subscription="out",
        label={
            "en": "Stop all messages",
            "fr": "Arrêter tous les messages",
            "es": "Detener todos los mensajes",
            "de": "Alle Nachrichten beenden",
            "it": "Ferma tutti i messaggi",
            "pt": "Parar todas as mensagens",
            "nl": "Stop alle berichten",
            "pl": "Zatrzymaj wiadomości",
            "ar": "إيقاف كل الرسائل",
            "hi": "सभी संदेश बंद करें",
            "ja": "すべてのメッセージを停止",
            "zh": "停止所有消息",
            "zh-Hant": "停止所有訊息",
        },
    ),
    START: BuiltinSubscription(
        subscription="in",
        label={
            "en": "Turn messages on",
            "fr": "Activer les messages",
            "es": "Activar los mensajes",
            "de": "Nachrichten einschalten",
            "it": "Attiva i messaggi",
            "pt": "Ativar as mensagens",
            "pt-BR": "Ativar mensagens",
            "nl": "Berichten aanzetten",
            "pl": "Włącz wiadomości",
            "ar": "تشغيل الرسائل",
            "hi": "संदेश चालू करें",
            "ja": "メッセージを再開",
            "zh": "开启消息",
            "zh-Hant": "開啟訊息",
        },
    ),
    BACK: BackButton(
        label={
            "en": "Back to the bot",
            "fr": "Revenir au bot",
            "es": "Volver al bot",
            "de": "Zurück zum Bot",
            "it": "Torna al bot",
            "pt": "Voltar ao bot",
            "pt-BR": "Voltar para o bot",
            "nl": "Terug naar de bot",
            "pl": "Wróć do bota",
            "ar": "العودة إلى البوت",
            "hi": "बॉट पर वापस जाएँ",
            "ja": "ボットに戻る",
            "zh": "返回机器人",
            "zh-Hant": "返回機器人",
        },
    ),
}


_BUTTONS[OUT] = _BUTTONS[STOP].model_copy()
_BUTTONS[ON] = _BUTTONS[START].model_copy()

EVERYWHERE: Final = frozenset(_BUTTONS)
"""Those that are the same on every revision of every bot, one that the store lost included."""


def builtin_buttons(bot: Bot) -> Iterator[PlacedButton]:
    """Return the built-in buttons of a bot: those of every bot, and one for each keyword rule that opts in."""
    for button_id, button in _BUTTONS.items():
        yield PlacedButton(button_id, button, message="", part=None)
    for position, rule in enumerate(bot.keywords):
        if rule.opt_in is not None:
            label = next(iter(words_of(rule.is_ or rule.contains or ())), rule.opt_in)
            button = opt_in_button(rule.opt_in, label, rule.message)
            yield PlacedButton(join(position), button, message="", part=None)
    for subject, name in public_subjects(bot):
        match kind_of_subject(subject):
            case "topic:":
                public: ButtonBase = BuiltinTopic(label=JOIN_LABEL, topic=name, act="opt_in")
            case "sequence:":
                public = BuiltinSequence(label=JOIN_LABEL, sequence=name, act="opt_in")
            case _:
                public = BuiltinOptIn(label=JOIN_LABEL, opt_in=name)
        yield PlacedButton(join_of(subject), public, message="", part=None)


def public_subjects(bot: Bot) -> Iterator[tuple[str, str]]:
    """Return the subjects, each with its id, that the builder made public."""
    for kind, listed in (("", bot.segments), (TOPIC, bot.topics), (SEQUENCE, bot.sequences)):
        named: Mapping[str, Segment] = listed
        yield from ((kind + name, name) for name, segment in named.items() if segment.public)
