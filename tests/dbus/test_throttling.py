#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A vCPU that is held back, said to who asked for it and to nobody else; and the line that virt-sched monitor prints for it."""
import json
import os
import subprocess
import time
import unittest

from gi.repository import Gio
from harness import BOOST, DOMAIN, NAME, Case, domain_xml, element_xml, path_of

BOOSTED, LIMITED = 1, 2
BOTH_ON = element_xml("<virtsched:boost state='on'/><virtsched:interactive state='on'/>")
LIMIT = element_xml("<virtsched:dirtyQuota><virtsched:rate value='20'/></virtsched:dirtyQuota>")
DOMAINS = [domain_xml(BOOSTED, "boosted", BOTH_ON, vcpus=2), domain_xml(LIMITED, "limited", LIMIT, vcpus=2), domain_xml(3, "other", BOOST)]
IN_ALL = 64


class Throttling(Case):
    def setUp(self):
        super().setUp()
        self.daemon = self.start(domains=DOMAINS, fake="exhausting")
        self.seen, self.watcher = [], self.connect()
        self.watcher.connection.signal_subscribe(NAME, DOMAIN, "ThrottlingChanged", None, None, Gio.DBusSignalFlags.NONE,
                                                 lambda *signal: self.seen.append((signal[2], *signal[5].unpack())))
        self.watcher.manager("ListDomains")  # the subscription is with the bus

    def watch(self, on=True, caller=None):
        (caller or self.watcher).manager("WatchThrottling", "(b)", on)

    def of(self, cause):
        return [row for row in self.seen if row[2] == cause]

    def test_a_budget_that_is_used_up_and_is_not_any_more(self):
        self.watch()
        self.watch()
        self.caller.domain(BOOSTED, "StartPhase", "(u)", 60000)
        self.until(lambda: self.of("budget"), "ThrottlingChanged")
        time.sleep(2.5)
        self.assertEqual(self.of("budget"), [(path_of(BOOSTED), 0, "budget", True)])
        self.caller.domain(BOOSTED, "EndPhase")
        self.until(lambda: len(self.of("budget")) > 1, "ThrottlingChanged once more")
        self.assertEqual(self.of("budget")[1:], [(path_of(BOOSTED), 0, "budget", False)])

    def test_a_quota_that_holds_one_vcpu(self):
        self.watch()
        self.until(lambda: self.seen, "ThrottlingChanged")
        self.assertEqual(self.seen, [(path_of(LIMITED), 0, "dirty", True)])
        self.caller.set(LIMITED, {}, unset=["*"])
        self.until(lambda: len(self.seen) > 1, "ThrottlingChanged once more")
        self.assertEqual(self.seen[1:], [(path_of(LIMITED), 0, "dirty", False)])

    def test_nobody_looks_when_nobody_wants_to_know(self):
        self.caller.domain(BOOSTED, "StartPhase", "(u)", 60000)
        time.sleep(2.5)
        self.assertEqual(self.seen, [])
        self.watch()
        self.until(lambda: len(self.seen) == 2, "both vCPUs")
        self.watch(False)
        self.caller.domain(BOOSTED, "EndPhase")
        time.sleep(2.5)
        self.assertEqual(len(self.seen), 2)

    def test_it_ends_with_who_wanted_it(self):
        other = self.connect()
        self.watch(caller=other)
        self.until(lambda: self.seen, "ThrottlingChanged")
        other.close()
        time.sleep(1.5)
        before = self.switches()
        time.sleep(3)
        self.assertLessEqual(self.switches() - before, 2)

    def switches(self):
        """Times that the daemon's main thread was woken."""
        with open(f"/proc/{self.daemon.pid}/task/{self.daemon.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("voluntary_ctxt"))

    def test_so_many_callers_and_no_more(self):
        for _number in range(IN_ALL):
            self.watch(caller=self.connect())
        with self.refused("LimitReached", str(IN_ALL)):
            self.watch()
        self.assertEqual(self.caller.manager("ListDomains")[0][1], "boosted")

    def test_monitor_prints_it(self):
        env = {**os.environ, **self.env, "VIRTSCHED_BUS": "system", "LC_ALL": "C.UTF-8"}
        with subprocess.Popen([os.environ["VIRT_SCHED"], "monitor", "limited", "--json"], env=env, stdout=subprocess.PIPE,
                              text=True) as monitor:
            line = json.loads(monitor.stdout.readline())
            monitor.terminate()
        self.assertEqual({key: line[key] for key in ("domain", "event", "vcpu", "cause")},
                         {"domain": "limited", "event": "throttle-begin", "vcpu": 0, "cause": "dirty"})
        self.assertIn("vCPU 0: it dirties", line["detail"])
        done = subprocess.run([os.environ["VIRT_SCHED"], "monitor", "limited", "--count", "1"], env=env, stdout=subprocess.PIPE, text=True,
                              check=True, timeout=20)
        self.assertRegex(done.stdout, r"^\S+  limited  throttle-begin  vCPU 0: it dirties more memory than its quota\n$")


if __name__ == "__main__":
    unittest.main()
