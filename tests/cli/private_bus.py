# SPDX-License-Identifier: LGPL-2.1-or-later
"""The real virtschedd on a private bus for golden.py: dbus-daemon, dbusmock's polkitd, libvirt's test driver.

A case's wishes: polkit=all|look|none (default all), driver=FILE in xml/ (default driver.xml), daemon=none for a bus
without virtschedd, daemon=scripted for scripted_daemon.py; anything in capitals is an environment variable of the daemon. One bus plays session and system bus.
Every process ends with the case; the daemon's log is printed when it does not come up.
"""
import contextlib
import importlib.util
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
START_TIMEOUT_S = 20
BUS_CONFIG = """<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
ALLOWED = {"look": "['org.virtsched1.look']", "none": "@as []"}


@contextlib.contextmanager
def process(arguments, env, log):
    """Runs until the block ends, and is gone after it."""
    with open(log, "wb") as out, subprocess.Popen(arguments, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out) as child:
        try:
            yield child
        finally:
            child.terminate()
            try:
                child.wait(START_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                child.kill()


def wait_for_name(name, env):
    subprocess.run(["gdbus", "wait", "--session", "--timeout", str(START_TIMEOUT_S), name], env=env, check=True)


def start_bus(stack, root, env):
    config, socket = root / "bus.conf", root / "bus"
    config.write_text(BUS_CONFIG.format(socket=socket), encoding="utf-8")
    address = subprocess.PIPE
    bus = subprocess.Popen(["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address=1"], env=env,
                           stdin=subprocess.DEVNULL, stdout=address, stderr=subprocess.DEVNULL)
    stack.callback(bus.wait)
    stack.callback(bus.terminate)
    stack.callback(bus.stdout.close)
    bus.stdout.readline()
    env["DBUS_SESSION_BUS_ADDRESS"] = env["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={socket}"


def start_polkit(stack, root, env, answer):
    stack.enter_context(process([sys.executable, "-m", "dbusmock", "--session", "--template", "polkitd"], env, root / "polkit.log"))
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
    stack.enter_context(process(command, daemon_env, log))
    try:
        wait_for_name("org.virtsched1", env)
    except subprocess.CalledProcessError:
        sys.exit("virtschedd did not come up:\n" + log.read_text(errors="replace"))


def skip_without_tools():
    missing = [name for name in ("dbus-daemon", "gdbus") if not shutil.which(name)]
    missing += [f"python3-{name}" for name in ("dbusmock", "gi") if not importlib.util.find_spec(name)]
    if missing:
        print("skipped: not installed:", ", ".join(missing))
        sys.exit(77)


@contextlib.contextmanager
def running(daemon, root, env, wishes):
    """Nothing at all for @wishes None; @env gets the addresses of the buses."""
    with contextlib.ExitStack() as stack:
        if wishes is not None:
            skip_without_tools()
            start_bus(stack, root, env)
        if wishes is not None and wishes.get("daemon") != "none":
            start_polkit(stack, root, env, wishes.get("polkit", "all"))
            start_daemon(stack, daemon, root, env, wishes)
        yield
