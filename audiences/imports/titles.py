"""Titles of columns as people write them, in the languages that the bot's words know."""

import re
from collections.abc import Mapping
from typing import Final

_BETWEEN_WORDS = re.compile(r"[\W_]+")

_TITLES: Final[Mapping[str, str]] = {
    "email": """
        email emails mail mails emailaddress emailaddresses mailaddress address addresses workemail
        primaryemail useremail contactemail upn userprincipalname emailadresse emailadressen mailadresse
        adresse emailadres mailadres courriel adressemail adresseemail adressecourriel adresseélectronique
        adressedecourriel correo correoelectrónico correoelectronico direccióndecorreo correioeletrônico
        correioeletrónico endereçodeemail indirizzoemail indirizzomail postaelettronica adresemail adresmail
        epost epostadress epostadresse sähköposti sähköpostiosoite eposta epostaadresi почта электроннаяпочта
        адресэлектроннойпочты эпочта пошта електроннапошта ηλεκτρονικόταχυδρομείο البريدالإلكتروني
        بريدإلكتروني דואל ईमेल 邮箱 电子邮件 电子邮箱 電子郵件 メール メールアドレス 이메일 이메일주소 메일
    """,
    "external_id": """
        externalid extid userid contactid employeeid employeenumber personid memberid ids externeid benutzerid
        nutzerid personalnummer mitarbeiternummer kennung gebruikersid idexterne identifiant matricule
        idexterno iddeusuario idusuario iddousuário idesterno idutente matricola identyfikator användarid
        brugerid brukerid kullanıcıid
    """,
    "name": """
        name fullname displayname vollständigername naam volledigenaam nom nomcomplet nombre nombrecompleto
        nome nomecompleto imięinazwisko namn navn nimi ad adsoyad имя фио ім'я повнеім'я όνομα الاسم שם नाम 姓名
        氏名 名前 이름
    """,
    "first_name": """
        firstname givenname forename vorname rufname voornaam prénom prenom primernombre primeironome
        nomepróprio imię förnamn fornavn etunimi isim имяперсоны μικρόόνομα الاسمالأول שםפרטי 名字 名
    """,
    "last_name": """
        lastname familyname surname nachname familienname achternaam nomdefamille apellido apellidos sobrenome
        apelido cognome nazwisko efternamn efternavn etternavn sukunimi soyad soyadı фамилия прізвище επώνυμο
        اسمالعائلة שםמשפחה उपनाम 姓 성
    """,
    "phone": """
        phone phonenumber telephone telephonenumber tel mobile mobilephone mobilenumber cell cellphone telefon
        telefonnummer mobil mobiltelefon handy handynummer rufnummer telefoon telefoonnummer mobiel gsm
        téléphone téléphoneportable portable numérodetéléphone teléfono móvil celular telefone telemóvel
        telefono cellulare numerodeteléfono numeroditelefono telefonnumer numertelefonu komórka puhelin
        puhelinnumero telefonnumarası ceptelefonu телефон номертелефона номертелефону мобильный τηλέφωνο
        الهاتف رقمالهاتف טלפון फ़ोन फोन 电话 電話 電話番号 手机 전화 전화번호
    """,
    "gender": """
        gender sex geschlecht geslacht sexe genre género sexo sesso genere płeć kön køn kjønn sukupuoli
        cinsiyet пол стать φύλο الجنس מין लिंग 性别 性別 성별
    """,
    "language": """
        language lang locale preferredlanguage sprache taal langue idioma lingua język språk sprog kieli dil
        язык мова γλώσσα اللغة שפה भाषा 语言 語言 言語 언어
    """,
    "country": """
        country countrycode land staat pays país pais paese kraj maa ülke страна країна χώρα البلد מדינה देश
        国家 國家 国 국가
    """,
    "time_zone": """
        timezone tz zeitzone tijdzone fuseauhoraire zonahoraria fusohorário fusohorario fusoorario
        strefaczasowa tidszon tidszone tidssone aikavyöhyke saatdilimi часовойпояс часовийпояс ζώνηώρας
        المنطقةالزمنية אזורזמן समयक्षेत्र 时区 時區 タイムゾーン 시간대
    """,
    "avatar": "avatar picture photo imageurl bild profilbild foto photodeprofil imagen imagem immagine zdjęcie",
    "tags": """
        tags tag labels label schlagwörter schlagworte étiquettes etiquetas etichette etykiety taggar tagit
        etiketler теги ετικέτες الوسوم תגיות टैग 标签 標籤 タグ 태그
    """,
    "accounts": "accounts account",
    "id": "id",
}
"""What a column holds, and how people title it: in lower case, without spaces, hyphens and points."""

_PEOPLE: Final = """
    user users username contact contacts member members employee recipient value benutzer benutzername
    utilisateur usuario usuário utilizador utente użytkownik
"""
"""Titles of a column of people that don't say how they are named."""


def squeeze(title: str) -> str:
    """Return a title in the form in which two are compared."""
    return _BETWEEN_WORDS.sub("", title.lower())


_KNOWN: Final = {squeeze(title): column for column, titles in _TITLES.items() for title in titles.split()}
_OF_LISTS: Final = frozenset(
    {title for title, column in _KNOWN.items() if column in ("email", "external_id", "id")}
    | set(map(squeeze, _PEOPLE.split()))
)


def column_of(title: str) -> str:
    """Return what the column of a title holds: a detail, "tags", "accounts" or "id"; "" for an unknown title."""
    return _KNOWN.get(squeeze(title), "")


def is_title_of_list(title: str) -> bool:
    """Tell whether a list of people may begin with this title."""
    return squeeze(title) in _OF_LISTS
