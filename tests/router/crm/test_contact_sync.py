"""A router keeps the contact cache fresh: its settings, its scheduler, and what the nodes tell."""

from __future__ import annotations

from collections.abc import Callable

from crm import server as faults

from router.crm.hub import Hub
from router.site import Site, until


def test_a_router_keeps_the_cache_fresh_and_reports_what_fails(hub: Callable[..., Hub], site: Site) -> None:
    """The whole way: a service of `fsrouter serve`, its settings, and what the nodes tell."""
    acme = hub(5)
    acme.rules()
    acme.stand_in.always = faults.status(403)
    service = acme.serve(keep_contacts=True)
    until(lambda: "trouble" in service.contact_sync.status().get("acme/hub", {}), "the trouble")
    site.store.nodes.beat(service.status.node(False))
    (node,) = site.store.nodes.list()
    assert "403" in node.detail["crms"]["acme/hub"]["trouble"]
    acme.stand_in.always = None
    acme.rules(more=", sync: 30m")  # who changes the connection need not wait until it is tried again
    acme.synced(8)
    until(lambda: not service.contact_sync.status(), "no trouble")
