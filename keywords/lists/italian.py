"""Italian."""

from keywords.normalise import OURS, Language

LISTS = Language(
    language="it",
    strong=(
        (
            OURS,
            """
            non mandatemi niente, non mandarmi niente, non inviatemi niente, non inviarmi niente, non mandatemi nulla,
            non inviatemi nulla, disattiva tutto, disattivate tutto, disiscrivi, disiscrivimi, disiscriviti,
            disiscrivermi, disiscrizione, disiscrivetemi, disiscriveteci, mi disiscrivo, mi disiscriva, voglio
            disiscrivermi, vorrei disiscrivermi, desidero disiscrivermi, chiedo la disiscrizione, richiedo la
            disiscrizione, voglio cancellarmi, vorrei cancellarmi, desidero cancellarmi, cancellatemi, mi cancelli,
            cancellarmi, cancellate il mio numero, cancella il mio numero, cancelli il mio numero, rimuovetemi,
            rimuovimi, mi rimuova, rimuovete il mio numero, rimuova il mio numero, rimuovi il mio numero, toglietemi,
            toglimi, mi tolga, togliete il mio numero, eliminatemi, eliminami, mi elimini, eliminate il mio numero,
            basta messaggi, stop messaggi, fermate tutto, ferma tutto, non voglio più ricevere, non voglio ricevere
            più niente, non voglio ricevere più nulla, non voglio più niente da voi, non scrivetemi, non contattatemi,
            basta scrivermi, lasciatemi in pace, lasciami in pace, mi lasci in pace, lasciatemi stare, annulla la mia
            iscrizione, annullate la mia iscrizione, annulli la mia iscrizione, annullare la mia iscrizione, cancella
            la mia iscrizione, cancellate la mia iscrizione, cancelli la mia iscrizione, annulla abbonamento,
            annullare l'abbonamento, annulla l'abbonamento, disdici iscrizione, disdire l'iscrizione, disdico
            l'iscrizione, disdico l'abbonamento, disdire l'abbonamento, disdici l'abbonamento, revoco il consenso,
            revoco il mio consenso, ritiro il consenso, ritiro il mio consenso, revocare il consenso, revoca consenso,
            revoca del consenso, revoca il consenso, revoca il mio consenso
            """,
        ),
    ),
    soft=(
        (
            OURS,
            """
            cancellazione iscrizione, annullare l'iscrizione,
            annulla, basta, smettila, smettetela, disattiva, annulla iscrizione, annulla l'iscrizione,
            annullare iscrizione, cancella iscrizione, cancella l'iscrizione, cancellami
            """,
        ),
    ),
    start=(
        ("strong", OURS, "iscrivimi di nuovo, riscrivimi"),
        ("soft", OURS, "riattiva"),
    ),
    help=(("strong", OURS, "aiuto, aiutami, aiutatemi, mi aiuti"),),
    frames="""
        <nonpiu> {what}, <nonpiu> <get> {what}, <nonpiu> <contacted>, <non> {messages}, <non> <piu> {messages},
        <non> <get> {messages}, <non> <get> <piu> {messages}, <non> <get> più {what}, <non> <get> altri {what},
        <non> <contacted>, <non> <contacted> più, <non> più <contacted>, <cease> ~ <send> {what},
        <cease> ~ <contact>, <sendnot> {messages}, <sendnot> <piu> {messages}, <sendnot> più {what},
        <sendnot> altri {what}, <sendnot> più, <writenot>, <writenot> più, <writenot> mai più, nessun altro {what},
        nessun {messages} più, nessun'altra {what}, basta mandarmi {what}, basta inviarmi {what},
        basta mandare {what}, basta inviare {what}, basta ricevere {what}, basta coi {what}, basta col bot,
        basta con il bot, basta bot, basta con questo bot, basta contattarmi, niente altri {what}, niente più {what},
        fine di {messages}, stop con {what}, stop al bot, <remove> ~ <from>, <remove> ~ da {what}, <shut> <bot>,
        la disiscrizione, la cancellazione <from>, cancellazione <from>, rimozione <from>, la rimozione <from>,
        <sendnot> più niente, <sendnot> più nulla,
        smettere di mandarmi {what}, smettere di inviarmi {what}, smetterla di mandarmi {what}, smetterla di inviarmi
        {what}, di non mandarmi più {what}, di non inviarmi più {what},
        annulla l'iscrizione {what}, annullare l'iscrizione {what}, annullate l'iscrizione {what},
        cancella l'iscrizione {what}, cancellare l'iscrizione {what}, smettetela ~ di scrivermi,
        smettete ~ di scrivermi, smettetela ~ di mandarmi {what}, smettete ~ di mandarmi {what},
        cancellatemi ~ dalla lista, toglietemi ~ dalla lista, vorrei ~ disiscrivermi, voglio ~ disiscrivermi,
        mi cancelli ~ dalla lista, potete ~ cancellarmi dalla lista, basta {what}, basta con {what}, stop a {what},
        stop con {what}, niente {messages}, niente più {what}, mai più {what}, non più {what}, non voglio {messages},
        non voglio più {what}, non voglio altri {what}, non voglio ricevere {messages},
        non voglio ricevere più {what}, non voglio più ricevere {what}, non vorrei più ricevere {what},
        non desidero ricevere {messages}, non desidero più ricevere {what}, non desidero {messages},
        non desidero più {what}, non mandatemi {messages}, non mandatemi più {what}, non mandarmi {messages},
        non mandarmi più {what}, non mi mandi più {what}, non mi mandate più {what}, non mandate più {what},
        non inviatemi {messages}, non inviatemi più {what}, non inviarmi {messages}, non inviarmi più {what},
        non mi invii più {what}, non mi inviate più {what}, non inviate più {what}, smettete di mandarmi {what},
        smettete di mandare {what}, smettetela di mandarmi {what}, smettetela di mandare {what},
        smettila di mandarmi {what}, smettila di mandare {what}, smetti di mandarmi {what}, smetta di mandarmi {what},
        smettete di inviarmi {what}, smettetela di inviarmi {what}, smettila di inviarmi {what},
        smetta di inviarmi {what}, smettetela con {what}, smettila con {what}, smettete con {what}, fermate {what},
        ferma {what}, fermi {what}, blocca {what}, bloccate {what}, blocchi {what}, bloccare {what}, disattiva {what},
        disattivate {what}, disattivi {what}, disattivare {what}, disattivate tutte {what}, sospendete {what},
        sospendere {what}, interrompete {what}, interrompere {what}, interrompi {what}, annulla {what},
        annullare {what}, annullate {what}, disiscrivetemi da {what}, disiscrivimi da {what}, disiscrivermi da {what},
        cancellatemi da {what}, cancellarmi da {what}, voglio cancellarmi da {what}, vorrei cancellarmi da {what},
        voglio disiscrivermi da {what}, vorrei disiscrivermi da {what}, disiscrizione {what}, disiscrizione da {what}
        """,
    request="""
        per favore, perfavore, x favore, xfavore, per piacere, per cortesia, pf, plis, gentilmente, cortesemente,
        vi prego, ti prego, la prego, di grazia
        """,
    polite="""
        basta, grazie, grazie mille, mille grazie, tante grazie, grazie in anticipo, molte grazie, subito, ora,
        adesso, immediatamente, al più presto, il prima possibile, da oggi, da ora, da subito, per sempre,
        definitivamente, una volta per tutte, ciao, salve, buongiorno, buonasera, buon pomeriggio, buona giornata,
        buona serata, cordiali saluti, saluti, distinti saluti, scusate, scusi, scusa, mi dispiace, ok, prego,
        arrivederci, voglio, vorrei, desidero, chiedo di, vi chiedo di, le chiedo di, ti chiedo di, potete, potreste,
        può, potrebbe, puoi, potresti, solo, semplicemente, davvero, sul serio, ora basta, basta così, e basta,
        gentili signori
        """,
    scope="""
        tutto, tutti, tutte, questo, ciò, mi, me, il mio numero, mio numero, inviare, di inviare, di inviarmi,
        inviarmi, di mandare, di mandarmi, mandarmi, scrivermi, di scrivermi, contattarmi, di contattarmi, lista,
        mailing list, lista di invio, da voi, vostri, bot, chatbot
        """,
    nouns="""
        messaggi, messaggio, messaggini, invii, l'invio di, l'invio dei, spam, comunicazioni,
        comunicazione, messaggi automatici
        """,
    channels="""
        abbonamento, l'abbonamento, sms, mail, e-mail, email, messaggi whatsapp, whatsapp, iscrizione ai messaggi
        """,
    topics="""
        notifica, notifiche, avviso, avvisi, pubblicità, newsletter, la newsletter, messaggi promozionali,
        messaggi pubblicitari
        """,
    asides="""
        promemoria, promozioni, promo, offerte, consigli, consiglio, notizie, novità, aggiornamenti, info
        """,
    determiners="""
        il, lo, la, i, gli, le, dei, delle, degli, del, della, di, da, dai, dal, dalla, dalle, dagli, ai, alle, alla,
        al, agli, vostri, vostre, vostra, vostro, tuoi, tue, questi, queste, questa, questo, miei, mia, mio, tutti,
        tutte, tutta, altri, altre, con, a, i vostri
        """,
    subscriptions="iscrizioni, le mie iscrizioni, abbonamenti, i miei abbonamenti",
    why="perché, perché ricevo questo, perché ho ricevuto questo",
    parts=(
        (
            "nonpiu",
            """
            non voglio più, non desidero più, non vorrei più, non vogliamo più, non mi interessa più,
            non mi interessano più, non mi servono più, non ho più bisogno di, non intendo più, preferirei non più,
            preferisco non più, mi piacerebbe non più, non gradisco più, vorrei non, vorrei non più
            """,
        ),
        (
            "non",
            """
            non voglio, non desidero, non vorrei, non vogliamo, preferisco non, preferirei non, non intendo,
            non gradisco, non mi interessano, non mi servono, non ho bisogno di, non autorizzo, nn voglio
            """,
        ),
        (
            "get",
            """
            ricevere, avere, vedere, leggere, continuare a ricevere, ricevere da voi, trovare, che mi mandiate,
            che mi inviate, che mi mandino
            """,
        ),
        (
            "piu",
            """
            più, altri, altro, altra, nessun, nessuno, nessuna, nessun altro, ulteriori, nuovi, più nessun,
            più alcun, alcun, mai più, più alcuna, più nessuna
            """,
        ),
        (
            "contacted",
            """
            essere contattato, essere contattata, essere disturbato, essere disturbata, essere importunato,
            essere importunata, essere iscritto, essere iscritta, essere nella lista, essere in lista,
            essere nella vostra lista, essere in questa lista, stare nella lista, stare in questa lista,
            far parte della lista, far parte di questa lista, fare parte della lista, ricevere nulla,
            ricevere niente, sentirvi, che mi scriviate, che mi contattiate, che mi scriva, che mi scrivano,
            che mi contattino, avere vostre notizie
            """,
        ),
        (
            "cease",
            """
            smettetela, smettete, smettila, smetti, la smetta, smetta, smettere, smetterla, di smettere,
            di smetterla, finitela, finiscila, finire, piantatela, piantala, cessate, cessi, cessare, evitate, eviti,
            evita, evitare, di evitare, terminate
            """,
        ),
        (
            "send",
            """
            di mandarmi, di inviarmi, di mandare, di inviare, di mandarci, di inviarci, di spedirmi, con,
            con l'invio di, con l'invio dei, di tempestarmi di, di riempirmi di, l'invio di, l'invio dei,
            ogni invio di
            """,
        ),
        (
            "contact",
            """
            di scrivermi, di contattarmi, di disturbarmi, di importunarmi, di assillarmi, di spammare, di spammarmi,
            di tormentarmi, di mandarmi roba, di inviarmi roba, di mandarmi questa roba, di mandarmi cose,
            di scriverci, di scrivere, di messaggiarmi, di mandarmi questo, di mandarmi, di inviarmi
            """,
        ),
        (
            "sendnot",
            """
            non mandatemi, non mandarmi, non mi mandi, non mi mandate, non mi mandare, non inviatemi, non inviarmi,
            non mi invii, non mi inviate, non mi inviare, non mandate, non inviate, non mandare, non inviare,
            non mandateci, non inviateci, di non mandarmi, di non inviarmi, di non inviare, di non mandare,
            non speditemi, che non mi mandiate, nn mandatemi, nn mandarmi, non me ne mandate
            """,
        ),
        (
            "writenot",
            """
            non scrivetemi, non scrivermi, non mi scriva, non mi scrivete, non mi scrivere, non contattatemi,
            non contattarmi, non mi contatti, non mi contattate, non mi contattare, non disturbatemi,
            non disturbarmi, non mi disturbi, non mi disturbate, di non scrivermi, di non contattarmi,
            di non disturbarmi, non scriveteci, nn scrivetemi, nn scrivermi, non scrivete, non cercatemi,
            non messaggiatemi
            """,
        ),
        (
            "remove",
            """
            cancellatemi, cancellami, mi cancelli, mi cancellate, mi cancella, cancellarmi, di cancellarmi,
            essere cancellato, essere cancellata, toglietemi, toglimi, mi tolga, mi togliete, mi togli, togliermi,
            di togliermi, essere tolto, essere tolta, eliminatemi, eliminami, mi elimini, mi eliminate, mi elimina,
            eliminarmi, di eliminarmi, rimuovetemi, rimuovimi, mi rimuova, mi rimuovete, mi rimuovi, rimuovermi,
            di rimuovermi, essere rimosso, essere rimossa, levatemi, levami, mi levi, mi levate, levarmi,
            depennatemi, mi depenni, escludetemi, mi escluda, uscire, voglio uscire, vorrei uscire,
            togliete il mio numero, togli il mio numero, cancellate il mio numero, cancella il mio numero,
            rimuovete il mio numero, rimuovi il mio numero, eliminate il mio numero, elimina il mio numero,
            togliere il mio numero, cancellare il mio numero, rimuovere il mio numero, eliminare il mio numero,
            togliete il mio nome, cancellate il mio nome, disiscrivetemi, disiscrivimi, mi disiscriva, disiscrivermi,
            di disiscrivermi, mi disiscrivo, mi disiscrivete, mi cancello, mi tolgo, disiscrizione
            """,
        ),
        (
            "from",
            """
            dalla lista, da questa lista, dalla vostra lista, dalla tua lista, dalla sua lista, dalle vostre liste,
            dalle liste, da tutte le liste, dall'elenco, da questo elenco, dal vostro elenco, dalla mailing list,
            dalla vostra mailing list, dalla lista di invio, dalla lista di distribuzione, dalla lista contatti,
            dalla lista dei contatti, dal database, dal vostro database, dai contatti, dai vostri contatti,
            dai tuoi contatti, dalla rubrica, dal bot, da questo bot, dal servizio
            """,
        ),
        (
            "shut",
            """
            disattiva, disattivate, disattivi, disattivare, di disattivare, spegni, spegnete, spenga, spegnere,
            di spegnere, ferma, fermate, fermi, fermare, di fermare, blocca, bloccate, blocchi, bloccare, silenzia,
            silenziate, silenziare, stop, chiudete, chiudere
            """,
        ),
        (
            "bot",
            """
            il bot, questo bot, bot, il chatbot, questo chatbot, il vostro bot
            """,
        ),
    ),
)
