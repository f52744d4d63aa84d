"""Spanish, of Spain and of America."""

from keywords.normalise import OURS, REVOCATION, Language

LISTS = Language(
    language="es",
    strong=(
        (
            OURS,
            """
            no me envíes nada, me puede dar de baja, me puedes dar de baja, me podría dar de baja, me podrías dar de
            baja, me das de baja, me quiero dar de baja, solicito la baja, dennos de
            baja, dar de baja mi número, den de baja mi número, dé de baja mi número, quiero que me den de baja,
            cancelar suscripción, anular suscripción, anulen mi suscripción, anule mi suscripción, anula mi
            suscripción, desuscribir, desuscribirme, desuscribirse, desuscríbeme, desuscríbame, desuscríbanme,
            desinscribirme, desuscribanme, no quiero recibir más, no me manden más, no me mandes más, no me mande más,
            ya no me manden, ya no me mandes, no me envíen más, no me envíes más, no me envíe más, no me envíen nada,
            no me manden nada, no me mandes nada, dejen de mandar, dejen de enviar, deja de mandar, deja de enviar,
            paren de mandar, paren de enviar, paren ya, detener mensajes, parar mensajes, bórrenme, bórrame, bórreme,
            elimínenme, elimíname, elimíneme, sáquenme, sácame, sáqueme, quítenme, quítame, quíteme, borren mi número,
            borra mi número, borre mi número, eliminen mi número, elimina mi número, elimine mi número, quiten mi
            número, quita mi número, saquen mi número, déjenme en paz, déjame en paz, déjeme en paz, dejadme en paz,
            déjenme tranquilo, déjenme tranquila, déjame tranquilo, déjame tranquila, no molestar más, revoco mi
            consentimiento, retiro mi consentimiento, revocar mi consentimiento, retirar mi consentimiento, revoco el
            consentimiento, revocar consentimiento, stop mensajes, stop publicidad
            """,
        ),
    ),
    soft=(
        (REVOCATION, "no más"),
        (
            OURS,
            """
            parad, no molestar, no contactar, baja, cancelar, parar, paren, detener, cancelar todo, dar de baja
            """,
        ),
    ),
    start=(
        ("strong", OURS, "volver a suscribirme, quiero volver a recibir mensajes"),
        ("soft", OURS, "reanudar"),
    ),
    help=(("strong", OURS, "ayuda, ayúdame, ayúdenme, ayúdeme, socorro"),),
    frames="""
        <yano> recibir <esto>, <no> recibir más <esto>, <no> recibir <esto> más, <no> seguir recibiendo <esto>, <yano>
        {what}, <yano> <get> {what}, <yano> <get> <mas> {what}, <yano> <contacted>, <no> {messages}, <no> <get>
        {messages}, <no> <mas> {messages}, <no> más {what}, <no> <get> <mas> {messages}, <no> <get> más {what}, <no>
        <contacted>, <no> <contacted> más, <cease> ~ <send> <mas?> {what}, <cease> ~ <contact>, <sendnot> <mas?>
        {messages}, <sendnot> más {what}, <sendnot> nada más, <sendnot> más nada, <yanosend> <mas?> {what}, <yanosend>
        nada, <yanosend> más, <writenot>, <writenot> más, <writenot> nunca más, ni un {messages} más, ningún {messages}
        más, nada de {messages}, nunca más {what}, no más de {what}, cero {messages}, ya basta de {what}, ya basta con
        {what}, suficiente de {what}, fin de {messages}, fin a {messages}, <baja>, <baja> ~ <from>, <baja> ~ de {what},
        <leave> ~ <from>, <leave> ~ de {what}, <remove> ~ <from>, <remove> ~ de {what}, <shut> <bot>, stop al bot, alto
        al bot, basta de bot, <end> {messages}, <end> <send> {messages}, basta ya con {what}, <no> este bot, ya paren,
        ya paren con {what}, pare ya, parad ya, stop con {what}, dejar de enviarme {what}, dejar de mandarme {what},
        dejen de llegar {what}, no deseo seguir recibiendo {what}, no quiero seguir recibiendo {what}, no quiero que me
        sigan enviando {what}, no quiero que me sigan mandando {what}, dejen ~ de mandarme {what}, dejen ~ de enviarme
        {what}, paren ~ de mandar {what}, paren ~ de enviar {what}, denme ~ de baja, deme ~ de baja, dame ~ de baja,
        quiero ~ darme de baja, cancelen ~ mi suscripción, bórrenme ~ de la lista, sáquenme ~ de la lista, me pueden ~
        dar de baja, me podrían ~ dar de baja, no más {what}, no quiero {messages}, no quiero más {what}, no quiero
        recibir {messages}, no quiero recibir más {what}, no deseo {messages}, no deseo más {what}, no deseo recibir
        {messages}, no deseo recibir más {what}, ya no quiero {what}, ya no quiero más {what}, ya no quiero recibir
        {what}, ya no quiero recibir más {what}, ya no deseo recibir {what}, ya no deseo recibir más {what}, no quiero
        que me manden {messages}, no quiero que me envíen {messages}, no quiero que me manden más {what}, no quiero que
        me envíen más {what}, no me envíen {messages}, no me envíen más {what}, no me envíes {messages}, no me envíes
        más {what}, no me envíe {messages}, no me envíe más {what}, no me manden {messages}, no me manden más {what}, no
        me mandes {messages}, no me mandes más {what}, no me mande {messages}, no me mande más {what}, no envíen
        {messages}, no envíen más {what}, no manden {messages}, no manden más {what}, no mandes más {what}, no me
        mandéis más {what}, no me enviéis más {what}, ya no me manden {what}, ya no me manden más {what}, ya no me
        envíen {what}, ya no me envíen más {what}, ya no me mandes {what}, ya no me mandes más {what}, dejen de enviarme
        {what}, dejen de enviar {what}, dejen de mandarme {what}, dejen de mandar {what}, deja de enviarme {what}, deja
        de enviar {what}, deja de mandarme {what}, deja de mandar {what}, deje de enviarme {what}, deje de mandarme
        {what}, deje de enviar {what}, dejad de mandarme {what}, dejad de enviarme {what}, quiero dejar de recibir
        {what}, deseo dejar de recibir {what}, dejar de recibir {what}, paren de mandar {what}, paren de mandarme
        {what}, paren de enviar {what}, paren de enviarme {what}, paren {what}, paren con {what}, paren ya de mandar
        {what}, paren ya de enviar {what}, paren ya {what}, paren ya con {what}, basta de {what}, basta con {what},
        basta ya de {what}, alto a {what}, detengan {what}, detener {what}, detenga {what}, desactivar {what}, desactiva
        {what}, desactiven {what}, desactive {what}, parar {what}, quiero parar {what}, baja {what}, baja de {what}, dar
        de baja {what}, darme de baja {what}, darme de baja de {what}, denme de baja de {what}, bórrenme de {what},
        sáquenme de {what}, quítenme de {what}, elimínenme de {what}, bórrame de {what}, sácame de {what}, quiero darme
        de baja de {what}, cancelar {what}, cancelen {what}, cancela {what}, cancele {what}, anular {what}, stop a
        {what}
        """,
    request="""
        por favor, porfa, porfavor, porfis, porfas, xfa, xfavor, x favor, x fa, por fa, plis, pliss, se lo ruego,
        le ruego, les ruego, te lo pido, se lo pido
        """,
    polite="""
        basta, gracias, muchas gracias, mil gracias, gracias de antemano, grax, grcs, ya, ya mismo, ahora,
        ahora mismo, inmediatamente, de inmediato, cuanto antes, lo antes posible, hoy mismo, para siempre,
        definitivamente, de una vez, de una vez por todas, desde ahora, a partir de ahora, hola, buenas, buenos días,
        buenas tardes, buenas noches, disculpe, disculpen, disculpa, perdón, perdone, lo siento, ok, vale,
        les agradezco, le agradezco, saludos, un saludo, adiós, atentamente, quiero, deseo, quisiera, me gustaría,
        necesito, solicito, pido, les pido, le pido, te pido, pueden, puede, puedes, podrían, podría, podrías,
        me pueden, me puede, me podrían, y, simplemente, solo, nunca más, en serio, bueno, ya basta, señores, señor,
        señora
        """,
    scope="""
        todo, todos, todas, esto, eso, a mí, mí, mi número, mi celular, mi teléfono, enviar, enviarme, de enviar,
        de enviarme, de mandar, de mandarme, mandar, mandarme, escribirme, de escribirme, lista, listas,
        lista de correo, lista de envío, lista de difusión, bot, chatbot, de ustedes, de vosotros, suyos, suyas,
        a mi número, a mi celular
        """,
    nouns="""
        mensaje, mensajes, mensajito, mensajitos, envío de, envío de más, envíos, spam, comunicaciones, más mensajes
        """,
    channels="""
        sms, whatsapp, whatsapps, correo, correos, correos electrónicos, email, emails, mail, mails, suscripción,
        suscripciones, textos
        """,
    topics="""
        notificación, notificaciones, aviso, avisos, alerta, alertas, publicidad, propaganda, boletín, boletines,
        newsletter
        """,
    asides="""
        recordatorio, recordatorios, promos, promociones, ofertas, consejos, consejo, noticias, novedades
        """,
    determiners="""
        el, la, los, las, de, del, su, sus, estos, estas, este, esta, esos, esas, ese, esa, mis, mi, tus, tu,
        vuestros, vuestra, a, al, con, todos, todas, toda, más, tantos, tantas, por, me, los de
        """,
    subscriptions="suscripciones, mis suscripciones, gestionar suscripciones",
    why="por qué, por qué recibo esto, por qué me llega esto",
    parts=(
        ("esto", "esto, estos, estas, eso, nada de esto"),
        (
            "yano",
            """
            ya no quiero, ya no deseo, ya no quisiera, ya no me interesa, ya no me interesan, ya no necesito,
            ya no queremos, ya no deseamos, no quiero volver a, no deseo volver a, nunca más quiero,
            no quiero nunca más, ya no quiero más, ya no deseo más
            """,
        ),
        (
            "no",
            """
            no quiero, no deseo, no quisiera, no me interesa, no me interesan, no necesito, no queremos, no deseamos,
            prefiero no, preferiría no, quiero no, no me gustaría, no autorizo
            """,
        ),
        (
            "get",
            """
            recibir, seguir recibiendo, continuar recibiendo, tener, ver, leer, estar recibiendo, que me lleguen,
            que me llegue, que me sigan llegando, que me envíen, que me manden, que me sigan enviando,
            que me sigan mandando, que me envíes, que me mandes, que me envíe, que me mande, que lleguen, recibiendo,
            obtener
            """,
        ),
        (
            "contacted",
            """
            que me escriban, que me escribas, que me escriba, que me escribáis, que me contacten, que me contactes,
            que me molesten, que me molestes, que me hablen, que me manden nada, que me envíen nada,
            que me sigan escribiendo, que me sigan molestando, que me sigan contactando, ser contactado,
            ser contactada, ser molestado, ser molestada, estar en la lista, estar en esta lista, estar en su lista,
            estar en tu lista, seguir en la lista, seguir en esta lista, estar suscrito, estar suscrita,
            seguir suscrito, seguir suscrita, formar parte de la lista, formar parte de esta lista,
            saber nada de ustedes, recibir nada, recibir nada de ustedes
            """,
        ),
        (
            "mas",
            """
            más, ningún, ninguna, ningún otro, ninguna otra, ningún tipo de, otro, otra, otros, nuevos, tantos,
            ni un, ni uno
            """,
        ),
        (
            "cease",
            """
            dejen, deja, deje, dejad, dejá, dejar, dejes, paren, para, pare, parad, pará, parar, cesen, cese, cesar,
            eviten, evite, evita, terminen, ya dejen, ya deja, ya deje, ya paren, pueden dejar, puede dejar,
            puedes dejar, podrían dejar, podría dejar, podrías dejar
            """,
        ),
        (
            "send",
            """
            de enviarme, de mandarme, de enviar, de mandar, de enviarnos, de mandarnos, de enviarle, con, ya con,
            de pasarme, de llegar, de llenarme de, de bombardearme con
            """,
        ),
        (
            "contact",
            """
            de escribirme, de contactarme, de molestarme, de enviarme, de mandarme, de mensajearme, de spamearme,
            de hacer spam, de acosarme, de fastidiarme, de escribir, de molestar, de enviarme cosas,
            de mandarme cosas, de enviarme esto, de mandarme esto, de enviarme todo esto, de escribirnos,
            de hablarme, de textearme, de spamear
            """,
        ),
        (
            "sendnot",
            """
            no me envíen, no me envíes, no me envíe, no me enviéis, no me manden, no me mandes, no me mande,
            no me mandéis, no envíen, no envíes, no envíe, no manden, no mandes, no mande, no me estén mandando,
            no me estén enviando, no me sigan mandando, no me sigan enviando, no nos envíen, no nos manden,
            no enviarme, no mandarme, no enviar, no mandar, que no me envíen, que no me manden, no me pasen,
            no me vuelvan a mandar, no me vuelvan a enviar, no me vuelvas a mandar
            """,
        ),
        (
            "yanosend",
            """
            ya no me envíen, ya no me envíes, ya no me envíe, ya no me manden, ya no me mandes, ya no me mande,
            ya no envíen, ya no manden, ya no mandes, que ya no me manden, que ya no me envíen
            """,
        ),
        (
            "writenot",
            """
            no me escriban, no me escribas, no me escriba, no me escribáis, no me contacten, no me contactes,
            no me contacte, no me contactéis, no me molesten, no me molestes, no me moleste, no me molestéis,
            ya no me escriban, ya no me escribas, ya no me escriba, ya no me contacten, ya no me molesten,
            no me hablen más, no me sigan escribiendo, no me vuelvan a escribir, no me vuelvas a escribir,
            no me vuelva a escribir, no me vuelvan a contactar, no vuelvan a escribirme, no vuelvan a contactarme,
            no vuelvas a escribirme, no escribirme, no contactarme, no me mensajeen, que no me escriban,
            que no me contacten
            """,
        ),
        (
            "baja",
            """
            darme de baja, solicito baja, solicito mi baja, solicito que me den de baja, pido que me den de baja, quiero
            que me deis de baja, quiero que me des de baja, ruego me den de baja, les ruego me den de baja, les ruego
            que me den de baja, me gustaría que me dieran de baja, me gustaría que me den de baja, me borro, me pueden
            borrar, me dais de baja, me daría de baja, darnos de baja, den me de baja, de me de baja, dame de baja,
            denme de baja, deme de baja, dadme de baja, darse de baja, me doy de baja, hagan la baja, póngame de baja,
            dar me de baja
            """,
        ),
        (
            "leave",
            """
            quiero la baja, quiero mi baja, pido la baja, pido mi baja, deseo la baja, necesito la baja, tramiten mi
            baja, tramitar mi baja, procesen mi baja, procesar mi baja, me dan de baja
            """,
        ),
        (
            "remove",
            """
            bórrenme, bórrame, bórreme, borradme, borrarme, elimínenme, elimíname, elimíneme, eliminadme, eliminarme,
            sáquenme, sácame, sáqueme, sacadme, sacarme, quítenme, quítame, quíteme, quitadme, quitarme, retírenme,
            retírame, retíreme, retirarme, exclúyanme, exclúyeme, excluirme, remuévanme, remuéveme, removerme,
            salirme, salir, desapúntenme, desapúntame, desapuntarme, me quiten, me saquen, me borren, me eliminen,
            que me quiten, que me saquen, que me borren, que me eliminen, quiero que me quiten, quiero que me saquen,
            quiero que me borren, quiero que me eliminen, quiten mi número, quita mi número, borren mi número,
            borra mi número, saquen mi número, saca mi número, eliminen mi número, elimina mi número,
            quitar mi número, borrar mi número, eliminar mi número, sacar mi número, quiten mi nombre,
            borren mi nombre, quita mi nombre, bajarme, bájenme, bájame, me salgo, me quiero salir, quiero salirme
            """,
        ),
        (
            "from",
            """
            de la lista, de esta lista, de su lista, de tu lista, de vuestra lista, de sus listas, de las listas,
            de todas las listas, de la lista de difusión, de esta lista de difusión, de la lista de correo,
            de la lista de mensajes, de la lista de envíos, de la base de datos, de su base de datos,
            de sus contactos, de tus contactos, de los contactos, de la lista de contactos, del bot, de este bot
            """,
        ),
        (
            "shut",
            """
            desactivar, desactiva, desactive, desactiven, desactivá, desactivad, apagar, apaga, apague, apaguen,
            apagá, apagad, detener, detén, detenga, detengan, parar, paren, pare, bloquear, bloquea, bloqueen,
            silenciar, silencia, quitar, quita, quiten, quite, eliminar
            """,
        ),
        (
            "bot",
            """
            el bot, este bot, ese bot, bot, al bot, el chatbot, este chatbot, tu bot, su bot
            """,
        ),
        (
            "end",
            """
            cesar, cesen, cese, suspender, suspendan, suspenda, bloquear, bloqueen, bloquea, detener, detengan,
            detenga, detén, interrumpan, interrumpir, frenen, frenar, corten, córtenla con, corta con, corten con,
            silenciar, anulen
            """,
        ),
    ),
)
