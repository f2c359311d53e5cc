#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The host's words about many domains: rules, profiles, drop-ins, their precedence, and reading them anew without a restart."""
import os
import pathlib
import re
import signal
import subprocess
import unittest

from gi.repository import GLib

from harness import BOOST, LIVE, Case, domain_xml, element_xml

CONF = "/etc/virtsched/virtschedd.conf"
PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/man/virtschedd.conf.5"
SHIPPED = pathlib.Path(__file__).resolve().parents[2] / "dbus-service/data/virtschedd.conf"
DESK, TITLED, OWN, OFF, STOPPED = range(1, 6)
DOMAINS = [domain_xml(DESK, "desk-1"), domain_xml(TITLED, "x", parts="<title>The Studio, second floor</title>"),
           domain_xml(OWN, "desk-own", BOOST), domain_xml(OFF, "desk-off", element_xml("", "profile='off'")),
           domain_xml(STOPPED, "desk-stopped", running=False)]
RULES = """[rule desktops]
name=vdi-*; desk-*
profile=desktop
boost.budget.share=30
[rule studio]
title=*Studio*
profile=audio
[rule late]
name=*
boost.state=on
"""
WRONG = (
    ("[rule a]\nprofile=desktop\n", "[rule a]", "name="),
    ("[rule a]\nname=*\n", "[rule a]", "setting"),
    ("[rule a]\nname=*\nboost.stat=on\n", "[rule a]", "boost.state"),
    ("[rule a]\nname=*\nboost.priority=77\n", "[rule a]", "1..49"),
    ("[rule a]\nname=*\nboost.class=nice\nboost.priority=3\n", "[rule a]", "class"),
    ("[rule a]\nname=vdi\\d-*\ntitle=*\nboost.state=on\n", "[rule a]", "name"),
    ("[rule a]\nname=*\ntitle=\\S*\nboost.state=on\n", "[rule a]", "title"),
    ("[rule a]\nname=\nboost.state=on\n", "[rule a]", "name= is empty"),
    ("[rules]\nname=*\n", "rules", "[rule NAME]"),
    ("[ceiling]\nmax_share=99\n", "max_share", "1 to 90"),
)


class Base(Case):
    def begin(self, rules=RULES):
        self.host_file(CONF, rules)
        self.daemon = self.start(domains=DOMAINS)

    def reload(self):
        self.caller.manager("Reload")

    def applied(self, number, key):
        return self.caller.get(number, "Applied").get(key)


class Rules(Base):
    def test_a_domain_without_an_element_is_given_one(self):
        self.begin()
        self.assertEqual(self.caller.get(DESK, "Rule"), "desktops")
        self.assertEqual(self.caller.get(DESK, "Wanted"), {"profile": "desktop", "boost.budget.share": 30})
        self.assertEqual((self.applied(DESK, "boost.state"), self.applied(DESK, "boost.budget.share")), (True, 30))
        self.assertEqual(self.caller.settings(DESK, LIVE), {})   # nothing is written

    def test_by_title(self):
        self.begin()
        self.assertEqual((self.caller.get(TITLED, "Rule"), self.applied(TITLED, "boost.priority")), ("studio", 2))

    def test_a_domain_with_an_element_is_left_to_it(self):
        self.begin()
        self.assertEqual((self.caller.get(OWN, "Rule"), self.applied(OWN, "boost.budget.share")), ("", 20))
        self.assertEqual((self.caller.get(OFF, "Rule"), self.caller.get(OFF, "Summary")), ("", "off"))

    def test_shut_off(self):
        self.begin()
        self.assertEqual((self.caller.get(STOPPED, "Rule"), self.caller.get(STOPPED, "Summary")), ("desktops", "shut off"))
        self.assertEqual(self.caller.get(STOPPED, "Applied"), {})

    def test_precedence_is_shown(self):
        self.host_file("/etc/virtsched/virtschedd.conf.d/9.conf", "[ceiling]\nmax_burst=1000\n")
        self.begin()
        why = self.caller.why(DESK)
        self.assertEqual([why[key][2] for key in ("boost.budget.burst", "boost.budget.share", "boost.state", "boost.guest")],
                         ["ceiling", "rule", "profile", "default"])
        self.assertEqual(self.caller.why(OWN)["boost.state"][2], "domain")

    def test_an_element_ends_the_rule_and_its_end_brings_it_back(self):
        self.begin()
        self.caller.set(DESK, {"boost.state": True, "boost.budget.share": 10})
        self.assertEqual((self.caller.get(DESK, "Rule"), self.applied(DESK, "boost.budget.share")), ("", 10))
        self.caller.set(DESK, {}, unset=["*"])
        self.assertEqual((self.caller.get(DESK, "Rule"), self.applied(DESK, "boost.budget.share")), ("desktops", 30))

    def test_later_files_replace(self):
        self.host_file("/etc/virtsched/virtschedd.conf.d/10-a.conf", "[rule desktops]\nname=desk-*\nprofile=server\n[ceiling]\nmax_share=7\n")
        self.host_file("/etc/virtsched/virtschedd.conf.d/20-b.conf", "[ceiling]\nmax_share=9\n")
        self.host_file("/etc/virtsched/virtschedd.conf.d/30-c.disabled", "nonsense")
        self.begin()
        self.assertEqual((self.applied(DESK, "boost.class"), self.applied(DESK, "boost.budget.share")), ("nice", 9))

    def test_profile_of_a_file(self):
        self.host_file("/usr/share/virtsched/profiles.d/desktop.conf", "[profile]\nboost.state=off\n")
        self.host_file("/etc/virtsched/profiles.d/desktop.conf", "[profile]\nboost.state=on\nboost.class=nice\nboost.nice=7\n")
        self.begin()
        self.assertEqual((self.applied(DESK, "boost.class"), self.applied(DESK, "boost.nice")), ("nice", 7))
        self.assertEqual(self.caller.why(DESK)["boost.nice"][2], "profile")

    def test_wrong_profiles(self):
        for name, text, word in (("desktop", "[profile]\nboost.stat=on\n", "boost.state"), ("gaming", "[profile]\n", "desktop"),
                                 ("desktop", "[profile]\nprofile=audio\n", "profile"), ("desktop", "[other]\na=b\n", "[profile]")):
            path = f"/etc/virtsched/profiles.d/{name}.conf"
            self.host_file(path, text)
            daemon = self.spawn()
            self.assertEqual(daemon.wait(), 1)
            self.assertIn(word, daemon.output().splitlines()[-1])
            self.assertIn(path, daemon.output())
            (self.root / path.lstrip("/")).unlink()


