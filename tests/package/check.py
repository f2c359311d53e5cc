#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Debian packages as files: built by packaging/build, lintian clean, with the contents that README and code rely on, and
both modules built by DKMS from what the packages hold. Run by tests/run-tests (tier package); check.py OUT.

Installs nothing: DKMS works on trees under OUT. What the packages do to a host is tests/package/run, in the lab.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "build/deb"
# Files by package; {version} is meson.build's. Each is something that another part of the project names.
WANTED = {
    "virtsched": """/usr/bin/virt-sched /usr/libexec/virtschedd /usr/libexec/virtsched/50-virtsched /etc/virtsched/virtschedd.conf
        /lib/systemd/system/virtschedd.service /usr/lib/tmpfiles.d/virtsched.conf /usr/share/dbus-1/system.d/org.virtsched1.conf
        /usr/share/dbus-1/system-services/org.virtsched1.service /usr/share/dbus-1/interfaces/org.virtsched1.xml
        /usr/share/polkit-1/actions/org.virtsched1.policy /usr/share/virtsched/schemas/virtsched.rng
        /usr/share/bash-completion/completions/virt-sched /usr/share/man/man1/virt-sched.1.gz /usr/share/man/man8/virtschedd.8.gz
        /usr/share/man/man5/virtschedd.conf.5.gz /usr/share/virtsched/profiles.d/desktop.conf
        /lib/systemd/system/virtsched-metrics.service /lib/systemd/system/virtsched-metrics.timer
        /usr/share/zsh/site-functions/_virt-sched /usr/share/fish/vendor_completions.d/virt-sched.fish""",
    "virtsched-dkms": """/usr/src/virtsched-{version}/dkms.conf /usr/src/virtsched-{version}/VERSION /usr/src/virtsched-{version}/Kbuild
        /usr/src/virtsched-{version}/vs_main.c /usr/src/virtsched-{version}/uapi/virtsched.h /usr/lib/modules-load.d/virtsched.conf
        /usr/share/virtsched-dkms/debian-module /usr/share/doc/virtsched-dkms/README.md""",
    "virtsched-guest-dkms": """/usr/src/virtsched-guest-{version}/dkms.conf /usr/src/virtsched-guest-{version}/guest/kmod/VERSION
        /usr/src/virtsched-guest-{version}/guest/kmod/vsg_main.c /usr/src/virtsched-guest-{version}/kmod/uapi/virtsched-page.h""",
    "virtsched-guest": """/usr/sbin/virtsched-guest /lib/systemd/system/virtsched-guest.service /usr/share/man/man8/virtsched-guest.8.gz
        /lib/udev/rules.d/60-virtsched-guest.rules /usr/share/doc/virtsched-guest/README.md.gz""",
}
PAGE = {"cockpit-virtsched": """/usr/share/cockpit/virtsched/manifest.json /usr/share/cockpit/virtsched/index.html
    /usr/share/cockpit/virtsched/virtsched.js /usr/share/cockpit/virtsched/patternfly.css"""}
CONFFILES = {"virtsched": ["/etc/virtsched/virtschedd.conf"], "virtsched-dkms": [], "virtsched-guest-dkms": [], "virtsched-guest": []}
MODULES = {"virtsched-dkms": ("virtsched", "virtsched.ko"), "virtsched-guest-dkms": ("virtsched-guest", "virtsched_guest.ko")}
# A command in a view of this machine in which a package is installed: FOLDER PACKAGE COMMAND...; nothing of it stays.
INSTALLED = """set -eu; mkdir -p "$1/view"; dpkg-deb -x "$2" "$1/view"; mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=$1/view/usr:/usr" /usr; shift 2; exec "$@" """


def run(*argv):
    done = subprocess.run([str(word) for word in argv], capture_output=True, text=True, check=False, cwd=ROOT)
    return done.returncode, done.stdout + done.stderr


def version():
    return re.search(r"^  version: '([^']+)'", (ROOT / "meson.build").read_text(encoding="utf-8"), re.M).group(1)


def deb(package):
    found = list(OUT.glob(f"{package}_*.deb"))
    assert len(found) == 1, f"{package}: {found}"
    return found[0]


