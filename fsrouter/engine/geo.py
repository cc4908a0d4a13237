"""Geography of numbers."""

from collections.abc import Mapping


def place_of(number: str) -> Mapping[str, str]:
    return {}
