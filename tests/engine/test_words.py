"""Which known word an unknown one may be meant as."""

from __future__ import annotations

from fsrouter.engine import words


def test_did_you_mean_suggests_the_nearest_word() -> None:
    assert words.did_you_mean("qeues", ["queues", "menus"]) == "; did you mean 'queues'?"
    assert words.did_you_mean("zzz", ["queues", "menus"]) == "; known: queues, menus"
    assert words.did_you_mean("zzz", []) == ""


def test_nearest_of_many_names_is_looked_up() -> None:
    known = {f"agent-{i}": i for i in range(50_000)}
    assert words.nearest("agnet-77", known) == "agent-77"
    assert words.nearest("agent-777x", known) == "agent-777"
    assert words.nearest("x" * 100_000, known) == ""
    assert words.did_you_mean("nobody", known).startswith("; known: agent-0, agent-1, ")
