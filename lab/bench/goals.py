# SPDX-License-Identifier: LGPL-2.1-or-later
"""The goals of the benchmarks as a list of checks on rows of one run. Pure."""
import dataclasses

import cells

HOST_RT_MORE_US = 40
HOGS_KEEP = 0.95
FAIR = 0.02
HOSTILE = 1.1
AUDIO_FEWER = ((2, 50), (4, 50), (10, 10))
MIGRATION_HALF = 0.5
MIGRATION_KEEP = (("reader", 0.97), ("light", 0.95))
MIGRATION_FREE = 1.1
MIGRATION_QUOTA = 1.05
RESPONSE_OF_ALONE = 1.3
RESPONSE_GAIN = 2
OTHER_VM_KEEPS = 0.98
WITHOUT_INPUT = 0.005
SAMPLING_ERROR = 5


@dataclasses.dataclass(frozen=True)
class Check:
    """One goal, measured: what, the value, its bound, whether it holds."""
    what: str
    value: float
    bound: float
    holds: bool


def _at_most(what, value, bound):
    return Check(what, value, bound, value <= bound)


def _guest(where, vanilla, static, ours, load):
    name = f"{where}: guest"
    if load == "mixed":
        return [_at_most(f"{name} average, 1/30 of vanilla's", ours["avg_us"], vanilla["avg_us"] / 30)]
    return [_at_most(f"{name} average, 2 x static's median", ours["avg_us"], 2 * static["median_us"]),
            _at_most(f"{name} maximum, static's or 1/50 of vanilla's", ours["max_us"],
                     max(static["max_us"], vanilla["max_us"] / 50))]


def _hogs(where, vanilla, ours):
    kept = ours["hogs"] / vanilla["hogs"]
    return Check(f"{where}: host hogs keep of vanilla's throughput", kept, HOGS_KEEP, kept >= HOGS_KEEP)


def latency(rows):
    """Checks for every busy cell that was run under all three variants."""
    checks = []
    for load in ("light", "mixed", "full"):
        for interval in sorted({row["interval_us"] for row in rows}):
            side = {}
            for variant in ("vanilla", "static", "virtsched"):
                for name in cells.SIDES:
                    side[variant, name] = cells.find(rows, scenario="busy", guest_load=load, interval_us=interval,
                                                     variant=variant, side=name)
            if not all(side.values()):
                continue
            where = f"{load} {interval} us"
            checks += _guest(where, side["vanilla", "guest"], side["static", "guest"], side["virtsched", "guest"], load)
            checks.append(_at_most(f"{where}: host real-time task maximum, vanilla's + {HOST_RT_MORE_US} us",
                                   side["virtsched", "host-rt"]["max_us"],
                                   side["vanilla", "host-rt"]["max_us"] + HOST_RT_MORE_US))
            if load == "full":
                checks.append(_hogs(where, side["vanilla", "host"], side["virtsched", "host"]))
    return checks


def shown(rows):
    """What the demo is judged by: orders of magnitude, which hold for every build; the goals themselves are bench latency's.

    Not by a percentile: about one of vanilla's interrupts in a hundred waits for a slice of others, so that its 99th percentile
    lies on an edge (641 us every 500 us, 3574 every 1000 us, in one build).
    """
    checks = []
    for interval in sorted({row["interval_us"] for row in rows}):
        side = {(row["variant"], row["side"]): row for row in rows if row["interval_us"] == interval}
        where, ours, vanilla = f"{interval} us", side["virtsched", "guest"], side["vanilla", "guest"]
        checks += [_at_most(f"{where}: guest average, 1/5 of vanilla's", ours["avg_us"], vanilla["avg_us"] / 5),
                   _at_most(f"{where}: guest maximum, 1/20 of vanilla's", ours["max_us"], vanilla["max_us"] / 20),
                   _at_most(f"{where}: host real-time task maximum, vanilla's + {HOST_RT_MORE_US} us",
                            side["virtsched", "host-rt"]["max_us"], side["vanilla", "host-rt"]["max_us"] + HOST_RT_MORE_US),
                   _hogs(where, side["vanilla", "host"], side["virtsched", "host"])]
    return checks


