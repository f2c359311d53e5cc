#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who may: allowed, denied, asked for a password, an authority that hangs or is not there, callers that vanish."""
import time
import unittest

from gi.repository import Gio

from harness import BOTH, DOMAIN, MANAGER, MANAGER_PATH, BusError, Case, path_of, uuid_of

LOOK, CHANGE = "org.virtsched1.look", "org.virtsched1.change"
LOOKS = [(MANAGER_PATH, MANAGER, "ListDomains", "()"), (MANAGER_PATH, MANAGER, "FindDomain", "(s)", "plain"),
         (MANAGER_PATH, MANAGER, "ListSettings", "()"), (MANAGER_PATH, MANAGER, "Doctor", "()"),
         (path_of(2), DOMAIN, "GetSettings", "(u)", 0), (path_of(2), DOMAIN, "Why", "()"), (path_of(2), DOMAIN, "GetStats", "()")]


class Polkit(Case):
    def test_each_look_asks_for_look(self):
        self.start()
        for call in LOOKS:
            del self.authority.questions[:]
            self.caller.call(*call)
            self.assertEqual([q.action for q in self.authority.questions], [LOOK], call)
            self.assertEqual(self.authority.questions[0].sender, self.caller.unique_name)

    def test_change_asks_for_change_even_when_dry(self):
        self.start()
        for dry_run in (True, False):
            del self.authority.questions[:]
            self.caller.set(2, {"boost.state": True}, dry_run=dry_run)
            self.assertEqual([q.action for q in self.authority.questions], [CHANGE])

    def test_rules_get_driver_and_domain(self):
        self.start()
        self.caller.domain(2, "Why")
        self.assertEqual(self.authority.questions[-1].details,
                         {"connect_driver": "TEST", "domain_name": "plain", "domain_uuid": uuid_of(2)})
        self.caller.manager("ListDomains")
        self.assertEqual(self.authority.questions[-1].details, {"connect_driver": "TEST"})

    def test_denied(self):
        self.authority.decide = lambda question: False
        self.start()
        for call in LOOKS:
            with self.refused("Denied", LOOK, call[2]):
                self.caller.call(*call)
        with self.refused("Denied", CHANGE):
            self.caller.set(2, {"boost.state": True}, flags=BOTH)
        self.authority.decide = lambda question: True
        self.assertEqual(self.caller.settings(2), {})

    def test_one_domain_denied(self):
        self.authority.decide = lambda question: question.details.get("domain_name") != "plain"
        self.start()
        self.caller.domain(1, "Why")
        with self.refused("Denied"):
            self.caller.domain(2, "Why")

    def test_look_without_change(self):
        self.authority.decide = lambda question: question.action == LOOK
        self.start()
        self.assertEqual(self.caller.summaries()["plain"], "off")
        with self.refused("Denied", CHANGE):
            self.caller.set(2, {"boost.state": True})

    def test_password_only_for_who_may_be_asked(self):
        self.authority.decide = lambda question: question.interactive or "challenge"
        self.start()
        with self.refused("Denied", "password"):
            self.caller.set(2, {"boost.state": True})
        message = self.caller.set_message(2, {"boost.state": True})
        message.set_flags(Gio.DBusMessageFlags.ALLOW_INTERACTIVE_AUTHORIZATION)
        self.assertEqual(self.caller.send(message), [("boost.state", "", "on")])

    def test_authority_gone(self):
        self.start()
        self.authority.close()
        with self.refused("Denied", LOOK):
            self.caller.manager("ListDomains")


