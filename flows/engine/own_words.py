"""The runtime's own words, for what a flow does not say itself. Plain, and they sell nothing.

Everybody reads STOP, START and HELP in them, because these work in every language. START lets messages come again and
brings no membership back, so no text promises more. What is written from left to right, a date or an address, is
isolated in Arabic, or it is shown the other way round.
"""

from collections.abc import Mapping

from flows.engine.own_limits import LIMIT_WORDS
from flows.engine.own_offers import OFFERS
from flows.engine.own_subscriptions import SUBSCRIPTION_WORDS
from flows.model.base import language_forms

STOPPED: Mapping[str, str] = {
    "en": "You will get no more messages from us. Type START if you change your mind.",
    "fr": "Vous ne recevrez plus de messages de notre part. Tapez START si vous changez d'avis.",
    "es": "No recibirá más mensajes nuestros. Escriba START si cambia de opinión.",
    "de": "Sie erhalten keine Nachrichten mehr von uns. Schreiben Sie START, wenn Sie es sich anders überlegen.",
    "it": "Non riceverà più messaggi da noi. Scriva START se cambia idea.",
    "pt": "Não receberá mais mensagens nossas. Escreva START se mudar de ideia.",
    "pt-BR": "Você não receberá mais mensagens nossas. Escreva START se mudar de ideia.",
    "nl": "U krijgt geen berichten meer van ons. Typ START als u van gedachten verandert.",
    "pl": "Nie będziemy już wysyłać wiadomości. Aby to zmienić, proszę napisać START.",
    "ar": "لن تصلك رسائل منا بعد الآن. اكتب START إذا غيّرت رأيك.",
    "hi": "अब आपको हमारी ओर से संदेश नहीं मिलेंगे। मन बदल जाए तो START लिखें।",
    "ja": "今後、こちらからメッセージをお送りすることはありません。受信を再び許可する場合は START と入力してください。",
    "zh": "您将不再收到我们的消息。如果改变主意，请输入 START。",
    "zh-Hant": "您將不再收到我們的訊息。如改變主意，請輸入 START。",
}

STARTED: Mapping[str, str] = {
    "en": "Messages are on again. Anything you unsubscribed from stays off until you sign up again. "
    "Type STOP to stop everything.",
    "fr": "Nous pouvons de nouveau vous écrire. Vos désinscriptions restent valables tant que vous ne vous "
    "réinscrivez pas. Tapez STOP pour tout arrêter.",
    "es": "Podemos volver a enviarle mensajes. Las bajas que pidió siguen vigentes hasta que vuelva a "
    "suscribirse. Escriba STOP para no recibir nada más.",
    "de": "Wir dürfen Ihnen wieder schreiben. Was Sie abbestellt haben, bleibt abbestellt, bis Sie sich neu "
    "anmelden. Mit STOP beenden Sie alles.",
    "it": "Possiamo di nuovo scriverle. Le iscrizioni annullate restano annullate finché non si iscrive di "
    "nuovo. Scriva STOP per fermare tutto.",
    "pt": "Podemos voltar a enviar mensagens. O que foi cancelado continua cancelado até nova inscrição. "
    "Escreva STOP para parar tudo.",
    "pt-BR": "Podemos voltar a enviar mensagens para você. O que você cancelou continua cancelado até uma nova "
    "inscrição. Escreva STOP para parar tudo.",
    "nl": "We mogen u weer berichten sturen. Waarvoor u zich hebt afgemeld, blijft uit tot u zich opnieuw "
    "aanmeldt. Typ STOP om alles te stoppen.",
    "pl": "Możemy znów wysyłać wiadomości. Anulowane subskrypcje pozostają anulowane do ponownego zapisu. "
    "Aby wyłączyć wszystko, proszę napisać STOP.",
    "ar": "يمكننا مراسلتك من جديد. ما ألغيت اشتراكك فيه يبقى متوقفًا حتى تشترك فيه مرة أخرى. اكتب STOP لإيقاف كل شيء.",
    "hi": "हम आपको फिर से संदेश भेज सकते हैं। जिनकी सदस्यता आपने रद्द की थी, वे दोबारा चुनने तक बंद रहेंगे। "
    "सब कुछ बंद करने के लिए STOP लिखें।",
    "ja": "メッセージの受信が再び可能になりました。停止した配信は、もう一度お申し込みいただくまで届きません。"
    "すべて停止するには STOP と入力してください。",
    "zh": "我们现在可以再次向您发送消息。您退订的内容不会恢复，除非您重新订阅。输入 STOP 可停止接收全部消息。",
    "zh-Hant": "我們現在可以再次傳送訊息給您。您取消訂閱的內容不會恢復，除非您重新訂閱。輸入 STOP 可停止接收所有訊息。",
}

