"""Every channel variable that fsrouter reads or writes, by name, once. Knows no values and no wire.

Three authors: `fsrouter` (this program), `dialplan` (`freeswitch_conf/`), `FreeSWITCH` (its applications, as
docs/wire.md tells). They are read from dumps of the channel and never with `getvar`: its reply is not encoded, and a
line end in a value would become a header of it (mod_event_socket.c:2641, docs/wire.md 0.3).
"""

from __future__ import annotations

from typing import Final

# Shown when a call is handed over (docs/wire.md 13).
SECRET: Final = "fsr_secret"  # dialplan: a global variable, on no channel: by it a FreeSWITCH of ours is known

# The hand-over between the dialplan and a router (docs/wire.md 6).
CALL: Final = "fsr_call"  # fsrouter: "1" marks a call as ours, for the observer's filter; exported to the legs
TOOK: Final = "fsr_took"  # fsrouter: "yes" in the first setvar; dialplan: "no" before each `socket`
TURN: Final = "fsr_turn"  # dialplan: one "1" for each entry, at most four
QUEUED: Final = "fsr_queued"  # dialplan: one "1" for each queue that was run, at most eight
SERVED: Final = "fsr_served"  # fsrouter: "yes" when nothing is left to do; the dialplan then hangs up
AGAIN: Final = "fsr_again"  # fsrouter: anything, to be handed the call once more after a queue's talk
CAUSE: Final = "fsr_cause"  # fsrouter: the cause that the dialplan hangs up with
QUEUE: Final = "fsr_queue"  # fsrouter: name@profile; the dialplan clears it and runs `callcenter`
CURSOR: Final = "fsr_cursor"  # fsrouter: signed, where the walk stands; the next router goes on from it
FACTS: Final = "fsr_facts"  # fsrouter: signed, the facts by which the walk began
GOTO: Final = "fsr_goto"  # fsrouter: signed, the destination to which an operator sends the call
NUMBER: Final = "fsr_number"  # dialplan: the number that was dialled, whatever has been dialled since
TAGS: Final = "fsr_tags"  # fsrouter: the call's tags, for other dialplan code and for records
FAILSAFE: Final = "fsr_failsafe"  # fsrouter: "yes" asks the dialplan for the dialled number's fail-safe
TARGET: Final = "fsr_target"  # fsrouter: on a leg, which destination it rings
TRUNK: Final = "fsr_trunk"  # fsrouter: on a leg, the trunk by which it leaves
GATEWAYS: Final = "fsr_gateways"  # fsrouter: by which gateways an attempt was tried and is (`esl.call.attempt`)

# Where a call comes from (docs/wire.md 12).
SIP_GATEWAY: Final = "sip_gateway"  # FreeSWITCH: the gateway whose registration the carrier called
SOFIA_PROFILE: Final = "sofia_profile_name"  # FreeSWITCH: the SIP profile on which the call arrived
SIP_AUTHORIZED: Final = "sip_authorized"  # FreeSWITCH: "true" for a password, an ACL, and blind authentication alike
SIP_AUTH_USERNAME: Final = "sip_auth_username"  # FreeSWITCH: the user whose password was right
SIP_ACL: Final = "sip_acl_authed_by"  # FreeSWITCH: the ACL that let a call in without a password
VERTO_USER: Final = "verto_user"  # FreeSWITCH (mod_verto): the user who is logged in

# A menu's result (play_and_get_digits, mod_dptools.c:2822).
DIGITS: Final = "fsr_digits"  # FreeSWITCH: the keys that were accepted; a partial entry when read_result is not success
DIGITS_INVALID: Final = "fsr_digits_invalid"  # FreeSWITCH: the keys that the regex refused
READ_RESULT: Final = "read_result"  # FreeSWITCH: success, timeout, failure
PLAYBACK_TERMINATORS: Final = "playback_terminators"  # fsrouter: "any": a key ends a sound; the next menu takes it
PLAYBACK_TERMINATOR_USED: Final = "playback_terminator_used"  # FreeSWITCH: the key that did

