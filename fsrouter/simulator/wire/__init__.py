"""What the simulated switch says on event sockets: the outbound one of a call, the inbound one, the API commands.

What lives here: mod_event_socket and mod_commands. What it must not know: how the switch is put together.
"""
