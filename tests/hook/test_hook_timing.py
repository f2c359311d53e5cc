#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How long libvirt waits for the hook: from exec to exit, in a tree of plain files. Prints the figures; the median must be
under 20 ms, or under STARTS times what this machine takes to start a program with the same XML library, where that is more (a
sandbox makes every mapping and system call slow). Skips (77) when the machine is too busy to tell. Usage: test_hook_timing.py HOOK"""
import os
import statistics
import subprocess
import sys
import time

from hooktree import Tree, domain_xml, element

LIMIT_MS, STARTS = 20, 5
CALIBRATE = ["/usr/bin/xmllint", "--version"]
ROUNDS = 40
VCPUS = 8


def wait_ms(command, environment=None, xml=b""):
    begin = time.monotonic()
    process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        process.communicate(xml)
    except BrokenPipeError:
        pass
    assert process.returncode == 0
    return (time.monotonic() - begin) * 1000


def measure(hook, operation, xml):
    """(waits for the hook, sorted; what a start of xmllint takes between them, median)."""
    times, starts = [], []
    for _ in range(ROUNDS):
        tree = Tree(hook, VCPUS)
        times.append(wait_ms(tree.command(operation), tree.environment(), xml))
        tree.close()
        starts.append(wait_ms(CALIBRATE))
    return sorted(times), statistics.median(starts)


def main():
    hook = os.path.abspath(sys.argv[1])
    devices = "<devices>" + "<disk type='file' device='disk'><source file='/x'/></disk>" * 300 + "</devices>"
    asks = domain_xml(element(), extra=devices, vcpus=VCPUS)
    slow = []
    rows = (("ignored phase", "prepare", asks),
            ("started, no element of ours", "started", domain_xml("", extra=devices, vcpus=VCPUS)),
            (f"started, {VCPUS} vCPUs wired", "started", asks),
            ("stopped", "stopped", asks))
    for name, operation, xml in rows:
        times, start = measure(hook, operation, xml)
        median, limit = statistics.median(times), max(LIMIT_MS, STARTS * start)
        print(f"{name:30} median {median:6.2f} ms   p90 {times[ROUNDS * 9 // 10]:6.2f}   max {times[-1]:6.2f}   "
              f"limit {limit:6.2f} (xmllint takes {start:.2f})", flush=True)
        if median >= limit:
            slow.append(name)
    if slow and os.environ.get("VIRTSCHED_SANITIZED"):
        print(f"skip: built with sanitizers, which cost more than the hook: {', '.join(slow)} cannot be judged")
        return 77
    if slow and os.getloadavg()[0] > (os.cpu_count() or 1):
        print(f"skip: the machine is busy (load {os.getloadavg()[0]:.1f}), {', '.join(slow)} cannot be judged")
        return 77
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
