"""A site whose company has CRMs: routers on a real database, a FreeSWITCH stand-in, and CRM stand-ins on loopback."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from crm.conftest import authority, ca, serve, tls  # noqa: F401
from crm.hubspot_stand_in import HubSpot
from crm.office import Office, office
from crm.rig import ENVIRONMENT
from crm.server import Server, StandIn

from router.conftest import empty, site  # noqa: F401
from router.crm.hub import Hub
from router.site import Site


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the rule books' `${NAME}` stand for."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def hub(serve: Callable[[StandIn], Server], site: Site, ca: str) -> Callable[..., Hub]:  # noqa: F811
    """A factory: acme's HubSpot with so many people in it."""

    def make(people: int | Office = 5) -> Hub:
        stand_in = HubSpot(people if isinstance(people, Office) else office(people))
        return Hub(stand_in, serve(stand_in), site, ca)

    return make
