"""The runtime's own words about what people are signed up for, and why they got a message."""

from collections.abc import Mapping

INTRO: Mapping[str, str] = {
    "en": "This is what we send messages about.",
    "fr": "Voici les sujets sur lesquels nous écrivons.",
    "es": "Estos son los temas sobre los que escribimos.",
    "de": "Darüber schreiben wir.",
    "it": "Ecco di che cosa scriviamo.",
    "pt": "Eis os assuntos sobre os quais escrevemos.",
    "pt-BR": "Estes são os assuntos sobre os quais escrevemos.",
    "nl": "Hierover sturen wij berichten.",
    "pl": "O tym wysyłamy wiadomości.",
    "ar": "هذا ما نرسل رسائل عنه.",
    "hi": "हम इन विषयों पर संदेश भेजते हैं।",
    "ja": "お送りしているメッセージの一覧です。",
    "zh": "以下是我们发送消息的主题。",
    "zh-Hant": "以下是我們傳送訊息的主題。",
}

NOTHING: Mapping[str, str] = {
    "en": "You are not signed up for anything.",
    "fr": "Vous n'êtes inscrit à rien.",
    "es": "No está suscrito a nada.",
    "de": "Sie sind für nichts angemeldet.",
    "it": "Non è iscritto a nulla.",
    "pt": "Não está inscrito em nada.",
    "pt-BR": "Você não está inscrito em nada.",
    "nl": "U bent nergens voor aangemeld.",
    "pl": "Nie ma żadnych subskrypcji.",
    "ar": "لست مشتركًا في أي شيء.",
    "hi": "आपने किसी चीज़ की सदस्यता नहीं ली है।",
    "ja": "登録されているものはありません。",
    "zh": "您没有订阅任何内容。",
    "zh-Hant": "您沒有訂閱任何內容。",
}

OPTED_IN: Mapping[str, str] = {
    "en": "You signed up for this.",
    "fr": "Vous vous y êtes inscrit.",
    "es": "Se suscribió a esto.",
    "de": "Sie haben sich dafür angemeldet.",
    "it": "Si è iscritto a questo.",
    "pt": "Inscreveu-se nisto.",
    "pt-BR": "Você se inscreveu nisto.",
    "nl": "U hebt zich hiervoor aangemeld.",
    "pl": "Subskrypcja włączona na prośbę odbiorcy.",
    "ar": "اشتركت في هذا بنفسك.",
    "hi": "आपने इसकी सदस्यता ली है।",
    "ja": "ご自身で登録されています。",
    "zh": "您已订阅此内容。",
    "zh-Hant": "您已訂閱此內容。",
}

ADDED: Mapping[str, str] = {
    "en": "You were added to this.",
    "fr": "Vous y avez été ajouté.",
    "es": "Se le añadió a esto.",
    "de": "Sie wurden dazu hinzugefügt.",
    "it": "È stato aggiunto a questo.",
    "pt": "Foi adicionado a isto.",
    "pt-BR": "Você foi adicionado a isto.",
    "nl": "U bent hieraan toegevoegd.",
    "pl": "Subskrypcja dodana przez nasz zespół.",
    "ar": "تمت إضافتك إلى هذا.",
    "hi": "आपको इसमें जोड़ा गया है।",
    "ja": "こちらで登録しました。",
    "zh": "您已被加入此内容。",
    "zh-Hant": "您已被加入此內容。",
}

OUT: Mapping[str, str] = {
    "en": "You do not get this.",
    "fr": "Vous ne recevez pas ceci.",
    "es": "No recibe esto.",
    "de": "Sie erhalten das nicht.",
    "it": "Non riceve questo.",
    "pt": "Não recebe isto.",
    "pt-BR": "Você não recebe isto.",
    "nl": "U krijgt dit niet.",
    "pl": "Subskrypcja wyłączona.",
    "ar": "لا يصلك هذا.",
    "hi": "आपको यह नहीं मिलता।",
    "ja": "お送りしていません。",
    "zh": "您不会收到此内容。",
    "zh-Hant": "您不會收到此內容。",
}

JOINED: Mapping[str, str] = {
    "en": "Done. From now on you will get:",
    "fr": "C'est fait. Vous recevrez désormais\u00a0:",
    "es": "Hecho. A partir de ahora recibirá:",
    "de": "Erledigt. Sie erhalten ab jetzt:",
    "it": "Fatto. D'ora in poi riceverà:",
    "pt": "Feito. A partir de agora receberá:",
    "pt-BR": "Pronto. A partir de agora você receberá:",
    "nl": "Gedaan. U krijgt vanaf nu:",
    "pl": "Gotowe. Od teraz będziemy wysyłać:",
    "ar": "تم. من الآن سيصلك:",
    "hi": "हो गया। अब से आपको मिलेगा:",
    "ja": "完了しました。今後お送りするもの:",
    "zh": "完成。今后您将收到：",
    "zh-Hant": "完成。今後您將收到：",
}

