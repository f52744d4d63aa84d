"""The runtime's own words above its built-in buttons (`flows.builtin_buttons`), and about hand-overs and groups."""

from collections.abc import Mapping

OFFER_STOP: Mapping[str, str] = {
    "en": "If you want no more messages from us, press the button.",
    "fr": "Si vous ne voulez plus de messages de notre part, appuyez sur le bouton.",
    "es": "Si no quiere recibir más mensajes nuestros, pulse el botón.",
    "de": "Wenn Sie keine Nachrichten mehr von uns möchten, drücken Sie den Knopf.",
    "it": "Se non vuole più messaggi da noi, prema il pulsante.",
    "pt": "Se não quiser mais mensagens nossas, prima o botão.",
    "pt-BR": "Se não quiser mais mensagens nossas, toque no botão.",
    "nl": "Wilt u geen berichten meer van ons? Druk dan op de knop.",
    "pl": "Aby nie otrzymywać więcej naszych wiadomości, proszę nacisnąć przycisk.",
    "ar": "إذا كنت لا تريد مزيدًا من رسائلنا، فاضغط على الزر.",
    "hi": "यदि आप हमसे और संदेश नहीं चाहते, तो बटन दबाएँ।",
    "ja": "今後メッセージを受け取りたくない場合は、ボタンを押してください。",
    "zh": "如果您不想再收到我们的消息，请按下按钮。",
    "zh-Hant": "如果您不想再收到我們的訊息，請按下按鈕。",
}

OFFER_START: Mapping[str, str] = {
    "en": "If messages from us are off, this button turns them on.",
    "fr": "Si nos messages sont coupés, ce bouton les réactive.",
    "es": "Si nuestros mensajes están desactivados, este botón los activa.",
    "de": "Wenn unsere Nachrichten aus sind, schaltet dieser Knopf sie ein.",
    "it": "Se i nostri messaggi sono disattivati, questo pulsante li attiva.",
    "pt": "Se as nossas mensagens estiverem desligadas, este botão liga-as.",
    "pt-BR": "Se as nossas mensagens estiverem desativadas, este botão as ativa.",
    "nl": "Als onze berichten uit staan, zet deze knop ze aan.",
    "pl": "Jeśli nasze wiadomości są wyłączone, ten przycisk je włącza.",
    "ar": "إذا كانت رسائلنا متوقفة، فهذا الزر يشغّلها.",
    "hi": "यदि हमारे संदेश बंद हैं, तो यह बटन उन्हें चालू करता है।",
    "ja": "メッセージが停止している場合は、このボタンで再開できます。",
    "zh": "如果我们的消息已关闭，此按钮可将其开启。",
    "zh-Hant": "如果我們的訊息已關閉，此按鈕可將其開啟。",
}

OFFER_JOIN: Mapping[str, str] = {
    "en": "Press the button to sign up.",
    "fr": "Appuyez sur le bouton pour vous inscrire.",
    "es": "Pulse el botón para suscribirse.",
    "de": "Drücken Sie den Knopf, um sich anzumelden.",
    "it": "Prema il pulsante per iscriversi.",
    "pt": "Prima o botão para se inscrever.",
    "pt-BR": "Toque no botão para se inscrever.",
    "nl": "Druk op de knop om u aan te melden.",
    "pl": "Aby się zapisać, proszę nacisnąć przycisk.",
    "ar": "اضغط على الزر للاشتراك.",
    "hi": "सदस्यता लेने के लिए बटन दबाएँ।",
    "ja": "登録するにはボタンを押してください。",
    "zh": "请按下按钮以订阅。",
    "zh-Hant": "請按下按鈕以訂閱。",
}

WAY_BACK: Mapping[str, str] = {
    "en": "To return to the bot, press the button or type BOT.",
    "fr": "Pour retrouver le bot, appuyez sur le bouton ou tapez BOT.",
    "es": "Para volver al bot, pulse el botón o escriba BOT.",
    "de": "Um den Bot zurückzuholen, drücken Sie den Knopf oder schreiben Sie BOT.",
    "it": "Per tornare al bot, prema il pulsante o scriva BOT.",
    "pt": "Para voltar ao bot, prima o botão ou escreva BOT.",
    "pt-BR": "Para voltar ao bot, toque no botão ou digite BOT.",
    "nl": "Wilt u de bot terug? Druk op de knop of typ BOT.",
    "pl": "Aby wrócić do bota, proszę nacisnąć przycisk lub napisać BOT.",
    "ar": "للعودة إلى البوت، اضغط على الزر أو اكتب BOT.",
    "hi": "बॉट पर वापस जाने के लिए बटन दबाएँ या BOT लिखें।",
    "ja": "ボットに戻るには、ボタンを押すか BOT と入力してください。",
    "zh": "要返回机器人，请按下按钮或输入 BOT。",
    "zh-Hant": "要返回機器人，請按下按鈕或輸入 BOT。",
}

