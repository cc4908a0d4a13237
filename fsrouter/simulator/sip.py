"""The channel variables that mod_sofia puts on a call: at the INVITE, when it is answered, and on a leg that we dial.

What lives here: which of them, and above all in which order, as `captures/` has them, with what depends on the call
filled in. What it must not know: applications, sockets, time. FreeSWITCH appends a variable that is set, also one that
was there before: so the order tells what happened last.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote

from fsrouter.simulator import captured

Variables = dict[str, str]
CAPTURE = "busy-then-no-answer-then-files"


@dataclass(frozen=True, slots=True)
class Invite:
    """What of an INVITE ends up in variables: who calls, as the From header says it, which number, when."""

    uuid: str
    session: str
    number: str
    display: str
    to: str
    microseconds: str

    @property
    def call_id(self) -> str:
        return f"{self.session}-{self.microseconds[-6:]}@127.0.0.1"

    @property
    def tag(self) -> str:
        return f"{self.session}SIPpTag001"

    def via(self, branch: int) -> str:
        return f"SIP/2.0/UDP 127.0.0.1:5075;branch=z9hG4bK-{self.session}-1-{branch}"

    def sender(self) -> Variables:
        """The From header in two variables; neither is kept when the display name contains a variable."""
        if has_variable(self.display):
            return {}
        full = f'"{self.display}" <sip:{self.number}@127.0.0.1:5075>;tag={self.tag}'
        return {"sip_from_display": self.display, "sip_full_from": full}


def sanitized(text: str) -> str:
    """Caller data as FreeSWITCH keeps it: percent-decoded, `${` made harmless (switch_caller.h:61)."""
    plain = unquote(text) if "%" in text else text
    return plain.replace("${", "%{").replace("$\\", "%\\") if "$" in plain else plain


def has_variable(value: str) -> bool:
    """Whether FreeSWITCH refuses to keep such a value: it contains a variable (switch_utils.h:771)."""
    return any(behind.lstrip("\\").startswith("{") for behind in value.split("$")[1:])


@cache
def _captured() -> tuple[Variables, Variables, Variables]:
    """A call's first variables: up to the From header, from there to the INVITE's own headers, and behind those."""
    found = captured.variables(captured.connect_blocks(CAPTURE)[0])
    return (
        captured.between(found, "direction", "sip_full_via"),
        captured.between(found, "sip_full_to", "presence_id"),
        captured.between(found, "switch_r_sdp", "endpoint_disposition"),
    )


@cache
def media() -> Variables:
    """What is set when the media of a call is up: at its answer, or at 183."""
    found = captured.variables(captured.events(CAPTURE)[0])
    return captured.between(found, "rtp_use_codec_string", "endpoint_disposition")


def invited(call: Invite, headers: Variables) -> Variables:
    """The variables of a call that has just come in; `headers` are further `sip_h_X-…` ones that the INVITE carries."""
    first, then, last = _captured()
    address, uri = f"{call.number}@127.0.0.1:5075", f"{call.to}@127.0.0.1:5060"
    return {
        **first,
        "uuid": call.uuid,
        "session_id": call.session,
        "sip_from_user": call.number,
        "sip_from_uri": address,
        "channel_name": f"sofia/internal/{address}",
        "sip_call_id": call.call_id,
        "sip_invite_stamp": call.microseconds,
        "sip_from_user_stripped": call.number.lstrip("+"),
        "sip_from_tag": call.tag,
        "sip_full_via": call.via(0),
        **call.sender(),
        **then,
        "sip_full_to": f"<sip:{uri}>",
        "sip_req_user": call.to,
        "sip_req_uri": uri,
        "sip_to_user": call.to,
        "sip_to_uri": uri,
        "presence_id": f"{call.number}@127.0.0.1",
        **{name: value for name, value in headers.items() if not has_variable(value)},
        **last,
    }


def arrived(variables: Variables, number: str, profile: str, gateway: str, user: str) -> None:
    """By which way a call has come in: its SIP profile; the gateway whose registration was called (sofia.c:11337); the
    user whose password was right (sofia.c:10807, sofia_reg.c:3445).
    """
    variables["channel_name"] = f"sofia/{profile}/{number}@127.0.0.1:5075"
    variables["sofia_profile_name"] = variables["recovery_profile_name"] = profile
    if user:
        variables |= {"sip_authorized": "true", "sip_auth_username": user, "sip_auth_realm": "127.0.0.1"}
        variables |= {"user_name": user, "domain_name": "127.0.0.1"}
    if gateway:
        variables["sip_gateway"] = gateway


def routed(variables: Variables, uuid: str, date: str, matched: Iterable[str]) -> None:
    """What the core adds when the call is looked up in the dialplan; `matched` are the groups of the expression that
    matched.
    """
    variables["DP_MATCH"] = "ARRAY::" + "|:".join(matched)
    variables["call_uuid"] = uuid
    variables["outside_call"] = "true"
    variables["RFC2822_DATE"] = date
    variables["export_vars"] = "RFC2822_DATE"


def acknowledged(call: Invite) -> Variables:
    """What the ACK of our 200 leaves on the caller's channel, a moment after the answer."""
    tag = f"FtX81F{call.session}"
    return {
        "sip_to_tag": tag,
        "sip_from_tag": call.tag,
        "sip_cseq": "1",
        "sip_call_id": call.call_id,
        "sip_full_via": call.via(5),
        **call.sender(),
        "sip_full_to": f"<sip:{call.to}@127.0.0.1:5060>;tag={tag}",
    }


def dialled(uuid: str, session: str, target: str, caller: str, extra: Variables) -> Variables:
    """The variables of a leg that we dial for the channel `caller`; `extra` come from the dial string and the export
    list.
    """
    _, _, last = _captured()
    kind, _, rest = target.partition("/")
    reached = {"dialed_user": rest.partition("@")[0]} if kind == "user" else {}
    if target.startswith("sofia/gateway/"):
        reached = {"sip_gateway_name": target.split("/")[2]}
    return {
        "direction": "outbound",
        "is_outbound": "true",
        "uuid": uuid,
        "session_id": session,
        "sip_profile_name": "external",
        "text_media_flow": "disabled",
        "channel_name": target,
        "max_forwards": "69",
        "originator_codec": last["ep_codec_string"],
        "originator": caller,
        "signal_bond": caller,
        "switch_m_sdp": last["switch_r_sdp"],
        "call_uuid": caller,
        **reached,
        **extra,
        "originate_early_media": "true",
        "originating_leg_uuid": caller,
        "originate_endpoint": target.partition("/")[0],
    }


def offered() -> Variables:
    """What looking for far ends leaves on the caller's channel."""
    sdp = _captured()[2]["switch_r_sdp"]
    return {"switch_m_sdp": sdp, "video_media_flow": "inactive", "text_media_flow": "inactive"}
