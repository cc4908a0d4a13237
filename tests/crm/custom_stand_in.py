"""Somebody's own https address that answers JSON for a number."""

from __future__ import annotations

from crm.office import Office
from crm.server import Answer, Asked, StandIn


class Custom(StandIn):
    def __init__(self, office: Office) -> None:
        super().__init__()
        self.office = office

    def answer(self, asked: Asked) -> Answer:
        if asked.headers.get("Authorization") != "Bearer erp-token":
            return Answer(401, {})
        found = self.office.with_number(asked.query["phone"].removeprefix("+1").removeprefix("+"))
        if not found:
            return Answer(404, {"error": "nobody"})
        p = found[0]
        company = {"id": p.company, "name": f"Company {p.company}", "region": {1: "West", 2: "East"}.get(p.company)}
        return Answer(
            200,
            {
                "customer": {"no": p.id, "name": f"{p.first} {p.last}", "job": p.title, "company": company},
                "contracts": [{"tier": p.tier}],
            },
        )
