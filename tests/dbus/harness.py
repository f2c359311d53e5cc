# SPDX-License-Identifier: LGPL-2.1-or-later
"""What every test of virtschedd needs: a bus, an authority, a daemon with the fake kernel on libvirt's test driver, calls.

Called by the test_*.py here, which meson runs with VIRTSCHEDD (the program) and VIRTSCHED_SCHEMA_DIR in the environment.
Asserts nothing about what virtschedd should answer.
"""
import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import privatebus  # noqa: E402

privatebus.skip_without(["dbus-daemon"], ["gi"])
from gi.repository import Gio, GLib  # noqa: E402

from authority import Authority  # noqa: E402

NAME = "org.virtsched1"
MANAGER_PATH = "/org/virtsched1"
MANAGER, DOMAIN = "org.virtsched1.Manager", "org.virtsched1.Domain"
PROPERTIES, OBJECTS = "org.freedesktop.DBus.Properties", "org.freedesktop.DBus.ObjectManager"
ERROR = "org.virtsched1.Error."
CURRENT, LIVE, CONFIG, BOTH = range(4)
XMLNS = "https://virtsched.org/xmlns/libvirt/domain/1.0"
TIMEOUT_S = 30
PASSED_ON = ("PATH", "HOME", "VIRTSCHED_SCHEMA_DIR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "MALLOC_PERTURB_")


class BusError(Exception):
    """An error reply: name and text."""

    def __init__(self, name, text):
        super().__init__(f"{name}: {text}")
        self.name, self.text = name, text


def uuid_of(number):
    return f"11111111-2222-4333-8444-{number:012d}"


def path_of(number):
    return f"{MANAGER_PATH}/domain/_{uuid_of(number).replace('-', '_')}"


def domain_xml(number, name, element="", running=True, vcpus=1, parts=""):
    """A domain of the test driver; @element goes into <metadata>, @parts under <domain>."""
    metadata = f"<metadata>{element}</metadata>" if element else ""
    state = "" if running else "<t:runstate xmlns:t='http://libvirt.org/schemas/domain/test/1.0'>5</t:runstate>"
    return (f"<domain type='test' xmlns:virtsched='{XMLNS}'><name>{name}</name><uuid>{uuid_of(number)}</uuid>"
            f"<memory unit='KiB'>65536</memory><vcpu>{vcpus}</vcpu>{metadata}<os><type>hvm</type></os>{parts}{state}</domain>")


def element_xml(inner, attributes=""):
    return f"<virtsched:scheduling {attributes}>{inner}</virtsched:scheduling>"


BOOST = element_xml("<virtsched:boost state='on'/>")
DOMAINS = [domain_xml(1, "boosted", BOOST, vcpus=2), domain_xml(2, "plain"), domain_xml(3, "stopped", BOOST, running=False)]


class Caller:
    """One connection to the bus."""

    def __init__(self, address):
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        self.connection = Gio.DBusConnection.new_for_address_sync(address, flags, None, None)
        self.connection.set_exit_on_close(False)

    @property
    def unique_name(self):
        return self.connection.get_unique_name()

    def close(self):
        if not self.connection.is_closed():
            self.connection.close_sync(None)

    @staticmethod
    def message(path, interface, method, signature="()", *values):
        message = Gio.DBusMessage.new_method_call(NAME, path, interface, method)
        message.set_body(GLib.Variant(signature, values))
        return message

    @staticmethod
    def unpack(reply):
        if reply.get_message_type() == Gio.DBusMessageType.ERROR:
            body = reply.get_body()
            raise BusError(reply.get_error_name(), body.unpack()[0] if body else "")
        body = reply.get_body()
        values = body.unpack() if body else ()
        return values[0] if len(values) == 1 else values

    def send(self, message, timeout_s=TIMEOUT_S):
        reply, _serial = self.connection.send_message_with_reply_sync(message, Gio.DBusSendMessageFlags.NONE,
                                                                      timeout_s * 1000, None)
        return self.unpack(reply)

    def call(self, path, interface, method, signature="()", *values):
        return self.send(self.message(path, interface, method, signature, *values))

    def start(self, message, answers):
        """Sends; the answer (a value or a BusError) is appended to @answers by the main context."""
        def done(connection, result):
            try:
                answers.append(self.unpack(connection.send_message_with_reply_finish(result)))
            except BusError as error:
                answers.append(error)
            except GLib.Error:
                answers.append(None)  # the connection was closed

        self.connection.send_message_with_reply(message, Gio.DBusSendMessageFlags.NONE, TIMEOUT_S * 1000, None, done)

    # The daemon's methods, in Python's words.
    def manager(self, method, signature="()", *values):
        return self.call(MANAGER_PATH, MANAGER, method, signature, *values)

    def domain(self, number, method, signature="()", *values):
        return self.call(path_of(number), DOMAIN, method, signature, *values)

    def get(self, number, name):
        return self.call(path_of(number), PROPERTIES, "Get", "(ss)", DOMAIN, name)

    def host(self, name):
        return self.call(MANAGER_PATH, PROPERTIES, "Get", "(ss)", MANAGER, name)

    def settings(self, number, flags=CURRENT):
        return self.domain(number, "GetSettings", "(u)", flags)

    @staticmethod
    def set_message(number, settings, unset=(), flags=CURRENT, dry_run=False):
        types = {bool: "b", int: "u", str: "s"}
        values = {key: value if isinstance(value, GLib.Variant) else GLib.Variant(types[type(value)], value)
                  for key, value in settings.items()}
        return Caller.message(path_of(number), DOMAIN, "SetSettings", "(a{sv}asub)", values, list(unset), flags, dry_run)

    def set(self, number, settings, unset=(), flags=CURRENT, dry_run=False):
        return self.send(self.set_message(number, settings, unset, flags, dry_run))

    def why(self, number):
        """key -> (wanted, in force, origin, reason)"""
        return {row[0]: row[1:] for row in self.domain(number, "Why")}

    def summaries(self):
        """name -> summary"""
        return {row[1]: row[5] for row in self.manager("ListDomains")}


class Daemon:
    """One virtschedd; @root is its whole file system besides libraries."""

    def __init__(self, root, env, uri, *options, fake=""):
        self.log = root / "virtschedd.log"
        env = {"VIRTSCHED_BACKEND": "fake", "VIRTSCHED_FAKE": fake, "VIRTSCHED_ROOT": str(root), **env}
        with open(self.log, "ab") as out:
            self.child = subprocess.Popen([os.environ["VIRTSCHEDD"], "--session-bus", "--connect", uri, *options], env=env,
                                          stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    @property
    def pid(self):
        return self.child.pid

    def output(self):
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait(self):
        return self.child.wait(TIMEOUT_S)

    def end(self):
        privatebus.end(self.child)


class Case(unittest.TestCase):
    """A bus and an authority for each test; start() for the daemon."""

    maxDiff = None

    def setUp(self):
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)
        self.root = pathlib.Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="virtsched-dbus-")))
        self.env = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        self.env["LC_ALL"] = "C.UTF-8"
        self.bus = privatebus.start_bus(self.stack, self.root, self.env)
        self.authority = Authority(self.env["DBUS_SYSTEM_BUS_ADDRESS"])
        self.stack.callback(self.authority.close)
        self.caller = self.connect()

    def connect(self):
        caller = Caller(self.env["DBUS_SYSTEM_BUS_ADDRESS"])
        self.stack.callback(caller.close)
        return caller

    def host_file(self, path, text):
        """Writes a file of the daemon's host."""
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def uri(self, domains):
        file = self.root / "driver.xml"
        file.write_text(f"<node>{''.join(domains)}</node>", encoding="utf-8")
        return f"test://{file}"

    def spawn(self, *options, domains=None, uri=None, fake=""):
        """A daemon, not waited for; it has to end well unless the test has waited for its end."""
        daemon = Daemon(self.root, self.env, uri or self.uri(DOMAINS if domains is None else domains), *options, fake=fake)
        self.stack.callback(self.finish, daemon)
        return daemon

    def finish(self, daemon):
        if daemon.child.returncode is None:
            daemon.end()
            self.assertEqual(daemon.child.returncode, 0, daemon.output())
        for word in ("CRITICAL", "WARNING", "Sanitizer", "runtime error"):
            self.assertNotIn(word, daemon.output())

    def start(self, *options, domains=None, uri=None, fake=""):
        """A daemon that has the name; fails the test with its log when it does not come up."""
        daemon = self.spawn(*options, domains=domains, uri=uri, fake=fake)
        self.until(lambda: self.owner() == daemon.pid or daemon.child.poll() is not None, "virtschedd has the name")
        self.assertIsNone(daemon.child.returncode, daemon.output())
        return daemon

    def owner(self):
        """Process that owns the daemon's name, or 0."""
        message = Gio.DBusMessage.new_method_call("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "GetConnectionUnixProcessID")
        message.set_body(GLib.Variant("(s)", (NAME,)))
        try:
            return self.caller.send(message)
        except BusError:
            return 0

    def until(self, condition, what, timeout_s=TIMEOUT_S):
        """Runs the main context until @condition holds."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline:
                self.fail(f"not within {timeout_s} s: {what}")
            if not GLib.MainContext.default().iteration(False):
                time.sleep(0.005)

    @contextlib.contextmanager
    def refused(self, error, *words):
        """The block ends in this error of ours, and its text has all the words."""
        with self.assertRaises(BusError) as caught:
            yield
        self.assertEqual(caught.exception.name, ERROR + error, caught.exception.text)
        for word in words:
            self.assertIn(word, caught.exception.text)
