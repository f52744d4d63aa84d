"""Portuguese, of Brazil and of Portugal."""

from keywords.normalise import OURS, Language

LISTS = Language(
    language="pt",
    strong=(
        (
            OURS,
            """
            parem de escrever, não entre mais em contato, não entrem mais em contato, não entre mais em contato
            comigo, não entrem mais em contato comigo, parem de encher o saco, para de encher o saco, descadastrar,
            descadastre-me, me descadastre, me descadastrem, me descadastra, quero descadastrar, descadastramento,
            descadastre meu número, descadastrem meu número, desinscrever, desinscreva-me, desinscrever-me, me
            desinscreva, me desinscrevam, quero desinscrever-me, tirem meu número, tira meu número, tire meu número,
            retire meu número, remova-me, removam-me, me remova, me removam, me remove, remova meu número, removam meu
            número, remove meu número, apague meu número, apaguem meu número, exclua meu número, excluam meu número,
            me exclua, me excluam, anular subscrição, cancelar subscrição, cancelar a assinatura, quero cancelar a
            inscrição, pare de mandar, pare de enviar, parem de mandar, parem de enviar, para de mandar, para de
            enviar, pare com isso, parem com isso, para com isso, parem já, pare já, parar tudo, pare tudo, parem
            tudo, parar mensagens, parar de receber, não quero mais receber, não quero receber mais, não quero receber
            mais nada, não quero mais nada de vocês, não quero mais isso, não me enviem nada, não me mandem nada, me
            deixem em paz, me deixa em paz, me deixe em paz, deixem-me em paz, deixe-me em paz, deixa-me em paz,
            revogo o consentimento, revogo o meu consentimento, revogo meu consentimento, retiro o consentimento,
            retiro o meu consentimento, retiro meu consentimento, revogar consentimento, revogar o consentimento,
            retirar o meu consentimento, stop mensagens
            """,
        ),
    ),
    soft=(
        (
            OURS,
            """
            pode parar, podem parar, não perturbe, cancelar cadastro,
            cancelar, pare, parem, parar, remover, chega, cancelar inscrição, cancelar a inscrição,
            cancelar assinatura
            """,
        ),
    ),
    start=(
        ("strong", OURS, "voltar a receber, quero voltar a receber"),
        ("soft", OURS, "reativar"),
    ),
    help=(("strong", OURS, "ajuda, me ajuda, me ajude, ajude-me, ajuda-me, socorro"),),
    frames="""
        <naomais> {what}, <naomais> <get> {what}, <naomais> <contacted>, <nao> {messages}, <nao> <mais> {messages},
        <nao> <get> {messages}, <nao> <get> <mais> {messages}, <nao> <get> mais {what}, <nao> mais {what},
        <nao> mais <get> {what}, <nao> <contacted>, <nao> mais <contacted>, <nao> <contacted> mais,
        <cease> ~ <send> {what}, <cease> ~ <send> mais {what}, <cease> ~ <contact>, <sendnot> {messages},
        <sendnot> <mais> {messages}, <sendnot> mais {what}, <sendnot> mais nada, <sendnot> mais, <sendnot> mais isso,
        <sendnot> mais nada disso, <writenot> mais, <writenot>, nenhuma {messages} mais, nem mais uma {what},
        mais nenhuma {what}, nunca mais {what}, chega de {what}, chega com {what}, chega desse bot, chega do bot,
        basta com {what}, sem mais {what}, nada mais de {messages}, acabem com {messages}, acabe com {messages},
        <remove> ~ <from>, <remove> ~ de {what}, <cancel> ~ <sub>, <shut> <bot>, <end> {what}, stop com {what},
        para já com {what},
        deixem de me enviar {what}, deixe de me enviar {what}, deixa de me enviar {what}, deixem de me mandar {what},
        deixe de me mandar {what}, deixa de me mandar {what}, parar de me mandar {what}, parar de me enviar {what},
        favor não enviar {messages}, favor não enviar mais {what}, favor não mandar mais {what}, favor parar de enviar
        {what}, favor parar de mandar {what}, ñ quero mais {what}, n quero mais {what}, ñ quero {messages}, gostaria
        de não receber mais {what},
        parem ~ de me mandar {what}, parem ~ de me enviar {what}, pare ~ de me mandar {what}, me tirem ~ da lista,
        me tire ~ da lista, quero ~ sair da lista, quero ~ me descadastrar, me descadastre ~ da lista,
        cancelem ~ a minha subscrição, cancelem ~ minha inscrição, chega de {what}, chega com {what}, basta de {what},
        sem mais {what}, não mais {what}, nada de {messages}, não quero {messages}, não quero mais {what},
        não quero receber {messages}, não quero receber mais {what}, não quero mais receber {what},
        não desejo {messages}, não desejo mais {what}, não desejo receber {messages}, não desejo receber mais {what},
        não desejo mais receber {what}, não gostaria de receber {messages}, não pretendo receber mais {what},
        já não quero {what}, já não quero receber {what}, deixar de receber {what}, quero deixar de receber {what},
        quero parar de receber {what}, parar de receber {what}, não me mande {messages}, não me mande mais {what},
        não me mandem {messages}, não me mandem mais {what}, não me manda {messages}, não me manda mais {what},
        não me mandes {messages}, não me mandes mais {what}, não me envie {messages}, não me envie mais {what},
        não me enviem {messages}, não me enviem mais {what}, não me envia mais {what}, não me envies {messages},
        não me envies mais {what}, não enviem mais {what}, não envie mais {what}, não envies mais {what},
        não mandem mais {what}, não mande mais {what}, não manda mais {what}, parem de me mandar {what},
        parem de me enviar {what}, parem de mandar {what}, parem de enviar {what}, pare de me mandar {what},
        pare de me enviar {what}, pare de mandar {what}, pare de enviar {what}, para de me mandar {what},
        para de me enviar {what}, para de mandar {what}, para de enviar {what}, parem com {what}, pare com {what},
        para com {what}, parem {what}, pare {what}, parar {what}, parar com {what}, interromper {what},
        interrompam {what}, desativar {what}, desative {what}, desativem {what}, desativa {what}, desligar {what},
        desligue {what}, desliguem {what}, cancelar {what}, cancele {what}, cancelem {what}, cancela {what},
        quero cancelar {what}, anular {what}, suspender {what}, suspendam {what}, remova-me de {what},
        removam-me de {what}, me remova de {what}, me removam de {what}, me tire de {what}, me tirem de {what},
        me tira de {what}, quero sair de {what}, sair de {what}, me descadastre de {what},
        quero me descadastrar de {what}, stop a {what}
        """,
    request="""
        por favor, pfv, pfvr, pf, porfavor, por gentileza, faz favor, se faz favor, faça o favor, sff, favor, plis,
        pls
        """,
    polite="""
        obrigado, obrigada, muito obrigado, muito obrigada, obg, obgd, brigado, brigada, desde já obrigado,
        desde já obrigada, grato, grata, valeu, vlw, agora, já, agora mesmo, imediatamente, de imediato,
        o mais rápido possível, a partir de hoje, a partir de agora, para sempre, pra sempre, definitivamente,
        de vez, de uma vez, de uma vez por todas, olá, oi, bom dia, boa tarde, boa noite, desculpe, desculpa,
        desculpem, ok, gentileza, abraço, abraços, cumprimentos, atenciosamente, tchau, adeus, sim, quero,
        gostaria de, desejo, queria, preciso, peço para, peço que, podem, pode, podes, poderiam, poderia,
        por amor de deus, pelo amor de deus, só, apenas, nunca mais, já chega, chega, a sério, sério, senhores
        """,
    scope="""
        tudo, todos, todas, isto, isso, me, mim, a mim, pra mim, para mim, o meu número, meu número, enviar,
        de enviar, de me enviar, de mandar, de me mandar, mandar, me mandar, me enviar, me escrever, lista,
        lista de e-mails, lista de envio, lista de transmissão, de vocês, vossas, vossos, bot, chatbot,
        contacto, contato
        """,
    nouns="""
        mensagens, mensagem, mensagenzinhas, msgs, msg, envios, o envio de, o envio das, envio de, spam,
        comunicações, comunicados, mensagens automáticas
        """,
    channels="""
        sms, e-mail, e-mails, email, emails, mails, zap, zaps, whatsapp, torpedos, subscrição, mensagens no whatsapp,
        inscrição nas mensagens, textos
        """,
    topics="""
        notificação, notificações, aviso, avisos, alerta, alertas, propaganda, propagandas, publicidade, newsletter,
        newsletters, boletim, boletins
        """,
    asides="""
        assinatura, lembrete, lembretes, promoções, promo, ofertas, dicas, dica, conselhos, notícias, novidades,
        informações
        """,
    determiners="""
        o, a, os, as, de, do, da, dos, das, seu, seus, sua, suas, vosso, vossa, vossos, vossas, estas, estes, esta,
        este, essas, esses, essa, esse, dessas, desses, destas, destes, desta, dessa, minha, meu, minhas, meus, teus,
        tuas, todas, todos, toda, com, mais, tantas, ao, às, para, por
        """,
    subscriptions="subscrições, as minhas subscrições, assinaturas, minhas assinaturas, inscrições, minhas inscrições",
    why="por quê, porquê, por que recebi isto, por que recebo isso, porque recebi isto",
    parts=(
        (
            "naomais",
            """
            não quero mais, já não quero, não desejo mais, já não desejo, não gostaria mais de, não gostaria mais,
            não pretendo mais, não preciso mais de, não preciso mais, n quero mais, ñ quero mais, num quero mais,
            não queria mais, não queremos mais, já não preciso de, já não me interessam, não me interessam mais,
            nunca mais quero, não vou querer mais, já não pretendo, não quero nunca mais
            """,
        ),
        (
            "nao",
            """
            não quero, não desejo, não gostaria de, não pretendo, prefiro não, preferia não, preferiria não, n quero,
            ñ quero, num quero, não queria, não queremos, não desejamos, não me interessam, não tenho interesse em,
            não preciso de, não autorizo, gostaria de não, queria não, quero não, não aceito,
            não estou interessado em, não estou interessada em, gostaria que não
            """,
        ),
        (
            "get",
            """
            receber, ter, ver, ler, continuar a receber, continuar recebendo, ficar recebendo, estar a receber,
            voltar a receber, que me mandem, que me enviem, que me mande, que me envie, que vocês me mandem,
            que vocês me enviem, que me mandes, o recebimento de, o envio de, receber de vocês, me enviassem,
            me mandassem
            """,
        ),
        (
            "mais",
            """
            mais, mais nenhuma, mais nenhum, nenhuma, nenhum, outra, outras, qualquer, quaisquer, novas,
            nem mais uma, tantas, mais qualquer
            """,
        ),
        (
            "contacted",
            """
            ser contactado, ser contactada, ser contatado, ser contatada, ser incomodado, ser incomodada,
            ser importunado, ser importunada, fazer parte da lista, fazer parte desta lista, fazer parte dessa lista,
            estar na lista, estar nesta lista, estar nessa lista, ficar na lista, ficar nessa lista,
            continuar na lista, estar inscrito, estar inscrita, receber nada, receber nada de vocês, que me escrevam,
            que me escreva, que me contactem, que me contatem, que me incomodem, que me chamem,
            que vocês me escrevam, que vocês me chamem, contato, contacto, saber de vocês, saber nada de vocês
            """,
        ),
        (
            "cease",
            """
            parem, pare, para, parar, pára, deixem, deixe, deixa, deixar, cessem, cesse, cessar, evitem, evite,
            evitar, podem parar, pode parar, poderiam parar, poderia parar, podes parar, dá pra parar, dá para parar,
            tem como parar, chega
            """,
        ),
        (
            "send",
            """
            de me enviar, de me mandar, de enviar-me, de mandar-me, de enviar, de mandar, de nos enviar,
            de nos mandar, de me encaminhar, com o envio de, com, o envio de, o envio das, de ficar mandando,
            de ficar me mandando, de ficar enviando, de ficar me enviando, de receber, de me encher de,
            de me encher com, de disparar, me mandando, me enviando
            """,
        ),
        (
            "contact",
            """
            de me escrever, de escrever-me, de me contactar, de me contatar, de me incomodar, de me chatear,
            de me perturbar, de me encher, de me mandar, de me enviar, de me spammar, de fazer spam, de me aborrecer,
            de me mandar coisas, de me mandar isso, de me enviar isso, de me mandar essas coisas,
            de me enviar essas coisas, de me chamar, de escrever pra mim, de mandar pra mim, de me importunar,
            de me assediar, de mandar msg pra mim, de me mandar msg
            """,
        ),
        (
            "sendnot",
            """
            não me mande, não me mandem, não me manda, não me mandes, não me envie, não me enviem, não me envia,
            não me envies, não envie, não enviem, não envies, não mande, não mandem, não manda, não mandes,
            não me mandar, não me enviar, não enviar, não mandar, não me encaminhe, não me encaminhem, n me mande,
            n me mandem, n me manda, ñ me mande, ñ me mandem, não nos enviem, não nos mandem, que não me enviem,
            que não me mandem, favor não me enviar, favor não me mandar
            """,
        ),
        (
            "writenot",
            """
            não me escreva, não me escrevam, não me escreve, não me escrevas, não me contacte, não me contactem,
            não me contactes, não me contate, não me contatem, não me incomode, não me incomodem, não me incomodes,
            não me perturbe, não me perturbem, não me chame, não me chamem, não me chateie, não me chateiem,
            não me importune, não me importunem, não escreva, não escrevam, não voltem a escrever,
            não voltem a contactar-me, não volte a escrever, não me escrever, não me contatar, não me contactar
            """,
        ),
        (
            "remove",
            """
            me tire, me tira, me tirem, me tirar, tire-me, tira-me, tirem-me, tirar-me, me remova, me remove,
            me removam, me remover, remova-me, removam-me, remove-me, remover-me, me retire, me retira, me retirem,
            me retirar, retire-me, retirem-me, retira-me, retirar-me, me exclua, me exclui, me excluam, me excluir,
            exclua-me, excluam-me, me apague, me apaga, me apaguem, me apagar, apague-me, apaguem-me, me elimine,
            me eliminem, elimine-me, eliminem-me, eliminar-me, me deleta, me delete, sair, quero sair, desejo sair,
            gostaria de sair, queria sair, ser removido, ser removida, ser retirado, ser retirada, ser excluído,
            ser excluída, ser eliminado, ser eliminada, quero ser removido, quero ser removida, tire meu número,
            tira meu número, tirem meu número, tirar meu número, tire o meu número, tirem o meu número,
            remova meu número, remova o meu número, removam o meu número, remover meu número, remover o meu número,
            retire meu número, retirem meu número, retire o meu número, retirem o meu número, exclua meu número,
            excluam meu número, apague meu número, apaguem o meu número, meu número fora, me descadastre,
            me descadastra, me descadastrem, me descadastrar, descadastre-me, descadastrar, quero me descadastrar,
            desinscrever-me, desinscreva-me, me desinscrever, me desinscreva, remova meu contato, tire meu contato,
            me risque, me risca
            """,
        ),
        (
            "from",
            """
            da lista, desta lista, dessa lista, da vossa lista, da sua lista, da tua lista, das listas,
            das suas listas, das vossas listas, de todas as listas, da lista de transmissão,
            dessa lista de transmissão, da lista de envio, da lista de contatos, da lista de contactos,
            da lista de e-mails, da lista de mensagens, dos contatos, dos seus contatos, dos contactos,
            dos vossos contactos, do cadastro, da base de dados, da vossa base de dados, do banco de dados,
            do mailing, da mailing list, do bot, desse bot, deste bot
            """,
        ),
        (
            "cancel",
            """
            cancelar, cancela, cancele, cancelem, anular, anula, anule, anulem, encerrar, encerra, encerre, encerrem,
            quero cancelar, desejo cancelar, gostaria de cancelar, preciso cancelar, queria cancelar
            """,
        ),
        (
            "sub",
            """
            a minha inscrição, minha inscrição, a minha subscrição, minha subscrição, a subscrição, subscrição,
            a minha assinatura, minha assinatura, meu cadastro, o meu cadastro, o meu registo, meu registro
            """,
        ),
        (
            "shut",
            """
            desativar, desative, desativa, desativem, desligar, desligue, desliga, desliguem, parar, pare,
            parem, bloquear, bloqueie, bloqueia, silenciar, silencie, silencia, pausar, encerrar, encerre
            """,
        ),
        (
            "bot",
            """
            o bot, esse bot, este bot, bot, o chatbot, esse chatbot, este chatbot, o vosso bot
            """,
        ),
        (
            "end",
            """
            cessar, cessem, suspender, suspendam, suspenda, bloquear, bloqueiem, bloqueie, interromper, interrompam,
            interrompa, encerrar, encerrem, encerre, terminem, terminar, cortem
            """,
        ),
    ),
)
