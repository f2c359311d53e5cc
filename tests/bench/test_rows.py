# SPDX-License-Identifier: LGPL-2.1-or-later
"""Arithmetic of the benchmarks: cells to rows, goals, table and plot, on made-up figures."""
import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "lab/bench"))
import audio  # noqa: E402
import cells  # noqa: E402
import goals  # noqa: E402
import interactive  # noqa: E402
import table  # noqa: E402


def side(avg, most):
    return {"samples": 100, "avg_us": avg, "median_us": avg, "p99_us": most, "max_us": most, "curve_us": [avg, most]}


def cell(variant, load="full", interval=500, guest=(10, 50), host=(5, 9), rt=(3, 20), hogs=1000000):
    return {"variant": variant, "scenario": "busy", "guest_load": load, "interval_us": interval, "hogs_us": hogs, "began": 1.0,
            "ended": 3.0, "guest": side(*guest), "host": side(*host), "host-rt": side(*rt)}


def three(**ours):
    made = [cell("vanilla", guest=(900, 9000)), cell("static", guest=(12, 40)), cell("virtsched", **ours)]
    return cells.rows(made)


def played(variant, glitches, host="busy", buffer=2):
    guest = {"buffer_ms": buffer, "callbacks": 30000 - glitches, "glitches": glitches, "longest_us": 1234.5, "mean_us": 500,
             "p99_us": 900}
    return {"variant": variant, "host": host, "began": 10.0, "ended": 20.0, "cpu_us": {"vcpus": 4000000, "host": 5500000},
            "guest": guest}


class Audio(unittest.TestCase):
    def test_a_cell_is_a_row_with_the_promised_keys(self):
        row = audio.rows_of([played("vanilla", 1365)])[0]
        self.assertEqual({key: row[key] for key in ("bench", "buffer_ms", "host", "variant", "callbacks", "glitches")},
                         {"bench": "audio", "buffer_ms": 2, "host": "busy", "variant": "vanilla", "callbacks": 28635,
                          "glitches": 1365})
        self.assertEqual((row["vm"], row["other"]), (0.4, 0.55))

    def test_bounds_are_a_part_of_vanilla_by_buffer(self):
        for buffer, most in ((2, 20), (4, 20), (10, 100)):
            for ours, holds in ((most, True), (most + 1, False)):
                rows = audio.rows_of([played("vanilla", 1000, buffer=buffer), played("virtsched", ours, buffer=buffer)])
                self.assertEqual([check.holds for check in goals.audio(rows)], [holds], (buffer, ours))

    def test_an_idle_host_allows_no_glitch(self):
        for ours, holds in ((0, True), (1, False)):
            rows = audio.rows_of([played("vanilla", 1000, "noload"), played("virtsched", ours, "noload")])
            self.assertEqual([check.holds for check in goals.audio(rows)], [holds])

    def test_no_gain_over_a_vanilla_without_glitches_is_no_failure(self):
        rows = audio.rows_of([played("vanilla", 0), played("virtsched", 0)])
        self.assertTrue(goals.audio(rows)[0].holds)

    def test_every_figure_stands_in_the_table(self):
        lines = table.audio(audio.rows_of([played("vanilla", 1365), played("virtsched", 67)])).splitlines()
        figures = [line for line in lines if line.startswith("|   2 ms")]
        self.assertEqual([word for word in figures[0].split() if word not in ("|", "||")], "2 ms - - - 1365 - 67".split())
        self.assertEqual(len(figures), 5)


def used(app, variant, *ms, desk=500000, other=1000000, dropped=0, job=0):
    return {"app": app, "variant": variant, "job_us": job, "desk": [1000, 2000000, 1000 + desk, 3000000],
            "other": [7, 5000000, 7 + other, 6000000],
            "use": {"responses_us": [1000 * value for value in ms], "frames": 20, "dropped": dropped, "glitches": 3}}


