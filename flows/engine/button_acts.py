"""What each kind of button does to consent."""

from flows.model.buttons import ButtonBase, OptInButton, OptOutButton, SubscriptionButton
from messages.ids import ALL
from segment_buttons.acts import ConsentAct


def act_of(button: ButtonBase) -> ConsentAct | None:
    """Return what pressing a button does to consent; None for one that only answers."""
    match button:
        case OptInButton(opt_in=segment):
            return ConsentAct(raises=True, subject=segment)
        case OptOutButton(opt_out=segment):
            return ConsentAct(raises=False, subject=segment)
        case SubscriptionButton(subscription=way):
            return ConsentAct(raises=way == "in", subject=ALL)
        case _:
            return None
