# SPDX-License-Identifier: LGPL-2.1-or-later
"""What bench migration makes of the module's trace, on made-up traces: a quota of 1000 pages a second, 10 a claim."""
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "lab/bench"))
import goals  # noqa: E402
import migration  # noqa: E402
import quota_trace  # noqa: E402

RATE = 1000


def claims(seconds, share=10, begin=0.0, pages=0, vcpu=0, rate=RATE):
    """SHARE pages every 10 ms."""
    return [[round(begin + tick / 100, 6), vcpu, pages + tick * share, rate] for tick in range(round(seconds * 100) + 1)]


def cell(**more):
    return {"case": "medium", "variant": "virtsched", "claims": claims(3), "waits": [[0.5, 0, 9000000]], "states": [],
            "mark": {"host": 1000.0, "trace": 0.0}, **more}


class Second(unittest.TestCase):
    def test_who_keeps_to_the_quota_dirties_all_of_it(self):
        count, worst = quota_trace.worst_second(claims(3))
        self.assertGreater(count, 190)
        self.assertAlmostEqual(worst, 1.0)

    def test_one_second_above_it_is_found_among_many(self):
        first = claims(3)
        second = claims(1, share=12, begin=3.01, pages=3010)
        third = claims(3, begin=4.02, pages=4220)
        self.assertAlmostEqual(quota_trace.worst_second(first + second + third)[1], 1.2, places=2)

    def test_all_vcpus_count_together_and_what_each_had_before_does_not(self):
        both = sorted(claims(3, share=5, pages=70000) + claims(3, share=6, begin=0.004, pages=500, vcpu=2))
        self.assertAlmostEqual(quota_trace.worst_second(both)[1], 1.1, places=2)

    def test_a_quota_that_changes_is_followed(self):
        fast, slow = claims(2), claims(2, share=2, begin=2.01, pages=2002, rate=200)
        self.assertLess(quota_trace.worst_second(fast + slow)[1], 1.01)
        slow = claims(2, share=3, begin=2.01, pages=2003, rate=200)
        self.assertAlmostEqual(quota_trace.worst_second(fast + slow)[1], 1.5, places=1)

    def test_less_than_a_second_or_no_quota_is_not_judged(self):
        self.assertEqual(quota_trace.worst_second(claims(0.9)), (0, None))
        self.assertEqual(quota_trace.worst_second(claims(5, share=99, rate=0)), (0, None))
        self.assertEqual(quota_trace.worst_second([]), (0, None))

    def test_a_gap_ends_a_window(self):
        self.assertEqual(quota_trace.worst_second(claims(0.9) + claims(0.9, begin=1.6, pages=900)), (0, None))


class End(unittest.TestCase):
    states = [[1002.0, "active"], [1005.0, "cancelling"], [1005.5, "cancelled"]]

    def test_the_end_is_qemus_word_on_the_trace_s_clock(self):
        self.assertEqual(quota_trace.end_of(self.states, {"host": 1000.0, "trace": 40.0}), 45.5)
        self.assertIsNone(quota_trace.end_of(self.states[:2], {"host": 1000.0, "trace": 40.0}))

    def test_the_last_wait_counts_to_its_end(self):
        waits = [[44.0, 0, 10000000], [45.499, 1, 9000000], [45.49, 0, 10000000]]
        self.assertAlmostEqual(quota_trace.waited_after(waits, 45.5), 0.008)
        self.assertEqual(quota_trace.waited_after(waits, 45.6), 0.0)


class Rows(unittest.TestCase):
    def test_a_cell_without_a_trace_has_no_rows_of_it(self):
        self.assertEqual(migration.quota_rows({"case": "medium", "variant": "plain"}), [])

    def test_the_worst_second_is_judged(self):
        for share, holds in ((10, True), (11, False)):
            rows = migration.quota_rows(cell(claims=claims(3, share=share)))
            self.assertEqual([row["bench"] for row in rows], ["migration-quota"])
            self.assertEqual([check.holds for check in goals.migration(rows)], [holds])

    def test_a_cancelled_migration_is_no_row_of_the_table_and_its_end_is_judged(self):
        for wait, holds in ((9000000, True), (12000000, False)):
            rows = migration.rows_of(cell(case="cancelled", states=[[1005.0, "cancelled"]], waits=[[5.0, 0, wait]]))
            self.assertEqual([row["bench"] for row in rows], ["migration-quota", "migration-end"])
            self.assertEqual([check.holds for check in goals.migration(rows)], [True, holds])

    def test_a_cancelled_migration_that_held_nobody_up_is_an_error(self):
        for broken in ({"waits": [], "states": [[1005.0, "cancelled"]]}, {"states": []}):
            with self.assertRaises(SystemExit):
                migration.rows_of(cell(case="cancelled", **broken))

    def test_the_case_is_run_with_virtsched_alone(self):
        class Args:
            variant = None
        self.assertEqual(migration.variants_of(Args, "cancelled"), ["virtsched"])
        self.assertEqual(len(migration.variants_of(Args, "small")), 4)
        Args.variant = ["plain"]
        self.assertEqual(migration.variants_of(Args, "cancelled"), [])


if __name__ == "__main__":
    unittest.main()
