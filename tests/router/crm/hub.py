"""Acme has a HubSpot, and routes by what stands in it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from crm.hubspot_stand_in import HubSpot
from crm.server import Server

from fsrouter.engine.contacts import Contact, Entry
from fsrouter.router.service import Service
from router.site import Site, until

LOOPBACK = ("127.0.0.0/8", "::1")
#: The number of the first person of the office, whose `tier` is 1.
FIRST = "+12005550001"

RULES = """
crms:
  hub: {{type: hubspot, token: "${{HUB}}", url: "{url}"{more}}}
crm_rules:
  tier:
    crm: hub
    module: Contacts
    field: tier
    rules:
      - {{operator: "=", value: "1", destination: agent:nancy}}
      - {{operator: ">=", value: "7", destination: agent:johan}}
    otherwise: number:desk
"""

ONE, SEVEN, OTHERWISE = "agent:nancy", "agent:johan", "number:desk"


@dataclass
class Hub:
    """Acme's HubSpot, and the site that asks it."""

    stand_in: HubSpot
    server: Server
    site: Site
    ca: str

    def rules(self, to: str = "crm:tier", more: str = "", **others: Any) -> int:
        """Put a rule book in force that asks this CRM; `more` are further keys of the connection (`, sync: 1h`)."""
        return self.site.rules(to, RULES.format(url=self.server.url, more=more), **others)

    def serve(self, **settings: Any) -> Service:
        """Start a router that may talk to loopback, and that syncs only when it is told to."""
        return self.site.serve(**{"crm_networks": LOOPBACK, "crm_ca": self.ca, "keep_contacts": False, **settings})

    def cache(self, tier: str, ago: float, number: str = FIRST) -> None:
        """The cache has the first person, with a tier, and heard of it so many seconds ago."""
        contact = Contact(id="1001", crm="hub", name="First1 Last1", fields={"tier": tier}, synced=time.time() - ago)
        self.site.store.contacts.replace("acme", "hub", [Entry(contact=contact, numbers=(number,))])

    def synced(self, count: int) -> None:
        """Wait until so many contacts are in the cache."""
        until(lambda: self.site.store.contacts.count("acme", "hub") == count, f"{count} contacts in the cache")