HELP: Mapping[str, str] = {
    "en": "Type STOP to stop all messages, or START to allow them again.",
    "fr": "Tapez STOP pour ne plus recevoir de messages, START pour les autoriser à nouveau.",
    "es": "Escriba STOP para no recibir más mensajes, START para permitirlos de nuevo.",
    "de": "Schreiben Sie STOP, um keine Nachrichten mehr zu erhalten, oder START, um sie wieder zu erlauben.",
    "it": "Scriva STOP per non ricevere più messaggi, START per permetterli di nuovo.",
    "pt": "Escreva STOP para não receber mais mensagens, START para permitir novamente.",
    "pt-BR": "Escreva STOP para parar de receber mensagens ou START para permitir novamente.",
    "nl": "Typ STOP om geen berichten meer te krijgen of START om ze weer toe te staan.",
    "pl": "Aby nie otrzymywać wiadomości, proszę napisać STOP. Aby znów na nie pozwolić, proszę napisać START.",
    "ar": "اكتب STOP لإيقاف الرسائل أو START للسماح بها من جديد.",
    "hi": "संदेश बंद करने के लिए STOP लिखें, फिर से अनुमति देने के लिए START लिखें।",
    "ja": "メッセージを止めるには STOP、再び許可するには START と入力してください。",
    "zh": "输入 STOP 停止接收消息，输入 START 重新允许接收。",
    "zh-Hant": "輸入 STOP 停止接收訊息，輸入 START 重新允許接收。",
}

STILL_OFF: Mapping[str, str] = {
    "en": "You asked us to stop everything else, so it stays off. Type START to allow it again.",
    "fr": "Vous ne recevrez rien d'autre, comme demandé. Tapez START pour l'autoriser à nouveau.",
    "es": "Todo lo demás sigue desactivado, como pidió. Escriba START para permitirlo de nuevo.",
    "de": "Alles andere bleibt wie gewünscht abbestellt. Schreiben Sie START, um es wieder zu erlauben.",
    "it": "Tutto il resto rimane disattivato, come ha chiesto. Scriva START per permetterlo di nuovo.",
    "pt": "As outras mensagens continuam desativadas, como pediu. Escreva START para permitir novamente.",
    "pt-BR": "As outras mensagens continuam desativadas, como você pediu. Escreva START para permitir novamente.",
    "nl": "Al het andere blijft uit, zoals u vroeg. Typ START om het weer toe te staan.",
    "pl": "Wszystko inne pozostaje wyłączone, zgodnie z prośbą. Aby znów na to pozwolić, proszę napisać START.",
    "ar": "كل ما عدا ذلك يبقى متوقفًا كما طلبت. اكتب START للسماح به من جديد.",
    "hi": "बाकी सब आपके कहे अनुसार बंद रहेगा। उसकी फिर से अनुमति देने के लिए START लिखें।",
    "ja": "そのほかの配信は、ご希望どおり停止したままです。再び許可するには START と入力してください。",
    "zh": "按照您的要求，其他消息仍不会发送。如需重新允许，请输入 START。",
    "zh-Hant": "依照您的要求，其他訊息仍不會傳送。如需重新允許，請輸入 START。",
}

