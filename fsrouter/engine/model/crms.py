"""The CRM connections of a rule book, by type. How each is talked to is the business of `fsrouter.crm`.

Credentials are names of environment variables, `${HUBSPOT_TOKEN}`: the value never enters a rule book, a database
or an export.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, ClassVar, get_args

from msgspec import Struct

from fsrouter.engine.contacts import PLAIN, Ids
from fsrouter.engine.layouts import FIELDS, FORMATS, NUMBERS
from fsrouter.engine.layouts.address_books import VCARD
from fsrouter.engine.model.criteria import fold
from fsrouter.engine.model.crm_apis import CONNECTWISE_CLOUD, CONNECTWISE_SITES, HUBSPOT_APIS
from fsrouter.engine.model.scalars import Flag, Https, Secret, Slug, SomeSeconds, SomeText, Text, one_of
from fsrouter.engine.model.schema import Definition, OneOrMany, Path
from fsrouter.engine.model.templates import (
    HeaderName,
    HeaderValue,
    JsonBody,
    has_placeholder,
    header_problem,
    unknown_placeholder,
)


class Abilities(Struct, frozen=True, kw_only=True):
    """What CRMs of a type can do.

    `people` are the modules whose records are people, as the CRM calls them, and `accounts` the one of their accounts;
    the first holds the most contacts. `syncs`: there are contacts to be read into the cache; `incremental`: what has
    changed since a moment can be asked for; `writes`: calls can be written to it. `ids`: how its exports write ids.
    `credential` is what that must be allowed to do, in Markdown.
    """

    people: tuple[str, ...] = ()
    accounts: str = ""
    syncs: bool = True
    incremental: bool = True
    writes: bool = True
    ids: Ids = PLAIN
    credential: str

    @property
    def modules(self) -> tuple[str, ...]:
        """All modules that are read."""
        return (*self.people, *filter(None, (self.accounts,)))

    def person_module(self, word: str) -> str:
        """The module whose record is the caller's, by what a CRM rule calls it: the first unless it names another."""
        return next((name for name in self.people if _singular(word).startswith(_singular(name))), self.people[0])

    def knows(self, word: str) -> bool:
        """Whether a CRM rule's `module` is one of these; where there are none, any is."""
        if not word or not self.accounts:
            return True
        return of_accounts(word) or _singular(word) in map(_singular, self.people)


def of_accounts(word: str) -> bool:
    """Whether a CRM rule's `module` is the account's record, and not the person's, whatever the CRM calls that."""
    return fold(word) in ("accounts", "account", "companies", "company")


def _singular(word: str) -> str:
    return fold(word).removesuffix("s")


class Connection(Definition, frozen=True, kw_only=True):
    """What all connections have."""

    CAN: ClassVar[Abilities]

    sync: Annotated[SomeSeconds, "How often the contact cache is brought up to date."] = 3600
    write_back: Annotated[Flag, "Whether calls are written to the CRM as notes on the contact."] = False


Method = Annotated[str, one_of("method", "GET", "POST")]
HubSpotApi = Annotated[str, one_of("version of HubSpot's API", *HUBSPOT_APIS)]


class HubSpot(Connection, frozen=True, kw_only=True, tag_field="type", tag="hubspot"):
    """HubSpot, by a Service Key or a private app's access token."""

    CAN = Abilities(
        people=("contacts",),
        accounts="companies",
        credential=(
            "a Service Key, or a private app, with `crm.objects.contacts.read`, `crm.objects.companies.read`,"
            " `crm.objects.owners.read`, `crm.schemas.contacts.read`, `crm.schemas.companies.read`;"
            " `crm.objects.contacts.write` to write calls back"
        ),
    )

    token: Annotated[Secret, "The Service Key, or the private app's access token."]
    api: Annotated[HubSpotApi, "The version of its API; HubSpot's support for v3 ends in September 2027."] = "2026-09"
    url: Annotated[Https, "Where its API is."] = "https://api.hubapi.com"


