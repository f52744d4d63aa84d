"""French."""

from keywords.normalise import AWS_FRENCH, OURS, PROXY, Language

LISTS = Language(
    language="fr",
    strong=(
        (
            OURS,
            """
            foutez-moi la paix, fous-moi la paix, je veux plus de vos messages, j'veux plus de vos messages, j'veux
            plus recevoir, pouvez-vous me désinscrire, pourriez-vous me désinscrire, peux-tu me désinscrire,
            pouvez-vous me retirer, pourriez-vous me retirer, pouvez-vous arrêter, pourriez-vous arrêter, arrêtez,
            stopper, stoppez, stoppe, stop pub, stop sms, stop à tout, stop à tous les messages, arrêtez ça, arrête
            ça, arrêtez cela, arrêter ça, arrête de m'envoyer, arrêter de m'envoyer, arrêtez tout, arrêter tout,
            arrête tout, tout arrêter, je veux tout arrêter, je souhaite tout arrêter, on arrête tout, désabonner, me
            désabonner, se désabonner, désabonne-moi, désabonnez-moi, désabonne, désabonnez, désabonnement,
            désabonnez-nous, vous désabonner, dés abonner, des abonner, désinscris-moi, désinscrivez-moi,
            désinscrivez-nous, je me désinscris, je veux me désinscrire, je souhaite me désinscrire, je voudrais me
            désinscrire, j'aimerais me désinscrire, m'écrivez plus, ne m'envoyez plus, ne m'envoie plus, merci de ne
            plus m'envoyer, merci d'arrêter, merci de me retirer, veuillez me retirer, ne plus recevoir, je ne veux
            plus recevoir, je ne souhaite plus recevoir, je veux plus recevoir, je ne désire plus recevoir, je ne veux
            rien recevoir, laissez-moi tranquille, laisse-moi tranquille, laissez-nous tranquilles, laissez-moi en
            paix, fichez-moi la paix, fiche-moi la paix, retirez-moi, retire-moi, supprimez-moi, supprime-moi,
            enlevez-moi, enlève-moi, effacez-moi, rayez-moi, retirez mon numéro, supprimez mon numéro, effacez mon
            numéro, enlevez mon numéro, supprimez mon contact, je retire mon consentement, je révoque mon
            consentement, retirer mon consentement, révoquer mon consentement, annuler mon abonnement, annuler
            l'abonnement, annulez mon abonnement, résilier mon abonnement, résiliez mon abonnement, annuler mon
            inscription aux messages, je résilie mon abonnement
            """,
        ),
    ),
    soft=(
        (PROXY, "arret, arrete, arrett"),
        (
            OURS,
            """
            arrêt, arrête, arrêter, annuler, quitter, résilier, terminer, désinscription, désinscrire, me désinscrire,
            se désinscrire
            """,
        ),
    ),
    start=(("strong", OURS, "réabonner, me réabonner, réabonnez-moi, reprendre les messages"),),
    help=(
        ("strong", AWS_FRENCH, "aide"),
        ("strong", OURS, "aidez-moi, aide-moi, à l'aide, au secours"),
    ),
    frames="""
        <nemore> {what}, <nemore> <get> {what}, <plus> <get> {what}, <nemore> <contacted>, <plus> <contacted>,
        <nowant> <get> {messages}, <nowant> {messages}, <nowant> <contacted>, je n'ai pas besoin {messages},
        je n'ai plus besoin {what}, <cease> ~ <send> {what}, <cease> ~ <contact>, <cease> ~ {what},
        <sendnot> ~ {what}, <sendnot> ~ rien, <sendno> {messages}, <sendno> de {messages}, <contactnot>,
        <contactnot> jamais, plus jamais {what}, jamais plus {what}, plus un seul {what}, pas un {messages} de plus,
        assez {what}, marre {what}, <unsub> ~ <from>, <unsub> ~ {what}, <wantout> <out>, <shut> <bot>, stop <bot>,
        stop au bot, <end> {messages}, fini {messages}, finis {messages}, stop à {what}, stop pour {what},
        j'veux plus recevoir {what}, j'veux plus recevoir de {what},
        veuillez ~ me désinscrire, veuillez ~ me désabonner, merci de ~ me désinscrire, merci de ~ me désabonner,
        veuillez ~ arrêter, veuillez ~ cesser, merci de ~ cesser, pouvez-vous ~ arrêter de m'envoyer {what},
        pourriez-vous ~ arrêter de m'envoyer {what}, peux-tu ~ arrêter de m'envoyer {what}, arrêtez ~ de m'envoyer,
        arrêtez ~ de m'envoyer {what}, arrête ~ de m'envoyer {what}, pouvez-vous ~ me désinscrire de {what},
        pourriez-vous ~ me désinscrire de {what}, arrêtez {what}, arrêtez avec {what}, arrêtez de m'envoyer {what},
        arrêtez de nous envoyer {what}, arrête de m'envoyer {what}, arrête avec {what}, arrêter de recevoir {what},
        arrêtez d'envoyer {what}, stop à {what}, stop aux {what}, stop avec {what}, plus aucun {what},
        plus aucune {what}, assez de {what}, ras le bol de {what}, marre de {what}, je ne veux plus {what},
        je ne veux plus de {what}, je ne souhaite plus {what}, je ne veux pas de {messages},
        je ne veux pas {messages}, je ne veux aucun {messages}, je ne veux plus recevoir {what},
        je ne veux plus recevoir de {what}, je veux plus recevoir {what}, je ne souhaite plus recevoir {what},
        je ne souhaite plus recevoir de {what}, je ne souhaite pas recevoir {messages},
        je ne veux pas recevoir {messages}, je ne désire plus recevoir {what}, je ne veux plus avoir {what},
        je ne veux plus aucun {what}, je ne souhaite plus aucun {what}, je n'en veux plus de {what},
        ne m'envoyez plus {what}, ne m'envoyez plus de {what}, ne m'envoie plus {what}, ne m'envoie plus de {what},
        ne plus m'envoyer {what}, ne plus m'envoyer de {what}, n'envoyez plus {what},
        n'envoyez plus de {what}, merci de ne plus m'envoyer {what}, merci de ne plus m'envoyer de {what},
        veuillez ne plus m'envoyer {what}, veuillez arrêter {what}, merci d'arrêter {what}, ne plus recevoir {what},
        ne plus recevoir de {what}, je veux arrêter {what}, je souhaite arrêter {what},
        je veux arrêter de recevoir {what}, désactiver {what}, désactivez {what}, désactive {what},
        désinscription {what}, désinscrire {what}, me désinscrire {what}, me désinscrire de {what}, arrêter {what},
        arrête {what}, arrêt {what}, arrêt de {what}, coupez {what}, cessez {what}, cessez de m'envoyer {what},
        cesser {what}, retirez-moi {what}, supprimez-moi {what}
        """,
    request="""
        s'il vous plaît, s'il vous plait, s'il te plaît, s'il te plait, sil vous plait, sil te plait, svp, stp,
        s'il vous plaît merci, please svp, je vous prie, je te prie, je vous en prie
        """,
    polite="""
        merci, merci d'avance, merci bien, merci beaucoup, un grand merci, merci à vous, mille mercis, veuillez,
        de suite, tout de suite, maintenant, dès maintenant, dès à présent, immédiatement, aussitôt, au plus vite,
        vite, définitivement, pour toujours, une bonne fois pour toutes, une fois pour toutes, désormais,
        dorénavant, bonjour, bonsoir, salut, coucou, cordialement, bien à vous, bien cordialement, bonne journée,
        bonne soirée, au revoir, merci de, ok, d'accord, désolé, désolée, pardon, excusez-moi, simplement, juste,
        enfin, ça suffit, c'est bon, je veux, je souhaite, je voudrais, j'aimerais, je désire, je vous demande de,
        je te demande de, je demande à, pouvez-vous, pourriez-vous, peux-tu, tu peux, vous pouvez, vous pourriez,
        est-ce que vous pouvez, oui, et, allez, maintenant merci, jamais plus, plus jamais, à partir de maintenant,
        à compter de ce jour, madame, monsieur, madame monsieur, vraiment
        """,
    scope="""
        tout, toutes, tous, tout ça, tout cela, cela, ça, moi, nous, m'envoyer, mon numéro, envoyer, d'envoyer,
        m'écrire, me contacter, de m'écrire, me spammer, de votre part, de ta part, à vos messages, liste,
        liste de diffusion, liste d'envoi, bot, chatbot, diffusion
        """,
    nouns="""
        message, messages, envois, l'envoi de, l'envoi des, spam, spams, messages auto,
        messages automatiques, envoi de messages, communications, sollicitations
        """,
    channels="""
        sms, texto, textos, mail, mails, e mail, e mails, courriel, courriels, abonnement, l'abonnement, abonnements,
        d'abonnement
        """,
    topics="""
        notification, notifications, alerte, alertes, d'alertes, d'alerte, pub, pubs, publicité, publicités,
        newsletter, newsletters, l'infolettre, infolettre
        """,
    asides="""
        rappel, rappels, info, infos, d'infos, conseil, conseils, actus, actualités, nouvelles, promos, promotions,
        offres, d'offres
        """,
    determiners="""
        le, la, les, l', des, du, de, d', vos, votre, tes, ton, ces, cette, ce, mes, mon, ma, aux, à, au, tous,
        toutes, toute, tout, sur, par, pour, vers, moi, me
        """,
    subscriptions="abonnements, mes abonnements, inscriptions, mes inscriptions, gérer mes abonnements",
    why="pourquoi, pourquoi ceci, pourquoi je reçois ça, pourquoi ai-je reçu ceci",
    parts=(
        (
            "nemore",
            """
            je ne veux plus, je ne souhaite plus, je ne désire plus, je ne voudrais plus, je n'ai plus envie de,
            je n'ai plus besoin de, nous ne voulons plus, nous ne souhaitons plus, on ne veut plus,
            je préfère ne plus, je préférerais ne plus, je voudrais ne plus, j'aimerais ne plus, je souhaite ne plus,
            je souhaiterais ne plus, je désire ne plus, ne veux plus, ne souhaite plus, j'en veux plus de,
            j'ne veux plus, je ne veux jamais plus, je ne veux vraiment plus
            """,
        ),
        (
            "plus",
            """
            je veux plus, j'veux plus, je souhaite plus, veux plus, souhaite plus, on veut plus, j'veux pu,
            je veux pu, j'ai plus envie de, je désire plus
            """,
        ),
        (
            "nowant",
            """
            je ne veux pas, je ne souhaite pas, je ne désire pas, je veux pas, j'veux pas, je n'ai pas envie de,
            je préfère ne pas, je ne voulais pas, je ne tiens pas à, nous ne souhaitons pas, je n'ai pas besoin de
            """,
        ),
        (
            "get",
            """
            recevoir, avoir, lire, voir, continuer à recevoir, continuer de recevoir, être dérangé par,
            être dérangée par, être embêté par, recevoir tous, recevoir autant de, avoir droit à
            """,
        ),
        (
            "contacted",
            """
            être contacté, être contactée, être dérangé, être dérangée, être sollicité, être sollicitée,
            être importuné, être importunée, être abonné, être abonnée, être inscrit, être inscrite,
            être sur la liste, être sur votre liste, être sur cette liste, être dans la liste, être dans votre liste,
            être dans cette liste, faire partie de la liste, faire partie de cette liste,
            faire partie de votre liste, figurer sur la liste, figurer sur votre liste, figurer sur cette liste,
            vous lire, rien recevoir, que vous m'écriviez, que vous me contactiez, que tu m'écrives,
            que tu me contactes, qu'on m'écrive, qu'on me contacte
            """,
        ),
        (
            "cease",
            """
            arrêter, arrêtez, arrête, arrêtes, d'arrêter, cesser, cessez, cesse, de cesser, stopper, stoppez, stoppe,
            de stopper, stop, mettre fin à, mettez fin à, interrompre, interrompez, suspendre, suspendez, suspends
            """,
        ),
        (
            "send",
            """
            de m'envoyer, de nous envoyer, d'envoyer, de me transmettre, de m'adresser, de me balancer, l'envoi de,
            l'envoi des, tout envoi de, la diffusion de, la diffusion des, avec, de me spammer avec, de recevoir,
            de me noyer de, de poster
            """,
        ),
        (
            "contact",
            """
            de m'écrire, de me contacter, de me harceler, de me spammer, de me déranger, de me solliciter,
            de m'importuner, de nous écrire, de nous contacter, de m'envoyer ça, de m'envoyer cela,
            de m'envoyer tout ça, de m'envoyer des trucs, tout envoi, tous les envois, d'écrire, de me notifier
            """,
        ),
        (
            "sendnot",
            """
            ne m'envoyez plus, ne m'envoie plus, n'envoyez plus, n'envoie plus, ne plus m'envoyer,
            de ne plus m'envoyer, m'envoyez plus, m'envoie plus, ne m'adressez plus, ne me transmettez plus,
            ne nous envoyez plus, ne m'envoyer plus, ne m'envoyez jamais plus, ne plus m'adresser,
            de ne plus m'adresser, ne plus envoyer, de ne plus envoyer, ne m'expédiez plus
            """,
        ),
        (
            "sendno",
            """
            ne m'envoyez pas, ne m'envoie pas, n'envoyez pas, ne pas m'envoyer, de ne pas m'envoyer, m'envoyez pas,
            m'envoie pas, ne m'adressez pas
            """,
        ),
        (
            "contactnot",
            """
            ne m'écrivez plus, ne m'écris plus, m'écrivez plus, m'écris plus, ne me contactez plus,
            ne me contacte plus, me contactez plus, ne plus m'écrire, ne plus me contacter, de ne plus m'écrire,
            de ne plus me contacter, ne plus me déranger, de ne plus me déranger, ne me dérangez plus,
            ne me dérange plus, ne plus me solliciter, de ne plus me solliciter, ne me sollicitez plus,
            ne m'importunez plus, ne plus nous contacter, ne me parlez plus, ne me spammez plus, ne m'écrivez pas,
            ne m'écris pas, ne me contactez pas, ne me contacte pas
            """,
        ),
        (
            "unsub",
            """
            désinscrivez-moi, désabonnez-moi, désinscris-moi, désabonne-moi, me désinscrire, me désabonner,
            de me désinscrire, de me désabonner, je me désinscris, je me désabonne, désinscription, désabonnement,
            retirez-moi, retire-moi, enlevez-moi, enlève-moi, supprimez-moi, supprime-moi, effacez-moi, efface-moi,
            rayez-moi, ôtez-moi, sortez-moi, excluez-moi, me retirer, m'enlever, me supprimer, me rayer, m'effacer,
            m'ôter, me sortir, me radier, de me retirer, de m'enlever, de me supprimer, de me rayer, de m'effacer,
            me faire retirer, me faire supprimer, être retiré, être retirée, être désinscrit, être désinscrite,
            être désabonné, être désabonnée, être supprimé, être supprimée, être rayé, être rayée, être enlevé,
            être enlevée, retirez mon numéro, retire mon numéro, supprimez mon numéro, supprime mon numéro,
            effacez mon numéro, enlevez mon numéro, enlève mon numéro, retirer mon numéro, supprimer mon numéro,
            enlever mon numéro, effacer mon numéro, retirez mon nom, supprimez mon nom, enlevez mon nom, désabonnez,
            désinscrivez
            """,
        ),
        (
            "from",
            """
            de la liste, de cette liste, de votre liste, de vos listes, de toutes vos listes, de ta liste,
            de tes listes, des listes, de la liste de diffusion, de votre liste de diffusion,
            de cette liste de diffusion, de votre base, de votre base de données, de la base de données,
            de votre fichier, de vos fichiers, de vos contacts, de tes contacts, des contacts, de la diffusion,
            de la mailing list, de la mailing liste, de votre mailing list, de votre répertoire, du bot, de ce bot,
            de vos envois, la liste, cette liste, votre liste, la liste de diffusion
            """,
        ),
        (
            "wantout",
            """
            je veux être, je souhaite être, je voudrais être, j'aimerais être, je désire être, je demande à être,
            je souhaiterais être
            """,
        ),
        (
            "out",
            """
            retiré, retirée, désinscrit, désinscrite, désabonné, désabonnée, rayé de la liste, rayée de la liste,
            supprimé de la liste, supprimée de la liste, enlevé de la liste, enlevée de la liste
            """,
        ),
        (
            "bot",
            """
            le bot, ce bot, bot, le chatbot, ce chatbot, votre bot, votre robot, ton bot
            """,
        ),
        (
            "shut",
            """
            désactiver, désactivez, désactive, éteindre, éteignez, éteins, couper, coupez, coupe, arrêter, arrêtez,
            arrête, stopper, stoppez, stoppe, bloquer, bloquez, bloque, débrancher, débranchez, de désactiver,
            d'éteindre, de couper, d'arrêter, de stopper
            """,
        ),
        (
            "end",
            """
            désactiver, désactivez, désactive, coupez, coupe, couper, bloquez, bloquer, bloque, résiliez,
            de désactiver, de couper
            """,
        ),
    ),
)
