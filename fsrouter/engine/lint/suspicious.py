"""What in a rule book contradicts itself, or lacks what it needs to work.

Each check takes the references of a book and gives findings.
"""

from __future__ import annotations

from collections.abc import Iterator

from fsrouter.engine.contacts.contact import TEXTS
from fsrouter.engine.lint.findings import Finding, finding
from fsrouter.engine.lint.installation import Installation, Owned
from fsrouter.engine.lint.references import OWNER, References, schedule_of
from fsrouter.engine.model.crms import Custom
from fsrouter.engine.model.destinations import Destination, format_route
from fsrouter.engine.model.schema import Path
from fsrouter.engine.numbers.plan import in_use
from fsrouter.engine.words import did_you_mean

Findings = Iterator[Finding]

#: Who can be talked with.
TALKING = ("agent", "number", "phone", "queue")

#: A whisper or notice that says nothing.
SILENT = ("", "skip")

#: What is known of every contact, whatever fields its CRM has.
OF_EVERY_CONTACT = ("id", *TEXTS)

#: Owners of contacts who are named at most.
SHOWN = 20

#: Who hears a whisper: whisper and accept do not apply to queues.
HEARING = ("agent", "number", "phone")


def no_failsafe(refs: References) -> Findings:
    """Tracking numbers whose calls are lost when no router answers."""
    if refs.book.header.failsafe:
        return
    for number, tracking in refs.book.tracking_numbers.items():
        if not tracking.failsafe:
            message = f"{number} has no fail-safe and neither has the company: without a router its calls are lost"
            yield finding("no-failsafe", ("tracking_numbers", number), message)


def invalid_numbers(refs: References) -> Findings:
    """Numbers that nobody can have."""
    own = ((("tracking_numbers", number, "number"), number) for number in refs.book.tracking_numbers)
    for path, number in (*refs.dialled, *own):
        if not in_use(number):
            yield finding("invalid-number", path, f"{number} is no number that is given out; is a digit wrong?")


def whispers(refs: References) -> Findings:
    """Whispers of tracking numbers that nobody hears."""
    for number, tracking in refs.book.tracking_numbers.items():
        if tracking.whisper in SILENT:
            continue
        reached = [d for d in refs.reached(tracking.to) if d.kind in HEARING]
        if not any(_hears(refs, destination) for destination in reached):
            names = ", ".join(sorted(map(str, reached)))
            message = f"{names} skip it or have their own" if reached else "they reach nobody who is rung"
            path = ("tracking_numbers", number, "whisper")
            yield finding("whisper-unheard", path, f"nobody hears the whisper of calls to {number}: {message}")


def _hears(refs: References, destination: Destination) -> bool:
    return destination.kind != "number" or not refs.book.numbers[destination.name].whisper


def recordings(refs: References) -> Findings:
    """Recordings where nobody talks."""
    flows = [(("flows", name, "record"), flow.route) for name, flow in refs.book.flows.items() if flow.record]
    numbers = refs.book.tracking_numbers.items()
    lines = [(("tracking_numbers", number, "record"), t.to) for number, t in numbers if t.record]
    for path, route in (*flows, *lines):
        if not any(destination.kind in TALKING for destination in refs.reached(route)):
            message = f"talks are to be recorded, but {format_route(route)} leads to nobody to talk with"
            yield finding("nothing-recorded", path, message)


def notices(refs: References) -> Findings:
    """Notices of recordings that nobody hears, since nothing is recorded there."""
    flows, numbers = refs.book.flows, refs.book.tracking_numbers
    taped = frozenset(Destination("flow", name) for name, flow in flows.items() if flow.record)
    # Once on it stays on, so a flow is recorded also when calls come to it that are recorded already.
    after = refs.reached([*taped, *(d for tracking in numbers.values() if tracking.record for d in tracking.to)])
    if refs.book.header.record_notice not in SILENT and not taped and not any(t.record for t in numbers.values()):
        message = "no number and no flow is recorded, so nobody hears the notice; say record: true, or take it out"
        yield finding("notice-unheard", ("record_notice",), message)
    for name, flow in flows.items():
        here = Destination("flow", name)
        if flow.record_notice not in SILENT and here not in after and not taped & refs.reached([here]):
            message = f"no call is recorded in {here}, so nobody hears its notice; say record: true, or take it out"
            yield finding("notice-unheard", ("flows", name, "record_notice"), message)
    for number, t in numbers.items():
        if t.record_notice not in SILENT and not t.record and not taped & refs.reached(t.to):
            message = (
                f"calls to {number} are not recorded, so nobody hears the notice; say record: true, or take it out"
            )
            yield finding("notice-unheard", ("tracking_numbers", number, "record_notice"), message)


