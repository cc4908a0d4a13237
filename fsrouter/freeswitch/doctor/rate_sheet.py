"""What there is to say of the rate sheet of the settings: it is no reason for a call not to go on."""

from __future__ import annotations

from collections.abc import Iterator

from fsrouter.freeswitch.doctor.finding import Finding, ok, warning
from fsrouter.rules.rates_in_force import RatesInForce


def rate_sheet(in_force: RatesInForce) -> Iterator[Finding]:
    """Whether the sheet can be used; nothing where the settings name none."""
    rates = in_force.current()
    if in_force.error:
        what = f"the rate sheet cannot be used, so calls have no price: {in_force.problem}"
        yield warning(what, "mend it; fsrouter rates list prints every bad row")
    elif rates is not None:
        yield ok(f"the rate sheet {in_force.path} has the prices of {len(rates):,} prefixes in {rates.currency}")
