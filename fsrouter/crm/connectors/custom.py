"""Any https address that answers JSON for a number.

    erp: {type: custom, url: "https://erp.acme.example/caller?phone={number}", token: "${ERP_TOKEN}",
          fields: {id: customer.no, title: customer.job, tier: "contracts.0.tier"}}

The caller's number stands where a placeholder does, in the address, in a form or in the texts of a body of JSON, each
time encoded for its place: `{number}` in E.164, `{national}` its national digits, `{digits}` E.164 without the plus.

A field's path leads through keys and, in a list, positions from 0. `id`, `name`, `title`, `account`, `account_id`,
`territory` and `owner` are the contact's; any other name is a field of the CRM's. Without `fields`, the answer's own
keys are the fields. 404, 204, an empty body, `null`, an empty list or object, and `{"found": false}` all say that there
is no record. Such a CRM is looked up live and never synced; the URL's author sees to it that it is quick.

Access tokens of OAuth are had as RFC 6749 says: by the client's credentials (4.4) or a refresh token (6), with the
client's secret in the body (2.3.1). A refresh token that the server replaces after each use is not kept. A token whose
life the server does not tell (5.1) is used for LASTS.
"""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from fsrouter.crm.connectors.base import CallSummary, Wanted, identity, text
from fsrouter.crm.connectors.rest import RestConnector
from fsrouter.crm.errors import CrmBadReply, CrmRefused
from fsrouter.crm.transport.messages import (
    BasicAuth,
    Credentials,
    Flow,
    HeldSecret,
    Reply,
    Request,
    Token,
    bearer,
    secret_or_text,
    with_secrets,
)
from fsrouter.engine.contacts import Contact
from fsrouter.engine.model import crms
from fsrouter.engine.model.templates import PLACEHOLDERS, filled, filled_json
from fsrouter.engine.numbers.plan import national

#: Fields that are the contact's own.
OWN = ("name", "title", "account", "account_id", "territory", "owner")
#: A number that nobody has, for asking whether the address answers at all (E.164 has no country 999).
NOBODY = "+999000000000"
NONE = (200, 204, 404)
#: Seconds for which a token is used whose server does not say how long it is good.
LASTS = 600.0


class _Grant(Struct, frozen=True):
    access_token: str = ""
    token_type: str = ""
    expires_in: float | str | None = None
    error: str = ""
    error_description: str = ""


class Custom(RestConnector):
    """One such address."""

    modules = crms.Custom.CAN.modules
    stages = modules
    _connection: crms.Custom

    def credentials(self, token: HeldSecret | None) -> Credentials:
        connection = self._connection
        headers = tuple((name, with_secrets(value)) for name, value in connection.headers.items())
        if token:
            return headers + bearer((token,))
        if connection.token:
            return headers + bearer(secret_or_text(connection.token))
        if connection.password:
            basic = BasicAuth(secret_or_text(connection.username), secret_or_text(connection.password))
            return (*headers, ("Authorization", (basic,)))
        return headers

    def sign_in(self) -> Flow[Token] | None:
        return self._signed_in(self._connection.token_url) if self._connection.token_url else None

    def _signed_in(self, url: str) -> Flow[Token]:
        connection = self._connection
        kind = "refresh_token" if connection.refresh_token else "client_credentials"
        names = ("client_id", "client_secret", "refresh_token", "scope")
        grant = yield from self._grant(_Grant, url, kind, *(name for name in names if getattr(connection, name)))
        if not grant.access_token:
            reason = text(grant.error_description or grant.error) or "no reason"
            raise CrmRefused(
                f"the server of its token_url gives no token ({reason}); look at client_id, client_secret,"
                " refresh_token and scope"
            )
        if grant.token_type and grant.token_type.lower() != "bearer":
            raise CrmBadReply("the server of its token_url gives a token that is no bearer token")
        lasts = float(grant.expires_in or LASTS)
        return Token(HeldSecret(grant.access_token), lasts if 0 < lasts < math.inf else LASTS)

    def look_up(self, wanted: Wanted) -> Flow[Contact | None]:
        answer = _answer((yield self._caller(wanted.number, national(wanted.number))))
        paths = self._connection.fields
        if isinstance(answer, list) and not paths:
            answer = answer[0] if answer else None
        if not answer or (isinstance(answer, dict) and answer.get("found") is False):
            return None
        if not isinstance(answer, dict | list):
            raise CrmBadReply("answered neither an object nor a list")
        if paths or isinstance(answer, list):
            values = {name: text(_at(answer, path)) for name, path in paths.items()}
        else:
            values = {str(name): text(value) for name, value in answer.items() if not isinstance(value, dict | list)}
        fields = {name: value for name, value in values.items() if value and name not in (*OWN, "id")}
        own: dict[str, Any] = {name: values.get(name, "") for name in OWN}
        return Contact(id=identity(values.get("id") or wanted.number), crm=self.name, fields=fields, **own)

    def count(self, module: str) -> Flow[int]:
        """Asks for a number that nobody has; how many records there are is not known."""
        _answer((yield self._caller(NOBODY, NOBODY[4:])))
        return -1

    def note(self, contact: str, call: CallSummary) -> Flow[None]:
        yield from ()
        raise CrmBadReply("is a custom address, to which no calls are written; switch write_back off")

    def _caller(self, number: str, national: str) -> Request:
        """The question for a number (E.164), which has these national digits."""
        connection = self._connection
        values = dict(zip(PLACEHOLDERS, (number, national, number.removeprefix("+")), strict=True))
        return Request(
            url=filled(connection.url, values, lambda value: quote(value, safe="")),
            method=connection.method,
            form=tuple((name, (filled(value, values),)) for name, value in connection.form.items()),
            json=filled_json(connection.json, values) if connection.json else None,
            accepts=NONE,
        )


def _answer(reply: Reply) -> Any:
    return reply.read(object) if reply.status == 200 and reply.body.strip() else None


def _at(value: Any, path: str) -> Any:
    """What stands at a path, None when it leads nowhere."""
    for key in path.split("."):
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and key.isdigit():
            value = value[int(key)] if int(key) < len(value) else None
        else:
            return None
    return value
