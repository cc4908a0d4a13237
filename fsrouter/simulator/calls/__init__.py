"""The calls on the simulated switch: callers' channels and dialled legs, what runs on them, and who moves them.

What lives here: FreeSWITCH's core and mod_dptools as a call sees them. What it must not know: sockets, queues.
"""
