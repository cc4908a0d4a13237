"""mod_callcenter on the simulated switch: queues, agents, and callers who wait.

What lives here: its tables, its API command, its application. What it must not know: sockets, the dialplan.
"""
