#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The ways to many hosts, run for real on one: the Ansible role against the daemon (check, change, again), KubeVirt's hook and
Terraform's XSLT on a domain, each twice."""
import json
import os
import pathlib
import re
import subprocess
import unittest

from harness import BOTH, CONFIG, Case, domain_xml, element_xml, privatebus

privatebus.skip_without(["ansible-playbook", "xsltproc"], [])
ROOT = pathlib.Path(__file__).resolve().parents[2]
ROLES = ROOT / "packaging/ansible/roles"
HOOK = ROOT / "packaging/kubevirt/onDefineDomain"
XSLT = ROOT / "packaging/terraform/virtsched.xsl"
PLAIN = (ROOT / "tests/cli/xml/plain.xml").read_text(encoding="utf-8")
DESK, BUILD, OLD = 1, 2, 3
DOMAINS = [domain_xml(DESK, "desk-1"), domain_xml(BUILD, "build-1"),
           domain_xml(OLD, "old", element_xml("<virtsched:boost state='on'/>"), running=False)]
PLAY = """
- hosts: localhost
  connection: local
  gather_facts: false
  roles:
    - role: virtsched
      virtsched_conf_dir: {conf}
      virtsched_conf:
        ceiling: {{max_share: 25}}
        rule desks: {{name: desk-*, profile: desktop}}
      virtsched_profiles:
        desktop: {{boost.state: true, boost.class: nice, boost.budget.share: 30}}
      virtsched_domains:
        build-*: {{boost.state: true, boost.budget.share: 15}}
        old: {{}}
        elsewhere: {{profile: desktop}}
"""


class Ansible(Case):
    def play(self, *options):
        """(changed, failed, output) of one run."""
        playbook = self.root / "play.yml"
        playbook.write_text(PLAY.format(conf=self.root / "etc/virtsched"), encoding="utf-8")
        env = {**self.env, "ANSIBLE_ROLES_PATH": str(ROLES), "ANSIBLE_LOCAL_TEMP": str(self.root / "tmp"), "VIRTSCHED_BUS": "session",
               "ANSIBLE_REMOTE_TEMP": str(self.root / "tmp"), "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3", "ANSIBLE_NOCOLOR": "1",
               "ANSIBLE_PIPELINING": "1", "ANSIBLE_LOCALHOST_WARNING": "false",
               "PATH": f"{pathlib.Path(os.environ['VIRT_SCHED']).parent}:{self.env['PATH']}"}
        done = subprocess.run(["ansible-playbook", "-i", "localhost,", *options, str(playbook)], env=env, capture_output=True, text=True,
                              check=False, stdin=subprocess.DEVNULL)
        said = done.stdout + done.stderr
        found = re.search(r"changed=(\d+) .*failed=(\d+)", said)
        self.assertIsNotNone(found, said)
        return int(found.group(1)), int(found.group(2)), said

    def state(self):
        return [self.caller.settings(number, CONFIG) for number in (DESK, BUILD, OLD)], self.caller.get(DESK, "Rule")

    def test_check_change_again_absent(self):
        self.host_file("/etc/virtsched/virtschedd.conf", "")
        (self.root / "etc/virtsched/virtschedd.conf.d").mkdir()
        (self.root / "etc/virtsched/profiles.d").mkdir()
        self.start(domains=DOMAINS)
        before = self.state()
        changed, failed, said = self.play("--check", "--diff")
        self.assertEqual((changed > 0, failed), (True, 0), said)
        self.assertIn("max_share=25", said)
        self.assertIn("build-1", said)
        self.assertEqual(self.state(), before)
        self.assertEqual(list((self.root / "etc/virtsched/virtschedd.conf.d").iterdir()), [])

        changed, failed, said = self.play()
        self.assertEqual((changed, failed), (4, 0), said)   # conf, profile, reload, domains
        self.assertEqual(self.state(), ([{}, {"boost.state": True, "boost.budget.share": 15}, {}], "desks"))
        applied = self.caller.get(DESK, "Applied")
        self.assertEqual((applied["boost.class"], applied["boost.budget.share"]), ("nice", 25))

        changed, failed, said = self.play("--diff")
        self.assertEqual((changed, failed), (0, 0), said)
        self.caller.set(BUILD, {}, unset=["*"], flags=BOTH)
        changed, failed, said = self.play()
        self.assertEqual((changed, failed), (1, 0), said)

        changed, failed, said = self.play("-e", "virtsched_state=absent")
        self.assertEqual((changed, failed), (3, 0), said)   # domains, files, reload
        self.assertEqual(self.state(), ([{}, {}, {}], ""))


class Filters(unittest.TestCase):
    def hook(self, annotations, domain, command=os.environ["VIRT_SCHED"]):
        vmi = annotations if isinstance(annotations, str) else json.dumps({"metadata": {"annotations": annotations}})
        done = subprocess.run([HOOK, "--vmi", vmi, "--domain", domain], env={**os.environ, "VIRT_SCHED": command}, capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout, done.stderr

    def test_kubevirt_hook_twice(self):
        wish = {"virtsched.org/settings": "profile=desktop boost.budget.share=30"}
        once, _said = self.hook(wish, PLAIN)
        self.assertIn('profile="desktop"', once)
        self.assertIn('share="30"', once)
        self.assertEqual(self.hook(wish, once)[0], once)

    def test_kubevirt_hook_never_keeps_a_vm_from_starting(self):
        for annotations, command, word in (({}, "x", ""), (None, "x", ""), ("no json", "x", "virtsched"),
                                           ({"virtsched.org/settings": "profile=gaming"}, os.environ["VIRT_SCHED"], "desktop"),
                                           ({"virtsched.org/settings": "profile=desktop"}, "/no/such", "no/such")):
            out, said = self.hook(annotations, PLAIN, command)
            self.assertEqual(out, PLAIN)
            self.assertIn(word, said)

    def transform(self, text, *options):
        return subprocess.run(["xsltproc", *options, str(XSLT), "-"], input=text, capture_output=True, text=True, check=True).stdout

    def test_terraform_xslt_twice(self):
        for text in (PLAIN, PLAIN.replace("<vcpu>", "<metadata><a:x xmlns:a='urn:a'/></metadata><vcpu>")):
            once = self.transform(text, "--stringparam", "profile", "audio")
            self.assertIn('profile="audio"', once)
            self.assertEqual(self.transform(once), once)
            valid = subprocess.run([os.environ["VIRT_SCHED"], "validate", "-"], input=once, capture_output=True, text=True, check=False)
            self.assertEqual((valid.returncode, valid.stdout), (0, "stdin: valid\n"), valid.stderr)


if __name__ == "__main__":
    unittest.main()