# The caller's channel before a bridge.
IGNORE_REMOTE_CAUSE: Final = "sip_ignore_remote_cause"  # fsrouter, dialplan: "true": the caller gets our own cause
CONTINUE_ON_FAIL: Final = "continue_on_fail"  # fsrouter, dialplan: "true", else a busy leg hangs the caller up
HANGUP_AFTER_BRIDGE: Final = "hangup_after_bridge"  # fsrouter, dialplan: "false", else the far end's hangup ends it
PRESERVE_ORIGINATED_VARS: Final = "preserve_originated_vars"  # fsrouter: "false" clears the leg arrays for each attempt
EXPORT_VARS: Final = "export_vars"  # fsrouter: names of variables that the legs get too
FORCE_TRANSFER_CONTEXT: Final = "force_transfer_context"  # dialplan: where a transfer without one looks: `fsr`
REDIRECT_FATAL: Final = "outbound_redirect_fatal"  # fsrouter: on a leg, "true": a far end's 302 ends it
ON_BLIND_TRANSFER: Final = "execute_on_blind_transfer_fsr"  # dialplan: notes who moves the call, when they do
MOVED_BY: Final = "fsr_moved_by"  # dialplan: phone, caller or far-end: whose rights the call has where it is sent
COMPANY: Final = "fsr_company"  # dialplan: the company of the dialled number, in the context `fsr-closed`
MOVER: Final = "fsr_mover"  # dialplan: who moved the call, as `freeswitch/install/dialplan.py` has it
RINGBACK: Final = "ringback"  # fsrouter: what an unanswered caller hears
TRANSFER_RINGBACK: Final = "transfer_ringback"  # fsrouter: what an answered caller hears while we ring somebody
EFFECTIVE_CALLER_ID_NAME: Final = "effective_caller_id_name"  # fsrouter: the name that legs are shown, sanitised
EFFECTIVE_CALLER_ID_NUMBER: Final = "effective_caller_id_number"  # fsrouter: the number that legs are shown

# What came of it.
ORIGINATE_DISPOSITION: Final = "originate_disposition"  # FreeSWITCH: SUCCESS, USER_BUSY, ALLOTTED_TIMEOUT …
ORIGINATE_CAUSES: Final = "originate_causes"  # FreeSWITCH: "uuid;CAUSE" for each leg
ORIGINATED_LEGS: Final = "originated_legs"  # FreeSWITCH: "uuid;name;number" for each leg
BRIDGE_HANGUP_CAUSE: Final = "bridge_hangup_cause"  # FreeSWITCH: absent after SUCCESS: the other party was taken away
LAST_BRIDGE_TO: Final = "last_bridge_to"  # FreeSWITCH: the leg that answered; stale after a later failure
LAST_SIP_CODE: Final = "last_bridge_proto_specific_hangup_cause"  # FreeSWITCH: "sip:486", what the last leg answered
APPLICATION_RESPONSE: Final = "current_application_response"  # FreeSWITCH: FILE PLAYED, FILE NOT FOUND, PLAYBACK ERROR
CC_CAUSE: Final = "cc_cause"  # FreeSWITCH (mod_callcenter): answered, cancel
CC_CANCEL_REASON: Final = "cc_cancel_reason"  # FreeSWITCH: TIMEOUT, NO_AGENT_TIMEOUT, EXIT_WITH_KEY, BREAK_OUT
CC_AGENT: Final = "cc_agent"  # FreeSWITCH: the agent who took the call
CC_AGENT_UUID: Final = "cc_agent_uuid"  # FreeSWITCH: the agent's leg
CC_BASE_SCORE: Final = "cc_base_score"  # fsrouter: seconds of waiting that the caller is given in advance
CC_EXPORT_VARS: Final = "cc_export_vars"  # fsrouter: names of variables that a queue's agents' legs get too
CC_MOH: Final = "cc_moh_override"  # fsrouter: what the caller hears while waiting
CC_EXIT_KEYS: Final = "cc_exit_keys"  # fsrouter: keys with which the caller leaves the queue
CC_EXIT_KEY: Final = "cc_exit_key"  # FreeSWITCH: the key that the caller left with
TRANSFER_HISTORY: Final = "transfer_history"  # FreeSWITCH: who moved the call; no test of whose it is now

# Recording and voicemail.
RECORD_STEREO: Final = "RECORD_STEREO"  # fsrouter: "true": the two sides on two channels
RECORDING_FOLLOW_TRANSFER: Final = "recording_follow_transfer"  # fsrouter: "true"
EXECUTE_ON_ANSWER: Final = "execute_on_answer"  # fsrouter: an application that runs at answer
API_ON_ANSWER: Final = "api_on_answer"  # fsrouter: an api command that runs at answer
VOICEMAIL_CALLBACK_CONTEXT: Final = "voicemail_callback_context"  # fsrouter, dialplan: where a mailbox calls back
SKIP_GREETING: Final = "skip_greeting"  # fsrouter: voicemail without its greeting
SKIP_INSTRUCTIONS: Final = "skip_instructions"  # fsrouter: voicemail without its instructions

# Text to speech, and the phrases of mailboxes and queues.
DEFAULT_LANGUAGE: Final = "default_language"  # fsrouter: the company's, where it is not FreeSWITCH's own
TTS_ENGINE: Final = "tts_engine"  # fsrouter: the module that speaks, `flite`
TTS_VOICE: Final = "tts_voice"  # fsrouter: its voice, `kal`

WHEN_MOVED: Final = (CALL, NUMBER, FORCE_TRANSFER_CONTEXT)
"""What every leg gets of its caller's channel: our mark, and what decides where it goes when somebody moves it."""
RESULTS: Final = (ORIGINATE_DISPOSITION, BRIDGE_HANGUP_CAUSE, LAST_SIP_CODE, CC_CAUSE)
"""What must be cleared before every bridge, so that what is read after it is its own (docs/wire.md 2)."""