class Interactive(unittest.TestCase):
    def failing(self, *found):
        return [check.what for check in goals.interactive(interactive.rows_of(found, 1)) if not check.holds]

    def test_a_cell_is_a_row_with_exactly_the_promised_keys(self):
        row = interactive.rows_of([used("scroll", "ratio-9", 1, 2, 6, dropped=4)], 1)[0]
        self.assertEqual(row, {"bench": "interactive", "app": "scroll", "variant": "ratio-9", "mean_ms": 3, "p95_ms": 6, "max_ms": 6,
                               "dropped": 4, "bg_a": 500, "bg_b": 1000})

    def test_what_the_job_itself_used_is_nobodys_loss(self):
        for cpus, left in ((1, 0.8), (2, 0.9)):
            row = interactive.rows_of([used("type", "vanilla", 1, desk=400000, other=900000, job=200000)], cpus)[0]
            self.assertEqual((row["bg_a"], row["bg_b"]), (round(400 / left, 4), round(900 / left, 4)))

    def test_without_input_there_is_a_row_as_well(self):
        row = interactive.rows_of([used("none", "vanilla")], 1)[0]
        self.assertEqual((row["mean_ms"], row["p95_ms"], row["max_ms"]), (0, 0, 0))

    def test_percentiles_are_values_that_occurred(self):
        self.assertEqual([interactive.percentile(range(1, 101), p) for p in (50, 95, 99, 100)], [50, 95, 99, 100])
        self.assertEqual([interactive.percentile([5], 95), interactive.percentile([2, 1], 95), interactive.percentile([2, 1], 50)],
                         [5, 2, 1])

    def test_good_figures_hold_at_their_bounds(self):
        self.assertEqual(self.failing(used("type", "alone", 10), used("type", "vanilla", 26),
                                      used("type", "ratio-18-boost", 13, other=980000)), [])

    def test_each_bad_figure_fails_its_goal(self):
        three = {"alone": (10, 1000000), "vanilla": (26, 1000000), "ratio-18-boost": (13, 1000000)}
        for variant, figures, words in (("ratio-18-boost", (13.1, 1000000), ("of alone's", "vanilla's mean")),
                                        ("vanilla", (25, 1000000), ("vanilla's mean",)),
                                        ("ratio-18-boost", (13, 970000), ("other VM",))):
            found = [used("type", name, ms, other=other) for name, (ms, other) in {**three, variant: figures}.items()]
            failing = self.failing(*found)
            self.assertEqual(len(failing), len(words), failing)
            for text, word in zip(failing, words):
                self.assertIn(word, text)

    def test_without_input_both_vms_are_as_before(self):
        for more, failing in ((2400, 0), (-2400, 0), (2600, 1), (-2600, 1)):
            found = [used("none", "vanilla"), used("none", "ratio-18", desk=500000 + more)]
            self.assertEqual(len(self.failing(*found)), failing, more)

    def test_what_was_background_is_counted_beyond_the_hogs(self):
        cell = {**used("launch", "ratio-18", 5), "background": ["a1", "b2", "c3"]}
        for hogs, holds in ((3, True), (2, False)):
            checks = goals.classified(*interactive.watched([cell, used("launch", "vanilla", 5)], hogs))
            self.assertEqual([check.holds for check in checks], [holds])

    def test_loads_are_compared_with_the_guest_s_own(self):
        loads = {"before": {"at": 10.0, "ns": {"7": 1000000000, "8": 500000000}},
                 "after": {"at": 12.0, "ns": {"7": 1300000000, "8": 700000000}},
                 "top": {"domains": [{"domain": "desk", "tasks": [{"run.permille": 3, "wait.permille": 0}, {"run.permille": 60, "wait.permille": 41},
                                                                {"run.permille": 40, "wait.permille": 150}]}]}}
        self.assertEqual(interactive.account(loads), ([150, 100], [190, 101, 3]))
        cell = {**used("none", "ratio-18"), "background": [], "loads": loads}
        self.assertEqual(interactive.watched([cell], 2)[1], 4)
        loads["top"]["domains"][0]["tasks"][2]["wait.permille"] = 161
        self.assertEqual([check.holds for check in goals.classified(*interactive.watched([cell], 2))], [True, False])

    def test_no_goal_without_its_variants(self):
        self.assertEqual(goals.interactive(interactive.rows_of([used("type", "vanilla", 1)], 1)), [])

    def test_variants_are_those_of_the_issue_and_none_has_its_own(self):
        self.assertEqual(interactive.VARIANTS, ("alone", "vanilla", "boost",
                                                "ratio-3", "ratio-3-ext", "ratio-3-boost", "ratio-3-boost-ext",
                                                "ratio-9", "ratio-9-ext", "ratio-9-boost", "ratio-9-boost-ext",
                                                "ratio-18", "ratio-18-ext", "ratio-18-boost", "ratio-18-boost-ext"))
        self.assertLessEqual(set(interactive.NONE_VARIANTS), set(interactive.VARIANTS))

    def test_every_figure_stands_in_the_table(self):
        text = table.interactive(interactive.rows_of([used("type", "vanilla", 7, 9), used("type", "ratio-3", 5, dropped=77)], 1))
        for figure in ("8.00", "9.00", "77", "500.00 (1.0000)", "1000.00 (1.0000)"):
            self.assertIn(figure, text)


