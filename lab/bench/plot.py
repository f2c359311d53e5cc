# SPDX-License-Identifier: LGPL-2.1-or-later
"""The latency plot as PNG, by gnuplot (Debian's gnuplot-nox, installed when it is first needed)."""
import os
import subprocess
import tempfile

SCRIPT = """set terminal pngcairo size 1000,600 font "sans,12"
set output "{png}"
set title "Guest timer wake-up latency, {title}"
set xlabel "wake-ups, percent"
set ylabel "latency, us"
set logscale y
set yrange [1:*]
set xrange [0:100]
set key left top
set grid
plot {lines}
"""


def png(path, title, curves):
    """Write PATH; curves: {name: [us, ...]} sorted, evenly spaced quantiles."""
    with tempfile.TemporaryDirectory() as folder:
        lines = []
        for name, curve in curves.items():
            data = os.path.join(folder, name)
            with open(data, "w", encoding="ascii") as out:
                for i, value in enumerate(curve):
                    out.write(f"{100 * i / max(len(curve) - 1, 1):.3f} {max(value, 1):.2f}\n")
            lines.append(f'"{data}" using 1:2 with lines linewidth 2 title "{name}"')
        script = SCRIPT.format(png=path, title=title, lines=", ".join(lines))
        subprocess.run(["gnuplot", "-"], input=script, text=True, check=True)
