"""What of a message are the person's own words."""

import re

from keywords.normalise import LIMIT, normalise

_STOP_SIGN = "\N{OCTAGONAL SIGN}"

_SIGNATURE = re.compile(
    r"(?<=\S)\s*\n\s*(?:"
    r"--[ \t]*\n.*"
    r"|(?:sent (?:from|via) |get outlook|envoy[ée] (?:de|à partir)|enviado (?:de|a trav|via|com)|gesendet (?:von|mit)"
    r"|von meinem [^\n]+ gesendet|inviato da|verzonden (?:van|met)|verstuurd vana|wysłan[eo] z"
    r"|أرسلت من|تم الإرسال|मेरे [^\n]+ से भेजा|iphoneから送信|(?:从|從|发自|發自)我的)[^\n]*"
    r")\Z",
    re.IGNORECASE | re.DOTALL,
)
_MENTION_BEHIND = re.compile(r"(?<=\S)(?:\s+[@＠][^\W_][\w.-]*)+\s*\Z")
_BARE_NO = re.compile(
    r"\A\s*(?:(?:no|nope|non|nein|nee|nie|não|nao|لا|नहीं|nahi|いや|いいえ|不|sí|si|sì)(?:\s*[,.!;:،。、，！；…]+\s*|\s+[-–—]+\s+))+(?=\S)",
    re.IGNORECASE,
)


def heard(text: str) -> str:
    """Return a message, normalised, without what the device or the channel put behind it: a signature, a mention.

    Empty for a message that is too long to be one of the listed ones.
    """
    if len(text) > LIMIT and len(text := " ".join(text.split())) > LIMIT:
        return ""
    if _STOP_SIGN in text:
        text = text.replace(_STOP_SIGN, " stop ")
    if "\n" in text:
        text = _SIGNATURE.sub("", text)
    if "@" in text or "＠" in text:
        text = _MENTION_BEHIND.sub("", text)
    return normalise(text)


def after_no(text: str) -> str:
    """Return a message without a *no* that is set off by punctuation: `No, stop!`, but not `no stop` or `non-stop`."""
    return _BARE_NO.sub("", text[:LIMIT]) if len(text) <= LIMIT else text
