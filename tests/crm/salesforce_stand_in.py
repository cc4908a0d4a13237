"""Salesforce as its documentation of the REST API and of OAuth says."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from crm.office import Company, Office, Person
from crm.server import Answer, Asked, StandIn

SECRETS = {"grant_type": "client_credentials", "client_id": "sfid", "client_secret": "sfsecret"}


class Salesforce(StandIn):
    signing_in = ("/services/oauth2/token",)

    def __init__(self, office: Office) -> None:
        super().__init__()
        self.office = office
        self.tokens: list[str] = []
        self.expired: set[str] = set()
        self.tasks: list[Any] = []

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/services/oauth2/token":
            if asked.form != SECRETS:
                return Answer(400, {"error": "invalid_client", "error_description": "invalid client credentials"})
            self.tokens.append(f"sftoken{len(self.tokens)}")
            return Answer(200, {"access_token": self.tokens[-1], "instance_url": "https://x", "token_type": "Bearer"})
        token = asked.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.tokens or token in self.expired:
            return Answer(401, [{"errorCode": "INVALID_SESSION_ID"}])
        match asked.path.split("/")[4:]:
            case ["query" | "queryAll" as resource]:
                return self.query(asked.query["q"], resource == "queryAll")
            case ["sobjects", "Task"]:
                self.tasks.append(asked.json)
                return Answer(201, {"id": "t", "success": True})
            case ["sobjects", module, "describe"]:
                return Answer(200, {"fields": FIELDS[module]})
            case ["parameterizedSearch"]:
                assert asked.json["in"] == "PHONE"
                module = asked.json["sobjects"][0]["name"]
                found = [told(p) for p in self.office.with_number(asked.json["q"])] if module == "Contact" else []
                return Answer(200, {"searchRecords": found})
        return Answer(404, {})

    def query(self, soql: str, deleted: bool) -> Answer:
        match = re.fullmatch(r"SELECT (\S+) FROM (\w+)(?: WHERE (.+?))?(?: ORDER BY Id)?(?: LIMIT (\d+))?", soql)
        if not match:
            return Answer(400, [{"errorCode": "MALFORMED_QUERY"}])
        names, module, where, limit = match.groups()
        behind = re.search(r"Id > '(\w+)'", where or "")
        same = re.search(r"Id = '(\w+)'", where or "")
        moment = re.search(r"SystemModstamp >= (\S+)", where or "")
        since = datetime.fromisoformat(moment[1]).timestamp() if moment else 0
        at, most = number(behind[1]) if behind else 0, int(limit or 2000)
        if deleted:
            found = [{"Id": id(i)} for i, when in sorted(self.office.deleted.items()) if i > at and when >= since]
            return Answer(200, {"records": found if module == "Contact" else []})
        if module == "User":
            users = [{"Id": id(m.id), "Email": m.email, "Name": m.first} for m in self.office.members.values()]
            return Answer(200, {"records": users})
        every: dict[int, Any] = {"Contact": self.office.people, "Account": self.office.companies}.get(module, {})
        if names == "COUNT()":
            return Answer(200, {"totalSize": len(every), "records": []})
        if same:
            record = every.get(number(same[1]))
            return Answer(200, {"records": [told(record)] if record else []})
        records = (
            self.office.behind(at, since, most)
            if module == "Contact"
            else self.office.companies_behind(at, since, most)
        )
        return Answer(
            200, {"totalSize": len(every), "done": True, "records": [told(r) for r in records] if every else []}
        )


def id(number: int) -> str:
    """An id of 18 characters, in the order of the numbers."""
    return f"003{number:015d}"


def number(id: str) -> int:
    return int(id[3:])


def told(record: Person | Company) -> dict[str, Any]:
    if isinstance(record, Company):
        return {
            "Id": id(record.id),
            "Name": record.name,
            "Phone": record.phone,
            "OwnerId": id(501),
            "Territory__c": record.territory,
            "balance": record.id * -10,
        }
    return {
        "attributes": {"type": "Contact"},
        "Id": id(record.id),
        "Name": f"{record.first} {record.last}",
        "Title": record.title,
        "AccountId": id(record.company),
        "Account": {"Name": f"Company {record.company}"},
        "OwnerId": id(record.owner),
        "Territory__c": {1: "West", 2: "East"}.get(record.company),
        "Phone": record.phone,
        "MobilePhone": record.mobile or None,
        "OtherPhone": record.other or None,
        "tier": record.tier,
    }


FIELDS = {
    "Contact": [
        {"name": "Phone", "type": "phone"},
        {"name": "MobilePhone", "type": "phone"},
        {"name": "OtherPhone", "type": "phone"},
        {"name": "tier", "type": "string"},
        {"name": "Territory__c", "type": "picklist"},
        {"name": "OwnerId", "type": "reference", "referenceTo": ["User"]},
    ],
    "Lead": [{"name": "Phone", "type": "phone"}],
    "Account": [{"name": "Phone", "type": "phone"}, {"name": "balance", "type": "currency"}],
}
