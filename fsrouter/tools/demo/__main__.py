"""The demo's router and callers in a process of their own, for a dashboard that looks on.

`python -m fsrouter.tools.demo FOLDER CALLS`.
"""

import sys

from fsrouter.tools import demo

#: Telephone time for people who watch: twice as fast as real.
SPEED = 2.0

if __name__ == "__main__":
    demo.run(sys.argv[1], int(sys.argv[2]), lambda line: print(line, flush=True), SPEED)
