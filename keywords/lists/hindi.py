"""Hindi, in Devanagari and in Latin letters."""

from keywords.normalise import OURS, Language

LISTS = Language(
    language="hi",
    strong=(
        (
            OURS,
            """
            परेशान न करें, परेशान ना करें, परेशान मत करो, परेशान मत कीजिए, मुझे अकेला छोड़ दो, मुझे अकेला छोड़ दीजिए,
            संपर्क न करें, संपर्क मत करो, स्टॉप, स्टोप, स्टाप, स्टॉप करो, स्टॉप करें, स्टॉप कर दो, स्टॉप कीजिए, स्टॉप
            कर दीजिए, अनसब्सक्राइब, अनसब्सक्राइब करें, अनसब्सक्राइब करो, अनसब्सक्राइब कर दो, अनसब्सक्राइब कर दीजिए,
            अनसब्स्क्राइब, भेजना बंद करें, भेजना बंद करो, भेजना बंद कीजिए, भेजना बंद कर दो, मुझे कुछ मत भेजो, मुझे कुछ
            मत भेजिए, मत भेजो, मत भेजिए, और मत भेजो, और मत भेजिए, और मैसेज नहीं, और संदेश नहीं, मुझसे संपर्क मत करो,
            मुझसे संपर्क न करें, मुझे हटा दो, मुझे हटा दीजिए, मुझे हटाएं, सब बंद करो, सब बंद करें, सब कुछ बंद करो, सब
            कुछ बंद करें, सब बंद कर दो, सब कुछ बंद कर दो, मैं अपनी सहमति वापस लेता हूँ, मैं अपनी सहमति वापस लेती हूँ,
            सहमति वापस लेता हूँ, सहमति वापस, मेरा पीछा छोड़ो, mat bhejo, mat bhejiye, aur mat bhejo, aur msg nahi,
            bhejna band karo, bhejna band kar do, mujhe hata do, mera no hata do, pareshan mat karo, unsubscribe karo,
            unsubscribe karna hai, unsubscribe kar do, stop karo, stop kro, stop kar do, stop kardo, stop kijiye, sab
            band karo, sab kuch band karo, sab band kar do
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
        कोई और {messages} नहीं, अब कोई {messages} नहीं, mujhe sab se unsubscribe karo, मुझे सब से अनसब्सक्राइब करें,
        मुझे सबसे अनसब्सक्राइब करें, मुझे सब से अनसब्सक्राइब करो,
        <me?> <more?> ~ {messages} ~ <mat>, <more> <me> {messages} <mat>, <me?> <more?> ~ {messages} <nahi>,
        <more> <me> {messages} <nahi>, {messages} <more> <mat>, {messages} <more> <nahi>, <me?> <more> {what} <nahi>,
        <me?> <more> {what} <mat>, <me?> {messages} <more> <mat>, {messages} <me> <mat>, {messages} <me> <nahi>,
        <me?> <more?> ~ {what} <send?> ~ <band>, <me> {what} <send> ~ <band>, मैं <more?> {messages} <want>,
        मैं {what} बंद करना चाहता हूँ, मैं {what} बंद करना चाहती हूँ, <band> {what}, <band> {what} <send>,
        <mine?> <list> ~ <remove>, <mine> ~ <list> ~ <remove>, <list> <mine> <remove>, <my?> <sub> <cancel> <do>,
        मैं <my?> <sub> <cancel> <do>, मुझे <my?> <sub> <cancel> <do>, <bot> ~ <band>, <bot> नहीं चाहिए,
        <romme?> <rommore?> ~ {messages} ~ <romnot>, <rommore> <romme> {messages} <romnot>,
        {messages} <rommore> <romnot>, {messages} <romme> <romnot>, <romme?> <rommore> {what} <romnot>,
        <romme> <rommore?> kuch mat bhejo, <romme?> <rommore?> ~ {what} <romsend?> ~ <romband>, <romband> {what},
        <romband> ye {what}, <romme> ~ <romlist> ~ <romremove>, <romlist> ~ <romremove>,
        mera number ~ <romlist> <romremove>, mera number ~ <romremove>, mera naam ~ <romremove>,
        mera naam <romlist> <romremove>, bot <romband>, bot ko <romband>, ye bot <romband>, chatbot <romband>,
        <romme> bot nahi chahiye, <me> भेजना <band>, मेरा नंबर ~ <remove>,
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
        धन्यवाद, शुक्रिया, थैंक्स, थैंक यू, बहुत धन्यवाद, अभी, अभी के अभी, तुरंत, फ़ौरन, जल्दी, जल्द से जल्द,
        आज से, आज ही, अब, अब से, अब बस हमेशा के लिए, नमस्ते, नमस्कार, हेलो, सॉरी, माफ़ कीजिए, जी, भाई, यार, सर, मैडम,
        हाँ, हां, मैं चाहता हूँ कि आप, मैं चाहती हूँ कि आप, आगे से, दोबारा, फिर कभी, dhanyavad, dhanyawad, shukriya,
        thanks, abhi, turant, jaldi, aaj se, aaj hi, ab, ab se, bhai, yaar, ji, sir, madam, hamesha ke liye,
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
    subscriptions="सदस्यताएँ, मेरी सदस्यताएँ, सब्सक्रिप्शन, मेरे सब्सक्रिप्शन",
    why="क्यों, यह क्यों, मुझे यह क्यों मिला",
    parts=(
        (
            "me",
            """
            मुझे, मुझको, हमें, हमको, मेरे को, मेरे नंबर पर, मेरे फोन पर, मेरे मोबाइल पर, इस नंबर पर, मेरे इस नंबर पर
            """,
        ),
        (
            "more",
            """
            और, अब, अब और, अब कोई, कोई, कोई और, कोई भी, आगे से, दोबारा, दुबारा, फिर से, फिर, अब से, आपके, आपका, ऐसे,
            इतने, अब आगे, आगे, और कोई, किसी भी तरह के, ये सब, इस तरह के, फिर कभी
            """,
        ),
        (
            "mat",
            """
            मत भेजो, मत भेजें, मत भेजिए, मत भेजना, मत भेजिएगा, मत भेजा करो, न भेजें, न भेजो, न भेजिए, ना भेजो,
            ना भेजें, ना भेजिए, नहीं भेजें, नहीं भेजो, नहीं भेजना, मत करो, मत करें, मत कीजिए, मत करना, मत किया करो,
            न करें, ना करें, ना करो, मत कीजिएगा, मत दो, मत दीजिए, न दें, नहीं करें, नहीं करो
            """,
        ),
        (
            "nahi",
            """
            नहीं चाहिए, नही चाहिए, नहीं चाहिएं, नहीं चाहिये, नहीं चाहिए है, की ज़रूरत नहीं है, की जरूरत नहीं,
            की जरूरत नहीं है, की ज़रूरत नहीं, नहीं लेने, नहीं चाहिए अब, नहीं पढ़ने, नहीं लेना
            """,
        ),
        ("send", "भेजना, करना, देना, भेजने, आना, का आना, का भेजना, वगैरह"),
        (
            "band",
            """
            बंद करो, बंद करें, बंद करे, बंद कर दो, बंद कर दें, बंद करदो, बंद कर दीजिए, बंद कीजिए, बंद करवा दो,
            बंद करवा दीजिए, बंद कर देना, बंद करना, बंद किया जाए, बंद करना है, बंद करने हैं, बंद कराना है,
            बंद करवाना है, बन्द करो, रोको, रोकें, रोक दो, रोक दें, रोकिए, रोक दीजिए, ऑफ करो, ऑफ कर दो, ऑफ़ करो,
            स्टॉप करो, स्टॉप कर दो, स्टॉप कीजिए, स्टॉप करें, बंद करवाएं, बंद कराएं
            """,
        ),
        (
            "want",
            """
            नहीं चाहता, नहीं चाहती, नहीं चाहता हूँ, नहीं चाहती हूँ, नहीं पाना चाहता, नहीं पाना चाहती,
            प्राप्त नहीं करना चाहता, प्राप्त नहीं करना चाहती, प्राप्त नहीं करना चाहता हूँ,
            प्राप्त नहीं करना चाहती हूँ, लेना नहीं चाहता, लेना नहीं चाहती, बंद करना चाहता हूँ, बंद करना चाहती हूँ,
            बंद करवाना चाहता हूँ, बंद करवाना चाहती हूँ, रोकना चाहता हूँ, रोकना चाहती हूँ
            """,
        ),
        (
            "mine",
            """
            मुझे, हमें, मेरा नंबर, मेरा नाम, मेरे नंबर को, मेरे नाम को, मेरा मोबाइल नंबर, मेरा फोन नंबर, मुझको
            """,
        ),
        (
            "list",
            """
            लिस्ट से, सूची से, इस लिस्ट से, इस सूची से, अपनी लिस्ट से, अपनी सूची से, आपकी लिस्ट से, आपकी सूची से,
            मैसेज लिस्ट से, उस लिस्ट से, सभी सूचियों से, डेटाबेस से, कॉन्टैक्ट से
            """,
        ),
        (
            "remove",
            """
            हटाओ, हटाएं, हटाएँ, हटा दो, हटा दें, हटा दीजिए, हटाइए, हटाइये, हटाना, निकालो, निकाल दो, निकालें,
            निकाल दें, निकाल दीजिए, निकालिए, डिलीट करो, डिलीट कर दो, डिलीट करें, मिटा दो, रिमूव करो, रिमूव कर दो,
            रिमूव करें, हटवाना है, हटना है, बाहर करो, बाहर कर दो
            """,
        ),
        ("my", "मेरी, मेरा, अपनी, हमारी, यह, ये, इस"),
        ("sub", "सदस्यता, सब्सक्रिप्शन, मेंबरशिप, सब्स्क्रिप्शन"),
        ("cancel", "रद्द, समाप्त, खत्म, ख़त्म, बंद, कैंसिल, कैंसल"),
        (
            "do",
            """
            करो, करें, करे, कर दो, कर दें, करदो, कर दीजिए, कीजिए, करना है, करनी है, करवानी है, करवाना है, करवा दीजिए,
            करवा दो, करना चाहता हूँ, करना चाहती हूँ, करने की कृपा करें
            """,
        ),
        ("bot", "बॉट, बोट, चैटबॉट, रोबोट, इस बॉट को, बॉट को, यह बॉट, ये बॉट, चैटबॉट को"),
        (
            "romme",
            """
            mujhe, mujhko, mujhey, mujhay, hume, hame, humko, mere ko, mereko, mere number par, mere number pe,
            mere phone pe, is number par, is number pe
            """,
        ),
        (
            "rommore",
            """
            aur, ab, ab aur, koi, koi bhi, koi aur, ab koi, aage se, dobara, dubara, phir se, fir se, apke, aapke,
            ye, aise, itne, ye sab
            """,
        ),
        (
            "romnot",
            """
            nahi chahiye, nhi chahiye, nahin chahiye, nai chahiye, ni chahiye, nahi chaiye, nhi chaiye, nahi chahie,
            nahi chahiye ab, nahi chaahiye, mat bhejo, mat bhejna, mat bhejiye, mat bhejo ab, mat bheja karo,
            mat bhejen, mat bheje, na bhejo, na bheje, na bhejen, nahi bhejo, nahi bhejna, mat karo, mat kro,
            mat karna, mat krna, mat kijiye, mat kariye, mat kiya karo, na kare, na karo, na karen, nahi karo
            """,
        ),
        ("romsend", "bhejna, karna, krna, bhejne, aana"),
        (
            "romband",
            """
            band karo, band kro, band kar do, band kardo, band krdo, band kr do, band karde, band karen, band kare,
            band kijiye, band kar dijiye, band karna, band karna hai, bandh karo, bandh kar do, bnd karo, bnd kro,
            bund karo, roko, rok do, rokiye, stop karo, stop kro, stop kar do, stop kardo, stop kijiye, off karo,
            off kar do
            """,
        ),
        (
            "romremove",
            """
            hatao, hata do, hatado, hata dijiye, hataiye, hata den, hata de, nikalo, nikal do, nikaal do, nikaldo,
            nikal dijiye, remove karo, remove kar do, remove kro, delete karo, delete kar do
            """,
        ),
        ("romlist", "list se, is list se, apni list se, aapki list se, apki list se, suchi se, list me se"),
    ),
)
