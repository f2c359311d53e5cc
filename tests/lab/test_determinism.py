#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two deterministic runs of the lab, with a level-2 guest and our daemon in them, give the same bytes."""
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "lab"))
from vslab.api import Lab  # noqa: E402

SCRIPT = """set -e
vs-domain d --memory 128 | virsh -q define /dev/stdin
virsh -q start d
vs-guest d --wait
virt-sched set d boost.state=on --live
vs-guest d -- 'vs-latency --duration 0.5 --priority 80'
virt-sched stats d --json
cat /proc/uptime
virsh -q destroy d
"""


class Determinism(unittest.TestCase):
    maxDiff = None

    def test_two_runs_are_the_same_bytes(self):
        runs = [Lab().exec(["sh", "-c", SCRIPT], deterministic=True, timeout=400, name=f"run {n}") for n in (1, 2)]
        for run in runs:
            self.assertEqual(run.exit_status, 0, run.err + "\n".join(run.splats))
            self.assertIn("avg_us", run.out)
        self.assertEqual(runs[0].out, runs[1].out)
        self.assertEqual(runs[0].console, runs[1].console)
        self.assertEqual(runs[0].dmesg, runs[1].dmesg)


if __name__ == "__main__":
    unittest.main()
