"""Any https address that answers JSON for a number.

    erp: {type: custom, url: "https://erp.acme.example/caller?phone={number}", token: "${ERP_TOKEN}",
          fields: {id: customer.no, title: customer.job, tier: "contracts.0.tier"}}

`{number}` is the caller's number in E.164, encoded for an address. A field's path leads through keys and, in a list,
positions from 0. `id`, `name`, `title`, `account`, `account_id`, `territory` and `owner` are the contact's; any other
name is a field of the CRM's. Without `fields`, the answer's own keys are the fields. 404, 204, an empty body, `null`,
an empty list or object, and `{"found": false}` all say that there is no record. Such a CRM is looked up live and never
synced; the URL's author sees to it that it is quick.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fsrouter.crm.connectors.base import CallSummary, Wanted, identity, text
from fsrouter.crm.connectors.rest import RestConnector
from fsrouter.crm.errors import CrmBadReply
from fsrouter.crm.transport.messages import (
    BasicAuth,
    Credentials,
    Flow,
    HeldSecret,
    Reply,
    Request,
    bearer,
    secret_or_text,
)
from fsrouter.engine.contacts import Contact
from fsrouter.engine.model import crms

#: Fields that are the contact's own.
OWN = ("name", "title", "account", "account_id", "territory", "owner")
#: A number that nobody has, for asking whether the address answers at all (E.164 has no country 999).
NOBODY = "+999000000000"
NONE = (200, 204, 404)


class Custom(RestConnector):
    """One such address."""

    modules = crms.Custom.CAN.modules
    stages = modules
    _connection: crms.Custom

    def credentials(self, token: HeldSecret | None) -> Credentials:
        connection = self._connection
        if connection.token:
            return bearer(secret_or_text(connection.token))
        if connection.password:
            basic = BasicAuth(secret_or_text(connection.username), secret_or_text(connection.password))
            return (("Authorization", (basic,)),)
        return ()

    def look_up(self, wanted: Wanted) -> Flow[Contact | None]:
        answer = _answer((yield self._caller(wanted.number)))
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
        _answer((yield self._caller(NOBODY)))
        return -1

    def note(self, contact: str, call: CallSummary) -> Flow[None]:
        yield from ()
        raise CrmBadReply("is a custom address, to which no calls are written; switch write_back off")

    def _caller(self, number: str) -> Request:
        return Request(url=self._connection.url.replace("{number}", quote(number, safe="")), accepts=NONE)


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