class Zoho(Connection, frozen=True, kw_only=True, tag_field="type", tag="zoho"):
    """Zoho CRM, by OAuth with a refresh token."""

    CAN = Abilities(
        people=("Contacts", "Leads"),
        accounts="Accounts",
        ids=Ids(prefix="zcrm_"),
        credential=(
            "a refresh token with `ZohoCRM.modules.READ`, `ZohoCRM.settings.fields.READ`, `ZohoCRM.users.READ`,"
            " `ZohoSearch.securesearch.READ`; `ZohoCRM.modules.notes.CREATE` to write calls back"
        ),
    )

    url: Annotated[Https, "The API of the account's data centre, as https://www.zohoapis.eu."] = (
        "https://www.zohoapis.com"
    )
    accounts_url: Annotated[Https | None, "The data centre's accounts server; follows from url when absent."] = None
    client_id: Annotated[SomeText, "The OAuth client's id."]
    client_secret: Annotated[Secret, "The OAuth client's secret."]
    refresh_token: Annotated[Secret, "The refresh token."]


ConnectWiseSite = Annotated[str, one_of("site of ConnectWise's cloud", *CONNECTWISE_SITES)]


class ConnectWise(Connection, frozen=True, kw_only=True, tag_field="type", tag="connectwise"):
    """ConnectWise Manage (PSA), by API keys."""

    CAN = Abilities(
        people=("contacts",),
        accounts="companies",
        credential=(
            "an API member whose security role inquires companies and contacts, and members under setup tables; adding"
            " contact notes to write calls back"
        ),
    )

    site: Annotated[ConnectWiseSite | None, "The site of ConnectWise's cloud that the company is at."] = None
    url: Annotated[Https | None, "The server, where it is one's own; or the site, as https://na.myconnectwise.net."] = (
        None
    )
    company_id: Annotated[SomeText, "The company id that one logs in with."]
    public_key: Annotated[Secret, "The API member's public key."]
    private_key: Annotated[Secret, "The API member's private key."]
    client_id: Annotated[SomeText, "The integration's client id."]

    @property
    def api(self) -> str:
        """Where its API is: of a site in the cloud by the name that the API has there, as whole addresses are without
        what stands behind the server in them.
        """
        if self.site:
            return CONNECTWISE_SITES[self.site]
        server = (self.url or "").partition("/v4_6_release")[0].rstrip("/")
        host = server.removeprefix("https://").lower()
        in_cloud = host.endswith(tuple(f".{domain}" for domain in CONNECTWISE_CLOUD))
        return f"https://api-{host}" if in_cloud and not host.startswith("api-") else server

    def problem(self) -> str:
        if not self.site and not self.url:
            sites = ", ".join(CONNECTWISE_SITES)
            return f"has neither site nor url; write `site:` with one of {sites}, or the url of a server of your own"
        return "has both site and url; one says where it is" if self.site and self.url else ""


class Salesforce(Connection, frozen=True, kw_only=True, tag_field="type", tag="salesforce"):
    """Salesforce, by an external client app with the client credentials flow."""

    CAN = Abilities(
        people=("Contact", "Lead"),
        accounts="Account",
        ids=Ids(checksum=True),
        credential=(
            "an external client app (or a connected app) with the client credentials flow and a run-as user who may"
            " read contacts, leads, accounts and users; create tasks to write calls back"
        ),
    )

    url: Annotated[Https, "My Domain, as https://acme.my.salesforce.com."]
    client_id: Annotated[SomeText, "The app's consumer key."]
    client_secret: Annotated[Secret, "The app's consumer secret."]


