"""The dashboard: `fsrouter tui`, its own process, on any machine that reaches the database.

    app         the program: which screens there are, going between them, keys and theme of the operator
    screens/    a screen has its query run in a thread, is sent the picture as a message, and only its message handlers
                change what is on it
    widgets/    what screens are made of; `dashboard.tcss` says how all of it looks
    queries/    what the screens show, read through `store` and asked of `engine` and `rules`: synchronous, frozen, no
                Textual
    editing/    drafts of a rule book, their forms and their YAML: pure
    context     what all screens share

Never gevent, never a socket of FreeSWITCH: the database is all that the dashboard and the routers share.
"""
