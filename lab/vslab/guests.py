# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the lab itself puts into a level-1 host: its job runner and commands, and the level-2 guest's initramfs.

The guest is the suite's own kernel with busybox, the agent, every program of lab/programs and the suite's cyclictest.
Used by api.py. Builds nothing of the project: that is install.py.
"""
import glob
import os
import re
import shutil
import subprocess

from vslab import cache, command, install, kernel, progress

# Programs by name, each made of one file, or of all *.c of a folder. Those of lab/programs are in the guest and in level 1.
GUEST_ONLY = {"vs-agent": os.path.join(cache.LAB, "guest", "vs-agent.c"), "virtsched-guest": os.path.join(cache.PROJECT, "guest", "agent")}
HOST_ONLY = {"vs-guest": os.path.join(cache.LAB, "guest", "vs-guest.c"), "pump": os.path.join(cache.LAB, "level1", "pump.c")}
HOST_PLACES = {"vs-guest": "usr/local/bin/vs-guest", "pump": "usr/local/lib/vs-lab/pump"}
PROGRAMS = os.path.join(cache.LAB, "programs")
# What programs may include of the project: the page that guest and host share.
HEADERS = os.path.join(cache.PROJECT, "kmod", "uapi", "virtsched-page.h")
GUEST_MODULES = ("virtio_pci", "virtio_console")
GUEST_OPTIONAL = ("button", "evdev", "virtio_net", "virtio_blk", "virtio_balloon", "ivshmem")
HOST_COPIES = ("usr/bin/cyclictest",)   # dynamic programs of the suite, taken along with their libraries
CC = "cc -O2 -Wall -Wextra -D_GNU_SOURCE -static -pthread -o {out} {sources} -lm"
SYSTEMD = "etc/systemd/system"


def sources():
    """All files that decide what this makes."""
    folders = [os.path.join(cache.LAB, name) for name in ("guest", "level1")]
    return [*folders, __file__, kernel.__file__, HEADERS, *GUEST_ONLY.values(), *([PROGRAMS] if os.path.isdir(PROGRAMS) else [])]


def get(root):
    """The file tree.tar of the lab's own files for ROOT."""
    folder = cache.entry(f"lab-{root.name}", cache.key(root.key, cache.content_of(*sources())),
                         lambda target: _make(root, target))
    return os.path.join(folder, "tree.tar")


def _make(root, target):
    log = cache.path(f"lab-{root.name}.log")
    out, build = os.path.join(target, "out"), os.path.join(target, "build")
    shutil.copytree(os.path.join(cache.LAB, "level1", "root"), out)
    os.makedirs(build)
    with progress.step(f"{root.name}: building the level-2 guest and the lab's commands", lambda: command.last_line(log)):
        both = _everywhere()
        _compile(root, GUEST_ONLY | HOST_ONLY | both, build, log)
        for name, where in HOST_PLACES.items():
            path = os.path.join(out, where)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            shutil.copy2(os.path.join(build, name), path)
        for name in both:
            shutil.copy2(os.path.join(build, name), os.path.join(out, "usr/local/bin", name))
        images = os.path.join(out, "var/lib/libvirt/images")
        os.makedirs(images)
        with open(os.path.join(images, "vs-guest-initrd"), "wb") as archive:
            archive.write(_initramfs(root, build, [*GUEST_ONLY, *both]))
        _units(out)
        install.pack(out, os.path.join(target, "tree.tar"), log, root.name)
    shutil.rmtree(out)
    shutil.rmtree(build)


def _everywhere():
    """lab/programs, by name."""
    names = sorted(os.listdir(PROGRAMS)) if os.path.isdir(PROGRAMS) else []
    return {name.removesuffix(".c"): os.path.join(PROGRAMS, name) for name in names if name.endswith(".c")}


def _files(source):
    """The *.c of a program, as the suite's root sees them."""
    paths = sorted(glob.glob(os.path.join(source, "*.c"))) if os.path.isdir(source) else [source]
    return " ".join(f"/vs/source/{os.path.relpath(path, cache.PROJECT)}" for path in paths)


def _compile(root, programs, build, log):
    """Build PROGRAMS, name to source, in the suite's root."""
    lines = [CC.format(out=f"/vs/build/{name}", sources=_files(source)) for name, source in programs.items()]
    root.chroot(["sh", "-ec", "\n".join(lines)], log, "build the lab's programs", cache.PROJECT, build, build)


def _libraries(root, program):
    """Paths, relative to the tree, of the shared libraries of PROGRAM and of its loader."""
    done = subprocess.run(["chroot", root.tree, "ldd", "/" + program], stdout=subprocess.PIPE, check=False, text=True)
    return [path[1:] for path in re.findall(r"(/\S+) \(0x", done.stdout)]


def _initramfs(root, build, programs):
    archive = kernel.Cpio()
    archive.console()
    for name in ("proc", "sys", "etc"):
        archive.folder(name)
    modules = kernel.Modules(root.tree, root.kernel)
    order = []
    for path in modules.closure(GUEST_MODULES, GUEST_OPTIONAL):
        name = modules.name(path) + ".ko"
        archive.file(f"modules/{name}", modules.read(path), 0o644)
        order.append(name)
    archive.file("modules/order", ("\n".join(order) + "\n").encode(), 0o644)
    for name in programs:
        with open(os.path.join(build, name), "rb") as program:
            archive.file(f"lab/bin/{name}", program.read())
    for copied in HOST_COPIES:
        for path in (copied, *_libraries(root, copied)):
            with open(os.path.join(root.tree, path), "rb") as file:
                archive.file(path, file.read())
        archive.link(f"lab/bin/{os.path.basename(copied)}", "/" + copied)
    with open(os.path.join(root.tree, "usr/bin/busybox"), "rb") as busybox:
        archive.file("bin/busybox", busybox.read())
    archive.link("bin/sh", "busybox")
    with open(os.path.join(cache.LAB, "guest", "init"), "rb") as init:
        archive.file("init", init.read())
    return archive.bytes()


def _units(out):
    """Mask what level 1 does not need and make the lab's target the default."""
    with open(os.path.join(cache.LAB, "level1", "masked-units"), encoding="ascii") as units:
        masked = [line.strip() for line in units if line.strip() and not line.startswith("#")]
    for unit in masked:
        os.symlink("/dev/null", os.path.join(out, SYSTEMD, unit))
    os.symlink("vs-lab.target", os.path.join(out, SYSTEMD, "default.target"))