class Custom(Connection, frozen=True, kw_only=True, tag_field="type", tag="custom"):
    """Any https address that answers JSON for a number."""

    CAN = Abilities(
        people=("records",),
        syncs=False,
        incremental=False,
        writes=False,
        credential=(
            "basic (`username`, `password`) or bearer (`token`) authorisation, OAuth (`token_url`), headers, or none"
        ),
    )

    url: Annotated[
        Https,
        "The address; {number} is replaced by the caller's number in E.164, {national} by its national digits,"
        " {digits} by E.164 without the plus.",
    ]
    method: Annotated[Method, "How it is asked."] = "GET"
    headers: Annotated[dict[HeaderName, HeaderValue], "Further headers; ${NAME} in them stands for a secret."] = {}
    json: Annotated[JsonBody, "The body of a POST as JSON, with the same placeholders within its texts."] = ""
    form: Annotated[dict[SomeText, Text], "The body of a POST as a form's fields, with the same placeholders."] = {}
    username: Annotated[Text, "The user of basic authentication."] = ""
    password: Annotated[Secret | None, "The password of basic authentication."] = None
    token: Annotated[Secret | None, "The token of bearer authentication."] = None
    token_url: Annotated[Https | None, "Where an OAuth server gives access tokens."] = None
    client_id: Annotated[Text, "The OAuth client's id."] = ""
    client_secret: Annotated[Secret | None, "The OAuth client's secret."] = None
    refresh_token: Annotated[Secret | None, "The refresh token; without one, the client's credentials suffice."] = None
    scope: Annotated[Text, "What the access token is to be good for."] = ""
    fields: Annotated[
        dict[Slug, SomeText], "Where in the answer each field stands, as {title: data.contact.title}."
    ] = {}

    def problem(self) -> str:
        if not any(map(has_placeholder, (self.url, self.json, *self.form.values()))):
            return "has none of {number}, {national} and {digits} in its url or body"
        if self.method == "GET" and (self.json or self.form):
            return "has a body, and a GET takes none; write method: POST"
        if self.json and self.form:
            return "has two bodies: json and form"
        own = "authorization" in map(str.lower, self.headers)
        if sum(map(bool, (self.token, self.password, self.token_url, own))) > 1:
            return "has more than one of token, password, token_url and a header Authorization"
        return self._oauth_problem()

    def _oauth_problem(self) -> str:
        if not self.token_url:
            named = (name for name in ("client_id", "client_secret", "refresh_token", "scope") if getattr(self, name))
            word = next(named, "")
            return f"has {word}, which is for token_url, and lacks that" if word else ""
        if not self.client_id:
            return "has token_url and lacks client_id"
        return "" if self.client_secret or self.refresh_token else "has token_url and lacks client_secret"

    def problems(self) -> Iterable[tuple[Path, str]]:
        seen: set[str] = set()
        for name, value in self.headers.items():
            if wrong := "stands here twice" if name.lower() in seen else header_problem(name, value):
                yield ("headers", name), wrong
            seen.add(name.lower())
        for name, value in self.form.items():
            if wrong := unknown_placeholder(value):
                yield ("form", name), wrong


Format = Annotated[str, one_of("format", *FORMATS)]
ColumnKind = Annotated[str, one_of("kind of column", *FIELDS)]
Columns = Annotated[tuple[SomeText, ...], OneOrMany]


class Csv(Connection, frozen=True, kw_only=True, tag_field="type", tag="csv"):
    """A file of contacts, CSV or vCard, watched for changes."""

    CAN = Abilities(incremental=False, writes=False, credential="a file that the router's user may read")

    path: Annotated[SomeText, "The file, beside the rules file or absolute."]
    format: Annotated[
        Format, "The product whose export it is, where its headings do not say so by themselves (contacts.md)."
    ] = ""
    map: Annotated[
        dict[ColumnKind, Columns], "What its columns are, as {id: Kundennummer, phones: [Telefon, Mobil]}."
    ] = {}

    def problem(self) -> str:
        if self.map and self.format == VCARD.name:
            return "has a map, but the properties of a vCard are known; leave map out"
        if self.map and not self.format and not any(self.map.get(what) for what in NUMBERS):
            return "has a map that names no phones"
        return ""


#: A connection of any type.
Crm = HubSpot | Zoho | ConnectWise | Salesforce | Custom | Csv
#: The types of connections, by what stands in `type`.
TYPES: Mapping[str, type[Connection]] = {str(kind.__struct_config__.tag): kind for kind in get_args(Crm)}
