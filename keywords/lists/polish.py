"""Polish."""

from keywords.normalise import OURS, Language

LISTS = Language(
    language="pl",
    strong=(
        (
            OURS,
            """
            proszę dać mi spokój, proszę dać mi święty spokój, wypisz mnie, wypiszcie mnie, wypisuję się, wypisz się,
            wypisać się, chciałbym się wypisać, chciałabym się wypisać, proszę o wypisanie, anuluj subskrypcję,
            anulować subskrypcję, anulujcie subskrypcję, anuluję subskrypcję, odsubskrybuj, odsubskrybuj mnie, chcę
            się odsubskrybować, nie chcę tego więcej, nie chcę tego dostawać, nie chcę już tego dostawać, nie chcę nic
            więcej, nie życzę sobie kontaktu, proszę nic nie wysyłać, proszę nic więcej nie wysyłać, proszę mnie nie
            nękać, proszę więcej się ze mną nie kontaktować, nie wysyłajcie, nie wysyłaj mi, nie wysyłaj więcej, nie
            przysyłajcie mi więcej, nie przysyłaj mi więcej, przestańcie pisać, przestańcie wysyłać, przestań pisać,
            przestań wysyłać, przestańcie spamować, przestań spamować, usuńcie mnie, usuń mnie, proszę o usunięcie,
            wykreślcie mnie, wykreśl mnie, chcę zniknąć z listy, cofam zgodę, wycofuję zgodę, odwołuję zgodę, cofam
            swoją zgodę, wycofuję swoją zgodę, odwołuję swoją zgodę, cofnięcie zgody, wycofanie zgody, chcę wycofać
            zgodę, chcę cofnąć zgodę, dajcie mi spokój, daj mi spokój, dajcie mi święty spokój, daj mi święty spokój,
            zostawcie mnie w spokoju, zostaw mnie w spokoju, dość wiadomości, dosyć wiadomości, stop wiadomościom,
            zatrzymaj wiadomości, zatrzymajcie wiadomości, wyłącz to, wyłączcie to
            """,
        ),
    ),
    soft=(
        (
            OURS,
            """
            proszę przestać, wypisać, anuluj, rezygnuję, zrezygnuj, wypisz, przestań, przestańcie, rezygnacja
            """,
        ),
    ),
    start=(
        ("strong", OURS, "zapisz mnie ponownie, chcę znów otrzymywać wiadomości"),
        ("soft", OURS, "wznów"),
    ),
    help=(("strong", OURS, "pomoc, pomocy, pomóż mi, pomóżcie mi"),),
    frames="""
        nie chcę <more> tego <tegoget>, nie chcę tego <more> <tegoget>, wypisz mnie ~ ze wszystkiego,
        wypiszcie mnie ~ ze wszystkiego, proszę wypisać mnie ~ ze wszystkiego, proszę mnie wypisać ~ ze wszystkiego,
        <nie> {messages}, <nie> <get> {messages}, <nie> <more> {what}, <nie> <more> <get> {what},
        <nie> <get> <more> {what}, <nie> <contacted>, <nie> <more> <contacted>, <nie> <more> <get> <more> {what},
        <nie> ~ <get> {messages}, nie chcę nic <get>, nie chcę nic <more> <get>, nie chcę <more> nic <get>,
        nie potrzebuję {messages}, nie potrzebuję <more> {what}, <cease> ~ <me?> <send> <me?> {what},
        <cease> ~ <me?> <bother>, <cease> ~ <bother> <me?>, <cease> z {what}, <cease> wysyłanie {what},
        <cease> z tymi {what}, <sendnot> ~ <me?> {messages}, <sendnot> <me?> <niech> {what},
        <sendnot> <niech> <me?> {what}, <sendnot> <me?> {messages} <niech>, <sendnot> {what} <me?> <niech>,
        <writenot> ~ <tome>, <writenot> <niech> <tome?>, <writenot> <tome> <niech>,
        <writenot> <tome?> <niech?> {messages}, proszę ~ <tome> <niech?> nie pisać,
        proszę się ~ <tome> <niech?> nie kontaktować, proszę o niepisanie do mnie, <remove> ~ <mine> ~ <list?>,
        <remove> <list> ~ <mine>, <removeinf> <mine> <list>, <mine> <removeinf> <list>,
        proszę ~ <removeinf> <mine> <list?>, proszę ~ <mine> ~ <removeinf> <list?>,
        proszę ~ o <removing> <mine?> <list>, proszę ~ o <removing> <mine>, chcę ~ wypisać się <list?>,
        chcę się ~ wypisać <list?>, chciałbym się ~ wypisać <list>, chciałabym się ~ wypisać <list>,
        chciałbym wypisać się, chciałabym wypisać się, wypisać się <list>, wypisuję się <list>, wypisz się <list>,
        <resign> {what}, <resign> otrzymywania {what}, <resign> dalszych {what}, <cancel> ~ <sub>,
        proszę ~ <cancel> <sub>, koniec z {what}, koniec tych {what}, żadnych <more> {what}, ani {messages} więcej,
        dosyć z {what}, dość już {what}, starczy {messages}, wystarczy {messages}, mam dość {what}, mam dosyć {what},
        stop z {what}, <shut> <bot>, nie chcę bota, nie chcę tego bota, proszę <shut> <bot>,
        <sendnot> <me> <niech?> nic, <sendnot> <niech?> <me> nic,
        nie życzę sobie otrzymywania {what}, rezygnuję z otrzymywania {what}, przestać wysyłać mi {what}, przestać mi
        wysyłać {what},
        skończcie z {what}, skończ z {what}, zakończcie {what}, skończcie wysyłać {what}, proszę mnie ~ wypisać,
        proszę mnie ~ wypisać z listy, proszę mnie ~ wypisać z {what}, proszę mnie ~ usunąć,
        proszę mnie ~ usunąć z listy, proszę ~ nie wysyłać, proszę ~ nie wysyłać {messages},
        proszę ~ nie wysyłać mi {messages}, proszę ~ nie wysyłać mi więcej {what}, proszę ~ nie pisać,
        proszę ~ do mnie nie pisać, proszę ~ nie pisać do mnie, proszę ~ nie pisać do mnie więcej,
        proszę ~ przestać pisać, proszę ~ przestać wysyłać, proszę ~ przestać wysyłać {what}, nie chcę ~ {messages},
        nie chcę ~ dostawać {messages}, nie chcę ~ otrzymywać {messages}, chcę się ~ wypisać, przestańcie ~ pisać,
        przestańcie ~ wysyłać, przestańcie ~ wysyłać {what}, nie chcę {messages}, nie chcę więcej {what},
        nie chcę już {what}, nie chcę już więcej {what}, nie chcę żadnych {messages}, nie chcę dostawać {messages},
        nie chcę już dostawać {what}, nie chcę więcej dostawać {what}, nie chcę otrzymywać {messages},
        nie chcę już otrzymywać {what}, nie chcę więcej otrzymywać {what}, nie chcę dostawać więcej {what},
        nie chcę otrzymywać więcej {what}, nie chcę dostawać żadnych {messages}, nie życzę sobie {messages},
        nie życzę sobie więcej {what}, nie życzę sobie otrzymywać {messages}, nie życzę sobie żadnych {messages},
        proszę nie wysyłać {messages}, proszę nie wysyłać więcej {what}, proszę nie wysyłać mi {messages},
        proszę nie wysyłać mi więcej {what}, proszę nie wysyłać już {what}, proszę nie wysyłać mi już {what},
        proszę nie przysyłać {messages}, proszę więcej nie wysyłać {what}, proszę nie przysyłać mi więcej {what},
        nie wysyłajcie {messages}, nie wysyłajcie więcej {what}, nie wysyłajcie mi {messages},
        nie wysyłajcie mi więcej {what}, nie wysyłajcie mi już {what}, nie wysyłaj {messages},
        nie wysyłaj więcej {what}, nie wysyłaj mi {messages}, nie wysyłaj mi więcej {what}, nie wysyłaj mi już {what},
        nie przysyłajcie {messages}, nie przysyłajcie mi {messages}, nie przysyłajcie mi więcej {what},
        nie przysyłaj mi {messages}, nie przysyłaj mi więcej {what}, przestańcie wysyłać {what},
        przestańcie mi wysyłać {what}, przestań wysyłać {what}, przestań mi wysyłać {what},
        przestańcie przysyłać {what}, przestańcie mi przysyłać {what}, przestań przysyłać {what},
        przestań mi przysyłać {what}, proszę przestać wysyłać {what}, proszę przestać przysyłać {what},
        proszę zaprzestać wysyłania {what}, koniec {what}, koniec z {what}, dość {what}, dosyć {what},
        żadnych więcej {what}, żadnych {what} więcej, ani jednej {what} więcej, wyłącz {what}, wyłączcie {what},
        wyłączyć {what}, proszę wyłączyć {what}, chcę wyłączyć {what}, zatrzymaj {what}, zatrzymać {what},
        zatrzymajcie {what}, wstrzymaj {what}, wstrzymać {what}, wstrzymajcie {what}, rezygnuję z {what},
        chcę zrezygnować z {what}, rezygnacja z {what}, zrezygnuj z {what}, anuluj {what}, anulować {what},
        proszę anulować {what}, wypisz mnie z {what}, wypiszcie mnie z {what}, wypisuję się z {what},
        chcę się wypisać z {what}, proszę mnie wypisać z {what}, stop {what}
        """,
    request="proszę, prosze, bardzo proszę, proszę bardzo, uprzejmie proszę, plis, błagam, proszę was",
    polite="""
        dziękuję, dziękuje, dzięki, dziękuję bardzo, bardzo dziękuję, wielkie dzięki, z góry dziękuję,
        dziękuję z góry, teraz, już, natychmiast, zaraz, od razu, niezwłocznie, jak najszybciej,
        od dziś, od dzisiaj, od teraz, na zawsze, na stałe, definitywnie, raz na zawsze, całkowicie, wreszcie, cześć,
        dzień dobry, dobry wieczór, hej, witam, szanowni państwo, przepraszam, sorry, ok, okej, pozdrawiam,
        z poważaniem, do widzenia, tak, chcę, chciałbym, chciałabym, proszę o, czy możecie, czy mogą państwo, możecie,
        możesz, mógłbyś, moglibyście, po prostu, naprawdę, serio, wystarczy, dość, dość tego, dosyć, dosyć tego,
        mam dość, więcej, nigdy więcej, oraz
        """,
    scope="""
        wszystko, wszystkie, wszystkich, tego, mnie, mi, do mnie, się, mój numer, mojego numeru, wysyłanie, wysyłać,
        wysyłania, lista, listy, z listy, z tej listy, z waszej listy, z listy mailingowej, od was, od państwa, bot,
        bota, z bota
        """,
    nouns="""
        wiadomości, wiadomość, wiadomościami, wiadomosci, tych wiadomości, spam, spamu, korespondencji,
        korespondencja, wysyłanie wiadomości, wysyłania wiadomości, automatycznych wiadomości
        """,
    channels="""
        smsy, sms-y, sms, smsów, sms-ów, smsami, esemesy, esemesów, maile, mail, maili, mailami, e-maile, e-maili,
        e-mail, subskrypcję, subskrypcji, subskrypcja, subskrypcje
        """,
    topics="""
        powiadomienia, powiadomień, powiadomieniami, alerty, alertów, reklamy, reklam, reklamami, newsletter,
        newslettera, newslettery, newsletterów, newsletterem
        """,
    asides="""
        przypomnienia, przypomnień, porady, porad, oferty, ofert, promocje, promocji, nowości, informacje, informacji
        """,
    determiners="""
        z, ze, od, te, tych, tego, tej, ten, tę, tymi, wasze, waszych, waszej, twoje, twoich, moje, moją, moich,
        mojej, swoje, swoją, swojej, wszystkie, wszystkich, wszelkie, wszelkich, takie, takich, żadnych, dla, do,
        więcej, już
        """,
    subscriptions="subskrypcje, moje subskrypcje, zapisy, moje zapisy",
    why="dlaczego, dlaczego to dostaję, czemu to dostaję",
    parts=(
        ("tegoget", "otrzymywać, dostawać"),
        (
            "nie",
            """
            nie chcę, nie chcemy, nie chciałbym, nie chciałabym, nie życzę sobie, nie życzymy sobie, nie potrzebuję,
            nie zamierzam, nie mam ochoty, wolę nie, wolałbym nie, wolałabym nie, wolałbym już nie,
            nie interesują mnie, nie zgadzam się na, nie wyrażam zgody na, chciałbym nie, chciałabym nie, ja nie chcę
            """,
        ),
        (
            "more",
            """
            już, więcej, już więcej, dłużej, dalej, żadnych, więcej żadnych, już żadnych, nigdy więcej, kolejnych,
            dalszych, nowych, następnych
            """,
        ),
        (
            "get",
            """
            dostawać, otrzymywać, dostać, otrzymać, odbierać, czytać, widzieć, mieć, otrzymywania, dostawania,
            wysyłania mi, wysyłanie mi, otrzymywanie, odbierania, od was, od państwa
            """,
        ),
        (
            "contacted",
            """
            być na liście, być na tej liście, być na waszej liście, żebyście do mnie pisali, żebyś do mnie pisał,
            żebyście mi wysyłali, żeby do mnie pisano, aby do mnie pisano, żeby ktoś do mnie pisał, żebyście pisali,
            kontaktu z wami, żebyście się ze mną kontaktowali, być informowany, być informowana, być zapisany,
            być zapisana, być niepokojony, być niepokojona
            """,
        ),
        (
            "cease",
            """
            przestańcie, przestań, przestać, skończcie, skończ, zaprzestańcie, zaprzestań, zaprzestać,
            proszę przestać, proszę zaprzestać, niech państwo przestaną, mogą państwo przestać, możecie przestać,
            możesz przestać, prosiłbym przestać
            """,
        ),
        ("me", "mi, mnie, nam, do mnie, do nas"),
        (
            "send",
            """
            wysyłać, przysyłać, słać, pisać, podsyłać, przesyłać, wysyłania, przysyłania, wysyłanie, zasypywać mnie,
            spamować mnie, zarzucać mnie
            """,
        ),
        (
            "bother",
            """
            nękać, spamować, zasypywać, zaczepiać, niepokoić, pisać, wysyłać, przysyłać, nękania, pisania
            """,
        ),
        (
            "sendnot",
            """
            nie wysyłaj, nie wysyłajcie, nie przysyłaj, nie przysyłajcie, nie ślij, nie ślijcie, proszę nie wysyłać,
            proszę nie przysyłać, proszę nie słać, proszę nie przesyłać, nie wysyłać, nie przysyłać, nie przesyłaj,
            nie przesyłajcie, niech państwo nie wysyłają, proszę o niewysyłanie, prosiłbym nie wysyłać,
            prosiłabym nie wysyłać, nie przysyłaj już, proszę już nie wysyłać, proszę więcej nie wysyłać,
            proszę już nie przysyłać, proszę więcej nie przysyłać, proszę mi nie wysyłać, proszę mi nie przysyłać,
            proszę mi już nie wysyłać, proszę mi więcej nie wysyłać, proszę mi więcej nie przysyłać,
            już nie wysyłajcie, już nie wysyłaj, więcej nie wysyłajcie, nie wysyłajcie już, nie wysyłaj już,
            nigdy więcej nie wysyłajcie
            """,
        ),
        (
            "writenot",
            """
            nie pisz, nie piszcie, proszę nie pisać, proszę już nie pisać, proszę więcej nie pisać, nie pisać,
            prosiłbym nie pisać, prosiłabym nie pisać, niech państwo nie piszą, już nie pisz, już nie piszcie,
            więcej nie pisz, więcej nie piszcie, nie kontaktujcie się, nie kontaktuj się, proszę się nie kontaktować,
            proszę nie kontaktować się
            """,
        ),
        ("tome", "do mnie, ze mną, do nas, z nami, na mój numer, na ten numer"),
        ("niech", "już, więcej, nigdy więcej, już więcej, nigdy, więcej już, już nigdy"),
        (
            "remove",
            """
            wypiszcie, wypisz, usuńcie, usuń, wykreślcie, wykreśl, skreślcie, skreśl, wyrzućcie, wyrzuć, zdejmijcie,
            wymażcie, wywalcie, odpiszcie, odłączcie, wyrejestrujcie, wyrejestruj
            """,
        ),
        ("removeinf", "wypisać, usunąć, wykreślić, skreślić, wyrejestrować, zdjąć, wymazać, odłączyć"),
        ("removing", "wypisanie, usunięcie, wykreślenie, skreślenie, wyrejestrowanie, wypisania, usunięcia"),
        (
            "mine",
            """
            mnie, nas, mój numer, moje dane, mojego numeru, moje nazwisko, mój kontakt, mój telefon, mój adres, numer
            """,
        ),
        (
            "list",
            """
            z listy, z tej listy, z waszej listy, ze swojej listy, z twojej listy, z państwa listy,
            z listy mailingowej, z listy wysyłkowej, z listy odbiorców, z listy kontaktów, z listy subskrybentów,
            z kontaktów, z waszych kontaktów, z bazy, z bazy danych, z waszej bazy, z waszej bazy danych,
            z subskrypcji, z subskrybcji, z newslettera, z bota, z tego bota, z wszystkich list, ze wszystkich list
            """,
        ),
        (
            "resign",
            """
            chcę zrezygnować z, chciałbym zrezygnować z, chciałabym zrezygnować z, pragnę zrezygnować z,
            rezygnujemy z, rezygnuję z, proszę o rezygnację z, zrezygnuję z, zgłaszam rezygnację z,
            składam rezygnację z
            """,
        ),
        (
            "cancel",
            """
            anuluj, anulujcie, anulować, anulowanie, anuluję, zakończ, zakończyć, wypowiadam, odwołuję,
            proszę anulować, chcę anulować, chciałbym anulować, chciałabym anulować, o anulowanie
            """,
        ),
        (
            "sub",
            """
            subskrypcję, moją subskrypcję, subskrypcji, mojej subskrypcji, subskrybcję, moją subskrybcję, subskrybcji
            """,
        ),
        (
            "shut",
            """
            wyłącz, wyłączcie, wyłączyć, zatrzymaj, zatrzymajcie, zatrzymać, zablokuj, zablokujcie, zablokować,
            wycisz, wyciszcie, dezaktywuj, dezaktywować, zdezaktywuj, odłącz, zakończ, zakończcie, stop, dość
            """,
        ),
        ("bot", "bota, tego bota, bot, czatbota, chatbota, tego czatbota, waszego bota"),
    ),
)
