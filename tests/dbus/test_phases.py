#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Interactive phases on the bus: methods, signal, who may, and what is said where they cannot be."""
import unittest

from gi.repository import Gio
from harness import DOMAIN, Case, path_of

BOOSTED, PLAIN, STOPPED = 1, 2, 3
CHANGE = "org.virtsched1.change"
ON = {"interactive.state": True}


class Phases(Case):
    def phase(self, number, ms):
        return self.caller.domain(number, "StartPhase", "(u)", ms)

    def test_phase_and_its_signal(self):
        self.start()
        seen = []
        watcher = self.connect()
        watcher.connection.signal_subscribe("org.virtsched1", DOMAIN, "PhaseChanged", None, None, Gio.DBusSignalFlags.NONE,
                                            lambda *signal: seen.append((signal[2], signal[5].unpack()[0])))
        watcher.manager("ListDomains")  # the subscription is with the bus
        self.caller.set(PLAIN, ON)
        self.assertEqual(self.caller.get(PLAIN, "Summary"), "applied")
        phase, tasks, vcpus = self.caller.domain(PLAIN, "GetTasks")
        self.assertEqual((phase["phase"], {task["class"] for task in tasks}), (False, {"interactive"}))
        self.phase(PLAIN, 5000)
        self.phase(PLAIN, 5000)
        phase, tasks, vcpus = self.caller.domain(PLAIN, "GetTasks")
        self.assertTrue(phase["phase"])
        self.assertEqual([task["class"] for task in tasks if task["task"] == 0x1234], ["background"])
        self.assertEqual([(vcpu["state"], vcpu["nice"]) for vcpu in vcpus], [("background", 5), ("idle", 0)][:len(vcpus)])
        self.caller.domain(PLAIN, "EndPhase")
        self.caller.domain(PLAIN, "EndPhase")
        self.until(lambda: len(seen) >= 2, "PhaseChanged, twice")
        self.assertEqual(seen, [(path_of(PLAIN), True), (path_of(PLAIN), False)])

    def test_bad_values(self):
        self.start()
        self.caller.set(PLAIN, ON)
        for ms in (0, 60001, 0xffffffff):
            with self.refused("InvalidValue", "1..60000", str(ms)):
                self.phase(PLAIN, ms)

    def test_only_where_it_is_in_force(self):
        self.start()
        for number in (BOOSTED, STOPPED):
            for method, signature, values in (("StartPhase", "(u)", (100,)), ("EndPhase", "()", ()), ("GetTasks", "()", ())):
                with self.refused("Unsupported", "interactive.state"):
                    self.caller.domain(number, method, signature, *values)
        self.caller.set(BOOSTED, ON)
        self.phase(BOOSTED, 100)
        self.assertEqual(self.caller.get(BOOSTED, "Applied")["boost.state"], True)
        self.caller.set(BOOSTED, {"interactive.state": False})
        with self.refused("Unsupported"):
            self.phase(BOOSTED, 100)

    def test_a_phase_is_a_change(self):
        self.start()
        self.caller.set(PLAIN, ON)
        self.authority.decide = lambda question: question.action != CHANGE
        for method, signature, values in (("StartPhase", "(u)", (100,)), ("EndPhase", "()", ())):
            with self.refused("Denied", CHANGE):
                self.caller.domain(PLAIN, method, signature, *values)
        self.assertEqual(self.caller.domain(PLAIN, "GetTasks")[0]["phase"], False)

    def test_without_input_it_is_partly(self):
        self.start(fake="no-input")
        self.caller.set(PLAIN, ON)
        self.assertEqual(self.caller.get(PLAIN, "Summary"), "partly")
        self.assertIn("virt-sched phase", self.caller.get(PLAIN, "Reasons")["interactive.state"])
        self.phase(PLAIN, 100)

    def test_a_guest_without_a_channel_is_not_heeded(self):
        self.start()
        self.caller.set(PLAIN, {**ON, "interactive.guest": "extension"})
        self.assertEqual(self.caller.get(PLAIN, "Summary"), "partly")
        self.assertIn("enable-guest", self.caller.get(PLAIN, "Reasons")["interactive.guest"])
        self.assertEqual(self.caller.get(PLAIN, "Applied")["interactive.guest"], "off")
        self.phase(PLAIN, 100)

    def test_the_modes_of_sound_have_names(self):
        self.start()
        for word in ("off", "on", "base", "transitive", "interrupt"):
            self.caller.set(PLAIN, {**ON, "interactive.audio.track": word})
            self.assertEqual(self.caller.get(PLAIN, "Applied")["interactive.audio.track"], word)
        with self.refused("InvalidValue", "transitive"):
            self.caller.set(PLAIN, {"interactive.audio.track": "15"})

    def test_refused_by_the_kernel(self):
        self.start(fake="refuse-interactive")
        self.caller.set(PLAIN, {**ON, "boost.state": True})
        self.assertEqual(self.caller.get(PLAIN, "Summary"), "partly")
        self.assertIn("interactive phases", self.caller.get(PLAIN, "Reasons")["interactive.state"])
        applied = self.caller.get(PLAIN, "Applied")
        self.assertEqual((applied["boost.state"], "interactive.state" in applied), (True, False))


if __name__ == "__main__":
    unittest.main()
