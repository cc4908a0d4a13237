"""ConnectWise Manage as its developer guide of the REST API says."""

from __future__ import annotations

import base64
import re
from datetime import datetime
from typing import Any

from crm.office import Company, Office, Person
from crm.server import Answer, Asked, StandIn, uneven

BASIC = "Basic " + base64.b64encode(b"acme+cwpublic:cwprivate").decode()


class ConnectWise(StandIn):
    signing_in = ("/login/companyinfo/acme",)

    def __init__(self, office: Office) -> None:
        super().__init__()
        #: What it says of companies that are at it.
        self.companies: dict[str, Any] = {
            "acme": {"CompanyName": "Acme", "Codebase": "v4_6_release/", "IsCloud": "False"}
        }
        self.office = office
        self.notes: list[Any] = []
        self.pages: dict[str, int] = {}
        self.inactive: set[int] = set()

    def answer(self, asked: Asked) -> Answer:
        if asked.path.startswith("/login/companyinfo/"):
            return Answer(200, self.companies.get(asked.path.rpartition("/")[2], b"null"))
        if asked.headers.get("Authorization") != BASIC or asked.headers.get("clientId") != "cwclient":
            return Answer(401, {"code": "Unauthorized"})
        if len(asked.path) + sum(len(k) + len(v) for k, v in asked.query.items()) > 2000:
            return Answer(400, {"code": "TooLong"})
        match asked.path.removeprefix("/v4_6_release/apis/3.0/").split("/"):
            case ["system", "members"]:
                members = [
                    {"id": m.id, "identifier": m.first, "primaryEmail": m.email, "firstName": m.first}
                    for m in self.office.members.values()
                ]
                return self.numbered(asked, members)
            case ["company", module, "count"]:
                return Answer(200, {"count": len(self.records(module))})
            case ["company", "companies", "search"]:
                ids = re.fullmatch(r"id in \(([\d,]+)\)", asked.json["conditions"])
                assert ids
                known = (i for i in map(int, ids[1].split(",")) if i in self.office.companies)
                return self.numbered(asked, [told(self.office.companies[i]) for i in known])
            case ["company", "contacts", id, "notes"]:
                self.notes.append((id, asked.json))
                return Answer(201, {"id": 1})
            case ["company", module]:
                return self.listed(asked, module)
            case ["company", module, id]:
                record = self.records(module).get(int(id))
                return Answer(200, told(record)) if record else Answer(404, {"code": "NotFound"})
        return Answer(404, {})

    def records(self, module: str) -> dict[int, Any]:
        return self.office.people if module == "contacts" else self.office.companies

    def listed(self, asked: Asked, module: str) -> Answer:
        like = re.fullmatch(
            r'\S+ like "%(\d+)%"', asked.query.get("childConditions") or asked.query.get("conditions") or ""
        )
        if like and module == "contacts":
            return self.numbered(asked, [told(p) for p in self.office.with_number(like[1])])
        if like:
            companies = self.office.companies.values()
            return self.numbered(asked, [told(c) for c in companies if like[1] in re.sub(r"\D", "", c.phone)])
        limit = int(asked.query.get("pageSize", 25))
        if asked.headers.get("pagination-type") != "forward-only" or limit > 1000 or "orderBy" in asked.query:
            return Answer(400, {})
        moment = re.fullmatch(r"lastUpdated > \[(\S+)\]", asked.query.get("conditions", ""))
        since = datetime.fromisoformat(moment[1]).timestamp() if moment else 0
        at = int(asked.query.get("pageId") or 0)
        behind = self.office.behind if module == "contacts" else self.office.companies_behind
        number = self.pages[module] = self.pages.get(module, -1) + 1 if at else 0
        size = uneven(limit, number)
        found = behind(at, since, size or 1)
        last = found[-1].id if found else at
        if not size and found and found[0].id - 1 > at:
            # An empty page: no id up to that of the link is of a record that may be seen.
            last, found = found[0].id - 1, []
            self.empty += 1
        records = [told(r) | {"inactiveFlag": module == "contacts" and r.id in self.inactive} for r in found]
        return Answer(
            200, records, {"Link": f'<https://elsewhere.example/?pageSize={limit}&pageId={last}>; rel="next"'}
        )

    def numbered(self, asked: Asked, records: list[Any]) -> Answer:
        """A page by its number, with links to the next and the last one, where there is one."""
        limit, number = int(asked.query.get("pageSize", 25)), int(asked.query.get("page") or 1)
        begin = sum(uneven(limit, n) for n in range(number - 1))
        end = begin + uneven(limit, number - 1)
        address = "<https://elsewhere.example/?page="
        link = f'{address}{number + 1}>; rel="next", {address}99>; rel="last"'
        return Answer(200, records[begin:end], {"Link": link} if end < len(records) else {})


def told(record: Person | Company) -> dict[str, Any]:
    if isinstance(record, Company):
        return {
            "id": record.id,
            "identifier": record.name[:3],
            "name": record.name,
            "phoneNumber": record.phone,
            "territory": {"id": 4, "name": record.territory} if record.territory else None,
            "territoryManager": {"id": record.owner, "identifier": "nd", "name": "Nancy"} if record.owner else None,
            "deletedFlag": False,
            "customFields": [{"id": 1, "caption": "balance", "type": "Number", "value": record.id * -10}],
        }
    numbers = [("Direct", record.phone), ("Mobile", record.mobile), ("Other", record.other)]
    items = [
        {"id": n, "type": {"id": n, "name": k}, "value": v, "communicationType": "Phone"}
        for n, (k, v) in enumerate(numbers)
        if v
    ]
    items.append({"id": 9, "type": {"id": 9, "name": "Email"}, "value": "a@b.example", "communicationType": "Email"})
    return {
        "id": record.id,
        "firstName": record.first,
        "lastName": record.last,
        "title": record.title,
        "company": {"id": record.company, "identifier": "x", "name": f"Company {record.company}"},
        "inactiveFlag": False,
        "communicationItems": items,
        "customFields": [{"id": 2, "caption": "tier", "type": "Text", "value": record.tier}],
    }
