"""Salesforce as its documentation of the REST API and of OAuth says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from crm.office import Company, Office, Person
from crm.paging import Lists
from crm.server import Answer, Asked, StandIn

SECRETS = {"grant_type": "client_credentials", "client_id": "sfid", "client_secret": "sfsecret"}
#: Records that are given at a time, at most.
LIMIT = 2000


class Salesforce(StandIn):
    signing_in = ("/services/oauth2/token",)

    def __init__(self, office: Office) -> None:
        super().__init__()
        self.office = office
        self.tokens: list[str] = []
        self.expired: set[str] = set()
        self.tasks: list[Any] = []
        self.lists = Lists("01g-")

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
            case ["query" | "queryAll", place]:
                found = self.lists.go_on(place)
                return self.paged(*found) if found else Answer(400, [{"errorCode": "INVALID_QUERY_LOCATOR"}])
            case ["sobjects", "Task"]:
                self.tasks.append(asked.json)
                return Answer(201, {"id": "t", "success": True})
            case ["sobjects", module, "describe"]:
                return Answer(200, {"fields": FIELDS[module]})
            case ["parameterizedSearch"]:
                assert asked.json["in"] == "PHONE"
                module = asked.json["sobjects"][0]["name"]
                assert module != "Lead" or asked.json["sobjects"][0]["where"] == "IsConverted = false"
                found = [told(p) for p in self.office.with_number(asked.json["q"])] if module == "Contact" else []
                return Answer(200, {"searchRecords": found})
        return Answer(404, {})

    def query(self, soql: str, all: bool) -> Answer:
        match = re.fullmatch(r"SELECT (\S+) FROM (\w+)(?: WHERE (.+?))?(?: ORDER BY Id)?", soql)
        if not match:
            return Answer(400, [{"errorCode": "MALFORMED_QUERY"}])
        names, module, where = match.groups()
        if module == "User":
            users = [{"Id": id(m.id), "Email": m.email, "Name": m.first} for m in self.office.members.values()]
            return self.paged(*self.lists.begin(users, LIMIT))
        records = self.records(module, all)
        for condition in (where or "").split(" AND ") if where else ():
            records = [record for record in records if _holds(condition, record, self.office)]
        if names == "COUNT()":
            return Answer(200, {"totalSize": len(records), "done": True, "records": []})
        return self.paged(*self.lists.begin(sorted(records, key=lambda record: record.id), LIMIT))

    def records(self, module: str, all: bool) -> list[Any]:
        office = self.office
        kinds = {"Contact": office.people, "Account": office.companies, "Lead": office.leads}
        gone = (
            [Person(i, "", "", changed=at) for i, at in office.deleted.items()] if module == "Contact" and all else []
        )
        return [*kinds[module].values(), *gone]

    def paged(self, page: Sequence[Any], following: str) -> Answer:
        """A batch of a query, and where the next one is."""
        more = {"nextRecordsUrl": f"/services/data/v62.0/query/{following}"} if following else {}
        written = [told(record) if isinstance(record, Person | Company) else record for record in page]
        return Answer(200, {"totalSize": -1, "done": not following, **more, "records": written})


def _holds(condition: str, record: Any, office: Office) -> bool:
    name, operator, value = condition.split(" ")
    if name == "SystemModstamp":
        return bool(record.changed >= datetime.fromisoformat(value).timestamp())
    if name == "Id":
        own = told(record)["Id"]
        return bool(own > value.strip("'") if operator == ">" else own == value.strip("'"))
    known = {"IsDeleted": office.deleted, "IsConverted": office.converted}[name]
    return (record.id in known) == (value == "true")


def id(number: int, kind: str = "003") -> str:
    """An id of 18 characters, in the order of the numbers: its end says that there are no capitals before it."""
    return f"{kind}{number:012d}AAA"


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