class Rows(unittest.TestCase):
    def test_cells_are_found_among_other_lines(self):
        text = "noise\nCELL " + json.dumps(cell("static")) + "\nRESTORED x\n"
        self.assertEqual([c["variant"] for c in cells.parse(text)], ["static"])

    def test_a_cell_is_three_rows_with_the_promised_keys(self):
        rows = cells.rows([cell("virtsched")])
        self.assertEqual([row["side"] for row in rows], ["guest", "host", "host-rt"])
        for key in ("bench", "scenario", "guest_load", "variant", "interval_us", "samples", "avg_us", "p99_us", "max_us"):
            self.assertIn(key, rows[0])
        self.assertEqual(rows[1]["hogs"], 0.5)

    def test_an_idle_host_has_no_hogs(self):
        self.assertNotIn("hogs", cells.rows([cell("virtsched", hogs=0)])[1])


class Goals(unittest.TestCase):
    def test_good_figures_hold(self):
        self.assertTrue(all(check.holds for check in goals.latency(three(guest=(20, 40)))))

    def test_each_bad_figure_fails_one_goal(self):
        for bad in ({"guest": (25, 40)}, {"guest": (20, 181)}, {"rt": (3, 61)}, {"hogs": 940000}):
            figures = {"guest": (20, 40), **bad}
            failing = [check for check in goals.latency(three(**figures)) if not check.holds]
            self.assertEqual(len(failing), 1, bad)

    def test_exit_cost_bounds(self):
        def rows(attached, idle=1.0):
            return [{"state": s, "exit_ns": 1000 * x, "halt_wakeup_ns": 30000} for s, x in
                    (("not-loaded", 1), ("loaded", 1.002), ("quota-idle", idle), ("other-attached", 1.002), ("attached", attached))]
        self.assertTrue(all(check.holds for check in goals.exit_cost(rows(1.019))))
        self.assertFalse(all(check.holds for check in goals.exit_cost(rows(1.03))))
        self.assertFalse(all(check.holds for check in goals.exit_cost(rows(1.0, idle=1.004))))


class Table(unittest.TestCase):
    def test_every_figure_stands_in_the_table(self):
        text = table.latency(three(guest=(77, 88)), "busy", "full")
        for figure in ("900", "9000", "77", "88"):
            self.assertIn(figure, text)

    def test_meaning_names_the_gain(self):
        self.assertIn("45 times sooner", table.meaning(three(guest=(20, 40)), "busy", "full"))

    def test_plot_has_a_line_a_variant(self):
        text = table.text_plot({"vanilla": [1, 10, 1000], "virtsched": [1, 2, 3]})
        self.assertIn("vanilla", text)
        self.assertIn("max 1000 us", text)


if __name__ == "__main__":
    unittest.main()
