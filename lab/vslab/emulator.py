# SPDX-License-Identifier: LGPL-2.1-or-later
"""The lab's own QEMU: Debian's source package with lab/emulator/*.patch, x86_64 system emulation only.

Why own: lab/emulator/README.md. Built once, about 4 minutes on 2 cores. machine.py runs it; nothing else does.
"""
import glob
import os
import shutil

from vslab import cache, command, packages, progress

SUITE = "trixie"
PATCHES = os.path.join(cache.LAB, "emulator")
BUILD_NEEDS = ("gcc", "libc6-dev", "ninja-build", "pkg-config", "bison", "flex", "patch", "libglib2.0-dev", "libfdt-dev",
               "libpixman-1-dev", "libattr1-dev", "zlib1g-dev", "python3-venv", "dpkg-dev")
FIRMWARE = ("seabios", "qemu-system-data")
FIRMWARE_DIRS = ("usr/share/seabios", "usr/share/qemu")
CONFIGURE = ("--python=/usr/bin/python3", "--target-list=x86_64-softmmu", "--without-default-features", "--enable-tcg",
             "--enable-kvm", "--enable-system", "--enable-pixman", "--enable-virtfs", "--enable-attr", "--disable-docs",
             "--disable-tools", "--disable-install-blobs", "--disable-download")


def folder():
    """The folder with qemu-system-x86_64 and firmware/."""
    return cache.entry("emulator", cache.key(cache.content_of(*_patches()), SUITE, BUILD_NEEDS, CONFIGURE, FIRMWARE), _build)


def _patches():
    return sorted(glob.glob(os.path.join(PATCHES, "*.patch")))


def _build(target):
    packages.install(BUILD_NEEDS)
    log = cache.path("emulator.log")
    work = os.path.join(target, "work")
    for name in ("debs", "source", "build", "tools"):
        os.makedirs(os.path.join(work, name))
    with progress.step(f"fetching the QEMU source package of {SUITE}", lambda: command.last_line(log)):
        archive = packages.Archive(SUITE, os.path.join(work, "apt"), log)
        archive.source("qemu", os.path.join(work, "qemu"), os.path.join(work, "source"))
        # QEMU 10 wants a newer meson than bookworm has; Debian's is pure Python and runs from where it is unpacked.
        archive.unpack(["meson", *FIRMWARE], os.path.join(work, "tools"), os.path.join(work, "debs"))
    for patch in _patches():
        command.run(["patch", "-p1", "--fuzz=0", "-i", patch], log, f"apply {os.path.basename(patch)}", cwd=os.path.join(work, "qemu"))
    tools = os.path.join(work, "tools", "usr")
    env = {"PATH": f"{tools}/bin:/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONPATH": f"{tools}/lib/python3/dist-packages"}
    with progress.step("building the emulator (about 4 minutes on 2 cores)", lambda: command.last_line(log)):
        build = os.path.join(work, "build")
        command.run(["../qemu/configure", *CONFIGURE], log, "configure the emulator", env=env, cwd=build)
        command.run(["ninja", "qemu-system-x86_64"], log, "build the emulator", env=env, cwd=build)
    shutil.copy2(os.path.join(build, "qemu-system-x86_64"), target)
    firmware = os.path.join(target, "firmware")
    os.makedirs(firmware)
    for name in FIRMWARE_DIRS:
        source = os.path.join(work, "tools", name)
        for file in os.listdir(source):
            if os.path.isfile(os.path.join(source, file)):
                shutil.copy2(os.path.join(source, file), firmware)
    shutil.rmtree(work)
