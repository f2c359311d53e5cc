#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""SetSettings and GetSettings: which copy, all or nothing, dry runs, bad values, contradictions, signals, many at once."""
import unittest

from gi.repository import Gio, GLib

from harness import BOTH, CONFIG, CURRENT, DOMAIN, LIVE, PROPERTIES, Case, path_of

BOOSTED, PLAIN, STOPPED = 1, 2, 3
ON = {"boost.state": True}
BAD = (
    ("UnknownSetting", {"boost.clas": "fifo"}, (), "boost.class"),
    ("UnknownSetting", {"": "fifo"}, (), ""),
    ("UnknownSetting", {}, ("boost.stat",), "boost.state"),
    ("InvalidValue", {"boost.priority": 0}, (), "1..49"),
    ("InvalidValue", {"boost.priority": 50}, (), "1..49"),
    ("InvalidValue", {"boost.priority": 2 ** 32 - 1}, (), "1..49"),
    ("InvalidValue", {"boost.priority": "-3"}, (), "1..49"),
    ("InvalidValue", {"boost.priority": "2x"}, (), "1..49"),
    ("InvalidValue", {"boost.priority": "99999999999999999999"}, (), "1..49"),
    ("InvalidValue", {"boost.budget.burst": "2furlongs"}, (), "50..100000"),
    ("InvalidValue", {"boost.class": "realtime"}, (), "nice, slice, fifo"),
    ("InvalidValue", {"boost.class": 2}, (), "boost.class"),
    ("InvalidValue", {"boost.state": "maybe"}, (), "on, off"),
    ("InvalidValue", {"boost.state": GLib.Variant("d", 1.0)}, (), "boost.state"),
    ("InvalidValue", {"boost.state": GLib.Variant("as", ["on"])}, (), "boost.state"),
    ("InvalidValue", {"boost.class": "nice", "boost.priority": 3}, (), "class"),
    ("InvalidValue", {"boost.class": "fifo", "boost.nice": 5}, (), "class"),
    ("InvalidValue", {"profile": "off", "boost.state": True}, (), "profile"),
    ("InvalidValue", {"interactive.weightRatio.interactive": 2, "interactive.weightRatio.background": 3}, (), "weight"),
)


