"""A site to try the switch's habits on: routers of ours, with a database each."""

from router.conftest import empty, site

__all__ = ["empty", "site"]
