"""HubSpot as its documentation of the CRM API v3 says."""

from __future__ import annotations

from typing import Any

from crm.office import Company, Office, Person
from crm.server import Answer, Asked, StandIn

TOKEN = "hub-token"


class HubSpot(StandIn):
    def __init__(self, office: Office) -> None:
        super().__init__()
        self.office = office
        self.calls: list[Any] = []
        self.batches: list[int] = []

    def answer(self, asked: Asked) -> Answer:
        if asked.headers.get("Authorization") != f"Bearer {TOKEN}":
            return Answer(401, {"category": "INVALID_AUTHENTICATION"})
        _, _, _, kind, *rest = asked.path.split("/")
        if kind == "properties":
            return Answer(200, {"results": PROPERTIES[rest[0]]})
        if kind == "owners":
            return self.owners(asked)
        if rest == ["calls"]:
            self.calls.append(asked.json)
            return Answer(201, {"id": "1"})
        return self.objects(asked, *rest)

    def owners(self, asked: Asked) -> Answer:
        # One owner a page, so that paging is seen.
        members = [m for m in self.office.members.values() if m.id > int(asked.query.get("after") or 0)]
        told = [
            {"id": str(m.id), "email": m.email, "type": "PERSON", "firstName": m.first, "lastName": m.last}
            for m in members[:1]
        ]
        paging = {"paging": {"next": {"after": told[0]["id"]}}} if len(members) > 1 else {}
        return Answer(200, {"results": told, **paging})

    def objects(self, asked: Asked, module: str, *rest: str) -> Answer:
        match rest:
            case ():
                return self.listed(asked, module)
            case ("search",):
                return self.searched(asked.json, module)
            case ("batch", "read"):
                ids = [int(i["id"]) for i in asked.json["inputs"]]
                self.batches.append(len(ids))
                if len(ids) > 100:
                    return Answer(400, {"category": "VALIDATION_ERROR"})
                found = [
                    self.told(self.office.companies[i], asked.json["properties"])
                    for i in ids
                    if i in self.office.companies
                ]
                return Answer(200, {"status": "COMPLETE", "results": found})
        all_of = self.records(module)
        record = all_of.get(int(rest[0]))
        return Answer(200, self.told(record, asked.query["properties"].split(","))) if record else Answer(404, {})

    def records(self, module: str) -> dict[int, Any]:
        return self.office.people if module == "contacts" else self.office.companies

    def listed(self, asked: Asked, module: str) -> Answer:
        limit = int(asked.query["limit"])
        if limit > 100:
            return Answer(400, {"category": "VALIDATION_ERROR"})
        if asked.query.get("archived") == "true":
            ids = sorted(i for i in self.office.deleted if i > int(asked.query.get("after") or 0))
            found = [
                {"id": str(i), "properties": {}, "archived": True, "archivedAt": "2026-01-01T00:00:00Z"}
                for i in ids[:limit]
            ]
            more = len(ids) > limit
        else:
            behind = self.office.behind if module == "contacts" else self.office.companies_behind
            records = behind(int(asked.query.get("after") or 0), 0, limit + 1)
            found = [self.told(r, asked.query["properties"].split(",")) for r in records[:limit]]
            more = len(records) > limit
        paging = {"paging": {"next": {"after": found[-1]["id"], "link": "?"}}} if more else {}
        return Answer(200, {"results": found, **paging})

    def searched(self, asked: Any, module: str) -> Answer:
        if (
            len(asked["filterGroups"]) > 5
            or asked["limit"] > 200
            or int(asked.get("after") or 0) + asked["limit"] > 10_000
        ):
            return Answer(400, {"category": "VALIDATION_ERROR"})
        groups = [group["filters"] for group in asked["filterGroups"]]
        names = sorted({f["propertyName"] for group in groups for f in group})
        found = []
        for record in self.records(module).values():
            values = self.values(record)
            if not groups or any(all(_holds(values.get(f["propertyName"]), f) for f in group) for group in groups):
                found.append(record)
        assert "lastmodifieddate" not in names or asked["sorts"][0]["propertyName"] == "hs_object_id"
        told = [self.told(r, asked["properties"]) for r in sorted(found, key=lambda r: r.id)[: asked["limit"]]]
        return Answer(200, {"total": len(found), "results": told})

    def told(self, record: Person | Company, names: list[str]) -> Any:
        values = self.values(record)
        return {"id": str(record.id), "properties": {n: values.get(n) for n in names if n in values}, "archived": False}

    def values(self, record: Person | Company) -> dict[str, str | None]:
        if isinstance(record, Company):
            return {
                "hs_object_id": str(record.id),
                "name": record.name,
                "territory": record.territory,
                "phone": record.phone,
                "hs_lastmodifieddate": str(int(record.changed * 1000)),
                "balance": str(record.id * -10),
            }
        return {
            "hs_object_id": str(record.id),
            "firstname": record.first,
            "lastname": record.last,
            "email": f"{record.first}@x.example",
            "jobtitle": record.title,
            "associatedcompanyid": str(record.company or ""),
            "hubspot_owner_id": str(record.owner or ""),
            "phone": record.phone,
            "mobilephone": record.mobile or None,
            "second_line": record.other,
            "hs_searchable_calculated_phone_number": "".join(c for c in record.phone if c.isdigit()),
            "tier": record.tier,
            "lastmodifieddate": str(int(record.changed * 1000)),
        }


def _holds(value: str | None, test: dict[str, str]) -> bool:
    if value is None:
        return False
    match test["operator"]:
        case "EQ":
            return value == test["value"]
        case "GTE":
            return int(value) >= int(test["value"])
        case "GT":
            return int(value) > int(test["value"])
    raise AssertionError(test)


PROPERTIES = {
    "contacts": [
        {"name": "firstname", "fieldType": "text", "type": "string"},
        {"name": "phone", "fieldType": "phonenumber", "type": "string"},
        {"name": "mobilephone", "fieldType": "phonenumber", "type": "string"},
        {"name": "second_line", "fieldType": "phonenumber", "type": "string"},
        {"name": "fax", "fieldType": "phonenumber", "type": "string"},
        {"name": "tier", "fieldType": "number", "type": "number"},
        {"name": "hubspot_owner_id", "fieldType": "select", "type": "enumeration", "referencedObjectType": "OWNER"},
        {"name": "closer", "fieldType": "select", "type": "enumeration", "referencedObjectType": "OWNER"},
    ],
    "companies": [
        {"name": "name", "fieldType": "text"},
        {"name": "phone", "fieldType": "phonenumber"},
        {"name": "balance", "fieldType": "number"},
    ],
}
