# SPDX-License-Identifier: LGPL-2.1-or-later
"""A polkit authority whose answers a test chooses, in a thread of the test's own process.

Real polkit's interface as far as libpolkit uses it. `decide` gets every question and says True, False, "challenge", or
None to let it hang; what hangs is answered by release(). Knows nothing of virtschedd.
"""
import collections
import threading

from gi.repository import Gio, GLib

NAME = "org.freedesktop.PolicyKit1"
PATH = "/org/freedesktop/PolicyKit1/Authority"
XML = """<node><interface name="org.freedesktop.PolicyKit1.Authority">
  <method name="CheckAuthorization">
    <arg type="(sa{sv})" name="subject" direction="in"/>
    <arg type="s" name="action_id" direction="in"/>
    <arg type="a{ss}" name="details" direction="in"/>
    <arg type="u" name="flags" direction="in"/>
    <arg type="s" name="cancellation_id" direction="in"/>
    <arg type="(bba{ss})" name="result" direction="out"/>
  </method>
  <method name="CancelCheckAuthorization"><arg type="s" name="cancellation_id" direction="in"/></method>
  <signal name="Changed"/>
  <property name="BackendName" type="s" access="read"/>
  <property name="BackendVersion" type="s" access="read"/>
  <property name="BackendFeatures" type="u" access="read"/>
</interface></node>"""
PROPERTIES = {"BackendName": GLib.Variant("s", "test"), "BackendVersion": GLib.Variant("s", "0"),
              "BackendFeatures": GLib.Variant("u", 0)}

Question = collections.namedtuple("Question", "sender action details interactive")


class Authority:
    """Owns polkit's name on @address until close()."""

    def __init__(self, address):
        self.decide = lambda question: True
        self.questions = []
        self._hanging = []
        self._address = address
        self._context = GLib.MainContext()
        self._loop = GLib.MainLoop.new(self._context, False)
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        if not self._up.wait(20):
            raise RuntimeError("the test's polkit authority did not come up")

    def _run(self):
        self._context.push_thread_default()
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        connection = Gio.DBusConnection.new_for_address_sync(self._address, flags, None, None)
        interface = Gio.DBusNodeInfo.new_for_xml(XML).interfaces[0]
        connection.register_object(PATH, interface, self._on_call, lambda *ask: PROPERTIES[ask[4]], None)
        connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
                             GLib.Variant("(su)", (NAME, 0)), None, Gio.DBusCallFlags.NONE, 20000, None)
        self._up.set()
        self._loop.run()
        if not connection.is_closed():
            connection.close_sync(None)
        self._context.pop_thread_default()

    @staticmethod
    def _answer(invocation, decision):
        challenge = decision == "challenge"
        invocation.return_value(GLib.Variant("((bba{ss}))", ((decision is True, challenge, {}),)))

    def _on_call(self, _connection, _caller, _path, _interface, method, parameters, invocation):
        if method != "CheckAuthorization":
            invocation.return_value(None)
            return
        subject, action, details, flags, _cancellation = parameters.unpack()
        question = Question(subject[1]["name"], action, details, bool(flags & 1))
        self.questions.append(question)
        decision = self.decide(question)
        if decision is None:
            self._hanging.append(invocation)
        else:
            self._answer(invocation, decision)

    def hanging(self):
        return len(self._hanging)

    def release(self, decision):
        """Answers all that hang."""
        def answer_all():
            while self._hanging:
                self._answer(self._hanging.pop(), decision)
            return GLib.SOURCE_REMOVE

        self._context.invoke_full(GLib.PRIORITY_DEFAULT, answer_all)

    def close(self):
        self._loop.quit()
        self._thread.join(20)
