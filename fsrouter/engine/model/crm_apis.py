"""Where CRMs have their APIs, by their own documentation: versions and how long each is supported, sites of a cloud."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class HubSpotPaths(Struct, frozen=True):
    """Where a version of HubSpot's API has records, properties and owners, below its address; `until` is the month in
    which HubSpot's support for it ends.
    """

    objects: str
    properties: str
    owners: str
    until: str


def _dated(version: str, until: str) -> HubSpotPaths:
    return HubSpotPaths(f"/crm/objects/{version}", f"/crm/properties/{version}", f"/crm/owners/{version}", until)


#: The versions of HubSpot's API, the newest first, by its "API versioning" and "Legacy migration guide" (September
#: 2026): one comes each March and September and is supported for 18 months; v1 to v3 end in September 2027.
HUBSPOT_APIS: Mapping[str, HubSpotPaths] = {
    "2026-09": _dated("2026-09", "2028-03"),
    "2026-03": _dated("2026-03", "2027-09"),
    "v3": HubSpotPaths("/crm/v3/objects", "/crm/v3/properties", "/crm/v3/owners", "2027-09"),
}

#: Where ConnectWise's cloud has its API, by the region; its developer guide, "Authentication" (April 2025).
CONNECTWISE_SITES: Mapping[str, str] = {
    "na": "https://api-na.myconnectwise.net",
    "eu": "https://api-eu.myconnectwise.net",
    "au": "https://api-au.myconnectwise.net",
    "staging": "https://api-staging.connectwisedev.com",
}
#: The domains of that cloud, whose sites have `api-` before their names where their API is.
CONNECTWISE_CLOUD = ("myconnectwise.net", "connectwisedev.com")
