"""The doctor of `fsrouter freeswitch check`: looks at a running FreeSWITCH and says what to do about what it finds.

    wanted = needs(settings, books, routers)             what the rule books and settings ask of FreeSWITCH
    seen = look(line.api, switch, wanted)                what there is, over the event socket and in /proc
    for finding in judge(seen, wanted): …                pure

`expected` knows rule books, `probe` asks, `checks` decides. Nothing is changed anywhere, and no secret is kept.
"""
