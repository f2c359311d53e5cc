#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A job begins and ends: libvirt's status file says so, and the daemon follows it. How one goes is for the vm tier."""
import time
import unittest

from gi.repository import Gio
from harness import DOMAIN, NAME, Case, domain_xml, element_xml, path_of

MOVING, STILL = 1, 2
QUOTA = element_xml("<virtsched:dirtyQuota state='on'/>")
LIMIT = element_xml("<virtsched:dirtyQuota><virtsched:rate value='20'/></virtsched:dirtyQuota>")


class Migration(Case):
    def status(self, name, job):
        """libvirt's status file of a domain, replaced as libvirt does it."""
        new = self.root / f"run/libvirt/qemu/{name}.xml.new"
        new.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(f"<domstatus state='running' pid='1'><job type='none' async='{job}'/><domain type='test'/></domstatus>",
                       encoding="utf-8")
        new.rename(new.parent / f"{name}.xml")

    def follows(self, number):
        return self.caller.domain(number, "GetMigration")[0]["following"]

    def begin(self, element=QUOTA, job="none"):
        (self.root / "etc/libvirt/qemu").mkdir(parents=True)
        self.status("moving", job)
        self.start(domains=[domain_xml(MOVING, "moving", element, vcpus=2), domain_xml(STILL, "still", QUOTA)])

    def test_follows_from_the_job_s_begin_to_its_end(self):
        self.begin()
        job, vcpus = self.caller.domain(MOVING, "GetMigration")
        self.assertEqual((job["job"], job["following"], job["quota"], vcpus), ("none", False, 0, []))
        self.status("moving", "migration out")
        self.until(lambda: self.follows(MOVING), "the job is followed")
        self.assertFalse(self.follows(STILL))
        self.status("moving", "none")
        self.until(lambda: not self.follows(MOVING), "the job is let go")
        self.assertEqual(self.caller.get(MOVING, "Summary"), "applied")

    def test_says_so_to_who_listens(self):
        self.begin()
        seen, watcher = [], self.connect()
        watcher.connection.signal_subscribe(NAME, DOMAIN, "MigrationChanged", None, None, Gio.DBusSignalFlags.NONE,
                                            lambda *signal: seen.append((signal[2], *signal[5].unpack())))
        watcher.manager("ListDomains")  # the subscription is with the bus
        self.status("moving", "migration out")
        self.until(lambda: seen, "MigrationChanged")
        self.assertEqual((seen[0][:2], seen[0][3]), ((path_of(MOVING), "waiting"), 0))
        self.status("moving", "none")
        self.until(lambda: seen[-1][1] == "over", "MigrationChanged once more")
        self.assertEqual(([row[1] for row in seen], seen[-1][3]), (["waiting", "over"], 0))
        self.assertIn("nothing is limited", seen[-1][2])

    def test_wakes_up_for_it(self):
        """The daemon hangs up on libvirt when nothing happens."""
        self.begin()
        time.sleep(4)
        self.status("moving", "migration out")
        self.until(lambda: self.follows(MOVING), "the job is followed")
        time.sleep(4)
        self.assertTrue(self.follows(MOVING))

    def test_finds_one_at_its_start(self):
        self.begin(job="migration out")
        self.until(lambda: self.follows(MOVING), "the job is followed")
        self.caller.set(MOVING, {"dirtyQuota.state": False})
        self.until(lambda: not self.follows(MOVING), "the job is let go")

    def test_follows_whatever_sends_memory(self):
        self.begin()
        for job in ("snapshot", "save", "dump"):
            self.status("moving", job)
            self.until(lambda: self.follows(MOVING), f"the {job} is followed")
            self.status("moving", "none")
            self.until(lambda: not self.follows(MOVING), f"the {job} is let go")

    def test_leaves_alone_what_logs_no_memory(self):
        self.begin(job="backup")
        self.assertFalse(self.follows(MOVING))
        self.assertIn("does not log dirty memory", self.caller.domain(MOVING, "GetMigration")[0]["reason"])

    def test_a_limit_by_hand_stays(self):
        self.begin(element=LIMIT)
        for state in ("migration out", "none"):
            self.status("moving", state)
            job, vcpus = self.caller.domain(MOVING, "GetMigration")
            self.assertEqual((job["quota"], job["share"], len(vcpus)), (20 << 20, 10 << 20, 2))
            self.assertFalse(job["following"])


if __name__ == "__main__":
    unittest.main()
