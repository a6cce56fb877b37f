"""The moments at which the trials hurt: drawn from a seed that is printed, so that they can be drawn
again. What the machine makes of a moment differs all the same.
"""

from __future__ import annotations

import os
import random

SEED = int(os.environ.get("RELIEF_TRIALS_SEED", "5"))
CHANCE = random.Random(SEED)
