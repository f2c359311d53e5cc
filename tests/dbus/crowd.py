#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Clients of virtschedd in a process of their own, for test_crowd.py: crowd.py flood|many, until standard input is closed.

flood: one connection that sends changes as fast as the bus takes them, and waits for no answer. many: 200 connections, each
of which asks again as soon as it is answered. Prints "ready" when it begins, and at its end how many calls it sent.
"""
import select
import sys

from gi.repository import Gio, GLib

CLIENTS = 200
FLAGS = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION


def connect(address):
    return Gio.DBusConnection.new_for_address_sync(address, FLAGS, None, None)


def message(path, interface, method, signature="()", *values):
    call = Gio.DBusMessage.new_method_call("org.virtsched1", path, interface, method)
    call.set_body(GLib.Variant(signature, values))
    return call


def told_to_end():
    return bool(select.select([sys.stdin], [], [], 0)[0])


def flood(address, path):
    connection, sent = connect(address), 0
    print("ready", connection.get_unique_name(), flush=True)
    while not told_to_end():
        for _ in range(50):
            call = message(path, "org.virtsched1.Domain", "SetSettings", "(a{sv}asub)", {"boost.state": GLib.Variant("b", True)}, [], 0, False)
            call.set_flags(Gio.DBusMessageFlags.NO_REPLY_EXPECTED)
            connection.send_message(call, Gio.DBusSendMessageFlags.NONE)
        connection.flush_sync(None)
        sent += 50
    return sent


def many(address, _path):
    connections, sent = [connect(address) for _ in range(CLIENTS)], [0]

    def ask(connection):
        sent[0] += 1
        connection.send_message_with_reply(message("/org/virtsched1", "org.virtsched1.Manager", "ListDomains"), Gio.DBusSendMessageFlags.NONE,
                                           -1, None, answered)

    def answered(connection, result):
        connection.send_message_with_reply_finish(result)
        ask(connection)

    print("ready", connections[0].get_unique_name(), flush=True)
    for connection in connections:
        ask(connection)
    while not told_to_end():
        for _ in range(50):
            GLib.MainContext.default().iteration(True)
    return sent[0]


if __name__ == "__main__":
    print({"flood": flood, "many": many}[sys.argv[1]](*sys.argv[2:]), flush=True)
