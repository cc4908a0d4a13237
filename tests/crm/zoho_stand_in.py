"""Zoho CRM as its documentation of the API v8 and of the accounts server says; both on one host."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crm.office import Company, Office, Person
from crm.server import Answer, Asked, StandIn

SECRETS = {"grant_type": "refresh_token", "client_id": "zid", "client_secret": "zsecret", "refresh_token": "zrefresh"}


class Zoho(StandIn):
    signing_in = ("/oauth/v2/token",)

    def __init__(self, office: Office) -> None:
        super().__init__()
        self.office = office
        self.tokens: list[str] = []
        self.expired: set[str] = set()
        self.api_domain = ""
        self.notes: list[Any] = []

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/oauth/v2/token":
            return self.token(asked)
        token = asked.headers.get("Authorization", "").removeprefix("Zoho-oauthtoken ")
        if token not in self.tokens or token in self.expired:
            return Answer(401, {"code": "INVALID_TOKEN", "status": "error"})
        match asked.path.split("/")[3:]:
            case ["settings", "fields"]:
                return Answer(200, {"fields": FIELDS[asked.query["module"]]})
            case ["users"]:
                users = [
                    {"id": str(m.id), "email": m.email, "full_name": f"{m.first} {m.last}"}
                    for m in self.office.members.values()
                ]
                return Answer(200, {"users": users, "info": {"more_records": False}})
            case ["Notes"]:
                self.notes.append(asked.json)
                return Answer(201, {"data": [{"code": "SUCCESS"}]})
            case [module, "actions", "count"]:
                return Answer(200, {"count": len(self.records(module))})
            case [module, "deleted"]:
                return self.deleted(asked, module)
            case [module, "search"]:
                return self.searched(asked, module)
            case [module]:
                return self.listed(asked, module)
            case [module, id]:
                record = self.records(module).get(int(id))
                return Answer(200, {"data": [told(record)]}) if record else Answer(204)
        return Answer(404, {})

    def token(self, asked: Asked) -> Answer:
        if asked.query or asked.form != SECRETS:
            return Answer(200, {"error": "invalid_code"})
        self.tokens.append(f"ztoken{len(self.tokens)}")
        return Answer(200, {"access_token": self.tokens[-1], "expires_in": 3600, "api_domain": self.api_domain})

    def records(self, module: str) -> dict[int, Any]:
        return {"Contacts": self.office.people, "Accounts": self.office.companies}.get(module, {})

    def listed(self, asked: Asked, module: str) -> Answer:
        names = asked.query.get("fields", "").split(",")
        if not asked.query.get("fields") or len(names) > 50 or int(asked.query["per_page"]) > 200:
            return Answer(400, {"code": "REQUIRED_PARAM_MISSING"})
        assert (asked.query["sort_by"], asked.query["sort_order"]) == ("Modified_Time", "asc")
        begins = asked.headers.get("If-Modified-Since")
        since = datetime.fromisoformat(begins).timestamp() if begins else 0
        at = int(asked.query.get("page_token", "0").removeprefix("pt"))
        found = (
            self.office.behind(at, since, 201) if module == "Contacts" else self.office.companies_behind(at, since, 201)
        )
        if module == "Leads" or not found:
            return Answer(304 if begins else 204)
        info = {"more_records": len(found) > 200, "next_page_token": f"pt{found[199].id}" if len(found) > 200 else None}
        return Answer(
            200,
            {"data": [{k: v for k, v in told(r).items() if k in (*names, "id")} for r in found[:200]], "info": info},
        )

    def deleted(self, asked: Asked, module: str) -> Answer:
        since = datetime.fromisoformat(asked.headers["If-Modified-Since"]).timestamp()
        ids = [i for i, at in self.office.deleted.items() if at >= since] if module == "Contacts" else []
        return (
            Answer(200, {"data": [{"id": str(i), "type": "recycle"} for i in ids], "info": {}}) if ids else Answer(304)
        )

    def searched(self, asked: Asked, module: str) -> Answer:
        digits = "".join(c for c in asked.query["phone"] if c.isdigit())
        found = [told(p) for p in self.office.with_number(digits)] if module == "Contacts" else []
        return Answer(200, {"data": found}) if found else Answer(204)


def told(record: Person | Company) -> dict[str, Any]:
    when = datetime.fromtimestamp(record.changed).astimezone().isoformat()
    if isinstance(record, Company):
        return {
            "id": str(record.id),
            "Account_Name": record.name,
            "Phone": record.phone,
            "Territories": [{"id": "9", "name": record.territory}] if record.territory else [],
            "Modified_Time": when,
            "balance": record.id * -10,
        }
    return {
        "id": str(record.id),
        "Full_Name": f"{record.first} {record.last}",
        "Title": record.title,
        "Account_Name": {"id": str(record.company), "name": f"Company {record.company}"},
        "Owner": {"id": str(record.owner), "name": "?", "email": "?"},
        "Territory": {1: "West", 2: "East"}.get(record.company),
        "Phone": record.phone,
        "Mobile": record.mobile or None,
        "Other_Phone": record.other or None,
        "tier": int(record.tier or 0),
        "Modified_Time": when,
    }


FIELDS = {
    "Contacts": [
        {"api_name": "Phone", "data_type": "phone"},
        {"api_name": "Mobile", "data_type": "phone"},
        {"api_name": "Other_Phone", "data_type": "phone"},
        {"api_name": "Fax", "data_type": "phone"},
        {"api_name": "tier", "data_type": "integer"},
        {"api_name": "Owner", "data_type": "ownerlookup"},
    ],
    "Leads": [{"api_name": "Phone", "data_type": "phone"}],
    "Accounts": [{"api_name": "Phone", "data_type": "phone"}, {"api_name": "balance", "data_type": "currency"}],
}
