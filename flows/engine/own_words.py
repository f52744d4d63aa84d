"""The runtime's own words, for what a flow does not say itself. Plain, and they sell nothing.

Everybody reads STOP, START and HELP in them, because these work in every language.
"""

from collections.abc import Mapping

from flows.engine.own_offers import OFFERS

STOPPED: Mapping[str, str] = {
    "en": "You will get no more messages from us. Type START if you change your mind.",
    "fr": "Vous ne recevrez plus de messages de notre part. Tapez START si vous changez d'avis.",
    "es": "No recibirá más mensajes nuestros. Escriba START si cambia de opinión.",
    "de": "Sie erhalten keine Nachrichten mehr von uns. Schreiben Sie START, wenn Sie es sich anders überlegen.",
    "it": "Non riceverà più messaggi da noi. Scriva START se cambia idea.",
    "pt": "Não receberá mais mensagens nossas. Escreva START se mudar de ideia.",
    "nl": "U krijgt geen berichten meer van ons. Typ START als u van gedachten verandert.",
    "pl": "Nie będziemy już wysyłać wiadomości. Aby to zmienić, proszę napisać START.",
    "ar": "لن تصلك رسائل منا بعد الآن. اكتب START إذا غيّرت رأيك.",
    "hi": "अब आपको हमारी ओर से संदेश नहीं मिलेंगे। मन बदल जाए तो START लिखें।",
    "ja": "今後、こちらからのメッセージは届きません。再開するには START と入力してください。",
    "zh": "您将不再收到我们的消息。如果改变主意，请输入 START。",
}

STARTED: Mapping[str, str] = {
    "en": "Messages are possible again. What you left stays off until you choose it again. "
    "Type STOP to end everything.",
    "fr": "Les messages sont de nouveau possibles. Ce que vous avez quitté reste coupé jusqu'à ce que vous le "
    "choisissiez à nouveau. Tapez STOP pour tout arrêter.",
    "es": "Vuelve a ser posible enviarle mensajes. Lo que dejó sigue desactivado hasta que lo elija de nuevo. "
    "Escriba STOP para detenerlo todo.",
    "de": "Nachrichten sind wieder möglich. Was Sie abbestellt haben, bleibt aus, bis Sie es wieder wählen. "
    "Schreiben Sie STOP, um alles zu beenden.",
    "it": "I messaggi sono di nuovo possibili. Ciò che ha lasciato resta disattivato finché non lo sceglie di nuovo. "
    "Scriva STOP per fermare tutto.",
    "pt": "As mensagens voltam a ser possíveis. O que deixou continua desligado até o escolher de novo. "
    "Escreva STOP para parar tudo.",
    "nl": "Berichten zijn weer mogelijk. Wat u hebt verlaten, blijft uit tot u het opnieuw kiest. "
    "Typ STOP om alles te stoppen.",
    "pl": "Wiadomości są znów możliwe. To, z czego zrezygnowano, pozostaje wyłączone do ponownego wyboru. "
    "Aby zakończyć wszystko, proszę napisać STOP.",
    "ar": "أصبحت الرسائل ممكنة من جديد. ما غادرته يبقى متوقفًا حتى تختاره مرة أخرى. اكتب STOP لإيقاف كل شيء.",
    "hi": "संदेश फिर से आ सकते हैं। जो आपने छोड़ा था वह दोबारा चुनने तक बंद रहेगा। सब कुछ बंद करने के लिए STOP लिखें।",
    "ja": "メッセージを再びお届けできます。おやめになったものは、もう一度選ぶまで届きません。"
    "すべて止めるには STOP と入力してください。",
    "zh": "现在可以再次收到消息。您退出的内容在重新选择之前不会发送。输入 STOP 可停止一切。",
}

HELP: Mapping[str, str] = {
    "en": "Type STOP to get no more messages, START to allow them again.",
    "fr": "Tapez STOP pour ne plus recevoir de messages, START pour les permettre à nouveau.",
    "es": "Escriba STOP para no recibir más mensajes, START para permitirlos de nuevo.",
    "de": "Schreiben Sie STOP, um keine Nachrichten mehr zu erhalten, START, um sie wieder zu erlauben.",
    "it": "Scriva STOP per non ricevere più messaggi, START per permetterli di nuovo.",
    "pt": "Escreva STOP para não receber mais mensagens, START para as permitir de novo.",
    "nl": "Typ STOP om geen berichten meer te krijgen, START om ze weer toe te staan.",
    "pl": "STOP kończy wysyłanie wiadomości, START pozwala na nie ponownie.",
    "ar": "اكتب STOP لإيقاف الرسائل، وSTART للسماح بها من جديد.",
    "hi": "संदेश बंद करने के लिए STOP लिखें, फिर से पाने के लिए START लिखें।",
    "ja": "メッセージを止めるには STOP、再開するには START と入力してください。",
    "zh": "输入 STOP 不再接收消息，输入 START 重新允许。",
}

