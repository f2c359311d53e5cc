# SPDX-License-Identifier: LGPL-2.1-or-later
"""Judges a run by the level-1 kernel's log: any splat fails it, whatever the command said. Pure: text in, lines out.

Lines that a bare kernel prints without our module stand in lab/verdict-allow, each with its reason.
"""
import os
import re

from vslab import cache

SPLATS = re.compile("|".join((
    r"\bBUG\b", r"\bWARNING\b", r"\bOops\b", r"general protection", r"kernel NULL pointer", r"[Uu]nable to handle",
    r"rcu.*(stall|starved)", r"self-detected stall", r"possible circular", r"possible recursive", r"INFO: possible",
    r"[Ss]uspicious RCU", r"suspicious rcu", r"inconsistent lock state", r"refcount_t:", r"blocked for more than",
    r"soft lockup", r"hard LOCKUP", r"scheduling while atomic", r"sleeping function called", r"KASAN", r"KCSAN", r"UBSAN",
    r"kmemleak", r"KMEMLEAK", r"Kernel panic", r"stack (segment|guard)", r"corrupted stack end", r"list_(add|del) corruption",
    r"Bad page", r"double fault", r"Call Trace", r"bad: scheduling", r"unchecked MSR")))
ALLOW = os.path.join(cache.LAB, "verdict-allow")
_STAMP = re.compile(r"^(<\d+>)?\[\s*\d+\.\d+\]\s*(\[\s*\S+\])?\s*")


def allowed():
    """Compiled patterns of the allow list: "REGEX <tab> REASON" a line."""
    with open(ALLOW, encoding="utf-8") as lines:
        return [re.compile(line.split("\t")[0]) for line in lines if line.strip() and not line.startswith("#")]


def splats(*logs):
    """The lines of LOGS that fail a run, each once, without time stamps."""
    fine = allowed()
    found = []
    for log in logs:
        for line in log.splitlines():
            text = _STAMP.sub("", line.strip())
            if SPLATS.search(text) and text not in found and not any(pattern.search(text) for pattern in fine):
                found.append(text)
    return found
