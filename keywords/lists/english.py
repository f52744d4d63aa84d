"""English."""

from keywords.normalise import AWS, FCC, OURS, TELNYX, TWILIO, Language

LISTS = Language(
    language="en",
    strong=(
        (TWILIO, "stop, stopall, unsubscribe, optout, revoke"),
        (FCC, "opt out"),
        (AWS, "opt-out"),
        (TELNYX, "stop all"),
        (
            OURS,
            """
            stop sending this, stop sending these, stop sending those, stop sending me this, stop sending me these, stop
            sending it, cease and desist, don't send me any more of these, don't send me any more of this, do not send
            me any more of these, cancel all my subscriptions, cancel all of my subscriptions, stop everything, stop
            messages, remove me, unsubscribe all, unsubscribe me, unsubscribe from this, unsubscribe me from this, stop
            messaging, stop texting, stop sending, stop emailing, stop spamming, stop it, stop this, stop that, stop
            these, stop those, stop them, make it stop, make this stop, opt me out, opting out, i opt out, i'm opting
            out, i am opting out, unsub, unsub me, un sub, un subscribe, sub out, unsubscribed, i unsubscribe, i'm
            unsubscribing, unsuscribe, unsubcribe, unsubscibe, unsubsribe, unsubsribe me, unsuscribe me, unsubcribe me,
            unsubscribe please, unsubscirbe, unscubscribe, unsubscrib, unsbscribe, unsubscrbe, stpo, sotp, stp pls,
            st0p, stopp it, stahp, stopit, take me off, get me off, remove my number, delete my number, take my number
            off, lose my number, leave me alone, leave us alone, go away and leave me alone, don't send me anything
            else, do not send me anything more, don't send me anything more, don't send me any more, do not send me any
            more, don't send any more, do not send any more, don't send me this, don't send me these, don't send me
            stuff, stop sending stuff, stop sending me things, no more of this, no more of these, no more from you,
            nothing more from you, i want to be removed, i want to be taken off, please take my name off, revoke
            consent, withdraw consent, i do not consent anymore, i no longer consent, i no longer agree, i don't want
            this anymore, i don't want this any more, i don't want these anymore, i don't want these any more, i do not
            want this anymore, i do not want these anymore, i don't want to hear from you, i do not want to hear from
            you, i don't want to hear from you again, i don't want anything from you, i no longer want this, i no longer
            want these, cancel my subscription, cancel subscription, cancel the subscription, cancel my subscriptions,
            cancel all messages, cancel messages, cancel all subscriptions, cancel the newsletter, cancel my newsletter,
            end my subscription, end subscription, end the subscription
            """,
        ),
    ),
    soft=(
        (TWILIO, "cancel, end, quit"),
        (AWS, "remove"),
        (OURS, "dnd, mute, exit"),
    ),
    start=(
        ("strong", TWILIO, "start, unstop"),
        ("strong", OURS, "resubscribe, opt in"),
    ),
    help=(
        ("strong", TWILIO, "help"),
        ("strong", OURS, "help me"),
        ("soft", TWILIO, "info"),
    ),
    frames="""
        <nolonger> to receive <this>, <nolonger> to receive any of <this>, <refuse> to receive <this> <again>,
        <refuse> to <get> {messages}, <refuse> to <get> <more> {what}, <refuse> <more> {what}, <nolonger> {what},
        <nolonger> to <get> {what}, <refuse> to <get> {what} <again>, <refuse> {messages} <again>,
        <refuse> <more> of {what}, <refuse> to be <contacted> <again?>, <nolonger> to be <contacted> <again?>,
        <refuse> you to <contact> <me> <again?>, <refuse> you <contacting> <me> <again?>, i don't need {messages},
        i do not need {messages}, i don't need any more {what}, i do not need any more {what},
        i don't need {what} anymore, i do not need {what} anymore, i don't like getting {messages},
        <not> send <more?> {messages}, <not> send <me> <more?> {messages}, <not> send <me> <more> {what},
        <not> send <more?> {messages} to <me>, <not> <contact> <me> <again?>, <not> send <me> anything <again?>,
        <not> send anything to <me>, <not> send anything else, <stop> ~ <send> {what}, <stop> ~ <send> <me> {what},
        <stop> ~ <send> {what} to <me>, <stop> ~ <contacting> <me>, <stop> ~ <contacting> <me> {what},
        <stop> ~ {what}, <end> {what}, <end> <send> {what}, stop the <send> of {what},
        block {messages}, no further {what}, no additional {what}, no other {messages},
        not another {messages}, not one more {what}, not a single {messages} more, make {what} stop,
        get {what} to stop, have {what} stopped, i want {what} stopped, i'd like {what} stopped,
        i need {what} to stop, i would like {what} to stop, i'd like {what} to stop, {what} must stop,
        {what} have to stop, {what} need to stop, <remove> ~ <mine> ~ <off> <the?> <list>,
        <remove> ~ <mine> ~ <off> {what}, i want <off> <the?> <list>, i want to be removed <off> <the?> <list>,
        i want to be taken <off> <the?> <list>, i'd like to be removed, i would like to be removed,
        i'd like to be removed <off> <the?> <list>, i would like to be removed <off> <the?> <list>,
        i want to be deleted <off> <the?> <list>, i want to get <off> <the?> <list>, <unsub> ~ <off> <the?> <list>,
        <unsub> ~ <off> {what}, <unsub> ~ {what}, unsubscribe <mine>, unsub <mine>,
        unsubscribe ~ <mine> ~ <off> <the?> <list>, unsubscribe ~ <mine> ~ <off> {what}, i want to be unsubscribed,
        i'd like to be unsubscribed, i would like to be unsubscribed, get me unsubscribed, i wish to be unsubscribed,
        i want out of {what}, <shut> <bot>, <turn> <bot> off, <turn> <bot> down, stop <bot>, make <bot> stop,
        no more <bot>, i don't want <bot>, i don't want <bot> anymore, i no longer want <bot>, no more from <bot>,
        stop using <bot>, <withdraw> my <consent>, i no longer give <consent>, i don't consent to {what},
        i do not consent to {what}, i don't consent anymore, i don't agree to {what},
        i want {what} to stop,
        i do not wish to receive any more {what}, i don't wish to receive any more {what},
        i do not want to get any more {what}, i do not want to receive any more {what}, i no longer want any {what},
        i don't want any {what} anymore, i don't want {what} anymore, remove me ~ from your list,
        remove me ~ from the list, take me ~ off your list, take me ~ off the list, stop ~ sending me {what},
        stop ~ sending {what}, take ~ my number off your list, no more {what}, stop with {what}, enough with {what},
        enough of {what}, turn off {what}, turn {what} off, switch off {what}, switch {what} off, disable {what},
        mute {what}, stop sending {what}, stop sending me {what}, stop sending us {what}, stop sending out {what},
        stop getting {what}, stop receiving {what}, don't send {messages}, do not send {messages},
        don't send me {messages}, do not send me {messages}, never send me {messages}, don't send me any more {what},
        do not send me any more {what}, don't send any more {what}, do not send any more {what},
        don't send me more {what}, do not send me more {what}, don't send more {what}, quit sending {what},
        quit sending me {what}, i don't want {messages}, i do not want {messages}, i dont want {messages},
        i don't want any more {what}, i do not want any more {what}, i don't want more {what},
        i don't want no more {what}, i don't want to get {messages}, i don't want to receive {messages},
        i do not want to receive {messages}, i don't want to get any more {what},
        i don't want to receive any more {what}, i do not wish to receive {messages},
        i don't wish to receive {messages}, i no longer want {what}, i no longer want to receive {what},
        i no longer want to get {what}, i no longer wish to receive {what}, i'm done with {what},
        i am done with {what}, i want to stop {what}, i want to stop getting {what}, i want to stop receiving {what},
        i want no more {what}, i want out of {what}, i want off {what}, take me off {what}, get me off {what},
        opt me out of {what}, opt out of {what}, i want to leave {what}, i want to unsubscribe from {what},
        don't want {messages}, no longer want {what}
        """,
    request="""
        please, pls, plz, plse, pleaase, pleez, kindly, please please, if you please
        """,
    polite="""
        for the last time,
        not interested, i'm not interested, i am not interested, no longer interested, thanks, thank you, thank u,
        thx, thnx, tnx, ty, tks, cheers, ta, thanks a lot, many thanks, thank you very much, thank you so much,
        thanks in advance, thank you in advance, much appreciated, regards, kind regards, best regards, best wishes,
        sincerely, now, right now, right away, immediately, straight away, at once, asap, this instant,
        this minute, from now on, as of now, as of today, effective immediately, with immediate effect, just, only,
        ok, okay, k, hi, hello, hey, hi there, hello there, dear, good morning, good afternoon, good evening,
        good day, bye, goodbye, sorry, excuse me, already, finally, for good, forever, for ever, permanently,
        completely, entirely, altogether, for real, seriously, really, i said, i say, i mean it, once and for all,
        yes, yeah, yep, sure, can you, could you, would you, will you, can you just, could you just, i want to,
        i want you to, i would like to, i'd like to, i would like you to, i'd like you to, i wish to, i need to,
        i need you to, i'm asking you to, i beg you, i ask you to, let me, i have to ask you to, that's enough,
        enough, enough is enough, and, from here on, again please, anymore, any more, any longer, ever again, ever,
        ffs, omg, dude, guys, folks, sir, madam, team, man, pal
        """,
    scope="""
        all of this, all of these, all of it, all of them, all of that, all this, any of this, any of these, all,
        everything, anything, it all, me, us, my number, my phone, to me, for me, from you, me anything, me stuff,
        sending, sending me, contacting, contacting me, writing, writing to me, writing me, texting, texting me,
        messaging, messaging me, spamming, spamming me, emailing, emailing me, bothering me, annoying me,
        harassing me, pinging me, pestering me, bugging me, nagging me, bot, chatbot, list, lists, contact list,
        mailing list, mailing lists, coming, receiving, getting, contact
        """,
    nouns="""
        message, messages, msg, msgs, mssgs, spam, communication, communications, automatic messages,
        automated messages, daily messages, weekly messages, marketing messages
        """,
    channels="""
        text, texts, text message, text messages, sms, sms messages, dm, dms, ping, pings, email, emails, mail, mails,
        e mail, e mails, mailing, mailings, subscription, subscriptions, push messages, pushes, push, broadcasts,
        broadcast, whatsapps, whatsapp messages, daily texts
        """,
    topics="""
        notification, notifications, push notifications, alert, alerts, newsletter, newsletters, ad, ads, adverts,
        advertising, advertisements, promotional messages
        """,
    asides="""
        reminder, reminders, update, updates, tip, tips, marketing, promotions, promos, news
        """,
    determiners="""
        the, your, my, these, those, this, that, all, all of, any, of, from, about, with, for, every, to, via, by
        """,
    subscriptions="subscriptions, my subscriptions, manage subscriptions, what am i signed up for",
    why="why, why this, why did i get this, why do i get this, why am i getting this",
    parts=(
        ("this", "this, these, those, it, them"),
        ("not", "don't, do not, never, please don't, please do not, you must not, you may not, must not"),
        (
            "refuse",
            """
            i don't want, i do not want, i don't wish, i do not wish, i'd rather not, i would rather not,
            i'd prefer not, i would prefer not, i prefer not, i wouldn't like, i would not like, we don't want,
            we do not want, we don't wish, don't want, do not want, do not wish, dun want, dont wanna, i don't wanna,
            i ain't wanting
            """,
        ),
        (
            "nolonger",
            """
            i no longer want, i no longer wish, i no longer need, i no longer care, we no longer want,
            we no longer wish, no longer want, no longer wish, i would no longer like, i'd no longer like,
            i never want, i never wish, i never again want
            """,
        ),
        (
            "get",
            """
            receive, get, be sent, have, see, read, keep getting, keep receiving, be getting, be receiving,
            be receiving of, continue receiving, continue getting, continue to receive, continue to get, hear
            """,
        ),
        (
            "more",
            """
            any more, any further, any other, any additional, more, further, another, another single, one more,
            additional, no more, anymore, any new
            """,
        ),
        ("stop", "stop, quit, cease, halt, discontinue, stop with, quit with, stop it with"),
        (
            "end",
            """
            cease, halt, discontinue, suspend, deactivate, disable, shut off, shut down, cut off, cut out, kill,
            silence, switch off, turn off, get rid of, put an end to, put a stop to, put a halt to, terminate
            """,
        ),
        (
            "send",
            """
            sending, sending out, delivering, pushing, forwarding, blasting, bombarding me with, spamming me with,
            bothering me with, flooding me with, texting, giving
            """,
        ),
        (
            "contacting",
            """
            contacting, messaging, texting, msging, txting, texing, messeging, mesaging, emailing, mailing, dming,
            spamming, bothering, pinging, pestering, bugging, notifying, disturbing, annoying, harassing, bombarding,
            writing, writing to, sending to, sending stuff to, reaching out to, sending anything to, contacting with
            """,
        ),
        (
            "contact",
            """
            contact, message, text, msg, txt, write, write to, email, mail, dm, bother, spam, ping, disturb, notify,
            harass, pester, bug, reach out to
            """,
        ),
        (
            "contacted",
            """
            contacted, messaged, texted, emailed, disturbed, bothered, spammed, notified, pinged, subscribed,
            signed up, on this list, on your list, on the list, on any list, on the mailing list,
            on your mailing list, part of this, part of this list, in this list, in your list, written to
            """,
        ),
        ("again", "again, anymore, any more, any longer, any further, ever, ever again, no more, further"),
        ("me", "me, us, my number, my phone, this number, this phone, my phone number, me here"),
        (
            "remove",
            """
            remove, take, delete, drop, strike, scratch, erase, cut, get, pull, exclude, unlist, scrub, removing,
            taking, deleting
            """,
        ),
        (
            "mine",
            """
            me, us, my number, my name, my phone, my phone number, my contact, my email, my address, my details,
            my info, my information, this number
            """,
        ),
        ("off", "from, off, off of, out of, of, from off, on"),
        (
            "list",
            """
            list, lists, mailing list, mailing lists, contact list, distribution list, broadcast list,
            messaging list, texting list, text list, email list, send list, sending list, contacts, database, system,
            subscriber list, subscribers, subscribers list, address book, recipients
            """,
        ),
        ("the", "the, your, this, that, these, all, all your, all of your, all the, any, every, ur"),
        (
            "bot",
            """
            bot, the bot, this bot, that bot, your bot, chatbot, the chatbot, this chatbot, the chat bot,
            this chat bot, chat bot
            """,
        ),
        ("turn", "turn, switch, shut, take"),
        (
            "shut",
            """
            turn off, switch off, shut off, shut down, disable, deactivate, kill, silence, mute, block, end, quit,
            halt, cancel
            """,
        ),
        ("consent", "consent, permission, agreement, authorization, authorisation, opt in, opt-in"),
        (
            "withdraw",
            """
            withdraw, revoke, retract, i withdraw, i revoke, i retract, i hereby withdraw, i hereby revoke,
            i take back, take back, withdrawing, revoking, i am withdrawing, i'm withdrawing, i am revoking
            """,
        ),
        (
            "unsub",
            """
            unsubscribe, unsub, unsuscribe, unsubcribe, opt out, opt me out, sign me off, deregister me,
            de-register me, take me out, i opt out, i'm opting out
            """,
        ),
    ),
)
