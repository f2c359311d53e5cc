#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Unit tests of lab/intel's verdict and initramfs: no emulator, no root, under a second. Run by hand and by lab/run test."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
LAB = pathlib.Path(__file__).resolve().parents[2] / "lab"
sys.path[:0] = [str(LAB / "intel"), str(LAB)]

from vsintel import initramfs, kernelimage, verdict  # noqa: E402
from vslab.errors import LabError  # noqa: E402

GOOD = """\
[    0.1] PCI: Using host bridge windows from ACPI; if necessary, use "pci=nocrs" and report a bug
[    0.2] Kernel command line: nokaslr oops=panic
[    1.0] intel: ok - one (3 ms)
[    1.1] intel: ok - two (3 ms)
[    1.2] intel: check ended with 0
[    1.3] reboot: Power down
"""


class Verdict(unittest.TestCase):
    def test_clean_run_passes(self):
        self.assertEqual(verdict.judge(GOOD, "off", 2), [])

    def test_lost_check_fails(self):
        self.assertTrue(verdict.judge(GOOD, "off", 3))

    def test_failed_check_fails(self):
        self.assertTrue(verdict.judge(GOOD + "[ 1.4] intel: not ok - three: why (1 ms)\n", "off", 2))

    def test_missing_marker_or_power_off_fails(self):
        for line in ("check ended with 0", "reboot: Power down"):
            self.assertTrue(verdict.judge(GOOD.replace(line, ""), "off", 2), line)
        self.assertTrue(verdict.judge(GOOD, "timeout", 2))

    def test_kernel_complaints_fail(self):
        for line in ("BUG: kernel NULL pointer dereference, address: 0000000000000008", "kernel BUG at kernel/sched/core.c:7000!",
                     "WARNING: CPU: 0 PID: 12 at kernel/sched/core.c:1", "Oops: 0000 [#1] PREEMPT SMP NOPTI",
                     "rcu: INFO: rcu_preempt self-detected stall on CPU", "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
                     "WARNING: possible circular locking dependency detected", "refcount_t: underflow; use-after-free.",
                     "watchdog: BUG: soft lockup - CPU#0 stuck for 22s!", "INFO: task kworker/0:1:9 blocked for more than 120 seconds.",
                     "sched: RT throttling activated", "BUG: scheduling while atomic: check/88/0x00000002",
                     "vm[88]: segfault at 0 ip 0 sp 0 error 6"):
            self.assertTrue(verdict.judge(f"[    0.9] {line}\n" + GOOD, "off", 2), line)


class Initramfs(unittest.TestCase):
    def test_cpio_reads_it_and_bytes_repeat(self):
        arguments = ({"bin/a": (b"abc", 0o755), "init": (b"x" * 5001, 0o755)}, ["bin", "dev"], {"bin/b": "a"})
        data = initramfs.archive(*arguments)
        self.assertEqual(data, initramfs.archive(*arguments))
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            listing = subprocess.run(["cpio", "-itv", "--quiet", "-F", file.name], text=True, stdout=subprocess.PIPE, check=True).stdout
        for part in ("-rwxr-xr-x", "5001", "bin/b -> a", "dev/console"):
            self.assertIn(part, listing)


class KernelImage(unittest.TestCase):
    def test_foreign_files_are_refused(self):
        for data in (bytes(0x400), b"\x7fELF\x01" + bytes(0x400)):
            with self.assertRaises(LabError):
                kernelimage.extract_vmlinux(data)
            with self.assertRaises(LabError):
                list(kernelimage.program_headers(data))


if __name__ == "__main__":
    unittest.main()
