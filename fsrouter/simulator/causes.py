"""FreeSWITCH's words and numbers: channel states, hangup causes, and which SIP status each cause comes from.

What lives here: tables (switch_types.h, sofia_glue.c:1814). What it must not know: anything else.
"""

from __future__ import annotations

(
    NEW, INIT, ROUTING, SOFT_EXECUTE, EXECUTE, EXCHANGE_MEDIA, PARK, CONSUME_MEDIA, HIBERNATE, RESET, HANGUP, REPORTING,
    DESTROY,
) = range(13)  # fmt: skip
"""`Channel-State-Number`: 4 is ours, 2, 6, 8 and 9 are a call that somebody has taken (docs/wire.md 1)."""

STATE_NAMES = (
    "CS_NEW", "CS_INIT", "CS_ROUTING", "CS_SOFT_EXECUTE", "CS_EXECUTE", "CS_EXCHANGE_MEDIA", "CS_PARK",
    "CS_CONSUME_MEDIA", "CS_HIBERNATE", "CS_RESET", "CS_HANGUP", "CS_REPORTING", "CS_DESTROY",
)  # fmt: skip

Q850 = {
    "NONE": 0, "UNALLOCATED_NUMBER": 1, "NO_ROUTE_DESTINATION": 3, "NORMAL_CLEARING": 16, "USER_BUSY": 17,
    "NO_USER_RESPONSE": 18, "NO_ANSWER": 19, "SUBSCRIBER_ABSENT": 20, "CALL_REJECTED": 21, "NUMBER_CHANGED": 22,
    "EXCHANGE_ROUTING_ERROR": 25, "DESTINATION_OUT_OF_ORDER": 27, "INVALID_NUMBER_FORMAT": 28, "NORMAL_UNSPECIFIED":
    31, "NORMAL_CIRCUIT_CONGESTION": 34, "NETWORK_OUT_OF_ORDER": 38, "NORMAL_TEMPORARY_FAILURE": 41,
    "REDIRECTION_TO_NEW_DESTINATION": 23, "REQUESTED_CHAN_UNAVAIL": 44, "OUTGOING_CALL_BARRED": 52,
    "SWITCH_CONGESTION": 42, "CHAN_NOT_IMPLEMENTED": 66, "INCOMPATIBLE_DESTINATION": 88, "RECOVERY_ON_TIMER_EXPIRE":
    102, "INTERWORKING": 127, "ORIGINATOR_CANCEL": 487, "LOSE_RACE": 502, "MANAGER_REQUEST": 503, "BLIND_TRANSFER":
    600, "ATTENDED_TRANSFER": 601, "ALLOTTED_TIMEOUT": 602, "MEDIA_TIMEOUT": 604, "USER_NOT_REGISTERED": 606,
    "PROGRESS_TIMEOUT": 607, "INVALID_GATEWAY": 808, "GATEWAY_DOWN": 809,
}  # fmt: skip

SIP_STATUS = {
    "NORMAL_CLEARING": 200, "UNALLOCATED_NUMBER": 404, "NO_ROUTE_DESTINATION": 404, "USER_BUSY": 486,
    "NO_USER_RESPONSE": 480, "NO_ANSWER": 480, "CALL_REJECTED": 603, "RECOVERY_ON_TIMER_EXPIRE": 408,
    "NORMAL_TEMPORARY_FAILURE": 503, "ORIGINATOR_CANCEL": 487, "LOSE_RACE": 487, "ALLOTTED_TIMEOUT": 487,
    "REQUESTED_CHAN_UNAVAIL": 302, "OUTGOING_CALL_BARRED": 403, "INCOMPATIBLE_DESTINATION": 488,
    "NUMBER_CHANGED": 410, "DESTINATION_OUT_OF_ORDER": 502,
}  # fmt: skip

OF_STATUS = {
    403: "CALL_REJECTED", 404: "UNALLOCATED_NUMBER", 408: "RECOVERY_ON_TIMER_EXPIRE", 410: "NUMBER_CHANGED",
    480: "NO_USER_RESPONSE", 484: "INVALID_NUMBER_FORMAT", 486: "USER_BUSY", 488: "INCOMPATIBLE_DESTINATION",
    500: "NORMAL_TEMPORARY_FAILURE", 502: "NETWORK_OUT_OF_ORDER", 503: "NORMAL_TEMPORARY_FAILURE",
    504: "RECOVERY_ON_TIMER_EXPIRE", 600: "USER_BUSY", 603: "CALL_REJECTED", 604: "NO_ROUTE_DESTINATION",
    606: "INCOMPATIBLE_DESTINATION", 608: "CALL_REJECTED",
}  # fmt: skip
"""The cause that a far end's refusal becomes (sofia_glue.c:1814)."""

UNMADE = frozenset({"GATEWAY_DOWN", "INVALID_GATEWAY"})
"""Causes for which no channel is made: neither `originated_legs` nor `originate_causes` has the leg (docs/live.md)."""

SIP_PHRASES = {200: "OK", 302: "Moved Temporarily", 403: "Forbidden",
               404: "Not Found", 480: "Temporarily Unavailable", 486: "Busy Here", 487: "Request Terminated",
               503: "Service Unavailable", 603: "Decline"}  # fmt: skip

DIALSTATUS = {"ORIGINATOR_CANCEL": "CANCEL", "USER_BUSY": "BUSY", "NO_ANSWER": "NOANSWER", "CALL_REJECTED": "DONTCALL",
              "DESTINATION_OUT_OF_ORDER": "INVALIDARGS", "INVALID_PROFILE": "INVALIDARGS"}  # fmt: skip
"""switch_ivr_originate.c:4065; every other cause is its own DIALSTATUS."""

ALWAYS_GOES_ON = frozenset({"NO_ANSWER", "NO_USER_RESPONSE", "ORIGINATOR_CANCEL"})
"""Causes that never hang up the caller of a failed bridge, when neither continue_on_fail nor failure_causes is set
(switch_channel.c:4962).
"""


def parse(cause: str) -> str:
    """A cause by its name or number as `hangup` takes it; what is none becomes NORMAL_CLEARING, as in
    switch_channel_str2cause.
    """
    text = cause.strip().upper()
    if text in Q850:
        return text
    if text.isdigit():
        return next((name for name, number in Q850.items() if number == int(text)), "NORMAL_CLEARING")
    return "NORMAL_CLEARING"
