# SPDX-License-Identifier: LGPL-2.1-or-later
"""A host as the hook sees it, made of plain files: /proc, /sys/fs/cgroup and libvirt's status file of one VM.

Used by the tests of this folder. The threads are real ones of the test process, because their CPU affinity is looked at;
the cgroup files are plain, and keep every write as a line.
"""
import os
import shutil
import subprocess
import tempfile
import threading
from xml.sax.saxutils import escape

NAMESPACE = "https://virtsched.org/xmlns/libvirt/domain/1.0"
UUID = "5f1d8a52-8c1e-4d53-9d0f-6a3a4a5c7e01"
PID = 42424242  # above the kernel's largest pid: never a real process
SCOPE = "/machine.slice/machine-qemu\\x2d1\\x2ddesk.scope/libvirt"
BOOST_ON = '<virtsched:boost state="on"/>'
LIMIT_SECONDS = 2.3
SCHEMA_DIR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../xml-schema")


def element(inner=BOOST_ON, attributes=""):
    return f'<virtsched:scheduling xmlns:virtsched="{NAMESPACE}" {attributes}>{inner}</virtsched:scheduling>'


def domain_xml(metadata, name="desk", extra="", vcpus=2, kind="kvm"):
    return (f"<domain type='{kind}' id='1'>\n  <name>{escape(name)}</name>\n  <uuid>{UUID}</uuid>\n"
            f"  <metadata>{metadata}</metadata>\n  <memory unit='KiB'>1024</memory>\n"
            f"  <vcpu placement='static'>{vcpus}</vcpu>\n  {extra}\n</domain>\n").encode()


class Threads:
    """Sleeping threads whose ids stand for vCPU threads."""

    def __init__(self, count):
        self.end = threading.Event()
        self.threads = [threading.Thread(target=self.end.wait, daemon=True) for _ in range(count)]
        for thread in self.threads:
            thread.start()
        self.ids = [thread.native_id for thread in self.threads]

    def stop(self):
        self.end.set()
        for thread in self.threads:
            thread.join()


class Tree:
    def __init__(self, hook, vcpus=2, name=b"desk"):
        self.hook = hook
        self.name = name
        self.root = tempfile.mkdtemp(prefix="vs-hook-")
        self.threads = Threads(vcpus)
        self.tids = self.threads.ids
        self.libvirt = self.root + "/sys/fs/cgroup" + SCOPE
        self.child = self.libvirt + "/virtsched"
        self.record = f"{self.root}/run/virtsched/wired/{UUID}"
        self.write(f"proc/{PID}/cgroup", f"0::{SCOPE}/emulator\n")
        self.write(f"sys/fs/cgroup{SCOPE}/cgroup.subtree_control", "cpuset cpu\n")
        for vcpu, tid in enumerate(self.tids):
            os.makedirs(f"{self.root}/proc/{PID}/task/{tid}")
            self.vcpu_file(vcpu, "cgroup.threads", f"{tid}\n")
            self.vcpu_file(vcpu, "cpuset.cpus", "\n")
            self.vcpu_file(vcpu, "cpuset.mems", "\n")
            self.vcpu_file(vcpu, "cpu.max", "max 100000\n")
        self.status()

    def close(self):
        self.threads.stop()
        shutil.rmtree(self.root)

    def write(self, path, text):
        path = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def vcpu_file(self, vcpu, file, text):
        self.write(f"sys/fs/cgroup{SCOPE}/vcpu{vcpu}/{file}", text)

    def status_path(self):
        return os.path.join(self.root.encode(), b"run/libvirt/qemu", self.name + b".xml")

    def status(self, pid=PID, tids=None, text=None):
        rows = "".join(f"    <vcpu id='{n}' pid='{tid}'/>\n" for n, tid in enumerate(self.tids if tids is None else tids))
        os.makedirs(os.path.dirname(self.status_path()), exist_ok=True)
        with open(self.status_path(), "w", encoding="utf-8") as file:
            file.write(text if text is not None else
                       "<!--\nWARNING: THIS IS AN AUTO-GENERATED FILE.\n-->\n"
                       f"<domstatus state='running' reason='booted' pid='{pid}'>\n  <vcpus>\n{rows}  </vcpus>\n"
                       f"  <domain type='kvm' id='1'>\n    <name>desk</name>\n    <uuid>{UUID}</uuid>\n"
                       "    <vcpus><vcpu id='0' enabled='yes' hotpluggable='no'/></vcpus>\n  </domain>\n</domstatus>\n")

    def command(self, operation, name=None):
        sub = b"end" if operation in ("stopped", "release") else b"begin"
        return [self.hook, self.name if name is None else name, operation.encode(), sub, b"-"]

    def environment(self):
        return {"LC_ALL": "C", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "USER": "root", "VIRTSCHED_ROOT": self.root,
                "VIRTSCHED_SCHEMA_DIR": SCHEMA_DIR}

    def run(self, operation="started", xml=None, name=None, prefix=(), **options):
        """Runs the hook as libvirt does; returns its journal line. Exit status and silence are checked on every call."""
        result = subprocess.run([*prefix, *self.command(operation, name)], cwd="/", env=self.environment(),
                                input=domain_xml(element()) if xml is None else xml, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, timeout=LIMIT_SECONDS * 4, check=False, **options)
        assert result.returncode == 0, f"exit status {result.returncode}, {result.stderr!r}"
        assert result.stdout == b"", f"printed {result.stdout!r}"
        return result.stderr.decode()

    def lines(self, path):
        with open(path, encoding="utf-8") as file:
            return file.read().split()

    def child_file(self, file):
        return self.lines(f"{self.child}/{file}")

    def vcpu_threads(self, vcpu):
        return self.lines(f"{self.libvirt}/vcpu{vcpu}/cgroup.threads")

    def moved_nothing(self):
        return not os.path.exists(f"{self.child}/cgroup.threads") and not os.path.exists(self.record)
