# SPDX-License-Identifier: LGPL-2.1-or-later
"""The level-1 image of a suite: an ext4 file that QEMU shows as an NVDIMM, the kernel beside it, and a small initramfs.

The image holds Debian alone, without what only builds need; the project, the lab's own files and the job are unpacked
over it at boot (job.py), so that it changes as seldom as the root does. machine.py boots it.
"""
import os
import shutil

from vslab import cache, command, kernel, progress

# In the image's tree, relative; removed from the copy.
DROP = ("usr/include", "usr/lib/gcc", "usr/src", "usr/libexec/gcc", "usr/share/doc", "usr/share/man", "usr/share/locale",
        "usr/share/info", "usr/share/gir-1.0", "usr/share/aclocal", "usr/share/gtk-doc", "usr/share/bash-completion",
        "usr/share/meson", "usr/lib/python3/dist-packages/mesonbuild", "usr/lib/firmware", "var/lib/apt", "var/cache/apt",
        "usr/share/i18n", "usr/share/zoneinfo", "var/lib/dpkg/info", "usr/lib/udev/hwdb.d", "usr/share/perl",
        "usr/lib/ipxe", "usr/share/OVMF", "usr/share/AAVMF", "usr/share/edk2", "usr/share/icons", "usr/share/vim")
DROP_ENDS = (".a", ".o", ".pc")
DROP_NAMES = ("libasan.so", "libtsan.so", "liblsan.so", "libubsan.so", "libgprofng.so", "libhwasan.so", "libbfd-")
# Modules kept in the image (regular expressions on the path in modules.dep).
KEEP_MODULES = (r"kernel/arch/x86/", r"kernel/crypto/", r"kernel/lib/", r"kernel/virt/", r"kernel/drivers/virtio/",
                r"kernel/drivers/nvdimm/", r"kernel/drivers/acpi/", r"kernel/drivers/dax/",
                r"kernel/drivers/char/(virtio_console|hw_random/virtio)", r"kernel/drivers/block/(loop|brd|virtio_blk|null_blk|zram)",
                r"kernel/drivers/net/(tun|tap|veth|dummy|virtio_net|bonding|macvtap|macvlan|ifb)", r"kernel/net/(bridge|802|llc|sched|packet|unix|vmw_vsock)/",
                r"kernel/fs/(ext4|fuse|overlayfs|9p|autofs|configfs|isofs|nls|jbd2|squashfs|fat)/", r"kernel/drivers/vhost/",
                r"kernel/net/9p/", r"kernel/drivers/input/(evdev|misc/uinput|serio|keyboard)", r"kernel/drivers/ptp/",
                r"kernel/drivers/(vfio|iommu)/", r"kernel/net/netfilter/(nf_|nft_|x_tables)",
                r"kernel/drivers/md/dm-mod", r"kernel/drivers/scsi/(sd_mod|scsi_mod|virtio_scsi|sg)")
INITRAMFS_MODULES = ("nfit", "nd_pmem", "ext4")
INITRAMFS_OPTIONAL = ("crc32c_generic", "crc32c_intel", "nd_btt")
FREE_MIB = 1536
MIB = 1 << 20
ALIGN = 128 * MIB   # of every NVDIMM: the largest section size that any kernel of the suites asks for


def get(root):
    """The folder with root.ext4, vmlinux and initramfs of ROOT."""
    sources = (__file__, kernel.__file__, os.path.join(cache.LAB, "level1", "initramfs-init"))
    return cache.entry(f"image-{root.name}", cache.key(root.key, cache.content_of(*sources)),
                       lambda target: _make(root, target))


def _make(root, target):
    log = cache.path(f"image-{root.name}.log")
    modules = kernel.Modules(root.tree, root.kernel)
    vmlinuz = os.path.join(root.tree, "boot", f"vmlinuz-{root.kernel}")
    tree = os.path.join(target, "tree")
    with progress.step(f"{root.name}: making the level-1 image", lambda: command.last_line(log)):
        with open(os.path.join(target, "vmlinux"), "wb") as out:
            out.write(kernel.vmlinux(vmlinuz))
        with open(os.path.join(target, "initramfs"), "wb") as out:
            out.write(_initramfs(root, modules))
        # Hard links: no copying, and no file of the root is ever written through one (files are replaced, not edited).
        command.run(["cp", "-al", root.tree, tree], log, f"{root.name}: copy the root")
        size = _prune(tree)
        _keep_modules(root, modules, tree, log)
        _settings(tree)
        command.run(["cp", "-al", os.path.join(tree, "usr/lib/modules", root.kernel), os.path.join(target, "modules")], log,
                    f"{root.name}: keep the modules")
        images = os.path.join(tree, "var/lib/libvirt/images")
        os.makedirs(images, exist_ok=True)
        shutil.copyfile(os.path.join(target, "vmlinux"), os.path.join(images, "vs-guest-vmlinux"))
        _ext4(os.path.join(target, "root.ext4"), tree, size, log, root.name)
        shutil.rmtree(tree)


