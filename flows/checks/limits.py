"""What channels show of a message, as far as their makers say."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers that the channel checks count against.

    Messenger: https://developers.facebook.com/docs/messenger-platform/send-messages (generic and button templates,
    quick replies). Teams: https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards
    and …/bots/how-to/rate-limit.
    """

    messenger_text: int = 2000
    messenger_text_with_buttons: int = 640
    messenger_buttons: int = 3
    messenger_button_label: int = 20
    messenger_card_title: int = 80
    messenger_card_subtitle: int = 80
    messenger_quick_replies: int = 13
    messenger_quick_reply_label: int = 20
    messenger_window_seconds: int = 24 * 3600
    teams_buttons: int = 6
    teams_quick_replies: int = 3
    teams_at_once: int = 7
    """Messages that Teams takes from a bot for one conversation in one second."""
    cards: int = 10
