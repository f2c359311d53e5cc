# SPDX-License-Identifier: LGPL-2.1-or-later
"""The lab as an object, for lab/run, lab/bench/*.py and tests: prepare suites, run commands in level-1 hosts.

    from vslab.api import Lab
    result = Lab().exec(["virsh", "list"], suite="trixie", deterministic=True)
    result.status, result.out, result.err, result.dmesg, result.splats, result.virtual_seconds

Command-line talk belongs in cli.py, machine options in machine.py.
"""
import dataclasses
import os
import shutil
import time

from vslab import cache, emulator, guests, image, install, job, machine, packages, progress, roots, suites, verdict
from vslab.errors import EXIT_LAB, EXIT_VERDICT, LabError

RUNS_KEPT = 24
MEMORY = 3072   # MiB


@dataclasses.dataclass
class Result:
    """What a run left. out, err and logs are text; folder keeps the raw files until newer runs push it out."""
    status: int              # of the command
    out: str
    err: str
    dmesg: str
    journal: str
    console: str
    splats: list             # lines of the level-1 kernel that fail the run
    virtual_seconds: float   # the command's own, on the level-1 clock
    real_seconds: float      # from power-on to power-off
    accelerator: str         # "tcg icount", "tcg" or "kvm"
    folder: str

    @property
    def exit_status(self):
        """What lab/run exec exits with: the command's status, or 70 when the kernel complained."""
        return EXIT_VERDICT if self.splats else self.status


@dataclasses.dataclass
class Prepared:
    """Everything that a level-1 host of one suite boots."""
    root: roots.Root
    image: str
    trees: list


class Lab:
    """One user of the lab. Cheap to make; caches are on disk and shared."""

    default_suite = suites.DEFAULT
    suite_names = tuple(suites.SUITES)
    cache_folder = cache.ROOT
    project = cache.PROJECT

    def __init__(self):
        self._prepared = {}

    @staticmethod
    def say(text):
        """A line of progress on stderr."""
        progress.say(text)

    def prepare(self, suite=suites.DEFAULT):
        """Make or find everything for SUITE; seconds when nothing changed."""
        if suite not in self._prepared:
            packages.install(packages.HOST)
            emulator.folder()
            with cache.lock(f"suite-{suite}"):
                root = roots.get(suite)
                made = image.get(root)
                trees = [install.get(root, made), guests.get(root)]
            self._prepared[suite] = Prepared(root, made, trees)
        return self._prepared[suite]

    def exec(self, command, suite=suites.DEFAULT, deterministic=False, cpus=None, memory=MEMORY, timeout=900, mount=None,
             env=None, stream=False, name=None, socket=None):
        """Run COMMAND (a list of words) as root in a fresh level-1 host with virtsched installed.

        deterministic: instruction-counted virtual time. cpus: 1 there, 2 otherwise, unless given. memory: MiB. timeout: real
        seconds from power-on. mount: folder that is /mnt/lab there and comes back changed. stream: pass output on as it comes.
        socket: path of a Unix socket to make, whose other end is /dev/virtio-ports/vs.socket there; not when deterministic.
        Raises LabError when the host does not get to the end; a failing command or kernel is a Result.
        """
        if socket and deterministic:
            raise LabError("run with a socket: what comes through it keeps another clock, so not with --deterministic", 2)
        ready = self.prepare(suite)
        kvm = not deterministic and machine.can_nest()
        accelerator = "kvm" if kvm else "tcg icount" if deterministic else "tcg"
        cpus = cpus or (1 if deterministic else 2)
        what = f"{name or os.path.basename(command[0])} on {suite} ({accelerator}, {cpus} CPU{'s' * (cpus > 1)})"
        folder = _run_folder()
        mount = os.path.abspath(mount) if mount else None
        host = machine.Machine(emulator.folder(), ready.image, os.path.join(folder, "job"), os.path.join(folder, "result"),
                               folder, cpus, memory, deterministic, kvm, socket=socket or "")
        job.write(host.job, ready.trees, command, env or {}, mount)
        job.empty_result(host.result)
        progress.say(f"level 1: {what}")
        begin = time.monotonic()
        try:
            host.run(timeout, stream, what)
            real = time.monotonic() - begin
            if not job.read(host.result, folder, mount):
                raise LabError(f"run {what}: powered off without results\n{host.console_tail()}", EXIT_LAB)
        finally:
            for path in (host.job, host.result):
                os.unlink(path)
        result = _result(folder, real, accelerator)
        progress.say(f"level 1: {what}: status {result.status}, {result.virtual_seconds:.1f} s on its clock, {real:.0f} s here")
        return result

    def shell(self, suite=suites.DEFAULT, cpus=2, memory=MEMORY, mount=None):
        """A level-1 host with its console on this terminal; ends when its shell does."""
        ready = self.prepare(suite)
        folder = _run_folder()
        host = machine.Machine(emulator.folder(), ready.image, os.path.join(folder, "job"), os.path.join(folder, "result"),
                               folder, cpus, memory, False, machine.can_nest(), terminal=True)
        tty = "exec setsid -c bash -i </dev/ttyS0 >/dev/ttyS0 2>&1"
        mount = os.path.abspath(mount) if mount else None
        job.write(host.job, ready.trees, ["sh", "-c", tty], {"TERM": os.environ.get("TERM", "vt100")}, mount)
        job.empty_result(host.result)
        host.run(7 * 86400, False, f"shell on {suite}")
        job.read(host.result, folder, mount)


def _run_folder():
    """A new folder for one run; the oldest ones go."""
    runs = cache.path("runs")
    os.makedirs(runs, exist_ok=True)
    with cache.lock("runs"):
        old = sorted(os.listdir(runs))[:-RUNS_KEPT]
        for name in old:
            shutil.rmtree(os.path.join(runs, name), ignore_errors=True)
        folder = os.path.join(runs, f"{time.time_ns():020d}-{os.getpid()}")
        os.makedirs(folder)
    return folder


def _text(folder, name):
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        return ""
    with open(path, "rb") as source:
        return source.read().decode(errors="replace")


def _result(folder, real, accelerator):
    dmesg, console = _text(folder, "dmesg"), _text(folder, "console")
    return Result(status=int(_text(folder, "status")), out=_text(folder, "out"), err=_text(folder, "err"), dmesg=dmesg,
                  journal=_text(folder, "journal"), console=console, splats=verdict.splats(dmesg, console),
                  virtual_seconds=float(_text(folder, "ended")) - float(_text(folder, "started")), real_seconds=real,
                  accelerator=accelerator, folder=folder)
