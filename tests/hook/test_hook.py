#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the hook does to a domain that asks for it, in a tree of plain files. Usage: test_hook.py HOOK [unittest options]"""
import os
import sys
import unittest

import hooktree
from hooktree import PID, SCOPE, UUID, Tree, domain_xml, element

HOOK = ""


class HookTest(unittest.TestCase):
    vcpus = 2

    def setUp(self):
        self.tree = Tree(HOOK, self.vcpus)
        self.addCleanup(self.tree.close)

    def record(self):
        return self.tree.lines(self.tree.record)


class Wiring(HookTest):
    def test_started_puts_all_vcpus_side_by_side(self):
        line = self.tree.run()
        self.assertIn(f"2 vCPU threads side by side in {SCOPE}/virtsched", line)
        self.assertEqual(self.tree.child_file("cgroup.type"), ["threaded"])
        self.assertEqual(self.tree.child_file("cpu.weight"), ["200"])
        self.assertEqual(self.tree.child_file("cgroup.threads"), [str(tid) for tid in self.tree.tids])

    def test_record_tells_the_daemon_everything(self):
        self.tree.run()
        self.assertEqual(self.record(), [
            "[wired]", "name=desk", f"uuid={UUID}", f"pid={PID}", "mode=shared",
            "cgroup=" + SCOPE.replace("\\", "\\\\") + "/virtsched", "weight=200",
            "[vcpus]", f"0={self.tree.tids[0]}", f"1={self.tree.tids[1]}"])

    def test_reconnect_after_started_changes_nothing(self):
        self.tree.run("started")
        before = self.tree.child_file("cgroup.threads"), self.tree.child_file("cpu.weight"), self.record()
        self.tree.run("reconnect")
        self.assertEqual(before, (self.tree.child_file("cgroup.threads"), self.tree.child_file("cpu.weight"), self.record()))
        self.assertEqual(self.tree.child_file("cgroup.type"), ["threaded"])

    def test_reconnect_alone_wires(self):
        self.assertIn("side by side", self.tree.run("reconnect"))

    def test_second_call_follows_a_new_vcpu(self):
        self.tree.status(tids=self.tree.tids[:1])
        self.tree.run()
        self.tree.status()
        self.tree.run("reconnect")
        self.assertEqual(self.tree.child_file("cgroup.threads"), [str(tid) for tid in self.tree.tids])
        self.assertEqual(self.tree.child_file("cpu.weight")[-1], "200")

    def test_pin_in_the_cpuset_becomes_affinity(self):
        cpus = sorted(os.sched_getaffinity(self.tree.tids[0]))
        if len(cpus) < 2:
            self.skipTest("one CPU: nothing can be narrowed")
        self.tree.vcpu_file(0, "cpuset.cpus", f"{cpus[0]}\n")
        self.tree.run()
        self.assertEqual(os.sched_getaffinity(self.tree.tids[0]), {cpus[0]})
        self.assertEqual(os.sched_getaffinity(self.tree.tids[1]), set(cpus))
        self.assertFalse(os.path.exists(self.tree.child + "/cpuset.cpus"), "a later vcpupin would be refused")

    def test_narrower_affinity_of_an_admin_stays(self):
        cpus = sorted(os.sched_getaffinity(self.tree.tids[0]))
        os.sched_setaffinity(self.tree.tids[0], {cpus[-1]})
        self.tree.vcpu_file(0, "cpuset.cpus", f"{cpus[0]}-{cpus[-1]}\n")
        self.tree.run()
        self.assertEqual(os.sched_getaffinity(self.tree.tids[0]), {cpus[-1]})

    def test_memory_nodes_of_numatune_are_kept(self):
        for vcpu in range(self.vcpus):
            self.tree.vcpu_file(vcpu, "cpuset.mems", "0\n")
        self.tree.run()
        self.assertEqual(self.tree.child_file("cpuset.mems"), ["0"])

    def test_profile_alone_asks_for_it(self):
        self.assertIn("side by side", self.tree.run(xml=domain_xml(element("", 'profile="desktop"'))))

    def test_bare_and_prefixed_attributes_both_count(self):
        xml = domain_xml(element('<virtsched:boost virtsched:state="on"/>'))
        self.assertIn("side by side", self.tree.run(xml=xml))


class BigDomain(HookTest):
    vcpus = 160

    def test_weight_stops_at_the_kernels_limit(self):
        self.tree.run(xml=domain_xml(element(), vcpus=160))
        self.assertEqual(self.tree.child_file("cpu.weight"), ["10000"])
        self.assertEqual(len(self.tree.child_file("cgroup.threads")), 160)


