# SPDX-License-Identifier: LGPL-2.1-or-later
"""The real virtschedd on a private bus for golden.py: tests/privatebus.py, dbusmock's polkitd, libvirt's test driver.

A case's wishes: polkit=all|look|none (default all), driver=FILE in xml/ (default driver.xml), daemon=none for a bus
without virtschedd, daemon=scripted for scripted_daemon.py; anything in capitals is an environment variable of the daemon.
Every process ends with the case; the daemon's log is printed when it does not come up.
"""
import contextlib
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import privatebus  # noqa: E402

ALLOWED = {"look": "['org.virtsched1.look']", "none": "@as []"}


def wait_for_name(name, env):
    subprocess.run(["gdbus", "wait", "--session", "--timeout", str(privatebus.START_TIMEOUT_S), name], env=env, check=True)


def start_polkit(stack, root, env, answer):
    command = [sys.executable, "-m", "dbusmock", "--session", "--template", "polkitd"]
    stack.enter_context(privatebus.process(command, env, root / "polkit.log"))
    wait_for_name("org.freedesktop.PolicyKit1", env)
    method, value = ("AllowUnknown", "true") if answer == "all" else ("SetAllowed", ALLOWED[answer])
    subprocess.run(["gdbus", "call", "--session", "--dest", "org.freedesktop.PolicyKit1",
                    "--object-path", "/org/freedesktop/PolicyKit1/Authority",
                    "--method", f"org.freedesktop.DBus.Mock.{method}", value], env=env, stdout=subprocess.DEVNULL, check=True)


def start_daemon(stack, daemon, root, env, wishes):
    driver = HERE / "xml" / wishes.get("driver", "driver.xml")
    daemon_env = {**env, "VIRTSCHED_BACKEND": "fake", **{name: value for name, value in wishes.items() if name.isupper()}}
    log = root / "virtschedd.log"
    command = [daemon, "--session-bus", "--connect", f"test://{driver}"]
    if wishes.get("daemon") == "scripted":
        command = [sys.executable, HERE / "scripted_daemon.py", HERE.parents[1] / "dbus-service/org.virtsched1.xml"]
    stack.enter_context(privatebus.process(command, daemon_env, log))
    try:
        wait_for_name("org.virtsched1", env)
    except subprocess.CalledProcessError:
        sys.exit("virtschedd did not come up:\n" + log.read_text(errors="replace"))


@contextlib.contextmanager
def running(daemon, root, env, wishes):
    """Nothing at all for @wishes None; @env gets the addresses of the buses."""
    with contextlib.ExitStack() as stack:
        if wishes is not None:
            privatebus.skip_without(["dbus-daemon", "gdbus"], ["dbusmock", "gi"])
            privatebus.start_bus(stack, root, env)
        if wishes is not None and wishes.get("daemon") != "none":
            start_polkit(stack, root, env, wishes.get("polkit", "all"))
            start_daemon(stack, daemon, root, env, wishes)
        yield
