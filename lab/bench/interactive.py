# SPDX-License-Identifier: LGPL-2.1-or-later
"""How soon a program answers the person who uses it, in a guest that works in the background on a crowded host.

VM desk: a program (an app of lab/programs/vs-interactive.c) that gets real key events through QEMU's VNC server, and hogs. VM
other: hogs. Response: from the key's release to the program's answer, in virtual time. Variants: alone (no hogs anywhere),
vanilla, boost, and weight ratios with and without boost, with and without the guest extension (-ext: the guest's module tells its
tasks, its agent keeps the background ones on a vCPU of their own); app none: nobody touches a key. A level-1 host per app. Ends with the goals,
each with the value measured, and exits 1 when one does not hold.
"""
import itertools
import json
import os
import shutil
import tempfile

import cells
import goals
import table

HERE = os.path.dirname(os.path.abspath(__file__))
APPS = ("launch", "scroll", "type", "video")
RATIOS = (3, 9, 18)
VARIANTS = ("alone", "vanilla", "boost",
            *(f"ratio-{ratio}{boost}{ext}" for ratio in RATIOS for boost in ("", "-boost") for ext in ("", "-ext")))
# Without input: what may differ is only that the guest is watched.
NONE, NONE_VARIANTS = "none", ("vanilla", "ratio-18")
QUICK = ("alone", "vanilla", "ratio-18-boost")
REAL_SECONDS_PER_CELL = 150


def add_arguments(parser):
    parser.add_argument("--json", metavar="FILE", help="write the rows there, after each app what there is")
    parser.add_argument("--add", metavar="FILE", action="append", default=[],
                        help="rows that an earlier run wrote, to be shown, judged and written with this run's")
    parser.add_argument("--suite", help="level-1 suite")
    parser.add_argument("--cpus", type=int, default=1, help="CPUs of level 1 (usual: 1; more take turns, see lab/README.md)")
    parser.add_argument("--vcpus", type=int, default=2, help="vCPUs of each guest (usual: 2)")
    parser.add_argument("--hogs", type=int, default=4, help="background processes of each guest (usual: 4)")
    parser.add_argument("--app", action="append", choices=(*APPS, NONE), help="only this one; none: no input at all")
    parser.add_argument("--variant", action="append", choices=VARIANTS,
                        help="only this one; the goals need alone, vanilla and ratio-18-boost")
    parser.add_argument("--seconds", type=int, default=10, help="virtual seconds of a cell without input (usual: 10)")
    parser.add_argument("--quick", action="store_true", help=f"app type, {', '.join(QUICK)}")


def percentile(values, percent):
    """The smallest of VALUES that PERCENT of them do not exceed; 0 without values."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)] if ordered else 0


def throughput(counts, job_us):
    """Millions of steps a second of counted hogs; COUNTS: rounds and us, at the beginning and at the end.

    Of the seconds that the job's own JOB_US have left: what pressing the keys and measuring costs is the same in each cell, and
    a cell is shorter the sooner the answers come.
    """
    rounds, began, done, ended = counts
    return round((done - rounds) * 1000 / (ended - began - job_us), 4)


def rows_of(found, cpus):
    """One row a cell, on CPUS of level 1; bg_a and bg_b: throughput of the hogs in VM desk and in VM other."""
    out = []
    for cell in found:
        took, job = [us / 1000 for us in cell["use"]["responses_us"]], cell["job_us"] / cpus
        out.append({"bench": "interactive", "app": cell["app"], "variant": cell["variant"],
                    "mean_ms": round(sum(took) / len(took), 3) if took else 0, "p95_ms": round(percentile(took, 95), 3),
                    "max_ms": round(max(took, default=0), 3), "dropped": cell["use"]["dropped"],
                    "bg_a": throughput(cell["desk"], job), "bg_b": throughput(cell["other"], job)})
    return out


def account(loads):
    """The hogs' loads in permille of a CPU, highest first: (by the guest's books, by the module's).

    A guest of Debian's takes the time that its vCPU waits for a CPU for time that its task ran (no PARAVIRT_TIME_ACCOUNTING)."""
    before, after = loads["before"], loads["after"]
    seconds = after["at"] - before["at"]
    guest = [(ran - before["ns"].get(pid, 0)) / 1e6 / seconds for pid, ran in after["ns"].items()]
    desk = next(domain for domain in loads["top"]["domains"] if domain["domain"] == "desk")
    return sorted(guest, reverse=True), sorted((task["run.permille"] + task["wait.permille"] for task in desk["tasks"]), reverse=True)


def watched(found, hogs):
    """What the goals ask about classification: ({app and variant: tasks too many that were background}, worst difference of a
    hog's load from the guest's books in percentage points, or None)."""
    more = {f"{cell['app']}, {cell['variant']}": max(0, len(cell["background"]) - hogs) for cell in found if "background" in cell}
    errors = [abs(ours - theirs) / 10 for cell in found if "loads" in cell
              for theirs, ours in list(itertools.zip_longest(*account(cell["loads"]), fillvalue=0))[:hogs]]
    return more, max(errors, default=None)


def run(lab, args, app, variants):
    """The cells of one app; returns (cells, other lines of the job). LabError or a failing job ends it."""
    env = {"APP": app, "VARIANTS": " ".join(variants), "SECONDS_PER_CELL": str(args.seconds), "VCPUS": str(args.vcpus),
           "HOGS": str(args.hogs)}
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(os.path.join(HERE, "level1"), folder, dirs_exist_ok=True)
        result = lab.exec(["sh", "/mnt/lab/interactive.sh"], suite=args.suite or lab.default_suite, deterministic=True,
                          cpus=args.cpus, mount=folder, env=env, timeout=300 + REAL_SECONDS_PER_CELL * len(variants),
                          name=f"bench interactive, {app} ({len(variants)} cells)")
    if result.exit_status:
        raise SystemExit(f"bench interactive: the job ended with {result.exit_status}\n{result.out[-2000:]}{result.err[-3000:]}"
                         + "\n".join(result.splats))
    return cells.parse(result.out), [line for line in result.out.splitlines() if not line.startswith("CELL ")]


def choose(args):
    """(app, variants) pairs that the options ask for."""
    if args.quick:
        return [("type", QUICK)]
    return [(app, [name for name in (NONE_VARIANTS if app == NONE else VARIANTS) if name in (args.variant or VARIANTS)])
            for app in args.app or (*APPS, NONE)]


def sound(found):
    """Lines about the sound of the videos, which has no place in a row."""
    return [f"SOUND {cell['variant']}: {cell['use']['glitches']} periods of 10 ms without sound"
            for cell in found if cell["app"] == "video"]


def main(args, lab):
    rows, other, checks = [], [], []
    for name in args.add:
        with open(name, encoding="ascii") as earlier:
            rows += json.load(earlier)
    for app, variants in choose(args):
        found, lines = run(lab, args, app, variants)
        rows, other = rows + rows_of(found, args.cpus), other + lines + sound(found)
        checks += goals.classified(*watched(found, args.hogs))
        if args.json:
            with open(args.json, "w", encoding="ascii") as out:
                out.write("[" + ",\n ".join(json.dumps(row) for row in rows) + "]\n")
    print(table.interactive(rows))
    print("\n" + "\n".join(other))
    checks = goals.interactive(rows) + checks
    print("\n" + goals.report(checks))
    return 0 if all(check.holds for check in checks) else 1
