#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every method of org.virtsched1.xml in every way in which it can go wrong, as a golden table (every-call.txt): wrong types, a domain
that is absent or shut off, no rights, no module, no libvirt, a bus without the daemon. A method without a row, and one whose polkit
action is not the one that its documentation names, fail. VIRTSCHED_REGENERATE=1 writes the table instead of comparing."""
import os
import pathlib
import re
import unittest
import xml.etree.ElementTree

from harness import BOOST, ERROR, MANAGER, MANAGER_PATH, BusError, Case, domain_xml, element_xml, path_of

CONTRACT = pathlib.Path(__file__).resolve().parents[2] / "dbus-service/org.virtsched1.xml"
TABLE = pathlib.Path(__file__).resolve().parent / "every-call.txt"
PLAIN, STOPPED, ABSENT = 2, 3, 99
DOMAINS = [domain_xml(PLAIN, "plain", element_xml("<virtsched:interactive state='on'/>")), domain_xml(STOPPED, "stopped", BOOST, running=False)]
# Arguments that are right; methods without a row take none.
RIGHT = {"FindDomain": ("(s)", "plain"), "HoldBoost": ("(sss)", "plain", "a test", "test"), "ReleaseBoost": ("(u)", 1),
         "GetSettings": ("(u)", 0), "SetSettings": ("(a{sv}asub)", {}, [], 0, True), "SetGuestChannel": ("(bub)", True, 2, True),
         "StartPhase": ("(u)", 1000), "WatchThrottling": ("(b)", True)}
WRONG = ("(d)", 1.5)


def methods():
    """(interface, method) in the contract's order."""
    for interface in xml.etree.ElementTree.parse(CONTRACT).getroot().findall("interface"):
        for method in interface.findall("method"):
            yield interface.get("name"), method.get("name")


def documented_actions():
    """method -> polkit action, from the comment before it."""
    comments = re.findall(r'<!--((?:(?!-->).)*)-->\s*<method name="(\w+)"', CONTRACT.read_text(encoding="utf-8"), re.S)
    return {name: re.search(r"Action: ([\w.]+\w)", text).group(1) for text, name in comments}


class EveryCall(Case):
    def outcome(self, interface, method, number=PLAIN, arguments=None, key=None):
        """Short name of the error, or "answers"."""
        arguments = arguments or RIGHT.get(method, ("()",))
        if key and arguments[0].startswith("(s"):
            arguments = (arguments[0], key, *arguments[2:])
        try:
            self.caller.call(MANAGER_PATH if interface == MANAGER else path_of(number), interface, method, *arguments)
        except BusError as error:
            self.assertTrue(error.text, f"{method}: an error without words")
            self.assertNotIn("\n", error.text, f"{method}: more than one line")
            return error.name.replace(ERROR, "").replace("org.freedesktop.DBus.Error.", "bus:")
        return "answers"

    def column(self, **how):
        return [self.outcome(interface, method, **how) for interface, method in methods()]

    def fresh(self, **how):
        """A column with a daemon of its own."""
        daemon = self.start(**{"domains": DOMAINS, **how})
        column = self.column()
        daemon.end()
        return column

    def test_as_in_the_table(self):
        columns = {"no daemon": self.column(), "right": self.fresh(), "no module": self.fresh(fake="no-module"),
                   "no libvirt": self.fresh(uri="test:///nowhere.xml")}
        self.start(domains=DOMAINS)
        columns["wrong types"] = self.column(arguments=WRONG)
        columns["absent"] = self.column(number=ABSENT, key="nobody")
        columns["shut off"] = self.column(number=STOPPED, key="stopped")
        self.authority.decide = lambda question: False
        columns["no rights"] = self.column()
        heads = ["method", *columns]
        rows = [[method, *(column[i] for column in columns.values())] for i, (_interface, method) in enumerate(methods())]
        widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]
        text = "".join("  ".join(word.ljust(width) for word, width in zip(row, widths)).rstrip() + "\n" for row in [heads, *rows])
        if os.environ.get("VIRTSCHED_REGENERATE") == "1":
            TABLE.write_text(text, encoding="utf-8")
        self.assertEqual(text, TABLE.read_text(encoding="utf-8"))

    def test_each_asks_for_the_action_that_it_documents(self):
        documented = documented_actions()
        self.start(domains=DOMAINS)
        for interface, method in methods():
            del self.authority.questions[:]
            self.outcome(interface, method)
            self.assertEqual([question.action for question in self.authority.questions], [documented[method]], method)


if __name__ == "__main__":
    unittest.main()
