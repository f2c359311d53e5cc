# SPDX-License-Identifier: LGPL-2.1-or-later
"""A bus of a test's own, and processes that end with it: for tests/cli and tests/dbus.

One dbus-daemon plays session and system bus. Nothing here knows virtschedd or virt-sched.
"""
import contextlib
import importlib.util
import shutil
import subprocess
import sys

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


def skip_without(programs, modules):
    """Exits with 77 and the reason when one of them is not installed."""
    missing = [name for name in programs if not shutil.which(name)]
    missing += [f"python3-{name}" for name in modules if not importlib.util.find_spec(name)]
    if missing:
        print("skipped: not installed:", ", ".join(missing))
        sys.exit(77)


def end(child):
    """Ends @child, kindly first."""
    child.terminate()
    try:
        child.wait(START_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


@contextlib.contextmanager
def process(arguments, env, log):
    """Runs until the block ends, and is gone after it."""
    with open(log, "wb") as out, subprocess.Popen(arguments, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out) as child:
        try:
            yield child
        finally:
            end(child)


def start_bus(stack, root, env):
    """A bus that lives as long as @stack, as its process; @env gets its address."""
    config, socket = root / "bus.conf", root / "bus"
    config.write_text(BUS_CONFIG.format(socket=socket), encoding="utf-8")
    bus = subprocess.Popen(["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address=1"], env=env,
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    stack.callback(bus.stdout.close)
    stack.callback(end, bus)
    bus.stdout.readline()
    env["DBUS_SESSION_BUS_ADDRESS"] = env["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={socket}"
    return bus
