# SPDX-License-Identifier: LGPL-2.1-or-later
"""The real virtschedd on a private bus, with libvirt's test driver and a kernel in memory. Argument: the program."""
import re
import signal
import sys
import threading
import time
import unittest
from pathlib import Path

from harness import Bus, Gio, GLib, call, domain

DAEMON = sys.argv.pop(1)
XML = Path(__file__).resolve().parents[2] / "dbus-service/org.virtsched1.xml"
DOMAIN = "org.virtsched1.Domain"


def change(client, number, settings, unset=(), flags=1, dry_run=False):
    values = {key: GLib.Variant("s", value) for key, value in settings.items()}
    arguments = GLib.Variant("(a{sv}asub)", (values, list(unset), flags, dry_run))
    return call(client, "SetSettings", arguments, domain(number), DOMAIN)[0]


def get(client, number, name):
    arguments = GLib.Variant("(ss)", (DOMAIN, name))
    return call(client, "Get", arguments, domain(number), "org.freedesktop.DBus.Properties")[0]


def summaries(client):
    return {row[1]: row[5] for row in call(client, "ListDomains")[0]}


class WithDaemon(unittest.TestCase):
    conf, env = "", {}

    def setUp(self):
        self.bus = Bus(DAEMON, self.conf, self.env)
        self.bus.__enter__()
        self.addCleanup(self.bus.__exit__)
        self.assertIsNone(self.bus.start(), "virtschedd ended")
        self.client = self.bus.client()

    def refused(self, name, function, *arguments, **words):
        with self.assertRaises(GLib.Error) as caught:
            function(*arguments, **words)
        self.assertEqual(Gio.DBusError.get_remote_error(caught.exception), "org.virtsched1.Error." + name)
        return caught.exception.message