STILL_OFF: Mapping[str, str] = {
    "en": "Everything else stays off, as you asked. Type START to allow it again.",
    "fr": "Tout le reste demeure coupé, comme vous l'avez demandé. Tapez START pour le permettre à nouveau.",
    "es": "Todo lo demás sigue desactivado, como pidió. Escriba START para permitirlo de nuevo.",
    "de": "Alles andere bleibt aus, wie Sie es wollten. Schreiben Sie START, um es wieder zu erlauben.",
    "it": "Tutto il resto resta disattivato, come ha chiesto. Scriva START per permetterlo di nuovo.",
    "pt": "Tudo o resto continua desligado, como pediu. Escreva START para o permitir de novo.",
    "nl": "Al het andere blijft uit, zoals u vroeg. Typ START om het weer toe te staan.",
    "pl": "Wszystko inne pozostaje wyłączone, zgodnie z prośbą. START pozwala na to ponownie.",
    "ar": "كل ما عدا ذلك يبقى متوقفًا كما طلبت. اكتب START للسماح به من جديد.",
    "hi": "बाकी सब आपके कहे अनुसार बंद रहेगा। उसे फिर से चालू करने के लिए START लिखें।",
    "ja": "ご希望どおり、そのほかは届きません。再開するには START と入力してください。",
    "zh": "按照您的要求，其他内容仍然关闭。输入 START 重新允许。",
}

LATE: Mapping[str, str] = {
    "en": "Nothing was changed: you made another choice after this one. If you want this now, press again.",
    "fr": "Rien n'a été modifié : vous avez fait un autre choix après celui-ci. Si vous le souhaitez maintenant, "
    "appuyez à nouveau.",
    "es": "No se ha cambiado nada: después de esto hizo otra elección. Si lo quiere ahora, pulse de nuevo.",
    "de": "Es wurde nichts geändert: Sie haben danach etwas anderes gewählt. Wenn Sie dies jetzt möchten, drücken Sie "
    "bitte noch einmal.",
    "it": "Non è stato modificato nulla: dopo questa ha fatto un'altra scelta. Se ora lo desidera, prema di nuovo.",
    "pt": "Nada foi alterado: depois desta fez outra escolha. Se o quiser agora, prima novamente.",
    "nl": "Er is niets gewijzigd: u hebt hierna iets anders gekozen. Wilt u dit nu wel, druk dan opnieuw.",
    "pl": "Nic nie zostało zmienione: po tym wyborze nastąpił inny. Aby wybrać to teraz, proszę nacisnąć ponownie.",
    "ar": "لم يتغير شيء: لقد اخترت شيئًا آخر بعد ذلك. إذا كنت تريد هذا الآن فاضغط مرة أخرى.",
    "hi": "कुछ भी बदला नहीं गया: इसके बाद आपने कुछ और चुना था। अगर अब यह चाहिए तो फिर से दबाएँ।",
    "ja": "変更はありません。このあとに別の選択をされています。今これをご希望の場合は、もう一度押してください。",
    "zh": "没有做任何更改：您在此之后做了另一个选择。如果现在想要，请再按一次。",
}

RETRY_TEXT: Mapping[str, str] = {
    "en": "Please answer in a few words.",
    "fr": "Merci de répondre en quelques mots.",
    "es": "Responda con unas palabras, por favor.",
    "de": "Bitte antworten Sie mit ein paar Worten.",
    "it": "Risponda con qualche parola, per favore.",
    "pt": "Responda com algumas palavras, por favor.",
    "nl": "Antwoord alstublieft met een paar woorden.",
    "pl": "Proszę odpowiedzieć w kilku słowach.",
    "ar": "يرجى الإجابة ببضع كلمات.",
    "hi": "कृपया कुछ शब्दों में उत्तर दें।",
    "ja": "短い言葉でお答えください。",
    "zh": "请用几句话回答。",
}

