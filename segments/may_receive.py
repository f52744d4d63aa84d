"""Whether a pushed message may be sent."""

from messages.consent import Membership


def may_receive(membership: Membership, everything: Membership) -> bool:
    """Tell whether a message pushed to a segment may go to a person, at the moment of sending.

    Whoever opted in may get it, also after a STOP: a STOP ends every membership, so the opt-in came later. Whoever
    staff added may get it while they have not stopped everything. Nobody else may.
    """
    if membership is Membership.OPTED_IN:
        return True
    return membership is Membership.ADDED and everything is not Membership.OPTED_OUT