class Settings(Case):
    def setUp(self):
        super().setUp()
        self.start()

    def copies(self, number):
        return self.caller.settings(number, LIVE), self.caller.settings(number, CONFIG)

    def test_current_is_live_when_running(self):
        self.assertEqual(self.caller.set(PLAIN, ON), [("boost.state", "", "on")])
        self.assertEqual(self.copies(PLAIN), (ON, {}))
        self.assertEqual(self.caller.settings(PLAIN), ON)
        self.assertEqual(self.caller.get(PLAIN, "Summary"), "applied")

    def test_live(self):
        self.caller.set(PLAIN, ON, flags=LIVE)
        self.assertEqual(self.copies(PLAIN), (ON, {}))

    def test_config_changes_nothing_now(self):
        self.caller.set(PLAIN, ON, flags=CONFIG)
        self.assertEqual(self.copies(PLAIN), ({}, ON))
        self.assertEqual(self.caller.get(PLAIN, "Summary"), "off")
        self.assertEqual(self.caller.get(PLAIN, "Applied"), {})

    def test_both(self):
        self.caller.set(PLAIN, ON, flags=BOTH)
        self.assertEqual(self.copies(PLAIN), (ON, ON))

    def test_shut_off(self):
        for flags in (CURRENT, CONFIG):
            self.assertEqual(self.caller.set(STOPPED, {"boost.priority": 1 + flags}, flags=flags)[0][0], "boost.priority")
            self.assertEqual(self.caller.settings(STOPPED, CONFIG)["boost.priority"], 1 + flags)
        before = self.caller.settings(STOPPED, CONFIG)
        for flags in (LIVE, BOTH):
            with self.refused("NotRunning", "stopped", "shut off"):
                self.caller.set(STOPPED, {"boost.priority": 40}, flags=flags)
        with self.refused("NotRunning"):
            self.caller.settings(STOPPED, LIVE)
        self.assertEqual(self.caller.settings(STOPPED, CONFIG), before)
        self.assertEqual(self.caller.settings(STOPPED), before)
        self.assertEqual(self.caller.get(STOPPED, "Applied"), {})

    def test_flags_out_of_range(self):
        for flags in (4, 7, 2 ** 32 - 1):
            with self.refused("InvalidValue", "flags"):
                self.caller.set(PLAIN, ON, flags=flags)
        for flags in (3, 4, 2 ** 32 - 1):
            with self.refused("InvalidValue", "flags"):
                self.caller.settings(PLAIN, flags)
        self.assertEqual(self.copies(PLAIN), ({}, {}))

    def test_again_is_nothing_to_do(self):
        self.caller.set(PLAIN, ON, flags=BOTH)
        self.assertEqual(self.caller.set(PLAIN, ON, flags=BOTH), [])
        self.assertEqual(self.caller.set(PLAIN, {}, unset=["boost.priority"]), [])
        self.assertEqual(self.caller.set(PLAIN, {}), [])

    def test_merge_and_unset(self):
        self.caller.set(PLAIN, {"boost.state": True, "boost.priority": 3, "boost.budget.burst": "3ms"})
        self.assertEqual(self.caller.settings(PLAIN), {"boost.state": True, "boost.priority": 3, "boost.budget.burst": 3000})
        self.assertEqual(self.caller.set(PLAIN, {"boost.budget.share": 30}, unset=["boost.priority"]),
                         [("boost.priority", "3", ""), ("boost.budget.share", "", "30")])
        applied = self.caller.get(PLAIN, "Applied")
        self.assertEqual([applied[key] for key in ("boost.state", "boost.class", "boost.priority", "boost.budget.share")],
                         [True, "fifo", 1, 30])
        self.assertEqual(self.caller.get(PLAIN, "Wanted"), self.caller.settings(PLAIN))

    def test_set_wins_over_unset_of_the_same_key(self):
        self.caller.set(PLAIN, {"boost.priority": 3, "boost.state": True})
        self.assertEqual(self.caller.set(PLAIN, {"boost.priority": 4}, unset=["*"]),
                         [("boost.state", "on", ""), ("boost.priority", "3", "4")])
        self.assertEqual(self.caller.settings(PLAIN), {"boost.priority": 4})

    def test_unset_all_removes_the_element(self):
        self.assertEqual(self.caller.set(BOOSTED, {}, unset=["*"], flags=BOTH), [("boost.state", "on", "")])
        self.assertEqual(self.copies(BOOSTED), ({}, {}))
        self.assertEqual((self.caller.get(BOOSTED, "Summary"), self.caller.get(BOOSTED, "Applied")), ("off", {}))
        self.assertEqual(self.caller.domain(BOOSTED, "GetStats"), [])
        self.assertEqual(self.caller.set(BOOSTED, {}, unset=["*"], flags=BOTH), [])

    def test_class_decides_which_values_are_in_force(self):
        for word, key in (("nice", "boost.nice"), ("slice", "boost.slice"), ("fifo", "boost.priority")):
            self.caller.set(BOOSTED, {"boost.class": word})
            applied = self.caller.get(BOOSTED, "Applied")
            self.assertEqual(applied["boost.class"], word)
            self.assertEqual({"boost.nice", "boost.slice", "boost.priority"} & set(applied), {key})

    def test_dry_run(self):
        for flags in (CURRENT, LIVE, CONFIG, BOTH):
            self.assertEqual(self.caller.set(PLAIN, ON, flags=flags, dry_run=True), [("boost.state", "", "on")])
        self.assertEqual(self.copies(PLAIN), ({}, {}))
        self.assertEqual(self.caller.get(PLAIN, "Summary"), "off")
        with self.refused("NotRunning"):
            self.caller.set(STOPPED, ON, flags=LIVE, dry_run=True)
        with self.refused("InvalidValue"):
            self.caller.set(PLAIN, {"boost.priority": 99}, dry_run=True)

    def test_bad_values_change_nothing(self):
        self.caller.set(PLAIN, {"boost.budget.share": 30}, flags=BOTH)
        before = self.copies(PLAIN)
        for error, settings, unset, word in BAD:
            for flags in (LIVE, BOTH):
                with self.subTest(settings=settings, unset=unset), self.refused(error, word):
                    self.caller.set(PLAIN, {"dirtyQuota.interval": 20, **settings}, unset=unset, flags=flags)
        self.assertEqual(self.copies(PLAIN), before)
        self.assertEqual(self.caller.get(PLAIN, "Wanted"), {"boost.budget.share": 30})

    def test_contradiction_with_what_is_there(self):
        self.caller.set(PLAIN, {"boost.priority": 3})
        with self.refused("InvalidValue", "boost.priority", "class"):
            self.caller.set(PLAIN, {"boost.class": "nice"})
        self.assertEqual(self.caller.settings(PLAIN), {"boost.priority": 3})
        self.caller.set(PLAIN, {"boost.class": "nice"}, unset=["boost.priority"])
        self.assertEqual(self.caller.settings(PLAIN), {"boost.class": "nice"})

    def test_contradiction_in_one_copy_changes_neither(self):
        self.caller.set(PLAIN, {"boost.priority": 3}, flags=CONFIG)
        with self.refused("InvalidValue"):
            self.caller.set(PLAIN, {"boost.class": "nice"}, flags=BOTH)
        self.assertEqual(self.copies(PLAIN), ({}, {"boost.priority": 3}))

    def test_limit_by_hand_needs_no_state_but_heeds_off(self):
        self.caller.set(PLAIN, {"dirtyQuota.rate": 20})
        self.assertEqual(self.caller.get(PLAIN, "Summary"), "applied")
        self.assertEqual(self.caller.get(PLAIN, "Applied")["dirtyQuota.rate"], 20)
        self.caller.set(PLAIN, {"dirtyQuota.rate": "1GiB/s"})
        self.assertEqual(self.caller.get(PLAIN, "Applied")["dirtyQuota.rate"], 1024)
        self.caller.set(PLAIN, {"dirtyQuota.state": False})
        self.assertEqual(self.caller.get(PLAIN, "Summary"), "off")
        self.assertEqual(self.caller.get(PLAIN, "Applied"), {"dirtyQuota.state": False})

    def test_profile(self):
        self.caller.set(PLAIN, {"profile": "server"})
        rows = self.caller.why(PLAIN)
        self.assertEqual(rows["profile"][2], "domain")
        self.assertEqual(rows["boost.class"][1:3], ("nice", "profile"))
        self.assertEqual(rows["boost.budget.share"][1:3], ("10", "profile"))
        self.assertEqual(rows["boost.budget.burst"][2], "default")
        self.assertEqual(rows["dirtyQuota.state"][1:3], ("on", "profile"))
        self.assertEqual(self.caller.get(PLAIN, "Summary"), "applied")
        self.caller.set(PLAIN, {"boost.budget.share": 15})
        self.assertEqual(self.caller.why(PLAIN)["boost.budget.share"], ("15", "15", "domain", ""))

    def test_stats(self):
        rows = self.caller.domain(BOOSTED, "GetStats")
        self.assertEqual([(row["vcpu"], row["tid"], row["state"], row["boosts.wake"]) for row in rows[:2]],
                         [(0, 1000, ["blocked"], 1000), (1, 1001, ["blocked"], 1001)])
        self.assertEqual([(row["thread"], row["boosts.served"]) for row in rows[2:]], [("emulator", 5)])
        self.assertEqual(self.caller.domain(STOPPED, "GetStats"), [])


