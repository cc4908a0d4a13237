"""Rule books as what FreeSWITCH does without a router: fail-safes, queues, agents."""

from __future__ import annotations

import pytest
from msgspec import structs

from fsrouter.errors import RulesError
from fsrouter.esl.call.call_settings import CallSettings
from fsrouter.freeswitch.install.dialplan import dial_string
from fsrouter.freeswitch.install.from_rulebook import callcenter_from, entries_from, reachable_from
from fsrouter.freeswitch.install.values import Dial, Extension, Mailbox, Step
from fsrouter.rules import company_file, yaml_reader
from fsrouter.settings.model import Dialling, Gateway, Settings, Trunk

HEAD = """\
company: acme
country: US
trunk: carrier
failsafe: number:desk
agents:
  nancy: {endpoint: user/1001, number: "+1 312 555 0141"}
  vald: {endpoint: user/1003}
  mobile: {number: "+1 312 555 0144"}
numbers:
  desk: {number: "+1 312 555 0150", ring: 25s, no_answer: voicemail:main}
  slow: {number: "+1 312 555 0151", ring: 1h}
voicemails:
  main: {mailbox: "1000"}
  theirs: {mailbox: "2000@pbx.example.com"}
queues:
  support: {agents: [nancy, {agent: mobile, level: 2, position: 3}], max_wait: 5m, announce: position}
  vip: {strategy: ring-all, agents: [nancy], announce: ivr/thanks.wav, skip_without_agents: true}
"""
NUMBER = "+18725550111"
WIRING = CallSettings.of(Settings(trunks={"carrier": "carrier", "other": "other"}))

ABROAD = structs.replace(WIRING, dialling=Dialling(countries=("DE",)))


def book(failsafe: str, more: str = "", head: str = HEAD):
    own = f", failsafe: {failsafe}" if failsafe else ""
    text = f"{head}tracking_numbers: [{{number: {NUMBER}, to: hangup{own}{more}}}]\n"
    return company_file.read(yaml_reader.read(text, "acme.yaml")).onto(None)


def dial(number: str, ring: int = 30, shown: str = "", trunk: str = "carrier") -> Dial:
    return Dial((f"sofia/gateway/{trunk}/{number}",), ring, shown, trunk)


DESK = dial("+13125550150", 25)


@pytest.mark.parametrize(
    ("failsafe", "more", "steps"),
    [
        ("", "", [DESK]),  # the company's
        ("number:slow", "", [dial("+13125550151", 600)]),
        ('"phone:+1 312 555 0199"', "", [dial("+13125550199")]),
        ("number:desk", ", trunk: other", [dial("+13125550150", 25, trunk="other")]),
        ("number:desk", ", caller_id: tracking", [dial("+13125550150", 25, NUMBER)]),
        ("agent:vald", "", [Dial(("user/1003",))]),
        ("agent:mobile", "", [dial("+13125550144")]),
        ("agent:nancy", "", [Dial(("user/1001",)), dial("+13125550141")]),
        ("voicemail:main", "", [Mailbox("1000")]),
        ("voicemail:theirs", "", [Mailbox("2000", "pbx.example.com")]),
        ("extension:1000", "", [Extension("1000")]),
        ("[number:desk, voicemail:main, number:slow]", "", [DESK, Mailbox("1000")]),  # a mailbox keeps the call
        ("[number:desk, hangup, number:slow]", "", [DESK]),
        ("hangup:USER_BUSY", "", []),
    ],
)
def test_entries_with_each_kind_of_fail_safe(failsafe: str, more: str, steps: list[Step]) -> None:
    (entry,) = entries_from(book(failsafe, more), WIRING)
    assert (entry.number, list(entry.failsafe.steps)) == (NUMBER, steps)


def test_settings_say_how_people_are_reached() -> None:
    trunks = {"carrier": Trunk(gateways=("sofia/external/{digits}@10.0.0.1:5080",))}
    wiring = CallSettings(trunks=trunks, domain="pbx.example.com", context="office")
    (entry,) = entries_from(book("[agent:nancy, extension:1000]"), wiring)
    assert entry.failsafe.steps == (
        Dial(("user/1001@pbx.example.com",)),
        Dial(("sofia/external/13125550141@10.0.0.1:5080",), trunk="carrier"),
        Extension("1000", "office"),
    )
    (entry,) = entries_from(book("voicemail:main"), wiring)
    assert entry.failsafe.steps == (Mailbox("1000", "pbx.example.com"),)
    assert [agent.target for agent in callcenter_from([book("")], wiring).agents] == [
        "user/1001@pbx.example.com",
        "sofia/external/13125550144@10.0.0.1:5080",
    ]


