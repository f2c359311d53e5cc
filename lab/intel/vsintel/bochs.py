# SPDX-License-Identifier: LGPL-2.1-or-later
"""Starts one Bochs machine, follows its serial line and ends it: when the guest powers off, when it takes too long, when it says nothing.

Called by lab/intel/run. It judges nothing; verdict.py does, from the serial log.
"""

import pathlib
import subprocess
import sys
import time

# Model of Bochs, CPU features to hide by their kernel numbers, and what else the kernel line needs.
# 158 and 306: no rdrand, no rdseed, so that virtual time is the same in every run. 321 and 323: Bochs reports a wrong
# size for the compacted XSAVE area. Skylake's TSC cannot be calibrated; it has PML (lab_pml is for host/check).
MODELS = {
    "haswell": ("corei7_haswell_4770", "158,306", ""),
    "skylake": ("corei7_skylake_x", "158,306,321,323", "tsc_early_khz=50000 lab_pml=Y"),
}
IPS = 50_000_000
CMDLINE = ("console=ttyS0,115200 nokaslr norandmaps mitigations=off panic=-1 oops=panic cryptomgr.notests tsc=reliable no_timer_check "
           "ignore_loglevel printk.devkmsg=on")
CONFIG = """\
config_interface: textconfig
display_library: rfb, options="timeout=0"
megs: 512
cpu: model={model}, count=1, ips={ips}, reset_on_triple_fault=0, ignore_bad_msrs=1
clock: sync=none, time0=1600000000
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/vgabios/vgabios.bin
vga: realtime=0
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=cdrom, path={disk}, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev={serial}
sound: driver=dummy
log: {log}
debug: action=ignore
info: action=ignore
error: action=ignore
panic: action=fatal
"""


def kernel_line(model: str, extra: str = "") -> str:
    _name, hidden, more = MODELS[model]
    return " ".join(part for part in (CMDLINE, f"clearcpuid={hidden}", more, extra) if part)


class Machine:
    """One run. `work` holds the machine's files: bochsrc, bochs.log and serial.log stay there afterwards."""

    def __init__(self, work: pathlib.Path, model: str, disk: pathlib.Path):
        self.serial = work / "serial.log"
        self.config = work / "bochsrc"
        self.commands = work / "debugger"
        self.output = work / "bochs.out"
        self.config.write_text(CONFIG.format(model=MODELS[model][0], ips=IPS, disk=disk, serial=self.serial, log=work / "bochs.log"))
        # Debian's build stops in its debugger first.
        self.commands.write_text("c\n")

    def run(self, timeout: float, end_marker: str, progress) -> str:
        """Returns why the machine ended: "off", "marker" (said all it had to say, then did not power off) or "timeout"."""
        self.serial.write_bytes(b"")
        with open(self.output, "wb") as output:
            process = subprocess.Popen(["bochs", "-q", "-f", str(self.config), "-rc", str(self.commands)],
                                       stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
            try:
                return self._follow(process, timeout, end_marker, progress)
            finally:
                process.kill()
                process.wait()

    def _follow(self, process, timeout: float, end_marker: str, progress) -> str:
        deadline, seen, ending = time.monotonic() + timeout, 0, None
        while True:
            ended = process.poll() is not None
            text = self.text()
            lines = text[seen:].rpartition("\n")[0]
            if lines:
                seen += len(lines) + 1
                progress(lines)
            now = time.monotonic()
            if end_marker in text and ending is None:
                ending = now + 20
            if ended:
                return "off"
            if ending is not None and now > ending:
                return "marker"
            if now > deadline:
                return "timeout"
            time.sleep(0.2)

    def text(self) -> str:
        return self.serial.read_text(encoding="utf-8", errors="replace").replace("\r", "")
