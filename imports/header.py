"""The first row of a file: a title of the column, or already a value."""

import re
from collections.abc import Sequence
from typing import Final

LOOKED_AT: Final = 100
"""Rows after the first that are asked whether they are all addresses."""

_ENOUGH: Final = 2
"""Addresses after the first row without which nothing is concluded from them."""

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_BETWEEN_WORDS = re.compile(r"[\W_]+")

_TITLES: Final = frozenset(
    {
        "email", "emails", "mail", "mails", "emailaddress", "emailaddresses", "mailaddress", "address", "addresses",
        "workemail", "primaryemail", "useremail", "contactemail", "upn", "userprincipalname",
        "id", "ids", "externalid", "extid", "userid", "contactid", "employeeid", "employeenumber", "personid",
        "memberid", "user", "users", "username", "contact", "contacts", "member", "members", "employee", "recipient",
        "value",
        # German, Dutch
        "emailadresse", "emailadressen", "mailadresse", "adresse", "externeid", "benutzerid", "nutzerid", "benutzer",
        "benutzername", "personalnummer", "mitarbeiternummer", "kennung", "emailadres", "mailadres", "gebruikersid",
        # French, Spanish, Portuguese, Italian
        "courriel", "adressemail", "adresseemail", "adressecourriel", "adresseélectronique", "adressedecourriel",
        "idexterne", "identifiant", "matricule", "utilisateur", "correo", "correoelectrónico", "correoelectronico",
        "direccióndecorreo", "idexterno", "iddeusuario", "idusuario", "usuario", "correioeletrônico",
        "correioeletrónico", "endereçodeemail", "iddousuário", "usuário", "utilizador", "indirizzoemail",
        "indirizzomail", "postaelettronica", "idesterno", "idutente", "utente", "matricola",
        # Polish, Swedish, Danish, Norwegian, Finnish, Turkish
        "adresemail", "adresmail", "identyfikator", "użytkownik", "epost", "epostadress", "epostadresse",
        "användarid", "brugerid", "brukerid", "sähköposti", "sähköpostiosoite", "eposta", "epostaadresi", "kullanıcıid",
        # Russian, Ukrainian, Greek, Arabic, Hebrew, Hindi, Chinese, Japanese, Korean
        "почта", "электроннаяпочта", "адресэлектроннойпочты", "эпочта", "пошта", "електроннапошта",
        "ηλεκτρονικόταχυδρομείο",
        "البريدالإلكتروني", "بريدإلكتروني", "דואל", "ईमेल", "邮箱", "电子邮件", "电子邮箱", "電子郵件", "メール",
        "メールアドレス", "이메일", "이메일주소", "메일",
    }
)  # fmt: skip
"""Titles of a column of people, in lower case, without blanks, hyphens and points."""


def is_header(values: Sequence[str]) -> bool:
    """Return whether the first of these rows is a title: by its words, or as the only one that is no address.

    LOOKED_AT rows after the first are enough to ask. What has an `@` in it is somebody's address, if a wrong one.
    """
    first, following = values[0], values[1 : LOOKED_AT + 1]
    if _squeeze(first) in _KNOWN:
        return True
    if "@" in first or len(following) < _ENOUGH or not any(map(str.isalpha, first)):
        return False
    return all(_ADDRESS.fullmatch(value) for value in following)


def _squeeze(title: str) -> str:
    return _BETWEEN_WORDS.sub("", title.lower())


_KNOWN: Final = frozenset(map(_squeeze, _TITLES))
