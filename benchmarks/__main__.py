"""All benchmarks, one after the other: `make bench`; or one: `python -m benchmarks kafka …`.

Figures are printed, never asserted.
"""

import sys

from benchmarks import (
    adjustment,
    catch_up,
    checks,
    databases,
    demo,
    erasing,
    evidence_speed,
    kafka,
    payments,
    verifying,
)

if sys.argv[1:2] == ["kafka"]:
    kafka.main(*sys.argv[2:])
    sys.exit()
print("== payment lists of 100,000 lines")
payments.run()
print("== the same list on both databases")
databases.run()
print("== a new standard for 50,000 cases")
adjustment.run()
print("== catching up the views")
catch_up.main()
print("== all checks over the demo's ledger")
checks.run()
print("== the demo")
demo.run()
print("== the trust base")
evidence_speed.main(200_000)
print("== verify")
verifying.main(200_000)
print("== erasing one person")
erasing.run(200_000)
