#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Cockpit page in a real Chromium, by mouse and by keyboard, against the real module, libvirtd and a domain in a level-1 host.

Called by tests/run-tests (tier cockpit-real). What is clicked is looked for in the host's kernel, and taken back again.
--pictures DIR writes the pictures of the README instead of testing.
"""
import json
import pathlib
import re
import sys
import time
import unittest

from real import PATIENCE_S, RealPage

ROW = "#machines tr[data-machine=desk]"
LABELS = "h1 + .vs-labels"
MOST_TABS = 20
PICTURE_S = 50
FACTOR = 5   # between what is shown of a second and the mean of some
BOOSTS = "return [...document.querySelectorAll('#live .vs-spark-boosts')].map(e => [e.getAttribute('aria-label'), " \
         "(e.querySelector('polyline') || e).getAttribute('points')])"
# Threads are looked up once: a look that takes long would miss the phase.
WEIGHS_LESS = "idle=$(tid_of_vcpu desk 0) busy=$(tid_of_vcpu desk 1); weighs_less() { [ $(nice_of $idle) = 0 ] && [ $(nice_of $busy) = 5 ]; }; " \
              "until_true weighs_less"
LANES = "return [...document.querySelectorAll('#timeline .vs-lane')].map(l => l.querySelectorAll('.vs-lane-background').length > 0)"


class Real(unittest.TestCase):
    """One host for all; each test takes back what it changes."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.page = RealPage()
        cls.addClassCleanup(cls.page.close)
        cls.browser = cls.page.browser

    def setUp(self):
        self.page.visit()
        self.before = self.page.run("/mnt/lab/real-host state")

    def tearDown(self):
        """Nothing in the console, nothing that did not load."""
        self.assertEqual([entry["message"] for entry in self.browser.log()], [])

    def to_the_machine(self):
        self.browser.click(ROW + " a")
        self.browser.wait_text("h1", "desk")

    def tab_to(self, name, key="Tab"):
        """By the keyboard, from where it is."""
        for _ in range(MOST_TABS):
            if self.browser.run("return document.activeElement.id") == name:
                return
            self.browser.press(key)
        self.fail(f"{name} is not within {MOST_TABS} times {key}")

    def counted(self):
        """Boosts of each vCPU so far, as the module counts them, and its thread."""
        vcpus = json.loads(self.page.run("virt-sched stats desk --json"))["vcpus"]
        return {row["vcpu"]: (row["tid"], row["boosts.wake"] + row["boosts.kick"]) for row in vcpus if "vcpu" in row}

    def as_before(self):
        self.assertEqual(self.page.run("/mnt/lab/real-host state"), self.before)

    def test_the_domain_that_runs_is_there_with_nothing_on(self):
        self.browser.wait_text(ROW, "Running", "Nothing is on")
        self.browser.wait_text("#host", "qemu:///system")
        self.assertEqual(self.counted(), {})

    def test_boost_by_the_mouse(self):
        self.to_the_machine()
        self.browser.click("label[for=boost]")
        self.browser.wait_text(LABELS, "Running", "In force")
        self.page.run("armed desk")
        threads = set(self.page.run("vcpus_of desk").split())
        first, since = self.counted(), time.monotonic()
        self.assertEqual({str(tid) for tid, _ in first.values()}, threads)
        before = self.until_both(lambda vcpu, rate, points: rate > 0, "boosts in the picture")
        after = self.until_both(lambda vcpu, rate, points: points != before[vcpu][1], "another picture")
        last, seconds = self.counted(), time.monotonic() - since
        for vcpu, (_, boosts) in first.items():
            # The picture has the last second, the module's figure is of all the time since.
            rate = (last[vcpu][1] - boosts) / seconds
            self.assertTrue(rate / FACTOR < after[vcpu][0] < rate * FACTOR, f"vCPU {vcpu}: {rate} boosts a second, shown: {after}")

        self.browser.wait_text("#undo-rows", "boost.state")
        self.browser.click("#undo")
        self.browser.wait_text(LABELS, "Nothing is on")
        self.as_before()
        self.assertEqual(self.counted(), {})

    def until_both(self, holds, what):
        """Until it holds of both vCPUs' pictures of boosts; answers {vcpu: (rate, points)}."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            words = [(re.search(r"of vCPU (\d+) .* now (\d+) a second", label or ""), points) for label, points in self.browser.run(BOOSTS)]
            seen = {int(match[1]): (int(match[2]), points) for match, points in words if match}
            if sorted(seen) == [0, 1] and all(holds(vcpu, *drawn) for vcpu, drawn in seen.items()):
                return seen
            self.assertLess(time.monotonic(), deadline, f"not there: {what}: {seen}")
            time.sleep(0.2)

    def test_phase_by_the_keyboard(self):
        self.page.run("vs-guest desk -- 'taskset -c 1 vs-load hog 1 >/dev/null 2>&1 &'")
        self.browser.run("document.querySelector('#filter').focus()")
        self.browser.press("Tab", "Enter")
        self.browser.wait("return document.activeElement.tagName === 'H1'", what="the machine's heading has the keyboard")
        self.tab_to("interactive")
        self.browser.press("Space")
        self.browser.wait_text(LABELS, "In force")
        self.browser.wait_text("#phase-state", "No phase is on", "Phases so far: 0")

        self.tab_to("phase-toggle")
        # A phase is short: what is to be seen in the host is looked for from before it on.
        weights = self.page.begin(WEIGHS_LESS)
        self.browser.press("Enter")
        self.browser.wait_text("#phase-state", "A phase is on")
        self.browser.wait_text("#phase tbody", "Background")
        self.page.finish(weights)
        self.browser.wait_text("#phase-state", "No phase is on", "Phases so far: 1")
        self.browser.wait_text("#timeline", "The last phase")
        self.assertEqual(self.browser.run(LANES), [False, True])
        self.page.run("no_nice desk")

        self.tab_to("undo", "Shift+Tab")
        self.browser.press("Enter")
        self.browser.wait_text(LABELS, "Nothing is on")
        self.as_before()


def pictures(folder):
    """The machine's page, light and dark: a profile, a minute of live picture, a phase that a key in the guest has begun."""
    page = RealPage()
    browser = page.browser
    try:
        page.visit()
        page.run("virt-sched set desk profile=desktop --live --config; vs-guest desk -- 'taskset -c 1 vs-load hog 1 >/dev/null 2>&1 &'")
        browser.click(ROW + " a")
        browser.wait_text(LABELS, "In force")
        time.sleep(PICTURE_S)
        page.run("virsh -q send-key desk KEY_A")
        browser.wait_text("#phase-state", "A phase is on")
        browser.wait_text("#phase-state", "No phase is on")
        browser.wait_text("#timeline", "The last phase")
        time.sleep(3)
        browser.size(1280, browser.run("return document.querySelector('#phase').getBoundingClientRect().bottom + scrollY + 16 | 0"))
        browser.picture(folder / "cockpit-light.png")
        browser.run("document.documentElement.classList.add('pf-v6-theme-dark')")
        time.sleep(1)
        browser.picture(folder / "cockpit-dark.png")
        page.run("virt-sched unset desk --all-settings --live --config")
    finally:
        page.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--pictures"]:
        pictures(pathlib.Path(sys.argv[2]))
    else:
        unittest.main()