class Staying(HookTest):
    """Threads stay where libvirt put them, and the record says why."""

    def assert_stays(self, reason, xml=None):
        line = self.tree.run(xml=xml)
        self.assertIn("threads stay in libvirt's cgroups", line)
        self.assertIn(reason, line)
        self.assertFalse(os.path.exists(self.tree.child))
        self.assertIn("mode=place", self.record())
        self.assertIn(f"0={self.tree.tids[0]}", self.record())

    def test_vcpu_quota(self):
        tune = "<cputune><period>100000</period><quota>50000</quota></cputune>"
        self.assert_stays("vcpu_quota", domain_xml(element(), extra=tune))

    def test_quota_set_behind_libvirts_back(self):
        self.tree.vcpu_file(1, "cpu.max", "50000 100000\n")
        self.assert_stays("CPU limit of its own")

    def test_vcpus_with_different_memory_nodes(self):
        self.tree.vcpu_file(1, "cpuset.mems", "1\n")
        self.assert_stays("memory nodes of its own")

    def test_thread_that_somebody_moved(self):
        self.tree.vcpu_file(1, "cgroup.threads", "\n")
        self.assert_stays("somebody moved")

    def test_cpu_controller_off(self):
        self.tree.write(f"sys/fs/cgroup{SCOPE}/cgroup.subtree_control", "cpuset\n")
        self.assert_stays("cpu controller is off")

    def test_cgroup_v1(self):
        self.tree.write(f"proc/{PID}/cgroup", f"5:cpuset:/machine\n4:cpu,cpuacct:/machine\n0::{SCOPE}/emulator\n")
        self.assert_stays("cgroup v1")

    def test_session_mode(self):
        self.tree.write(f"proc/{PID}/cgroup", "0::/user.slice/user-1000.slice/session-1.scope\n")
        self.assert_stays("session mode")

    def test_place_outside_the_cgroup_namespace(self):
        self.tree.write(f"proc/{PID}/cgroup", "0::/../other/libvirt/emulator\n")
        self.assert_stays("not in a place that libvirt made")

    def test_quota_that_comes_later_brings_the_threads_back(self):
        self.tree.run()
        tune = "<cputune><quota>50000</quota></cputune>"
        self.assertIn("vcpu_quota", self.tree.run("reconnect", xml=domain_xml(element(), extra=tune)))
        for vcpu, tid in enumerate(self.tree.tids):
            self.assertEqual(self.tree.vcpu_threads(vcpu), [str(tid)] * 2)


class Nothing(HookTest):
    """Nothing to do: no line, no record, no cgroup."""

    def assert_nothing(self, xml, operation="started"):
        self.assertEqual(self.tree.run(operation, xml=xml), "")
        self.assertTrue(self.tree.moved_nothing())

    def test_no_element(self):
        self.assert_nothing(domain_xml("<other xmlns='https://example.org/x'/>"))

    def test_both_off(self):
        off = '<virtsched:boost state="off"/><virtsched:dirtyQuota state="on"/>'
        self.assert_nothing(domain_xml(element(off)))

    def test_profile_off(self):
        self.assert_nothing(domain_xml(element("", 'profile="off"')))

    def test_namespace_in_a_comment_only(self):
        self.assert_nothing(domain_xml(f"<!-- {hooktree.NAMESPACE} -->"))

    def test_other_phases_do_not_even_read(self):
        for operation in ("prepare", "start", "migrate", "restore", "attach", "started2", ""):
            with self.subTest(operation):
                self.assert_nothing(domain_xml(element()), operation)


class Ending(HookTest):
    def test_stopped_and_release_forget_this_domain_only(self):
        other = os.path.join(os.path.dirname(self.tree.record), "5f1d8a52-8c1e-4d53-9d0f-6a3a4a5c7e02")
        for operation in ("stopped", "release"):
            with self.subTest(operation):
                self.tree.run()
                with open(other, "w", encoding="utf-8") as file:
                    file.write("[wired]\n")
                self.assertEqual(self.tree.run(operation), "")
                self.assertFalse(os.path.exists(self.tree.record))
                self.assertTrue(os.path.exists(other))

    def test_stopped_removes_the_guest_channels_file(self):
        shm = self.tree.root + "/dev/shm"
        os.makedirs(shm)
        mine, other = (os.path.join(shm, f"virtsched-{uuid}") for uuid in (UUID, "5f1d8a52-8c1e-4d53-9d0f-6a3a4a5c7e02"))
        for path in (mine, other):
            with open(path, "wb") as file:
                file.write(b"\0")
        device = f"<devices><shmem name='virtsched-{UUID}'><model type='ivshmem-plain'/><size unit='M'>1</size></shmem></devices>"
        for extra in (device, ""):  # "": it was unplugged
            with self.subTest(extra):
                with open(mine, "wb") as file:
                    file.write(b"\0")
                self.tree.run()
                self.assertEqual(self.tree.run("stopped", xml=domain_xml(element(), extra=extra)), "")
                self.assertEqual((os.path.exists(mine), os.path.exists(other)), (False, True))

    def test_stopped_without_any_record_is_quiet(self):
        self.assertEqual(self.tree.run("stopped", xml=b"not XML"), "")


if __name__ == "__main__":
    HOOK = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
