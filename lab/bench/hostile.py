# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a guest can do to others by misusing the guest channel: CPU time of another VM and of the host's work, and the latency of a
real-time task of the host's, against the same VM with an ordinary hog in it.
"""
import json
import os
import shutil
import tempfile

import cells
import goals

HERE = os.path.dirname(os.path.abspath(__file__))
BASE = "hog"
WAYS = (BASE, "urgent", "frozen", "flip", "garbage", "everywhere", "foreign", "kick")


def add_arguments(parser):
    parser.add_argument("--json", metavar="FILE", help="write the rows there")
    parser.add_argument("--suite", help="level-1 suite")
    parser.add_argument("--way", action="append", choices=WAYS[1:], help="only this one")
    parser.add_argument("--seconds", type=int, default=2, help="virtual seconds a cell (usual: 2)")


def rows_of(found):
    """One row a way: shares of a CPU, and the host's real-time task in us."""
    rows = []
    for cell in found:
        seconds = cell["ended"] - cell["began"]
        row = {"bench": "hostile", "way": cell["way"]}
        row.update((side, round(used / 1e6 / seconds, 4)) for side, used in cell["cpu_us"].items())
        rows.append({**row, "rt_avg_us": cell["rt"]["avg_us"], "rt_p99_us": cell["rt"]["p99_us"], "rt_max_us": cell["rt"]["max_us"]})
    return rows


def text(rows):
    lines = [f"{'guest':>11} | {'desk':>7} | {'other':>7} | {'host':>7} | real-time task: avg, p99, max us"]
    lines += [f"{row['way']:>11} | {row['desk']:>7.3f} | {row['other']:>7.3f} | {row['host']:>7.3f} | "
              f"{row['rt_avg_us']:.1f}, {row['rt_p99_us']:.1f}, {row['rt_max_us']:.1f}" for row in rows]
    return "\n".join(lines)


def main(args, lab):
    ways = [BASE, *(args.way or WAYS[1:])]
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(os.path.join(HERE, "level1"), folder, dirs_exist_ok=True)
        result = lab.exec(["sh", "/mnt/lab/hostile.sh"], suite=args.suite or lab.default_suite, deterministic=True, mount=folder,
                          env={"WAYS": " ".join(ways), "SECONDS_PER_CELL": str(args.seconds)}, timeout=600 + 60 * len(ways),
                          name="bench hostile")
    if result.exit_status:
        raise SystemExit(f"bench hostile: the job ended with {result.exit_status}\n{result.out[-2000:]}{result.err[-3000:]}"
                         + "\n".join(result.splats))
    rows = rows_of(cells.parse(result.out))
    if args.json:
        with open(args.json, "w", encoding="ascii") as out:
            out.write("[" + ",\n ".join(json.dumps(row) for row in rows) + "]\n")
    print(text(rows))
    print("\n".join(line for line in result.out.splitlines() if line.startswith("STATS ")))
    checks = goals.hostile(rows)
    print("\n" + goals.report(checks))
    return 0 if all(check.holds for check in checks) else 1
