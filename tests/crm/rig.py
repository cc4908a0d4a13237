"""A CRM of each vendor, as the tests need it: stand-in, server, connection, and a store behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from simulated import native_at

from crm.connectwise_stand_in import ConnectWise
from crm.custom_stand_in import Custom
from crm.hubspot_stand_in import TOKEN, HubSpot
from crm.office import Office
from crm.salesforce_stand_in import Salesforce
from crm.server import Server, StandIn
from crm.zoho_stand_in import Zoho
from fsrouter.crm.client import Client
from fsrouter.crm.connection import Connection
from fsrouter.crm.sync.report import Report
from fsrouter.crm.sync.sync import Sync
from fsrouter.crm.transport.http import SYNC, Bounds, Sender
from fsrouter.crm.transport.messages import Reply
from fsrouter.engine.model import crms
from fsrouter.engine.model.company import Header
from fsrouter.engine.model.destinations import destination
from fsrouter.engine.model.people import Agent
from fsrouter.engine.model.routers import Branch, Router
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.model.scalars import Context
from fsrouter.runtime import Clock
from fsrouter.runtime.native import NATIVE
from fsrouter.store import Store

#: What the rule books' `${NAME}` stand for.
ENVIRONMENT = {
    "HUB": TOKEN,
    "CW_PUBLIC": "cwpublic",
    "CW_PRIVATE": "cwprivate",
    "CW_CLIENT": "cwclient",
    "ZOHO_ID": "zid",
    "ZOHO_SECRET": "zsecret",
    "ZOHO_REFRESH": "zrefresh",
    "SF_ID": "sfid",
    "SF_SECRET": "sfsecret",
    "ERP": "erp-token",
    "ERP_KEY": "7",
    "ERP_SECRET": "erp-secret",
    "ERP_REFRESH": "erp-refresh",
}

ERP_FIELDS = {
    "id": "customer.no",
    "name": "customer.name",
    "title": "customer.job",
    "account": "customer.company.name",
    "account_id": "customer.company.id",
    "territory": "customer.company.region",
    "tier": "contracts.0.tier",
}

CONNECTIONS: dict[str, Callable[[str], Any]] = {
    "hubspot": lambda url: crms.HubSpot(token="${HUB}", url=url),
    "zoho": lambda url: crms.Zoho(
        url=url,
        accounts_url=url,
        client_id="${ZOHO_ID}",
        client_secret="${ZOHO_SECRET}",
        refresh_token="${ZOHO_REFRESH}",
    ),
    "connectwise": lambda url: crms.ConnectWise(
        url=url, company_id="acme", public_key="${CW_PUBLIC}", private_key="${CW_PRIVATE}", client_id="${CW_CLIENT}"
    ),
    "salesforce": lambda url: crms.Salesforce(url=url, client_id="${SF_ID}", client_secret="${SF_SECRET}"),
    "custom": lambda url: crms.Custom(url=url + "/caller?phone={number}", token="${ERP}", fields=ERP_FIELDS),
}

STAND_INS: dict[str, Callable[[Office], Any]] = {
    "hubspot": HubSpot,
    "zoho": Zoho,
    "connectwise": ConnectWise,
    "salesforce": Salesforce,
    "custom": Custom,
}

#: The connectors that keep a cache, and all that are looked up.
SYNCED = ("hubspot", "zoho", "connectwise", "salesforce")
ALL = (*SYNCED, "custom")


def id_of(kind: str, number: int) -> str:
    """A person's id, as that vendor's stand-in writes it."""
    return f"003{number:012d}AAA" if kind == "salesforce" else str(number)


def book(
    crms: dict[str, Any], agents: dict[str, Agent] | None = None, fields: tuple[str, ...] = ("tier", "balance")
) -> RuleBook:
    """A rule book whose rules look at some fields of the CRM."""
    branches = tuple(Branch(when={f"crm.{field}": ()}, then=(destination("hangup", Context()),)) for field in fields)
    routers = {"all": Router(branches=branches)} if branches else {}
    return RuleBook(header=Header(company="acme", country="US"), crms=crms, agents=agents or {}, routers=routers)


class SetClock:
    """A clock that stands until a test moves it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def until(true: Callable[[], object], what: str, seconds: float = 60.0) -> None:
    """Wait for what nothing tells of."""
    end = NATIVE.monotonic() + seconds
    while not true():
        if NATIVE.monotonic() > end:
            raise TimeoutError(f"there is not {what} within {seconds:g} s")
        threading.Event().wait(0.002)


@dataclass
class Stub:
    """A sender that sends nothing: `send` makes the replies up."""

    send: Callable[..., Reply]


def no_reply(request: Any, bounds: Any) -> Reply:
    pytest.fail("nothing is to be sent")


@dataclass
class Rig:
    """One CRM, and a company that has it by the name `crm`. Time passes only when somebody waits."""

    kind: str
    stand_in: Any
    server: Server
    office: Office
    book: RuleBook
    client: Client
    store: Store
    sender: Sender
    now: float = 1_800_000_000.0

    def __post_init__(self) -> None:
        self.waited: list[float] = []
        self.client.runtime.now = lambda: self.now

    @property
    def connection(self) -> Connection:
        connection = self.client.connection(self.book, "crm")
        assert connection
        return connection

    def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds

    def sync(
        self, full: bool = False, progress: Any = None, bounds: Bounds = SYNC, accept_empty: bool = False
    ) -> Report:
        """One sync."""
        runtime = native_at(now=lambda: self.now, monotonic=lambda: self.now)
        parts = self.connection, self.book, self.store.contacts, "router-1", runtime
        return Sync(*parts, progress, pause=self.sleep, bounds=bounds).run(full, accept_empty)

    def cached(self) -> list[tuple[str, str]]:
        """Everything that is in the cache: id or account, and name, in order."""
        found = self.store.contacts.find("acme", "", limit=1_000_000)
        return sorted((e.contact.id or f"account {e.contact.account_id}", e.contact.name) for e in found)

    def owner_ids(self, number: str) -> list[str]:
        return [c.id for c in self.store.contacts.owners("acme", number)]


def rig(
    kind: str,
    office: Office,
    serve: Callable[[StandIn], Server],
    sender: Sender,
    store: Store,
    clock: Clock = NATIVE.monotonic,
    **more: Any,
) -> Rig:
    stand_in = STAND_INS[kind](office)
    server = serve(stand_in)
    told = book({"crm": CONNECTIONS[kind](server.url)}, **more)
    return Rig(kind, stand_in, server, office, told, Client(sender, native_at(monotonic=clock)), store, sender)
