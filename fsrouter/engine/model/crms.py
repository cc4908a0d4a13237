"""The CRM connections of a rule book, by type. How each is talked to is the business of `fsrouter.crm`.

Credentials are names of environment variables, `${HUBSPOT_TOKEN}`: the value never enters a rule book, a database
or an export.
"""

from __future__ import annotations

from typing import Annotated

from fsrouter.engine.model.scalars import Flag, Https, Secret, Slug, SomeSeconds, SomeText, Text
from fsrouter.engine.model.schema import Definition


class Connection(Definition, frozen=True, kw_only=True):
    """What all connections have."""

    sync: Annotated[SomeSeconds, "How often the contact cache is brought up to date."] = 3600
    write_back: Annotated[Flag, "Whether calls are written to the CRM as notes on the contact."] = False


class HubSpot(Connection, frozen=True, kw_only=True, tag_field="type", tag="hubspot"):
    """HubSpot, by a private app's access token."""

    token: Annotated[Secret, "The private app's access token."]
    url: Annotated[Https, "Where its API is."] = "https://api.hubapi.com"


class Zoho(Connection, frozen=True, kw_only=True, tag_field="type", tag="zoho"):
    """Zoho CRM, by OAuth with a refresh token."""

    url: Annotated[Https, "The API of the account's data centre, as https://www.zohoapis.eu."] = (
        "https://www.zohoapis.com"
    )
    accounts_url: Annotated[Https | None, "The data centre's accounts server; follows from url when absent."] = None
    client_id: Annotated[SomeText, "The OAuth client's id."]
    client_secret: Annotated[Secret, "The OAuth client's secret."]
    refresh_token: Annotated[Secret, "The refresh token."]


class ConnectWise(Connection, frozen=True, kw_only=True, tag_field="type", tag="connectwise"):
    """ConnectWise Manage (PSA), by API keys."""

    url: Annotated[Https, "The site, as https://na.myconnectwise.net."]
    company_id: Annotated[SomeText, "The company id that one logs in with."]
    public_key: Annotated[Secret, "The API member's public key."]
    private_key: Annotated[Secret, "The API member's private key."]
    client_id: Annotated[SomeText, "The integration's client id."]


class Salesforce(Connection, frozen=True, kw_only=True, tag_field="type", tag="salesforce"):
    """Salesforce, by a connected app with the client credentials flow."""

    url: Annotated[Https, "My Domain, as https://acme.my.salesforce.com."]
    client_id: Annotated[SomeText, "The connected app's consumer key."]
    client_secret: Annotated[Secret, "The connected app's consumer secret."]


class Custom(Connection, frozen=True, kw_only=True, tag_field="type", tag="custom"):
    """Any https address that answers JSON for a number."""

    url: Annotated[Https, "The address; {number} is replaced by the caller's number in E.164."]
    username: Annotated[Text, "The user of basic authentication."] = ""
    password: Annotated[Secret | None, "The password of basic authentication."] = None
    token: Annotated[Secret | None, "The token of bearer authentication."] = None
    fields: Annotated[
        dict[Slug, SomeText], "Where in the answer each field stands, as {title: data.contact.title}."
    ] = {}

    def problem(self) -> str:
        if "{number}" not in self.url:
            return "has no {number} in its url"
        return "has both a token and a password" if self.token and self.password else ""


class Csv(Connection, frozen=True, kw_only=True, tag_field="type", tag="csv"):
    """A CSV file of contacts, watched for changes."""

    path: Annotated[SomeText, "The file, beside the rules file or absolute."]


#: A connection of any type.
Crm = HubSpot | Zoho | ConnectWise | Salesforce | Custom | Csv