RETRY_EMAIL: Mapping[str, str] = {
    "en": "That does not look like an email address. An example: name@example.org",
    "fr": "Cela ne ressemble pas à une adresse e-mail. Un exemple : nom@example.org",
    "es": "Eso no parece una dirección de correo. Un ejemplo: nombre@example.org",
    "de": "Das sieht nicht nach einer E-Mail-Adresse aus. Ein Beispiel: name@example.org",
    "it": "Non sembra un indirizzo e-mail. Un esempio: nome@example.org",
    "pt": "Isso não parece um endereço de e-mail. Um exemplo: nome@example.org",
    "nl": "Dat lijkt geen e-mailadres. Een voorbeeld: naam@example.org",
    "pl": "To nie wygląda na adres e-mail. Przykład: imie@example.org",
    "ar": "لا يبدو هذا عنوان بريد إلكتروني. مثال: name@example.org",
    "hi": "यह ईमेल पता नहीं लगता। उदाहरण: name@example.org",
    "ja": "メールアドレスではないようです。例：name@example.org",
    "zh": "这看起来不是电子邮件地址。例如：name@example.org",
}

RETRY_NUMBER: Mapping[str, str] = {
    "en": "Please answer with a number, such as 7.",
    "fr": "Merci de répondre par un nombre, par exemple 7.",
    "es": "Responda con un número, por ejemplo 7.",
    "de": "Bitte antworten Sie mit einer Zahl, zum Beispiel 7.",
    "it": "Risponda con un numero, per esempio 7.",
    "pt": "Responda com um número, por exemplo 7.",
    "nl": "Antwoord alstublieft met een getal, bijvoorbeeld 7.",
    "pl": "Proszę odpowiedzieć liczbą, na przykład 7.",
    "ar": "يرجى الإجابة برقم، مثل 7.",
    "hi": "कृपया संख्या में उत्तर दें, जैसे 7।",
    "ja": "7 のように数字でお答えください。",
    "zh": "请用数字回答，例如 7。",
}

RETRY_DATE: Mapping[str, str] = {
    "en": "Please answer with a date, such as 2024-03-31.",
    "fr": "Merci de répondre par une date, par exemple 2024-03-31.",
    "es": "Responda con una fecha, por ejemplo 2024-03-31.",
    "de": "Bitte antworten Sie mit einem Datum, zum Beispiel 2024-03-31.",
    "it": "Risponda con una data, per esempio 2024-03-31.",
    "pt": "Responda com uma data, por exemplo 2024-03-31.",
    "nl": "Antwoord alstublieft met een datum, bijvoorbeeld 2024-03-31.",
    "pl": "Proszę odpowiedzieć datą, na przykład 2024-03-31.",
    "ar": "يرجى الإجابة بتاريخ، مثل 2024-03-31.",
    "hi": "कृपया तारीख में उत्तर दें, जैसे 2024-03-31।",
    "ja": "2024-03-31 のように日付でお答えください。",
    "zh": "请用日期回答，例如 2024-03-31。",
}

RETRY_CHOICE: Mapping[str, str] = {
    "en": "Please choose one of the answers.",
    "fr": "Merci de choisir l'une des réponses.",
    "es": "Elija una de las respuestas, por favor.",
    "de": "Bitte wählen Sie eine der Antworten.",
    "it": "Scelga una delle risposte, per favore.",
    "pt": "Escolha uma das respostas, por favor.",
    "nl": "Kies alstublieft een van de antwoorden.",
    "pl": "Proszę wybrać jedną z odpowiedzi.",
    "ar": "يرجى اختيار إحدى الإجابات.",
    "hi": "कृपया उत्तरों में से एक चुनें।",
    "ja": "回答の中から一つお選びください。",
    "zh": "请选择其中一个答案。",
}

OWN_WORDS: Mapping[str, Mapping[str, str]] = {
    "stopped": STOPPED,
    "started": STARTED,
    "help": HELP,
    "still_off": STILL_OFF,
    "late": LATE,
    "retry_text": RETRY_TEXT,
    "retry_email": RETRY_EMAIL,
    "retry_number": RETRY_NUMBER,
    "retry_date": RETRY_DATE,
    "retry_choice": RETRY_CHOICE,
    **OFFERS,
}
"""Each text by what it is for."""


def own_words(kind: str, language: str, fallback: str) -> str:
    """Return a text in `language`, else its base language, else in `fallback`, else in English."""
    texts = OWN_WORDS[kind]
    for wanted in (language, fallback):
        found = texts.get(wanted) or texts.get(wanted.split("-", 1)[0])
        if found is not None:
            return found
    return texts["en"]
