# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who pays for a boost: two VMs with a hog each, one of them boosted and with a real-time task, and hogs on the host.

CPU time of each side in the same window, under vanilla, static (the first VM's vCPUs SCHED_FIFO) and virtsched. A boost may
change when a VM runs, not how much.
"""
import json
import os
import shutil
import tempfile

import cells
import goals
import table

HERE = os.path.dirname(os.path.abspath(__file__))
SIDES = ("desk", "other", "host")


def add_arguments(parser):
    parser.add_argument("--json", metavar="FILE", help="write the rows there")
    parser.add_argument("--suite", help="level-1 suite")
    parser.add_argument("--cpus", type=int, default=1, help="CPUs of level 1 (usual: 1)")
    parser.add_argument("--vcpus", type=int, default=1, help="vCPUs of each guest")
    parser.add_argument("--variant", action="append", choices=table.VARIANTS, help="only this one; the goals need vanilla and virtsched")
    parser.add_argument("--seconds", type=int, default=5, help="virtual seconds a cell (usual: 5)")
    parser.add_argument("--interval", type=int, default=500, help="period of the real-time task, us (usual: 500)")


def rows_of(found, vcpus):
    """One row a variant and side; share: of all CPU time in the window."""
    return [{"bench": "fairness", "variant": cell["variant"], "side": side, "vcpus": vcpus,
             "cpu_us": cell["cpu_us"][side], "share": round(cell["cpu_us"][side] / 1e6 / (cell["ended"] - cell["began"]), 4)}
            for cell in found for side in SIDES]


def text(rows):
    """A table of shares, sides by variants."""
    lines = [f"{'share of a CPU':>16} | " + " | ".join(f"{name:^10}" for name in table.VARIANTS)]
    for side in SIDES:
        shares = [cells.find(rows, variant=variant, side=side) for variant in table.VARIANTS]
        lines.append(f"{side:>16} | " + " | ".join(f"{row['share']:^10.3f}" if row else f"{'-':^10}" for row in shares))
    return "\n".join(lines)


def main(args, lab):
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(os.path.join(HERE, "level1"), folder, dirs_exist_ok=True)
        env = {"VARIANTS": " ".join(args.variant or table.VARIANTS), "SECONDS_PER_CELL": str(args.seconds), "VCPUS": str(args.vcpus),
               "INTERVAL": str(args.interval)}
        result = lab.exec(["sh", "/mnt/lab/fairness.sh"], suite=args.suite or lab.default_suite, deterministic=True,
                          cpus=args.cpus, mount=folder, env=env, timeout=600 + 60 * args.seconds, name="bench fairness")
    if result.exit_status:
        raise SystemExit(f"bench fairness: the job ended with {result.exit_status}\n{result.out[-2000:]}{result.err[-3000:]}"
                         + "\n".join(result.splats))
    rows = rows_of(cells.parse(result.out), args.vcpus)
    if args.json:
        with open(args.json, "w", encoding="ascii") as out:
            out.write("[" + ",\n ".join(json.dumps(row) for row in rows) + "]\n")
    print(text(rows))
    print("\n".join(line for line in result.out.splitlines() if line.startswith("STATS ")))
    checks = goals.fairness(rows) if not args.variant else []
    print("\n" + goals.report(checks))
    return 0 if all(check.holds for check in checks) else 1
