"""Dutch."""

from keywords.normalise import OURS, Language

LISTS = Language(
    language="nl",
    strong=(
        (
            OURS,
            """
            ik wil eraf, ik wil hier af, ik zou me graag willen uitschrijven, ik zou me willen uitschrijven, ik zou
            mij graag willen uitschrijven, kap ermee, ik wil hiermee stoppen, haal mij er af, haal me er af, stop
            maar, stop ermee, stop hiermee, stop daarmee, stop dit, stop dat, stop alles, alles stoppen, alles
            stopzetten, stopzetten, hou op, houd op, hou ermee op, houd ermee op, houd hiermee op, hou hiermee op, hou
            daarmee op, houd daarmee op, hou eens op, houdt u op, houdt u hiermee op, graag afmelden, ik zou me graag
            afmelden, ik zou me graag willen afmelden, mij afmelden, me afmelden, ik meld me af, ik meld mij af, meldt
            me af, meldt u me af, alles afmelden, schrijft u me uit, schrijf ons uit, ik schrijf me uit, mij
            uitschrijven, me uitschrijven, graag uitschrijven, ik wil niets meer van jullie horen, ik wil niks meer
            van jullie horen, niets meer sturen, niks meer sturen, niet meer sturen, niet meer appen, stuur mij dit
            niet meer, stuur me dit niet meer, schrijft u mij niet meer, mail me niet meer, mail mij niet meer, neem
            geen contact meer op, neem geen contact meer met mij op, neem geen contact meer met me op, ik wil geen
            contact meer, niet meer benaderen, verwijder me, verwijder mij, verwijdert u mij, haal mijn nummer weg,
            haal me eraf, haal mij eraf, wis mijn nummer, laat ons met rust, laat u mij met rust, intrekken
            toestemming, toestemming intrekken, mijn toestemming intrekken, ik trek mijn toestemming in, ik trek
            hierbij mijn toestemming in, abonnement opzeggen, ik zeg mijn abonnement op, abonnement stopzetten,
            abonnement beëindigen, nieuwsbrief opzeggen
            """,
        ),
    ),
    soft=((OURS, "annuleren, beëindigen, opzeggen, stoppen, afmelden, uitschrijven, ophouden, stopt"),),
    start=(
        ("strong", OURS, "opnieuw aanmelden, weer aanmelden"),
        ("soft", OURS, "hervatten"),
    ),
    help=(("strong", OURS, "hulp, help mij"),),
    frames="""
        <want> ~ <dit> niet meer <ontvangen>, meld me ~ overal voor af,
        meld mij ~ overal voor af, meld me ~ overal af,
        <want> ~ <geen> {what} meer <get?>, <want> ~ <geen> {messages} <get?>, <want> ~ <geen> {what} <get?> meer,
        <want> ~ {what} niet meer <get?>, <want> ~ niets meer <get>, <want> ~ niks meer <get>,
        <want> ~ niet meer <contacted>, <want> ~ niet <contacted>, <want> ~ <geen> verdere {what} <get?>,
        <geen> verdere {what}, <geen> {what} meer <get?>, <geen> {what} meer <send>, <geen> {messages} <send>,
        <geen> nieuwe {messages}, <geen> verdere {what} <send>, ik heb <geen> behoefte aan {messages},
        ik heb <geen> behoefte meer aan {what}, ik heb <geen> {what} meer nodig, {what} hoeven niet meer,
        {what} hoeft niet meer, {what} zijn niet meer nodig, <cease> ~ met {what} <send?>,
        <cease> ~ met <me> {what} <send>, <cease> ~ met <me> {what} te sturen, <cease> ~ met <doing>,
        <cease> ~ met het <send> van {what}, <cease> ~ met <send> van {what}, <cease> ~ met {what} naar mij,
        <cease> met {what} aan mij, <sendgeen> ~ <geen> {what} meer, <sendgeen> ~ <geen> {messages},
        <sendgeen> ~ <geen> verdere {what}, <sendgeen> ~ <geen> {what} meer <send>,
        <sendgeen> ~ <geen> {messages} <send>, <sendgeen> ~ niets meer, <sendgeen> ~ niks meer,
        <sendgeen> ~ niet meer, niet meer ~ contacteren, mij niet meer contacteren, contacteer me niet meer,
        contacteer mij niet meer, benader mij niet meer, benader me niet meer, val me niet meer lastig,
        val mij niet meer lastig, bericht mij niet meer, stoor mij niet meer, stoor me niet meer,
        mij niet meer te contacteren, mij niet meer te benaderen, mij niet meer lastig te vallen,
        <remove> ~ <mine> ~ <list> ~ <away?>, <mine> ~ <list> ~ <removing>, <list> ~ <removing>,
        <want> ~ <list> ~ <away>, <want> <list> <removing>, <mine> ~ <unsub>, <mine> ~ <unsub> voor {what},
        <mine> ~ <unsub> van {what}, <want> ~ <unsub> voor {what}, <want> ~ <unsub> van {what}, <bot> ~ <offinf>,
        <turn> <bot> ~ uit, <turn> <bot> ~ af, <turn> <bot> ~ stop, <turn> {what} ~ af, stop de bot, stop met de bot,
        stop met deze bot, geen bot meer, ik wil de bot niet meer, ik wil deze bot niet meer, gelieve te stoppen,
        gelieve hiermee te stoppen, gelieve hier mee te stoppen, gelieve op te houden, weg met {what},
        genoeg van {what}, ik heb genoeg van {what}, genoeg {what},
        stopt u ~ met {what} sturen, stopt u ~ met {what}, stoppen met {what} sturen, stoppen met {what} te sturen,
        stoppen met mij {what} te sturen, stoppen met me {what} te sturen,
        meld me ~ af, meld mij ~ af, meldt u mij ~ af, meld ons ~ af, meld me ~ af voor {what},
        meld mij ~ af voor {what}, meld me ~ af van {what}, schrijf me ~ uit, schrijf mij ~ uit, schrijft u mij ~ uit,
        schrijf me ~ uit voor {what}, schrijf mij ~ uit voor {what}, ik wil me ~ afmelden, ik wil mij ~ afmelden,
        ik wil me ~ uitschrijven, ik wil mij ~ uitschrijven, ik wil me ~ afmelden voor {what},
        ik wil me ~ afmelden van {what}, haal me ~ van de lijst, haal mij ~ van de lijst, verwijder me ~ van de lijst,
        verwijder mij ~ van de lijst, verwijder ~ mijn nummer, hou ~ op, houd ~ op, hou er ~ mee op, houd er ~ mee op,
        hou daar ~ mee op, laat me ~ met rust, laat mij ~ met rust, ik wil ~ geen {what} meer,
        ik wil ~ geen {messages}, ik wil ~ geen {what} meer ontvangen, ik wil geen {what} van jullie meer,
        ik wil geen {what} meer van jullie, stuur me ~ geen {what} meer, stuur mij ~ geen {what} meer,
        stuur ~ geen {what} meer, stuur me ~ niets meer, stuur mij ~ niets meer, zet {what} ~ uit,
        schakel {what} ~ uit, geen {what} meer, stop met {what}, stop met {what} sturen, stop met {what} te sturen,
        stop met mij {what} te sturen, stop met me {what} te sturen, stop met het sturen van {what},
        hou op met {what}, houd op met {what}, hou op met {what} sturen, houd op met {what} sturen,
        hou op met mij {what} te sturen, hou op met me {what} te sturen, ik wil geen {messages},
        ik wil geen {what} meer, ik hoef geen {messages}, ik hoef geen {what} meer, ik wil geen {what} meer ontvangen,
        ik wil geen {messages} ontvangen, ik wil geen {what} meer krijgen, ik wens geen {what} meer,
        ik wens geen {what} meer te ontvangen, ik wil graag geen {what} meer, ik wil graag geen {what} meer ontvangen,
        graag geen {what} meer, graag geen {messages}, liever geen {what} meer, stuur geen {what} meer,
        stuur geen {messages}, stuur me geen {messages}, stuur me geen {what} meer, stuur mij geen {messages},
        stuur mij geen {what} meer, stuurt u mij geen {what} meer, geen {what} meer sturen, geen {messages} sturen,
        nooit meer {what}, {what} stoppen, {what} stopzetten, {what} afmelden, {what} opzeggen, {what} uitschakelen,
        {what} uitzetten, {what} beëindigen, {what} annuleren, {what} uit, zet {what} uit, zet {what} stop,
        schakel {what} uit, afmelden van {what}, afmelden voor {what}, uitschrijven van {what},
        uitschrijven voor {what}, ik wil me afmelden voor {what}, ik wil me afmelden van {what},
        ik wil mij afmelden voor {what}, ik wil mij afmelden van {what}, me afmelden voor {what},
        ik wil me uitschrijven voor {what}, ik wil me uitschrijven van {what}, meld me af voor {what},
        meld mij af voor {what}, meld me af van {what}, meld mij af van {what}, schrijf me uit voor {what},
        schrijf mij uit voor {what}, haal me van {what}, verwijder me van {what}, verwijder mij van {what},
        verwijder me uit {what}, ik meld me af voor {what}, ik wil stoppen met {what}
        """,
    request="""
        alstublieft, alsjeblieft, alsublieft, asjeblieft, aub, a.u.b., ajb, svp, s.v.p., graag, gelieve,
        alstublieft graag, verzoek
        """,
    polite="""
        bedankt, dank u, dank je, dank u wel, dank je wel, dankjewel, dankuwel, hartelijk dank, alvast bedankt,
        alvast dank, thanks, nu, nu meteen, meteen, direct, per direct, onmiddellijk, zo snel mogelijk, zsm,
        vandaag nog, vanaf nu, vanaf vandaag, voorgoed, voor altijd, definitief, eindelijk, maar, gewoon, hierbij,
        hallo, hoi, hey, goedemorgen, goedemiddag, goedenavond, goedendag, beste, geachte, geachte heer, dag, ok, oké,
        okay, sorry, excuus, pardon, mvg, groet, groeten, groetjes, met vriendelijke groet, vriendelijke groet, doei,
        ja, en, ik wil, ik wil dat jullie, ik zou graag, ik verzoek u, ik vraag u, kunnen jullie, kunt u, kun je,
        kan je, willen jullie, wilt u, wil je, zou u, zouden jullie, genoeg, het is genoeg, zo is het genoeg, echt,
        nou, toch, mensen, jongens, meneer, mevrouw, eens en voor altijd
        """,
    scope="""
        alles, alle, ermee, daarmee, hiermee, me, mij, ons, mijn nummer, sturen, met sturen, te sturen, versturen,
        zenden, appen, mailen, schrijven, lijst, mailinglijst, verzendlijst, van jullie, van u, van je, aan mij,
        naar mij, bot, chatbot
        """,
    nouns="""
        bericht, berichten, berichtje, berichtjes, app-berichten, spam, automatische berichten
        """,
    channels="""
        sms, sms'jes, smsjes, sms-berichten, appjes, mail, mails, mailtjes, e-mail, e-mails, email, emails,
        abonnement, abonnementen, pushberichten, contact, whatsappjes
        """,
    topics="""
        melding, meldingen, notificatie, notificaties, pushmeldingen, reclame, advertenties, nieuwsbrief,
        nieuwsbrieven, reclameberichten
        """,
    asides="herinnering, herinneringen, tip, tips, updates, aanbiedingen, acties, nieuws, info",
    determiners="""
        de, het, een, van, uit, mijn, jullie, uw, je, jouw, deze, die, dit, dat, alle, al, al die, al deze, met, voor,
        meer, aan, naar, over, verdere, nog
        """,
    subscriptions="abonnementen, mijn abonnementen, aanmeldingen, mijn aanmeldingen",
    why="waarom, waarom krijg ik dit, waarom kreeg ik dit",
    parts=(
        ("dit", "dit, deze, dat, zoiets"),
        ("ontvangen", "ontvangen, blijven ontvangen, toegestuurd krijgen"),
        (
            "want",
            """
            ik wil, ik wens, ik hoef, ik zou, ik verlang, ik zou graag willen, wij willen, we willen, wij wensen,
            wil, wens, hoef, ik wou, ik zou willen, ik heb liever, liever
            """,
        ),
        ("geen", "geen, nooit meer, geen enkele, nooit, geen enkel"),
        (
            "get",
            """
            ontvangen, krijgen, hebben, zien, lezen, te ontvangen, te krijgen, te hebben, te zien,
            toegestuurd krijgen, willen ontvangen, binnenkrijgen, van jullie, van u, van jullie ontvangen,
            van u ontvangen, van jullie krijgen, van u krijgen, op mijn telefoon, nodig
            """,
        ),
        (
            "send",
            """
            sturen, te sturen, versturen, verzenden, te verzenden, te versturen, toesturen, toezenden, schrijven,
            te zenden, sturen naar mij, te sturen naar mij
            """,
        ),
        (
            "contacted",
            """
            benaderd worden, gecontacteerd worden, lastiggevallen worden, lastig gevallen worden, gestoord worden,
            gemaild worden, geappt worden, op de lijst staan, op deze lijst staan, op jullie lijst staan,
            op uw lijst staan, in de lijst staan, in jullie lijst staan, op de lijst, op deze lijst, op jullie lijst,
            ingeschreven staan, aangemeld zijn, dat jullie mij schrijven, dat jullie me berichten sturen,
            dat u mij berichten stuurt
            """,
        ),
        (
            "cease",
            """
            stop, stopt, stopt u, stoppen, te stoppen, stop nou, stop eens, stop toch, hou op, houd op, houdt op,
            houdt u op, hou eens op, hou nou op, hou toch op, hou er mee op, kap, kap eens, kap nou, ophouden,
            op te houden, willen stoppen
            """,
        ),
        ("me", "mij, me, ons"),
        (
            "doing",
            """
            mij te schrijven, me te schrijven, mij te mailen, me te mailen, mij te appen, me te appen, mij te sms'en,
            me te sms'en, mij te spammen, me te spammen, spammen, mij lastig te vallen, me lastig te vallen,
            mij lastigvallen, me lastigvallen, deze onzin, mij te storen, me te storen, mij te benaderen,
            me te benaderen, mij te contacteren, me te contacteren, berichtjes sturen, het sturen,
            mij dingen te sturen, me dingen te sturen, mij dit te sturen, me dit te sturen, mij dit sturen,
            me dit sturen, mij berichten, mij te berichten
            """,
        ),
        (
            "sendgeen",
            """
            stuur, stuur me, stuur mij, stuur ons, stuurt u, stuurt u mij, stuurt u me, zend, zend mij, zend me,
            schrijf me, schrijf mij, gelieve mij, gelieve me, gelieve, stuurt mij, verzend, app me, app mij
            """,
        ),
        (
            "remove",
            """
            haal, haalt u, verwijder, verwijdert u, verwijdert, schrap, schrapt u, wis, wist u, gooi, zet, neem,
            neemt u, doe
            """,
        ),
        (
            "mine",
            """
            mij, me, ons, mijn nummer, mijn naam, mijn gegevens, mijn telefoonnummer, mijn mailadres, mijn contact,
            mijn adres
            """,
        ),
        (
            "list",
            """
            van de lijst, van deze lijst, van die lijst, van jullie lijst, van uw lijst, van je lijst,
            van alle lijsten, van jullie lijsten, uit de lijst, uit deze lijst, uit jullie lijst, uit uw lijst,
            van de mailinglijst, uit de mailinglijst, van jullie mailinglijst, uit jullie mailinglijst,
            van de verzendlijst, uit de verzendlijst, van de maillijst, uit de contacten, uit jullie contacten,
            uit uw contacten, uit het bestand, uit jullie bestand, uit uw bestand, uit de database,
            uit jullie database, uit uw database, uit het systeem, uit jullie systeem, van de contactlijst,
            uit de contactlijst
            """,
        ),
        ("away", "af, eraf, uit, weg"),
        (
            "removing",
            """
            halen, verwijderen, schrappen, te halen, te verwijderen, te schrappen, afhalen, af te halen, wissen,
            te wissen, gehaald worden, verwijderd worden, geschrapt worden
            """,
        ),
        (
            "unsub",
            """
            afmelden, uitschrijven, af te melden, uit te schrijven, afgemeld worden, uitgeschreven worden,
            laten uitschrijven, laten afmelden, afmelden hiervoor
            """,
        ),
        ("bot", "de bot, deze bot, die bot, bot, de chatbot, deze chatbot, chatbot, jullie bot"),
        ("turn", "zet, zet u, schakel, schakelt u, doe, doet u"),
        (
            "offinf",
            """
            uitzetten, uitschakelen, stoppen, stopzetten, deactiveren, blokkeren, uitdoen, afzetten, stilleggen,
            uit te zetten, uit te schakelen, te stoppen, stop te zetten, uit, stop
            """,
        ),
    ),
)
