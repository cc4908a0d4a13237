"""`fsrouter`, and `python -m fsrouter`."""

from __future__ import annotations

import io
import sys

from fsrouter.cli import cli


def main() -> None:
    """Run the command line; ends the process with the command's exit code."""
    # Names are in all letters of the world, and files are UTF-8 on every machine: what is printed is so too, whatever
    # encoding the process's locale has.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    cli(prog_name="fsrouter")


if __name__ == "__main__":
    main()
