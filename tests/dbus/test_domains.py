#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What domains have in their XML, good and broken; what they lack; a libvirt that cannot be reached."""
import unittest

from harness import BOTH, CONFIG, CURRENT, LIVE, XMLNS, Case, domain_xml, element_xml, uuid_of

FULL = element_xml("""
  <virtsched:interactive state='on'>
    <virtsched:weightRatio interactive='5' background='2'/>
    <virtsched:background threshold='60' unit='percent'/>
    <virtsched:phase max='4000' unit='ms'/>
    <virtsched:audio track='off'/>
  </virtsched:interactive>
  <virtsched:boost state='on' guest='off' class='fifo' priority='4'>
    <virtsched:budget burst='2500' unit='us' share='25'/>
  </virtsched:boost>
  <virtsched:dirtyQuota state='on'><virtsched:interval value='20' unit='ms'/></virtsched:dirtyQuota>""", "profile='desktop'")
FULL_SETTINGS = {
    "profile": "desktop", "interactive.state": True, "interactive.weightRatio.interactive": 5,
    "interactive.weightRatio.background": 2, "interactive.background.threshold": 60, "interactive.phase.max": 4000,
    "interactive.audio.track": "off", "boost.state": True, "boost.guest": False, "boost.class": "fifo", "boost.priority": 4,
    "boost.budget.burst": 2500, "boost.budget.share": 25, "dirtyQuota.state": True, "dirtyQuota.interval": 20}
# What libvirt writes after "virsh metadata --set": elements with prefix, attributes bare, any prefix.
OTHER_PREFIX = f"<vs:scheduling xmlns:vs='{XMLNS}'><vs:boost state='on'/></vs:scheduling>"
NO_PREFIX = f"<scheduling xmlns='{XMLNS}'><boost state='on'/></scheduling>"
FOREIGN = "<app:x xmlns:app='https://example.org/app'><app:boost state='maybe'/></app:x>"
BROKEN = (
    (element_xml("<virtsched:boost state='maybe'/>"), "boost/@state", "on, off"),
    (element_xml("<virtsched:boost state='on' priority='99'/>"), "priority", "1..49"),
    (element_xml("<virtsched:boost colour='red'/>"), "colour"),
    (element_xml("<virtsched:turbo/>"), "turbo"),
    (element_xml("", "profile='bogus'"), "profile", "desktop"),
    (element_xml("<virtsched:boost/><virtsched:boost/>"), "boost"),
    (element_xml("<virtsched:boost state='on' class='nice' priority='3'/>"), "boost/@priority", "class"),
    (element_xml("text"), "text"),
)


def channel_xml(number, size=1):
    return (f"<devices><shmem name='virtsched-{uuid_of(number)}' role='master'><model type='ivshmem-plain'/>"
            f"<size unit='M'>{size}</size></shmem></devices>")


