"""The doctor of `fsrouter freeswitch check`: looks at a running FreeSWITCH and says what to do about what it finds.

    expected = expect(settings, books, installation)     what the rule books and settings ask of FreeSWITCH
    actual = probe_switch(ask, switch, expected, clock)  what there is, over the event socket and in /proc
    for finding in run_checks(actual, expected): …       pure

Nothing is changed anywhere, and no secret is kept.
"""