@pytest.mark.parametrize(
    ("made", "wiring", "why"),
    [
        (book('"phone:+19005550152"'), WIRING, r"tracking_numbers\.\+18725550111\.failsafe: .* the kind premium"),
        (book("", head=HEAD.replace("trunk: carrier\n", "")), WIRING, "company: .*names a trunk"),
        (
            book(""),
            ABROAD,
            r"agents\.nancy\.number: .* is of US; the countries .*: DE",
        ),
    ],
)
def test_entries_that_must_not_be_dialled_are_named(made, wiring: CallSettings, why: str) -> None:
    with pytest.raises(RulesError, match="^acme: " + why):
        entries_from(made, wiring)


def test_callcenter_from_queues_agents_and_tiers() -> None:
    other = book("", head=HEAD.replace("company: acme", "company: globex"))
    center = callcenter_from([book(""), other], WIRING)
    assert [queue.name for queue in center.queues] == ["support@acme", "vip@acme", "support@globex", "vip@globex"]
    support, vip = center.queues[:2]
    assert (support.max_wait, support.announce, support.announce_every) == (300, "", 0)
    assert (support.give_up_without_agents, vip.give_up_without_agents) == (0, 1)
    assert (vip.strategy, vip.announce, vip.announce_every) == ("ring-all", "ivr/thanks.wav", 30)
    assert [(agent.name, agent.target) for agent in center.agents[:2]] == [
        ("nancy@acme", "user/1001"),
        ("mobile@acme", "sofia/gateway/carrier/+13125550144"),
    ]
    assert [(tier.queue, tier.agent, tier.level, tier.position) for tier in center.tiers[:3]] == [
        ("support@acme", "nancy@acme", 1, 1),
        ("support@acme", "mobile@acme", 2, 3),
        ("vip@acme", "nancy@acme", 1, 1),
    ]


def test_callcenter_from_leaves_out_an_agent_who_must_not_be_dialled() -> None:
    center = callcenter_from([book("", head=HEAD.replace("trunk: carrier\n", ""))], WIRING)
    assert [agent.name for agent in center.agents] == ["nancy@acme"]
    assert {tier.agent for tier in center.tiers} == {"nancy@acme"} and len(center.queues) == 2


@pytest.mark.parametrize("order", ["in-order", "weighted"])
def test_what_freeswitch_dials_by_itself_has_each_gateway_in_its_place(order: str) -> None:
    """Nothing is drawn where no router is; a gateway of weight 0 is out of use."""
    ways = (Gateway(name="a", weight=1), Gateway(name="out", weight=0), Gateway(name="b", weight=9))
    trunk = Trunk(gateways=ways if order == "weighted" else ("a", "b"), order=order, wait=4.5)
    settings = CallSettings(trunks={"carrier": trunk})
    (entry,) = entries_from(book(""), settings)
    desk = [f"sofia/gateway/{name}/+13125550150" for name in "ab"]
    assert entry.failsafe.steps == (Dial((desk[0],), 25, "", "carrier", (desk[1],), 5),)
    assert dial_string(entry.failsafe.steps[0]) == (
        "{ignore_early_media=ring_ready,originate_timeout=25,outbound_redirect_fatal=true}"
        f"[leg_progress_timeout=5,fsr_call=1,fsr_trunk=carrier]{desk[0]}|[fsr_call=1,fsr_trunk=carrier]{desk[1]}"
    )
    mobile = next(each for each in callcenter_from([book("")], settings).agents if each.name == "mobile@acme")
    assert (mobile.target, mobile.instead, mobile.wait) == (
        "sofia/gateway/a/+13125550144", ("sofia/gateway/b/+13125550144",), 5
    )  # fmt: skip
    outside = reachable_from(book(""), settings).outside
    assert outside and outside.ways == ("a", "b")
