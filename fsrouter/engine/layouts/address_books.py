"""The layouts of address books: Google Contacts, Outlook in the languages that it is sold in, vCard.

Outlook writes its headings in the language of the program, and those of one language changed with versions: all that
were seen stand here. Google's are English; those of other languages stand here as translated exports have them.
"""

from __future__ import annotations

import itertools

from fsrouter.engine.layouts.layout import FIRST, LABEL, LAST, MIDDLE, Layout

_GOOGLE_SOURCE = "published exports before and after June 2024, American and British"
_GOOGLE_TRANSLATED = "translations of the English headings, as other programs know them; no export was seen"
_OUTLOOK_SOURCE = "the headings by language that the contact import of Microsoft Exchange reads; published exports"


def _google(name: str, first: str, middle: str, last: str, account: str, title: str, phone: str, label: str) -> Layout:
    """Google's headings in one language: alternatives stand between bars; `phone` is that of a value."""
    phones = tuple(phone.split("|"))
    return Layout(
        name="google",
        title=f"Google Contacts ({name})" if name else "Google Contacts",
        headings={
            "name": ("Name", "File As") if not name else (),
            FIRST: tuple(first.split("|")),
            MIDDLE: tuple(middle.split("|")),
            LAST: tuple(last.split("|")),
            "account": tuple(account.split("|")),
            "title": tuple(title.split("|")),
            "phones": phones,
            LABEL: tuple(label.split("|")),
            "email": ("E-mail # - Value", "Email # - Value"),
        },
        signs=tuple((heading,) for heading in phones),
        source=_GOOGLE_TRANSLATED if name else _GOOGLE_SOURCE,
    )


GOOGLE = (
    _google(
        "",
        "First Name|Given Name",
        "Middle Name|Additional Name",
        "Last Name|Family Name",
        "Organization Name|Organization # - Name|Organisation Name|Organisation # - Name",
        "Organization Title|Organization # - Title|Organisation Title|Organisation # - Title",
        "Phone # - Value",
        "Phone # - Label|Phone # - Type",
    ),
    _google(
        "German",
        "Vorname",
        "Zweiter Vorname|Weitere Vornamen",
        "Nachname",
        "Name der Organisation|Organisation # - Name|Unternehmen|Organisationsname",
        "Titel der Organisation|Organisation # - Titel|Position|Funktion|Jobtitel",
        "Telefon # - Wert|Telefonnummer # - Wert",
        "Telefon # - Label|Telefon # - Typ|Telefonnummer # - Label|Telefon # - Bezeichnung",
    ),
    _google(
        "French",
        "Prénom",
        "Deuxième prénom|Autres prénoms",
        "Nom de famille|Nom",
        "Nom de l'organisation|Organisation # - Nom|Entreprise",
        "Titre dans l'organisation|Organisation # - Titre|Fonction",
        "Téléphone # - Valeur|Numéro de téléphone # - Valeur",
        "Téléphone # - Libellé|Téléphone # - Type",
    ),
    _google(
        "Spanish",
        "Nombre de pila|Nombre",
        "Segundo nombre",
        "Apellidos|Apellido",
        "Nombre de la organización|Organización # - Nombre|Empresa",
        "Cargo en la organización|Organización # - Cargo|Organización # - Título|Cargo",
        "Teléfono # - Valor|Telefono # - Valor",
        "Teléfono # - Etiqueta|Teléfono # - Tipo",
    ),
    _google(
        "Italian",
        "Nome",
        "Secondo nome",
        "Cognome",
        "Nome organizzazione|Nome dell'organizzazione|Organizzazione # - Nome|Azienda",
        "Titolo organizzazione|Organizzazione # - Titolo|Qualifica",
        "Telefono # - Valore",
        "Telefono # - Etichetta|Telefono # - Tipo",
    ),
    _google(
        "Dutch",
        "Voornaam",
        "Tweede voornaam|Tussenvoegsel",
        "Achternaam",
        "Naam van organisatie|Organisatienaam|Organisatie # - Naam|Bedrijf",
        "Titel in organisatie|Organisatie # - Titel|Functie",
        "Telefoon # - Waarde|Telefoonnummer # - Waarde",
        "Telefoon # - Label|Telefoon # - Type",
    ),
    _google(
        "Portuguese",
        "Nome próprio|Nome",
        "Segundo nome|Nome do meio",
        "Sobrenome",
        "Nome da organização|Organização # - Nome|Empresa",
        "Cargo na organização|Organização # - Cargo|Organização # - Título|Cargo",
        "Telefone # - Valor",
        "Telefone # - Etiqueta|Telefone # - Marcador|Telefone # - Rótulo|Telefone # - Tipo",
    ),
    _google(
        "Polish",
        "Imię",
        "Drugie imię",
        "Nazwisko",
        "Nazwa organizacji|Organizacja # - Nazwa|Firma",
        "Stanowisko w organizacji|Organizacja # - Stanowisko|Stanowisko",
        "Telefon # - Wartość",
        "Telefon # - Etykieta|Telefon # - Typ",
    ),
)


def _outlook(
    language: str, first: str, middle: str, last: str, company: str, title: str, phones: str, main: str, email: str
) -> Layout:
    """Outlook's headings in one language: alternatives stand between bars; `main` is the company's own number. Faxes,
    pagers and telexes are no numbers of callers.
    """
    firsts, lasts, companies, numbers = (texts.split("|") for texts in (first, last, company, phones))
    return Layout(
        name="outlook",
        title=f"Outlook ({language})" if language else "Outlook",
        headings={
            FIRST: tuple(firsts),
            MIDDLE: tuple(middle.split("|")),
            LAST: tuple(lasts),
            "account": tuple(companies),
            "title": tuple(title.split("|")),
            "phones": tuple(numbers),
            "account_phones": tuple(main.split("|")),
            "email": tuple(email.split("|")),
        },
        signs=tuple(itertools.product(firsts, lasts, companies, numbers)),
        lacks=("Contact ID", "Record ID", "Contact RecID", "Site", "Phone 1 - Value"),
        source=_OUTLOOK_SOURCE,
    )


