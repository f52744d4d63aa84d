"""German, of Germany, Austria and Switzerland."""

from keywords.normalise import OURS, Language

LISTS = Language(
    language="de",
    strong=(
        (
            OURS,
            """
            nicht mehr anschreiben, stopp, stoppt, stoppt das, stopp das, stop das, stoppt es, stoppen sie, stoppen
            sie das, stoppe, alles stoppen, bitte stoppen, alles stop, hör auf, hört auf, mich abmelden, ich melde
            mich ab, hiermit melde ich mich ab, bitte um abmeldung, ich bitte um abmeldung, alles abbestellen, ich
            bestelle alles ab, ich will nichts mehr von euch hören, ich möchte nichts mehr von ihnen hören, ich will
            nichts mehr von ihnen hören, nichts mehr schicken, nichts mehr senden, schluss damit, schluss jetzt damit,
            lasst mich in frieden, lassen sie mich in frieden, einwilligung widerrufen, meine einwilligung widerrufen,
            zustimmung widerrufen, ich widerrufe meine einwilligung, ich widerrufe die einwilligung, ich widerrufe
            meine zustimmung, ich widerrufe hiermit meine einwilligung, hiermit widerrufe ich meine einwilligung,
            widerruf meiner einwilligung, widerruf der einwilligung, deabonnieren, de-abonnieren, deabonniere mich,
            entfernen sie mich, entfernt mich, entferne mich, lösch meine nummer, abo kündigen, ich kündige mein abo,
            ich kündige das abo, abonnement kündigen, abo beenden, abo abbestellen, abonnement beenden
            """,
        ),
    ),
    soft=(
        (
            OURS,
            """
            abmeldung, schluss jetzt, keine Nachrichten,
            abmelden, abbestellen, austragen, widerruf, widerrufen, stoppen, abbrechen, aufhören, beenden, ende,
            kündigen, schluss
            """,
        ),
    ),
    start=(("strong", OURS, "wieder anmelden, wieder einschalten"),),
    help=(("strong", OURS, "hilfe, hilf mir, helfen sie mir, helft mir"),),
    frames="""
        <want> ~ <das> nicht mehr <erhalten>, <mine> ~ von allem <unsub>, melden Sie mich ~ von allem ab,
        melde mich ~ von allem ab, meldet mich ~ von allem ab,
        <want> ~ <kein> {what} <mehr> <get?>, <want> ~ <kein> {messages} <get?>, <want> ~ {what} <nicht> <get?>,
        <want> ~ von euch <kein> {what} <mehr>, <want> ~ von Ihnen <kein> {what} <mehr>,
        <want> ~ <kein> weiteren {what} <get?>, <want> ~ <kein> weitere {what} <get?>, <want> ~ <nicht> <contacted>,
        <want> ~ <out>, <want> ~ nichts <mehr> <get>, <want> ~ nichts <get>, <kein> {what} <mehr> <sendinf?>,
        <kein> {messages} <sendinf>, <kein> weiteren {what} <sendinf?>, <kein> weitere {what} <sendinf?>,
        <send> ~ <kein> {what} <mehr>, <send> ~ <kein> {what} <mehr> zu, <send> ~ <kein> {messages},
        <send> ~ <kein> weiteren {what}, <send> ~ nichts <mehr>, mir ~ <kein> {what} <mehr> <sendinf>,
        mir ~ <kein> {messages} <sendinf>, mir ~ nichts <mehr> <sendinf>, <nicht> ~ schreiben,
        mir ~ <nicht> schreiben, mich ~ <nicht> anschreiben, mich ~ <nicht> kontaktieren, mich ~ <nicht> belästigen,
        <contact> <mir> ~ <nicht>, <contact> <mir> ~ <nicht> ~ an, schreiben Sie ~ <nicht>, schreibt ~ <nicht>,
        <take> ~ <mine> ~ <list> ~ <away?>, <mine> ~ <list> <remove>, <mine> ~ <remove> <list>, <list> ~ <remove>,
        <mine> ~ <list> ~ <away>, <want> <mir> ~ <list> ~ <unsub>, <want> <mir> ~ <unsub>,
        ich würde <mir> ~ gerne <unsub>, ich würde <mir> ~ <unsub>, um Abmeldung <list>, um Löschung <list>,
        um Streichung <list>, um Löschung meiner Nummer, bitte um Austragung, <mine> ~ <unsub>, raus <list>,
        <hoer> ~ auf ~ <doing>, <hoer> ~ auf ~ mir {what} <zu>, <hoer> ~ auf ~ {what} <zu>, <hoer> ~ auf mit {what},
        <hoer> ~ mit {what} auf, <hoer> ~ <doing> auf, aufhören <doing>, aufhören mit {what},
        aufhören ~ mir {what} <zu>, aufhören ~ {what} <zu>, <doing> aufhören, mit {what} aufhören, <bot> ~ <offinf>,
        <turn> <bot> ~ <ab>, <turn> {what} ~ <ab>, <stop> <bot>, <stop> ~ {what}, <stop> {what} sein,
        {what} ~ <offinf>, {what} nicht mehr schicken, {what} nicht mehr senden, {what} ~ nicht mehr zusenden,
        {what} sein lassen, kein Bot mehr, keinen Bot mehr, schluss mit dem Bot, genug von {what}, genug {what},
        ich habe genug von {what}, ich hab genug von {what}, stop mit {what}, stopp mit {what}, stop zu {what},
        kein Interesse an {messages}, kein Interesse mehr an {what}, ich habe kein Interesse an {messages},
        ich habe kein Interesse mehr an {what}, ich verzichte auf {messages}, nie wieder {what},
        ich will den Bot nicht mehr, keinen Kontakt mehr, kein Kontakt mehr, ich wünsche keinen Kontakt,
        ich wünsche keinen Kontakt mehr, ich möchte keinen Kontakt mehr, <take> mich <away>, <take> uns <away>,
        schreiben Sie mir ~ nie wieder, schreibt mir ~ nie wieder, schreib mir ~ nie wieder,
        aufhören mir {what} zu schicken, aufhören mir {what} zu senden, tragen Sie mich ~ aus dem Verteiler aus, tragt
        mich ~ aus dem Verteiler aus, trag mich ~ aus dem Verteiler aus, löschen Sie mich ~ aus dem Verteiler, löscht
        mich ~ aus dem Verteiler,
        keine weiteren {what}, keine weitere {what}, bitte keine weiteren {what}, ich möchte ~ keine weiteren {what},
        ich will ~ keine weiteren {what}, ich möchte ~ keine weiteren {what} erhalten,
        ich möchte ~ keine weiteren {what} bekommen, ich will ~ keine weiteren {what} bekommen,
        senden Sie mir ~ keine weiteren {what}, schicken Sie mir ~ keine weiteren {what},
        schickt mir ~ keine weiteren {what}, schick mir ~ keine weiteren {what}, keine weiteren {what} senden,
        keine weiteren {what} schicken, ich möchte von Ihnen keine {what} mehr, ich möchte von euch keine {what} mehr,
        ich will von euch keine {what} mehr, ich will von Ihnen keine {what} mehr, melden Sie mich ~ ab,
        melde mich ~ ab, meld mich ~ ab, meldet mich ~ ab, melden Sie mich ~ von der Liste ab,
        meldet mich ~ von der Liste ab, melde mich ~ von der Liste ab, melden Sie mich ~ von {what} ab,
        meldet mich ~ von {what} ab, melde mich ~ von {what} ab, melden Sie uns ~ ab, tragen Sie mich ~ aus,
        tragt mich ~ aus, trag mich ~ aus, tragen Sie mich ~ aus der Liste aus, tragt mich ~ aus der Liste aus,
        nehmt mich ~ von der Liste, nehmen Sie mich ~ von der Liste, nimm mich ~ von der Liste,
        nehmt mich ~ aus der Liste, nehmen Sie mich ~ aus der Liste, nehmt mich ~ aus dem Verteiler,
        nehmen Sie mich ~ aus dem Verteiler, streichen Sie mich ~ von der Liste, streicht mich ~ von der Liste,
        löschen Sie ~ meine Nummer, löscht ~ meine Nummer, löschen Sie mich ~ aus der Liste,
        löscht mich ~ aus der Liste, hör ~ auf, hört ~ auf, hören Sie ~ auf, hör ~ damit auf, hört ~ damit auf,
        hören Sie ~ damit auf, ich möchte mich ~ abmelden, ich will mich ~ abmelden, ich möchte mich ~ austragen,
        ich will mich ~ austragen, lasst mich ~ in Ruhe, lass mich ~ in Ruhe, lassen Sie mich ~ in Ruhe,
        ich möchte ~ keine {what} mehr, ich will ~ keine {what} mehr, ich möchte ~ keine {what} mehr bekommen,
        ich möchte ~ keine {what} mehr erhalten, schicken Sie mir ~ keine {what} mehr,
        schickt mir ~ keine {what} mehr, schick mir ~ keine {what} mehr, senden Sie mir ~ keine {what} mehr,
        schreibt mir ~ nicht mehr, schreiben Sie mir ~ nicht mehr, stellen Sie {what} ~ ein, stellt {what} ~ ein,
        schalten Sie {what} ~ ab, {what} ~ abbestellen, {what} ~ stoppen, {what} ~ einstellen, {what} abbestellen,
        {what} stoppen, {what} beenden, {what} abschalten, {what} ausschalten, {what} deaktivieren, {what} einstellen,
        {what} abstellen, {what} aus, {what} kündigen, {what} bitte abbestellen, {what} bitte stoppen,
        {what} bitte einstellen, ich bestelle {what} ab, ich möchte {what} abbestellen, ich will {what} abbestellen,
        ich möchte {what} stoppen, ich will {what} stoppen, stoppen sie {what}, stoppt {what}, stoppe {what},
        beenden sie {what}, stellen sie {what} ein, stellt {what} ein, stellen sie {what} ab, stellt {what} ab,
        stell {what} ab, schalten sie {what} ab, schalte {what} ab, schalte {what} aus, abmelden von {what},
        mich von {what} abmelden, abmeldung von {what}, ich möchte mich von {what} abmelden,
        ich will mich von {what} abmelden, melden sie mich von {what} ab, melde mich von {what} ab,
        meldet mich von {what} ab, abmeldung {what}, vom {what} abmelden, mich vom {what} abmelden,
        ich möchte mich vom {what} abmelden, ich will mich vom {what} abmelden, melden sie mich vom {what} ab,
        melde mich vom {what} ab, meldet mich vom {what} ab, widerruf {what}, keine {what} mehr, keinen {what} mehr,
        kein {what} mehr, bitte keine {messages}, nie wieder {what}, nie mehr {what}, ich will keine {messages},
        ich will keine {what} mehr, ich möchte keine {messages}, ich möchte keine {what} mehr,
        ich will keinen {messages}, ich will keinen {what} mehr, ich möchte keinen {messages},
        ich möchte keinen {what} mehr, ich will kein {what} mehr, ich mag keine {what} mehr,
        ich möchte keine {what} mehr bekommen, ich möchte keine {what} mehr erhalten,
        ich will keine {what} mehr bekommen, ich will keine {what} mehr erhalten, ich wünsche keine {what} mehr,
        ich wünsche keine {messages}, ich möchte bitte keine {what} mehr, ich möchte bitte keine {what} mehr bekommen,
        keine {what} mehr schicken, keine {what} mehr senden, bitte keine {what} mehr schicken,
        bitte keine {what} mehr senden, schick mir keine {what} mehr, schickt mir keine {what} mehr,
        schicken sie mir keine {what} mehr, schickt keine {what} mehr, schicken sie keine {what} mehr,
        schick mir keine {messages}, schickt mir keine {messages}, schicken sie mir keine {messages},
        sende mir keine {what} mehr, sendet mir keine {what} mehr, senden sie mir keine {what} mehr,
        senden sie keine {what} mehr, schicken sie mir bitte keine {what} mehr, schickt mir bitte keine {what} mehr,
        schick mir bitte keine {what} mehr, senden sie mir bitte keine {what} mehr, schreibt mir keine {what} mehr,
        schreiben sie mir keine {what} mehr, hört auf mir {what} zu schicken, hören sie auf mir {what} zu schicken,
        hör auf mir {what} zu schicken, hört auf mir {what} zu senden, hören sie auf mir {what} zu senden,
        hör auf mir {what} zu senden, hör auf mit {what}, hört auf mit {what}, hören sie auf mit {what},
        schluss mit {what}, stopp mit {what}, stop mit {what}
        """,
    request="""
        bitte, bitteschön, bitte schön, bitte bitte, bidde, ich bitte darum, ich bitte sie, ich bitte euch
        """,
    polite="""
        danke, dankeschön, danke schön, vielen Dank, herzlichen Dank, besten Dank, danke sehr, danke im voraus,
        vielen lieben dank, tausend dank, jetzt, sofort, umgehend, unverzüglich, augenblicklich, gleich jetzt,
        ab sofort, ab jetzt, ab heute, von jetzt an, endlich, noch heute, für immer, endgültig,
        ein für alle mal, dauerhaft, doch, einfach, hiermit, gern, gerne, hallo, hi, guten Tag, guten Morgen,
        guten Abend, grüezi, servus, moin, ok, okay, sorry, Entschuldigung, verzeihung, tut mir leid, MfG, LG, VG,
        viele grüße, liebe grüße, schöne grüße, mit freundlichen grüßen, beste grüße, tschüss, ade, ja, und, ich will,
        ich möchte, ich würde gerne, ich hätte gern, ich bitte, können sie, könnten sie, könnt ihr, könntet ihr,
        kannst du, könntest du, würden sie, reicht jetzt, es reicht, das reicht, mir reicht's, genug, genug jetzt,
        jetzt reicht's, wirklich, im ernst, so schnell wie möglich, schnellstmöglich, leute, damen und herren,
        sehr geehrte damen und herren
        """,
    scope="""
        alles, damit, mich, mir, uns, es, meine Nummer, Liste, Verteiler, Mailingliste, Bot, Chatbot, von euch,
        von Ihnen, von dir, an mich, zu schreiben, mir zu schreiben, mir zu schicken, zu senden, zu schicken,
        mit dem Spam
        """,
    nouns="""
        Nachricht, Nachrichten, Mitteilung, Mitteilungen, Spam, Zusendung, Zusendungen, Sendungen, Kontaktaufnahme,
        automatische Nachrichten
        """,
    channels="""
        SMS, Mail, Mails, E-Mail, E-Mails, Email, Emails, Abo, Abos, Abonnement, Abonnements, Push, Pushnachrichten,
        Push-Nachrichten, Rundmails
        """,
    topics="""
        Benachrichtigung, Benachrichtigungen, Werbung, Newsletter, Werbemails, Werbenachrichten, Rundbrief,
        Push-Benachrichtigungen
        """,
    asides="""
        Meldung, Meldungen, Erinnerung, Erinnerungen, Tipp, Tipps, Infos, Neuigkeiten, Angebote, Aktionen
        """,
    determiners="""
        der, die, das, den, dem, des, von, vom, aus, diese, dieser, dieses, diesen, eure, euren, euer, eurem, eurer,
        ihre, ihren, ihr, ihrem, ihrer, meine, mein, meinen, deine, deinen, alle, alle die, allen, mit, weitere,
        weiteren, mehr, zur, zum, mir, an, über, solche
        """,
    subscriptions="abos, meine abos, abonnements, meine abonnements, anmeldungen, meine anmeldungen",
    why="warum, wieso, weshalb, warum bekomme ich das, wieso bekomme ich das, warum habe ich das bekommen",
    parts=(
        ("das", "das, dies, dieses, so etwas, so was, sowas"),
        ("erhalten", "erhalten, empfangen, bekommen, zugeschickt bekommen"),
        (
            "want",
            """
            ich will, ich möchte, ich wünsche, ich mag, ich wollte, ich brauche, ich würde gerne, ich würde gern,
            ich hätte gerne, ich hätte gern, wir wollen, wir möchten, wir wünschen, will, möchte, wünsche, mag,
            ich benötige
            """,
        ),
        ("kein", "keine, keinen, kein, keinerlei, nie wieder, nie mehr, nicht noch mehr"),
        ("mehr", "mehr, länger, weiter, weiterhin"),
        (
            "get",
            """
            bekommen, erhalten, haben, kriegen, empfangen, sehen, lesen, geschickt bekommen, zugeschickt bekommen,
            geschickt kriegen, von euch bekommen, von euch, von Ihnen, von dir, von Ihnen erhalten,
            von Ihnen bekommen, von euch erhalten, von euch haben, von Ihnen haben
            """,
        ),
        (
            "sendinf",
            """
            schicken, senden, zuschicken, zusenden, schreiben, bekommen, erhalten, an mich, an mich senden,
            an mich schicken, an meine Nummer, verschicken, versenden, mir schicken, mir senden
            """,
        ),
        (
            "send",
            """
            schicken Sie mir, schickt mir, schick mir, schicke mir, senden Sie mir, sendet mir, sende mir,
            schreiben Sie mir, schreibt mir, schreib mir, schicken Sie uns, schickt uns, senden Sie uns, sendet uns,
            schicken Sie, schickt, schick, senden Sie, sendet, mir
            """,
        ),
        (
            "contact",
            """
            kontaktieren Sie, kontaktiert, kontaktiere, belästigen Sie, belästigt, belästige, nerven Sie, nervt,
            nerv, stören Sie, stört, stör, spammen Sie, spammt, spamm, schreiben Sie, schreibt, schreib,
            bombardieren Sie, bombardiert, behelligen Sie, benachrichtigen Sie, benachrichtigt
            """,
        ),
        ("mir", "mich, mir, uns"),
        (
            "nicht",
            """
            nicht mehr, nie wieder, nie mehr, bloß nicht mehr, nicht länger, nicht weiter, nicht noch einmal,
            niemals wieder
            """,
        ),
        (
            "contacted",
            """
            kontaktiert werden, angeschrieben werden, belästigt werden, gestört werden, benachrichtigt werden,
            genervt werden, informiert werden, auf der Liste stehen, auf der Liste sein, auf dieser Liste stehen,
            auf eurer Liste stehen, auf Ihrer Liste stehen, im Verteiler sein, in eurem Verteiler sein,
            in Ihrem Verteiler sein, im Verteiler stehen, angemeldet sein, dabei sein in der Liste,
            dass ihr mir schreibt, dass Sie mir schreiben, dass du mir schreibst, dass ihr mich kontaktiert,
            dass Sie mich kontaktieren
            """,
        ),
        (
            "out",
            """
            abgemeldet werden, ausgetragen werden, aus der Liste gelöscht werden, von der Liste gestrichen werden,
            aus dem Verteiler gelöscht werden, aus dem Verteiler genommen werden,
            aus dem Verteiler gestrichen werden, von der Liste genommen werden, von der Liste runter,
            von dieser Liste runter, von eurer Liste runter, von Ihrer Liste runter, runter von der Liste,
            aus der Liste raus, raus aus der Liste, raus aus dem Verteiler, aus dem Verteiler raus,
            aus eurem Verteiler raus, von der Liste weg
            """,
        ),
        (
            "take",
            """
            nehmt, nehmen Sie, nimm, streicht, streichen Sie, streich, streiche, löscht, löschen Sie, lösche, lösch,
            entfernt, entfernen Sie, entferne, tragt, tragen Sie, trag, trage, meldet, melden Sie, melde, meld,
            schmeißt, werft
            """,
        ),
        (
            "mine",
            """
            mich, uns, meine Nummer, meinen Namen, meine Daten, meine Adresse, meinen Kontakt, meine Handynummer,
            meine Telefonnummer
            """,
        ),
        (
            "list",
            """
            von der Liste, aus der Liste, von dieser Liste, aus dieser Liste, von eurer Liste, aus eurer Liste,
            von Ihrer Liste, aus Ihrer Liste, von deiner Liste, aus deiner Liste, von allen Listen, aus allen Listen,
            von euren Listen, aus euren Listen, von Ihren Listen, aus Ihren Listen, von der Mailingliste,
            aus der Mailingliste, aus der Verteilerliste, von der Verteilerliste, von eurer Verteilerliste,
            aus eurer Verteilerliste, aus Ihrer Verteilerliste, aus dem Verteiler, aus eurem Verteiler,
            aus Ihrem Verteiler, aus diesem Verteiler, vom Verteiler, aus der Datenbank, aus eurer Datenbank,
            aus Ihrer Datenbank, aus der Kontaktliste, aus euren Kontakten, aus Ihren Kontakten,
            aus der Empfängerliste, vom Bot, von diesem Bot
            """,
        ),
        ("away", "raus, runter, heraus, aus, ab, weg, herunter"),
        (
            "remove",
            """
            streichen, löschen, entfernen, nehmen, austragen, abmelden, rausnehmen, runternehmen, zu streichen,
            zu löschen, zu entfernen, zu nehmen, auszutragen, abzumelden, herauszunehmen
            """,
        ),
        (
            "unsub",
            """
            abmelden, austragen, abmelden lassen, austragen lassen, deabonnieren, abzumelden, auszutragen
            """,
        ),
        ("hoer", "hör, höre, hört, hören Sie"),
        (
            "doing",
            """
            mir zu schreiben, mich anzuschreiben, mich zu kontaktieren, mich zu spammen, mich zu belästigen,
            mich zu nerven, mich zu stören, zu schreiben, zu senden, zu spammen, mit dem Schreiben, mit dem Spammen,
            mit dem Senden, mich vollzuspammen, mich zu bombardieren, uns zu schreiben, mir zu senden,
            mir Sachen zu schicken, mir sowas zu schicken, mir das zu schicken, mir so etwas zu schicken,
            mir dauernd zu schreiben, mir ständig zu schreiben
            """,
        ),
        (
            "zu",
            """
            zu schicken, zu senden, zu schreiben, zuzuschicken, zuzusenden, zu verschicken, schicken, senden
            """,
        ),
        (
            "bot",
            """
            Bot, den Bot, diesen Bot, der Bot, dieser Bot, Chatbot, den Chatbot, diesen Chatbot, euren Bot, Ihren Bot
            """,
        ),
        (
            "offinf",
            """
            ausschalten, abschalten, abstellen, deaktivieren, stoppen, beenden, ausstellen, ausmachen, stummschalten,
            blockieren, stilllegen, aus, abdrehen, auszuschalten, abzuschalten, abzustellen, zu deaktivieren,
            zu stoppen
            """,
        ),
        (
            "turn",
            """
            schaltet, schalten Sie, schalte, schalt, stellt, stellen Sie, stelle, stell, macht, machen Sie, mach,
            dreht, drehen Sie
            """,
        ),
        ("ab", "ab, aus, ein"),
        (
            "stop",
            """
            stoppen Sie, stoppt, stoppe, stopp, beenden Sie, beendet, beende, unterlassen Sie, unterlasst,
            unterlasse, deaktivieren Sie, deaktiviert, deaktiviere, blockieren Sie, blockiert, blockiere
            """,
        ),
    ),
)
