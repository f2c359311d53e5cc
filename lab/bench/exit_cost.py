# SPDX-License-Identifier: LGPL-2.1-or-later
"""What virtsched costs: virtual ns (instructions) per VM exit and per wake-up from HLT, by state of the module, and in the
module's own functions.
"""
import collections
import json
import os
import shutil
import statistics
import tempfile

import cells
import goals

# What a boost and its end are made of: see docs/ARCHITECTURE.md, The kernel module.
FUNCTIONS = {
    "vs_boost_block": "HLT: arm", "vs_boost_wake": "wake-up: charge, set the deadline", "vs_boost_kick": "interrupt for the vCPU",
    "vs_boost_promote": "boost of a preempted vCPU (worker)", "vs_boost_timer": "deadline", "vs_boost_cut": "end of a boost",
    "vs_boost_entry": "pending work before guest entry, with the end of a boost and payback",
}
HERE = os.path.dirname(os.path.abspath(__file__))


def add_arguments(parser):
    parser.add_argument("--json", metavar="FILE", help="write the rows there")
    parser.add_argument("--suite", help="level-1 suite")
    parser.add_argument("--exits", type=int, default=1000, help="samples a measurement, of 20 exits each (usual: 1000)")


def functions(text):
    """One row a function: how often it ran, and its median and longest time in ns."""
    times = collections.defaultdict(list)
    for line in text.splitlines():
        if line.startswith("FUNCTION "):
            _, name, micros = line.split()
            times[name].append(round(float(micros) * 1000))
    return [{"bench": "exit-cost", "function": name, "calls": len(times[name]), "median_ns": statistics.median_low(times[name]),
             "max_ns": max(times[name])} for name in FUNCTIONS if times[name]]


def main(args, lab):
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(os.path.join(HERE, "level1", "exit-cost.sh"), folder)
        result = lab.exec(["sh", "/mnt/lab/exit-cost.sh"], suite=args.suite or lab.default_suite, deterministic=True,
                          mount=folder, env={"N": str(args.exits), "FUNCTIONS": " ".join(FUNCTIONS)}, timeout=600, name="bench exit-cost")
    if result.exit_status:
        raise SystemExit(f"bench exit-cost: the job ended with {result.exit_status}\n{result.out[-2000:]}{result.err[-3000:]}"
                         + "\n".join(result.splats))
    rows = [{"bench": "exit-cost", "state": cell["state"], **cell["cost"]} for cell in cells.parse(result.out)]
    costs = functions(result.out)
    if args.json:
        with open(args.json, "w", encoding="ascii") as out:
            out.write("[" + ",\n ".join(json.dumps(row) for row in rows + costs) + "]\n")
    for row in rows:
        print(f"{row['state']:>16}: {row['exit_ns']:9.1f} ns per exit, {row['halt_wakeup_ns']:9.1f} ns per wake-up from HLT")
    for row in costs:
        print(f"{row['function']:>16}: {row['median_ns']:6} ns, at most {row['max_ns']:6}, {row['calls']:5} calls: {FUNCTIONS[row['function']]}")
    checks = goals.exit_cost(rows)
    print(goals.report(checks))
    return 0 if all(check.holds for check in checks) else 1
