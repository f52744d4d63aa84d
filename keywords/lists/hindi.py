"""Hindi, in Devanagari and in Latin letters."""

from keywords.word import OURS, Language

LISTS = Language(
    language="hi",
    strong=(
        (
            OURS,
            """
            सदस्यता खत्म करो, सदस्यता खत्म कर दो, सदस्यता खत्म कर दीजिए,
            परेशान न करें, परेशान ना करें, परेशान मत करो, परेशान मत कीजिए, मुझे अकेला छोड़ दो, मुझे अकेला छोड़ दीजिए,
            संपर्क न करें, संपर्क मत करो,
            स्टॉप, स्टोप, स्टाप, स्टॉप करो, स्टॉप करें, स्टॉप कर दो, स्टॉप कीजिए, स्टॉप कर दीजिए, अनसब्सक्राइब,
            अनसब्सक्राइब करें, अनसब्सक्राइब करो, अनसब्सक्राइब कर दो, अनसब्सक्राइब कर दीजिए, अनसब्स्क्राइब,
            मुझे अनसब्सक्राइब करें, मुझे अनसब्सक्राइब करो, संदेश बंद करें, संदेश बंद करो, संदेश बंद कर दो,
            संदेश बंद कीजिए, संदेश बंद कर दें, संदेश बंद कर दीजिए, संदेश रोकें, संदेश रोको, मैसेज बंद करो,
            मैसेज बंद करें, मैसेज बंद कर दो, मैसेज बंद कीजिए, मैसेज बंद कर दीजिए, मैसेज रोको, मैसेज रोकें,
            संदेश भेजना बंद करें, संदेश भेजना बंद करो, संदेश भेजना बंद कीजिए, संदेश भेजना बंद कर दें,
            मैसेज भेजना बंद करो, मैसेज भेजना बंद करें, मैसेज भेजना बंद कीजिए, मैसेज भेजना बंद कर दो,
            मैसेज भेजना बंद कर दीजिए, भेजना बंद करें, भेजना बंद करो, भेजना बंद कीजिए, भेजना बंद कर दो,
            मुझे संदेश भेजना बंद करें, मुझे मैसेज भेजना बंद करो, मुझे मैसेज भेजना बंद करें, मैसेज मत भेजो,
            मैसेज मत भेजिए, मैसेज मत भेजना, मैसेज न भेजें, मैसेज ना भेजें, मुझे मैसेज मत भेजो, मुझे मैसेज मत भेजिए,
            मुझे मैसेज न भेजें, संदेश मत भेजो, संदेश मत भेजिए, संदेश न भेजें, संदेश ना भेजें, मुझे संदेश मत भेजो,
            मुझे संदेश मत भेजिए, मुझे संदेश न भेजें, मुझे कुछ मत भेजो, मुझे कुछ मत भेजिए, मत भेजो, मत भेजिए,
            और मत भेजो, और मत भेजिए, अब मत भेजो, अब मत भेजिए, मुझे संदेश नहीं चाहिए, मुझे मैसेज नहीं चाहिए,
            मुझे संदेश नहीं चाहिएं, मैसेज नहीं चाहिए, संदेश नहीं चाहिए, मुझे और संदेश नहीं चाहिए,
            मुझे और मैसेज नहीं चाहिए, और मैसेज नहीं, और संदेश नहीं, और मैसेज नहीं चाहिए, और संदेश नहीं चाहिए,
            मुझे मैसेज मत करो, मुझे मैसेज मत कीजिए, मैसेज मत करो, मैसेज मत कीजिए, मुझे परेशान मत करो,
            मुझे परेशान मत कीजिए, मुझे परेशान न करें, मुझसे संपर्क मत करो, मुझसे संपर्क न करें, सदस्यता रद्द करें,
            सदस्यता समाप्त करें, सदस्यता रद्द करो, सदस्यता रद्द कर दीजिए, सदस्यता रद्द कर दें, सदस्यता रद्द कर दो,
            सदस्यता रद्द कीजिए, सदस्यता समाप्त करो, सदस्यता समाप्त कर दीजिए, सदस्यता खत्म करें, सदस्यता बंद करें,
            मेरी सदस्यता रद्द करें, मेरी सदस्यता रद्द करो, मेरी सदस्यता रद्द कर दीजिए, मेरी सदस्यता समाप्त करें,
            सब्सक्रिप्शन रद्द करें, सब्सक्रिप्शन बंद करें, सब्सक्रिप्शन बंद करो, सब्सक्रिप्शन कैंसिल करो,
            सब्सक्रिप्शन कैंसिल करें, मेरा सब्सक्रिप्शन कैंसिल करो, मुझे सूची से हटाएं, मुझे सूची से हटा दें,
            मुझे सूची से हटा दो, मुझे सूची से हटाओ, मुझे लिस्ट से हटाओ, मुझे लिस्ट से हटा दो, मुझे लिस्ट से हटा दीजिए,
            मुझे लिस्ट से हटाएं, मुझे हटा दो, मुझे हटा दीजिए, मुझे हटाएं, मेरा नंबर हटाओ, मेरा नंबर हटा दो,
            मेरा नंबर हटा दीजिए, मेरा नंबर हटाएं, मेरा नंबर डिलीट करो, सूची से हटाएं, लिस्ट से हटाओ, लिस्ट से हटा दो,
            सब बंद करो, सब बंद करें, सब कुछ बंद करो, सब कुछ बंद करें, सब बंद कर दो, सब कुछ बंद कर दो,
            मैं अपनी सहमति वापस लेता हूँ, मैं अपनी सहमति वापस लेती हूँ, सहमति वापस लेता हूँ, सहमति वापस,
            मेरा पीछा छोड़ो, message band karo, message band karen, message band kro, message band kar do,
            message band kardo, message band kijiye, message band kar dijiye, messages band karo,
            messages band kar do, msg band karo, msg band kro, msg band kar do, msg band kardo, msgs band karo,
            sms band karo, sms band kar do, message mat bhejo, message mat bhejiye, message mat bhejna,
            messages mat bhejo, msg mat bhejo, msg mat bhejiye, msg mat bhejna, sms mat bhejo, mat bhejo, mat bhejiye,
            aur mat bhejo, ab mat bhejo, mujhe message mat bhejo, mujhe message mat bhejiye, mujhe msg mat bhejo,
            mujhe msg mat karo, mujhe message mat karo, message mat karo, msg mat karo, message nahi chahiye,
            message nahin chahiye, messages nahi chahiye, msg nahi chahiye, mujhe message nahi chahiye,
            mujhe messages nahi chahiye, mujhe msg nahi chahiye, aur message nahi chahiye,
            mujhe aur message nahi chahiye, aur msg nahi, message bhejna band karo, msg bhejna band karo,
            message bhejna band kar do, message bhejna band karen, bhejna band karo, bhejna band kar do,
            mujhe list se hata do, mujhe list se hatao, list se hata do, list se hatao, mujhe hata do,
            mera number hata do, mera number hatao, mera number delete karo, mera no hata do, mujhe pareshan mat karo,
            pareshan mat karo, unsubscribe karo, unsubscribe karna hai, unsubscribe kar do, mujhe unsubscribe karo,
            stop karo, stop kro, stop kar do, stop kardo, stop kijiye, subscription band karo,
            subscription cancel karo, meri subscription cancel karo, sab band karo, sab kuch band karo,
            sab band kar do
            """,
        ),
    ),
    soft=(
        (
            OURS,
            """
            रोक दो, रोक दीजिए, रोकिए, बस करो, अब बस करो, बस कीजिए, bas karo, ab bas karo,
            रोकें, रोको, बंद करें, बंद करो, बंद करे, बंद कर दो, बंद कर दीजिए, बंद कर दें, बंद कीजिए, रद्द करें,
            band karo, band karen, band kro, band kar do, band kardo, bandh karo, band kijiye
            """,
        ),
    ),
    start=(
        ("strong", OURS, "स्टार्ट, start karo"),
        ("soft", OURS, "फिर से शुरू करें, शुरू करें"),
    ),
    help=(("strong", OURS, "मदद, सहायता, मदद करो, मदद करें, मदद कीजिए, हेल्प, madad, madad karo, sahayata"),),
    frames="""
        मुझे कोई {messages} नहीं चाहिए, कोई {messages} नहीं चाहिए, mujhe koi {messages} nahi chahiye, koi {messages}
        nahi chahiye,
        बंद करो {what}, बंद करें {what}, बंद कर दो {what}, मत भेजो {messages}, मत भेजिए {messages}, band karo {what},
        band kar do {what}, mat bhejo {messages}, {what} ~ बंद करो, {what} ~ बंद करें, {what} ~ बंद कर दो,
        {what} ~ बंद कर दीजिए, {messages} ~ मत भेजो, {messages} ~ मत भेजिए, {what} ~ band karo, {what} ~ band kar do,
        {messages} ~ mat bhejo, मुझे {messages} ~ मत भेजो, mujhe {messages} ~ mat bhejo, {what} बंद करें,
        {what} बंद करो, {what} बंद कर दो, {what} बंद कर दें, {what} बंद कर दीजिए, {what} बंद कीजिए,
        {what} भेजना बंद करें, {what} भेजना बंद करो, {what} भेजना बंद कर दो, {what} भेजना बंद कीजिए,
        {messages} मत भेजो, {messages} मत भेजिए, {messages} न भेजें, {messages} ना भेजें, {messages} नहीं चाहिए,
        और {what} नहीं चाहिए, मुझे {messages} नहीं चाहिए, मुझे और {what} नहीं चाहिए, {what} रोकें, {what} रोको,
        {what} रोक दो, {what} रोक दें, {what} रोकिए, {what} ऑफ करो, {what} band karo, {what} band kro,
        {what} band kar do, {what} band kardo, {what} bhejna band karo, {what} bhejna band kar do,
        {messages} mat bhejo, {messages} mat bhejiye, {messages} nahi chahiye, aur {what} nahi chahiye,
        mujhe {messages} nahi chahiye, mujhe aur {what} nahi chahiye, {what} roko, {what} stop karo,
        {what} cancel karo
        """,
    request="""
        कृपया, कृपा करके, प्लीज, प्लीज़, मेहरबानी, मेहरबानी करके, kripya, kripaya, krupya, plz, pls, please,
        meherbani, meharbani karke
        """,
    polite="""
        धन्यवाद, शुक्रिया, थैंक्स, थैंक यू, बहुत धन्यवाद, अभी, अभी के अभी, तुरंत, फ़ौरन, जल्दी, जल्द से जल्द, आज,
        आज से, आज ही, अब, अब से, अब बस हमेशा के लिए, नमस्ते, नमस्कार, हेलो, सॉरी, माफ़ कीजिए, जी, भाई, यार, सर, मैडम,
        हाँ, हां, मैं चाहता हूँ कि आप, मैं चाहती हूँ कि आप, आगे से, दोबारा, फिर कभी, dhanyavad, dhanyawad, shukriya,
        thanks, abhi, turant, jaldi, aaj, aaj se, aaj hi, ab, ab se, bhai, yaar, ji, sir, madam, hamesha ke liye,
        namaste, haan, aage se, dobara
        """,
    scope="""
        सब, सब कुछ, सभी, ये, यह, इसे, इन्हें, मुझे, मेरा नंबर, मेरे नंबर पर, भेजना, लिस्ट, सूची, लिस्ट से, सूची से,
        आपके, आपकी तरफ से, को, का, के, की, sab, sab kuch, mujhe, mujhko, bhejna, list se, ye, yeh, isko, ko, ka, ke,
        ki, mere number par
        """,
    nouns="""
        संदेश, संदेशों, संदेशे, मैसेज, मेसेज, मैसेजेस, मैसेजिस, व्हाट्सएप मैसेज, message, messages, msg, msgs, mesej,
        sandesh
        """,
    channels="""
        एसएमएस, मेल, ईमेल, सदस्यता, सब्सक्रिप्शन, sms, mail, email
        """,
    topics="""
        नोटिफिकेशन, नोटिफिकेशंस, सूचनाएँ, सूचनाएं, सूचना, विज्ञापन, न्यूज़लेटर, notification, notifications, ads
        """,
    asides="रिमाइंडर, टिप्स, सुझाव, ऑफर, समाचार, reminder, reminders, tips, offers",
    determiners="""
        ये, यह, आपके, आपका, आपकी, मेरे, मेरा, मेरी, सारे, सारी, सभी, सब, इन, इस, ऐसे, और, अब, ye, yeh, aapke, apke,
        mere, mera, meri, saare, sare, sab, aur, aise, in, को, ko, के, से
        """,
)
