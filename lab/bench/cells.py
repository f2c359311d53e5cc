# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cells of a level-1 run as rows: parses the lines "CELL {json}", makes the rows that bench latency writes. Pure."""
import json

SIDES = ("guest", "host", "host-rt")
FIGURES = ("samples", "avg_us", "median_us", "p99_us", "max_us")


def parse(text):
    """The objects of all CELL lines."""
    return [json.loads(line[5:]) for line in text.splitlines() if line.startswith("CELL ")]


def hogs_share(cell):
    """CPU share of the host's hogs in the cell's window, 0..; None when the host was idle."""
    seconds = cell["ended"] - cell["began"]
    return cell["hogs_us"] / 1e6 / seconds if cell["hogs_us"] and seconds > 0 else None


def rows(cells):
    """One row a side of a cell; `hogs` (share of a CPU) is in the rows of side host."""
    out = []
    for cell in cells:
        for side in SIDES:
            row = {"bench": "latency", "scenario": cell["scenario"], "guest_load": cell["guest_load"],
                   "variant": cell["variant"], "side": side, "interval_us": cell["interval_us"]}
            row.update((name, cell[side].get(name, 0)) for name in FIGURES)
            if side == "host" and hogs_share(cell) is not None:
                row["hogs"] = round(hogs_share(cell), 4)
            out.append(row)
    return out


def find(found, **wanted):
    """The only row with these values, or None."""
    hits = [row for row in found if all(row.get(key) == value for key, value in wanted.items())]
    return hits[0] if len(hits) == 1 else None
