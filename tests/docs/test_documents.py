#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every command of README.md, the how-tos and the other guides is run by a test: those that need no VM here, line by line,
against the real virtschedd; for the others it is checked that the test that is named really has them.

    test_documents.py VIRT-SCHED VIRTSCHEDD
"""
import contextlib
import os
import pathlib
import select
import signal
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/cli"), str(ROOT / "tests")]
import documents  # noqa: E402
import golden  # noqa: E402
import private_bus  # noqa: E402

DOCUMENTS = ["README.md", "docs/HOWTO.md", "docs/FLEET.md", "docs/PHASES.md", "packaging/README.md", "guest/README.md",
             "cockpit/README.md"]
HOST = pathlib.Path(__file__).resolve().parent / "host.xml"
ELSEWHERE = pathlib.Path(__file__).resolve().parent / "elsewhere"
# They go on until somebody ends them: they have to print something, and no error.
ENDLESS = {"virt-sched top", "virt-sched migration desk1 --watch", "virt-sched migration db1 --watch"}
# Here there is no KVM, and doctor says so.
STATUS = {"virt-sched doctor": 1}
LIMIT_S = 40


def all_blocks(how):
    return [block for path in DOCUMENTS for block in documents.blocks(ROOT, path) if block.how == how]


def elsewhere():
    """command -> (file, text that the file has), of lines "command => file: text"."""
    rows = {}
    for line in ELSEWHERE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            command, place = line.split(" => ", 1)
            rows[command] = place.split(": ", 1)
    return rows


class Daemon(unittest.TestCase):
    """One daemon for each document; its commands in the order in which a reader types them."""

    @contextlib.contextmanager
    def host(self):
        with tempfile.TemporaryDirectory(prefix="virtsched-docs-") as name:
            root = pathlib.Path(name)
            (root / "host").mkdir()
            (root / "bin").mkdir()
            (root / "bin/sleep").write_text("#!/bin/sh\nexit 0\n", encoding="ascii")   # nobody waits for the end of a meeting
            (root / "bin/sleep").chmod(0o755)
            env = golden.environment(PROGRAM, root)
            env["PATH"] = f"{root}/bin:{env['PATH']}"
            with private_bus.running(DAEMON, root, env, {"driver": str(HOST)}):
                yield root, env

    def run_line(self, line, env, where):
        argv = ["/bin/sh", "-c", line]
        if line in ENDLESS:
            self.run_endless(argv, env, f"{where}: {line}")
            return
        done = subprocess.run(argv, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_S, check=False)
        said = f"{where}: {line}\n{done.stdout}{done.stderr}"
        self.assertEqual(done.returncode, STATUS.get(line, 0), said)
        self.assertNotIn("error:", done.stderr, said)
        self.assertNotIn("warning:", done.stderr, said)

    def run_endless(self, argv, env, where):
        """Until it says something, and goes on after that; then Ctrl-C."""
        with tempfile.TemporaryFile("w+") as errors, subprocess.Popen(argv, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                                                      stderr=errors, start_new_session=True) as process:
            try:
                ready, _, _ = select.select([process.stdout], [], [], LIMIT_S)
                said = os.read(process.stdout.fileno(), 65536).decode() if ready else ""
                ended = process.poll()
            finally:
                os.killpg(process.pid, signal.SIGINT)
                process.wait(LIMIT_S)
            errors.seek(0)
            said = f"{where}\n{said}{errors.read()}"
        self.assertTrue(ready and ended is None, said)
        self.assertNotIn("error:", said)
        self.assertNotIn("warning:", said)

    def test_each_command(self):
        ran = 0
        for path in dict.fromkeys(block.document for block in all_blocks("daemon")):
            with self.subTest(document=path), self.host() as (root, env):
                for block in documents.blocks(ROOT, path):
                    if block.how == "file":
                        file = root / "host" / block.argument.lstrip("/")
                        file.parent.mkdir(parents=True, exist_ok=True)
                        file.write_text(block.text, encoding="utf-8")
                    for line in documents.commands(block) if block.how == "daemon" else []:
                        self.run_line(line, env, f"{path}:{block.line}")
                        ran += 1
        self.assertGreater(ran, 20)


class Others(unittest.TestCase):
    def test_vm_cases_have_the_lines(self):
        for block in all_blocks("vm"):
            case = (ROOT / "tests/vm/cases" / block.argument).read_text(encoding="utf-8")
            lines = iter(line.strip() for line in case.splitlines())
            for wanted in documents.commands(block):
                self.assertIn(wanted, lines, f"{block.document}:{block.line}: not in {block.argument}, or in another order")

    def test_elsewhere_is_where_it_says(self):
        rows, used = elsewhere(), set()
        for block in all_blocks("elsewhere"):
            for line in documents.commands(block):
                self.assertIn(line, rows, f"{block.document}:{block.line}: no row in tests/docs/elsewhere")
                used.add(line)
        for command, (file, text) in rows.items():
            self.assertTrue(text, command)
            self.assertIn(command, used, "in tests/docs/elsewhere, but in no document")
            self.assertIn(text, (ROOT / file).read_text(encoding="utf-8"), f"{command}: not in {file}")

    def test_a_new_user_types_what_readme_says(self):
        self.assertIn("lines README.md host ", (ROOT / "tests/package/new-user").read_text(encoding="utf-8"))
        self.assertEqual({block.document for block in all_blocks("host")}, {"README.md"})

    def test_none_is_not_for_new_users(self):
        self.assertEqual([block for block in all_blocks("none") if block.document in ("README.md", "docs/HOWTO.md")], [])

    def test_links_lead_somewhere(self):
        for path in DOCUMENTS:
            for target in documents.links(ROOT, path):
                self.assertTrue(((ROOT / path).parent / target).exists(), f"{path}: {target}")


if __name__ == "__main__":
    PROGRAM, DAEMON = sys.argv[1:3]
    os.environ.setdefault("VIRTSCHED_SCHEMA_DIR", str(ROOT / "xml-schema"))
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