class Hanging(Case):
    def setUp(self):
        super().setUp()
        self.start()
        self.other = self.connect()
        self.answers = []
        self.authority.decide = lambda question: None if question.sender == self.caller.unique_name else True

    def hang(self, count=1):
        for _ in range(count):
            self.caller.start(self.caller.set_message(2, {"boost.state": True}), self.answers)
        self.until(lambda: self.authority.hanging() == count, "the authority was asked")

    def takes(self, settings):
        try:
            self.caller.set(2, settings)
        except BusError as error:
            self.assertEqual(error.name, "org.virtsched1.Error.LimitReached")
            return False
        return True

    def assert_others_are_served(self):
        begin = time.monotonic()
        self.other.manager("ListDomains")
        self.other.set(1, {"boost.budget.share": 30})
        self.other.set(1, {"boost.budget.share": 40})
        self.assertLess(time.monotonic() - begin, 1)

    def test_others_are_answered_meanwhile(self):
        self.hang(50)
        self.assert_others_are_served()
        self.assertEqual(self.answers, [])
        self.authority.release(True)
        self.until(lambda: len(self.answers) == 50, "those who hung are answered")
        self.assertEqual(sorted(self.answers), [[]] * 49 + [[("boost.state", "", "on")]])

    def test_200_callers_and_one_that_floods(self):
        """Others stay under 50 ms each while one has 120 calls at a polkit that hangs; then 200 at once are all answered."""
        for _ in range(120):
            self.caller.start(self.caller.set_message(2, {"boost.state": True}), self.answers)
        self.until(lambda: self.authority.hanging() == 50, "the authority was asked")
        times = []
        for _ in range(20):
            begin = time.monotonic()
            self.other.manager("ListDomains")
            times.append(time.monotonic() - begin)
        self.assertLess(sorted(times)[len(times) // 2], 0.05)
        callers, others = [self.connect() for _ in range(200)], []
        for caller in callers:
            caller.start(caller.message(MANAGER_PATH, MANAGER, "ListSettings"), others)
        self.until(lambda: len(others) == 200, "all are answered")
        self.assertEqual([answer for answer in others if not isinstance(answer, list)], [])
        self.assertEqual(self.answers, [])
        self.authority.decide = lambda question: True
        self.authority.release(True)
        self.until(lambda: len(self.answers) == 120, "those who hung are answered")
        self.assertEqual(sorted(self.answers), [[]] * 119 + [[("boost.state", "", "on")]])

    def test_calls_that_wait_are_limited(self):
        """128 of a caller, those that want no reply among them, which the bus does not count; the limit is that caller's alone."""
        for _ in range(150):
            message = self.caller.set_message(2, {"boost.state": True})
            message.set_flags(Gio.DBusMessageFlags.NO_REPLY_EXPECTED)
            self.caller.connection.send_message(message, Gio.DBusSendMessageFlags.NONE)
        with self.refused("LimitReached", "128", "SetSettings"):
            self.caller.set(2, {"boost.state": True})
        self.assertEqual(self.other.set(1, {"boost.budget.share": 30}), [("boost.budget.share", "", "30")])
        self.authority.decide = lambda question: True
        self.authority.release(False)
        self.until(lambda: self.takes({"boost.budget.share": 30}), "a call of the same caller is taken again")

    def test_late_no(self):
        self.hang()
        self.authority.release(False)
        self.until(lambda: self.answers, "who hung is answered")
        self.assertEqual(self.answers[0].name, "org.virtsched1.Error.Denied")
        self.assertEqual(self.other.settings(2), {})

    def test_caller_dies_while_polkit_thinks(self):
        for decision in (True, False):
            self.hang()
            self.caller.close()
            self.authority.release(decision)
            self.until(lambda: self.authority.hanging() == 0, "the authority answered")
            self.assert_others_are_served()
            self.caller = self.connect()

    def test_caller_dies_while_it_is_served(self):
        self.authority.decide = lambda question: True
        for number in range(20):
            self.caller.start(self.caller.set_message(2, {"boost.budget.share": 10 + number}), self.answers)
        self.caller.connection.flush_sync(None)
        self.caller.close()
        self.assert_others_are_served()
        self.caller = self.connect()

    def test_daemon_ends_while_polkit_thinks(self):
        self.hang(5)  # finish() looks at the exit status


if __name__ == "__main__":
    unittest.main()
