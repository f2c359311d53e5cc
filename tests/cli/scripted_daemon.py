#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A stand-in for virtschedd, for what the real one cannot be made to say: every error, a newer daemon, hostile text.

Started by private_bus.py for "daemon=scripted". Domain "error-NAME" answers with org.virtsched1.Error.NAME, any other
name with a dot in it with that D-Bus error; everything else is the one domain below. Not for what the real daemon does.
"""
import sys

from gi.repository import Gio, GLib

PREFIX = "org.virtsched1.Error."
UUID = "11111111-2222-4333-8444-555555555599"
PATH = "/org/virtsched1/domain/_" + UUID.replace("-", "_")
HOSTILE = "new\nline \x1b[31mred"
LIVE = {"boost.state": GLib.Variant("b", True), "boost.budget.burst": GLib.Variant("u", 1500),
        "future.words": GLib.Variant("s", HOSTILE)}
PROPERTIES = {
    "Name": GLib.Variant("s", "scripted"), "Uuid": GLib.Variant("s", UUID), "Id": GLib.Variant("i", 7),
    "State": GLib.Variant("s", "running"), "Summary": GLib.Variant("s", "partly"), "Wiring": GLib.Variant("s", "place"),
    "Rule": GLib.Variant("s", HOSTILE), "Leases": GLib.Variant("a(ss)", [(HOSTILE, "a meeting")]),
    "Wanted": GLib.Variant("a{sv}", LIVE), "Applied": GLib.Variant("a{sv}", {"boost.state": GLib.Variant("b", True)}),
    "Reasons": GLib.Variant("a{ss}", {"": HOSTILE, "boost.budget.burst": "not today"}),
}
STATS = {
    "vcpu": GLib.Variant("u", 0), "tid": GLib.Variant("i", 4711), "state": GLib.Variant("as", ["boosted", "blocked"]),
    "boosts.wake": GLib.Variant("t", 123456), "boosts.kick": GLib.Variant("t", 7), "boosts.cutoffs": GLib.Variant("t", 3),
    "boosts.exhausted": GLib.Variant("t", 2), "boosts.rejected": GLib.Variant("t", 1),
    "boosted.ns": GLib.Variant("t", 1234567890), "time.ns": GLib.Variant("t", 39876543210),
    "payback.ns": GLib.Variant("t", 65 * 10**9), "debt.ns": GLib.Variant("t", 850), "budget.ns": GLib.Variant("x", -1500),
    "delay.ns": GLib.Variant("t", 7600 * 10**9), "future.count": GLib.Variant("t", 5),
}
JOB = {
    "job": GLib.Variant("s", "running"), "operation": GLib.Variant("s", HOSTILE), "iteration": GLib.Variant("t", 3),
    "bandwidth": GLib.Variant("t", 104857600), "remaining": GLib.Variant("t", 68157440), "total": GLib.Variant("t", 546045952),
    "dirty-rate": GLib.Variant("t", 52428800), "elapsed-ms": GLib.Variant("t", 8200), "following": GLib.Variant("b", True),
    "phase": GLib.Variant("s", "shrinking"), "reason": GLib.Variant("s", HOSTILE), "quota": GLib.Variant("t", 52428800),
    "share": GLib.Variant("t", 26214400), "pool": GLib.Variant("t", 2097152), "forecast-ms": GLib.Variant("x", 1300),
    "other-rate": GLib.Variant("t", 4096), "future.number": GLib.Variant("t", 1),
}
WRITER = {
    "vcpu": GLib.Variant("u", 0), "tid": GLib.Variant("i", 4711), "asleep": GLib.Variant("b", True),
    "dirtied": GLib.Variant("t", 209715200), "rate": GLib.Variant("t", 50331648), "debt": GLib.Variant("t", 8192),
    "slept.ns": GLib.Variant("t", 3400000000), "sleeps": GLib.Variant("t", 340), "let-ins": GLib.Variant("t", 0),
}
READER = {"vcpu": GLib.Variant("u", 1), "tid": GLib.Variant("i", 4712), "asleep": GLib.Variant("b", False)}
REPLIES = {
    "GetMigration": GLib.Variant("(a{sv}aa{sv})", (JOB, [WRITER, READER])),
    "FindDomain": GLib.Variant("(o)", (PATH,)),
    "ListDomains": GLib.Variant("(a(ossiss))", ([(PATH, HOSTILE, UUID, 7, "running", "future-word")],)),
    "Doctor": GLib.Variant("(a(ssss))", ([("module", "ok", "found", ""), ("cgroup", "ok", "found", ""), ("kvm", "ok", "found", ""),
                                          ("libvirt", "ok", "found", ""), ("hook", "ok", "found", ""),
                                          ("unit", "warn", HOSTILE, "cure")],)),
    "GetSettings": GLib.Variant("(a{sv})", (LIVE,)),
    "SetSettings": GLib.Variant("(a(sss))", ([("future.words", "", HOSTILE), ("boost.class", "fifo", "nice")],)),
    "Why": GLib.Variant("(a(sssss))", ([("", "", "", "domain", HOSTILE), ("boost.class", "nice", "slice", "future", "no reason")],)),
    "GetStats": GLib.Variant("(aa{sv})", ([STATS],)),
}


def answer(connection, _sender, _path, _interface, method, parameters, invocation):
    key = parameters[0] if method == "FindDomain" else ""
    if key.startswith("error-"):
        invocation.return_dbus_error(PREFIX + key.removeprefix("error-"), "the cause and the cure")
    elif method == "Reload":
        for values in (("shrinking", HOSTILE, 26214400), ("over", "the job is over", 0)):
            connection.emit_signal(None, PATH, "org.virtsched1.Domain", "MigrationChanged", GLib.Variant("(sst)", values))
        for values in ((0, "dirty", True), (1, HOSTILE, False)):
            connection.emit_signal(None, PATH, "org.virtsched1.Domain", "ThrottlingChanged", GLib.Variant("(usb)", values))
        invocation.return_value(None)
    elif "." in key:
        invocation.return_dbus_error(key, "the cause and the cure")
    else:
        invocation.return_value(REPLIES[method])


def main():
    with open(sys.argv[1], encoding="utf-8") as xml:
        manager, domain = Gio.DBusNodeInfo.new_for_xml(xml.read()).interfaces
    connection = Gio.bus_get_sync(Gio.BusType.SESSION)
    connection.register_object("/org/virtsched1", manager, answer, None, None)
    connection.register_object(PATH, domain, answer, lambda *ask: PROPERTIES[ask[4]], None)
    Gio.bus_own_name_on_connection(connection, "org.virtsched1", Gio.BusNameOwnerFlags.NONE, None, None)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
