#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A kernel that cannot or will not, an administrator's limits, a wrong configuration: what is said, and what goes on."""
import pathlib
import re
import unittest

from harness import BOTH, Case, domain_xml

BOOSTED, PLAIN = 1, 2
CONF = "/etc/virtsched/virtschedd.conf"
SHIPPED = pathlib.Path(__file__).resolve().parents[2] / "dbus-service/data/virtschedd.conf"
# fault -> word in the reason
FAULTS = {"no-module": "modprobe virtsched", "refuse-attach": "attach boosted", "refuse-fifo": "kernel cannot do boost.class",
          "stepped-back": "changed from outside", "sched-ext": "scheduled by sched_ext"}
WRONG = (
    ("[ceiling]\nmax_priority=50\n", "max_priority", "1 to 49"),
    ("[ceiling]\nmax_priority=0\n", "max_priority", "1 to 49"),
    ("[ceiling]\nmax_priority=-1\n", "max_priority", "1 to 49"),
    ("[ceiling]\nmax_priority=high\n", "max_priority", "1 to 49"),
    ("[ceiling]\nmax_priority=\n", "max_priority", "1 to 49"),
    ("[ceiling]\nmax_share=91\n", "max_share", "1 to 90"),
    ("[ceiling]\nmax_burst=49\n", "max_burst", "50 to 100000"),
    ("[ceiling]\nhost_share=0\n", "host_share", "1 to 90"),
    ("[ceiling]\ngrace_ms=600001\n", "grace_ms", "0 to 600000"),
    ("[ceiling]\nmax_class=deadline\n", "max_class", "nice, slice or fifo"),
    ("[ceiling]\nmax_prio=3\n", "max_prio", "[ceiling]"),
    ("[ceilings]\nmax_priority=3\n", "ceilings", "[ceiling]"),
    ("[host]\nenabled=perhaps\n", "enabled", "true or false"),
    ("[host]\nenable=false\n", "enable", "[host]"),
    ("max_priority=3\n", "virtschedd.conf", "group"),
)


class Kernel(Case):
    def test_each_fault_has_its_reason(self):
        for fault, words in FAULTS.items():
            with self.subTest(fault=fault):
                daemon = self.start(fake=fault)
                self.assertEqual(self.caller.summaries(), {"boosted": "failed", "plain": "off", "stopped": "shut off"})
                reasons = self.caller.get(BOOSTED, "Reasons")
                self.assertIn(words, reasons[""])
                self.assertEqual(reasons["boost.state"], reasons[""])
                self.assertEqual(self.caller.why(BOOSTED)["boost.state"][3], reasons[""])
                self.assertEqual(self.caller.get(PLAIN, "Reasons"), {})
                daemon.end()

    def test_settings_are_kept_all_the_same(self):
        for fault in ("no-module", "refuse-attach", "refuse-fifo"):
            with self.subTest(fault=fault):
                daemon = self.start(fake=fault)
                self.assertEqual(self.caller.get(BOOSTED, "Applied"), {})
                self.assertEqual(self.caller.set(PLAIN, {"boost.state": True}, flags=BOTH), [("boost.state", "", "on")])
                self.assertEqual(self.caller.settings(PLAIN), {"boost.state": True})
                self.assertEqual(self.caller.get(PLAIN, "Summary"), "failed")
                self.assertEqual(self.caller.domain(PLAIN, "GetStats"), [])
                self.caller.set(PLAIN, {}, unset=["*"], flags=BOTH)
                self.assertEqual((self.caller.get(PLAIN, "Summary"), self.caller.get(PLAIN, "Reasons")), ("off", {}))
                daemon.end()

    def test_no_module_is_a_problem_of_the_host(self):
        self.start(fake="no-module")
        self.assertEqual(self.caller.host("ModuleVersion"), "")
        self.assertIn("modprobe virtsched", self.caller.host("Problems")[0])
        self.assertEqual({row[0]: row[1] for row in self.caller.manager("Doctor")}["module"], "fail")

    def test_stepped_back_is_seen_in_stats(self):
        self.start(fake="stepped-back")
        self.assertEqual({tuple(row["state"]) for row in self.caller.domain(BOOSTED, "GetStats") if "vcpu" in row}, {("blocked", "stepped-back")})

    def test_who_sets_again_takes_the_threads_back(self):
        for fault in ("stepped-back", "sched-ext"):
            with self.subTest(fault=fault):
                daemon = self.start(fake=fault)
                self.caller.set(BOOSTED, {"boost.priority": 3}, dry_run=True)
                self.caller.set(PLAIN, {"boost.budget.share": 30})
                self.assertEqual(self.caller.get(BOOSTED, "Summary"), "failed")
                self.assertEqual(self.caller.set(BOOSTED, {"boost.state": True}), [])
                self.assertEqual((self.caller.get(BOOSTED, "Summary"), self.caller.get(BOOSTED, "Reasons")), ("applied", {}))
                daemon.end()

    def test_unknown_backend(self):
        self.env["VIRTSCHED_BACKEND"] = "bogus"
        daemon = self.spawn()
        self.assertEqual(daemon.wait(), 1)
        self.assertIn("bogus is neither kmod nor fake", daemon.output())


