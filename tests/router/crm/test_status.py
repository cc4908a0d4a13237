"""What a router says of itself, as the dashboard reads it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fsrouter.router import status
from fsrouter.settings.model import Settings
from router.crm.hub import Hub
from router.site import Site, until


def test_node_has_all_that_the_dashboard_shows(hub: Callable[..., Hub], site: Site) -> None:
    acme = hub(5)
    acme.rules()
    service = acme.serve(keep_contacts=True)
    until(lambda: service.contact_sync.synced, "a sync")
    told = service.status.node(False).detail
    assert told["synced"] == service.contact_sync.synced and told["crms"] == {}
    assert told["errors"] == {} and told["latency"] == {} and told["disk"] > 0
    service.listener.refused = 3
    assert service.status.node(False).detail["errors"] == {"refused": 3}


def test_node_says_that_the_router_keeps_no_contacts(hub: Callable[..., Hub]) -> None:
    acme = hub(5)
    acme.rules()
    assert acme.serve(keep_contacts=False).status.node(False).detail["crms"] is None


def test_node_has_the_latency_of_calls(site: Site) -> None:
    site.route("agent:nancy")
    (service,) = site.services
    told = service.status.node(False).detail["latency"]
    assert told["count"] >= 2 and 0 < told["median"] <= told["p99"] < 5000


def test_free_space_is_that_of_the_fuller_disk(tmp_path: Path) -> None:
    settings = Settings(recordings=str(tmp_path))
    assert status.free_space(settings, "postgresql://db/fsrouter") == status.free_space(settings, str(tmp_path))
    assert status.free_space(Settings(recordings="/no/such"), "postgresql://db/fsrouter") is None
