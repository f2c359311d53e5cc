# SPDX-License-Identifier: LGPL-2.1-or-later
"""Starts a level-1 host, watches it, ends it. The only file that runs QEMU.

No device of the machine works behind the CPU's back: images are NVDIMMs (memory), output ports are files, written by the
CPU's own thread (no ioeventfd). That is what makes `-icount` runs identical. Knows nothing of suites or of what the job
is; api.py puts things together.
"""
import dataclasses
import os
import subprocess
import sys
import time

from vslab import progress
from vslab.errors import EXIT_LAB, EXIT_TIMEOUT, LabError
from vslab.command import tail

# Later than every file of the images, earlier than 2038: nothing in level 1 sees a clock that stands before a time stamp.
CLOCK = "2030-01-01T00:00:00"
KERNEL_LINE = ("console=ttyS0,115200 nokaslr norandmaps tsc=reliable no_timer_check panic=-1 loglevel=7 log_buf_len=4M "
               "cryptomgr.notests systemd.show_status=0 audit=0")
CONSOLE_TAIL = 40
POLL = 0.05


@dataclasses.dataclass
class Machine:
    """One level-1 host: paths of what it boots, and how."""
    emulator: str        # folder of emulator.py, or "" for the system's QEMU (hardware virtualisation)
    image: str           # folder of image.py; read only
    job: str             # file of job.write
    result: str          # file of job.empty_result; written by the host
    folder: str          # console, out and err go here
    cpus: int
    memory: int          # MiB
    deterministic: bool
    kvm: bool
    terminal: bool = False   # the console is this process's terminal
    socket: str = ""         # path of a Unix socket to listen at, whose other end is a port of the host

    @property
    def console(self):
        return os.path.join(self.folder, "console")

    def _memory(self, name, path, options):
        size = os.path.getsize(path)
        return ["-object", f"memory-backend-file,id={name},mem-path={path},size={size},{options}",
                "-device", f"nvdimm,id=nv-{name},memdev={name}"]

    def _port(self, name):
        return ["-chardev", f"file,id={name},path={os.path.join(self.folder, name)}", *self._plug(name)]

    @staticmethod
    def _plug(name):
        return ["-device", f"virtserialport,bus=ports.0,chardev={name},name=vs.{name}"]

    def argv(self):
        private = "share=off,readonly=on,rom=off"   # writes go to a private copy, the file is never changed
        total = self.memory + 16384
        line = [os.path.join(self.emulator, "qemu-system-x86_64"), "-L", os.path.join(self.emulator, "firmware"),
                "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-monitor", "none",
                "-machine", "pc,nvdimm=on,usb=off,vmport=off", "-smp", str(self.cpus),
                "-m", f"{self.memory}M,slots=4,maxmem={total}M",
                "-kernel", os.path.join(self.image, "vmlinux"), "-initrd", os.path.join(self.image, "initramfs"),
                "-append", KERNEL_LINE, "-rtc", f"base={CLOCK},clock=vm", "-seed", "1"]
        line += ["-accel", "kvm", "-cpu", "host"] if self.kvm else \
                ["-accel", "tcg,thread=single", "-cpu", "EPYC,+svm,+npt"]
        if self.deterministic:
            line += ["-icount", "shift=0,sleep=off"]
        line += self._memory("root", os.path.join(self.image, "root.ext4"), private)
        line += self._memory("job", self.job, private)
        line += self._memory("result", self.result, "share=on")
        line += ["-chardev", "stdio,id=console,signal=off" if self.terminal else f"file,id=console,path={self.console}",
                 "-serial", "chardev:console", "-device", "virtio-serial-pci,id=ports,ioeventfd=off"]
        line += self._port("out") + self._port("err")
        if self.socket:
            line += ["-chardev", f"socket,id=socket,path={self.socket},server=on,wait=off", *self._plug("socket")]
        return line

    def run(self, timeout, stream, what):
        """Boot and wait for power-off. stream: pass the job's output on while it comes. LabError after TIMEOUT seconds."""
        with open(os.path.join(self.folder, "qemu.log"), "wb") as log:
            process = subprocess.Popen(self.argv(), stdin=None if self.terminal else subprocess.DEVNULL,
                                       stdout=None if self.terminal else log, stderr=log)
        try:
            self._watch(process, time.monotonic() + timeout, timeout, stream, what)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
        if process.returncode != 0:
            raise LabError(f"run {what}: the emulator exited with status {process.returncode}: "
                           f"{tail(os.path.join(self.folder, 'qemu.log'), 5)}\n{self.console_tail()}", EXIT_LAB)

    def _watch(self, process, end, timeout, stream, what):
        begin = spoke = time.monotonic()
        taps = [Tap(os.path.join(self.folder, "out"), sys.stdout), Tap(os.path.join(self.folder, "err"), sys.stderr)]
        running = True
        while running:
            try:
                process.wait(POLL)
                running = False
            except subprocess.TimeoutExpired:
                pass
            now = time.monotonic()
            if stream and any([tap.forward() for tap in taps]):
                spoke = now
            if now - spoke > progress.SILENCE_MAX and not self.terminal:
                progress.say(f"... {what}: {now - begin:.0f} s ({self._last_console_line()})")
                spoke = now
            if running and now > end:
                raise LabError(f"run {what}: ended after {timeout} s without power-off\n{self.console_tail()}", EXIT_TIMEOUT)

    def _last_console_line(self):
        try:
            return tail(self.console, 1).strip()[:100]
        except OSError:
            return "no output yet"

    def console_tail(self):
        if self.terminal:
            return ""
        try:
            return f"console {self.console}, its end:\n{tail(self.console, CONSOLE_TAIL)}"
        except OSError:
            return "the console is empty"


class Tap:
    """Copies what is appended to a file to a stream."""

    def __init__(self, path, stream):
        self.path, self.stream, self.position = path, stream.buffer, 0

    def forward(self):
        if not os.path.exists(self.path) or os.path.getsize(self.path) == self.position:
            return False
        with open(self.path, "rb") as source:
            source.seek(self.position)
            data = source.read()
        self.position += len(data)
        self.stream.write(data)
        self.stream.flush()
        return bool(data)


def _first_line(path):
    try:
        with open(path, encoding="ascii", errors="replace") as source:
            return source.readline().strip()
    except OSError:
        return ""


def can_nest():
    """Whether a KVM guest of this machine would have svm or vmx itself."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as source:
        flags = set(source.read().split())
    return any(flag in flags and _first_line(f"/sys/module/{module}/parameters/nested") in ("1", "Y")
               for flag, module in (("vmx", "kvm_intel"), ("svm", "kvm_amd")))