def kernels():
    """Kernels whose headers are here, newest last."""
    return sorted(path.parent.name for path in pathlib.Path("/lib/modules").glob("*/build") if (path / "include").is_dir())


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        status, said = run(ROOT / "packaging/build", OUT)
        assert status == 0, said
        cls.without_page = "".join(re.findall(r"^# (without cockpit-virtsched: .*)", said, re.M))
        cls.wanted = {**WANTED, **({} if cls.without_page else PAGE)}

    def test_page(self):
        self.assertEqual(bool(list(OUT.glob("cockpit-virtsched_*.deb"))), not self.without_page)
        if self.without_page:
            print(f"skip: {self.without_page}")
            self.skipTest(self.without_page)

    def test_lintian_is_content(self):
        changes = next(OUT.glob("*.changes"))
        status, said = run("lintian", "--allow-root", "--display-info", "--tag-display-limit", "0", "--fail-on", "error,warning,info",
                           changes)
        self.assertEqual((status, said), (0, ""))

    def test_contents(self):
        for package, wanted in self.wanted.items():
            _status, listing = run("dpkg-deb", "-c", deb(package))
            files = {line.split(None, 5)[5].lstrip(".") for line in listing.splitlines()}
            for path in wanted.format(version=version()).split():
                # units are where the suite's debhelper puts them
                self.assertTrue(path in files or "/usr" + path in files, f"{package} has no {path}")
            self.assertFalse([path for path in files if "/build/" in path or path.endswith((".o", ".ko"))])

    def test_the_hook_is_no_configuration_file(self):
        for package, wanted in CONFFILES.items():
            status, said = run("dpkg-deb", "-I", deb(package), "conffiles")
            self.assertEqual(said.split() if status == 0 else [], wanted, package)

    def test_the_guests_agent_starts_from_where_it_is(self):
        _status, unit = run("sh", "-c", 'dpkg-deb --fsys-tarfile "$0" | tar -xO --wildcards "*/virtsched-guest.service"', deb("virtsched-guest"))
        self.assertEqual(set(re.findall(r"^Exec\w+=(\S+)", unit, re.M)), {"/usr/sbin/virtsched-guest"})
        # debhelper's words for "enabled only if the admin had it enabled before"
        self.assertIn("debian-installed 'virtsched-guest.service'", run("dpkg-deb", "-I", deb("virtsched-guest"), "postinst")[1])

    def test_what_autopkgtest_runs(self):
        """Some of each; all of them by hand: docs/TESTING.md."""
        for script, names in (("golden", ("absent", "set", "why", "complete", "xml")), ("bus", ("test_interface",))):
            status, said = run("unshare", "-m", "sh", "-c", INSTALLED, "sh", OUT, deb("virtsched"),
                               ROOT / "packaging/debian/tests" / script, *names)
            self.assertEqual((status, said.splitlines()[-1:]), (0, [f"{len(names)} passed, 0 failed"]), said)
        stanzas = (ROOT / "packaging/debian/tests/control").read_text(encoding="utf-8")
        scripts = {path.name for path in (ROOT / "packaging/debian/tests").iterdir()} - {"control"}
        self.assertEqual(set(re.findall(r"^Tests: (\S+)$", stanzas, re.M)), scripts)

    def test_version_is_the_projects(self):
        for package in self.wanted:
            self.assertEqual(run("dpkg-deb", "-f", deb(package), "Version")[1].strip(), version())

    def test_scripts_are_plain_sh(self):
        for package in self.wanted:
            folder = OUT / "control" / package
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            run("dpkg-deb", "-e", deb(package), folder)
            for script in ("postinst", "prerm", "postrm"):
                if (folder / script).exists():
                    self.assertEqual(run("sh", "-n", folder / script), (0, ""), f"{package} {script}")

    def test_dkms_builds_both_modules(self):
        kernel = (kernels() or [None])[-1]
        self.assertIsNotNone(kernel, "no headers of any kernel in /lib/modules/*/build; install linux-headers-amd64")
        for package, (name, module) in MODULES.items():
            tree, unpacked = OUT / "dkms", OUT / "unpacked"
            for folder in (tree, unpacked):
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
            run("dpkg-deb", "-x", deb(package), unpacked)
            words = ("-m", name, "-v", version(), "-k", kernel, "--dkmstree", tree, "--sourcetree", unpacked / "usr/src")
            for verb in ("add", "build"):
                status, said = run("dkms", verb, *(words if verb == "build" else words[:4] + words[6:]))
                self.assertEqual(status, 0, said)
            built = list(tree.glob(f"{name}/{version()}/{kernel}/*/module/{module}*"))
            self.assertEqual(len(built), 1, built)
            self.assertEqual(run("modinfo", "-F", "version", built[0])[1].strip(), version())


if __name__ == "__main__":
    if len(sys.argv) > 1:
        OUT = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
