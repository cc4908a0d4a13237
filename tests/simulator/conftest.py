"""A house to try the switch's habits on: routers of ours, with a database each."""

from service.conftest import empty, house

__all__ = ["empty", "house"]
