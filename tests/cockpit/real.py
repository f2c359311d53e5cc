# SPDX-License-Identifier: LGPL-2.1-or-later
"""The page before a real host: Chromium and cockpit-ws here; Cockpit's bridge, the page's files, virtschedd, libvirtd, the module and
a domain, "desk", in a level-1 host of Debian 12, as cockpit-ws has it with a host that it reaches by ssh.

Called by test_real.py. What happens in the host is real-host's.
"""
import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import threading

from page import HERE, ROOT, WS, Browser, Window, build, free_port, privatebus

SUITE = "bookworm"
HOST_TIMEOUT_S = 600
PATIENCE_S = 60   # everything but the browser is emulated
RUN = """const [id, words] = arguments;
window.vsRan = window.vsRan || {};
cockpit.spawn(["sh", "-c", `(set -eu; . /mnt/lab/lib.sh; ${words}) 2>&1; echo "status=$?"`])
    .then(out => { window.vsRan[id] = out }, problem => { window.vsRan[id] = `${problem}` });"""


class HostError(Exception):
    """The host did not come up, or did not end as it was."""


class RealPage(Window):
    """All of it, until close()."""

    def __init__(self):
        self._ran = 0
        with contextlib.ExitStack() as stack:
            self.root = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="virtsched-real-")))
            self._make_folder()
            stack.callback(self._end_host)
            self._start_host()
            self.port = free_port()
            stack.callback(privatebus.end, self._start_cockpit())
            env = {"PATH": os.environ["PATH"], "HOME": str(self.root), "LC_ALL": "C.UTF-8"}
            self.browser = Browser(self.root, env, patience_s=PATIENCE_S)
            stack.callback(self.browser.close)
            self._stack = stack.pop_all()

    def close(self):
        """Raises when the host, or the domain in it, is not as it was before."""
        self._stack.close()

    def _make_folder(self):
        """What is /mnt/lab in the host."""
        folder = self.root / "mount"
        folder.mkdir()
        for name in (HERE / "real-host", ROOT / "tests/vm/lib.sh"):
            shutil.copy(name, folder)
        build(folder / "virtsched")
        subprocess.run(["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", "cockpit-bridge"], cwd=folder, check=True)

    def _start_host(self):
        command = [ROOT / "lab/run", "exec", "--suite", SUITE, "--timeout", str(HOST_TIMEOUT_S), "--mount", self.root / "mount",
                   "--socket", self.root / "socket", "--", "/mnt/lab/real-host"]
        self._host = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                      errors="replace")
        self._said = []
        for line in self._host.stdout:
            self._said.append(line)
            if line == "# ready\n":
                break
        else:
            raise HostError("".join(self._said))
        self._listener = threading.Thread(target=lambda: self._said.extend(self._host.stdout))
        self._listener.start()

    def _end_host(self):
        """Its own end comes when nobody is at the socket any more."""
        if not hasattr(self, "_host"):
            return
        if not hasattr(self, "_listener"):
            privatebus.end(self._host)
            return
        self._host.wait(HOST_TIMEOUT_S)
        self._listener.join()
        self._host.stdout.close()
        if self._host.returncode:
            raise HostError(f"the host ended with {self._host.returncode}:\n{''.join(self._said)}")

    def _start_cockpit(self):
        """cockpit-ws, to which the socket is a bridge that runs already."""
        with socket.socket(socket.AF_UNIX) as bridge, open(self.root / "cockpit-ws.log", "wb") as log:
            bridge.connect(str(self.root / "socket"))
            bridge.sendall(b"hello\n")
            child = subprocess.Popen([WS[0], "--no-tls", "--port", str(self.port), "--address", "127.0.0.1", "--local-session", "-"],
                                     stdin=bridge, stdout=bridge, stderr=log)
        self.wait_for_cockpit(self.root / "cockpit-ws.log")
        return child

    def begin(self, words):
        """Has shell words, with those of tests/vm/lib.sh, run as root in the host, by Cockpit's own way; for finish()."""
        self._ran += 1
        self.browser.run(RUN, self._ran, words)
        return self._ran, words

    def finish(self, begun):
        """Returns what they print, when they are through; raises when they fail."""
        number, words = begun
        out, _, status = self.browser.wait("return (window.vsRan || {})[arguments[0]]", number, what=words).rpartition("status=")
        if status.strip() != "0":
            raise AssertionError(f"in the host: {words}\n{out}{status}")
        return out

    def run(self, words):
        return self.finish(self.begin(words))
