# SPDX-License-Identifier: LGPL-2.1-or-later
"""The page as a user has it: Chromium, cockpit-ws, cockpit-bridge, a private bus, the real virtschedd with the fake kernel.

Called by test_page.py and real.py, with VIRTSCHEDD (the program) and VIRTSCHED_SCHEMA_DIR in the environment. Builds
the page into a folder of its own, so that nothing has to be installed. cockpit-ws listens on 127.0.0.1 only, without a
login, for as long as the test takes.
"""
import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "dbus")]
import privatebus  # noqa: E402

# A Debian tree whose Cockpit is to serve the page, instead of the machine's; tests/cockpit/suite makes one.
TREE = os.environ.get("VS_COCKPIT_ROOT", "")
privatebus.skip_without(["dbus-daemon", "npm", "node", *([] if TREE else ["cockpit-bridge"]), "chromium", "chromedriver"], ["gi"])
from authority import Authority  # noqa: E402
from browser import Browser  # noqa: E402
from harness import PASSED_ON, BusError, Caller, Daemon, domain_xml, element_xml  # noqa: E402

START_TIMEOUT_S = 20
NO_NPM = 3  # build.js: npm's registry cannot be reached
WS = [path for path in ("/usr/lib/cockpit/cockpit-ws", "/usr/libexec/cockpit-ws") if os.access(TREE + path, os.X_OK)]
if not WS:
    print("skipped: not installed: cockpit-ws")
    sys.exit(77)

BUDGET = "<virtsched:budget burst='2000' share='20'/>"
DOMAINS = [
    domain_xml(1, "desk1", element_xml(f"<virtsched:boost state='on'>{BUDGET}</virtsched:boost>", "profile='desktop'"), vcpus=4),
    domain_xml(2, "desk2", element_xml("<virtsched:boost state='on'/>"), vcpus=2),
    domain_xml(3, "web1", vcpus=2),
    domain_xml(4, "build-farm", element_xml("", "profile='build'"), vcpus=2),
    domain_xml(5, "studio", element_xml("", "profile='audio'"), running=False),
    domain_xml(6, "old-copy", element_xml("<virtsched:boost state='maybe'/>")),
]


