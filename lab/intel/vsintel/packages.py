# SPDX-License-Identifier: LGPL-2.1-or-later
"""Gets what the Intel lab needs from the machine's own Debian mirror: tools by installing them, the level-1 kernel by unpacking its package.

Called by lab/intel/run. It must not install a kernel, and must not write outside the cache except through apt-get install.
"""

import pathlib
import platform
import re
import subprocess

# Package -> a file of it that tells that it is there.
TOOLS = {
    "bochs": "/usr/bin/bochs",
    "bochsbios": "/usr/share/bochs/BIOS-bochs-latest",
    "vgabios": "/usr/share/vgabios/vgabios.bin",
    "isolinux": "/usr/lib/ISOLINUX/isolinux.bin",
    "syslinux-common": "/usr/lib/syslinux/modules/bios/mboot.c32",
    "xorriso": "/usr/bin/xorriso",
    "busybox-static": "/bin/busybox",
    "gcc": "/usr/bin/gcc",
    "make": "/usr/bin/make",
    "libc6-dev": "/usr/lib/x86_64-linux-gnu/libc.a",
}
SUITES = ("bookworm",)


class PackageError(Exception):
    """Something that Debian has could not be had."""


def _apt(*arguments: str, cwd=None) -> str:
    done = subprocess.run(["apt-get", "-o", "DPkg::Lock::Timeout=300", *arguments], cwd=cwd, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise PackageError(f"run apt-get {' '.join(arguments)}: exit {done.returncode}\n{done.stdout[-800:]}")
    return done.stdout


def _install(names: list[str], say) -> None:
    say(f"installing {' '.join(names)}")
    command = ("install", "-y", "--no-install-recommends", *names)
    try:
        _apt(*command)
    except PackageError:
        _apt("update")
        _apt(*command)


def check_suite(suite: str) -> None:
    """The packages of a suite come from this machine's own apt, so the machine has to run that suite."""
    release = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    if release != suite:
        raise PackageError(f"use suite {suite}: this machine's packages are of {release or 'no known suite'}; run on a machine of that suite")


def install_tools(say) -> None:
    missing = [name for name, path in TOOLS.items() if not pathlib.Path(path).exists()]
    if missing:
        _install(missing, say)


def kernel_release() -> str:
    """Release of the suite's newest kernel, as in 6.1.0-56-amd64."""
    text = subprocess.run(["apt-cache", "depends", "linux-image-amd64"], text=True, stdout=subprocess.PIPE, check=True).stdout
    found = re.search(r"Depends: linux-image-(\S+-amd64)", text)
    if not found:
        raise PackageError("find kernel: apt knows no linux-image-amd64; run apt-get update")
    return found[1]


def headers(release: str, say) -> pathlib.Path:
    """The kernel's build tree, installed when it is not there."""
    tree = pathlib.Path("/usr/src") / f"linux-headers-{release}"
    if not (tree / "Makefile").exists():
        _install([f"linux-headers-{release}"], say)
    return tree


def unpack_kernel(release: str, cache: pathlib.Path, say) -> pathlib.Path:
    """Folder with the kernel package's files."""
    folder = cache / f"linux-image-{release}"
    done = folder / ".complete"
    if done.exists():
        return folder
    say(f"downloading linux-image-{release}")
    folder.mkdir(parents=True, exist_ok=True)
    _apt("download", f"linux-image-{release}", cwd=folder)
    package = max(folder.glob("*.deb"), key=lambda path: path.stat().st_mtime)
    subprocess.run(["dpkg-deb", "-x", str(package), str(folder)], check=True)
    package.unlink()
    done.touch()
    return folder
