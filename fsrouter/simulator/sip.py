"""The channel variables that mod_sofia puts on a call: at the INVITE, when it is answered, and on a leg that we dial.

What lives here: names, values and, above all, the order of them, taken from `captures/`. What it must not know:
applications, sockets, time. FreeSWITCH appends a variable that is set, also one that was there before: so the order
tells what happened last.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

Variables = dict[str, str]

_SDP = (
    "v=0\r\no=user1 53655765 2353687637 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 6000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
    "a=ptime:20\r\n"
)
_OWN_SDP = (
    "v=0\r\no=FreeSWITCH 1795279155 1795279156 IN IP4 127.0.0.1\r\ns=FreeSWITCH\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 25460 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
    "a=ptime:20\r\na=sendrecv\r\n"
)
_CODEC = "CORE_PCM_MODULE.PCMU@8000h@20i@64000b"

MEDIA: Variables = {
    "rtp_use_codec_string": "PCMU,PCMA",
    "remote_video_media_flow": "inactive",
    "remote_text_media_flow": "inactive",
    "remote_audio_media_flow": "sendrecv",
    "audio_media_flow": "sendrecv",
    "rtp_audio_recv_pt": "0",
    "rtp_use_codec_name": "PCMU",
    "rtp_use_codec_rate": "8000",
    "rtp_use_codec_ptime": "20",
    "rtp_use_codec_channels": "1",
    "rtp_last_audio_codec_string": "PCMU@8000h@20i@1c",
    "read_codec": "PCMU",
    "original_read_codec": "PCMU",
    "read_rate": "8000",
    "original_read_rate": "8000",
    "write_codec": "PCMU",
    "write_rate": "8000",
    "dtmf_type": "rfc2833",
    "local_media_ip": "127.0.0.1",
    "local_media_port": "25460",
    "advertised_media_ip": "127.0.0.1",
    "rtp_use_timer_name": "soft",
    "rtp_use_pt": "0",
    "rtp_use_ssrc": "540379099",
    "rtp_2833_send_payload": "101",
    "rtp_2833_recv_payload": "101",
    "remote_media_ip": "127.0.0.1",
    "remote_media_port": "6000",
    "rtp_local_sdp_str": _OWN_SDP,
    "endpoint_disposition": "ANSWER",
}
"""Set when the media of a call is up: at its answer, or at 183."""


@dataclass(frozen=True, slots=True)
class Invite:
    """What of an INVITE ends up in variables: who calls, as the From header says it, which number, the stamps."""

    uuid: str
    session: str
    number: str
    display: str
    to: str
    microseconds: str
    date: str


def defused(text: str) -> str:
    """Caller data as FreeSWITCH keeps it: percent-decoded, `${` made harmless (switch_caller.h:61)."""
    plain = unquote(text) if "%" in text else text
    return plain.replace("${", "%{").replace("$\\", "%\\") if "$" in plain else plain


def refused(value: str) -> bool:
    """Whether FreeSWITCH refuses to keep such a value: it contains a variable (switch_utils.h:771)."""
    at = value.find("$")
    while at >= 0:
        behind = value[at + 1 :].lstrip("\\")
        if behind.startswith("{"):
            return True
        at = value.find("$", at + 1)
    return False


@lru_cache(maxsize=256)
def _from_part(number: str) -> tuple[tuple[str, str], ...]:
    """What depends on the caller's number alone."""
    address = f"{number}@127.0.0.1:5075"
    return (
        ("sip_from_user", number),
        ("sip_from_port", "5075"),
        ("sip_from_uri", address),
        ("sip_from_host", "127.0.0.1"),
        ("video_media_flow", "disabled"),
        ("audio_media_flow", "disabled"),
        ("text_media_flow", "disabled"),
        ("channel_name", f"sofia/internal/{address}"),
    )