WHY_OPTED_IN: Mapping[str, str] = {
    "en": "You got this because you signed up for it:",
    "fr": "Vous avez reçu ceci parce que vous vous y êtes inscrit\u00a0:",
    "es": "Recibió esto porque se suscribió:",
    "de": "Sie haben das erhalten, weil Sie sich dafür angemeldet haben:",
    "it": "Ha ricevuto questo perché si è iscritto:",
    "pt": "Recebeu isto porque se inscreveu:",
    "pt-BR": "Você recebeu isto porque se inscreveu:",
    "nl": "U kreeg dit omdat u zich ervoor hebt aangemeld:",
    "pl": "Ta wiadomość wynika z zapisania się:",
    "ar": "وصلك هذا لأنك اشتركت فيه:",
    "hi": "आपको यह इसलिए मिला क्योंकि आपने इसकी सदस्यता ली थी:",
    "ja": "ご自身で登録されたため、お送りしました:",
    "zh": "您收到此消息，是因为您订阅了它：",
    "zh-Hant": "您收到此訊息，是因為您訂閱了它：",
}

WHY_ADDED: Mapping[str, str] = {
    "en": "You got this because you were added to it:",
    "fr": "Vous avez reçu ceci parce que vous y avez été ajouté\u00a0:",
    "es": "Recibió esto porque se le añadió:",
    "de": "Sie haben das erhalten, weil Sie dazu hinzugefügt wurden:",
    "it": "Ha ricevuto questo perché è stato aggiunto:",
    "pt": "Recebeu isto porque foi adicionado:",
    "pt-BR": "Você recebeu isto porque foi adicionado:",
    "nl": "U kreeg dit omdat u eraan bent toegevoegd:",
    "pl": "Ta wiadomość wynika z dodania przez nasz zespół:",
    "ar": "وصلك هذا لأنه تمت إضافتك إليه:",
    "hi": "आपको यह इसलिए मिला क्योंकि आपको इसमें जोड़ा गया था:",
    "ja": "こちらで登録したため、お送りしました:",
    "zh": "您收到此消息，是因为您被加入其中：",
    "zh-Hant": "您收到此訊息，是因為您被加入其中：",
}

WHY_CHOSEN: Mapping[str, str] = {
    "en": "You got this because our team chose whom it goes to.",
    "fr": "Vous avez reçu ceci parce que notre équipe a choisi à qui l'envoyer.",
    "es": "Recibió esto porque nuestro equipo eligió a quién enviarlo.",
    "de": "Sie haben das erhalten, weil unser Team ausgewählt hat, an wen es geht.",
    "it": "Ha ricevuto questo perché il nostro team ha scelto a chi inviarlo.",
    "pt": "Recebeu isto porque a nossa equipa escolheu a quem o enviar.",
    "pt-BR": "Você recebeu isto porque nossa equipe escolheu para quem enviar.",
    "nl": "U kreeg dit omdat ons team koos naar wie het gaat.",
    "pl": "Ta wiadomość wynika z wyboru odbiorców przez nasz zespół.",
    "ar": "وصلك هذا لأن فريقنا اختار من يُرسل إليه.",
    "hi": "आपको यह इसलिए मिला क्योंकि हमारी टीम ने चुना कि यह किसे भेजा जाए।",
    "ja": "送り先を担当者が選んだため、お送りしました。",
    "zh": "您收到此消息，是因为我们的团队选择了发送对象。",
    "zh-Hant": "您收到此訊息，是因為我們的團隊選擇了傳送對象。",
}

WHY_READ: Mapping[str, str] = {
    "en": "These were the words:",
    "fr": "Voici les mots d'alors\u00a0:",
    "es": "Estas fueron las palabras:",
    "de": "Das waren die Worte:",
    "it": "Queste erano le parole:",
    "pt": "Foram estas as palavras:",
    "pt-BR": "As palavras foram estas:",
    "nl": "Dit waren de woorden:",
    "pl": "Oto słowa, o które chodziło:",
    "ar": "كانت هذه هي الكلمات:",
    "hi": "शब्द ये थे:",
    "ja": "そのときの文面:",
    "zh": "当时的文字：",
    "zh-Hant": "當時的文字：",
}

SUBSCRIPTION_WORDS: Mapping[str, Mapping[str, str]] = {
    "subscriptions": INTRO,
    "no_subscriptions": NOTHING,
    "opted_in": OPTED_IN,
    "added": ADDED,
    "out": OUT,
    "joined": JOINED,
    "why_opted_in": WHY_OPTED_IN,
    "why_added": WHY_ADDED,
    "why_chosen": WHY_CHOSEN,
    "why_read": WHY_READ,
}
"""Each text by what it is for."""
