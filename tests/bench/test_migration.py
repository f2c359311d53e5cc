# SPDX-License-Identifier: LGPL-2.1-or-later
"""Arithmetic of bench migration: what level 1 reports to rows, goals and table, on made-up figures."""
import json
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "lab/bench"))
import goals  # noqa: E402
import migration  # noqa: E402
import table  # noqa: E402

BOOT = 1893456000.0   # 2030-01-01 00:00:00, when the guest's clock stood at 0


def at(second, text):
    return f"2030-01-01 00:00:{second:06.3f}+0000: event {text}"


def work(before, during, begin=20.0, end=60.0):
    """Pages every tenth of a second: BEFORE a second until BEGIN, DURING a second from there."""
    times = [tick / 10 for tick in range(100, int(end * 10) + 1)]
    return [[when, round(before * (min(when, begin) - 10) + during * max(0.0, when - begin))] for when in times]


def cell(variant="virtsched", converged=True, writer=0.25, light=1.0, reader=1.0):
    """Measured from second 16 to 19, copied from second 20 to 26, paused there or given up there."""
    events = [at(19.2, "'job-completed' for domain 'desk': "), at(20, "'migration-iteration' for domain 'desk': iteration: '1'"),
              at(24, "'migration-iteration' for domain 'desk': iteration: '2'"), "events received: 4"]
    if converged:
        events.insert(3, at(26, "'lifecycle' for domain 'desk': Suspended Migrated"))
    return {"case": "medium", "variant": variant, "converged": converged, "before": 3, "stamp": {"host": BOOT + 19.0, "guest": 19.0},
            "ended": 0 if converged else BOOT + 26.0, "events": events,
            "job": {"time_elapsed": 9400, "downtime": 250, "memory_processed": 150 << 20},
            "work": {"writer": work(8000, 8000 * writer), "light": work(500, 500 * light), "reader": work(10000, 10000 * reader)}}


class Rows(unittest.TestCase):
    def test_a_cell_is_a_row_with_exactly_the_promised_keys(self):
        self.assertEqual(migration.row_of(cell()), {
            "bench": "migration", "case": "medium", "variant": "virtsched", "converged": True, "total_s": 6.25, "downtime_ms": 250,
            "transferred_mib": 150.0, "writer": 0.25, "light": 1.0, "reader": 1.0})

    def test_who_is_given_up_has_the_time_that_it_had_and_no_downtime(self):
        row = migration.row_of(cell(converged=False))
        self.assertEqual((row["converged"], row["total_s"], row["downtime_ms"], row["writer"]), (False, 6.0, 0, 0.25))

    def test_the_clocks_of_host_and_guest_may_differ(self):
        moved = cell()
        moved["stamp"] = {"host": BOOT + 19.0, "guest": 14.0}
        moved["work"] = {name: [[when - 5.0, pages] for when, pages in series] for name, series in moved["work"].items()}
        self.assertEqual(migration.row_of(moved), migration.row_of(cell()))

    def test_a_migration_without_a_first_pass_is_an_error_and_no_row(self):
        broken = cell()
        broken["events"] = broken["events"][-1:]
        with self.assertRaises(SystemExit):
            migration.row_of(broken)

    def test_a_load_that_did_not_run_is_an_error_and_no_row(self):
        broken = cell()
        broken["work"]["writer"] = []
        with self.assertRaises(SystemExit):
            migration.row_of(broken)

    def test_work_between_two_reports_counts_in_proportion(self):
        series = [[1.0, 100], [2.0, 200], [4.0, 200]]
        self.assertEqual([migration.done(series, when) for when in (0.5, 1.0, 1.25, 3.0, 9.0)], [100, 100, 125, 200, 200])
        self.assertEqual(migration.rate(series, 1.0, 2.0), 100)
        self.assertEqual(migration.rate(series, 3.0, 3.0), 0)

    def test_the_pause_after_the_last_report_is_nobodys_loss(self):
        series = [[tick / 10, tick * 100] for tick in range(31)] + [[3.55, 3150]]
        self.assertAlmostEqual(migration.rate(series, 1.0, 3.08), 1000)

    def test_silence_before_the_end_is_a_loss(self):
        series = [[tick / 10, tick * 100] for tick in range(21)] + [[4.0, 2100]]
        self.assertAlmostEqual(migration.rate(series, 1.0, 3.0), 1000 / (2 - migration.REPORT))


    def test_rows_are_in_the_order_of_cases_and_variants_and_the_later_one_counts(self):
        old, new, plain = (migration.row_of(cell(*words)) for words in (("virtsched", False), ("virtsched",), ("plain", False)))
        self.assertEqual(migration.in_order([old, plain, new]), [plain, new])

    def test_what_an_earlier_run_wrote_is_read_in_both_forms(self):
        with tempfile.TemporaryDirectory() as folder:
            raw, rows = Path(folder, "raw"), Path(folder, "rows")
            raw.write_text("CELL " + json.dumps(cell()) + "\n", encoding="ascii")
            migration.write(rows, migration.earlier(raw))
            self.assertEqual(migration.earlier(rows), [migration.row_of(cell())])


class Goals(unittest.TestCase):
    def judged(self, ours, **others):
        rows = [{**migration.row_of(cell()), **ours}]
        rows += [{**migration.row_of(cell(variant.replace("_", "-"))), **figures} for variant, figures in others.items()]
        return [check.what for check in goals.migration(rows) if not check.holds]

    def test_good_figures_hold(self):
        self.assertEqual(self.judged({"total_s": 7.5}, auto_converge={"total_s": 15.0}, plain={"converged": False}), [])

    def test_each_bad_figure_fails_one_goal(self):
        for bad in ({"converged": False}, {"total_s": 7.6}, {"reader": 0.969}, {"light": 0.949}):
            failing = self.judged({"total_s": 7.5, **bad}, auto_converge={"total_s": 15.0}, plain={"converged": False})
            self.assertEqual(len(failing), 1, bad)

    def test_where_plain_converges_nothing_may_be_lost(self):
        self.assertEqual(self.judged({"total_s": 2.2}, auto_converge={"total_s": 2.0}, plain={"total_s": 2.0}), [])
        self.assertEqual(len(self.judged({"total_s": 2.3}, auto_converge={"total_s": 9.0}, plain={"total_s": 2.0})), 1)

    def test_other_variants_are_not_judged(self):
        self.assertEqual(goals.migration([migration.row_of(cell("plain", converged=False))]), [])


class Table(unittest.TestCase):
    def test_every_figure_stands_in_the_table(self):
        text = table.migration([migration.row_of(cell()), migration.row_of(cell("plain", converged=False))])
        line = next(line for line in text.splitlines() if "virtsched" in line)
        self.assertEqual([word for word in line.split() if word != "|"],
                         ["medium", "virtsched", "yes", "6.2", "250", "150", "0.250", "1.000", "1.000"])
        self.assertIn("no", next(line for line in text.splitlines() if "plain" in line).split())


if __name__ == "__main__":
    unittest.main()
