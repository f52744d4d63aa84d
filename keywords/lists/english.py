"""English."""

from keywords.word import AWS, FCC, OURS, TELNYX, TWILIO, Language

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
            stop sending this, stop sending these, stop sending those, stop sending me this, stop sending me these,
            stop sending it, quit texting me, quit messaging me, quit emailing me, quit bothering me, quit spamming
            me, quit contacting me, cease and desist,
            don't send me any more of these, don't send me any more of this, do not send me any more of these,
            cancel all my subscriptions, cancel all of my subscriptions, stop everything, stop messages,
            no more messages, remove me, unsubscribe all, unsubscribe me, stop messaging, stop texting, stop sending,
            stop contacting me, stop writing to me, stop emailing, stop spamming, stop bothering me, stop it,
            stop this, stop that, stop these, stop those, stop them, make it stop, make this stop,
            please make it stop, opt me out, opting out, i opt out, i'm opting out, i am opting out,
            i want to opt out, unsub, unsub me, un sub, un subscribe, sub out, unsubscribed, i unsubscribe,
            i'm unsubscribing, unsuscribe, unsubcribe, unsubscibe, unsubsribe, unsubsribe me, unsuscribe me,
            unsubcribe me, unsubscribe please, unsubscirbe, unscubscribe, unsubscrib, unsbscribe, unsubscrbe, stpo,
            sotp, stp pls, st0p, stopp it, stahp, stopit, take me off, take me off your list, take me off the list,
            take me off this list, get me off, get me off this list, get me off your list, remove me from your list,
            remove me from the list, remove my number, delete my number, take my number off,
            take my number off your list, lose my number, delete me from your list, leave me alone, leave us alone,
            go away and leave me alone, do not contact me, don't contact me, do not contact me again,
            don't contact me again, never contact me again, don't message me, do not message me,
            don't message me again, never message me again, don't text me, do not text me, don't text me again,
            do not text me again, never text me again, don't write to me, do not write to me, don't write to me again,
            don't email me, do not email me, don't send me anything, do not send me anything,
            don't send me anything else, do not send me anything more, don't send me anything more,
            don't send me anything anymore, don't send me any more, do not send me any more, don't send any more,
            do not send any more, don't send me this, don't send me these, don't send me stuff, stop sending me stuff,
            stop sending stuff, stop sending me things, stop sending me anything, no more of this, no more of these,
            no more from you, nothing more from you, i want to unsubscribe, i want to stop, i want out of this list,
            i want off this list, i want off your list, i want to be removed, i want to be taken off,
            please take my name off, i revoke my consent, revoke consent, revoke my consent, revoke my permission,
            i withdraw my consent, withdraw consent, withdraw my consent, i do not consent anymore,
            i no longer consent, i no longer agree, i don't want this anymore, i don't want this any more,
            i don't want these anymore, i don't want these any more, i do not want this anymore,
            i do not want these anymore, i don't want to hear from you,
            i do not want to hear from you, i don't want to hear from you again,
            i don't want to hear from you anymore, i don't want to be contacted, i do not want to be contacted,
            i don't wish to be contacted, i don't want anything from you, i no longer want this,
            i no longer want these, i no longer wish to be contacted, cancel my subscription, cancel subscription,
            cancel the subscription, cancel my subscriptions, cancel all messages, cancel messages,
            cancel all subscriptions, cancel the newsletter, cancel my newsletter, end my subscription,
            end subscription, end the subscription, terminate my subscription, i want to cancel my subscription,
            i'd like to cancel my subscription, i would like to cancel my subscription
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
        sincerely, now, right now, right away, immediately, straight away, at once, asap, today, this instant,
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
)
