"""Starts the command in its arguments and prints its CPU seconds and its largest resident memory in bytes.

A process of its own, and a bare one (``python -I -S``): Linux counts to a child's ru_maxrss what its
parent had resident when it was started, and a parent with torch in it has hundreds of MB.
"""

import os
import sys

null = ((os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),)
_, status, usage = os.wait4(os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=null), 0)
if os.waitstatus_to_exitcode(status):
    sys.exit(f"{sys.argv[1:]} failed with {os.waitstatus_to_exitcode(status)}")
unit = 1 if sys.platform == "darwin" else 1024
print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit)
