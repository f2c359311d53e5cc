#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each verb is in each of the golden cases of bad input that concern it: every_verb.py VIRT-SCHED CASES-FOLDER.

A new verb fails here until somebody has looked at what it says without a daemon, a right, the module, libvirt or its domain.
"""
import json
import pathlib
import re
import subprocess
import sys

# Case -> verbs for which it has no meaning.
NO_DAEMON_NEEDED = {"settings", "xml", "help"}
NO_DOMAIN = NO_DAEMON_NEEDED | {"list", "doctor", "apply", "metrics", "reload"}
CASES = {
    "usage": set(),
    "denied": NO_DAEMON_NEEDED,
    "no-daemon": NO_DAEMON_NEEDED | {"doctor"},   # doctor has a case of its own
    "no-libvirt": NO_DAEMON_NEEDED,
    "no-module": NO_DAEMON_NEEDED | {"enable-guest", "disable-guest", "apply", "monitor"},   # the test driver plugs nothing; as set; as list
    "absent": NO_DOMAIN,
}


def main():
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    done = subprocess.run([program, "--json", "help"], capture_output=True, text=True, check=True)
    verbs = {verb["name"] for verb in json.loads(done.stdout)["verbs"]}
    wrong = 0
    for case, without in CASES.items():
        there = set(re.findall(r"virt-sched ([a-z-]+)", (folder / f"{case}.in").read_text(encoding="utf-8")))
        for verb in sorted(verbs - without - there):
            print(f"{case}.in has no line for the verb {verb}")
            wrong += 1
    print(f"{len(verbs)} verbs, {len(CASES)} cases, {wrong} lines missing")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