OUTLOOK = (
    _outlook(
        "",
        "First Name",
        "Middle Name",
        "Last Name",
        "Company",
        "Job Title",
        "Business Phone|Business Phone 2|Mobile Phone|Mobile Phone 2|Home Phone|Home Phone 2|Primary Phone|Other Phone"
        "|Car Phone|Radio Phone|Callback|TTY/TDD Phone|Assistant's Phone",
        "Company Main Phone",
        "E-mail Address",
    ),
    _outlook(
        "German",
        "Vorname",
        "Weitere Vornamen",
        "Nachname",
        "Firma",
        "Position",
        "Telefon geschäftlich|Telefon (geschäftlich)|Telefon geschäftlich 2|Telefon (geschäftlich 2)|Mobiltelefon"
        "|Mobiltelefon 2|Telefon privat|Telefon (privat)|Telefon privat 2|Telefon (privat 2)|Haupttelefon"
        "|Weiteres Telefon|Autotelefon|Mobilfunkgerät|Rückmeldung|Rückruf|Telefon für Hörbehinderte|Telefon Assistent",
        "Telefon Firma",
        "E-Mail-Adresse",
    ),
    _outlook(
        "French",
        "Prénom",
        "Deuxième prénom",
        "Nom",
        "Société",
        "Fonction|Titre (2)",
        "Téléphone (bureau)|Téléphone 2 (bureau)|Tél. mobile|Téléphone mobile|Téléphone (domicile)"
        "|Téléphone 2 (domicile)|Téléphone principal|Tél. principal|Téléphone (autre)|Téléphone (voiture)"
        "|Radio téléphone|Radiotéléphone|Rappel|Téléphone TDD/TTY|Téléphone de l'assistant(e)",
        "Téléphone société",
        "Adresse de messagerie|Adresse de courrier",
    ),
    _outlook(
        "Spanish",
        "Nombre",
        "Segundo nombre",
        "Apellidos|Apellido",
        "Organización|Compañía|Empresa",
        "Puesto|Cargo",
        "Teléfono del trabajo|Teléfono del trabajo 2|Teléfono móvil|Teléfono movil|Móvil|Particular|Particular 2"
        "|Teléfono particular|Teléfono particular 2|Teléfono principal|Otro teléfono|Teléfono del automóvil"
        "|Radioteléfono|Devolución de llamada|Número de teletipo|Teléfono del ayudante"
        "|Business Phone 2|Mobile Phone|Home Phone 2|Car Phone|Assistant's Phone",
        "Número de centralita de la organización|Teléfono principal de la compañía",
        "Dirección de correo electrónico|E-mail Address",
    ),
    _outlook(
        "Italian",
        "Nome",
        "Secondo nome",
        "Cognome",
        "Società",
        "Posizione|Qualifica",
        "Ufficio|Ufficio 2|Cellulare|Abitazione|Abitazione 2|Telefono principale|Altro telefono|Telefono auto"
        "|Radiotelefono|Richiamata automatica|Telefono TTY/TDD|Telefono assistente",
        "Telefono principale società",
        "Indirizzo posta elettronica|Indirizzo di posta elettronica",
    ),
    _outlook(
        "Dutch",
        "Voornaam",
        "Middelste naam",
        "Achternaam",
        "Bedrijf",
        "Functie",
        "Telefoon op werk|Telefoon op werk 2|Mobiele telefoon|Telefoon thuis|Telefoon thuis 2|Hoofdtelefoon"
        "|Andere telefoon|Autotelefoon|Radiotelefoon|Terugbellen|Teksttelefoon|Telefoon assistent",
        "Hoofdtelefoon bedrijf",
        "E-mailadres",
    ),
    _outlook(
        "Portuguese",
        "Primeiro nome|Nome",
        "Segundo nome",
        "Sobrenome",
        "Empresa",
        "Cargo",
        "Telefone comercial|Telefone comercial 2|Telefone celular|Celular|Telefone residencial|Telefone residencial 2"
        "|Telefone principal|Outro telefone|Telefone do carro|Radiofone|Retorno de chamada|Telefone TTY/TDD"
        "|Telefone do assistente",
        "Telefone principal da empresa",
        "Endereço de email|E-mail Address",
    ),
    _outlook(
        "Polish",
        "Imię",
        "Drugie imię",
        "Nazwisko",
        "Firma",
        "Stanowisko",
        "Telefon służbowy|Telefon służbowy 2|Telefon komórkowy|Telefon domowy|Telefon domowy 2|Telefon podstawowy"
        "|Inny telefon|Telefon w samochodzie|Radiotelefon|Wywołanie zwrotne|Telefon TTY/TDD|Telefon asystenta",
        "Główny telefon do firmy",
        "Adres e-mail",
    ),
)

VCARD = Layout(
    name="vcard",
    title="vCard",
    headings={
        "id": ("UID",),
        "name": ("FN",),
        FIRST: ("N.given",),
        MIDDLE: ("N.additional",),
        LAST: ("N.family",),
        "account": ("ORG",),
        "title": ("TITLE",),
        "phones": ("TEL",),
        "email": ("EMAIL",),
    },
    signs=(("BEGIN:VCARD",),),
    source="RFC 6350 (vCard 4.0), RFC 2426 (3.0), vCard 2.1 of the versit Consortium",
)

ADDRESS_BOOKS = (*GOOGLE, *OUTLOOK, VCARD)
