"""L19: what do batches from processes cost the thread that receives them?

Question. How many CPU seconds does the consumer's own thread spend on each GB that it receives from worker processes?

Method. The batches of images of L2, 9.6 MB each, from two worker processes; `time.thread_time` of the consumer while it
takes them and does nothing else.

How to read it. 0 is the limit. A peer whose main thread only waits for another thread of its own shows less than it
spends.
"""

from .compare import Comparison, Fact
from .l2_images import GRAIN, KERAS, OURS, TORCH
from .receiving import CPU_OF_RECEIVER

SCENARIO = Comparison(
    "L19",
    "CPU of the thread that receives 9.6 MB batches",
    sides=(OURS, TORCH, KERAS, GRAIN),
    ratios=(Fact("CPU seconds per GB received", OURS, CPU_OF_RECEIVER, at_most=0.02),),
    unit="µs/batch",
    facts=((CPU_OF_RECEIVER, "s/GB"),),
)