def guest_voice(rows):
    """Checks of every cell that was run with the guest's module, host idle and busy."""
    checks = []
    for mine in rows:
        if mine["variant"] != "virtsched-guest" or mine["side"] == "host-rt":
            continue
        where = {key: mine[key] for key in ("scenario", "guest_load", "interval_us", "side")}
        name = "{scenario} host, {guest_load} guest, {interval_us} us, with the guest's module:".format(**where)
        static, vanilla = (cells.find(rows, variant=variant, **where) for variant in ("static", "vanilla"))
        if mine["side"] == "guest" and static:
            checks += [_at_most(f"{name} guest average, static's x 1.05", mine["avg_us"], static["avg_us"] * 1.05),
                       _at_most(f"{name} guest maximum, static's", mine["max_us"], static["max_us"])]
        elif mine["side"] == "host" and vanilla:
            checks.append(_at_most(f"{name} host maximum, vanilla's x 1.1", mine["max_us"], vanilla["max_us"] * 1.1))
    return checks


def fairness(rows):
    """Nobody else loses more than 2 %, the boosted VM gains at most 2 % of CPU over vanilla."""
    share = {(row["variant"], row["side"]): row["share"] for row in rows}
    checks = []
    for side in ("other", "host"):
        kept = share["virtsched", side] / share["vanilla", side]
        checks.append(Check(f"{side} keeps of its vanilla CPU time", kept, 1 - FAIR, kept >= 1 - FAIR))
    gained = share["virtsched", "desk"] / share["vanilla", "desk"]
    return checks + [_at_most("the boosted VM's CPU time, of its vanilla", gained, 1 + FAIR)]


def audio(rows):
    """No glitch on an idle host; on a busy one so many times fewer than vanilla. For each buffer run under both variants."""
    glitches = {(row["buffer_ms"], row["host"], row["variant"]): row["glitches"] for row in rows}
    checks = []
    for buffer, fewer in AUDIO_FEWER:
        for variant in ("virtsched", "virtsched-guest"):
            if (buffer, "noload", variant) in glitches:
                checks.append(_at_most(f"{variant}, {buffer} ms, idle host: glitches", glitches[buffer, "noload", variant], 0))
            if {(buffer, "busy", "vanilla"), (buffer, "busy", variant)} <= glitches.keys():
                checks.append(_at_most(f"{variant}, {buffer} ms, busy host: glitches, 1/{fewer} of vanilla's",
                                       glitches[buffer, "busy", variant], glitches[buffer, "busy", "vanilla"] / fewer))
    return checks


def migration(rows):
    """Checks of each case that was run with virtsched: it converges, in half of auto-converge's time, and only the writer pays.

    An auto-converge that was given up counts with the time that it had. Where plain pre-copy converges there is nothing to gain:
    virtsched is at most a tenth slower than that.
    """
    by = {(row["case"], row["variant"]): row for row in rows if row["bench"] == "migration"}
    checks = []
    for (case, variant), mine in by.items():
        if variant != "virtsched":
            continue
        plain, other = by.get((case, "plain")), by.get((case, "auto-converge"))
        checks.append(Check(f"{case}: converges", float(mine["converged"]), 1.0, mine["converged"]))
        if plain and plain["converged"]:
            checks.append(_at_most(f"{case}: total s, {MIGRATION_FREE} x plain's", mine["total_s"], MIGRATION_FREE * plain["total_s"]))
        elif other:
            checks.append(_at_most(f"{case}: total s, {MIGRATION_HALF} x auto-converge's", mine["total_s"],
                                   MIGRATION_HALF * other["total_s"]))
        checks += [Check(f"{case}: {name} keeps", mine[name], bound, mine[name] >= bound) for name, bound in MIGRATION_KEEP]
    checks += [_at_most(f"{row['case']}: dirtied in the worst of {row['seconds']} seconds, of its quota", row["worst_second"], MIGRATION_QUOTA)
               for row in rows if row["bench"] == "migration-quota"]
    checks += [_at_most(f"{row['case']}: vCPUs held up after its end, ms; an interval", row["waited_ms"], row["interval_ms"])
               for row in rows if row["bench"] == "migration-end"]
    return checks


