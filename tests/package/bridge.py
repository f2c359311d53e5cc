#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the Cockpit page does when somebody clicks, through a real cockpit-bridge: bridge.py DOMAIN on|off|show.

Calls are those of cockpit/src/daemon.js, in cockpit's own frames. Run by tests/package/new-user. There is no browser here: the
page itself is tier cockpit's.
"""
import json
import subprocess
import sys

PATH = "/org/virtsched1"
LIVE = 1


class Bridge:
    def __init__(self):
        self.process = subprocess.Popen(["cockpit-bridge"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.calls = 0
        self.send("", {"command": "init", "version": 1, "host": "localhost"})
        self.send("", {"command": "open", "channel": "virtsched", "payload": "dbus-json3", "bus": "system", "name": "org.virtsched1",
                       "superuser": "try"})

    def send(self, channel, message):
        frame = f"{channel}\n{json.dumps(message)}".encode()
        self.process.stdin.write(str(len(frame)).encode() + b"\n" + frame)
        self.process.stdin.flush()

    def receive(self):
        length = self.process.stdout.readline()
        if not length:
            sys.exit("cockpit-bridge has ended")
        channel, _, text = self.process.stdout.read(int(length)).decode().partition("\n")
        return channel, json.loads(text)

    def call(self, path, interface, method, *args):
        self.calls += 1
        self.send("virtsched", {"call": [path, interface, method, args], "id": str(self.calls)})
        while True:
            channel, message = self.receive()
            if message.get("command") == "close":
                sys.exit(f"the channel is closed: {message}")
            if channel == "virtsched" and message.get("id") == str(self.calls):
                if "error" in message:
                    sys.exit(f"{method}: {message['error']}")
                return message["reply"][0]

    def close(self):
        self.process.stdin.close()
        self.process.wait(20)


def main():
    name, verb = sys.argv[1:]
    bridge = Bridge()
    objects, = bridge.call(PATH, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
    domains = {path: interfaces["org.virtsched1.Domain"] for path, interfaces in objects.items() if "org.virtsched1.Domain" in interfaces}
    path, = (path for path, properties in domains.items() if properties["Name"]["v"] == name)
    if verb == "show":
        print(domains[path]["Summary"]["v"])
    elif verb == "on":
        print(bridge.call(path, "org.virtsched1.Domain", "SetSettings", {"boost.state": {"t": "b", "v": True}}, [], LIVE, False))
    else:
        print(bridge.call(path, "org.virtsched1.Domain", "SetSettings", {}, ["boost.state"], LIVE, False))
    bridge.close()


if __name__ == "__main__":
    main()
