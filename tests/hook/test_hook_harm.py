#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What must never reach libvirt: hostile input, vanished things, crashes and hangs all end in exit status 0, silence
on stdout, and no thread left half-way. Usage: test_hook_harm.py HOOK [unittest options]"""
import os
import signal
import subprocess
import sys
import threading
import time
import unittest

from hooktree import LIMIT_SECONDS, NAMESPACE, PID, SCOPE, Tree, domain_xml, element

HOOK = ""


class HarmTest(unittest.TestCase):
    def setUp(self):
        self.tree = Tree(HOOK, 2)
        self.addCleanup(self.tree.close)

    def assert_harmless(self, cause, **options):
        line = self.tree.run(**options)
        self.assertIn(cause, line)
        self.assertEqual(line.count("\n"), 1, "one line in the journal")
        self.assertTrue(self.tree.moved_nothing())


class HostileXml(HarmTest):
    cases = {
        "truncated": domain_xml(element())[:-40],
        "not-xml": NAMESPACE.encode() + b"\x01\x02<<<>&",
        "not-utf8": domain_xml(element()).replace(b"desk", b"\xff\xfe"),
        "nul-byte": domain_xml(element()).replace(b"desk", b"de\0sk"),
        "deep": domain_xml(element("<virtsched:x>" * 100000)),
        "unknown-element": domain_xml(element('<virtsched:bosst state="on"/>')),
        "out-of-range": domain_xml(element('<virtsched:boost state="on"><virtsched:budget share="4000000000"/></virtsched:boost>')),
        "another-domain": domain_xml(element(), name="other"),
        "name-with-format": domain_xml(element(), name="%s%n%n"),
        "no-uuid": domain_xml(element()).replace(b"uuid", b"uuidd"),
        "uuid-with-path": domain_xml(element()).replace(b"5f1d8a52-8c1e-4d53-9d0f-6a3a4a5c7e01", b"../../../../../../../../../../tmp/xxx"),
        "entity-bomb": b'<!DOCTYPE domain [<!ENTITY a "aaaaaaaaaa">' + b"".join(
            b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12)) + b"]>" +
            domain_xml(element()).replace(b"1024", b"&m;"),
        "external-entity": b'<!DOCTYPE domain [<!ENTITY x SYSTEM "file:///etc/passwd">]>' +
            domain_xml(element()).replace(b"desk", b"&x;"),
    }

    def test_every_case_is_one_line_and_no_move(self):
        for name, xml in self.cases.items():
            with self.subTest(name):
                self.assert_harmless("wire domain 'desk': ", xml=xml)

    def test_text_beyond_the_bound(self):
        self.assert_harmless("larger than 8 MiB", xml=domain_xml(element()) + b" " * (9 << 20))

    def test_large_but_within_the_bound_still_works(self):
        self.assertIn("side by side", self.tree.run(xml=domain_xml(element() + "<!--" + "x" * (7 << 20) + "-->")))

    def test_empty(self):
        self.assertEqual(self.tree.run(xml=b""), "")


class HostileNames(unittest.TestCase):
    def run_name(self, name, xml_name=None):
        tree = Tree(HOOK, 1, name=name if b"/" not in name else b"desk")
        self.addCleanup(tree.close)
        line = tree.run(name=name, xml=domain_xml(element(), name=xml_name or name.decode()))
        self.assertEqual(line.count("\n"), 1)
        return tree, line

    def test_path_separators_are_refused(self):
        for name in (b"/", b"../desk", b"a/../../etc/passwd", b"/etc/passwd", b"desk/"):
            with self.subTest(name):
                tree, line = self.run_name(name)
                self.assertIn("no file name", line)
                self.assertTrue(tree.moved_nothing())

    def test_odd_names_work(self):
        for name in (b"..", b"a b  c", b"-rf", b"$(reboot)`x`", "Büro-\u202e".encode(), b"%s%n", b"a" * 200, b"'\"<&>"):
            with self.subTest(name):
                self.assertIn("side by side", self.run_name(name)[1])

    def test_newline_stays_in_one_line(self):
        self.assertIn("a\\nb", self.run_name(b"a\nb")[1])

    def test_bytes_that_are_no_utf8_or_too_long_or_empty(self):
        for name in (b"\xff\xfe", b"a" * 255):
            with self.subTest(name):
                tree = Tree(HOOK, 1)
                self.addCleanup(tree.close)
                self.assertIn("wire domain", tree.run(name=name))
                self.assertTrue(tree.moved_nothing())
        tree = Tree(HOOK, 1)
        self.addCleanup(tree.close)
        self.assertIn("wire domain ''", tree.run(name=b""))

    def test_too_few_arguments(self):
        for arguments in ([], ["desk"]):
            done = subprocess.run([HOOK, *arguments], stdin=subprocess.DEVNULL, capture_output=True, check=False)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))


class Vanished(HarmTest):
    def test_no_status_file(self):
        os.unlink(self.tree.status_path())
        self.assert_harmless("status file: No such file")

    def test_truncated_status_file(self):
        self.tree.status(text="<domstatus state='running' pid='42424242'><vcpus><vcpu id='0' pi")
        self.assert_harmless("wire domain 'desk'")

    def test_status_file_is_a_link_or_a_pipe(self):
        os.unlink(self.tree.status_path())
        os.symlink("/etc/passwd", self.tree.status_path())
        self.assert_harmless("status file")
        os.unlink(self.tree.status_path())
        os.mkfifo(self.tree.status_path())
        self.assert_harmless("no regular file")

    def test_hostile_numbers_in_the_status_file(self):
        for tid in ("-1", "0", "1", "4294967297", "1e9", "", str(PID)):
            with self.subTest(tid):
                self.tree.status(tids=[tid])
                line = self.tree.run()
                self.assertIn("wire domain 'desk'", line)
                self.assertFalse(os.path.exists(self.tree.child))
        for pid in ("-1", "0", "1", "99999999999"):
            with self.subTest(pid=pid):
                self.tree.status(pid=pid)
                self.tree.run()
                self.assertFalse(os.path.exists(self.tree.child))

    def test_process_gone(self):
        os.unlink(f"{self.tree.root}/proc/{PID}/cgroup")
        self.assert_harmless("is gone")

    def test_thread_of_another_process(self):
        os.rmdir(f"{self.tree.root}/proc/{PID}/task/{self.tree.tids[1]}")
        self.assert_harmless("is none of process")

    def test_thread_that_ends_meanwhile_takes_the_first_one_back(self):
        dead = threading.Thread(target=lambda: None)
        dead.start()
        dead.join()
        os.makedirs(f"{self.tree.root}/proc/{PID}/task/{dead.native_id}")
        self.tree.vcpu_file(1, "cgroup.threads", f"{dead.native_id}\n")
        self.tree.status(tids=[self.tree.tids[0], dead.native_id])
        line = self.tree.run()
        self.assertIn("No such process", line)
        self.assertEqual(self.tree.vcpu_threads(0), [str(self.tree.tids[0])] * 2, "moved back")
        self.assertFalse(os.path.exists(self.tree.record))


class Refused(HarmTest):
    def test_cgroup_cannot_be_made_threaded(self):
        self.tree.write(f"sys/fs/cgroup{SCOPE}/virtsched", "a file")
        self.assertIn("Not a directory", self.tree.run())
        self.assertFalse(os.path.exists(self.tree.record))

    def test_weight_is_refused(self):
        os.makedirs(self.tree.child + "/cpu.weight")
        self.assertIn("cpu.weight", self.tree.run())
        self.assertTrue(self.tree.moved_nothing())

    def test_record_cannot_be_written(self):
        self.tree.write("run/virtsched", "a file")
        self.assertIn("save record of domain 'desk'", self.tree.run())
        self.assertFalse(os.path.exists(self.tree.child))

    def test_read_only_cgroups(self):
        place = f"{self.tree.root}/sys/fs/cgroup"
        script = f'mount --bind "{place}" "{place}" && mount -o remount,ro,bind "{place}" && exec "$@"'
        prefix = ["unshare", "-m", "sh", "-c", script, "sh"]
        if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("unshare -m: this user may not mount")
        self.assert_harmless("Read-only file system", prefix=prefix)


class Descriptors(HarmTest):
    def run_shell(self, redirect):
        self.tree.write("domain.xml", domain_xml(element()).decode())
        command = ["sh", "-c", f'"$@" {redirect}', "sh", *self.tree.command("started")]
        return subprocess.run(command, env=self.tree.environment(), cwd="/", capture_output=True, check=False)

    def test_closed_descriptors_do_not_hit_other_files(self):
        source = f"<{self.tree.root}/domain.xml"
        for redirect in ("<&-", "<&- >&- 2>&-", f"{source} >&-", f"{source} >&- 2>&-", "</proc/self/mem", "</"):
            with self.subTest(redirect):
                done = self.run_shell(redirect)
                self.assertEqual((done.returncode, done.stdout), (0, b""))
        self.assertEqual(self.tree.child_file("cgroup.threads"), [str(tid) for tid in self.tree.tids])

    def test_reader_of_stderr_gone(self):
        read_end, write_end = os.pipe()
        os.close(read_end)
        done = subprocess.run(self.tree.command("started"), env=self.tree.environment(), stderr=write_end,
                              input=domain_xml(element()), stdout=subprocess.PIPE, check=False)
        os.close(write_end)
        self.assertEqual((done.returncode, done.stdout), (0, b""))


class Hanging(HarmTest):
    """vCPU 1's cpuset is a pipe: the hook moves vCPU 0 and then waits for ever."""

    def start_hanging(self):
        pipe = f"{self.tree.libvirt}/vcpu1/cpuset.cpus"
        os.unlink(pipe)
        os.mkfifo(pipe)
        process = subprocess.Popen(self.tree.command("started"), env=self.tree.environment(), stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.wait)
        return process

    def assert_taken_back(self, process):
        out, line = process.communicate(domain_xml(element()), timeout=10)
        self.assertEqual((process.returncode, out), (0, b""))
        self.assertIn("the threads are back", line.decode())
        self.assertEqual(self.tree.child_file("cgroup.threads"), [str(self.tree.tids[0])])
        self.assertEqual(self.tree.vcpu_threads(0), [str(self.tree.tids[0])] * 2)
        self.assertFalse(os.path.exists(self.tree.record))

    def test_time_limit_takes_the_move_back(self):
        begin = time.monotonic()
        self.assert_taken_back(self.start_hanging())
        self.assertLess(time.monotonic() - begin, LIMIT_SECONDS)

    def test_crash_takes_the_move_back(self):
        process = self.start_hanging()
        process.stdin.write(domain_xml(element()))
        process.stdin.close()
        process.stdin = None
        deadline = time.monotonic() + 1
        while not os.path.exists(self.tree.child + "/cgroup.threads"):
            self.assertLess(time.monotonic(), deadline, "no thread was moved")
            time.sleep(0.001)
        with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as file:
            worker = int(file.read().split()[0])
        os.kill(worker, signal.SIGSEGV)
        out, line = process.communicate(timeout=10)
        self.assertEqual((process.returncode, out), (0, b""))
        self.assertIn("the threads are back", line.decode())
        self.assertFalse(os.path.exists(self.tree.record))

    def test_stdin_without_an_end(self):
        process = subprocess.Popen(self.tree.command("started"), env=self.tree.environment(), stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        begin = time.monotonic()
        process.stdin.write(b"<domain>")
        process.stdin.flush()
        self.assertEqual(process.wait(timeout=10), 0)
        self.assertLess(time.monotonic() - begin, LIMIT_SECONDS)
        self.assertIn(b"nothing is left half-way", process.stderr.read())
        for stream in (process.stdin, process.stdout, process.stderr):
            stream.close()


if __name__ == "__main__":
    HOOK = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
