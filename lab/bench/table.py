# SPDX-License-Identifier: LGPL-2.1-or-later
"""Rows of the benchmarks as text: tables like the one of the "Dynamic vcpu priority management" patches, and a plot. Pure."""
import cells

VARIANTS = ("vanilla", "static", "virtsched")
# The last one with the guest's own module: not in the demo, which is about an unmodified guest.
ALL_VARIANTS = (*VARIANTS, "virtsched-guest")
BARS = " .:-=+*#%@"


def _cell(rows, figure, **wanted):
    row = cells.find(rows, **wanted)
    return "-" if row is None else f"{row[figure]:.0f}"


def latency(rows, scenario, load):
    """avg and max, guest and host, by interval and variant."""
    intervals = sorted({row["interval_us"] for row in rows})
    variants = [name for name in ALL_VARIANTS if name in VARIANTS or any(row["variant"] == name for row in rows)]
    width = max(11, *(len(name) for name in variants))
    out = []
    for figure, title in (("avg_us", "Avg latency (us)"), ("max_us", "Max latency (us)")):
        sides = " || ".join(f"{title}: {side}".center((width + 3) * len(variants) - 3) for side in ("guest", "host"))
        rule = "-" * (len(sides) + 13)
        out += [rule, f"|          | {sides}", rule]
        names = " || ".join(" | ".join(name.center(width) for name in variants) for _ in range(2))
        out += [f"| Interval | {names}", rule]
        for interval in intervals:
            values = " || ".join(" | ".join(
                _cell(rows, figure, scenario=scenario, guest_load=load, interval_us=interval, variant=variant,
                      side=side).center(width) for variant in variants) for side in ("guest", "host"))
            out.append(f"| {interval:^8} | {values}")
        out.append(rule)
    return "\n".join(out)


def audio(rows):
    """Glitches, latest buffer and the host's own CPU share, by buffer and variant, side by side for both hosts."""
    variants = [name for name in ALL_VARIANTS if name in VARIANTS or any(row["variant"] == name for row in rows)]
    width, hosts = max(11, *(len(name) for name in variants)), ("noload", "busy")
    out = []
    for figure, title, form in (("glitches", "Glitches", "d"), ("longest_us", "Latest buffer (us late)", ".0f"),
                                ("mean_us", "Mean callback (us)", ".0f"), ("vm", "VM's share of CPU", ".3f"),
                                ("other", "Host load's share", ".3f")):
        sides = " || ".join(f"{title}: {host}".center((width + 3) * len(variants) - 3) for host in hosts)
        names = " || ".join(" | ".join(name.center(width) for name in variants) for _ in hosts)
        rule = "-" * (len(sides) + 13)
        out += [rule, f"|          | {sides}", rule, f"|  Buffer  | {names}", rule]
        for buffer in sorted({row["buffer_ms"] for row in rows}):
            found = [[cells.find(rows, buffer_ms=buffer, host=host, variant=variant) for variant in variants] for host in hosts]
            values = " || ".join(" | ".join(("-" if row is None else f"{row[figure]:{form}}").center(width) for row in side)
                                 for side in found)
            out.append(f"| {f'{buffer} ms':^8} | {values}")
    return "\n".join(out + [rule])


def migration(rows):
    """One line a case and variant: does it converge, what it takes, and what each vCPU keeps of its work meanwhile."""
    head = f"| {'case':<8} | {'variant':<13} | converged | total s | downtime ms | sent MiB | writer | light  | reader |"
    rule = "-" * len(head)
    out, case = [rule, head], None
    for row in rows:
        if row["case"] != case:
            out.append(rule)
            case = row["case"]
        out.append(f"| {case:<8} | {row['variant']:<13} | {'yes' if row['converged'] else 'no':^9} | {row['total_s']:7.1f} | "
                   f"{row['downtime_ms']:11d} | {row['transferred_mib']:8.0f} | "
                   + " | ".join(f"{row[name]:6.3f}" for name in ("writer", "light", "reader")) + " |")
    return "\n".join([*out, rule])


def interactive(rows):
    """A line an app and variant: response, dropped frames, throughput of both VMs' hogs, the latter as part of vanilla's."""
    lines = [f"{'app':>7} | {'variant':<16} | {'mean ms':>9} | {'p95 ms':>9} | {'max ms':>9} | {'dropped':>7} | "
             f"{'hogs of desk':>19} | {'hogs of other':>19}"]
    for row in rows:
        vanilla = cells.find(rows, app=row["app"], variant="vanilla")
        shares = [f"{row[key]:.2f} ({row[key] / vanilla[key]:.4f})" if vanilla else f"{row[key]:.2f}" for key in ("bg_a", "bg_b")]
        lines.append(f"{row['app']:>7} | {row['variant']:<16} | {row['mean_ms']:>9.2f} | {row['p95_ms']:>9.2f} | {row['max_ms']:>9.2f} | "
                     f"{row['dropped']:>7} | {shares[0]:>19} | {shares[1]:>19}")
    return "\n".join(lines)


def text_plot(curves, width=60):
    """Guest latency by quantile, one line a variant; logarithmic, darker is later. curves: {name: [us, ...]} sorted."""
    top = max((curve[-1] for curve in curves.values()), default=1)
    lines = [f"guest wake-up latency by quantile, 1 us '{BARS[0]}' to {top:.0f} us '{BARS[-1]}', logarithmic"]
    for name, curve in curves.items():
        marks = ""
        for i in range(width):
            value = max(curve[min(len(curve) - 1, i * len(curve) // (width - 1))], 1)
            marks += BARS[min(len(BARS) - 1, int(_log(value) / max(_log(top), 1e-9) * (len(BARS) - 1) + 0.5))]
        lines.append(f"{name:>10} |{marks}| max {curve[-1]:.0f} us")
    return "\n".join(lines + [f"{'':>10}  0 %{'':{width - 8}}100 %"])


def _log(value):
    result = 0.0
    while value >= 10:
        value, result = value / 10, result + 1
    return result + (value - 1) / 9


def meaning(rows, scenario, load):
    """One sentence that says what the numbers mean."""
    worst = {}
    mean = {}
    for variant in VARIANTS:
        mine = [row for row in rows if row["variant"] == variant and row["side"] == "guest" and row["scenario"] == scenario
                and row["guest_load"] == load]
        if not mine:
            return ""
        worst[variant] = max(row["max_us"] for row in mine)
        mean[variant] = sum(row["avg_us"] for row in mine) / len(mine)
    hogs = {variant: [row["hogs"] for row in rows if row["variant"] == variant and row.get("hogs")
                      and row["guest_load"] == load] for variant in VARIANTS}
    kept = {v: sum(hogs[v]) / sum(hogs["vanilla"]) for v in VARIANTS if hogs[v] and hogs["vanilla"]}
    sentence = (f"On a {scenario} host the guest's real-time task wakes {mean['vanilla'] / mean['virtsched']:.0f} times sooner "
                f"on average than on a vanilla host ({mean['virtsched']:.0f} us instead of {mean['vanilla']:.0f} us), at "
                f"worst after {worst['virtsched']:.0f} us (vanilla {worst['vanilla']:.0f}, static {worst['static']:.0f})")
    if "virtsched" in kept and "static" in kept:
        sentence += (f"; the host's own work keeps {kept['virtsched']:.0%} of its CPU time, where static real-time "
                     f"leaves it {kept['static']:.0%}")
    return sentence + "."