def _at_least(what, value, bound):
    return Check(what, value, bound, value >= bound)


def _response(app, alone, vanilla, ours):
    return [_at_most(f"{app}: mean response at 1:18 with boost, of alone's", ours["mean_ms"] / alone["mean_ms"], RESPONSE_OF_ALONE),
            _at_least(f"{app}: vanilla's mean response, of that at 1:18 with boost", vanilla["mean_ms"] / ours["mean_ms"],
                      RESPONSE_GAIN)]


def interactive(rows):
    """Response of each app run alone, under vanilla and at 1:18 with boost; the other VM's throughput under every variant; no
    difference without input."""
    checks = []
    for app in dict.fromkeys(row["app"] for row in rows):
        mine = {row["variant"]: row for row in rows if row["app"] == app}
        if app != "none" and {"alone", "vanilla", "ratio-18-boost"} <= mine.keys():
            checks += _response(app, mine["alone"], mine["vanilla"], mine["ratio-18-boost"])
        for variant, row in mine.items():
            if variant in ("alone", "vanilla") or "vanilla" not in mine:
                continue
            if app != "none":
                checks.append(_at_least(f"{app}: other VM's throughput, {variant}, of vanilla's", row["bg_b"] / mine["vanilla"]["bg_b"],
                                        OTHER_VM_KEEPS))
                continue
            checks += [_at_most(f"no input: VM {vm}'s throughput, {variant}, distance from vanilla's",
                                abs(row[key] / mine["vanilla"][key] - 1), WITHOUT_INPUT) for vm, key in (("desk", "bg_a"), ("other", "bg_b"))]
    return checks


def classified(more, error):
    """Nothing but the hogs is ever background; loads are the guest's own. Arguments: interactive.watched()."""
    checks = [_at_most(f"{where}: guest tasks besides the hogs that were background", count, 0) for where, count in more.items()]
    return checks + ([] if error is None else [_at_most("load of a hog, distance from the guest's own account, percentage points",
                                                        error, SAMPLING_ERROR)])


def hostile(rows):
    """Whatever the guest does, the others keep 1/1.1 of what they have beside an ordinary hog, and the host's real-time task is as good."""
    base, checks = rows[0], []
    for row in rows[1:]:
        for side in ("other", "host"):
            kept = base[side] / row[side] if row[side] else float("inf")
            checks.append(_at_most(f"{row['way']}: {side}'s CPU time beside a hog, of that beside this", kept, HOSTILE))
        checks += [_at_most(f"{row['way']}: the host's real-time task, {what} beside a hog x {HOSTILE}", row[f"rt_{what}_us"],
                            HOSTILE * base[f"rt_{what}_us"]) for what in ("avg", "max")]
    return checks


EXIT_GOALS = (("loaded", "exit_ns", 1.003), ("quota-idle", "exit_ns", 1.003), ("other-attached", "exit_ns", 1.003), ("attached", "exit_ns", 1.02),
              ("attached", "halt_wakeup_ns", 1.05))


def exit_cost(rows):
    """Checks of exit-cost rows against the module not loaded."""
    by_state = {row["state"]: row for row in rows}
    base = by_state["not-loaded"]
    return [_at_most(f"{state}: {what} of not loaded's", by_state[state][what] / base[what], bound)
            for state, what, bound in EXIT_GOALS]


def report(checks):
    """The checks as text; the last line counts."""
    lines = [f"{'PASS' if c.holds else 'FAIL'}  {c.what}: {c.value:.4g} (bound {c.bound:.4g})" for c in checks]
    held = sum(c.holds for c in checks)
    return "\n".join(lines + [f"{held} passed, {len(checks) - held} failed"])