class Elements(Case):
    def test_everything_is_read(self):
        self.start(domains=[domain_xml(1, "full", FULL)])
        for flags in (CURRENT, LIVE, CONFIG):
            self.assertEqual(self.caller.settings(1, flags), FULL_SETTINGS)
        self.assertEqual(self.caller.get(1, "Wanted"), FULL_SETTINGS)
        interactive = {key: value for key, value in FULL_SETTINGS.items() if key.startswith("interactive.")}
        interactive |= {"interactive.guest": "off", "interactive.input.events": "any", "interactive.epoch.length": 32,
                        "interactive.epoch.window": 32, "interactive.audio.latency": 1000}
        self.assertEqual(self.caller.get(1, "Applied"), {**interactive, "profile": "desktop", "boost.state": True, "boost.guest": False, "boost.io": True,
                                                         "boost.deboost": False,
                                                         "boost.class": "fifo", "boost.priority": 4, "boost.budget.burst": 2500,
                                                         "boost.budget.share": 25, "boost.budget.vm": 0,
                                                         "dirtyQuota.state": True, "dirtyQuota.interval": 20, "dirtyQuota.rate": 0,
                                                         "dirtyQuota.floor": 1, "dirtyQuota.factor": 50})
        self.assertEqual(self.caller.get(1, "Summary"), "applied")
        self.assertEqual(self.caller.get(1, "Reasons"), {})

    def test_any_prefix(self):
        self.start(domains=[domain_xml(1, "other", OTHER_PREFIX), domain_xml(2, "none", NO_PREFIX), domain_xml(3, "foreign", FOREIGN)])
        self.assertEqual(self.caller.summaries(), {"other": "applied", "none": "applied", "foreign": "off"})
        for number in (1, 2, 3):
            self.caller.set(number, {"boost.budget.share": 30}, flags=BOTH)
            self.assertEqual(self.caller.settings(number)["boost.budget.share"], 30)
        self.assertEqual(self.caller.settings(1, CONFIG), {"boost.state": True, "boost.budget.share": 30})

    def test_guest_channel(self):
        heard = element_xml("<virtsched:boost state='on' guest='on'/>")
        self.start(domains=[domain_xml(1, "with", heard, parts=channel_xml(1)), domain_xml(2, "without", heard),
                            domain_xml(3, "foreign", heard, parts=channel_xml(1)),
                            domain_xml(4, "large", heard, parts=channel_xml(4, size=2))])
        self.assertEqual(self.caller.summaries(), {"with": "applied", "without": "partly", "foreign": "partly", "large": "partly"})
        self.assertTrue(self.caller.get(1, "Applied")["boost.guest"])
        for number in (2, 3, 4):
            self.assertFalse(self.caller.get(number, "Applied")["boost.guest"])
            self.assertTrue(self.caller.get(number, "Applied")["boost.state"])
            self.assertIn("virt-sched enable-guest", self.caller.get(number, "Reasons")["boost.guest"])
        self.caller.set(1, {"boost.guest": False}, flags=LIVE)
        self.assertFalse(self.caller.get(1, "Applied")["boost.guest"])
        self.assertEqual(self.caller.summaries()["with"], "applied")

    def test_guest_channel_that_cannot_be_shared(self):
        self.start(domains=[domain_xml(1, "with", element_xml("<virtsched:boost state='on' guest='on'/>"), parts=channel_xml(1))],
                   fake="refuse-channel")
        self.assertEqual(self.caller.summaries(), {"with": "partly"})
        self.assertIn("/dev/shm/virtsched-", self.caller.get(1, "Reasons")["boost.guest"])
        self.assertTrue(self.caller.get(1, "Applied")["boost.state"])

    def test_encrypted_guests_share_nothing(self):
        # SEV alone can be defined in the test driver of every release; TDX and SEV-SNP look the same from here (test-domxml-facts).
        sev = "<launchSecurity type='sev'><cbitpos>47</cbitpos><reducedPhysBits>1</reducedPhysBits><policy>0x0001</policy></launchSecurity>"
        heard = element_xml("<virtsched:boost state='on' guest='on'/>")
        self.start(domains=[domain_xml(1, "sealed", heard, parts=sev), domain_xml(2, "device", heard, parts=sev + channel_xml(2))])
        for number in (1, 2):
            self.assertEqual(self.caller.get(number, "Summary"), "partly")
            self.assertTrue(self.caller.get(number, "Applied")["boost.state"])
            self.assertFalse(self.caller.get(number, "Applied")["boost.guest"])
            self.assertIn("encrypted (launchSecurity)", self.caller.get(number, "Reasons")["boost.guest"])
            self.assertIn("encrypted (launchSecurity)", self.caller.why(number)["boost.guest"][3])
            with self.refused("Unsupported", "encrypted (launchSecurity)"):
                self.caller.domain(number, "SetGuestChannel", "(bub)", True, LIVE, False)

    def test_off_words(self):
        self.start(domains=[domain_xml(1, "empty", element_xml("")), domain_xml(2, "off", element_xml("<virtsched:boost state='off'/>")),
                            domain_xml(3, "profile-off", element_xml("", "profile='off'")), domain_xml(4, "none")])
        self.assertEqual(set(self.caller.summaries().values()), {"off"})
        every = {key: False for key in ("boost.state", "interactive.state", "dirtyQuota.state")}
        for number, applied in ((1, {}), (2, {"boost.state": False}), (3, {"profile": "off", **every}), (4, {})):
            self.assertEqual((self.caller.get(number, "Reasons"), self.caller.get(number, "Applied")), ({}, applied))
            self.assertEqual({key: self.caller.why(number)[key][1] for key in every}, dict.fromkeys(every, "off"))

    def test_broken_says_where_and_nothing_else_breaks(self):
        domains = [domain_xml(1, "good", FULL)] + [domain_xml(10 + i, f"bad{i}", row[0]) for i, row in enumerate(BROKEN)]
        self.start(domains=domains)
        self.assertEqual(self.caller.get(1, "Summary"), "applied")
        for i, (_element, *words) in enumerate(BROKEN):
            number = 10 + i
            with self.subTest(words=words):
                self.assertEqual(self.caller.get(number, "Summary"), "failed")
                self.assertEqual(self.caller.get(number, "Applied"), {})
                self.assertEqual(self.caller.get(number, "Wanted"), {})
                reason = self.caller.get(number, "Reasons")[""]
                self.assertIn(reason, self.caller.why(number)[""])
                for word in ("line", *words):
                    self.assertIn(word, reason)
                for flags in (CURRENT, LIVE, CONFIG):
                    with self.refused("InvalidXml", f"bad{i}", *words):
                        self.caller.settings(number, flags)

    def test_broken_can_be_removed_and_not_be_changed(self):
        self.start(domains=[domain_xml(1, "bad", BROKEN[0][0])])
        for settings, unset in (({"boost.state": True}, []), ({}, ["boost.state"])):
            with self.refused("InvalidXml", "bad", "line"):
                self.caller.set(1, settings, unset=unset)
        self.assertEqual(len(self.caller.set(1, {}, unset=["*"], flags=BOTH, dry_run=True)), 1)
        self.assertEqual(self.caller.get(1, "Summary"), "failed")
        self.assertEqual(len(self.caller.set(1, {}, unset=["*"], flags=BOTH)), 1)
        self.assertEqual((self.caller.settings(1, LIVE), self.caller.settings(1, CONFIG)), ({}, {}))
        self.assertEqual(self.caller.get(1, "Summary"), "off")
        self.assertEqual(self.caller.set(1, {}, unset=["*"], flags=BOTH), [])

    def test_broken_is_replaced_in_one_go(self):
        self.start(domains=[domain_xml(1, "bad", BROKEN[0][0])])
        self.assertEqual(self.caller.set(1, {"boost.state": True}, unset=["*"], flags=BOTH), [("boost.state", "", "on")])
        self.assertEqual(self.caller.settings(1, CONFIG), {"boost.state": True})
        self.assertEqual(self.caller.get(1, "Summary"), "applied")

    def test_broken_and_shut_off(self):
        self.start(domains=[domain_xml(1, "bad", BROKEN[0][0], running=False)])
        self.assertEqual(self.caller.get(1, "Summary"), "failed")
        self.assertIn("line", self.caller.get(1, "Reasons")[""])

    def test_strange_names(self):
        names = ["a b", "ünïcödé", "-rf", "x.y:z", "%s%n", "'; DROP", "n" * 200]
        self.start(domains=[domain_xml(i + 1, name.replace("'", "&apos;"), FULL) for i, name in enumerate(names)])
        self.assertEqual(set(self.caller.summaries()), set(names))
        for i, name in enumerate(names):
            self.assertEqual(self.caller.get(i + 1, "Name"), name)
            self.assertTrue(self.caller.set(i + 1, {"boost.budget.share": 31}))
        self.assertEqual({self.caller.settings(i + 1)["boost.budget.share"] for i in range(len(names))}, {31})

    def test_no_domains(self):
        self.start(domains=[])
        self.assertEqual(self.caller.manager("ListDomains"), [])


class Unreachable(Case):
    def test_said_plainly_and_everything_else_works(self):
        daemon = self.start(uri="test:///nowhere/driver.xml")
        self.assertEqual(self.caller.host("Connection"), "")
        self.assertIn("test:///nowhere/driver.xml", self.caller.host("Problems")[0])
        self.assertEqual(self.caller.manager("ListDomains"), [])
        with self.refused("NoLibvirt", "libvirt"):
            self.caller.manager("FindDomain", "(s)", "plain")
        self.assertEqual({row[0]: row[1] for row in self.caller.manager("Doctor")}["libvirt"], "fail")
        self.assertIsNone(daemon.child.poll())

    def test_connects_when_libvirt_comes(self):
        uri = f"test://{self.root}/late.xml"
        self.start(uri=uri)
        self.assertEqual(self.caller.host("Connection"), "")
        (self.root / "late.xml").write_text(f"<node>{domain_xml(1, 'late', FULL)}</node>", encoding="utf-8")
        self.until(lambda: self.caller.host("Connection") == uri, "connected", 15)
        self.until(lambda: self.caller.summaries() == {"late": "applied"}, "the domain is there")
        self.assertEqual(self.caller.host("Problems"), [])


if __name__ == "__main__":
    unittest.main()
