"""HubSpot as its documentation of the CRM API says, in all of its versions."""

from __future__ import annotations

from typing import Any

from crm.office import Company, Office, Person
from crm.server import Answer, Asked, StandIn, uneven

TOKEN = "hub-token"


class HubSpot(StandIn):
    def __init__(self, office: Office) -> None:
        super().__init__()
        self.office = office
        self.calls: list[Any] = []
        self.batches: list[int] = []
        self.versions = {"2026-09"}
        self.most_found = 10_000
        #: Companies of contacts that are associated with them without having one of their own.
        self.associated: dict[int, list[int]] = {}

    def answer(self, asked: Asked) -> Answer:
        if asked.headers.get("Authorization") != f"Bearer {TOKEN}":
            return Answer(401, {"category": "INVALID_AUTHENTICATION"})
        _, _, first, second, *rest = asked.path.split("/")
        if (kind := second if first == "v3" else first) not in ("properties", "owners", "objects"):
            return Answer(404, {"category": "OBJECT_NOT_FOUND"})
        if (first if first == "v3" else second) not in self.versions:
            return Answer(404, {"category": "OBJECT_NOT_FOUND"})
        if kind == "properties":
            return self.paged(asked, 100, PROPERTIES[rest[0]])
        if kind == "owners":
            owners = [
                {"id": str(m.id), "email": m.email, "type": "PERSON", "firstName": m.first, "lastName": m.last}
                for m in self.office.members.values()
            ]
            return self.paged(asked, int(asked.query["limit"]), owners)
        if rest == ["calls"]:
            self.calls.append(asked.json)
            return Answer(201, {"id": "1"})
        return self.objects(asked, *rest)

    def paged(self, asked: Asked, limit: int, records: list[Any], **more: Any) -> Answer:
        """A page of a list; the cursor is its number, and the position in the list at which it begins."""
        number, at = cursor(asked)
        behind = at + uneven(limit, number)
        self.empty += at == behind < len(records)
        paging = {"paging": {"next": {"after": f"{number + 1}-{behind}", "link": "https://elsewhere.example/"}}}
        return Answer(200, {"results": records[at:behind], **(paging if behind < len(records) else {}), **more})

    def objects(self, asked: Asked, module: str, *rest: str) -> Answer:
        match rest:
            case ():
                return self.listed(asked, module)
            case ("search",):
                return self.searched(asked, module)
            case (id, "associations", "companies"):
                ids = self.associated.get(int(id), [])
                listed = [{"toObjectId": i, "associationTypes": []} for i in ids[int(asked.query["after"]) :]]
                return Answer(200, {"results": listed})
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
            found = [
                {"id": str(i), "properties": {}, "archived": True, "archivedAt": "2026-01-01T00:00:00Z"}
                for i in sorted(self.office.deleted)
            ]
            return self.paged(asked, limit, found)
        behind = self.office.behind if module == "contacts" else self.office.companies_behind
        number, at = cursor(asked)
        size = uneven(limit, number)
        records = behind(at, 0, size + 1)
        found = [self.told(r, asked.query["properties"].split(",")) for r in records[:size]]
        for record in found if module == "contacts" else ():
            self.associate(record)
        if len(records) <= size:
            return Answer(200, {"results": found})
        self.empty += not found
        last = f"{number + 1}-{found[-1]['id'] if found else at}"
        return Answer(
            200, {"results": found, "paging": {"next": {"after": last, "link": "https://elsewhere.example/"}}}
        )

    def associate(self, record: Any) -> None:
        """Companies that came with a contact: none yet, and a page of them behind."""
        if int(record["id"]) in self.associated:
            record["associations"] = {"companies": {"results": [], "paging": {"next": {"after": "0"}}}}

    def searched(self, request: Asked, module: str) -> Answer:
        asked = request.json
        if (
            len(asked["filterGroups"]) > 5
            or asked["limit"] > 200
            or cursor(request)[1] + asked["limit"] > self.most_found
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
        told = [self.told(r, asked["properties"]) for r in sorted(found, key=lambda r: r.id)]
        return self.paged(request, asked["limit"], told, total=len(found))

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
            "hs_searchable_calculated_phone_number": national(record.phone),
            "tier": record.tier,
            "lastmodifieddate": str(int(record.changed * 1000)),
        }


def national(phone: str) -> str:
    """The digits of a number without its country's, as HubSpot keeps them for its searches."""
    return "".join(c for c in phone.removeprefix("+54") if c.isdigit())


def cursor(asked: Asked) -> tuple[int, int]:
    """The number of the page that is asked for, and behind what it begins."""
    after = asked.query.get("after") or (asked.json.get("after") if asked.body else None) or "0-0"
    number, at = map(int, after.split("-"))
    return number, at


def _holds(value: str | None, test: dict[str, Any]) -> bool:
    if value is None:
        return False
    match test["operator"]:
        case "EQ":
            return value == test["value"]
        case "IN":
            return value in test["values"]
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
