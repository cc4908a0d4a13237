"""What queues and agents are called in mod_callcenter."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fsrouter.esl.call.queues import agent_of, callcenter_name

SLUGS = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,8}", fullmatch=True)


@given(SLUGS, SLUGS, SLUGS, SLUGS)
def test_callcenter_name_differs_between_companies(company: str, name: str, other: str, another: str) -> None:
    same = (company, name) == (other, another)
    assert (callcenter_name(company, name) == callcenter_name(other, another)) == same
    assert agent_of(callcenter_name(company, name)) == name
