# SPDX-License-Identifier: LGPL-2.1-or-later
"""Live migration of a guest with a heavy writer, a light writer and a reader, between two libvirt hosts over a slow link:
plain, with libvirt's auto-converge, with QEMU's dirty-limit (dirty ring), and with virtsched's dirty quota.

Cases: working sets and links, most of them such that plain pre-copy never converges. A migration that is not through after
--cap virtual seconds is cancelled and counts as not converged. writer, light, reader: work done while memory was copied, of
what it was before; the pause at the end is downtime_ms. What virtsched promises of the quota is taken from the module's trace: what
was dirtied in any second, and, in the case "cancelled", how long vCPUs were held up when the migration had ended. Ends with the
goals, and exits 1 when one does not hold.
"""
import calendar
import concurrent.futures
import json
import os
import shutil
import tempfile
import time

import cells
import goals
import quota_trace
import table

HERE = os.path.dirname(os.path.abspath(__file__))
VARIANTS = ("plain", "auto-converge", "dirty-limit", "virtsched")
# Name: (working set MiB, what the writer would write MiB/s, link MiB/s).
CASES = {"small": (16, 40, 16), "medium": (48, 60, 32), "large": (64, 100, 64), "easy": (8, 40, 64), "cancelled": (48, 60, 32)}
CANCELLED = "cancelled"     # in its third pass; virtsched's alone, and no row of the table
CANCELLED_CAP = 6
INTERVAL_MS = 10
WORKERS = ("writer", "light", "reader")
MIB = 1 << 20
REPORT = 0.12   # seconds between two reports of a load, at most
REAL_SECONDS_PER_SECOND = 5
BRING_UP = 20   # virtual seconds a cell besides the migration


def add_arguments(parser):
    parser.add_argument("--json", metavar="FILE", help="write the rows there, after each case what there is")
    parser.add_argument("--add", metavar="FILE", action="append", default=[],
                        help="what an earlier run wrote with --json or --raw, to be shown, judged and written with this run's")
    parser.add_argument("--raw", metavar="FILE", help="append what each cell measured, one line a cell, there")
    parser.add_argument("--no-run", action="store_true", help="measure nothing: only what --add names")
    parser.add_argument("--suite", help="level-1 suite")
    parser.add_argument("--case", action="append", choices=CASES, help="only this one")
    parser.add_argument("--variant", action="append", choices=VARIANTS, help="only this one; the goals need virtsched and others")
    parser.add_argument("--before", type=int, default=2, metavar="S", help="virtual seconds measured before (usual: 2)")
    parser.add_argument("--cap", type=int, default=30, metavar="S", help="virtual seconds until a migration is cancelled (usual: 30)")
    parser.add_argument("--together", action="store_true", help="all cases in one level-1 host: sooner, but lost together if it fails")
    parser.add_argument("--jobs", type=int, default=1, metavar="N",
                        help="so many level-1 hosts at once, a case each, 3 GiB each; virtual time does not notice (usual: 1)")
    parser.add_argument("--quick", action="store_true", help="case medium, given up after 15 virtual seconds")


def events(cell):
    """(epoch seconds, text) of the lines that virsh event --timestamp printed."""
    out = []
    for line in cell["events"]:
        when, mark, text = line.partition("+0000: ")
        if mark:
            whole, _, part = when.partition(".")
            out.append((calendar.timegm(time.strptime(whole, "%Y-%m-%d %H:%M:%S")) + float("0." + (part or "0")), text))
    return out


def window(cell):
    """(begin, end) of the copying on the guest's clock: from the first pass to the pause, or to the end of patience."""
    found = events(cell)
    shift = cell["stamp"]["guest"] - cell["stamp"]["host"]
    begins = [when for when, text in found if "'migration-iteration'" in text]
    ends = [when for when, text in found if "'lifecycle'" in text and "Suspended" in text] if cell["converged"] else [cell["ended"]]
    if not begins or not ends:
        raise SystemExit(f"bench migration: no begin or end of {cell['case']}, {cell['variant']} among the events: {cell['events']}")
    return begins[0] + shift, ends[-1] + shift


def done(series, when):
    """Pages done at WHEN, between two reports in proportion. series: [[seconds, pages], ...]."""
    if when <= series[0][0]:
        return series[0][1]
    for (t0, p0), (t1, p1) in zip(series, series[1:]):
        if when <= t1:
            return p0 + (p1 - p0) * (when - t0) / (t1 - t0)
    return series[-1][1]


def rate(series, begin, end):
    """Pages a second in a window; 0 for an empty one.

    It ends with the last report in it, because the next one may come after the pause; who is silent for longer than REPORT did
    nothing meanwhile.
    """
    last = max([when for when, _ in series if when <= end], default=end)
    end = max(last, end - REPORT)
    return (done(series, last) - done(series, begin)) / (end - begin) if end > begin and last >= begin else 0.0