class Reload(Base):
    def test_reload_brings_domains_to_it(self):
        self.begin(rules="")
        self.assertEqual(self.caller.get(DESK, "Summary"), "off")
        self.host_file(CONF, RULES)
        self.reload()
        self.assertEqual((self.caller.get(DESK, "Rule"), self.applied(DESK, "boost.state")), ("desktops", True))
        self.host_file(CONF, RULES + "[host]\nenabled=false\n")
        self.reload()
        self.assertEqual(self.caller.get(DESK, "Applied"), {})
        self.assertIn("enabled=true", self.caller.host("Problems")[0])
        self.host_file(CONF, "")
        self.reload()
        self.assertEqual((self.caller.get(DESK, "Rule"), self.caller.get(DESK, "Summary"), self.caller.host("Problems")), ("", "off", []))

    def test_hangup_signal_reloads(self):
        self.begin(rules="")
        self.host_file(CONF, RULES)
        os.kill(self.daemon.pid, signal.SIGHUP)
        self.until(lambda: self.caller.get(DESK, "Rule") == "desktops", "the rule counts")
        self.host_file(CONF, "[host]\nenabled=perhaps\n")
        os.kill(self.daemon.pid, signal.SIGHUP)
        self.until(lambda: "all stays as it was" in self.daemon.output(), "the mistake is in the log")
        self.assertEqual(self.applied(DESK, "boost.state"), True)

    def test_a_mistake_changes_nothing(self):
        self.begin()
        for text, *words in WRONG:
            with self.subTest(text=text):
                self.host_file(CONF, text)
                with self.refused("InvalidValue", "virtschedd.conf", *words):
                    self.reload()
                self.assertEqual((self.caller.get(DESK, "Rule"), self.applied(DESK, "boost.budget.share")), ("desktops", 30))

    def test_a_drop_in_that_cannot_be_read_is_a_mistake(self):
        self.begin()
        folder, profiles = self.root / (CONF[1:] + ".d"), self.root / "etc/virtsched/profiles.d"
        makers = (lambda: folder.write_text("[ceiling]\nmax_share=7\n"), lambda: (folder.mkdir(), (folder / "a.conf").symlink_to("nowhere")),
                  lambda: (folder.mkdir(), (folder / "a.conf").symlink_to("a.conf")), lambda: (folder / "a.conf").mkdir(parents=True),
                  lambda: profiles.symlink_to(profiles))
        for make in makers:
            make()
            with self.refused("InvalidValue", "read ", ".d"):
                self.reload()
            self.assertEqual(self.applied(DESK, "boost.budget.share"), 30)
            subprocess.run(["rm", "-r", folder if folder.is_symlink() or folder.exists() else profiles], check=True)
        self.reload()

    def test_who_may_not_change_may_not_reload(self):
        self.begin()
        self.authority.decide = lambda question: question.action != "org.virtsched1.change"
        with self.refused("Denied", "Reload"):
            self.reload()
        self.assertEqual(self.authority.questions[-1].details, {"connect_driver": "TEST"})

    def test_only_what_changes_is_told(self):
        self.begin()
        signals = []
        self.caller.connection.signal_subscribe(None, "org.freedesktop.DBus.Properties", "PropertiesChanged", None, None, 0,
                                                lambda *args: signals.append(args[2]))
        self.reload()
        self.caller.manager("ListDomains")
        while GLib.MainContext.default().iteration(False):
            pass
        self.assertEqual(signals, [])


class Page(unittest.TestCase):
    def test_the_manual_has_every_key_of_the_installed_file(self):
        keys = re.findall(r"^#(\w+)=", SHIPPED.read_text(encoding="utf-8"), re.M)
        self.assertGreater(len(keys), 5)
        page = PAGE.read_text(encoding="utf-8")
        self.assertEqual([key for key in keys if f".B {key}=" not in page], [])


if __name__ == "__main__":
    unittest.main()
