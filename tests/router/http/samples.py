"""A metrics page as values."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

Samples = dict[tuple[str, tuple[str, ...]], float]


def samples(page: bytes) -> Samples:
    """Each sample by its name and the values of its labels. Raises ValueError for what is no page."""
    found = [s for family in text_string_to_metric_families(page.decode()) for s in family.samples]
    values = {(s.name, tuple(s.labels.values())): s.value for s in found}
    assert len(values) == len(found)
    return values
