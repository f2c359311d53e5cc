# SPDX-License-Identifier: LGPL-2.1-or-later
"""Judges a run by its serial log: every check's line, the end marker, and a kernel log without complaints.

Called by lab/intel/run, last. Bochs' exit status says nothing (it is 1 after a normal power-off).
"""

import re

END_MARKER = "intel: check ended with "
POWER_OFF = "reboot: Power down"
COMPLAINTS = re.compile(
    r"\bBUG:|kernel BUG at|WARNING:|\bOops\b|Kernel panic|general protection fault|Unable to handle|Call Trace:|stack-protector"
    r"|detected stalls?|self-detected stall|stall on CPU|soft lockup|hard LOCKUP|blocked for more than|hung_task"
    r"|possible circular locking|possible recursive locking|inconsistent lock state|suspicious RCU usage|bad unlock balance|held lock"
    r"|refcount_t:|list_add corruption|list_del corruption|UBSAN:|KASAN:|KFENCE:|scheduling while atomic|sleeping function called"
    r"|RT throttling activated|unchecked MSR access|segfault at|trap invalid opcode|Tainted:.*[BDW]")


def complaints(serial: str) -> list[str]:
    return [line for line in serial.splitlines() if COMPLAINTS.search(line)]


def judge(serial: str, ending: str, wanted_checks: int) -> list[str]:
    """Everything that is wrong with the run; empty when it passed."""
    wrong = [line.partition("intel: ")[2] for line in serial.splitlines() if "intel: not ok" in line]
    passed = len(re.findall(r"intel: ok - ", serial))
    if ending != "off" or POWER_OFF not in serial:
        wrong.append(f"the machine did not power off ({ending})")
    if END_MARKER + "0" not in serial:
        wrong.append("no marker on the serial line that the checks ended well")
    if passed < wanted_checks:
        wrong.append(f"{passed} checks passed, {wanted_checks} wanted")
    wrong += [f"kernel log: {line}" for line in complaints(serial)]
    return wrong
