"""Who can take a call: whoever asks is told the same of the same 200 agents, by the router and by the store."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from cli.front import run
from router.conftest import empty  # noqa: F401 - a fixture
from router.site import PATIENCE, STRANGER, Site

from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.walk.explained import as_data
from fsrouter.router.queue_sync import QueueSync
from fsrouter.rules import company_file
from fsrouter.rules.yaml_reader import read
from fsrouter.runtime.greenlets import GREENLETS
from fsrouter.simulator import UNREGISTERED
from fsrouter.store import CallRecord
from fsrouter.store.calls.views import whole
from fsrouter.tui.context import Context
from fsrouter.tui.queries import queues, what_if

#: Agents by name, some of whom begin like others; who is on a break, and how many live calls each has.
AGENTS = tuple(f"a{i:03}{('', '.x', '_y', '-z', '0')[i % 5]}" for i in range(200))
ON_BREAK = {name: i % 7 in (1, 2, 5) for i, name in enumerate(AGENTS)}
CALLS = {name: (0, 0, 1, 0, 2, 9)[i % 6] for i, name in enumerate(AGENTS)}
#: The schedule of each one's hours, and those that are closed now: by the clock, and because somebody holds them so.
HOURS = {name: ("", "always", "never", "held-open", "held-closed")[i % 11 % 5] for i, name in enumerate(AGENTS)}
OFF = ("never", "held-closed")

#: Who can take a call, and who when the busy are spared.
PRESENT = frozenset(name for name in AGENTS if not ON_BREAK[name] and HOURS[name] not in OFF)
FREE = frozenset(name for name in PRESENT if not CALLS[name])

SIMULTANEOUS, LEAST = "+18725550100", "+18725550101"
#: Routes of forty agents, for more than fifty destinations in one call would be a loop; and of five queues, for the
#: dialplan lets a call come back from no more than eight.
SINGLY = {f"+187255502{i:02}": AGENTS[i * 40 : i * 40 + 40] for i in range(5)}
QUEUES = {f"+187255503{i:02}": AGENTS[i * 5 : i * 5 + 5] for i in range(40)}


def book() -> RuleBook:
    """A company with all of them, alone, in groups, and each in a queue of their own."""
    members = ", ".join(f"agent:{name}" for name in AGENTS)
    lines = ["company: acme", "country: US", "timezone: America/Chicago", "trunk: carrier", "schedules:"]
    lines += [f'  {name}: {{hours: {{sun-sat: "00:00-24:00"}}}}' for name in ("always", "held-closed")]
    lines += [f'  {name}: {{open: {{2001-01-01: "08:00-09:00"}}}}' for name in ("never", "held-open")]
    lines += ["agents:"]
    hours = {name: f", hours: {hours}" if hours else "" for name, hours in HOURS.items()}
    lines += [f"  {name}: {{endpoint: user/{2000 + i}{hours[name]}}}" for i, name in enumerate(AGENTS)]
    lines += ["queues:", *(f"  {name}: {{agents: [{name}], skip_without_agents: true}}" for name in AGENTS)]
    lines += ["distributions:"]
    for rule in ("simultaneous", "least-connected"):
        lines += [f"  {rule}: {{groups: [{{rule: {rule}, members: [{members}], ring: 5s}}]}}"]
    lines += ["tracking_numbers:"]
    routes = {SIMULTANEOUS: "distribution:simultaneous", LEAST: "distribution:least-connected"}
    routes |= {n: f"[{', '.join(f'agent:{a}' for a in part)}]" for n, part in SINGLY.items()}
    routes |= {n: f"[{', '.join(f'queue:{a}' for a in part)}]" for n, part in QUEUES.items()}
    lines += [f'  - {{number: "{number}", to: {route}}}' for number, route in routes.items()]
    return company_file.read(read("\n".join(lines), "acme.yaml")).onto(None)


@pytest.fixture
def site(tmp_path: Path, empty: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:  # noqa: F811
    """A site on whose database all of this holds, which is the command line's too."""
    for name in [name for name in os.environ if name.startswith("FSROUTER_")]:
        monkeypatch.delenv(name)
    site = Site(tmp_path, empty)
    monkeypatch.setenv("FSROUTER_DATABASE", site.url)
    site.store.books.save(book(), "test", "two hundred agents")
    with site.store.together():
        for name in AGENTS:
            site.store.states.set_agent("acme", name, "break" if ON_BREAK[name] else "available", "test")
        for state in ("open", "closed"):
            site.store.states.override("acme", f"held-{state}", state, "test")
    site.store.journal.write(live_calls())
    yield site
    site.close()


def live_calls() -> list[CallRecord]:
    """What the journal has of the calls that the agents have, and of one that nobody has."""
    talks = [(name, n) for name in AGENTS for n in range(CALLS[name])]
    base = {"company": "acme", "number": SIMULTANEOUS, "began": 1.0, "router": "other"}
    records = [CallRecord(uuid=f"{name}/{n}", where=f"talks to agent:{name}", **base) for name, n in talks]
    return [*records, CallRecord(uuid="rings", where="rings " + ", ".join(f"agent:{a}" for a in AGENTS), **base)]