def _prune(tree):
    """Remove what level 1 never reads; returns the bytes that stay, without modules."""
    for name in (*DROP, "usr/lib/modules", "boot"):
        path = os.path.join(tree, name)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
    size = 0
    for folder, _, files in os.walk(tree):
        for name in files:
            path = os.path.join(folder, name)
            if not os.path.islink(path) and (name.endswith(DROP_ENDS) or name.startswith(DROP_NAMES)):
                os.unlink(path)
            else:
                size += os.lstat(path).st_size + 1024
    return size


def _keep_modules(root, modules, tree, log):
    """Put the kept modules in uncompressed: their decompression would be paid for in virtual time at every boot."""
    folder = os.path.join(tree, "usr/lib/modules", root.kernel)
    for path in modules.matching(KEEP_MODULES):
        target = os.path.join(folder, os.path.splitext(path)[0] if not path.endswith(".ko") else path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as out:
            out.write(modules.read(path))
    for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
        source = os.path.join(modules.folder, name)
        if os.path.exists(source):
            shutil.copyfile(source, os.path.join(folder, name))
    command.run(["depmod", "-b", tree, root.kernel], log, f"{root.name}: depmod")


def _settings(tree):
    """What makes a Debian tree a machine: name, identity, mounts. Fixed, so that two runs are alike."""
    for name, text in (("etc/hostname", "vs-host\n"), ("etc/machine-id", "76737669727473636865646c61623031\n"),
                       ("etc/fstab", ""), ("etc/resolv.conf", ""), ("etc/hosts", "127.0.0.1 localhost vs-host\n"),
                       ("etc/timezone", "Etc/UTC\n")):
        path = os.path.join(tree, name)
        if os.path.lexists(path):
            os.unlink(path)
        with open(path, "w", encoding="ascii") as out:
            out.write(text)
    for name in ("etc/localtime", "usr/lib/udev/hwdb.bin", "etc/udev/hwdb.bin"):
        if os.path.lexists(os.path.join(tree, name)):
            os.unlink(os.path.join(tree, name))
    os.makedirs(os.path.join(tree, "mnt/lab"))


def _ext4(path, tree, size, log, name):
    length = -(-(size + 256 * MIB + FREE_MIB * MIB) // ALIGN) * ALIGN
    with open(path, "wb") as out:
        out.truncate(length)
    command.run(["mke2fs", "-q", "-t", "ext4", "-d", tree, "-L", "vs-root", "-m", "0", "-U",
                 "76737669-7274-7363-6865-646c61620001", "-O", "^has_journal,^metadata_csum,^resize_inode", "-E",
                 "hash_seed=76737669-7274-7363-6865-646c61620002,lazy_itable_init=0,root_owner=0:0", path], log,
                f"{name}: make the ext4 image", env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})


def _initramfs(root, modules):
    archive = kernel.Cpio()
    archive.console()
    for name in ("proc", "sys", "newroot", "bin"):
        archive.folder(name)
    with open(os.path.join(root.tree, "usr/bin/busybox"), "rb") as busybox:
        archive.file("bin/busybox", busybox.read())
    archive.link("bin/sh", "busybox")
    order = []
    for path in modules.closure(INITRAMFS_MODULES, INITRAMFS_OPTIONAL):
        name = modules.name(path) + ".ko"
        archive.file(f"modules/{name}", modules.read(path), 0o644)
        order.append(name)
    archive.file("modules/order", "\n".join(order).encode() + b"\n", 0o644)
    with open(os.path.join(cache.LAB, "level1", "initramfs-init"), "rb") as init:
        archive.file("init", init.read())
    return archive.bytes()