def run_build(*arguments):
    run = subprocess.run(["node", ROOT / "cockpit/build.js", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                         check=False)
    if run.returncode == NO_NPM:
        words = run.stderr.strip().splitlines()
        print(f"skipped: {words[0]}: {words[-1]}")
        sys.exit(77)
    if run.returncode:
        raise RuntimeError(f"the page did not build:\n{run.stdout}{run.stderr}")


def build(folder):
    """Makes the page's @folder by cockpit/build.js; what npm gets is kept beside the other build folders. Returns that."""
    cache = pathlib.Path(os.environ.get("VS_COCKPIT_CACHE", ROOT / "build/cockpit"))
    lock, modules = ROOT / "cockpit/package-lock.json", cache / "virtsched.npm/node_modules"
    kept = cache / "virtsched.npm/package-lock.json"
    if not (modules / "axe-core").is_dir() or kept.read_bytes() != lock.read_bytes():
        cache.mkdir(parents=True, exist_ok=True)
        run_build(cache / "virtsched")
    run_build(folder, modules)
    return modules


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Window:
    """What every page here has: a port, cockpit-ws at it and a browser, as self.port, self.browser."""

    def wait_for_cockpit(self, log):
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            if time.monotonic() > deadline:
                raise RuntimeError("cockpit-ws did not come up:\n" + log.read_text(errors="replace"))
            time.sleep(0.02)

    def address_of(self, place=""):
        return f"http://127.0.0.1:{self.port}/cockpit/@localhost/virtsched/index.html#/{place}"

    def visit(self, place=""):
        """Another address of the page, loaded anew."""
        self.browser.open("about:blank")
        self.browser.open(self.address_of(place))
        self.browser.wait("return document.querySelector('#main[data-state=up]')", what="the page shows something")


class Page(Window):
    """All of it, until the block ends. @jobs: with libvirt's folders, so that job() is seen; the daemon hangs up on libvirt at
    rest then, and the test driver forgets what was set."""

    def __init__(self, domains=None, fake="moving", jobs=False):
        self._domains, self._fake, self._jobs = domains or DOMAINS, fake, jobs
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        with self.stack:
            self.root = pathlib.Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="virtsched-cockpit-",
                                                                                          ignore_cleanup_errors=True)))
            self.env = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
            self.env |= {"LC_ALL": "C.UTF-8", "HOME": str(self.root), "XDG_DATA_HOME": str(self.root / "share"),
                         "XDG_RUNTIME_DIR": str(self.root), "XDG_CONFIG_DIRS": str(self.root)}
            self.modules = build(self.root / "share/cockpit/virtsched")
            privatebus.start_bus(self.stack, self.root, self.env)
            self.address = self.env["DBUS_SYSTEM_BUS_ADDRESS"]
            self.authority = Authority(self.address)
            self.stack.callback(self.authority.close)
            self.caller = Caller(self.address)
            self.stack.callback(self.caller.close)
            self.daemon = None
            self.stack.callback(self.end_daemon)
            self.start_daemon()
            self.port = free_port()
            self.start_cockpit()
            self.browser = Browser(self.root, self.env)
            self.stack.callback(self.browser.close)
            self.stack = self.stack.pop_all()
        return self

    def __exit__(self, *problem):
        self.stack.close()

    def start_daemon(self):
        file = self.root / "driver.xml"
        file.write_text(f"<node>{''.join(self._domains)}</node>", encoding="utf-8")
        if self._jobs:
            (self.root / "etc/libvirt/qemu").mkdir(parents=True, exist_ok=True)
            self.job("desk1", "none")
        self.daemon = Daemon(self.root, self.env, f"test://{file}", fake=self._fake)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self.is_up():
            if time.monotonic() > deadline or self.daemon.child.poll() is not None:
                raise RuntimeError(f"virtschedd did not come up:\n{self.daemon.output()}")
            time.sleep(0.02)

    def job(self, name, job):
        """What libvirt's status file of a machine says of its job: "migration out", "none"."""
        new = self.root / f"run/libvirt/qemu/{name}.xml.new"
        new.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(f"<domstatus state='running' pid='1'><job type='none' async='{job}'/><domain type='test'/></domstatus>",
                       encoding="utf-8")
        new.rename(new.with_suffix(""))

    def is_up(self):
        with contextlib.suppress(BusError):
            return self.caller.host("Connection") != ""
        return False

    def end_daemon(self):
        """Raises when it did not end well."""
        daemon, self.daemon = self.daemon, None
        if daemon:
            daemon.end()
            bad = [word for word in ("CRITICAL", "WARNING", "Sanitizer", "runtime error") if word in daemon.output()]
            if daemon.child.returncode or bad:
                raise RuntimeError(f"virtschedd ended with {daemon.child.returncode}:\n{daemon.output()}")

    def start_cockpit(self):
        command = [WS[0], "--no-tls", "--port", str(self.port), "--address", "127.0.0.1", "--local-session",
                   "/usr/bin/cockpit-bridge" if TREE else shutil.which("cockpit-bridge")]
        if TREE:   # in a mount namespace of its own: the folder with bus and page is where it is outside
            mounts = 'for at in "$2" /proc /dev; do mkdir -p "$1$at"; mount --rbind "$at" "$1$at"; done; tree=$1; shift 2; exec chroot "$tree" "$@"'
            command = ["unshare", "-m", "sh", "-euc", mounts, "mounts", TREE, str(self.root), *command]
        self.stack.enter_context(privatebus.process(command, self.env, self.root / "cockpit-ws.log"))
        self.wait_for_cockpit(self.root / "cockpit-ws.log")