BACK: Mapping[str, str] = {
    "en": "The bot answers you here again.",
    "fr": "Le bot vous répond de nouveau ici.",
    "es": "El bot vuelve a responderle aquí.",
    "de": "Hier antwortet Ihnen wieder der Bot.",
    "it": "Qui le risponde di nuovo il bot.",
    "pt": "O bot volta a responder-lhe aqui.",
    "pt-BR": "O bot volta a responder a você aqui.",
    "nl": "De bot geeft u hier weer antwoord.",
    "pl": "Znów odpowiada tutaj bot.",
    "ar": "عاد البوت ليجيبك هنا.",
    "hi": "अब यहाँ फिर से बॉट उत्तर देगा।",
    "ja": "ここからは再びボットがお答えします。",
    "zh": "现在由机器人继续为您解答。",
    "zh-Hant": "現在由機器人繼續為您解答。",
}

ANSWERED_ALONE: Mapping[str, str] = {
    "en": "I answered you privately. If you see nothing there, open a chat with me and ask again.",
    "fr": "Je vous ai répondu en privé. Si vous n'y voyez rien, ouvrez une discussion avec moi et redemandez.",
    "es": "Le he respondido en privado. Si no ve nada, abra un chat conmigo y pregunte de nuevo.",
    "de": "Ich habe Ihnen privat geantwortet. Wenn Sie dort nichts sehen, öffnen Sie einen Chat mit mir und fragen Sie "
    "noch einmal.",
    "it": "Le ho risposto in privato. Se non vede nulla, apra una chat con me e chieda di nuovo.",
    "pt": "Respondi-lhe em privado. Se não vir nada, abra uma conversa comigo e pergunte de novo.",
    "pt-BR": "Respondi em particular. Se não aparecer nada, abra uma conversa comigo e pergunte de novo.",
    "nl": "Ik heb u privé geantwoord. Ziet u daar niets, open dan een chat met mij en vraag het opnieuw.",
    "pl": "Odpowiedź jest w wiadomości prywatnej. Jeśli jej nie ma, proszę otworzyć czat ze mną i zapytać ponownie.",
    "ar": "أجبتك على انفراد. إذا لم ترَ شيئًا هناك، فافتح محادثة معي واسأل مرة أخرى.",
    "hi": "मैंने आपको निजी रूप से उत्तर दिया है। यदि वहाँ कुछ न दिखे, तो मेरे साथ चैट खोलें और फिर से पूछें।",
    "ja": "個別にお答えしました。届いていない場合は、私とのチャットを開いてもう一度お尋ねください。",
    "zh": "我已私下回复您。如果没有看到，请打开与我的聊天并再次提问。",
    "zh-Hant": "我已私下回覆您。如果沒有看到，請開啟與我的聊天並再次提問。",
}

ASK_ALONE: Mapping[str, str] = {
    "en": "For this, please open a chat with me and write to me there.",
    "fr": "Pour cela, ouvrez une discussion avec moi et écrivez-moi là-bas, s'il vous plaît.",
    "es": "Para esto, abra un chat conmigo y escríbame allí, por favor.",
    "de": "Öffnen Sie dafür bitte einen Chat mit mir und schreiben Sie mir dort.",
    "it": "Per questo, apra una chat con me e mi scriva lì, per favore.",
    "pt": "Para isto, abra uma conversa comigo e escreva-me lá, por favor.",
    "pt-BR": "Para isso, abra uma conversa comigo e escreva por lá, por favor.",
    "nl": "Open hiervoor een chat met mij en schrijf mij daar.",
    "pl": "W tej sprawie proszę otworzyć czat ze mną i tam napisać.",
    "ar": "لهذا الأمر، يرجى فتح محادثة معي والكتابة إليّ هناك.",
    "hi": "इसके लिए कृपया मेरे साथ चैट खोलें और वहाँ लिखें।",
    "ja": "この件は、私とのチャットを開いてそちらでお書きください。",
    "zh": "此事请打开与我的聊天，在那里给我留言。",
    "zh-Hant": "此事請開啟與我的聊天，在那裡給我留言。",
}

OFFERS: Mapping[str, Mapping[str, str]] = {
    "offer_stop": OFFER_STOP,
    "offer_start": OFFER_START,
    "offer_join": OFFER_JOIN,
    "answered_alone": ANSWERED_ALONE,
    "ask_alone": ASK_ALONE,
    "way_back": WAY_BACK,
    "back": BACK,
}
"""Each text by what it is for."""