LATE: Mapping[str, str] = {
    "en": "Nothing was changed: you made another choice after this one. If you want this now, press again in a few "
    "minutes.",
    "fr": "Rien n'a été modifié\u00a0: vous avez fait un autre choix après celui-ci. Si vous le souhaitez maintenant, "
    "appuyez à nouveau dans quelques minutes.",
    "es": "No se ha cambiado nada: después de esto hizo otra elección. Si lo quiere ahora, pulse de nuevo dentro de "
    "unos minutos.",
    "de": "Es wurde nichts geändert: Sie haben danach etwas anderes gewählt. Wenn Sie dies jetzt möchten, drücken Sie "
    "bitte in ein paar Minuten noch einmal.",
    "it": "Non è stato modificato nulla: dopo questa ha fatto un'altra scelta. Se ora lo desidera, prema di nuovo tra "
    "qualche minuto.",
    "pt": "Nada foi alterado: depois desta fez outra escolha. Se o quiser agora, prima novamente dentro de alguns "
    "minutos.",
    "pt-BR": "Nada foi alterado: depois desta você fez outra escolha. Se quiser isto agora, toque de novo daqui a "
    "alguns minutos.",
    "nl": "Er is niets gewijzigd: u hebt hierna iets anders gekozen. Wilt u dit nu wel, druk dan over een paar minuten "
    "opnieuw.",
    "pl": "Nic nie zostało zmienione: po tym wyborze nastąpił inny. Aby wybrać to teraz, proszę nacisnąć ponownie za "
    "kilka minut.",
    "ar": "لم يتغير شيء: لقد اخترت شيئًا آخر بعد ذلك. إذا كنت تريد هذا الآن فاضغط مرة أخرى بعد بضع دقائق.",
    "hi": "कुछ भी बदला नहीं गया: इसके बाद आपने कुछ और चुना था। अगर अब यह चाहिए तो कुछ मिनट बाद फिर से दबाएँ।",
    "ja": "変更はありません。このあとに別の選択をされています。今これをご希望の場合は、数分後に"
    "もう一度押してください。",
    "zh": "没有做任何更改：您在此之后做了另一个选择。如果现在想要，请几分钟后再按一次。",
    "zh-Hant": "沒有做任何變更：您在此之後做了另一個選擇。如果現在想要，請幾分鐘後再按一次。",
}

LEFT: Mapping[str, str] = {
    "en": "Done. You will no longer get:",
    "fr": "C'est fait. Vous ne recevrez plus\u00a0:",
    "es": "Hecho. Ya no recibirá:",
    "de": "Erledigt. Sie erhalten nicht mehr:",
    "it": "Fatto. Non riceverà più:",
    "pt": "Feito. Deixará de receber:",
    "pt-BR": "Pronto. Você não receberá mais:",
    "nl": "Gedaan. U krijgt niet meer:",
    "pl": "Gotowe. Nie będziemy już wysyłać:",
    "ar": "تم. لن يصلك بعد الآن:",
    "hi": "हो गया। अब आपको यह नहीं मिलेगा:",
    "ja": "手続きが完了しました。今後お送りしないもの：",
    "zh": "已完成。您将不再收到：",
    "zh-Hant": "已完成。您將不再收到：",
}
"""Goes before the name of a segment."""

SORRY: Mapping[str, str] = {
    "en": "Sorry, something went wrong on our side. Nothing was changed. Please try again.",
    "fr": "Un problème est survenu de notre côté et rien n'a été modifié. Merci de réessayer.",
    "es": "Algo ha fallado por nuestra parte y no se ha cambiado nada. Inténtelo de nuevo, por favor.",
    "de": "Bei uns ist etwas schiefgegangen, und es wurde nichts geändert. Bitte versuchen Sie es noch einmal.",
    "it": "Qualcosa è andato storto da parte nostra e non è stato modificato nulla. Riprovi, per favore.",
    "pt": "Ocorreu um erro do nosso lado e nada foi alterado. Tente novamente, por favor.",
    "pt-BR": "Desculpe, ocorreu um erro do nosso lado e nada foi alterado. Tente de novo, por favor.",
    "nl": "Er ging bij ons iets mis en er is niets gewijzigd. Probeer het alstublieft opnieuw.",
    "pl": "Coś poszło nie tak po naszej stronie i nic nie zostało zmienione. Proszę spróbować ponownie.",
    "ar": "حدث خطأ من جانبنا ولم يتغير شيء. يرجى المحاولة مرة أخرى.",
    "hi": "हमारी ओर से कोई गड़बड़ी हुई और कुछ भी बदला नहीं गया। कृपया फिर से प्रयास करें।",
    "ja": "こちらで問題が発生し、何も変更されていません。もう一度お試しください。",
    "zh": "我们这边出了问题，没有做任何更改。请再试一次。",
    "zh-Hant": "我們這邊發生了問題，沒有做任何變更。請再試一次。",
}
"""After a fault of the engine."""

