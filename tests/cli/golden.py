#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Golden test of virt-sched: runs the shell lines of CASE.in, compares what they print and return with CASE.out.

Each line that is neither empty nor a comment runs by itself in tests/cli. A comment "# daemon: NAME=VALUE ..." asks for
the real virtschedd on a private bus (see private_bus.py). VIRTSCHED_REGENERATE=1 writes CASE.out instead of comparing.
"""
import difflib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import private_bus

HERE = pathlib.Path(__file__).resolve().parent
LINE_TIMEOUT_S = 30


def environment(program, root):
    """What a line sees; nothing of the machine's own buses, daemon, language or files."""
    env = {name: os.environ[name] for name in ("HOME", "VIRTSCHED_SCHEMA_DIR", "ASAN_OPTIONS", "UBSAN_OPTIONS")
           if name in os.environ}
    env.update({
        "PATH": f"{pathlib.Path(program).resolve().parent}:/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL": "C.UTF-8",
        "VIRTSCHED_BUS": "session",
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path={root}/no-bus",
        "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={root}/no-bus",
        "VIRTSCHED_ROOT": str(root / "host"),
    })
    return env


def run_line(line, env, root):
    """The line, its standard output, its standard error behind "2> ", and its exit status when that is not 0."""
    done = subprocess.run(["/bin/sh", "-c", line], cwd=HERE, env=env, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=LINE_TIMEOUT_S, check=False)
    out = done.stdout.decode(errors="replace").splitlines()
    err = ["2> " + text for text in done.stderr.decode(errors="replace").splitlines()]
    status = [f"[exit {done.returncode}]"] if done.returncode else []
    return [text.replace(str(root), "@ROOT@").replace(str(HERE), "@HERE@") for text in ["$ " + line, *out, *err, *status, ""]]


def read_case(path):
    """Lines to run, and the daemon's wishes: None when no daemon is asked for."""
    wishes = None
    lines = []
    for text in path.read_text(encoding="utf-8").splitlines():
        asked = re.match(r"# daemon:(.*)", text)
        if asked:
            wishes = dict(word.split("=", 1) for word in asked.group(1).split())
        elif text.strip() and not text.startswith("#"):
            lines.append(text)
    return lines, wishes


def actual(case, program, daemon):
    lines, wishes = read_case(case)
    with tempfile.TemporaryDirectory(prefix="virtsched-cli-") as name:
        root = pathlib.Path(name)
        (root / "host").mkdir()
        env = environment(program, root)
        with private_bus.running(daemon, root, env, wishes):
            got = [text for line in lines for text in run_line(line, env, root)]
    return "\n".join(got)


def main():
    case, program, daemon = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    expected = case.with_suffix(".out")
    got = actual(case, program, daemon)
    if os.environ.get("VIRTSCHED_REGENERATE") == "1":
        expected.write_text(got, encoding="utf-8")
        print(f"wrote {expected}")
        return 0
    if not expected.exists():
        print(f"{expected} is missing: write it with VIRTSCHED_REGENERATE=1, and review it")
    wanted = expected.read_text(encoding="utf-8") if expected.exists() else ""
    sys.stdout.writelines(difflib.unified_diff(wanted.splitlines(True), got.splitlines(True), str(expected), "this run"))
    return 0 if got == wanted else 1


if __name__ == "__main__":
    sys.exit(main())
