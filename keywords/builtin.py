"""The words that stop, start and help, in every bot, whatever its language.

Each comes with where it is from. `ours` marks words that no list we know of names: translations that mean the act and
nothing else. Every word counts in every bot, so none may be an everyday answer in another language: Italian *fine*
(end) is missing, because English people answer with it. A strong word wins everywhere. A word that may be an answer in
its own language is soft: a question can expect it.

Words are compared by `keywords.reserved.plain`, so spellings that differ in accents, hyphens or blanks are listed once.
"""

from typing import Literal, NamedTuple

Kind = Literal["stop", "start", "help"]
Strength = Literal["strong", "soft"]

TWILIO = "Twilio default opt-out, opt-in and help keywords"
FCC = "47 CFR 64.1200(a)(10), the words that are a revocation in themselves"
AWS = "AWS End User Messaging, required opt-out keywords"
AWS_FRENCH = "AWS End User Messaging, French compliance keywords for Canada"
TELNYX = "Telnyx default opt-out keywords"
PROXY = "Twilio Proxy opt-out keywords"
REVOCATION = "CompliancePoint, examples of a valid revocation"
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
    *_words("stop", "strong", "en", OURS, "stop everything", "stop messages", "no more messages", "remove me"),
    *_words("stop", "strong", "en", OURS, "unsubscribe all", "unsubscribe me"),
    *_words("stop", "soft", "en", TWILIO, "cancel", "end", "quit"),
    *_words("stop", "soft", "en", AWS, "remove"),
    *_words("start", "strong", "en", TWILIO, "start", "unstop"),
    *_words("start", "strong", "en", OURS, "resubscribe", "opt in"),
    *_words("help", "strong", "en", TWILIO, "help"),
    *_words("help", "soft", "en", TWILIO, "info"),
    # French
    *_words("stop", "strong", "fr", PROXY, "arret", "arrete", "arrett"),
    *_words("stop", "strong", "fr", OURS, "arrêt", "arrêtez", "désabonner", "me désabonner", "se désabonner"),
    *_words("stop", "strong", "fr", OURS, "désabonne-moi", "désabonnez-moi", "désabonnement"),
    *_words("stop", "strong", "fr", OURS, "désinscrire", "me désinscrire", "désinscription", "désinscris-moi"),
    *_words("stop", "soft", "fr", OURS, "annuler", "fin", "quitter", "résilier", "terminer"),
    *_words("start", "strong", "fr", OURS, "réabonner", "me réabonner", "reprendre les messages"),
    *_words("help", "strong", "fr", AWS_FRENCH, "aide"),
    # Spanish
    *_words("stop", "strong", "es", OURS, "parar", "dame de baja", "darme de baja", "darse de baja", "dar de baja"),
    *_words("stop", "strong", "es", OURS, "cancelar suscripción", "cancelar la suscripción", "no más mensajes"),
    *_words("stop", "strong", "es", OURS, "anular suscripción", "anular la suscripción"),
    *_words("stop", "strong", "es", OURS, "desuscribir", "desuscribirme", "desuscribirse"),
    *_words("stop", "soft", "es", REVOCATION, "no más"),
    *_words("stop", "soft", "es", OURS, "baja", "cancelar", "salir", "terminar"),
    *_words("start", "strong", "es", OURS, "volver a suscribirme"),
    *_words("start", "soft", "es", OURS, "reanudar"),
    *_words("help", "strong", "es", OURS, "ayuda"),
    # German
    *_words("stop", "strong", "de", OURS, "stopp", "abmelden", "abbestellen", "austragen", "keine Nachrichten mehr"),
    *_words("stop", "strong", "de", OURS, "widerruf", "widerrufen"),
    *_words("stop", "soft", "de", OURS, "abbrechen", "aufhören", "beenden", "ende", "kündigen"),
    *_words("start", "strong", "de", OURS, "wieder anmelden", "wieder einschalten"),
    *_words("help", "strong", "de", OURS, "hilfe"),
    # Italian
    *_words("stop", "strong", "it", OURS, "disiscrivi", "disiscrivimi", "disiscriviti", "disiscrivermi"),
    *_words("stop", "strong", "it", OURS, "disiscrizione", "cancellami", "annulla iscrizione", "annulla l'iscrizione"),
    *_words("stop", "strong", "it", OURS, "annullare iscrizione", "cancella iscrizione", "cancella l'iscrizione"),
    *_words("stop", "soft", "it", OURS, "annulla", "basta", "esci"),
    *_words("start", "strong", "it", OURS, "iscrivimi di nuovo"),
    *_words("start", "soft", "it", OURS, "riattiva"),
    *_words("help", "strong", "it", OURS, "aiuto"),
    # Portuguese
    *_words("stop", "strong", "pt", OURS, "parar", "descadastrar", "descadastre-me", "sair da lista"),
    *_words("stop", "strong", "pt", OURS, "cancelar inscrição", "cancelar a inscrição", "anular subscrição"),
    *_words("stop", "strong", "pt", OURS, "cancelar subscrição", "cancelar a subscrição", "cancelar assinatura"),
    *_words("stop", "soft", "pt", OURS, "cancelar", "fim", "pare", "remover", "sair"),
    *_words("start", "strong", "pt", OURS, "voltar a receber"),
    *_words("start", "soft", "pt", OURS, "reativar"),
    *_words("help", "strong", "pt", OURS, "ajuda"),
    # Dutch
    *_words("stop", "strong", "nl", OURS, "afmelden", "uitschrijven", "stoppen", "geen berichten meer"),
    *_words("stop", "strong", "nl", OURS, "meld me af", "meld mij af", "schrijf me uit", "schrijf mij uit"),
    *_words("stop", "soft", "nl", OURS, "annuleren", "beëindigen", "einde", "opzeggen"),
    *_words("start", "strong", "nl", OURS, "opnieuw aanmelden"),
    *_words("start", "soft", "nl", OURS, "hervatten"),
    *_words("help", "strong", "nl", OURS, "hulp"),
    # Polish
    *_words("stop", "strong", "pl", OURS, "wypisz", "wypisz mnie", "wypisuję się", "anuluj subskrypcję"),
    *_words("stop", "strong", "pl", OURS, "rezygnuję", "zrezygnuj"),
    *_words("stop", "soft", "pl", OURS, "anuluj", "koniec", "zakończ"),
    *_words("start", "strong", "pl", OURS, "zapisz mnie ponownie"),
    *_words("start", "soft", "pl", OURS, "wznów"),
    *_words("help", "strong", "pl", OURS, "pomoc"),
    # Arabic
    *_words("stop", "strong", "ar", OURS, "إيقاف", "أوقف", "إيقاف الرسائل"),
    *_words("stop", "strong", "ar", OURS, "إلغاء الاشتراك", "إلغاء اشتراكي", "ألغ الاشتراك", "ألغي الاشتراك"),
    *_words("stop", "soft", "ar", OURS, "إلغاء", "إنهاء", "توقف", "خروج", "قف"),
    *_words("start", "strong", "ar", OURS, "إعادة الاشتراك"),
    *_words("start", "soft", "ar", OURS, "استئناف"),
    *_words("help", "strong", "ar", OURS, "مساعدة"),
    # Hindi
    *_words("stop", "strong", "hi", OURS, "रोकें", "स्टॉप", "बंद करें", "बंद करो", "अनसब्सक्राइब"),
    *_words("stop", "strong", "hi", OURS, "संदेश बंद करें", "सदस्यता रद्द करें", "सदस्यता समाप्त करें"),
    *_words("stop", "soft", "hi", OURS, "रद्द करें", "समाप्त", "band karo", "band karen"),
    *_words("start", "strong", "hi", OURS, "स्टार्ट"),
    *_words("start", "soft", "hi", OURS, "फिर से शुरू करें"),
    *_words("help", "strong", "hi", OURS, "मदद", "सहायता"),
    # Japanese
    *_words("stop", "strong", "ja", OURS, "停止", "ストップ", "配信停止", "配信解除", "配信を停止"),
    *_words("stop", "strong", "ja", OURS, "購読解除", "購読停止", "登録解除"),
    *_words("stop", "soft", "ja", OURS, "解除", "解約", "キャンセル", "終了", "退会", "やめる"),
    *_words("start", "strong", "ja", OURS, "配信再開"),
    *_words("start", "soft", "ja", OURS, "再開"),
    *_words("help", "strong", "ja", OURS, "ヘルプ"),
    # Chinese, in both its scripts
    *_words("stop", "strong", "zh", OURS, "停止", "退订", "退訂", "取消订阅", "取消訂閱", "停止订阅", "停止訂閱"),
    *_words("stop", "strong", "zh", OURS, "停止接收", "停止发送", "停止發送", "不要再发", "不要再發"),
    *_words("stop", "soft", "zh", AWS, "td"),
    *_words("stop", "soft", "zh", OURS, "取消", "结束", "結束", "退出"),
    *_words("start", "strong", "zh", OURS, "恢复订阅", "恢復訂閱", "重新订阅", "重新訂閱"),
    *_words("help", "strong", "zh", OURS, "帮助", "幫助"),
)
"""Every built-in word."""