RETRY_TEXT: Mapping[str, str] = {
    "en": "Please answer in a few words.",
    "fr": "Merci de répondre en quelques mots.",
    "es": "Responda con unas palabras, por favor.",
    "de": "Bitte antworten Sie mit ein paar Worten.",
    "it": "Risponda con qualche parola, per favore.",
    "pt": "Responda com algumas palavras, por favor.",
    "pt-BR": "Por favor, responda com algumas palavras.",
    "nl": "Antwoord alstublieft met een paar woorden.",
    "pl": "Proszę odpowiedzieć w kilku słowach.",
    "ar": "يرجى الإجابة ببضع كلمات.",
    "hi": "कृपया कुछ शब्दों में उत्तर दें।",
    "ja": "短い言葉でお答えください。",
    "zh": "请简短回答。",
    "zh-Hant": "請簡短回答。",
}

RETRY_EMAIL: Mapping[str, str] = {
    "en": "That does not look like an email address. An example: name@example.org",
    "fr": "Cela ne ressemble pas à une adresse e-mail. Un exemple\u00a0: nom@example.org",
    "es": "Eso no parece una dirección de correo. Un ejemplo: nombre@example.org",
    "de": "Das sieht nicht nach einer E-Mail-Adresse aus. Ein Beispiel: name@example.org",
    "it": "Non sembra un indirizzo e-mail. Un esempio: nome@example.org",
    "pt": "Isso não parece um endereço de e-mail. Um exemplo: nome@example.org",
    "pt-BR": "Isso não parece ser um e-mail. Um exemplo: nome@example.org",
    "nl": "Dat lijkt geen geldig e-mailadres te zijn. Een voorbeeld: naam@example.org",
    "pl": "To nie wygląda na adres e-mail. Przykład: imie@example.org",
    "ar": "لا يبدو هذا عنوان بريد إلكتروني. مثال: \u2066name@example.org\u2069",
    "hi": "यह ईमेल पते जैसा नहीं लग रहा। उदाहरण: name@example.org",
    "ja": "メールアドレスではないようです。例：name@example.org",
    "zh": "这看起来不是电子邮件地址。例如：name@example.org",
    "zh-Hant": "這看起來不是電子郵件地址。例如：name@example.org",
}

RETRY_NUMBER: Mapping[str, str] = {
    "en": "Please answer with a number, such as 7.",
    "fr": "Merci de répondre par un nombre, par exemple 7.",
    "es": "Responda con un número, por ejemplo 7.",
    "de": "Bitte antworten Sie mit einer Zahl, zum Beispiel 7.",
    "it": "Risponda con un numero, per esempio 7.",
    "pt": "Responda com um número, por exemplo 7.",
    "pt-BR": "Por favor, responda com um número, por exemplo 7.",
    "nl": "Antwoord alstublieft met een getal, bijvoorbeeld 7.",
    "pl": "Proszę podać liczbę, na przykład 7.",
    "ar": "يرجى كتابة رقم، مثل 7.",
    "hi": "कृपया एक संख्या लिखें (जैसे 7)।",
    "ja": "7 のように数字でお答えください。",
    "zh": "请用数字回答，例如 7。",
    "zh-Hant": "請用數字回答，例如 7。",
}

RETRY_DATE: Mapping[str, str] = {
    "en": "Please answer with a date, such as 2024-03-31.",
    "fr": "Merci de répondre par une date, par exemple 2024-03-31.",
    "es": "Responda con una fecha, por ejemplo 2024-03-31.",
    "de": "Bitte antworten Sie mit einem Datum, zum Beispiel 2024-03-31.",
    "it": "Risponda con una data, per esempio 2024-03-31.",
    "pt": "Responda com uma data, por exemplo 2024-03-31.",
    "pt-BR": "Por favor, responda com uma data, por exemplo 2024-03-31.",
    "nl": "Antwoord alstublieft met een datum, bijvoorbeeld 2024-03-31.",
    "pl": "Proszę podać datę, na przykład 2024-03-31.",
    "ar": "يرجى كتابة تاريخ، مثل \u20662024-03-31\u2069.",
    "hi": "कृपया एक तारीख लिखें (जैसे 2024-03-31)।",
    "ja": "2024-03-31 のように日付でお答えください。",
    "zh": "请用日期回答，例如 2024-03-31。",
    "zh-Hant": "請用日期回答，例如 2024-03-31。",
}

