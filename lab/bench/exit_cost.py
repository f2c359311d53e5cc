# SPDX-License-Identifier: LGPL-2.1-or-later
"""What virtsched costs: virtual ns (instructions) per VM exit and per wake-up from HLT, by state of the module."""
import json
import os
import shutil
import tempfile

import cells
import goals

HERE = os.path.dirname(os.path.abspath(__file__))


def add_arguments(parser):
    parser.add_argument("--json", metavar="FILE", help="write the rows there")
    parser.add_argument("--suite", help="level-1 suite")
    parser.add_argument("--exits", type=int, default=1000, help="samples a measurement, of 20 exits each (usual: 1000)")


def main(args, lab):
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(os.path.join(HERE, "level1", "exit-cost.sh"), folder)
        result = lab.exec(["sh", "/mnt/lab/exit-cost.sh"], suite=args.suite or lab.default_suite, deterministic=True,
                          mount=folder, env={"N": str(args.exits)}, timeout=600, name="bench exit-cost")
    if result.exit_status:
        raise SystemExit(f"bench exit-cost: the job ended with {result.exit_status}\n{result.out[-2000:]}{result.err[-3000:]}"
                         + "\n".join(result.splats))
    rows = [{"bench": "exit-cost", "state": cell["state"], **cell["cost"]} for cell in cells.parse(result.out)]
    if args.json:
        with open(args.json, "w", encoding="ascii") as out:
            out.write("[" + ",\n ".join(json.dumps(row) for row in rows) + "]\n")
    for row in rows:
        print(f"{row['state']:>16}: {row['exit_ns']:9.1f} ns per exit, {row['halt_wakeup_ns']:9.1f} ns per wake-up from HLT")
    checks = goals.exit_cost(rows)
    print(goals.report(checks))
    return 0 if all(check.holds for check in checks) else 1