@lru_cache(maxsize=256)
def _to_part(to: str) -> tuple[tuple[str, str], ...]:
    """What depends on the dialled number alone."""
    uri = f"{to}@127.0.0.1:5060"
    return (
        ("sip_req_user", to),
        ("sip_req_port", "5060"),
        ("sip_req_uri", uri),
        ("sip_req_host", "127.0.0.1"),
        ("sip_to_user", to),
        ("sip_to_port", "5060"),
        ("sip_to_uri", uri),
        ("sip_to_host", "127.0.0.1"),
        ("sip_contact_user", "lab"),
        ("sip_contact_port", "5075"),
        ("sip_contact_uri", "lab@127.0.0.1:5075"),
        ("sip_contact_host", "127.0.0.1"),
        ("rtp_use_codec_string", "PCMU,PCMA"),
        ("sip_via_host", "127.0.0.1"),
        ("sip_via_port", "5075"),
        ("max_forwards", "70"),
    )


_LISTENER = (
    ("sip_received_ip", "127.0.0.1"),
    ("sip_received_port", "5075"),
    ("sip_via_protocol", "udp"),
)
_PROFILE = (
    ("sofia_profile_name", "internal"),
    ("sofia_profile_url", "sip:mod_sofia@127.0.0.1:5060"),
    ("recovery_profile_name", "internal"),
)


def invited(call: Invite, headers: Iterable[tuple[str, str]]) -> Variables:
    """The variables of a call that has just come in; `headers` are further `sip_h_X-…` ones that the INVITE carries."""
    variables: Variables = {"direction": "inbound", "uuid": call.uuid, "session_id": call.session}
    variables.update(_from_part(call.number))
    variables["sip_call_id"] = f"{call.session}-{call.microseconds[-6:]}@127.0.0.1"
    variables["sip_local_network_addr"] = variables["sip_network_ip"] = "127.0.0.1"
    variables["sip_network_port"] = "5075"
    variables["sip_invite_stamp"] = call.microseconds
    variables.update(_LISTENER)
    variables["sip_from_user_stripped"] = call.number.lstrip("+")
    variables["sip_from_tag"] = _tag(call)
    variables.update(_PROFILE)
    variables["sip_full_via"] = _via(call, 0)
    variables.update(_spoken_from(call))
    variables["sip_full_to"] = f"<sip:{call.to}@127.0.0.1:5060>"
    variables.update(_to_part(call.to))
    variables["presence_id"] = f"{call.number}@127.0.0.1"
    variables.update((name, value) for name, value in headers if not refused(value))
    variables["switch_r_sdp"] = _SDP
    variables["ep_codec_string"] = _CODEC
    variables["endpoint_disposition"] = "DELAYED NEGOTIATION"
    return variables


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
        "sip_from_tag": _tag(call),
        "sip_cseq": "1",
        "sip_call_id": f"{call.session}-{call.microseconds[-6:]}@127.0.0.1",
        "sip_full_via": _via(call, 5),
        **_spoken_from(call),
        "sip_full_to": f"<sip:{call.to}@127.0.0.1:5060>;tag={tag}",
    }


def dialled(uuid: str, session: str, target: str, caller: str, extra: Variables) -> Variables:
    """The variables of a leg that we dial for the channel `caller`; `extra` come from the dial string and the export
    list.
    """
    return {
        "direction": "outbound",
        "is_outbound": "true",
        "uuid": uuid,
        "session_id": session,
        "sip_profile_name": "external",
        "text_media_flow": "disabled",
        "channel_name": target,
        "max_forwards": "69",
        "originator_codec": _CODEC,
        "originator": caller,
        "signal_bond": caller,
        "switch_m_sdp": _SDP,
        "call_uuid": caller,
        **extra,
        "originate_early_media": "true",
        "originating_leg_uuid": caller,
        "originate_endpoint": target.partition("/")[0],
    }


def offered() -> Variables:
    """What looking for far ends leaves on the caller's channel."""
    return {"switch_m_sdp": _SDP, "video_media_flow": "inactive", "text_media_flow": "inactive"}


def _tag(call: Invite) -> str:
    return f"{call.session}SIPpTag001"


def _via(call: Invite, branch: int) -> str:
    return f"SIP/2.0/UDP 127.0.0.1:5075;branch=z9hG4bK-{call.session}-1-{branch}"


def _spoken_from(call: Invite) -> Variables:
    """The From header in two variables; neither is kept when the display name contains a variable."""
    if refused(call.display):
        return {}
    return {
        "sip_from_display": call.display,
        "sip_full_from": f'"{call.display}" <sip:{call.number}@127.0.0.1:5075>;tag={_tag(call)}',
    }
