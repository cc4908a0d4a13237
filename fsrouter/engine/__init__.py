"""The engine: what should happen to this call?

Pure. Nothing in this package reads a clock, draws a number, opens a file or a socket, or logs. What it needs to
know is handed in as frozen values; what it wants done or answered it returns as frozen values (`actions`). Import
from the modules; this one exports nothing.
"""