def row_of(cell):
    """The row of one cell. total_s: from the first pass to the end of the pause, as QEMU counts; libvirt's preparations are not in it."""
    silent = [name for name in WORKERS if not cell["work"][name]]
    if silent:
        raise SystemExit(f"bench migration: no work of {' and '.join(silent)} in {cell['case']}, {cell['variant']}")
    begin, end = window(cell)
    stamp, job = cell["stamp"]["guest"], cell["job"]
    downtime = job.get("downtime", 0) if cell["converged"] else 0
    row = {"bench": "migration", "case": cell["case"], "variant": cell["variant"], "converged": cell["converged"],
           "total_s": round(end - begin + downtime / 1000, 2), "downtime_ms": downtime,
           "transferred_mib": round(job.get("memory_processed", 0) / MIB, 1)}
    for name in WORKERS:
        series = cell["work"][name]
        before = rate(series, stamp - cell["before"], stamp)
        row[name] = round(rate(series, begin, end) / before, 4) if before else 0.0
    return row


def quota_rows(cell):
    """Rows of what the trace of a cell says of the quota; none for a cell without one."""
    if "claims" not in cell:
        return []
    seconds, worst = quota_trace.worst_second(cell["claims"])
    rows = [{"bench": "migration-quota", "case": cell["case"], "seconds": seconds, "worst_second": round(worst, 4)}] if seconds else []
    end = quota_trace.end_of(cell["states"], cell["mark"])
    if cell["case"] == CANCELLED:
        if end is None or not cell["waits"]:
            raise SystemExit(f"bench migration: nobody was held up, or no end, in {cell['case']}: {cell['states']}")
        rows.append({"bench": "migration-end", "case": CANCELLED, "interval_ms": INTERVAL_MS,
                     "waited_ms": round(1000 * quota_trace.waited_after(cell["waits"], end), 2)})
    return rows


def rows_of(cell):
    """All rows of one cell."""
    return ([] if cell["case"] == CANCELLED else [row_of(cell)]) + quota_rows(cell)


def variants_of(args, case):
    """The ones that are run in a case."""
    chosen = args.variant or VARIANTS
    return [variant for variant in chosen if variant == "virtsched" or case != CANCELLED]


def run(lab, args, cases, cap):
    """The cells of some cases in one level-1 host. LabError or a failing job ends it."""
    caps = {case: CANCELLED_CAP if case == CANCELLED else cap for case in cases}
    env = {"CASES": " ".join(":".join(str(word) for word in (case, *CASES[case], caps[case], ",".join(variants_of(args, case))))
                             for case in cases), "BEFORE": str(args.before)}
    limit = 300 + sum(len(variants_of(args, case)) * (BRING_UP + args.before + caps[case]) for case in cases) * REAL_SECONDS_PER_SECOND
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(os.path.join(HERE, "level1"), folder, dirs_exist_ok=True)
        result = lab.exec(["sh", "/mnt/lab/migration.sh"], suite=args.suite or lab.default_suite, deterministic=True, mount=folder,
                          env=env, timeout=limit, name=f"bench migration, {' '.join(cases)}")
    if result.exit_status:
        raise SystemExit(f"bench migration: the job ended with {result.exit_status}\n{result.out[-2000:]}{result.err[-3000:]}"
                         + "\n".join(result.splats))
    if args.raw:
        with open(args.raw, "a", encoding="ascii") as raw:
            raw.writelines(line + "\n" for line in result.out.splitlines() if line.startswith("CELL "))
    for line in result.out.splitlines():
        if line.startswith(("SKIPPED ", "STATS ")):
            print(line)
    return cells.parse(result.out)


def earlier(name):
    """The rows of a file that --json or --raw wrote."""
    with open(name, encoding="ascii") as file:
        text = file.read()
    return [row for cell in cells.parse(text) for row in rows_of(cell)] if text.startswith("CELL ") else json.loads(text)


def in_order(rows):
    """By kind, case and variant, as they are listed; of two alike the later one."""
    by = {(row["bench"], row["case"], row.get("variant")): row for row in rows}
    keys = [(kind, case, variant) for kind in ("migration", "migration-quota", "migration-end") for case in CASES
            for variant in (VARIANTS if kind == "migration" else (None,))]
    return [by[key] for key in keys if key in by]


def write(name, rows):
    with open(name, "w", encoding="ascii") as out:
        out.write("[" + ",\n ".join(json.dumps(row) for row in rows) + "]\n")


def main(args, lab):
    rows = in_order([row for name in args.add for row in earlier(name)])
    cases = [] if args.no_run else args.case or (["medium"] if args.quick else list(CASES))
    cases = [case for case in cases if variants_of(args, case)]
    groups = [cases] if args.together and cases else [[case] for case in cases]
    cap = min(args.cap, 15) if args.quick else args.cap
    if groups:
        lab.prepare(args.suite or lab.default_suite)
    with concurrent.futures.ThreadPoolExecutor(max_workers=max(args.jobs, 1)) as pool:
        for done_one in concurrent.futures.as_completed([pool.submit(run, lab, args, group, cap) for group in groups]):
            rows = in_order(rows + [row for cell in done_one.result() for row in rows_of(cell)])
            if args.json:
                write(args.json, rows)
    if args.json and args.no_run:
        write(args.json, rows)
    print(table.migration([row for row in rows if row["bench"] == "migration"]))
    checks = goals.migration(rows)
    print("\n" + goals.report(checks))
    return 0 if all(check.holds for check in checks) else 1
