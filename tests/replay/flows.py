"""A small bot, and ways in which a builder might change it."""

FLOW = """
assent: "1"
bot: small
name: Small
languages: [en]
segments:
  tips: {name: Tips, purpose: A tip a week.}
  news: {name: News, purpose: News a month.}
fields:
  pet: {type: text}
welcome: hello
default: sorry
keywords:
  - {is: "join", opt_in: news, message: news_on}
  - {is: "pet", message: ask}
messages:
  hello:
    parts:
      - text: Hello {{ contact.first_name }}. A tip a week?
        buttons:
          - {label: Yes please, opt_in: tips, reply: tips_on}
          - {label: No thanks, opt_out: tips, reply: tips_off}
  tips_on: {parts: [{text: "You are in: A tip a week."}]}
  tips_off: {parts: [{text: You are out of the tips.}]}
  news_on: {parts: [{text: "You are in: News a month."}]}
  ask:
    parts:
      - {question: What is your pet called?, type: text, field: pet}
      - {text: "Greetings to {{ field.pet }}."}
  later:
    parts: [{wait: 1h}, {text: Still there?}]
  sorry: {parts: [{text: I did not get that.}]}
"""


def without_button() -> str:
    """The way in is gone."""
    return FLOW.replace("          - {label: Yes please, opt_in: tips, reply: tips_on}\n", "")


def button_does_nothing() -> str:
    """The way in only talks."""
    return FLOW.replace("{label: Yes please, opt_in: tips, reply: tips_on}", "{label: Yes please, message: tips_on}")


def other_words() -> str:
    """One reply is worded otherwise."""
    return FLOW.replace("I did not get that.", "Pardon?")


def moved() -> str:
    """The same buttons in another order."""
    yes = "          - {label: Yes please, opt_in: tips, reply: tips_on}\n"
    no = "          - {label: No thanks, opt_out: tips, reply: tips_off}\n"
    return FLOW.replace(yes + no, no + yes)


def button_says_otherwise() -> str:
    """The way in has other words."""
    return FLOW.replace("label: Yes please,", 'label: "Yes, send them",')


def keyword_gone() -> str:
    """A keyword nobody finds any more."""
    return FLOW.replace('  - {is: "join", opt_in: news, message: news_on}\n', "")


def waits_first() -> str:
    """The welcome waits an hour before it asks."""
    return FLOW.replace("      - text: Hello {{", "      - {wait: 1h}\n      - text: Hello {{")
