# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the lab itself puts into a level-1 host: its job runner and commands, and the level-2 guest's initramfs.

The guest is the suite's own kernel with busybox, the agent, every program of lab/programs and the suite's cyclictest.
Used by api.py. Builds nothing of the project: that is install.py.
"""
import os
import re
import shutil
import subprocess

from vslab import cache, command, install, kernel, progress

# source -> where it goes: in the guest, in level 1, or both.
GUEST_PROGRAMS = ("guest/vs-agent.c", "../guest/agent/virtsched-guest.c")
HOST_PROGRAMS = {"guest/vs-guest.c": "usr/local/bin/vs-guest", "level1/pump.c": "usr/local/lib/vs-lab/pump"}
PROGRAMS = os.path.join(cache.LAB, "programs")
GUEST_ONLY = ("vs-agent", "virtsched-guest")
# What programs may include of the project: the page that guest and host share.
HEADERS = os.path.join(cache.PROJECT, "kmod", "uapi", "virtsched-page.h")
GUEST_MODULES = ("virtio_pci", "virtio_console")
GUEST_OPTIONAL = ("button", "evdev", "virtio_net", "virtio_blk", "virtio_balloon", "ivshmem")
HOST_COPIES = ("usr/bin/cyclictest",)   # dynamic programs of the suite, taken along with their libraries
CC = "cc -O2 -Wall -Wextra -D_GNU_SOURCE -static -pthread -o {out} {source} -lm"
SYSTEMD = "etc/systemd/system"


def sources():
    """All files that decide what this makes."""
    folders = [os.path.join(cache.LAB, name) for name in ("guest", "level1")]
    return [*folders, __file__, kernel.__file__, HEADERS, *(os.path.join(cache.LAB, name) for name in GUEST_PROGRAMS), *([PROGRAMS] if os.path.isdir(PROGRAMS) else [])]


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
        guest = _compile(root, build, log)
        for name, where in HOST_PROGRAMS.items():
            path = os.path.join(out, where)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            shutil.copy2(os.path.join(build, _name(name)), path)
        for name in guest:
            if name not in GUEST_ONLY:
                shutil.copy2(os.path.join(build, name), os.path.join(out, "usr/local/bin", name))
        images = os.path.join(out, "var/lib/libvirt/images")
        os.makedirs(images)
        with open(os.path.join(images, "vs-guest-initrd"), "wb") as archive:
            archive.write(_initramfs(root, build, guest))
        _units(out)
        install.pack(out, os.path.join(target, "tree.tar"), log, root.name)
    shutil.rmtree(out)
    shutil.rmtree(build)


def _name(source):
    return os.path.splitext(os.path.basename(source))[0]


def _compile(root, build, log):
    """Build everything in the suite's root; returns the names of the guest's programs."""
    guest = [os.path.normpath(os.path.join(cache.LAB, name)) for name in GUEST_PROGRAMS]
    if os.path.isdir(PROGRAMS):
        guest += sorted(os.path.join(PROGRAMS, name) for name in os.listdir(PROGRAMS) if name.endswith(".c"))
    every = guest + [os.path.join(cache.LAB, name) for name in HOST_PROGRAMS]
    lines = [CC.format(out=f"/vs/build/{_name(path)}", source=f"/vs/source/{os.path.relpath(path, cache.PROJECT)}")
             for path in every]
    root.chroot(["sh", "-ec", "\n".join(lines)], log, "build the lab's programs", cache.PROJECT, build, build)
    return [_name(path) for path in guest]


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
