#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon's own life: its end, its death, a second one, sleep when nothing happens, its size with 20 domains."""
import os
import pathlib
import signal
import time
import unittest

from harness import BOOST, MANAGER, NAME, PROPERTIES, Case, domain_xml

BOOSTED, PLAIN = 1, 2
IDLE_S = 5
RSS_LIMIT_KIB = 16 * 1024
# A sanitizer's shadow memory counts as the daemon's.
RSS_SANITIZED_LIMIT_KIB = 384 * 1024


def switches(pid):
    """Thread -> how often it went to sleep by itself."""
    found = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        rows = dict(line.split(":", 1) for line in (task / "status").read_text(encoding="utf-8").splitlines())
        found[task.name] = int(rows["voluntary_ctxt_switches"])
    return found


def wakeups(pid, seconds):
    before = switches(pid)
    time.sleep(seconds)
    return sum(count - before.get(thread, 0) for thread, count in switches(pid).items())


def memory_kib(pid, field):
    text = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(text.split(f"{field}:")[1].split()[0])


class End(Case):
    def test_signals_end_it_well(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            daemon = self.start()
            self.caller.set(PLAIN, {"boost.state": True})
            daemon.child.send_signal(number)
            self.assertEqual(daemon.wait(), 0, daemon.output())
            self.assertEqual(self.owner(), 0)

    def test_ends_while_libvirt_is_away(self):
        daemon = self.start(uri="test:///nowhere.xml")
        daemon.child.terminate()
        self.assertEqual(daemon.wait(), 0, daemon.output())

    def test_killed_and_started_again(self):
        for _ in range(3):
            daemon = self.start()
            self.assertEqual(self.caller.get(BOOSTED, "Summary"), "applied")
            self.caller.set(PLAIN, {"boost.state": True})
            daemon.child.kill()
            self.assertEqual(daemon.wait(), -signal.SIGKILL)
            self.until(lambda: self.owner() == 0, "the name is free")

    def test_the_bus_dies(self):
        daemon = self.start()
        self.bus.kill()
        self.assertEqual(daemon.wait(), 1, daemon.output())
        self.assertIn("the bus is gone", daemon.output())


class Second(Case):
    def test_is_refused(self):
        first = self.start()
        second = self.spawn()
        self.assertEqual(second.wait(), 1)
        self.assertIn(f"own {NAME}", second.output())
        self.assertIn("--replace", second.output())
        self.assertEqual(self.owner(), first.pid)
        self.assertEqual(self.caller.get(BOOSTED, "Summary"), "applied")

    def test_replaces_when_asked_to(self):
        first = self.start()
        second = self.start("--replace")
        self.assertEqual(first.wait(), 1)
        self.assertEqual(self.owner(), second.pid)
        self.assertEqual(self.caller.get(BOOSTED, "Summary"), "applied")


class Idle(Case):
    def test_sleeps_when_nothing_happens(self):
        domains = [domain_xml(number, f"vm{number}", BOOST, vcpus=2) for number in range(1, 21)]
        daemon = self.start(domains=domains)
        for number in range(1, 21):
            self.caller.set(number, {"boost.budget.share": 20 + number})
            self.caller.call("/org/virtsched1", PROPERTIES, "GetAll", "(s)", MANAGER)
        self.assertEqual(set(self.caller.summaries().values()), {"applied"})
        time.sleep(1)
        # GLib ends a worker thread after 15 s without work: that may be in one of the windows, a timer is in all.
        for _ in range(4):
            woken = wakeups(daemon.pid, IDLE_S)
            if woken <= 1:
                break
        rss = memory_kib(daemon.pid, "VmRSS")
        print(f"20 domains: {woken} wake-ups in {IDLE_S} s, RSS {rss} KiB")
        self.assertLessEqual(woken, 1)
        self.assertLess(rss, RSS_SANITIZED_LIMIT_KIB if os.environ.get("VIRTSCHED_SANITIZED") else RSS_LIMIT_KIB)

    def test_does_not_grow(self):
        # A sanitizer keeps freed memory for a while: 256 MiB of it unless told otherwise.
        self.env["ASAN_OPTIONS"] = self.env.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=16"
        daemon = self.start()
        for _ in range(2):
            for share in range(1, 91):
                self.caller.set(PLAIN, {"boost.budget.share": share, "boost.state": True})
                self.caller.domain(PLAIN, "Why")
                self.caller.domain(PLAIN, "GetStats")
            before = memory_kib(daemon.pid, "RssAnon")
        for share in [*range(1, 91)] * 4:
            self.caller.set(PLAIN, {"boost.budget.share": share})
            self.caller.domain(PLAIN, "Why")
            self.caller.domain(PLAIN, "GetStats")
        grown = memory_kib(daemon.pid, "RssAnon") - before
        print(f"grew by {grown} KiB over 360 changes")
        self.assertLess(grown, 65536 if os.environ.get("VIRTSCHED_SANITIZED") else 1024)


if __name__ == "__main__":
    unittest.main()
