#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Cockpit page in a real Chromium against the real virtschedd: what it shows, what it changes, and for whom.

Called by tests/run-tests (tier cockpit).
"""
import time
import unittest

from page import Page
from harness import CONFIG, LIVE, uuid_of

DESK1, DESK2, WEB, BUILD, STUDIO, OLD = range(1, 7)
SERIOUS = ("serious", "critical")
AXE = """const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ['violations']}).then(found => done(found.violations.filter(
    rule => arguments[0].includes(rule.impact)).map(rule => `${rule.id}: ${rule.help}: ${rule.nodes.map(n => n.html).join(' ')}`)));"""


def machine(number):
    return f"machine/{uuid_of(number)}"


def row_of(name):
    return f"#machines tr[data-machine='{name}']"


class PageCase(unittest.TestCase):
    """One page for all; each test undoes nothing and uses a machine of its own where it changes something."""

    maxDiff = None
    jobs = False

    @classmethod
    def setUpClass(cls):
        cls.page = cls.enterClassContext(Page(jobs=cls.jobs))
        cls.browser, cls.caller = cls.page.browser, cls.page.caller

    def tearDown(self):
        """Nothing in the console, nothing that the content security policy stopped, nothing that did not load."""
        self.assertEqual([entry["message"] for entry in self.browser.log()], [])

    def until(self, get, expected, what):
        deadline = time.monotonic() + 20
        while get() != expected:
            self.assertLess(time.monotonic(), deadline, f"{what}: {get()!r}, not {expected!r}")
            time.sleep(0.05)

    def accessible(self):
        self.browser.run((self.page.modules / "axe-core/axe.min.js").read_text(encoding="utf-8") + "\nwindow.axe = axe;")
        self.assertEqual(self.browser.run_async(AXE, SERIOUS), [])


class Shown(PageCase):
    def test_list(self):
        self.page.visit()
        names = self.browser.wait("const r = [...document.querySelectorAll('#machines tbody tr')].map(r => r.dataset.machine);"
                                  "return r.length === 6 && r", what="six machines")
        self.assertEqual(names, ["build-farm", "desk1", "desk2", "old-copy", "studio", "web1"])
        self.browser.wait_text(row_of("desk1"), "Running", "Desktop", "Boost", "Interactive phases", "In force")
        self.browser.wait_text(row_of("web1"), "Running", "Nothing is on")
        self.browser.wait_text(row_of("studio"), "Shut off", "Audio", "At the next start")

    def test_why_not_in_the_list_and_on_the_machine(self):
        reason = self.caller.get(OLD, "Reasons")[""]
        self.assertIn("maybe", reason)
        self.page.visit()
        self.browser.wait_text(row_of("old-copy"), "Failed", reason)
        self.browser.click(row_of("old-copy") + " a")
        self.browser.wait_text(".vs-alerts", "not in force", reason)

    def test_what_is_in_force_is_said(self):
        self.page.visit(machine(DESK1))
        self.browser.click("#why-all")
        for key, word in (("profile", "desktop"), ("boost.state", "on"), ("boost.priority", "1")):
            self.assertEqual(self.in_force(key), word)
        self.page.visit(machine(WEB))
        self.browser.click("#why-all")
        for key in ("boost.state", "interactive.state", "dirtyQuota.state"):
            self.assertEqual(self.in_force(key), "off")

    def in_force(self, key):
        cell = "[...document.querySelectorAll('#why tbody tr')].find(r => r.querySelector('code').textContent === arguments[0])"
        return self.browser.wait(f"const r = {cell}; return r && r.cells[2].textContent", key, what=f"the row of {key}")

    def test_filter(self):
        self.page.visit()
        self.browser.type("#filter", "DESK")
        self.browser.wait("return document.querySelectorAll('#machines tbody tr').length === 2", what="two machines")

    def test_live_picture_moves(self):
        self.page.visit(machine(DESK1))
        self.browser.wait("const l = document.querySelector('#live .vs-spark-boosts polyline');"
                          "return l && (l.getAttribute('points') || '').split(' ').length >= 2", what="two samples of boosts")
        text = self.browser.wait_text("#live tbody tr", "a second", "%", "1.75 ms")
        self.assertNotIn("undefined", text)
        self.assertEqual(self.browser.run("return document.querySelectorAll('#live tbody tr').length"), 4)
        words = self.browser.run("return document.querySelector('#live .vs-spark-boosted').getAttribute('aria-label')")
        self.assertRegex(words, r"^Boosted time of vCPU 0 over the last minute: now [1-9][\d.]* %")

    def test_host(self):
        self.page.visit()
        self.browser.wait_text("#host", "fake", "test://")
        self.browser.click("#doctor")
        self.browser.wait("return document.querySelectorAll('#host tbody tr').length > 3", what="checks of the host")

    def test_dark(self):
        self.page.visit(machine(DESK1))
        light = self.browser.run("return getComputedStyle(document.body).backgroundColor")
        try:
            self.browser.run("localStorage.setItem('shell:style', 'dark'); window.dispatchEvent(new CustomEvent('cockpit-style'))")
            dark = self.browser.run("return getComputedStyle(document.body).backgroundColor")
            self.page.visit(machine(DESK1))
            self.assertEqual(self.browser.run("return getComputedStyle(document.body).backgroundColor"), dark)
            self.accessible()
        finally:
            self.browser.run("localStorage.removeItem('shell:style')")
        self.assertNotEqual(light, dark)

    def test_accessible(self):
        for place in ("", machine(DESK1), machine(OLD)):
            self.page.visit(place)
            self.accessible()

    def test_no_such_machine(self):
        self.page.visit(machine(99))
        self.browser.wait_text("#main", "This machine is gone")


class Changed(PageCase):
    def boost(self, number):
        return [self.caller.settings(number, copy).get("boost.state") for copy in (LIVE, CONFIG)]

    def test_boost_on_and_undo(self):
        self.page.visit(machine(WEB))
        self.assertEqual(self.boost(WEB), [None, None])
        self.browser.click("label[for=boost]")
        self.until(lambda: self.boost(WEB), [True, True], "boost.state of both copies")
        self.assertIs(self.caller.get(WEB, "Applied")["boost.state"], True)
        self.browser.wait_text("h1 + .vs-labels", "In force")
        self.browser.wait_text("#undo-rows", "boost.state")
        self.browser.click("#undo")
        self.until(lambda: self.boost(WEB), [None, None], "boost.state after undo")
        self.assertEqual(self.caller.get(WEB, "Applied"), {})
        self.browser.wait("return document.querySelector('.vs-undo').hidden", what="nothing left to undo")

    def test_only_the_next_start(self):
        self.page.visit(machine(STUDIO))
        self.browser.wait("return document.querySelector('#when-1').disabled && document.querySelector('#when-2').checked",
                          what="a machine that is shut off has its next start only")
        self.browser.click("label[for=boost]")
        self.until(lambda: self.caller.settings(STUDIO, CONFIG).get("boost.state") is not None, True, "boost.state")

    def test_slider_by_keyboard(self):
        self.page.visit(machine(DESK2))
        self.browser.wait("return document.querySelector('#budget').getAttribute('aria-valuetext') === 'Normal'", what="the budget's word")
        self.browser.run("document.querySelector('#boost').focus()")
        self.browser.press("Tab", "Tab")
        self.assertEqual(self.browser.run("return document.activeElement.id"), "budget")
        self.browser.press("Right")
        self.until(lambda: self.caller.settings(DESK2, LIVE).get("boost.budget.burst"), 5000, "boost.budget.burst")
        self.until(lambda: self.caller.settings(DESK2, CONFIG).get("boost.budget.share"), 40, "boost.budget.share")
        self.browser.wait_text("[data-control=budget]", "5 ms in one go")
        self.assertEqual(self.browser.run("return document.activeElement.id"), "budget")

    def test_to_a_machine_and_switch_by_keyboard(self):
        self.page.visit()
        self.browser.run("document.querySelector('#filter').focus()")
        self.browser.press("Tab")
        self.assertEqual(self.browser.run("return document.activeElement.textContent"), "build-farm")
        self.browser.press("Enter")
        self.browser.wait("return document.activeElement.tagName === 'H1' && document.activeElement.textContent === 'build-farm'",
                          what="the machine's heading has the keyboard")
        before = self.boost(BUILD)
        self.browser.run("document.querySelector('#boost').focus()")
        self.browser.press("Space")
        self.until(lambda: self.boost(BUILD), [True, True], f"boost.state, {before} before")

    def test_phase_begins_and_ends(self):
        self.page.visit(machine(DESK1))
        self.browser.wait_text("#phase-state", "No phase is on")
        self.browser.click("#phase-toggle")
        self.browser.wait_text("#phase-state", "A phase is on")
        self.assertIs(self.caller.domain(DESK1, "GetTasks")[0]["phase"], True)
        self.browser.wait_text("#phase tbody", "Background")
        self.browser.wait_text("#timeline", "This phase", "vCPU 0", "vCPU 3")
        self.browser.wait("return parseFloat(document.querySelector('#timeline .vs-lane-background').getAttribute('width')) > 20",
                          what="some time of background work")
        self.browser.click("#phase-toggle")
        self.browser.wait_text("#phase-state", "No phase is on")
        self.browser.wait_text("#timeline", "The last phase")
        lanes = "return [...document.querySelectorAll('#timeline .vs-lane')].map(l => l.querySelectorAll('.vs-lane-background').length)"
        self.assertEqual(self.browser.run(lanes), [1, 0, 0, 0])
        words = self.browser.run("return document.querySelector('#timeline .vs-lane').getAttribute('aria-label')")
        self.assertRegex(words, r"^vCPU 0: background work, with less weight, for \d+\.\d s of a phase of \d+\.\d s$")
        self.accessible()

    def test_what_others_change_is_seen(self):
        self.page.visit(machine(DESK2))
        self.browser.wait("return document.querySelector('#dirty') && !document.querySelector('#dirty').checked", what="off before")
        self.caller.set(DESK2, {"dirtyQuota.state": True})
        self.browser.wait("return document.querySelector('#dirty').checked", what="on, by somebody else")
        cookie = self.caller.manager("HoldBoost", "(sss)", "desk2", "a meeting", "calendar")
        self.browser.wait_text(".vs-alerts", "calendar holds the boost", "a meeting")
        self.caller.manager("ReleaseBoost", "(u)", cookie)

    def test_refused(self):
        self.page.visit(machine(WEB))
        self.page.authority.decide = lambda question: question.action != "org.virtsched1.change"
        try:
            self.browser.click("label[for=interactive]")
            self.browser.wait_text("#scheduling .vs-error", "Not possible", "org.virtsched1.change", "administrative access")
            self.assertEqual(self.caller.settings(WEB, LIVE), {})
            self.browser.wait("return !document.querySelector('#interactive').checked", what="the switch is as the daemon says")
        finally:
            self.page.authority.decide = lambda question: True


class Moves(PageCase):
    jobs = True

    def test_migration_is_there_while_it_runs(self):
        self.page.visit(machine(DESK1))
        self.browser.wait_text("#phase-state", "phase")
        self.assertTrue(self.browser.run("return document.querySelector('#migration').hidden"))
        self.page.job("desk1", "migration out")
        try:
            self.until(lambda: self.caller.domain(DESK1, "GetMigration")[0]["following"], True, "the daemon follows the job")
            self.browser.wait_text("#migration", "Step", self.caller.domain(DESK1, "GetMigration")[0]["reason"])
        finally:
            self.page.job("desk1", "none")
        self.browser.wait("return document.querySelector('#migration').hidden", what="the card is gone")


class Gone(PageCase):
    def test_daemon_goes_and_comes_back(self):
        self.page.visit()
        self.page.end_daemon()
        self.browser.wait_text("#main", "No scheduling service")
        self.page.start_daemon()
        self.browser.wait_text(row_of("desk1"), "In force")


if __name__ == "__main__":
    unittest.main()
