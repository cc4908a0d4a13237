"""The dashboard: `fsrouter tui`, its own process, on any machine that reaches the database.

    queries/    what the screens show, read through `store` and asked of `engine` and `rules`: synchronous, frozen, no
                Textual
    the rest    Textual; a screen has its query run in a thread, is sent the picture as a message, and only its
                message handlers change what is on it

Never gevent, never a socket of FreeSWITCH: the database is all that the dashboard and the routers share.
"""