RETRY_CHOICE: Mapping[str, str] = {
    "en": "Please choose one of the answers.",
    "fr": "Merci de choisir l'une des réponses.",
    "es": "Elija una de las respuestas, por favor.",
    "de": "Bitte wählen Sie eine der Antworten.",
    "it": "Scelga una delle risposte, per favore.",
    "pt": "Escolha uma das respostas, por favor.",
    "pt-BR": "Por favor, escolha uma das respostas.",
    "nl": "Kies alstublieft een van de antwoorden.",
    "pl": "Proszę wybrać jedną z odpowiedzi.",
    "ar": "يرجى اختيار إحدى الإجابات.",
    "hi": "कृपया उत्तरों में से एक चुनें।",
    "ja": "回答の中から一つお選びください。",
    "zh": "请选择其中一个答案。",
    "zh-Hant": "請選擇其中一個答案。",
}

OUTDATED: Mapping[str, str] = {
    "en": "This button is from an older message and can't be used any more. Nothing was changed.",
    "fr": "Ce bouton provient d'un ancien message et ne peut plus être utilisé. Rien n'a été modifié.",
    "es": "Este botón es de un mensaje anterior y ya no se puede usar. No se ha cambiado nada.",
    "de": "Dieser Knopf stammt aus einer älteren Nachricht und kann nicht mehr benutzt werden. "
    "Es wurde nichts geändert.",
    "it": "Questo pulsante è di un messaggio precedente e non si può più usare. Non è stato modificato nulla.",
    "pt": "Este botão é de uma mensagem anterior e já não pode ser usado. Nada foi alterado.",
    "pt-BR": "Este botão é de uma mensagem anterior e não pode mais ser usado. Nada foi alterado.",
    "nl": "Deze knop hoort bij een ouder bericht en kan niet meer worden gebruikt. Er is niets gewijzigd.",
    "pl": "Ten przycisk pochodzi ze starszej wiadomości i nie można go już użyć. Nic nie zostało zmienione.",
    "ar": "هذا الزر من رسالة أقدم ولم يعد صالحًا للاستخدام. لم يتغير شيء.",
    "hi": "यह बटन एक पुराने संदेश का है और अब काम नहीं करता। कुछ भी बदला नहीं गया।",
    "ja": "このボタンは以前のメッセージのもので、もう使えません。変更はありません。",
    "zh": "此按钮来自较早的消息，已不能使用。没有做任何更改。",
    "zh-Hant": "此按鈕來自較早的訊息，已不能使用。沒有做任何變更。",
}

OWN_WORDS: Mapping[str, Mapping[str, str]] = {
    "outdated": OUTDATED,
    "stopped": STOPPED,
    "started": STARTED,
    "help": HELP,
    "still_off": STILL_OFF,
    "late": LATE,
    "left": LEFT,
    "sorry": SORRY,
    "retry_text": RETRY_TEXT,
    "retry_email": RETRY_EMAIL,
    "retry_number": RETRY_NUMBER,
    "retry_date": RETRY_DATE,
    "retry_choice": RETRY_CHOICE,
    **LIMIT_WORDS,
    **OFFERS,
    **SUBSCRIPTION_WORDS,
}
"""Each text by what it is for."""


def own_words(kind: str, language: str, fallback: str) -> str:
    """Return a text in `language`, else its base language, else in `fallback`, else in English.

    Chinese of Taiwan, Hong Kong and Macau is in traditional characters.
    """
    texts = OWN_WORDS[kind]
    for wanted in (language, fallback):
        for form in language_forms(wanted):
            if form in texts:
                return texts[form]
    return texts["en"]
