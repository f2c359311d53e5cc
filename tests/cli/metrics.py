#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The golden output of `virt-sched metrics` is well-formed: metrics.py CASE.out. What a Prometheus server checks when it scrapes,
and the conventions of names: a family stands together behind its HELP and TYPE, counters end in _total, base units, no doubles."""
import pathlib
import re
import sys

SAMPLE = re.compile(r'^([a-z_:][a-z0-9_:]*)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?\d+(?:\.\d+)?)$')


def lines_of(path):
    text = path.read_text(encoding="utf-8")
    return text.split("$ virt-sched metrics\n", 1)[1].split("\n\n", 1)[0].splitlines()


def problems(lines):
    types, helped, seen, closed, current = {}, set(), set(), set(), None
    for line in lines:
        if line.startswith("# HELP "):
            helped.add(line.split()[2])
        elif line.startswith("# TYPE "):
            _hash, _type, name, kind = line.split()
            types[name] = kind
        else:
            found = SAMPLE.match(line)
            if not found:
                yield f"no sample: {line}"
                continue
            name, labels = found.group(1), found.group(2)
            if name != current:
                closed.add(current)
                current = name
            if name in closed:
                yield f"{name} is not together"
            if name not in types or name not in helped:
                yield f"{name} has no HELP or TYPE before it"
            if (types.get(name) == "counter") != name.endswith("_total"):
                yield f"{name} is a {types.get(name)}"
            if re.search(r"_(ns|us|ms|percent)(_|$)", name) or not name.startswith("virtsched_"):
                yield f"{name}: prefix or unit"
            if (name, labels) in seen:
                yield f"twice: {line}"
            seen.add((name, labels))
    if len(seen) < 20:
        yield f"only {len(seen)} samples"


def main():
    found = list(problems(lines_of(pathlib.Path(sys.argv[1]))))
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
