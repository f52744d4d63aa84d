"""The runtime's own words for an answer that breaks a limit. Each ends where the limit is written."""

from collections.abc import Mapping

LEAST_NUMBER: Mapping[str, str] = {
    "en": "The smallest possible answer is:",
    "fr": "La plus petite réponse possible est\u00a0:",
    "es": "La respuesta más pequeña posible es:",
    "de": "Die kleinste mögliche Antwort ist:",
    "it": "La risposta più piccola possibile è:",
    "pt": "A menor resposta possível:",
    "pt-BR": "A menor resposta possível é:",
    "nl": "Het kleinste mogelijke antwoord is:",
    "pl": "Najmniejsza możliwa odpowiedź to:",
    "ar": "أصغر إجابة ممكنة هي:",
    "hi": "सबसे छोटा संभव उत्तर है:",
    "ja": "回答できる最小の数は次のとおりです：",
    "zh": "最小可以回答：",
    "zh-Hant": "最小可以回覆：",
}

GREATEST_NUMBER: Mapping[str, str] = {
    "en": "The largest possible answer is:",
    "fr": "La plus grande réponse possible est\u00a0:",
    "es": "La respuesta más grande posible es:",
    "de": "Die größte mögliche Antwort ist:",
    "it": "La risposta più grande possibile è:",
    "pt": "A maior resposta possível:",
    "pt-BR": "A maior resposta possível é:",
    "nl": "Het grootste mogelijke antwoord is:",
    "pl": "Największa możliwa odpowiedź to:",
    "ar": "أكبر إجابة ممكنة هي:",
    "hi": "सबसे बड़ा संभव उत्तर है:",
    "ja": "回答できる最大の数は次のとおりです：",
    "zh": "最大可以回答：",
    "zh-Hant": "最大可以回覆：",
}

STEP: Mapping[str, str] = {
    "en": "Please answer with a number in steps of:",
    "fr": "Merci de répondre par un nombre, par pas de\u00a0:",
    "es": "Responda con un número, en pasos de:",
    "de": "Bitte antworten Sie mit einer Zahl in Schritten von:",
    "it": "Risponda con un numero, a passi di:",
    "pt": "Responda com um número, em passos de:",
    "pt-BR": "Por favor, responda com um número, em passos de:",
    "nl": "Antwoord alstublieft met een getal in stappen van:",
    "pl": "Proszę podać liczbę w odstępach co:",
    "ar": "يرجى كتابة رقم بخطوات مقدارها:",
    "hi": "कृपया संख्या इस अंतराल में लिखें:",
    "ja": "次の刻みの数でお答えください：",
    "zh": "请按以下步长用数字回答：",
    "zh-Hant": "請依下列間距用數字回答：",
}

FIRST_DATE: Mapping[str, str] = {
    "en": "The earliest possible date is:",
    "fr": "La première date possible est\u00a0:",
    "es": "La primera fecha posible es:",
    "de": "Das früheste mögliche Datum ist:",
    "it": "La prima data possibile è:",
    "pt": "A primeira data possível:",
    "pt-BR": "A primeira data possível é:",
    "nl": "De vroegst mogelijke datum is:",
    "pl": "Najwcześniejsza możliwa data to:",
    "ar": "أول تاريخ ممكن هو:",
    "hi": "सबसे पहली संभव तारीख है:",
    "ja": "選べる最も早い日付は次のとおりです：",
    "zh": "最早可选日期：",
    "zh-Hant": "最早可選日期：",
}

LAST_DATE: Mapping[str, str] = {
    "en": "The latest possible date is:",
    "fr": "La dernière date possible est\u00a0:",
    "es": "La última fecha posible es:",
    "de": "Das späteste mögliche Datum ist:",
    "it": "L'ultima data possibile è:",
    "pt": "A última data possível:",
    "pt-BR": "A última data possível é:",
    "nl": "De laatst mogelijke datum is:",
    "pl": "Najpóźniejsza możliwa data to:",
    "ar": "آخر تاريخ ممكن هو:",
    "hi": "सबसे बाद की संभव तारीख है:",
    "ja": "選べる最も遅い日付は次のとおりです：",
    "zh": "最晚可选日期：",
    "zh-Hant": "最晚可選日期：",
}

SHORTEST: Mapping[str, str] = {
    "en": "That is too short. Characters needed at least:",
    "fr": "C'est trop court. Nombre minimal de caractères\u00a0:",
    "es": "Es demasiado corto. Número mínimo de caracteres:",
    "de": "Das ist zu kurz. Zeichen mindestens:",
    "it": "È troppo breve. Numero minimo di caratteri:",
    "pt": "É demasiado curto. Número mínimo de caracteres:",
    "pt-BR": "É curto demais. Número mínimo de caracteres:",
    "nl": "Dat is te kort. Minimaal aantal tekens:",
    "pl": "To za krótkie. Najmniejsza liczba znaków:",
    "ar": "الإجابة قصيرة جدًا. أقل عدد من الأحرف:",
    "hi": "यह बहुत छोटा है। कम से कम इतने अक्षर:",
    "ja": "短すぎます。最小文字数：",
    "zh": "太短了。最少字符数：",
    "zh-Hant": "太短了。最少字元數：",
}

LONGEST: Mapping[str, str] = {
    "en": "That is too long. Characters allowed at most:",
    "fr": "C'est trop long. Nombre maximal de caractères\u00a0:",
    "es": "Es demasiado largo. Número máximo de caracteres:",
    "de": "Das ist zu lang. Zeichen höchstens:",
    "it": "È troppo lungo. Numero massimo di caratteri:",
    "pt": "É demasiado longo. Número máximo de caracteres:",
    "pt-BR": "É longo demais. Número máximo de caracteres:",
    "nl": "Dat is te lang. Maximaal aantal tekens:",
    "pl": "To za długie. Największa liczba znaków:",
    "ar": "الإجابة طويلة جدًا. أقصى عدد من الأحرف:",
    "hi": "यह बहुत लंबा है। ज़्यादा से ज़्यादा इतने अक्षर:",
    "ja": "長すぎます。最大文字数：",
    "zh": "太长了。最多字符数：",
    "zh-Hant": "太長了。最多字元數：",
}

LIMIT_WORDS: Mapping[str, Mapping[str, str]] = {
    "retry_min_number": LEAST_NUMBER,
    "retry_max_number": GREATEST_NUMBER,
    "retry_step_number": STEP,
    "retry_min_date": FIRST_DATE,
    "retry_max_date": LAST_DATE,
    "retry_min_length_text": SHORTEST,
    "retry_max_length_text": LONGEST,
}
"""Each text by the limit and the type of the question."""
