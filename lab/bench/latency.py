# SPDX-License-Identifier: LGPL-2.1-or-later
"""Timer wake-up latency of guest and host: vanilla, static (all vCPUs SCHED_FIFO), virtsched, and virtsched with the guest's own
module, in one deterministic run.

Cells: host idle or busy (4 hogs, 4 sleepers) x guest light (nothing else), mixed (a sleeper) or full (a hog) x interval.
Ends with the goals, each with the value measured, and exits 1 when one does not hold.
"""
import json
import os
import shutil
import tempfile

import cells
import goals
import table

HERE = os.path.dirname(os.path.abspath(__file__))
REAL_SECONDS_PER_CELL = 60


def add_arguments(parser):
    parser.add_argument("--json", metavar="FILE", help="write the rows there")
    parser.add_argument("--suite", help="level-1 suite")
    parser.add_argument("--cpus", type=int, default=1, help="CPUs of level 1 (usual: 1; more take turns, see lab/README.md)")
    parser.add_argument("--vcpus", type=int, default=1, help="vCPUs of the guest")
    parser.add_argument("--seconds", type=float, default=2, help="virtual seconds a cell (usual: 2)")
    parser.add_argument("--scenario", action="append", choices=("idle", "busy"), help="only this one")
    parser.add_argument("--guest-load", action="append", choices=("light", "mixed", "full"), help="only this one")
    parser.add_argument("--interval", action="append", type=int, help="us (usual: 500 and 1000)")
    parser.add_argument("--variant", action="append", choices=table.ALL_VARIANTS, help="only this one")
    parser.add_argument("--tool", choices=("vs-latency", "cyclictest"), default="vs-latency",
                        help="what measures: our own program, to 10 ns, or rt-tests' cyclictest, in whole us")
    parser.add_argument("--quick", action="store_true", help="busy host, light and full guest, 500 us, 1 virtual second")


def run(lab, suite, cpus, vcpus, seconds, scenarios, loads, intervals, variants=table.VARIANTS, tool="vs-latency"):
    """Run the cells; returns (cells, other lines of the job). LabError or a failing job ends it."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(os.path.join(HERE, "level1"), folder, dirs_exist_ok=True)
        count = len(scenarios) * len(loads) * len(intervals) * len(variants)
        env = {"VARIANTS": " ".join(variants), "SCENARIOS": " ".join(scenarios), "LOADS": " ".join(loads),
               "INTERVALS": " ".join(map(str, intervals)), "SECONDS_PER_CELL": str(seconds), "VCPUS": str(vcpus),
               "TOOL": "--cyclictest" if tool == "cyclictest" else ""}
        result = lab.exec(["sh", "/mnt/lab/latency.sh"], suite=suite, deterministic=True, cpus=cpus, mount=folder, env=env,
                          timeout=300 + REAL_SECONDS_PER_CELL * count, name=f"bench latency ({count} cells)")
    if result.exit_status:
        raise SystemExit(f"bench latency: the job ended with {result.exit_status}\n{result.out[-2000:]}{result.err[-3000:]}"
                         + "\n".join(result.splats))
    return cells.parse(result.out), [line for line in result.out.splitlines() if not line.startswith("CELL ")]


def choose(args):
    """(scenarios, loads, intervals, seconds) that the options ask for."""
    if args.quick:
        return ["busy"], ["light", "full"], [500], 1
    return (args.scenario or ["idle", "busy"], args.guest_load or ["light", "mixed", "full"], args.interval or [500, 1000],
            args.seconds)


def main(args, lab):
    scenarios, loads, intervals, seconds = choose(args)
    found, other = run(lab, args.suite or lab.default_suite, args.cpus, args.vcpus, seconds, scenarios, loads, intervals,
                       args.variant or table.ALL_VARIANTS, args.tool)
    rows = cells.rows(found)
    if args.json:
        with open(args.json, "w", encoding="ascii") as out:
            out.write("[" + ",\n ".join(json.dumps(row) for row in rows) + "]\n")
    for scenario in scenarios:
        for load in loads:
            print(f"\n{scenario} host, {load} guest\n{table.latency(rows, scenario, load)}")
    print("\n" + "\n".join(other))
    checks = goals.latency(rows) + goals.guest_voice(rows)
    print("\n" + goals.report(checks))
    restored = any(line.startswith("RESTORED") for line in other) or not set(args.variant or table.ALL_VARIANTS) & {"virtsched", "virtsched-guest"}
    return 0 if restored and all(check.holds for check in checks) else 1
