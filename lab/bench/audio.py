# SPDX-License-Identifier: LGPL-2.1-or-later
"""Glitches of a guest that plays sound through 2, 4 or 10 ms buffers: vanilla, static (all vCPUs SCHED_FIFO), virtsched
with its profile audio, and the same with the guest's own module.

Cells: buffer x host without load or busy as by a browser benchmark (24 threads in bursts), one virtual minute each, a level-1
host per buffer. Ends with the goals, each with the value measured, and exits 1 when one does not hold.
"""
import json
import os
import shutil
import tempfile

import cells
import goals
import table

HERE = os.path.dirname(os.path.abspath(__file__))
HOSTS = ("noload", "busy")
BUFFERS = (2, 4, 10)
REAL_SECONDS_PER_SECOND = 8


def add_arguments(parser):
    parser.add_argument("--json", metavar="FILE", help="write the rows there, after each buffer what there is")
    parser.add_argument("--add", metavar="FILE", action="append", default=[],
                        help="rows that an earlier run wrote, to be shown, judged and written with this run's")
    parser.add_argument("--suite", help="level-1 suite")
    parser.add_argument("--cpus", type=int, default=1, help="CPUs of level 1 (usual: 1; more take turns, see lab/README.md)")
    parser.add_argument("--vcpus", type=int, default=1, help="vCPUs of the guest")
    parser.add_argument("--seconds", type=int, default=60, help="virtual seconds a cell (usual: 60)")
    parser.add_argument("--buffer", action="append", type=int, metavar="MS", help="ms (usual: 2, 4 and 10)")
    parser.add_argument("--host", action="append", choices=HOSTS, help="only this one")
    parser.add_argument("--variant", action="append", choices=table.ALL_VARIANTS, help="only this one; the goals need vanilla and virtsched")
    parser.add_argument("--quick", action="store_true", help="busy host, 2 ms, 10 virtual seconds")


def rows_of(found):
    """One row a cell. vm, other: shares of all CPU time, of the vCPUs and of the host's load."""
    out = []
    for cell in found:
        guest, seconds = cell["guest"], cell["ended"] - cell["began"]
        row = {"bench": "audio", "buffer_ms": guest["buffer_ms"], "host": cell["host"], "variant": cell["variant"]}
        row.update((name, guest[name]) for name in ("callbacks", "glitches", "longest_us", "mean_us", "p99_us"))
        row.update(vm=round(cell["cpu_us"]["vcpus"] / 1e6 / seconds, 4), other=round(cell["cpu_us"]["host"] / 1e6 / seconds, 4))
        out.append(row)
    return out


def run(lab, args, buffer, hosts, seconds):
    """The cells of one buffer; returns (rows, other lines of the job). LabError or a failing job ends it."""
    variants = args.variant or table.ALL_VARIANTS
    env = {"VARIANTS": " ".join(variants), "HOSTS": " ".join(hosts), "BUFFERS": str(buffer), "SECONDS_PER_CELL": str(seconds),
           "VCPUS": str(args.vcpus)}
    limit = 300 + len(variants) * len(hosts) * (60 + REAL_SECONDS_PER_SECOND * seconds)
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(os.path.join(HERE, "level1"), folder, dirs_exist_ok=True)
        result = lab.exec(["sh", "/mnt/lab/audio.sh"], suite=args.suite or lab.default_suite, deterministic=True, cpus=args.cpus,
                          mount=folder, env=env, timeout=limit, name=f"bench audio, {buffer} ms")
    if result.exit_status:
        raise SystemExit(f"bench audio: the job ended with {result.exit_status}\n{result.out[-2000:]}{result.err[-3000:]}"
                         + "\n".join(result.splats))
    return rows_of(cells.parse(result.out)), [line for line in result.out.splitlines() if not line.startswith("CELL ")]


def choose(args):
    """(buffers, hosts, seconds) that the options ask for."""
    if args.quick:
        return [2], ["busy"], 10
    return args.buffer or BUFFERS, args.host or HOSTS, args.seconds


def main(args, lab):
    buffers, hosts, seconds = choose(args)
    rows, other = [], []
    for name in args.add:
        with open(name, encoding="ascii") as earlier:
            rows += json.load(earlier)
    for buffer in buffers:
        more, lines = run(lab, args, buffer, hosts, seconds)
        rows, other = rows + more, other + lines
        if args.json:
            with open(args.json, "w", encoding="ascii") as out:
                out.write("[" + ",\n ".join(json.dumps(row) for row in rows) + "]\n")
    print(table.audio(rows))
    print("\n" + "\n".join(other))
    checks = goals.audio(rows)
    print("\n" + goals.report(checks))
    return 0 if all(check.holds for check in checks) else 1
