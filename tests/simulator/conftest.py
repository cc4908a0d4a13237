"""A house to try the switch's habits on: routers of ours, with a database each."""

from router.conftest import empty, house

__all__ = ["empty", "house"]
