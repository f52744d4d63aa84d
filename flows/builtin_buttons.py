"""Buttons that every revision of every bot has, whatever its flow says.

Their ids begin with a point, which no id of a flow does, so a payload that names one is good on every revision.
"""

from collections.abc import Iterator
from typing import Final

from flows.model.base import words_of
from flows.model.bot import Bot
from flows.model.buttons import ButtonBase, SubscriptionButton, opt_in_button
from flows.revision import PlacedButton

STOP: Final = ".stop"
START: Final = ".start"
BACK: Final = ".back"


class BuiltinSubscription(SubscriptionButton):
    """Stops everything pushed, or allows it again; the built-in words confirm it."""

    reply: str = ""


class BackButton(ButtonBase):
    """Ends a hand-over: the bot answers again. No act about consent."""


def join(rule: int) -> str:
    """Return the id of the button that does what the keyword rule at this position does: it opts in to a segment."""
    return f".join/{rule}"


_BUTTONS: Final[dict[str, ButtonBase]] = {
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
