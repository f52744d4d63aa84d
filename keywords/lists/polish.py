"""Polish."""

from keywords.word import OURS, Language

LISTS = Language(
    language="pl",
    strong=(
        (
            OURS,
            """
            proszę dać mi spokój, proszę dać mi święty spokój, przestać do mnie pisać, przestać pisać do mnie,
            wypisz mnie, wypiszcie mnie, wypisuję się, wypisz się, wypisać się, chcę się wypisać,
            chciałbym się wypisać, chciałabym się wypisać, proszę mnie wypisać, proszę o wypisanie,
            proszę o wypisanie mnie, wypisuję się z listy, wypisz mnie z listy, wypiszcie mnie z listy,
            proszę mnie wypisać z listy, proszę wypisać mnie, proszę wypisać mnie z listy, anuluj subskrypcję,
            anulować subskrypcję, anulujcie subskrypcję, anuluję subskrypcję, proszę anulować subskrypcję,
            proszę o anulowanie subskrypcji, chcę anulować subskrypcję, odsubskrybuj, odsubskrybuj mnie,
            chcę się odsubskrybować, chcę zrezygnować z wiadomości, chcę zrezygnować z subskrypcji,
            rezygnuję z wiadomości, rezygnuję z subskrypcji, rezygnuję z powiadomień, rezygnacja z subskrypcji,
            rezygnacja z wiadomości, nie chcę więcej wiadomości, nie chcę wiadomości, nie chcę już wiadomości,
            nie chcę tego więcej, nie chcę tego dostawać, nie chcę już tego dostawać, nie chcę nic więcej,
            nie chcę nic od was, nie chcę już nic dostawać, nie życzę sobie wiadomości,
            nie życzę sobie kontaktu, nie życzę sobie więcej wiadomości, proszę nie wysyłać,
            proszę nie wysyłać wiadomości, proszę nic nie wysyłać, proszę nic więcej nie wysyłać,
            proszę więcej nie wysyłać, proszę więcej nie pisać, proszę do mnie nie pisać,
            proszę do mnie więcej nie pisać, proszę nie pisać, proszę już nie pisać, proszę mnie nie nękać,
            proszę się ze mną nie kontaktować, proszę więcej się ze mną nie kontaktować, nie kontaktujcie się ze mną,
            nie kontaktuj się ze mną, nie wysyłajcie, nie wysyłajcie mi, nie wysyłajcie mi nic,
            nie wysyłajcie mi więcej, nie wysyłajcie mi nic więcej, nie wysyłajcie mi już nic, nie wysyłaj mi,
            nie wysyłaj mi nic, nie wysyłaj mi więcej, nie wysyłaj mi nic więcej, nie wysyłaj więcej,
            nie wysyłajcie więcej, nie przysyłajcie mi nic, nie przysyłajcie mi więcej, nie przysyłaj mi więcej,
            nie piszcie do mnie, nie pisz do mnie, nie piszcie do mnie więcej, nie pisz do mnie więcej,
            nie piszcie więcej, nie pisz więcej do mnie, nie piszcie więcej do mnie, nie piszcie już do mnie,
            nie pisz już do mnie, przestańcie pisać, przestańcie wysyłać, przestań pisać, przestań wysyłać,
            przestańcie do mnie pisać, przestań do mnie pisać, przestańcie mi wysyłać, przestań mi wysyłać,
            proszę przestać pisać, proszę przestać wysyłać, proszę przestać do mnie pisać, przestańcie mnie nękać,
            przestańcie spamować, przestań spamować, usuńcie mnie, usuń mnie, proszę mnie usunąć, proszę o usunięcie,
            usuńcie mój numer, usuń mój numer, proszę usunąć mój numer, proszę o usunięcie mojego numeru,
            wykreślcie mnie, wykreśl mnie, proszę mnie wykreślić, skreślcie mnie z listy, proszę mnie usunąć z listy,
            chcę zniknąć z listy, cofam zgodę, wycofuję zgodę, odwołuję zgodę, cofam swoją zgodę,
            wycofuję swoją zgodę, odwołuję swoją zgodę, cofnięcie zgody, wycofanie zgody, chcę wycofać zgodę,
            chcę cofnąć zgodę, nie wyrażam zgody na wiadomości, dajcie mi spokój, daj mi spokój,
            dajcie mi święty spokój, daj mi święty spokój, zostawcie mnie w spokoju, zostaw mnie w spokoju,
            koniec z wiadomościami, dość wiadomości, dosyć wiadomości, dość tych wiadomości, stop wiadomościom,
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
        dziękuję z góry, teraz, już, natychmiast, zaraz, od razu, niezwłocznie, jak najszybciej, dziś, dzisiaj,
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
)
