# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the module's trace of a migration says of the dirty quota: how much was dirtied in any second of what was allowed, and for
how long a vCPU was still held up when the migration had ended. Pure.
"""
SECOND = 1.0
LEAST = 0.95    # of a second: a window ends at a claim, and begins at one
GAP = 0.5       # seconds without a claim: nobody was near the limit meanwhile
OVER = ("completed", "cancelled", "failed")


def totals(claims):
    """(seconds, pages that all vCPUs dirtied so far, pages allowed so far) at each claim under a quota, in runs without a gap.

    claims: [seconds, vCPU, pages of that vCPU so far, quota in pages a second]; quota 0: not limited then.
    """
    runs, seen, dirtied, allowed, last = [], {}, 0, 0.0, None
    for when, vcpu, pages, rate in claims:
        dirtied += pages - seen.get(vcpu, pages)
        seen[vcpu] = pages
        if rate and last and last[1] and when - last[0] <= GAP:
            allowed += (when - last[0]) * (rate + last[1]) / 2
        elif rate:
            runs.append([])
        if rate:
            runs[-1].append((when, dirtied, allowed))
        last = (when, rate)
    return runs


def worst_second(claims):
    """(how many windows of a second there are, the largest part of its quota that was dirtied in one); (0, None): none that long."""
    count, worst = 0, None
    for run in totals(claims):
        first = 0
        for when, dirtied, allowed in run:
            while when - run[first][0] > SECOND:
                first += 1
            begin, before, quota = run[first]
            if when - begin >= LEAST * SECOND and allowed > quota:
                count += 1
                worst = max(worst or 0, (dirtied - before) / (allowed - quota))
    return count, worst


def end_of(states, mark):
    """When QEMU said that the migration was over, on the trace's clock; None: it did not. states: [epoch seconds, status]."""
    over = [when for when, status in states if status in OVER]
    return over[-1] - mark["host"] + mark["trace"] if over else None


def waited_after(waits, end):
    """Seconds after END until the last vCPU was free for good. waits: [seconds, vCPU, ns at most]."""
    return max([0.0, *(when + ns / 1e9 - end for when, _, ns in waits)])
