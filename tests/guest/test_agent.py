#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The guest's agent, one look at a time, in a tree of plain files: test_agent.py AGENT.

A file of a made tree keeps all that is written to it, one line a write.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

AGENT = sys.argv[1] if len(sys.argv) > 1 else ""
DEVICE = "sys/bus/pci/drivers/virtsched_guest/0000:00:05.0"
GROUPS = "sys/fs/cgroup"


class Agent(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="virtsched-guest-"))
        self.addCleanup(shutil.rmtree, self.root)
        self.write(f"{DEVICE}/background", "")
        self.write(f"{DEVICE}/audio", "")
        self.write("sys/devices/system/cpu/online", "0-3\n")
        self.write(f"{GROUPS}/cgroup.subtree_control", "")

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="ascii")

    def read(self, name):
        path = self.root / name
        return path.read_text(encoding="ascii") if path.exists() else ""

    def process(self, number, group, threads=1, child=""):
        self.write(f"proc/{number}/cgroup", f"0::{group}{child}\n")
        for thread in range(number, number + threads):
            (self.root / f"proc/{number}/task/{thread}").mkdir(parents=True)
        (self.root / f"{GROUPS}{group}").mkdir(parents=True, exist_ok=True)

    def look(self, *numbers, words=(), status=0):
        self.write(f"{DEVICE}/background", "".join(f"{number}\n" for number in numbers))
        run = subprocess.run([AGENT, "--root", str(self.root), "--once", *words], capture_output=True, text=True, timeout=20, check=False)
        self.assertEqual(run.returncode, status, run.stderr)
        return run.stderr

    def test_a_build_goes_into_a_threaded_child_of_its_unit(self):
        unit = "/user.slice/user-1000.slice/app-terminal.scope"
        self.process(100, unit, threads=3)
        self.process(200, unit)
        self.look(100)
        slow = f"{GROUPS}{unit}/virtsched-slow"
        self.assertEqual(self.read(f"{slow}/cgroup.type"), "threaded\n")
        self.assertEqual(self.read(f"{slow}/cpuset.cpus"), "2-3\n")
        self.assertEqual(sorted(self.read(f"{slow}/cgroup.threads").split()), ["100", "101", "102"])
        for folder in ("", "/user.slice", "/user.slice/user-1000.slice", unit):
            self.assertEqual(self.read(f"{GROUPS}{folder}/cgroup.subtree_control"), "+cpuset\n", folder)

    def test_who_is_there_is_left_alone(self):
        self.process(100, "/a.service", threads=2)
        self.write("proc/101/cgroup", "0::/a.service/virtsched-slow\n")
        self.look(100)
        self.assertEqual(self.read(f"{GROUPS}/a.service/virtsched-slow/cgroup.threads"), "100\n")

    def test_in_the_root_group(self):
        self.process(100, "/")
        self.look(100, words=("--fast", "3"))
        self.assertEqual(self.read(f"{GROUPS}/virtsched-slow/cpuset.cpus"), "3-3\n")
        self.assertEqual(self.read(f"{GROUPS}/virtsched-slow/cgroup.threads"), "100\n")

    def test_left_over_from_one_that_was_killed(self):
        self.process(100, "/a.service", child="/virtsched-slow")
        self.write(f"{GROUPS}/a.service/virtsched-slow/cgroup.threads", "100\n101\n")
        self.look()
        self.assertEqual(self.read(f"{GROUPS}/a.service/cgroup.threads"), "100\n101\n")

    def test_never_init_nor_a_process_that_is_gone(self):
        self.process(1, "/init.scope")
        self.look(1, 4711, 0)
        self.assertEqual([path for path in (self.root / GROUPS).rglob("virtsched-slow")], [])

    def test_one_cpu_has_no_slow_part(self):
        self.write("sys/devices/system/cpu/online", "0\n")
        self.process(100, "/a.service")
        self.look(100)
        self.assertFalse((self.root / f"{GROUPS}/a.service/virtsched-slow").exists())

    def test_an_old_cgroup_file_is_said(self):
        self.process(100, "/a.service")
        self.write(f"{GROUPS}/a.service/virtsched-slow", "in the way")
        self.assertIn("cgroup v2", self.look(100))

    def test_a_long_list_is_cut(self):
        for number in range(1000, 1200):
            self.process(number, "/a.service")
        self.look(*range(1000, 1200))
        self.assertEqual(len(self.read(f"{GROUPS}/a.service/virtsched-slow/cgroup.threads").split()), 128)

    def test_who_plays_is_told(self):
        status = "proc/asound/card0/pcm0p/sub{}/status"
        self.write(status.format(0), "state: RUNNING\nowner_pid   : 321\ntrigger_time: 1.2\n")
        self.write(status.format(1), "closed\n")
        self.write(status.format(2), "state: PREPARED\nowner_pid   : 322\n")
        self.write("proc/asound/card0/pcm0c/sub0/status", "state: RUNNING\nowner_pid   : 323\n")
        self.look()
        self.assertEqual(self.read(f"{DEVICE}/audio"), "321 \n")

    def test_without_the_module(self):
        shutil.rmtree((self.root / DEVICE).parent)
        for words in ((), ("--once",)):
            run = subprocess.run([AGENT, "--root", str(self.root), *words], capture_output=True, text=True, timeout=20, check=False)
            self.assertEqual(run.returncode, 1)
            self.assertIn("virtsched_guest.ko", run.stderr)

    def test_the_channel_is_plugged_in_later(self):
        shutil.rmtree(self.root / DEVICE)
        self.process(100, "/a.service")
        threads = self.root / f"{GROUPS}/a.service/virtsched-slow/cgroup.threads"
        with subprocess.Popen([AGENT, "--root", str(self.root)], stderr=subprocess.PIPE, text=True) as agent:
            try:
                self.assertIn("enable-guest", agent.stderr.readline())
                self.write(f"{DEVICE}/audio", "")
                self.write(f"{DEVICE}/background", "100\n")
                until = time.monotonic() + 20
                while not threads.exists() and time.monotonic() < until:
                    time.sleep(0.1)
                self.assertEqual(threads.read_text(encoding="ascii"), "100\n")
            finally:
                agent.terminate()
            self.assertEqual(agent.wait(20), 0)

    def test_told_to_end_while_it_waits(self):
        shutil.rmtree(self.root / DEVICE)
        with subprocess.Popen([AGENT, "--root", str(self.root)], stderr=subprocess.PIPE, text=True) as agent:
            agent.stderr.readline()
            agent.terminate()
            self.assertEqual(agent.wait(20), 0)

    def test_usage(self):
        for words, status in ((["--help"], 0), (["--fast", "0"], 2), (["--fast", "many"], 2), (["--nonsense"], 2)):
            run = subprocess.run([AGENT, *words], capture_output=True, text=True, timeout=20, check=False)
            self.assertEqual(run.returncode, status, words)

    def test_the_page_has_each_option(self):
        page = (pathlib.Path(__file__).resolve().parents[2] / "docs/man/virtsched-guest.8").read_text(encoding="utf-8").replace("\\-", "-")
        usage = subprocess.run([AGENT, "--help"], capture_output=True, text=True, timeout=20, check=True).stdout
        options = set(re.findall(r"--[a-z-]+", usage.splitlines()[0])) | {"--help"}
        self.assertEqual(set(re.findall(r"^\.B (--[a-z-]+)", page, re.M)), options)


if __name__ == "__main__":
    os.environ.setdefault("ASAN_OPTIONS", "detect_leaks=0")
    unittest.main(argv=sys.argv[:1])
