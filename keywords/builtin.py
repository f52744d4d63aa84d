"""The words that stop, start and help, in every bot, whatever its language.

Each comes with where it is from. `ours` marks words that no list we know of names: translations that mean the act and
nothing else. A strong word wins everywhere, so it must not be an everyday answer in any language; what might be one is
soft, and an open question can expect it.
"""

from typing import Literal, NamedTuple

Kind = Literal["stop", "start", "help"]
Strength = Literal["strong", "soft"]

TWILIO = "Twilio default opt-out, opt-in and help keywords"
FCC = "47 CFR 64.1200(a)(10), the words that are a revocation in themselves"
AWS = "AWS End User Messaging, required keywords"
TELNYX = "Telnyx default opt-out keywords"
PROXY = "Twilio Proxy opt-out keywords"
OURS = "ours"


class Word(NamedTuple):
    """A built-in word: what it does, how strongly, in which language, and who says so."""

    text: str
    kind: Kind
    strength: Strength
    language: str
    source: str


def _words(kind: Kind, strength: Strength, language: str, source: str, *texts: str) -> tuple[Word, ...]:
    return tuple(Word(text, kind, strength, language, source) for text in texts)


WORDS: tuple[Word, ...] = (
    *_words("stop", "strong", "en", TWILIO, "stop", "stopall", "unsubscribe", "optout", "revoke"),
    *_words("stop", "strong", "en", FCC, "opt out"),
    *_words("stop", "strong", "en", AWS, "opt-out"),
    *_words("stop", "strong", "en", TELNYX, "stop all"),
    *_words("stop", "strong", "en", OURS, "stop everything", "stop messages", "unsubscribe all", "unsubscribe me"),
    *_words("stop", "soft", "en", TWILIO, "cancel", "end", "quit"),
    *_words("stop", "soft", "en", AWS, "remove", "td"),
    *_words("stop", "strong", "fr", PROXY, "arrêt", "arret", "arrete", "arrett"),
    *_words("stop", "strong", "fr", OURS, "arrêtez", "désabonner", "me désabonner", "se désabonner", "désabonnement"),
    *_words("stop", "strong", "fr", OURS, "désinscrire", "me désinscrire", "désinscription", "désinscris-moi"),
    *_words("stop", "soft", "fr", OURS, "annuler", "fin", "quitter", "terminer"),
    *_words("stop", "strong", "es", OURS, "parar", "darme de baja", "darse de baja", "dar de baja", "date de baja"),
    *_words("stop", "strong", "es", OURS, "cancelar suscripción", "anular suscripción", "desuscribir", "desuscribirme"),
    *_words("stop", "soft", "es", OURS, "baja", "cancelar", "no más", "salir", "terminar"),
    *_words("stop", "strong", "de", OURS, "stopp", "abmelden", "abbestellen", "austragen", "widerruf", "widerrufen"),
    *_words("stop", "soft", "de", OURS, "abbrechen", "beenden", "ende", "aufhören"),
    *_words("stop", "strong", "it", OURS, "disiscrivimi", "disiscriviti", "disiscrizione", "disiscrivermi"),
    *_words("stop", "strong", "it", OURS, "annulla iscrizione", "cancella iscrizione", "annullare iscrizione"),
    *_words("stop", "soft", "it", OURS, "annulla", "basta", "esci", "fine"),
    *_words("stop", "strong", "pt", OURS, "descadastrar", "cancelar inscrição", "cancelar subscrição"),
    *_words("stop", "strong", "pt", OURS, "cancelar assinatura", "anular subscrição", "sair da lista"),
    *_words("stop", "soft", "pt", OURS, "cancelar", "sair", "fim", "pare"),
    *_words("stop", "strong", "nl", OURS, "afmelden", "uitschrijven", "schrijf me uit", "meld me af", "stoppen"),
    *_words("stop", "soft", "nl", OURS, "annuleren", "einde", "opzeggen"),
    *_words("stop", "strong", "pl", OURS, "wypisz", "wypisz mnie", "zrezygnuj", "rezygnuję", "anuluj subskrypcję"),
    *_words("stop", "soft", "pl", OURS, "anuluj", "koniec", "zakończ"),
    *_words("stop", "strong", "ar", OURS, "إيقاف", "ايقاف", "أوقف", "إلغاء الاشتراك", "الغاء الاشتراك"),
    *_words("stop", "soft", "ar", OURS, "إلغاء", "الغاء", "إنهاء", "انهاء", "توقف", "قف", "خروج"),
    *_words("stop", "strong", "hi", OURS, "रोकें", "स्टॉप", "बंद करें", "बंद करो", "सदस्यता रद्द करें", "अनसब्सक्राइब"),
    *_words("stop", "soft", "hi", OURS, "रद्द करें", "समाप्त", "रुको"),
    *_words("stop", "strong", "ja", OURS, "停止", "ストップ", "配信停止", "配信解除", "購読解除", "登録解除"),
    *_words("stop", "soft", "ja", OURS, "解除", "キャンセル", "終了", "退会", "やめる"),
    *_words("stop", "strong", "zh", OURS, "退订", "退訂", "取消订阅", "取消訂閱", "停止订阅", "停止訂閱", "停止接收"),
    *_words("stop", "soft", "zh", OURS, "取消", "结束", "結束", "退出"),
    *_words("start", "strong", "en", TWILIO, "start", "unstop"),
    *_words("start", "strong", "en", OURS, "resubscribe", "opt in", "optin"),
    *_words("start", "strong", "fr", OURS, "réabonner", "me réabonner", "reprendre les messages"),
    *_words("start", "strong", "es", OURS, "reanudar", "volver a suscribirme"),
    *_words("start", "strong", "de", OURS, "wieder anmelden", "wieder einschalten"),
    *_words("start", "strong", "it", OURS, "riattiva", "iscrivimi di nuovo"),
    *_words("start", "strong", "pt", OURS, "reativar", "voltar a receber"),
    *_words("start", "strong", "nl", OURS, "hervatten", "opnieuw aanmelden"),
    *_words("start", "strong", "pl", OURS, "wznów", "zapisz mnie ponownie"),
    *_words("start", "strong", "ar", OURS, "استئناف", "إعادة الاشتراك", "اعادة الاشتراك"),
    *_words("start", "strong", "hi", OURS, "फिर से शुरू करें", "स्टार्ट"),
    *_words("start", "strong", "ja", OURS, "配信再開", "再開"),
    *_words("start", "strong", "zh", OURS, "恢复订阅", "恢復訂閱", "重新订阅", "重新訂閱"),
    *_words("help", "strong", "en", TWILIO, "help", "info"),
    *_words("help", "strong", "fr", OURS, "aide"),
    *_words("help", "strong", "es", OURS, "ayuda"),
    *_words("help", "strong", "de", OURS, "hilfe"),
    *_words("help", "strong", "it", OURS, "aiuto"),
    *_words("help", "strong", "pt", OURS, "ajuda"),
    *_words("help", "strong", "nl", OURS, "hulp"),
    *_words("help", "strong", "pl", OURS, "pomoc"),
    *_words("help", "strong", "ar", OURS, "مساعدة"),
    *_words("help", "strong", "hi", OURS, "मदद", "सहायता"),
    *_words("help", "strong", "ja", OURS, "ヘルプ"),
    *_words("help", "strong", "zh", OURS, "帮助", "幫助"),
)
"""Every built-in word. Latin words count without their accents as well."""
