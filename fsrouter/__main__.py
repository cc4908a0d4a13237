"""`fsrouter`, and `python -m fsrouter`."""

from __future__ import annotations

from fsrouter.cli import cli


def main() -> None:
    """Run the command line; ends the process with the command's exit code."""
    cli(prog_name="fsrouter")


if __name__ == "__main__":
    main()
