# SPDX-License-Identifier: LGPL-2.1-or-later
"""The verdict on a kernel log: splats are found, each once; lines on the allow list are not."""
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "lab"))
from vslab import verdict  # noqa: E402


class Verdict(unittest.TestCase):
    def test_every_kind_of_splat_is_found(self):
        for line in ("BUG: unable to handle page fault", "WARNING: CPU: 0 PID: 1 at kernel/x.c:1", "Oops: 0000 [#1]",
                     "rcu: INFO: rcu_preempt self-detected stall on CPU", "WARNING: possible circular locking dependency",
                     "refcount_t: underflow; use-after-free.", "BUG: scheduling while atomic: x", "Kernel panic - not syncing"):
            self.assertEqual(len(verdict.splats(f"[    1.000000] {line}\n")), 1, line)

    def test_ordinary_lines_are_none(self):
        self.assertEqual(verdict.splats("[    1.0] virtsched: loading out-of-tree module taints kernel.\n[ 2.0] debug: x\n"), [])

    def test_one_line_in_two_logs_counts_once(self):
        self.assertEqual(len(verdict.splats("[ 1.0] Oops: 1\n", "[ 1.0] Oops: 1\n[ 2.0] Oops: 1\n")), 1)

    def test_allowed_line_is_none(self):
        self.assertEqual(verdict.splats("[ 1.0] Speculative Return Stack Overflow: WARNING: See x\n"), [])


if __name__ == "__main__":
    unittest.main()
