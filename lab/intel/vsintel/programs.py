# SPDX-License-Identifier: LGPL-2.1-or-later
"""Builds what runs inside: the level-2 guest, its VMM, the checks (all static C) and the module under test.

Called by lab/intel/run. Nothing is written into the source tree: the module is built from a copy in the cache.
"""

import pathlib
import re
import shutil

from vslab import command
from vslab.errors import LabError

HERE = pathlib.Path(__file__).resolve().parent.parent
KMOD = HERE.parent.parent / "kmod"
WARNINGS = ["-Wall", "-Wextra", "-Werror=implicit"]
CHECK_SOURCES = ("main", "machine", "sched", "module", "device", "bench", "checks-platform", "checks-boost", "checks-restore",
                 "checks-quota", "checks-interactive", "checks-unload")


def build_programs(out: pathlib.Path) -> dict[str, pathlib.Path]:
    """Program name -> file. The checks need only the module's public header, not the module."""
    flags = ["-std=gnu11", "-O2", "-static", "-pthread", *WARNINGS]
    objects, guest, vm, check = (out / name for name in ("guest.o", "guest.bin", "vm", "check"))
    host, log = HERE / "host", str(out / "build.log")
    steps = {
        "assemble guest": ["gcc", "-m32", "-c", "-o", objects, HERE / "guest" / "guest.S"],
        "link guest": ["ld", "-m", "elf_i386", "-Ttext", "0x1000", "--oformat", "binary", "-o", guest, objects],
        "build vm": ["gcc", *flags, f'-DGUEST_BIN="{guest}"', "-o", vm, host / "vm.c", host / "guest-image.S"],
        "build check": ["gcc", *flags, f"-I{KMOD / 'uapi'}", "-o", check, *(host / f"{name}.c" for name in CHECK_SOURCES)],
    }
    for what, argv in steps.items():
        command.run([str(word) for word in argv], log, what)
    return {"vm": vm, "check": check}


def project_version() -> str:
    found = re.search(r"^  version: '(.*)'", (KMOD.parent / "meson.build").read_text(), re.MULTILINE)
    if not found:
        raise LabError("read version: meson.build has none")
    return found[1]


def build_module(tree: pathlib.Path, out: pathlib.Path) -> pathlib.Path:
    """virtsched.ko for one kernel build tree; a copy of kmod/ is built, as several kernels share the source."""
    copy = out / "kmod"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(KMOD, copy, ignore=shutil.ignore_patterns("*.o", "*.ko", ".*.cmd", "*.mod", "*.mod.c", "Module.symvers", "modules.order"))
    (copy / "VERSION").write_text(project_version() + "\n")
    command.run(["make", "-j2", "-C", str(copy), f"KDIR={tree}"], str(out / "build.log"), "build virtsched.ko")
    return copy / "virtsched.ko"
