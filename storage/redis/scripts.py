"""The scripts that run within Redis, each at one moment: nothing else is done there meanwhile.

A script is named by the SHA-1 of its text, so servers of two versions can work side by side.
"""

import hashlib
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class Script(NamedTuple):
    """A script, ready to be sent."""

    name: str
    text: str
    sha: str
    writes: bool
    followed: bool
    """Changes people, memberships or segments, of which who follows is to hear."""


def _script(name: str, *joined: str, writes: bool = True, followed: bool = False) -> Script:
    text = "\n".join(_text(part) for part in (*joined, name))
    return Script(name, text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(), writes, followed)


@cache
def _text(name: str) -> str:
    return files("storage.redis").joinpath("lua", f"{name}.lua").read_text(encoding="utf-8")


LOAD = _script("load", "_act_times", writes=False)
COMMIT = _script("commit", "_act_times", "_ledger", "_memory", "_people", "_workers", "_talks", followed=True)
CHANGE_CONSENT = _script("change_consent", "_act_times", "_ledger", "_memory", followed=True)
RECORD_DELIVERY = _script("record_delivery", "_lane")
STILL_WAITS = _script("still_waits", "_lane", writes=False)
UNREACHABLE = _script("unreachable")
TAKE_OVER = _script("take_over", "_workers", "_each")
MINE = _script("mine", writes=False)
DEPTH = _script("depth", "_each", writes=False)
LEAVE = _script("leave", "_each")
DUE_TIMERS = _script("due_timers", "_workers")
NEXT_TIMER = _script("next_timer", "_workers", "_each", writes=False)
SAVE_DRAFT = _script("save_draft")
PUSH = _script("push")
SET_LIVE = _script("set_live")
REVISION_BY_DIGEST = _script("revision_by_digest", writes=False)
BEAT = _script("beat")
CHANGES = _script("changes", "_each", writes=False)
LIVE_MARKS = _script("live_marks", "_each", writes=False)
LEDGER_ENDS = _script("ledger_ends", "_each", writes=False)
HOLDS_ANYTHING = _script("holds_anything", "_each", writes=False)
REGISTER_BOT = _script("register_bot")
CLAIM_ACCOUNT = _script("claim_account")
ERASE = _script("erase", "_talks", "_evidence", "_people", followed=True)
FORGET_ELSEWHERE = _script("forget_elsewhere", "_evidence")
PRUNE = _script("prune", "_trim")
PRUNE_JOURNAL = _script("prune_journal", "_trim")
ADD_AUDIT = _script("add_audit")
ANYBODY = _script("anybody", writes=False)
RESTORE_JOURNAL = _script("restore_journal", "_restore", "_talks")
RESTORE_REPLIES = _script("restore_replies", "_restore", "_talks")
RESTORE_IGNORED = _script("restore_ignored", "_restore", "_talks")
SAVE_CONTACT = _script("save_contact", "_ledger", "_people", followed=True)
STANDINGS = _script("standings", "_act_times", "_ledger", writes=False)
CHANGE_MANY = _script("change_many", "_act_times", "_ledger", "_memory", "_workers", followed=True)
MERGE = _script("merge", "_act_times", "_ledger", "_memory", "_people", followed=True)
SWAP = _script("swap", followed=True)
IMPORTS_TO_DO = _script("imports_to_do", "_each", writes=False)
IMPORT_STEP = _script("import_step")
FORGET_ROWS = _script("forget_rows")
FORGET_REPLIES = _script("forget_replies")
RESTORE_HANDLES = _script("restore_handles")
KEEP_ERASED = _script("keep_erased", "_act_times")
ACT_TIMES = _script("act_times", "_act_times", writes=False)
RESTORE_TIMES = _script("restore_times")
RESTORE_LEDGER = _script("restore_ledger", "_act_times", "_ledger", "_restore")
NOTE_LOSS = _script("note_loss", "_memory")
ACCEPT_LOSS = _script("accept_loss")

ALL = tuple(value for value in list(globals().values()) if isinstance(value, Script))
