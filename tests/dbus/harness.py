# SPDX-License-Identifier: LGPL-2.1-or-later
"""A private bus with a polkit that can be told what to say, and the real virtschedd on it, for test_daemon.py.

The bus plays session and system bus. polkit is ours, because a mock that can hang is needed; it answers by caller.
"""
import os
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

POLKIT = """<node><interface name='org.freedesktop.PolicyKit1.Authority'>
<method name='CheckAuthorization'><arg type='(sa{sv})' direction='in'/><arg type='s' direction='in'/>
<arg type='a{ss}' direction='in'/><arg type='u' direction='in'/><arg type='s' direction='in'/>
<arg type='(bba{ss})' direction='out'/></method>
<method name='CancelCheckAuthorization'><arg type='s' direction='in'/></method>
<property name='BackendName' type='s' access='read'/><property name='BackendVersion' type='s' access='read'/>
<property name='BackendFeatures' type='u' access='read'/><signal name='Changed'/></interface></node>"""
ELEMENT = ("<metadata><virtsched:scheduling xmlns:virtsched='https://virtsched.org/xmlns/libvirt/domain/1.0'>{}"
           "</virtsched:scheduling></metadata>")
DOMAIN = """<domain type='test'{id}><name>{name}</name><uuid>{uuid}</uuid><memory>8192</memory>
<vcpu>2</vcpu><os><type>hvm</type></os>{metadata}</domain>"""
NODE = """<node xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>{}<cpu><mhz>2000</mhz><model>x</model><active>2</active>
<nodes>1</nodes><sockets>1</sockets><cores>2</cores><threads>1</threads></cpu><memory>8000000</memory></node>"""
CONFIG = """<busconfig><type>session</type><listen>unix:path={0}</listen><policy context="default"><allow own="*"/>
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/></policy>
<limit name="max_replies_per_connection">4096</limit></busconfig>"""
DOMAINS = (("on", "<virtsched:boost state='on'/>"), ("plain", None), ("broken", "<virtsched:boost state='maybe'/>"),
           ("greedy", "<virtsched:boost state='on'><virtsched:budget share='90'/></virtsched:boost>"))


def uuid(number):
    return f"00000000-0000-4000-8000-{number:012d}"


class Polkit:
    """answers: {action: True, False or "hang"}; a caller in `hanging` gets no answer. details: of the last question."""

    def __init__(self, address):
        self.answers, self.hanging, self.details, self.kept = {}, set(), {}, []
        self.loop = GLib.MainLoop.new(GLib.MainContext.new(), False)
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(address,), daemon=True)
        self.thread.start()
        self.ready.wait(10)

    def _run(self, address):
        context = self.loop.get_context()
        context.push_thread_default()
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        self.bus = Gio.DBusConnection.new_for_address_sync(address, flags, None, None)
        info = Gio.DBusNodeInfo.new_for_xml(POLKIT).interfaces[0]
        self.bus.register_object("/org/freedesktop/PolicyKit1/Authority", info, self._call, self._get, None)
        Gio.bus_own_name_on_connection(self.bus, "org.freedesktop.PolicyKit1", Gio.BusNameOwnerFlags.NONE, None, None)
        self.ready.set()
        self.loop.run()

    def _get(self, *args):
        return {"BackendFeatures": GLib.Variant("u", 1)}.get(args[4], GLib.Variant("s", "test"))

    def _call(self, bus, sender, path, interface, method, parameters, invocation):
        (_, subject), action, details, _, _ = parameters.unpack()
        self.details = details
        answer = self.answers.get(action, True)
        if subject.get("name") in self.hanging:
            self.kept.append(invocation)
            return
        invocation.return_value(GLib.Variant("((bba{ss}))", ((bool(answer), False, {}),)))


class Bus:
    """The bus, polkit and virtschedd; use with `with`. conf: text of virtschedd.conf; env: more of the daemon's environment."""

    def __init__(self, daemon, conf="", env=None):
        self.daemon, self.conf, self.more = daemon, conf, env or {}

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        root = Path(self.folder.name)
        (root / "bus.conf").write_text(CONFIG.format(root / "bus"))
        domains = "".join(DOMAIN.format(id=" id='%d'" % (i + 1), name=name, uuid=uuid(i + 1),
                                        metadata=ELEMENT.format(text) if text else "") for i, (name, text) in enumerate(DOMAINS))
        domains += DOMAIN.format(id="", name="off", uuid=uuid(9), metadata="").replace(
            "<domain ", "<domain xmlns:test='http://libvirt.org/schemas/domain/test/1.0' ").replace(
            "</domain>", "<test:domainsnapshot/></domain>").replace("<test:domainsnapshot/>", "<test:runstate>5</test:runstate>")
        (root / "driver.xml").write_text(NODE.format(domains))
        (root / "virtschedd.conf").write_text(self.conf)
        self.address = f"unix:path={root / 'bus'}"
        self.bus_process = subprocess.Popen(["dbus-daemon", f"--config-file={root / 'bus.conf'}", "--nofork", "--print-address=1"],
                                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.bus_process.stdout.readline()
        self.polkit = Polkit(self.address)
        self.process = None
        return self

    def __exit__(self, *args):
        if self.process and self.process.poll() is None:
            self.stop(signal.SIGTERM)
        if self.process:
            self.log.close()
        self.polkit.loop.quit()
        self.bus_process.terminate()
        self.bus_process.wait()
        self.bus_process.stdout.close()
        self.folder.cleanup()

    def start(self):
        """Start virtschedd and wait for its name; returns its exit status when it ends instead."""
        root = Path(self.folder.name)
        env = {**os.environ, "DBUS_SESSION_BUS_ADDRESS": self.address, "DBUS_SYSTEM_BUS_ADDRESS": self.address,
               "VIRTSCHED_BACKEND": "fake", **self.more}
        self.log = open(root / "log", "w+b")
        self.process = subprocess.Popen([self.daemon, "--session-bus", "--config", str(root / "virtschedd.conf"), "--connect",
                                         f"test://{root / 'driver.xml'}"], env=env, stdout=self.log, stderr=self.log)
        client = self.client()
        for _ in range(400):
            if self.process.poll() is not None:
                return self.process.returncode
            if client.call_sync("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "NameHasOwner",
                                GLib.Variant("(s)", ("org.virtsched1",)), None, Gio.DBusCallFlags.NONE, -1, None).unpack()[0]:
                return None
            time.sleep(0.05)
        raise AssertionError("virtschedd did not come up:\n" + self.output())

    def output(self):
        self.log.flush()
        return Path(self.log.name).read_text(errors="replace")

    def stop(self, number):
        self.process.send_signal(number)
        status = self.process.wait(20)
        self.log.close()
        return status

    def client(self):
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        return Gio.DBusConnection.new_for_address_sync(self.address, flags, None, None)


def call(client, method, arguments=None, path="/org/virtsched1", interface="org.virtsched1.Manager", timeout=10000):
    """The unpacked reply."""
    reply = client.call_sync("org.virtsched1", path, interface, method, arguments, None, Gio.DBusCallFlags.NONE, timeout, None)
    return reply.unpack()


def domain(number):
    return "/org/virtsched1/domain/_" + uuid(number).replace("-", "_")
