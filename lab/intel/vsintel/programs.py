# SPDX-License-Identifier: LGPL-2.1-or-later
"""Builds what runs inside: the level-2 guest, its VMM, the checks (all static C) and the module under test.

Called by lab/intel/run. Nothing is written into the source tree: the module is built from a copy in the cache.
"""

import pathlib
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent.parent
KMOD = HERE.parent.parent / "kmod"
WARNINGS = ["-Wall", "-Wextra", "-Werror=implicit"]
CHECK_SOURCES = ("main", "machine", "sched", "module", "device", "bench", "checks-platform", "checks-boost", "checks-restore", "checks-unload")


class BuildError(Exception):
    """A compiler said no; its words are in the message."""


def _run(*command) -> None:
    done = subprocess.run([str(word) for word in command], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise BuildError(f"run {' '.join(str(word) for word in command[:3])} ...: exit {done.returncode}\n{done.stdout[-3000:]}")


def build_guest(out: pathlib.Path) -> pathlib.Path:
    objects, flat = out / "guest.o", out / "guest.bin"
    _run("gcc", "-m32", "-c", "-o", objects, HERE / "guest" / "guest.S")
    _run("ld", "-m", "elf_i386", "-Ttext", "0x1000", "--oformat", "binary", "-o", flat, objects)
    return flat


def build_programs(out: pathlib.Path) -> dict[str, pathlib.Path]:
    """Program name -> file. The checks need only the module's public header, not the module."""
    flags = ["-std=gnu11", "-O2", "-static", "-pthread", *WARNINGS]
    guest = build_guest(out)
    vm, check = out / "vm", out / "check"
    host = HERE / "host"
    _run("gcc", *flags, f'-DGUEST_BIN="{guest}"', "-o", vm, host / "vm.c", host / "guest-image.S")
    _run("gcc", *flags, f"-I{KMOD / 'uapi'}", "-o", check, *(host / f"{name}.c" for name in CHECK_SOURCES))
    return {"vm": vm, "check": check}


def build_module(tree: pathlib.Path, out: pathlib.Path) -> pathlib.Path:
    """virtsched.ko for one kernel build tree; a copy of kmod/ is built, as several kernels share the source."""
    copy = out / f"kmod-{tree.name}"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(KMOD, copy, ignore=shutil.ignore_patterns("*.o", "*.ko", "*.cmd", "*.mod", "*.mod.c", "Module.symvers", "modules.order"))
    _run("make", "-j2", "-C", copy, f"KDIR={tree}")
    module = copy / "virtsched.ko"
    if not module.exists():
        raise BuildError(f"build module: make -C kmod KDIR={tree} left no virtsched.ko")
    return module
