#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The live daemon has the interface of org.virtsched1.xml, its objects, its look-ups, and its table of settings."""
import os
import pathlib
import subprocess
import unittest
import xml.etree.ElementTree

from harness import DOMAIN, DOMAINS, MANAGER, MANAGER_PATH, NAME, OBJECTS, Case, domain_xml, path_of, uuid_of

CONTRACT = pathlib.Path(__file__).resolve().parents[2] / "dbus-service/org.virtsched1.xml"


def interfaces(text):
    """name -> set of (kind, member, what it takes and gives)"""
    found = {}
    for interface in xml.etree.ElementTree.fromstring(text).findall("interface"):
        members = found.setdefault(interface.get("name"), set())
        for kind in ("method", "signal"):
            for member in interface.findall(kind):
                arguments = tuple((a.get("name"), a.get("type"), a.get("direction", "in")) for a in member.findall("arg"))
                members.add((kind, member.get("name"), arguments))
        members.update(("property", p.get("name"), (p.get("type"), p.get("access"))) for p in interface.findall("property"))
    return found


class Interface(Case):
    def introspect(self, path):
        return interfaces(self.caller.call(path, "org.freedesktop.DBus.Introspectable", "Introspect"))

    def test_is_the_contract(self):
        self.start()
        contract = interfaces(CONTRACT.read_text(encoding="utf-8"))
        self.assertEqual(sorted(contract), [DOMAIN, MANAGER])
        self.assertEqual(self.introspect(MANAGER_PATH)[MANAGER], contract[MANAGER])
        self.assertEqual(self.introspect(path_of(1))[DOMAIN], contract[DOMAIN])

    def test_host(self):
        daemon = self.start()
        version = subprocess.run([os.environ["VIRTSCHEDD"], "--version"], env=self.env, capture_output=True, text=True, check=True)
        self.assertEqual(f"virtschedd {self.caller.host('Version')}\n", version.stdout)
        self.assertEqual(self.caller.host("ModuleVersion"), "fake")
        self.assertEqual(self.caller.host("Connection"), f"test://{self.root}/driver.xml")
        self.assertEqual(self.caller.host("Problems"), [], daemon.output())

    def test_every_domain_has_an_object(self):
        self.start()
        objects = self.caller.call(MANAGER_PATH, OBJECTS, "GetManagedObjects")
        self.assertEqual(sorted(objects), [path_of(1), path_of(2), path_of(3)])
        stopped = objects[path_of(3)][DOMAIN]
        self.assertEqual({name: stopped[name] for name in ("Name", "Uuid", "Id", "State", "Summary", "Wanted", "Applied", "Wiring")},
                         {"Name": "stopped", "Uuid": uuid_of(3), "Id": -1, "State": "shut off", "Summary": "shut off",
                          "Wanted": {"boost.state": True}, "Applied": {}, "Wiring": ""})
        self.assertEqual(objects[path_of(1)][DOMAIN]["State"], "running")

    def test_list_is_sorted(self):
        self.start(domains=[domain_xml(1, "zebra"), domain_xml(2, "ape"), domain_xml(3, "newt", running=False)])
        self.assertEqual(self.caller.manager("ListDomains"), [
            (path_of(2), "ape", uuid_of(2), 2, "running", "off"),
            (path_of(3), "newt", uuid_of(3), -1, "shut off", "shut off"),
            (path_of(1), "zebra", uuid_of(1), 1, "running", "off")])

    def test_find_as_virsh_does(self):
        # "2" is the id of one domain and the name of another: the id comes first.
        self.start(domains=DOMAINS + [domain_xml(4, "2"), domain_xml(5, "77")])
        for key, number in (("1", 1), ("2", 2), (uuid_of(4), 4), (uuid_of(3).upper(), 3), ("plain", 2), ("77", 5), ("stopped", 3)):
            self.assertEqual(self.caller.manager("FindDomain", "(s)", key), path_of(number), key)
        for key in ("", "nobody", "-1", "99", "plain ", "pla", "%s%n", "1 "):
            with self.refused("NoDomain", key):
                self.caller.manager("FindDomain", "(s)", key)

    def test_settings_of_every_type(self):
        self.start()
        table = {row[0]: row[1:] for row in self.caller.manager("ListSettings")}
        kind, unit, low, high, default, choices, pending, doc = table["boost.budget.burst"]
        self.assertEqual((kind, unit, low, high, default, choices, pending), ("u", "us", 50, 100000, 2000, [], ""))
        self.assertTrue(doc)
        self.assertEqual(table["boost.class"][0], "s")
        self.assertIn(table["boost.class"][4], table["boost.class"][5])
        self.assertEqual((table["boost.state"][0], table["boost.state"][4]), ("b", False))
        self.assertEqual({row[6] for row in table.values()}, {""})

    def test_unknown_method_and_object(self):
        self.start()
        for path, interface, method in ((MANAGER_PATH, MANAGER, "Reboot"), (path_of(99), DOMAIN, "Why"), (path_of(1), DOMAIN, "Kill")):
            with self.assertRaises(Exception) as caught:
                self.caller.call(path, interface, method)
            self.assertTrue(caught.exception.name.startswith("org.freedesktop.DBus.Error.Unknown"), caught.exception)
        self.assertEqual(len(self.caller.manager("ListDomains")), 3)

    def test_doctor(self):
        self.start()
        checks = {row[0]: row[1:] for row in self.caller.manager("Doctor")}
        self.assertEqual(checks["module"], ("ok", "virtsched.ko fake", ""))
        self.assertEqual(checks["libvirt"][0], "warn")
        self.assertIn("TEST", checks["libvirt"][1])
        self.assertEqual(checks["cgroup"][0], "warn")
        self.host_file("/sys/fs/cgroup/cgroup.controllers", "cpu\n")
        self.host_file("/sys/module/kvm/refcnt", "0\n")
        self.host_file("/etc/libvirt/hooks/qemu.d/50-virtsched", "#!/bin/sh\n")
        (self.root / "etc/libvirt/hooks/qemu.d/50-virtsched").chmod(0o755)
        checks = {row[0]: row[1] for row in self.caller.manager("Doctor")}
        self.assertEqual([checks[name] for name in ("cgroup", "kvm", "hook")], ["ok", "ok", "ok"])

    def test_name_is_owned_only_when_domains_are_known(self):
        self.spawn()
        self.until(self.owner, f"{NAME} has an owner")
        self.assertEqual(len(self.caller.manager("ListDomains")), 3)


if __name__ == "__main__":
    unittest.main()
