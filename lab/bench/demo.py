# SPDX-License-Identifier: LGPL-2.1-or-later
"""The main job, shown: a busy host, a desktop VM with sound, and its wake-up latencies under vanilla, static and virtsched.

Real libvirt, QEMU and KVM in an emulated host, virtual time: the same numbers on every machine. Ends with a table, a plot
(PNG and text), what it means, and a check that every thread is as it was before.
"""
import json
import os

import cells
import goals
import latency
import plot
import table
from vslab import packages

SCENARIO, LOAD, INTERVALS, SECONDS = "busy", "full", (500, 1000), 2


def add_arguments(parser):
    parser.add_argument("--suite", help="level-1 suite")
    parser.add_argument("--output", metavar="FOLDER", help="where latency.png and demo.json go (usual: demo in the lab's cache)")


def _curves(found, interval):
    return {cell["variant"]: cell["guest"]["curve_us"] for cell in found if cell["interval_us"] == interval}


def main(args, lab):
    folder = os.path.abspath(args.output or os.path.join(lab.cache_folder, "demo"))
    os.makedirs(folder, exist_ok=True)
    suite = args.suite or lab.default_suite
    lab.say(f"a busy host (4 hogs, 4 sleepers), a VM with a real-time task and a hog; {suite}, virtual time")
    found, other = latency.run(lab, suite, 1, 1, SECONDS, [SCENARIO], [LOAD], INTERVALS)
    rows = cells.rows(found)
    packages.install(("gnuplot-nox",))
    png = os.path.join(folder, "latency.png")
    plot.png(png, f"busy host, busy guest, every {INTERVALS[0]} us", _curves(found, INTERVALS[0]))
    with open(os.path.join(folder, "demo.json"), "w", encoding="ascii") as out:
        json.dump(rows, out, indent=1)
    print(f"\nBusy host, busy guest, real-time task in the guest and cyclictest-like task on the host\n"
          f"{table.latency(rows, SCENARIO, LOAD)}\n\n{table.text_plot(_curves(found, INTERVALS[0]))}\n\nplot: {png}\n\n"
          f"{table.meaning(rows, SCENARIO, LOAD)}\n")
    print("goals:\n" + goals.report(goals.latency(rows)).replace("FAIL", "MISS") + "\n")
    checks = goals.shown(rows)
    print(goals.report(checks) + "\n")
    restored = [line for line in other if "RESTORED" in line]
    print("\n".join(restored) or "NOT-RESTORED: the check did not run")
    return 0 if restored and restored[0].startswith("RESTORED") and all(check.holds for check in checks) else 1