def crm_places(refs: References) -> Findings:
    """CRM rules that are reached from elsewhere than they say, and greetings that nobody hears."""
    starts = [d for tracking in refs.book.tracking_numbers.values() for d in tracking.to]
    outside, inside = refs.inside_menus(starts)
    for name, rules in refs.book.crm_rules.items():
        here, path = Destination("crm", name), ("crm_rules", name)
        if rules.location == "menu" and here in outside and here not in inside:
            message = f"{here} says that calls come from a menu, but no menu leads there"
            yield finding("crm-location", (*path, "location"), message)
        elif rules.location == "did" and here in inside and here not in outside:
            message = f"{here} says that calls come from a number, but only menus lead there; say location: menu"
            yield finding("crm-location", (*path, "location"), message)
        elif rules.greeting and here in outside and here not in inside:
            message = "the greeting plays when a menu leads here, and none does"
            yield finding("greeting-unheard", (*path, "greeting"), message)


def crm_abilities(refs: References) -> Findings:
    """What is wanted of CRMs that those of their type cannot do."""
    for name, connection in refs.book.crms.items():
        if connection.write_back and not connection.CAN.writes:
            message = f"no calls are written to {name}: its type cannot take them; take write_back out"
            yield finding("crm-cannot", ("crms", name, "write_back"), message)
    for name, rules in refs.book.crm_rules.items():
        can = refs.book.crms[rules.crm].CAN if rules.crm in refs.book.crms else None
        if can and not can.knows(rules.module):
            message = (
                f"{rules.crm} has no module {rules.module!r}, so {can.person_module(rules.module)} is looked at;"
                f" its modules are {', '.join(can.modules)}"
            )
            yield finding("crm-cannot", ("crm_rules", name, "module"), message)
    for path, crm, field in _crm_fields(refs):
        asked = refs.book.crms.get(crm)
        has = asked.fields if isinstance(asked, Custom) else ()
        if has and field.casefold() not in map(str.casefold, (*has, *OF_EVERY_CONTACT)):
            message = f"{crm} gives no field {field!r}: it has those of its `fields` only{did_you_mean(field, has)}"
            yield finding("crm-cannot", path, message)


def _crm_fields(refs: References) -> Iterator[tuple[Path, str, str]]:
    """Where a field of one CRM is named, that CRM, and the field."""
    for name, rules in refs.book.crm_rules.items():
        yield ("crm_rules", name, "field"), rules.crm, rules.field
    for name, distribution in refs.book.distributions.items():
        if distribution.owner and distribution.owner.property:
            yield ("distributions", name, "owner", "property"), distribution.owner.crm, distribution.owner.property


def users(refs: References) -> Findings:
    """Agents who are the same CRM user, and owners whom nobody is."""
    agents = list(refs.book.agents.items())
    for i, (name, agent) in enumerate(agents):
        for other, earlier in agents[:i]:
            shared = sorted(user for crm, user in agent.crm_user.items() if user in _users(earlier.crm_user, crm))
            if shared:
                message = f"{other} is the user {shared[0]} too, and is always taken for it"
                yield finding("same-user", ("agents", name, "crm_user"), message)
                break
    mapped = {crm for agent in refs.book.agents.values() for crm in agent.crm_user}
    titled = any(agent.title for agent in refs.book.agents.values())
    for name, distribution in refs.book.distributions.items():
        owner = distribution.owner
        if owner and not titled and not (mapped if not owner.crm else mapped & {owner.crm, "*"}):
            message = "no agent has a crm_user there, or a title, so no owner is ever found"
            yield finding("no-owner", ("distributions", name, "owner"), message)
    for path in refs.pointing(OWNER) if not mapped and not titled else ():
        if path[-1] != "owner":
            yield finding("no-owner", path, "no agent has a crm_user or a title, so no owner is ever found")


def _users(crm_user: dict[str, str], crm: str) -> Iterator[str]:
    """Who an agent is in a CRM; `*` is all of them."""
    return (user for key, user in crm_user.items() if "*" in (key, crm) or key == crm)


