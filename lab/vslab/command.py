# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the programs that the lab needs (apt, ninja, mke2fs ...) with their output in a log file.

A failure shows the log's tail. Not for QEMU: that is machine.py.
"""
import os
import subprocess

from vslab.errors import LabError

TAIL_LINES = 25


def tail(path, lines=TAIL_LINES):
    with open(path, "rb") as log:
        return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])


def last_line(path):
    """The last line of a growing log, for progress.step."""
    try:
        return tail(path, 1).strip()[-100:]
    except OSError:
        return ""


def run(argv, log, what, env=None, cwd=None):
    """Run ARGV, append its output to the file LOG; LabError "<what>: ..." when it fails."""
    with open(log, "ab") as out:
        out.write(("$ " + " ".join(argv) + "\n").encode())
        out.flush()
        try:
            code = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=cwd, check=False,
                                  env={**os.environ, **(env or {})}).returncode
        except FileNotFoundError as error:
            raise LabError(f"{what}: {error.filename} is not installed") from error
    if code != 0:
        raise LabError(f"{what}: {argv[0]} exited with status {code}; full log {log}, its end:\n{tail(log)}")


def output(argv, what, env=None):
    """Standard output of ARGV as text."""
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                          text=True, env={**os.environ, **(env or {})})
    if done.returncode != 0:
        raise LabError(f"{what}: {argv[0]} exited with status {done.returncode}: {done.stderr.strip()[-400:]}")
    return done.stdout
