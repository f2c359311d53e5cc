#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Boosts that callers hold: in force while held, ended by cookie, by the holder's end and with the domain; limits; who may."""
import unittest

from harness import BOOST, Case, domain_xml, element_xml, uuid_of

BOOSTED, PLAIN, OFF, STOPPED = range(1, 5)
DOMAINS = [domain_xml(BOOSTED, "boosted", BOOST), domain_xml(PLAIN, "plain"),
           domain_xml(OFF, "off", element_xml("<virtsched:boost state='off'/>")), domain_xml(STOPPED, "stopped", BOOST, running=False)]
PER_CALLER, IN_ALL = 16, 256


class Leases(Case):
    def setUp(self):
        super().setUp()
        self.start(domains=DOMAINS)

    def hold(self, name="plain", reason="a meeting", application="calls", caller=None):
        return (caller or self.caller).manager("HoldBoost", "(sss)", name, reason, application)

    def release(self, cookie, caller=None):
        return (caller or self.caller).manager("ReleaseBoost", "(u)", cookie)

    def on(self, number):
        return self.caller.get(number, "Applied").get("boost.state", False)

    def test_in_force_while_held(self):
        cookie = self.hold()
        self.assertTrue(cookie)
        self.assertTrue(self.on(PLAIN))
        self.assertEqual(self.caller.get(PLAIN, "Leases"), [("calls", "a meeting")])
        self.assertEqual(self.caller.why(PLAIN)["boost.state"], ("", "on", "lease", ""))
        self.assertEqual((self.caller.get(PLAIN, "Wanted"), self.caller.get(PLAIN, "Summary")), ({}, "applied"))
        self.release(cookie)
        self.assertEqual((self.on(PLAIN), self.caller.get(PLAIN, "Leases"), self.caller.get(PLAIN, "Summary")), (False, [], "off"))

    def test_over_the_domains_own_word(self):
        cookie = self.hold("off")
        self.assertTrue(self.on(OFF))
        self.release(cookie)
        self.assertFalse(self.on(OFF))
        self.release(self.hold("boosted"))
        self.assertTrue(self.on(BOOSTED))

    def test_the_last_one_ends_it(self):
        first, second = self.hold(), self.hold(uuid_of(PLAIN), "sound", "player")
        self.assertNotEqual(first, second)
        self.assertEqual(self.caller.get(PLAIN, "Leases"), [("calls", "a meeting"), ("player", "sound")])
        self.release(first)
        self.assertTrue(self.on(PLAIN))
        self.release(second)
        self.assertFalse(self.on(PLAIN))

    def test_ends_with_its_holder(self):
        other = self.connect()
        self.hold(caller=other)
        self.assertTrue(self.on(PLAIN))
        other.close()
        self.until(lambda: not self.on(PLAIN), "the boost has ended")
        self.assertEqual(self.caller.get(PLAIN, "Leases"), [])

    def test_a_cookie_is_its_holders_alone(self):
        cookie, other = self.hold(), self.connect()
        for caller, value in ((other, cookie), (self.caller, cookie + 1), (self.caller, 0)):
            with self.refused("NoLease", str(value)):
                self.release(value, caller)
        self.assertTrue(self.on(PLAIN))
        self.release(cookie)
        with self.refused("NoLease"):
            self.release(cookie)

    def test_limits(self):
        cookies = [self.hold() for _ in range(PER_CALLER)]
        with self.refused("LimitReached", str(PER_CALLER)):
            self.hold()
        others = [self.connect() for _ in range(IN_ALL // PER_CALLER - 1)]
        for other in others:
            for _ in range(PER_CALLER):
                self.hold(caller=other)
        with self.refused("LimitReached", str(IN_ALL)):
            self.hold(caller=self.connect())
        self.release(cookies[0])
        self.assertTrue(self.hold())

    def test_bad_words(self):
        for name, reason, application, error in (("nobody", "r", "a", "NoDomain"), ("stopped", "r", "a", "NotRunning"),
                                                 ("plain", "", "a", "InvalidValue"), ("plain", "r", "", "InvalidValue"),
                                                 ("plain", "r" * 201, "a", "InvalidValue")):
            with self.refused(error):
                self.hold(name, reason, application)
        self.assertEqual(self.caller.get(PLAIN, "Leases"), [])

    def test_rules_can_allow_one_user_one_domain(self):
        self.authority.decide = lambda question: (question.action != "org.virtsched1.hold"
                                                  or question.details.get("domain_name") == "plain")
        self.hold("2")
        self.assertEqual(self.authority.questions[-1].details,
                         {"connect_driver": "TEST", "domain_name": "plain", "domain_uuid": uuid_of(PLAIN)})
        for name in ("boosted", "nobody"):
            with self.refused("Denied", "org.virtsched1.hold"):
                self.hold(name)


class Ceiling(Case):
    def test_the_host_switched_off_stays_off(self):
        self.host_file("/etc/virtsched/virtschedd.conf", "[host]\nenabled=false\n")
        self.start(domains=DOMAINS)
        self.caller.manager("HoldBoost", "(sss)", "plain", "r", "a")
        self.assertEqual(self.caller.get(PLAIN, "Applied"), {})
        self.assertIn("enabled=true", self.caller.why(PLAIN)["boost.state"][3])


if __name__ == "__main__":
    unittest.main()