# Entrances: each tells the names of those who can take a call


def explained(site: Site, to: str) -> frozenset[str]:
    """Whom `fsrouter explain` tries."""
    result = run("explain", "--to", to, "--from", STRANGER, "--unanswered", "999", "--json")
    return targets(json.loads(result.stdout)["attempts"])


def tried(site: Site, to: str) -> frozenset[str]:
    """Whom the dashboard's Try tries."""
    form = what_if.Typed(to=to, caller=STRANGER, unanswered="999")
    return targets(as_data(what_if.route(Context(site.store, "ada"), form).call.attempts))


def phoned(site: Site, to: str) -> frozenset[str]:
    """Whom a call rings, or in whose queue it waits; nobody answers."""
    if not site.services:
        site.switch.phones = {f"user/{2000 + i}": UNREGISTERED for i in range(200)}
        service = site.serve()
        service.cdr.talks.update({("acme", f"agent:{name}"): calls for name, calls in CALLS.items()})
    return targets(as_data(whole(site.record(site.call(to=to).wait(PATIENCE))).attempts))


def targets(attempts: Iterable[dict[str, object]]) -> frozenset[str]:
    """The agents of attempts, or those of their queues."""
    found: list[object] = []
    for attempt in attempts:
        listed = attempt["targets"]
        assert isinstance(listed, list)
        found += listed
    return frozenset(str(target).partition(":")[2] for target in found)


Walked = Callable[[Site, str], frozenset[str]]
WALKED: dict[str, Walked] = {"explain": explained, "dashboard-try": tried, "phone": phoned}


def queue_sync(site: Site) -> frozenset[str]:
    """Who is available to mod_callcenter when a router has brought it in step."""
    service = site.serve()
    QueueSync(
        service.threads, service.rulebooks, service.call_data, service.observers, service.settings, GREENLETS
    ).look()
    return callcenter(site)


def freeswitch_sync(site: Site) -> frozenset[str]:
    """Who is available to mod_callcenter after `fsrouter freeswitch sync`."""
    host, port = site.switch.listen_inbound(password="secret").address
    settings = site.path.with_suffix(".toml")
    settings.write_text(f'[freeswitch]\nhost = "{host}"\nport = {port}\npassword = "secret"\n')
    run("--config", settings, "freeswitch", "sync")
    return callcenter(site)


def callcenter(site: Site) -> frozenset[str]:
    return frozenset(name for name in AGENTS if site.switch.agents[f"{name}@acme"].status == "Available")


def dashboard_agents(site: Site) -> frozenset[str]:
    """Who is available in the dashboard's agents."""
    return frozenset(each.name for each in queues.load(Context(site.store, "ada")).agents if each.status == "Available")


def agents_list(site: Site) -> frozenset[str]:
    """Who is available in `fsrouter agents list`."""
    rows = json.loads(run("agents", "list", "--json").stdout)
    return frozenset(row["name"] for row in rows if row["state"] == "available")


def dashboard_queues(site: Site) -> frozenset[str]:
    """Whose queues have somebody who could take a call now, in the dashboard."""
    return frozenset(each.name for each in queues.load(Context(site.store, "ada")).queues if each.available == 1)


def walks(how: Walked, *numbers: str) -> Callable[[Site], frozenset[str]]:
    return lambda site: frozenset().union(*(how(site, number) for number in numbers))


Entrance = Callable[[Site], frozenset[str]]
ENTRANCES: dict[str, tuple[Entrance, frozenset[str]]] = {
    **{f"{name}-agent": (walks(how, *SINGLY), PRESENT) for name, how in WALKED.items()},
    **{f"{name}-group": (walks(how, SIMULTANEOUS), PRESENT) for name, how in WALKED.items()},
    **{f"{name}-queue": (walks(how, *QUEUES), PRESENT) for name, how in WALKED.items()},
    "queue-sync": (queue_sync, PRESENT),
    "freeswitch-sync": (freeswitch_sync, PRESENT),
    "dashboard-agents": (dashboard_agents, PRESENT),
    "agents-list": (agents_list, PRESENT),
    **{f"{name}-least-connected": (walks(how, LEAST), FREE) for name, how in WALKED.items()},
    "dashboard-queues": (dashboard_queues, FREE),
}


def test_inputs_are_200_of_every_sort() -> None:
    assert len(set(AGENTS)) == 200 and 0 < len(FREE) < len(PRESENT) < 200
    assert len({(ON_BREAK[name], CALLS[name] > 0, HOURS[name]) for name in AGENTS}) == 20


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_agent_can_take_a_call(entrance: str, site: Site) -> None:
    ask, expected = ENTRANCES[entrance]
    found = ask(site)
    assert sorted(found ^ expected) == []
