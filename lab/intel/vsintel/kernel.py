# SPDX-License-Identifier: LGPL-2.1-or-later
"""The level-1 kernel: Debian's package, unpacked and made bootable, and the build tree for modules of it.

Called by lab/intel/run. It must not install a kernel on the outer machine.
"""

import pathlib
import platform
import re
import shutil

from vslab import cache, command, packages, progress
from vslab.errors import LabError

from . import kernelimage

SUITES = ("bookworm",)
MODULES = ("virt/lib/irqbypass.ko", "arch/x86/kvm/kvm.ko", "arch/x86/kvm/kvm-intel.ko")


def check_suite(suite: str) -> None:
    """Kernel and headers come from this machine's own apt, so the machine has to run that suite."""
    release = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    if release != suite:
        raise LabError(f"use suite {suite}: this machine's packages are of {release or 'no known suite'}; run on a machine of that suite")


def newest_release() -> str:
    """Release of the suite's newest kernel, as in 6.1.0-56-amd64."""
    text = command.output(["apt-cache", "depends", "linux-image-amd64"], "find the newest kernel")
    found = re.search(r"Depends: linux-image-(\S+-amd64)", text)
    if not found:
        raise LabError("find the newest kernel: apt knows no linux-image-amd64; run apt-get update")
    return found[1]


def headers(release: str) -> pathlib.Path:
    """The kernel's build tree, installed when it is not there."""
    packages.install([f"linux-headers-{release}"])
    return pathlib.Path("/usr/src") / f"linux-headers-{release}"


def bootable(release: str) -> pathlib.Path:
    """Folder with kernel.elf for mboot.c32 and the KVM modules; cached until the kernel or what we do to it changes."""
    key = cache.key(release, cache.content_of(str(kernelimage.BOOT_SOURCES), kernelimage.__file__, __file__))
    return pathlib.Path(cache.entry("intel-kernel", key, lambda folder: _make(release, pathlib.Path(folder))))


def _make(release: str, folder: pathlib.Path) -> None:
    log, scratch = cache.path("intel-kernel.log"), folder / "package"
    scratch.mkdir()
    with progress.step(f"making a multiboot image of linux-image-{release}", lambda: command.last_line(log)):
        command.run(["apt-get", *packages.LOCK_WAIT, "-o", "APT::Sandbox::User=root", "download", f"linux-image-{release}"], log,
                    f"download linux-image-{release}", cwd=scratch)
        for package in scratch.glob("*.deb"):
            command.run(["dpkg-deb", "-x", str(package), str(scratch)], log, f"unpack {package.name}")
        bzimage = (scratch / "boot" / f"vmlinuz-{release}").read_bytes()
        (folder / "kernel.elf").write_bytes(kernelimage.multiboot_image(bzimage, scratch, log))
        for name in MODULES:
            shutil.copy(scratch / "lib" / "modules" / release / "kernel" / name, folder)
    shutil.rmtree(scratch)
