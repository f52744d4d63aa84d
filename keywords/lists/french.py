"""French."""

from keywords.word import AWS_FRENCH, OURS, PROXY, Language

LISTS = Language(
    language="fr",
    strong=(
        (
            OURS,
            """
            foutez-moi la paix, fous-moi la paix,
            je veux plus de vos messages, j'veux plus de vos messages, j'veux plus recevoir, j'veux plus rien
            recevoir, j'veux plus être contacté, j'veux plus être contactée,
            pouvez-vous me désinscrire, pourriez-vous me désinscrire, pouvez-vous me désabonner,
            pourriez-vous me désabonner, peux-tu me désabonner, peux-tu me désinscrire, pouvez-vous me retirer,
            pourriez-vous me retirer, pouvez-vous me retirer de la liste, pourriez-vous me retirer de la liste,
            pouvez-vous arrêter, pourriez-vous arrêter, arrêtez, stopper, stoppez, stoppe, stop pub, stop sms,
            stop à tout, stop à tous les messages, arrêtez ça, arrête ça, arrêtez cela, arrêter ça,
            arrêtez de m'écrire, arrête de m'écrire, arrêtez de me contacter, arrête de me contacter,
            arrêtez de me harceler, arrêtez de me spammer, arrêtez de m'envoyer, arrête de m'envoyer,
            arrêter de m'envoyer, arrêtez de nous écrire, arrêtez les messages, arrêter les messages,
            arrête les messages, arrêtez tout, arrêter tout, arrête tout, tout arrêter, je veux tout arrêter,
            je souhaite tout arrêter, on arrête tout, désabonner, me désabonner, se désabonner, désabonne-moi,
            désabonnez-moi, désabonne, désabonnez, désabonnement, désabonnez-nous, je me désabonne,
            je veux me désabonner, je souhaite me désabonner, je voudrais me désabonner, j'aimerais me désabonner,
            vous désabonner, dés abonner, des abonner, désinscris-moi, désinscrivez-moi, désinscrivez-nous,
            je me désinscris, je veux me désinscrire, je souhaite me désinscrire, je voudrais me désinscrire,
            j'aimerais me désinscrire, je souhaite me retirer de la liste, je veux être retiré de la liste,
            je veux être retirée de la liste, plus aucun message, ne m'écrivez plus, ne m'écris plus,
            ne m'écrivez plus jamais, m'écrivez plus, ne m'envoyez plus rien, ne m'envoyez plus,
            ne m'envoie plus rien, ne m'envoie plus, merci de ne plus m'écrire, merci de ne plus me contacter,
            merci de ne plus m'envoyer, merci d'arrêter, merci de me désinscrire, merci de me désabonner,
            merci de me retirer, veuillez me désinscrire, veuillez me désabonner, veuillez me retirer,
            veuillez ne plus me contacter, veuillez ne plus m'écrire, ne me contactez plus, ne me contacte plus,
            ne plus me contacter, ne plus m'écrire, ne plus recevoir, je ne veux plus rien recevoir,
            je ne veux plus recevoir, je ne souhaite plus recevoir, je veux plus recevoir, je ne désire plus recevoir,
            je ne veux rien recevoir, je ne veux plus être contacté, je ne veux plus être contactée,
            je ne souhaite plus être contacté, je ne souhaite plus être contactée,
            je ne veux plus de vos messages, laissez-moi tranquille, laisse-moi tranquille, laissez-nous tranquilles,
            laissez-moi en paix, fichez-moi la paix, fiche-moi la paix, retirez-moi, retire-moi, supprimez-moi,
            supprime-moi, enlevez-moi, enlève-moi, effacez-moi, rayez-moi, retirez mon numéro, supprimez mon numéro,
            effacez mon numéro, enlevez mon numéro, supprimez mon contact, je retire mon consentement,
            je révoque mon consentement, retirer mon consentement, révoquer mon consentement, annuler mon abonnement,
            annuler l'abonnement, annulez mon abonnement, résilier mon abonnement, résiliez mon abonnement,
            annuler mon inscription aux messages, je résilie mon abonnement
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
        vite, aujourd'hui, définitivement, pour toujours, une bonne fois pour toutes, une fois pour toutes, désormais,
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
        message, messages, envoi, envois, l'envoi, l'envoi de, l'envoi des, spam, spams, messages auto,
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
)
