#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tables in docs/man/virt-sched.1 are those of the command: manpage.py VIRT-SCHED PAGE.

Verbs, options and settings come from "virt-sched --json help" and "--json settings", and stand between markers in the
page. VIRTSCHED_REGENERATE=1 writes them there instead of comparing.
"""
import difflib
import json
import os
import pathlib
import re
import subprocess
import sys


def roff(text):
    """@text as it is, for roff."""
    safe = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^(['.])", r"\\&\1", safe, flags=re.MULTILINE)


def options(rows):
    lines = []
    for row in rows:
        short = f"-{row['short']}, " if row["short"] else ""
        argument = f"={row['argument']}" if row["argument"] else ""
        lines += [".TP", ".B " + roff(f"{short}--{row['name']}{argument}"), roff(row["doc"]) + "."]
    return lines


def verbs(table):
    shared = {row["name"] for row in table["options"]}
    lines = []
    for verb in table["verbs"]:
        own = [row for row in verb["options"] if row["name"] not in shared]
        lines += [f".SS {roff(verb['name'])} {roff(verb['synopsis'] or '')}".rstrip(), roff(verb["summary"]) + "."]
        if verb["details"]:
            lines += roff(verb["details"]).splitlines()
        lines += options(own)
    return lines


def allowed(row):
    if row["type"] == "uint":
        unit = f" {row['unit']}" if row["unit"] else ""
        return f"{row['min']} .. {row['max']}{unit}; default {row['default']}"
    if row["type"] == "enum":
        return f"{', '.join(row['choices'])}; default {row['default']}"
    return f"on, off; default {'on' if row['default'] else 'off'}"


def settings(table):
    lines = []
    for row in table["settings"]:
        lines += [".TP", ".B " + roff(row["key"]), roff(f"{allowed(row)}."), roff(row["doc"]) + "."]
        if row["not-applied"]:
            lines.append(roff(f"Kept, but not applied: {row['not-applied']}."))
    return lines


def ask(program, verb):
    done = subprocess.run([program, "--json", verb], env={**os.environ, "LC_ALL": "C.UTF-8"}, capture_output=True, text=True,
                          check=True)
    return json.loads(done.stdout)


def filled(page, parts):
    for name, lines in parts.items():
        marked = re.compile(rf'(\.\\" begin {name}\n).*?(\.\\" end {name}\n)', re.DOTALL)
        if not marked.search(page):
            sys.exit(f"the page has no markers for {name}")
        text = "\n".join(lines) + "\n"
        page = marked.sub(lambda match, text=text: match.group(1) + text + match.group(2), page)
    return page


def main():
    program, path = sys.argv[1], pathlib.Path(sys.argv[2])
    table = ask(program, "help")
    page = path.read_text(encoding="utf-8")
    wanted = filled(page, {"global": options(table["options"]), "verbs": verbs(table), "settings": settings(ask(program, "settings"))})
    if os.environ.get("VIRTSCHED_REGENERATE") == "1":
        path.write_text(wanted, encoding="utf-8")
        print(f"wrote {path}")
        return 0
    sys.stdout.writelines(difflib.unified_diff(page.splitlines(True), wanted.splitlines(True), str(path), "the command's tables"))
    return 0 if page == wanted else 1


if __name__ == "__main__":
    sys.exit(main())