class Signals(Case):
    def test_properties_changed_arrives_before_the_answer(self):
        self.start()
        seen = []
        watcher = self.connect()
        watcher.connection.signal_subscribe("org.virtsched1", PROPERTIES, "PropertiesChanged", path_of(PLAIN), DOMAIN,
                                            Gio.DBusSignalFlags.NONE, lambda *signal: seen.append(signal[5].unpack()[1]))
        watcher.manager("ListDomains")  # the subscription is with the bus
        self.caller.set(PLAIN, ON)
        self.until(lambda: seen, "PropertiesChanged")
        self.assertEqual((seen[0]["Summary"], seen[0]["Wanted"]), ("applied", ON))
        self.assertEqual(seen[0]["Applied"]["boost.state"], True)
        del seen[:]
        # Whoever has the answer finds the new state, every time; and one change is one signal, a dry run none.
        for share in range(1, 51):
            self.caller.set(PLAIN, {"boost.budget.share": share})
            self.assertEqual(self.caller.get(PLAIN, "Applied")["boost.budget.share"], share)
        self.caller.set(PLAIN, {"boost.budget.share": 50})
        self.caller.set(PLAIN, {"boost.budget.share": 7}, dry_run=True)
        self.caller.set(PLAIN, {"boost.budget.share": 8})
        self.until(lambda: seen and seen[-1]["Wanted"]["boost.budget.share"] == 8, "the last PropertiesChanged")
        self.assertEqual([change["Wanted"]["boost.budget.share"] for change in seen], [*range(1, 51), 8])


class Many(Case):
    def test_100_calls_at_once(self):
        self.start()
        callers = [self.connect() for _ in range(5)]
        answers = []
        for number in range(100):
            caller = callers[number % len(callers)]
            message = (caller.set_message(PLAIN, {"boost.budget.share": 1 + number % 90, "boost.state": True}, flags=number % 4),
                       caller.message(path_of(PLAIN), DOMAIN, "GetStats"),
                       caller.message(path_of(PLAIN), DOMAIN, "Why"),
                       caller.set_message(PLAIN, {}, unset=["*"], flags=BOTH))[number % 7 % 4]
            caller.start(message, answers)
        self.until(lambda: len(answers) == 100, "100 answers")
        self.assertEqual([answer for answer in answers if answer is None or isinstance(answer, Exception)], [])
        # What is shown is what is stored, and both copies are whole.
        self.caller.set(PLAIN, {"boost.state": True, "boost.budget.share": 33}, flags=BOTH)
        for flags in (LIVE, CONFIG):
            self.assertEqual(self.caller.settings(PLAIN, flags), {"boost.state": True, "boost.budget.share": 33})
        self.assertEqual(self.caller.get(PLAIN, "Applied")["boost.budget.share"], 33)

    def test_ends_in_the_middle_of_100_calls(self):
        self.start()
        answers = []
        for number in range(100):
            self.caller.start(self.caller.set_message(PLAIN, {"boost.budget.share": 1 + number % 90}), answers)
        self.until(lambda: answers, "the first answer")  # finish() looks at the exit status


if __name__ == "__main__":
    unittest.main()
