"""Child processes of tests that run elsewhen go there too: Python imports this module at its start."""

import os
import time

if away := os.environ.get("ELSEWHEN"):
    import time_machine

    time_machine.travel(time.time() + float(away)).start()
