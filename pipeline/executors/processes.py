"""Work done by processes: forked by a server on Linux, started anew elsewhere."""

import sys

if sys.platform == "linux":
    from .forked import Processes as Processes
else:
    from .spawned import Processes as Processes
