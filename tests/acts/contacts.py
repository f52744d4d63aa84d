"""Acts on contacts: made, changed, tagged, noted, merged, erased."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.acts.act import Act, part_of
from tests.acts.doors import Refusal, Request

ANY = {"If-Match": "*"}
OUTCOME = part_of("version", "changed")
NEW = {"version": 1, "changed": True}
EDITED = {"version": 2, "changed": True}
SAME = {"version": 1, "changed": False}
BAD_NAME = Refusal("a name has 1 to 200 visible characters", "Write such a name")
LONG_DETAIL = Refusal(
    "it has at most 500 characters, all of which can be seen", "Shorten it, and leave out what can't be seen"
)
EDIT_THEM = "Change that contact, or merge the two if they are one person"
REWRITTEN = Refusal(
    "a spreadsheet rewrote this number, and digits of it may be lost",
    "Format the column as text, write the numbers again, and save the file",
)


def _options(said: Mapping[str, Any]) -> list[str]:
    words: list[str] = []
    for key, value in said.items():
        if key == "fields":
            words += [
                word for name, each in value.items() for word in ("--field", f"{name}={'' if each is None else each}")
            ]
        elif key == "tags":
            words += [word for tag in value for word in ("--tag", tag)]
        elif key == "accounts":
            words += [word for one in value for word in ("--account", f"{one['channel']}:{one['user']}")]
        elif key in ("subscribe", "unsubscribe"):
            words += [word for one in value for word in (f"--{key}", one)]
        else:
            words += ["--set", f"{key}={value}"]
    return words


def creates(name: str, said: Mapping[str, Any], **expected: Any) -> Act:
    """Making a contact of what is said of a person."""
    if "refusal" not in expected:
        expected = {"told": NEW, "audit": [("create_contact", "c_new", "")], **expected}
    command = ["contact", "create", *_options(said), "--json"]
    return Act(name, command, Request("POST", "/contacts", dict(said)), read=OUTCOME, **expected)


def edits(name: str, who: str, said: Mapping[str, Any], **expected: Any) -> Act:
    request = Request("PATCH", f"/contacts/{who}", dict(said), ANY)
    return Act(name, ["contact", "edit", who, *_options(said), "--json"], request, read=OUTCOME, **expected)


def tags(name: str, who: str, given: Sequence[str], *, remove: bool = False, **expected: Any) -> Act:
    command = ["contact", "tag", who, *given, *(["--remove"] if remove else []), "--json"]
    request = Request("POST", f"/contacts/{who}/tags", {"remove" if remove else "add": list(given)})
    return Act(name, command, request, read=OUTCOME, **expected)


def notes(name: str, who: str, text: str, **expected: Any) -> Act:
    request = Request("POST", f"/contacts/{who}/notes", {"text": text})
    return Act(name, ["contact", "note", who, text, "--json"], request, read=OUTCOME, **expected)


def merges(name: str, kept: str, gone: str, **expected: Any) -> Act:
    request = Request("POST", f"/contacts/{kept}/merge", {"gone": gone})
    return Act(name, ["contact", "merge", kept, gone, "--yes", "--json"], request, **expected)


def erases(name: str, who: str, **expected: Any) -> Act:
    read = part_of("id", "changed", "filters_naming")
    return Act(name, ["contact", "erase", who, "--yes", "--json"], Request("DELETE", f"/contacts/{who}"), read=read,
               **expected)  # fmt: skip


def shows(name: str, who: str, **expected: Any) -> Act:
    """Showing a contact to somebody who may not see who it is."""
    request = Request("GET", f"/contacts/{who}", viewer=True)
    return Act(name, ["contact", "show", who, "--json"], request, read=_shown, **expected)


def _shown(told: Any) -> dict[str, Any]:
    contact = told.get("contact", told)
    known = {name: contact[name] for name in ("id", "email", "tags", "accounts", "addresses")}
    return known | {"in": told["memberships"]}


def lives(channel: str, last_act: str | None = None) -> dict[str, Any]:
    """An address that works, as somebody sees it who may not see where it is."""
    return {"channel": channel, "conversation": MASKED, "reachable": True, "unreachable": "", "last_act": last_act,
            "opens_until": None}  # fmt: skip


def unknown(who: str, tried: str) -> Refusal:
    return Refusal(f"demo has no contact {who!r}", f"It was looked for as {tried}. See `assent contact list`", 404)


NOBODY = unknown("c_none", "an external id and a contact id")
TWINS = Refusal("2 contacts have this address", "Name one by its id: c_twin_1, c_twin_2", 409)
MASKED = "••••"

BO_IS_CALLED_C_ANA = edits("call somebody by another's id", "c_bo", {"external_id": "c_ana"})

SUBSCRIBES = edits(
    "subscribe it first", "c_bo", {"subscribe": ["topic:menu"]}, told={"version": 1, "changed": True},
    ledger=[("c_bo", "topic:menu", "none", "added")], audit=[("edit_contact", "c_bo", "topic:menu")],
)  # fmt: skip

ACTS: tuple[Act, ...] = (
    creates(
        "create a contact",
        {"email": " Cy <Cy@example.org> ", "first_name": "Cy", "fields": {"shoe": "41"}, "tags": [" new  hire "],
         "accounts": [{"channel": "teams", "user": " 29:new "}]},
    ),
    creates("create a contact with an avatar", {"external_id": "E-9", "avatar": "https://example.org/a.png"}),
    creates("create a contact with the longest name", {"external_id": "E-9", "name": "N" * 500}),
    creates("create a contact with too long a name", {"external_id": "E-9", "name": "N" * 501}, refusal=LONG_DETAIL),
    creates("create a contact with the longest tag", {"external_id": "E-9", "tags": ["t" * 200]}),
    creates("create a contact with too long a tag", {"external_id": "E-9", "tags": ["t" * 201]}, refusal=BAD_NAME),
    creates("create a contact with an empty tag", {"external_id": "E-9", "tags": ["vip", "  "]}, refusal=BAD_NAME),
    creates("create a contact with a name that is not seen", {"external_id": "E-9", "name": "a\u202eb"},
            refusal=LONG_DETAIL),
    creates("create a contact with a phone number", {"external_id": "E-9", "phone": "+33 6 12 34 56 78"}),
    creates("create a contact with no phone number", {"external_id": "E-9", "phone": "call me"},
            refusal=Refusal("'call me' is not a phone number", "Write its digits, as in +33 6 12 34 56 78")),
    creates("create a contact with a number of a spreadsheet", {"external_id": "E-9", "phone": "3.36E+10"},
            refusal=REWRITTEN),
    creates("create a contact with an id of a spreadsheet", {"external_id": "1.00234E+11"}, refusal=REWRITTEN),
    creates("create a contact with no language", {"external_id": "E-9", "language": "english"},
            refusal=Refusal("'english' is not a language", "Write its code, such as de or pt-BR")),
    creates("create a contact with no time zone", {"external_id": "E-9", "time_zone": "Paris"},
            refusal=Refusal("'Paris' is not a time zone", "Write Europe/Paris")),
    creates("create nobody", {"name": "Ana"}, refusal=Refusal(
        "nothing says who this is", "Give an e-mail address, an external id or an account at least")),
    creates("create a contact with a known address", {"email": "ANA@example.org"},
            refusal=Refusal("the e-mail address 'ana@example.org' is contact c_ana's", EDIT_THEM, 409)),
    creates("create a contact with a known id", {"email": "new@example.org", "external_id": "E-2"},
            refusal=Refusal("the external id 'E-2' is contact c_bo's", EDIT_THEM, 409)),
    creates("create a contact with a known account",
            {"accounts": [{"channel": "teams", "user": "29:ana"}]},
            refusal=Refusal("the account 'teams 29:ana' is contact c_ana's", EDIT_THEM, 409)),
    creates("create a contact with an account on no channel",
            {"accounts": [{"channel": "taems", "user": "29:x"}]},
            refusal=Refusal("there is no channel 'taems'", "Did you mean `teams`?")),
    creates("create who was erased", {"email": "eve@example.org"},
            refusal=Refusal(
                "this person had their data erased", "Only they can come back, by writing to the bot", 409)),
    edits("edit a contact", "c_bo", {"phone": " 06 12  34 ", "fields": {"team": "blue"}},
          told=EDITED, audit=[("edit_contact", "c_bo", "phone, field team")]),
    edits("edit a contact to what it is", "c_bo", {"fields": {"team": " red "}}, told=SAME),
    edits("take details and fields away", "c_ana", {"email": "", "fields": {"none": None}},
          told=EDITED, audit=[("edit_contact", "c_ana", "email, field none")]),
    edits("subscribe a contact", "c_bo", {"subscribe": ["topic: menu "], "unsubscribe": ["sequence:welcome"]},
          told={"version": 1, "changed": True}, ledger=[("c_bo", "topic:menu", "none", "added")],
          audit=[("edit_contact", "c_bo", "topic:menu, no sequence:welcome")]),
    edits("subscribe a contact again", "c_bo", {"subscribe": ["topic:menu"]}, told=SAME, before=[SUBSCRIBES]),
    edits("subscribe a contact and say more", "c_bo", {"phone": "0612", "subscribe": ["sequence:welcome"]},
          told=EDITED, ledger=[("c_bo", "sequence:welcome", "none", "added")],
          audit=[("edit_contact", "c_bo", "phone, sequence:welcome")]),
    edits("subscribe a contact to what nobody declares", "c_bo", {"subscribe": ["topic:menus"]},
          refusal=Refusal("there is no topic `menus`", "Did you mean `menu`?", 404)),
    edits("subscribe who opted out", "c_turn-e1_1", {"subscribe": ["topic:menu"]},
          refusal=Refusal("c_turn-e1_1 is not added to topic:menu: opted out", "Only they can opt in", 409)),
    edits("subscribe who stopped everything", "c_turn-e2_1", {"phone": "0612", "subscribe": ["topic:menu"]},
          refusal=Refusal(
              "c_turn-e2_1 is not added to topic:menu: opted out of everything", "Only they can opt in", 409)),
    edits("subscribe a contact to what is left", "c_bo", {"subscribe": ["topic:news"], "unsubscribe": ["topic: news"]},
          refusal=Refusal("'topic:news' is to be joined and to be left", "Say one of the two")),
    edits("subscribe a contact to nothing", "c_bo", {"subscribe": ["news"]},
          refusal=Refusal("'news' is not a subscription", "Write sequence:NAME or topic:NAME")),
    edits("give a contact an address that is another's", "c_bo", {"email": "ana@example.org"},
          refusal=Refusal("the e-mail address 'ana@example.org' is contact c_ana's", EDIT_THEM, 409)),
    edits("give a field too long a text", "c_bo", {"fields": {"team": "x" * 2001}},
          refusal=Refusal("it has more than 2,000 characters", "Shorten it")),
    edits("edit nothing", "c_bo", {},
          refusal=Refusal("nothing is to be changed", "Give a detail or a field, and its value")),
    edits("edit nobody", "c_none", {"name": "X"}, refusal=NOBODY),
    edits("edit by an address that two have", "twice@example.org", {"name": "X"}, refusal=TWINS),
    tags("tag a contact", "ana@example.org", ["new  hire", "vip"], told=EDITED,
         audit=[("tag_contact", "c_ana", "")]),
    tags("tag a contact with what it has", "c_ana", [" vip "], told=SAME),
    tags("remove a tag", "c_ana", ["vip"], remove=True, told=EDITED, audit=[("tag_contact", "c_ana", "")]),
    tags("remove a tag that is not there", "c_ana", ["none"], remove=True, told=SAME),
    tags("tag a contact with too long a tag", "c_ana", ["t" * 201], refusal=BAD_NAME),
    tags("tag nobody", "c_none", ["vip"], refusal=NOBODY),
    notes("note something", "c_ana", " Called  about it\n", told=EDITED, audit=[("note_contact", "c_ana", "")]),
    notes("note who has the id, not who has it as their external id", "c_ana", "called",
          before=[BO_IS_CALLED_C_ANA], told=EDITED, audit=[("note_contact", "c_ana", "")]),
    notes("note nothing", "c_ana", "  ", refusal=Refusal("there is nothing to note", "Write some words")),
    notes("note too much", "c_ana", "x" * 10_001,
          refusal=Refusal("a note has at most 10,000 characters", "Shorten it")),
    merges("merge two contacts", "c_ana", "E-2", read=OUTCOME, told=EDITED,
           audit=[("merge_contacts", "c_ana", "took over c_bo")]),
    merges("merge a contact with itself", "c_ana", "ana@example.org",
           refusal=Refusal("they are one contact already", "Name the other one")),
    merges("merge with nobody", "c_ana", "c_none", refusal=NOBODY),
    erases("erase who has the id, not who has it as their external id", "c_ana", before=[BO_IS_CALLED_C_ANA],
           told={"id": "c_ana", "changed": True, "filters_naming": []},
           audit=[("erase", "c_ana", "turns: 0, conversations: 0, replies: 0, rows of the ledger: 0")]),
    erases("erase a contact", "ana@example.org", told={"id": "c_ana", "changed": True, "filters_naming": []},
           audit=[("erase", "c_ana", "turns: 0, conversations: 0, replies: 0, rows of the ledger: 0")]),
    erases("erase who was erased", "c_eve", told={"id": "c_eve", "changed": False, "filters_naming": []}),
    erases("erase nobody", "c_none", refusal=NOBODY),
    shows("show a contact", "teams:29:ana", told={
        "id": "c_ana", "email": MASKED, "tags": ["vip"], "accounts": [{"channel": "teams", "user": MASKED}],
        "addresses": [lives("teams")], "in": {}}),
    shows("show somebody who wrote", "teams:cy", told={
        "id": "c_turn-e1_1", "email": "", "tags": [], "accounts": [{"channel": "teams", "user": MASKED}],
        "addresses": [lives("teams", "2026-11-23T09:00:00Z")],
        "in": {"press": "opted_out", "topic:menu": "opted_out"}}),
    shows("show nobody", "none@example.org", refusal=unknown("none@example.org", "an e-mail address")),
    shows("show who was erased", "eve@example.org", refusal=Refusal(
        "'eve@example.org' was somebody's who had their data erased", "Only the contact's id names them now", 404)),
)  # fmt: skip
