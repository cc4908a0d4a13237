"""Zoho CRM as its documentation of the API v8 and of the accounts server says; both on one host."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from crm.office import Company, Office, Person
from crm.paging import Lists
from crm.server import Answer, Asked, StandIn

SECRETS = {"grant_type": "refresh_token", "client_id": "zid", "client_secret": "zsecret", "refresh_token": "zrefresh"}
TOO_MANY = "You have made too many requests continuously. Please try again after some time."


class Zoho(StandIn):
    signing_in = ("/oauth/v2/token",)

    def __init__(self, office: Office) -> None:
        super().__init__()
        self.office = office
        self.tokens: list[str] = []
        self.expired: set[str] = set()
        self.api_domain = ""
        self.notes: list[Any] = []
        self.lists = Lists("pt")
        #: Whether too many tokens were asked for.
        self.refusing = False

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/oauth/v2/token":
            return self.token(asked)
        token = asked.headers.get("Authorization", "").removeprefix("Zoho-oauthtoken ")
        if token not in self.tokens or token in self.expired:
            return Answer(401, {"code": "INVALID_TOKEN", "status": "error"})
        match asked.path.split("/")[3:]:
            case ["settings", "fields"]:
                return self.paged(asked, "fields", FIELDS[asked.query["module"]])
            case ["users"]:
                users = [
                    {"id": str(m.id), "email": m.email, "full_name": f"{m.first} {m.last}"}
                    for m in self.office.members.values()
                ]
                return self.paged(asked, "users", users)
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
        if self.refusing:
            return Answer(400, {"error": "Access Denied", "error_description": TOO_MANY, "status": "failure"})
        if asked.query or asked.form != SECRETS:
            return Answer(200, {"error": "invalid_code"})
        self.tokens.append(f"ztoken{len(self.tokens)}")
        return Answer(200, {"access_token": self.tokens[-1], "expires_in": 3600, "api_domain": self.api_domain})

    def records(self, module: str) -> dict[int, Any]:
        office = self.office
        return {"Contacts": office.people, "Accounts": office.companies, "Leads": office.leads}.get(module, {})

    def listed(self, asked: Asked, module: str) -> Answer:
        names = asked.query.get("fields", "").split(",")
        if not asked.query.get("fields") or len(names) > 50 or int(asked.query["per_page"]) > 200:
            return Answer(400, {"code": "REQUIRED_PARAM_MISSING"})
        assert (asked.query["sort_by"], asked.query["sort_order"]) == ("Modified_Time", "asc")
        begins = asked.headers.get("If-Modified-Since")
        since = datetime.fromisoformat(begins).timestamp() if begins else 0
        converted = asked.query.get("converted", "false") == "true"
        found = [
            record
            for record in self.records(module).values()
            if record.changed >= since and (module == "Leads" and record.id in self.office.converted) == converted
        ]
        return self.paged(asked, "data", found, lambda r: {k: v for k, v in told(r).items() if k in (*names, "id")})

    def paged(
        self, asked: Asked, name: str, records: list[Any], written: Callable[[Any], Any] = lambda record: record
    ) -> Answer:
        """A page of a list: of the first 2,000 records by its number, of all by the token that the page before gave."""
        limit = int(asked.query.get("per_page", 200))
        token, number = asked.query.get("page_token"), int(asked.query.get("page", 1))
        found = self.lists.go_on(token) if token else self.lists.begin(records, limit)
        if found is None:
            return Answer(400, {"code": "EXPIRED_VALUE", "details": {"param_name": "page_token"}, "status": "error"})
        for _ in range(number - 1):
            found = self.lists.go_on(found[1]) or ((), "")
        if number * limit > 2000:
            return Answer(400, {"code": "DISCRETE_PAGINATION_LIMIT_EXCEEDED", "details": {"limit": 2000}})
        page, following = found
        if not page and not following:
            return Answer(304 if asked.headers.get("If-Modified-Since") else 204)
        info: dict[str, Any] = {"more_records": bool(following), "page": number, "count": len(page)}
        if name == "data" and "deleted" not in asked.path:
            info["next_page_token"] = following or None
        return Answer(200, {name: [written(record) for record in page], "info": info})

    def deleted(self, asked: Asked, module: str) -> Answer:
        since = datetime.fromisoformat(asked.headers["If-Modified-Since"]).timestamp()
        ids = [i for i, at in self.office.deleted.items() if at >= since] if module == "Contacts" else []
        return self.paged(asked, "data", ids, lambda id: {"id": str(id), "type": "recycle"})

    def searched(self, asked: Asked, module: str) -> Answer:
        digits = "".join(c for c in asked.query["phone"] if c.isdigit())
        return self.paged(asked, "data", self.office.with_number(digits) if module == "Contacts" else [], told)


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
