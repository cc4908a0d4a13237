"""Somebody's own https address that answers JSON for a number: asked by GET, by POST with JSON or a form, and signed in
by a token of its own, one of an OAuth server's or a key in a header.
"""

from __future__ import annotations

from typing import Any

from crm.office import Office
from crm.server import Answer, Asked, StandIn

CLIENT = {"client_id": "erp-client", "client_secret": "erp-secret"}
REFRESH = {**CLIENT, "grant_type": "refresh_token", "refresh_token": "erp-refresh"}
#: What is granted: by the client's credentials, with and without a scope, and by a refresh token.
GRANTS = (
    {**CLIENT, "grant_type": "client_credentials"},
    {**CLIENT, "grant_type": "client_credentials", "scope": "read:callers"},
    REFRESH,
)


class Custom(StandIn):
    signing_in = ("/oauth/token",)

    def __init__(self, office: Office) -> None:
        super().__init__()
        self.office = office
        self.tokens: list[str] = ["erp-token"]
        self.expired: set[str] = set()
        self.lasts: Any = 3600

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/oauth/token":
            return self.granted(asked)
        token = asked.headers.get("Authorization", "").removeprefix("Bearer ")
        by_key = asked.headers.get("X-Api-Key") == "key-7"
        if (token not in self.tokens or token in self.expired) and not by_key:
            return Answer(401, {})
        match asked.method, asked.headers.get("Content-Type"):
            case "GET", None:
                number = asked.query["phone"]
            case "POST", "application/json":
                number = asked.json["caller"]["phones"][0]
            case "POST", "application/x-www-form-urlencoded":
                number = asked.form["phone"]
            case _:
                return Answer(415, {})
        found = self.office.with_number(number.removeprefix("+").removeprefix("1"))
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

    def granted(self, asked: Asked) -> Answer:
        if asked.form not in GRANTS:
            return Answer(400, {"error": "invalid_client", "error_description": "no such client"})
        self.tokens.append(f"issued{len(self.tokens)}")
        lasts = {} if self.lasts is None else {"expires_in": self.lasts}
        return Answer(200, {"access_token": self.tokens[-1], "token_type": "bearer", **lasts})