def weights(refs: References) -> Findings:
    """Weights that keep a branch or member from ever being drawn, or that nothing looks at."""
    for name, split in refs.book.splits.items():
        for i, share in enumerate(split.branches):
            if not share.weight:
                message = f"branch {i + 1} has the weight 0, so no call comes to {format_route(share.then)}"
                yield finding("no-weight", ("splits", name, "branches", i, "weight"), message)
    for name, distribution in refs.book.distributions.items():
        for i, group in enumerate(distribution.groups):
            for j, member in enumerate(group.members):
                path = ("distributions", name, "groups", i, "members", j, "weight")
                if group.rule != "weighted" and member.weight != 1:
                    message = f"the rule {group.rule} does not look at the weight of {member.member}"
                    yield finding("weight-unused", path, message)
                elif group.rule == "weighted" and not member.weight:
                    yield finding("no-weight", path, f"{member.member} has the weight 0, so it is never rung")


def queues(refs: References) -> Findings:
    """Queues that nobody serves, and exits without a key."""
    for name, queue in refs.book.queues.items():
        if not queue.agents:
            yield finding("empty-queue", ("queues", name), f"the queue {name} has no agents, so nobody takes its calls")
        if queue.exit_to and not queue.exit_key:
            message = f"no exit_key leads to {format_route(queue.exit_to)}"
            yield finding("exit-unused", ("queues", name, "exit_to"), message)


def office_hours(refs: References) -> Findings:
    """After-hours routes of tables that are always in office."""
    for name, table in refs.book.priorities.items():
        if not table.schedule and table.all_after_hours:
            message = "it has after-hours routes but no schedule, so it is always in office"
            yield finding("no-schedule", ("priorities", name, "schedule"), message)


def tagging(refs: References) -> Findings:
    """Tagging hours that tell nothing apart."""
    for name, number in refs.book.numbers.items():
        for hours, tag in number.tagging.items():
            schedule = schedule_of(hours)
            if hours.startswith("not ") and number.tagging.get(schedule) == tag:
                message = f"{tag} is given whether {schedule} is open or not"
                yield finding("tag-always", ("numbers", name, "tagging", hours), message)


def keys(refs: References) -> Findings:
    """Keys of menus that are the beginning of others."""
    for name, menu in refs.book.menus.items():
        for key in menu.digits:
            longer = [other for other in menu.digits if other != key and other.startswith(key)]
            if longer:
                message = f"{key} is also the beginning of {', '.join(longer)}, so it counts only after a pause"
                yield finding("key-prefix", ("menus", name, "digits", key), message)


def on_break(refs: References, known: Installation) -> Findings:
    """Distributions that ring nobody now."""
    names = known.on_break(refs.book.company) if known.on_break else ()
    away = {f"agent:{name}" for name in names}
    for name, distribution in refs.book.distributions.items():
        members = {str(member.member) for group in distribution.groups for member in group.members}
        if members and members <= away:
            message = f"all members are on break: {', '.join(sorted(members))}"
            yield finding("all-on-break", ("distributions", name), message)


def unmapped_owners(refs: References, known: Installation) -> Findings:
    """Owners of contacts whom no agent is, by CRM; of interest as soon as some agent is some user."""
    book = refs.book
    if known.owners is None or not any(book.crm_users("")):
        return
    by_crm: dict[str, list[Owned]] = {}
    for each in known.owners(book.company):
        by_crm.setdefault(each.crm, []).append(each)
    for crm, owned in sorted(by_crm.items()):
        found = [f"{each.owner} ({_contacts(each.contacts)})" for each in owned if not book.agent_of(crm, each.owner)]
        if found:
            more = f", and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
            message = f"no agent's crm_user or title is the owner of these contacts: {', '.join(found[:SHOWN])}{more}"
            yield finding("unmapped-owner", ("crms", crm) if crm in book.crms else (), message)


def shared_names(refs: References, known: Installation) -> Findings:
    """Priority rules that name a contact as several are called."""
    if known.namesakes is None:
        return
    for table, priority in refs.book.priorities.items():
        shared = known.namesakes(refs.book.company, priority.crm, priority.names)
        found = [f"{rule.value} ({shared[name]})" for name, rule in priority.names.items() if name in shared]
        if found:
            more = f", and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
            message = (
                f"several contacts have these names, so only an id is a rule for one: {', '.join(found[:SHOWN])}{more}"
            )
            yield finding("shared-name", ("priorities", table, "rules"), message)


def _contacts(count: int) -> str:
    return f"{count:,} contact{'s' * (count != 1)}"


CHECKS = (
    no_failsafe, invalid_numbers, whispers, recordings, notices, crm_places, crm_abilities, users, weights, queues,
    office_hours, tagging, keys,
)  # fmt: skip
#: Those that look at more than the rule book.
KNOWING = (on_break, unmapped_owners, shared_names)