class Daemon(WithDaemon):
    def test_running_domains_are_found_and_applied_at_start(self):
        self.assertEqual(summaries(self.client), {"on": "applied", "plain": "off", "broken": "failed", "greedy": "partly",
                                                  "off": "shut off"})
        self.assertTrue(get(self.client, 1, "Applied")["boost.state"])

    def test_introspection_is_the_xml(self):
        def members(text):
            text = re.sub(r"<!--.*?-->", "", text, flags=re.S)
            found = {}
            for block in re.findall(r'<interface name="(org\.virtsched1\.\w+)">(.*?)</interface>', text, re.S):
                found[block[0]] = (sorted(re.findall(r'<property (?:type="(\S+)" )?name="(\w+)"', block[1])) and
                                   sorted(re.findall(r'<property [^>]*name="(\w+)"', block[1])),
                                   sorted((name, re.findall(r'<arg [^>]*type="([^"]+)"', body)) for name, body in
                                          re.findall(r'<method name="(\w+)">(.*?)</method>', block[1], re.S)))
            return found
        wanted = members(XML.read_text())
        for path in ("/org/virtsched1", domain(1)):
            text = call(self.client, "Introspect", None, path, "org.freedesktop.DBus.Introspectable")[0]
            for name, live in members(text).items():
                self.assertEqual(live, wanted.pop(name))
        self.assertEqual(wanted, {})

    def test_set_and_unset_and_properties_follow(self):
        seen = []
        self.client.signal_subscribe("org.virtsched1", "org.freedesktop.DBus.Properties", "PropertiesChanged", domain(2), None,
                                     Gio.DBusSignalFlags.NONE, lambda *a: seen.append(a[5].unpack()))
        self.assertEqual(change(self.client, 2, {"boost.state": "on"}), [("boost.state", "", "on")])
        self.assertEqual(get(self.client, 2, "Summary"), "applied")
        self.assertEqual(change(self.client, 2, {"boost.state": "on"}), [])
        self.assertEqual(change(self.client, 2, {}, ["*"]), [("boost.state", "on", "")])
        self.assertEqual(get(self.client, 2, "Summary"), "off")
        while GLib.MainContext.default().iteration(False):
            pass
        self.assertTrue(any("Summary" in changed[1] for changed in seen))

    def test_a_dry_run_changes_nothing(self):
        self.assertEqual(len(change(self.client, 2, {"boost.state": "on"}, dry_run=True)), 1)
        self.assertEqual(get(self.client, 2, "Summary"), "off")

    def test_copies_live_config_and_both(self):
        change(self.client, 1, {"boost.budget.share": "30"}, flags=2)
        live, config = (call(self.client, "GetSettings", GLib.Variant("(u)", (flags,)), domain(1), DOMAIN)[0] for flags in (1, 2))
        self.assertNotIn("boost.budget.share", live)
        self.assertEqual(config["boost.budget.share"], 30)
        self.assertEqual(len(change(self.client, 1, {"boost.budget.share": "30"}, flags=3)), 1)
        self.refused("NotRunning", change, self.client, 9, {"boost.state": "on"}, flags=1)
        self.assertEqual(len(change(self.client, 9, {"boost.state": "on"}, flags=0)), 1)
        self.refused("InvalidValue", change, self.client, 1, {"boost.state": "on"}, flags=4)

    def test_bad_values_have_their_names_and_change_nothing(self):
        before = get(self.client, 1, "Wanted")
        self.assertIn("1..90", self.refused("InvalidValue", change, self.client, 1, {"boost.budget.share": "91"}))
        self.refused("InvalidValue", change, self.client, 1, {"boost.state": "maybe"})
        self.refused("InvalidValue", change, self.client, 1, {"boost.class": "nice", "boost.priority": "3"})
        self.refused("UnknownSetting", change, self.client, 1, {"boost.nosuch": "1"})
        self.refused("UnknownSetting", change, self.client, 1, {}, ["nosuch"])
        self.refused("NoDomain", call, self.client, "FindDomain", GLib.Variant("(s)", ("nobody",)))
        self.assertEqual(get(self.client, 1, "Wanted"), before)

    def test_a_broken_element_is_said_with_its_place_and_can_be_removed(self):
        self.assertIn("boost/@state", get(self.client, 3, "Reasons")[""])
        self.refused("InvalidXml" if "line" not in get(self.client, 3, "Reasons")[""] else "InvalidValue", change, self.client, 3,
                     {"boost.state": "on"})
        self.assertEqual(len(change(self.client, 3, {}, ["*"])), 1)
        self.assertEqual(get(self.client, 3, "Summary"), "off")

    def test_polkit_denies(self):
        self.bus.polkit.answers = {"org.virtsched1.change": False}
        self.refused("Denied", change, self.client, 1, {"boost.state": "off"})
        self.assertEqual(self.bus.polkit.details["domain_name"], "on")
        self.assertEqual(get(self.client, 1, "Summary"), "applied")
        self.bus.polkit.answers["org.virtsched1.look"] = False
        self.refused("Denied", call, self.client, "ListDomains")

    def test_a_hanging_polkit_delays_nobody_else(self):
        slow = self.bus.client()
        self.bus.polkit.hanging.add(slow.get_unique_name())
        slow.call("org.virtsched1", "/org/virtsched1", "org.virtsched1.Manager", "ListDomains", None, None,
                  Gio.DBusCallFlags.NONE, -1, None, None)
        slow.flush_sync(None)
        begin = time.monotonic()
        summaries(self.client)
        self.assertLess(time.monotonic() - begin, 1)
        slow.close_sync(None)
        self.assertEqual(summaries(self.client)["on"], "applied")

    def test_a_hundred_calls_at_once(self):
        answers = []

        def one():
            client = self.bus.client()
            for _ in range(10):
                answers.append(len(call(client, "ListDomains")[0]))
        threads = [threading.Thread(target=one) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(answers, [5] * 100)

    def test_stats_and_why(self):
        rows = call(self.client, "GetStats", None, domain(1), DOMAIN)[0]
        self.assertEqual([row["vcpu"] for row in rows], [0, 1])
        why = {row[0]: row for row in call(self.client, "Why", None, domain(4), DOMAIN)[0]}
        self.assertEqual(why["boost.budget.share"][3], "ceiling")
        self.assertNotEqual(why["boost.budget.share"][4], "")

    def test_it_sleeps_when_nothing_happens(self):
        def switches():
            tasks = Path(f"/proc/{self.bus.process.pid}/task").iterdir()
            return sum(int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", (task / "status").read_text(), re.M)[1])
                       for task in tasks)
        summaries(self.client)
        # GLib's idle worker threads end by themselves within 15 s; their farewell is no wake-up of ours.
        time.sleep(1)
        main = Path(f"/proc/{self.bus.process.pid}/task/{self.bus.process.pid}/status")
        before = re.search(r"^voluntary_ctxt_switches:\s+(\d+)", main.read_text(), re.M)[1]
        total = switches()
        time.sleep(5)
        self.assertEqual(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", main.read_text(), re.M)[1], before)
        print("# switches of all threads in 5 s:", switches() - total)

    def test_sigterm_ends_it_well_and_sigkill_harms_nobody(self):
        self.bus.stop(signal.SIGKILL)
        self.assertIsNone(self.bus.start())
        self.assertEqual(summaries(self.client)["on"], "applied")
        self.assertEqual(self.bus.stop(signal.SIGTERM), 0)


class Ceiling(WithDaemon):
    conf = "[ceiling]\nmax_class=nice\nmax_share=15\n"

    def test_the_host_clamps_and_says_so(self):
        applied = get(self.client, 4, "Applied")
        self.assertEqual((applied["boost.class"], applied["boost.budget.share"]), ("nice", 15))
        self.assertIn("boost.budget.share", get(self.client, 4, "Reasons"))


class Off(WithDaemon):
    conf = "[host]\nenabled=false\n"

    def test_a_host_can_be_switched_off(self):
        self.assertEqual(summaries(self.client)["on"], "failed")
        self.assertIn("switched off", get(self.client, 1, "Reasons")[""])


class BadConfig(unittest.TestCase):
    def test_wrong_values_keep_it_from_starting(self):
        for text, words in (("[ceiling]\nmax_share=91\n", "1 to 90"), ("[ceiling]\nmax_shares=9\n", "max_shares"),
                            ("[ceiling]\nmax_class=rt\n", "nice, slice or fifo"), ("nonsense", "virtschedd.conf")):
            with Bus(DAEMON, text) as bus:
                self.assertEqual(bus.start(), 1)
                self.assertIn(words, bus.output())


def faulty(fault, words):
    class Faulty(WithDaemon):
        env = {"VIRTSCHED_FAKE": fault}

        def test_it_is_said(self):
            self.assertEqual(summaries(self.client)["on"], "failed")
            self.assertIn(words, get(self.client, 1, "Reasons")[""])
            self.assertEqual(summaries(self.client)["plain"], "off")
    return Faulty


NoModule = faulty("no-module", "modprobe virtsched")
RefuseAttach = faulty("refuse-attach", "busy")
RefuseFifo = faulty("refuse-fifo", "cannot do boost.class")
SteppedBack = faulty("stepped-back", "from outside")

if __name__ == "__main__":
    unittest.main()
