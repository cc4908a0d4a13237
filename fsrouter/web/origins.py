"""Which web sites may ask: the rules of CORS, by the list in the settings. Knows nothing of what is asked.

Without a list only pages of our own origin may. A page of another site is refused before anything is done, since a
visit takes a number whether or not the browser lets the page see the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from fsrouter.errors import UsageError
from fsrouter.web.answers import Answer, Refused
from fsrouter.web.form import Environ

#: A site as a browser names it: no path, no slash at its end (RFC 6454, section 6.2).
SITE = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?", re.ASCII)

#: Seconds for which a browser may remember what is allowed.
REMEMBER = 3600


class Origins:
    """The sites whose pages may ask. Raises UsageError for one that no browser would name so."""

    def __init__(self, sites: Iterable[str]) -> None:
        self._sites = {site.lower(): site.lower() for site in sites}
        for site in self._sites:
            if site != "*" and not SITE.fullmatch(site):
                raise UsageError(
                    f"web_origins: {site!r} is no web site; write scheme and host, as https://www.acme.example"
                )

    def allowed(self, environ: Environ) -> tuple[tuple[str, str], ...]:
        """The headers that let the page which asks see the answer. Raises Refused for a page of another site."""
        origin = environ.get("HTTP_ORIGIN", "").lower()
        varies = ("Vary", "Origin")
        if not origin or origin.partition("://")[2] == environ.get("HTTP_HOST", "").lower():
            return (varies,)
        found = self._sites.get(origin) or self._sites.get("*")
        if found is None:
            raise Refused("403 Forbidden", "pages of this site may not ask; list it in web_origins", varies)
        return (varies, ("Access-Control-Allow-Origin", found))

    def preflight(self, methods: str) -> Answer:
        """What a browser is told that asks beforehand."""
        return Answer("204 No Content").with_headers(
            ("Access-Control-Allow-Methods", methods),
            ("Access-Control-Allow-Headers", "Content-Type"),
            ("Access-Control-Max-Age", str(REMEMBER)),
        )