class Ceiling(Case):
    def limited(self, text, settings):
        self.host_file(CONF, text)
        self.start()
        self.caller.set(PLAIN, settings)
        return self.caller.why(PLAIN)

    def test_clamps_and_says_so(self):
        rows = self.limited("[ceiling]\nmax_priority=3\nmax_share=15\nmax_burst=1000\n",
                            {"boost.state": True, "boost.priority": 40, "boost.budget.share": 80, "boost.budget.burst": 1000})
        self.assertEqual(rows["boost.priority"][:3], ("40", "3", "ceiling"))
        self.assertEqual(rows["boost.budget.share"][:3], ("80", "15", "ceiling"))
        self.assertEqual(rows["boost.budget.burst"], ("1000", "1000", "domain", ""))
        for key, limit in (("boost.priority", "3"), ("boost.budget.share", "15")):
            self.assertIn("ceiling", rows[key][3])
            self.assertIn(limit, rows[key][3])
            self.assertEqual(self.caller.get(PLAIN, "Reasons")[key], rows[key][3])
        self.assertEqual(self.caller.get(PLAIN, "Summary"), "partly")
        self.assertEqual(self.caller.settings(PLAIN)["boost.priority"], 40)

    def test_default_above_the_ceiling(self):
        rows = self.limited("[ceiling]\nmax_share=5\n", {"boost.state": True})
        self.assertEqual(rows["boost.budget.share"][:3], ("", "5", "ceiling"))
        self.assertIn("ceiling", rows["boost.budget.share"][3])
        self.assertEqual(self.caller.get(PLAIN, "Summary"), "applied")

    def test_class(self):
        rows = self.limited("[ceiling]\nmax_class=nice\n", {"boost.state": True, "boost.class": "fifo"})
        self.assertEqual(rows["boost.class"][:3], ("fifo", "nice", "ceiling"))
        self.assertTrue(rows["boost.class"][3])
        self.assertEqual(rows["boost.nice"][1], "10")
        self.assertEqual(rows["boost.priority"][1], "")

    def test_switched_off(self):
        rows = self.limited("[host]\nenabled=false\n", {"boost.state": True})
        self.assertIn("enabled=true", rows[""][3])
        self.assertEqual((self.caller.get(PLAIN, "Summary"), self.caller.get(PLAIN, "Applied")), ("failed", {}))
        self.assertIn("enabled=true", self.caller.host("Problems")[0])


class Configuration(Case):
    def test_wrong_file_keeps_it_from_starting(self):
        for text, *words in WRONG:
            with self.subTest(text=text):
                self.host_file(CONF, text)
                daemon = self.spawn()
                self.assertEqual(daemon.wait(), 1)
                last = daemon.output().splitlines()[-1]
                for word in ("virtschedd.conf", *words):
                    self.assertIn(word, last)
                self.assertEqual(self.owner(), 0)

    def test_other_file(self):
        self.host_file(CONF, WRONG[0][0])
        self.host_file("other.conf", "[ceiling]\nmax_share=5\n")
        self.start("--config", str(self.root / "other.conf"), domains=[domain_xml(PLAIN, "plain")])
        self.caller.set(PLAIN, {"boost.state": True})
        self.assertEqual(self.caller.get(PLAIN, "Applied")["boost.budget.share"], 5)

    def test_the_file_that_is_installed_has_the_defaults(self):
        text = SHIPPED.read_text(encoding="utf-8")
        settings = {"boost.state": True, "boost.priority": 49, "boost.budget.share": 90, "boost.budget.burst": 100000}
        rows = []
        for conf in (None, text, re.sub(r"^#(\w+=)", r"\1", text, flags=re.MULTILINE)):
            if conf:
                self.host_file(CONF, conf)
            daemon = self.start()
            self.caller.set(PLAIN, settings)
            rows.append(self.caller.why(PLAIN))
            daemon.end()
        self.assertEqual(rows[1:], rows[:1] * 2)
        self.assertEqual(rows[0]["boost.priority"][2], "ceiling")

    def test_wrong_options(self):
        for options, status, word in ((["--bogus"], 2, "--bogus"), (["--config", "/"], 1, "/")):
            daemon = self.spawn(*options)
            self.assertEqual(daemon.wait(), status)
            self.assertIn(word, daemon.output())


if __name__ == "__main__":
    unittest.main()
