# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kernel files out of a Debian root: the uncompressed vmlinux, modules with what they need, initramfs archives.

Users: image.py (level 1) and guests.py (level 2). Only reads the root.
"""
import lzma
import os
import re
import struct
import subprocess
import zlib

from vslab.errors import LabError

# Magic of the compressed payload -> how to undo it. The payload is followed by its size, hence the decompressor objects.
_TOOLS = {b"\x28\xb5\x2f\xfd": ["zstd", "-dc"], b"\x02\x21\x4c\x18": ["lz4", "-dc"]}
_CPIO_FILE, _CPIO_DIR, _CPIO_LINK, _CPIO_NODE = 0o100000, 0o040000, 0o120000, 0o020000


def vmlinux(vmlinuz):
    """The ELF kernel inside a bzImage (boot protocol 2.08: payload_offset and payload_length), as bytes."""
    with open(vmlinuz, "rb") as source:
        image = source.read()
    if image[0x202:0x206] != b"HdrS":
        raise LabError(f"unpack {vmlinuz}: not a bzImage")
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (image[0x1f1] + 1) * 512 + offset
    payload = image[start:start + length]
    elf = decompress(payload[:-4], payload, vmlinuz)
    if elf[:4] != b"\x7fELF":
        raise LabError(f"unpack {vmlinuz}: the payload is not an ELF kernel")
    return elf


def decompress(data, with_size=None, name="data"):
    """Undo gzip, xz, zstd or lz4. with_size: the same with its trailing size, for gzip, whose trailer is that size."""
    if data[:2] == b"\x1f\x8b":
        return zlib.decompress(with_size or data, 31)
    if data[:6] == b"\xfd7zXZ\x00":
        return lzma.LZMADecompressor().decompress(data)
    for magic, tool in _TOOLS.items():
        if data.startswith(magic):
            done = subprocess.run(tool, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
            return done.stdout
    raise LabError(f"unpack {name}: unknown compression {data[:6].hex()}")


class Modules:
    """The modules of one kernel version under TREE."""

    def __init__(self, tree, version):
        self.folder = os.path.join(tree, "usr/lib/modules", version)
        self._needs = {}
        with open(os.path.join(self.folder, "modules.dep"), encoding="ascii") as deps:
            for line in deps:
                path, _, needs = line.partition(":")
                self._needs[path] = needs.split()
        self._paths = {self.name(path): path for path in self._needs}
        with open(os.path.join(self.folder, "modules.builtin"), encoding="ascii") as lines:
            self._builtin = {self.name(line.strip()) for line in lines}

    @staticmethod
    def name(path):
        return re.sub(r"\.ko(\.\w+)?$", "", os.path.basename(path)).replace("-", "_")

    def closure(self, names, optional=()):
        """Paths of NAMES and all that they need, in the order in which insmod takes them."""
        order = []

        def add(path):
            for need in reversed(self._needs[path]):
                add(need)
            if path not in order:
                order.append(path)

        for name in (*names, *optional):
            if name in self._paths:
                add(self._paths[name])
            elif name not in self._builtin and name not in optional:
                raise LabError(f"find kernel module {name}: not in {self.folder}")
        return order

    def matching(self, patterns):
        """Paths under kernel/ that match one of the regular expressions PATTERNS, with all that they need."""
        wanted = re.compile("|".join(patterns))
        return self.closure([self.name(path) for path in self._needs if wanted.match(path)])

    def read(self, path):
        """The bytes of a module, uncompressed."""
        with open(os.path.join(self.folder, path), "rb") as source:
            data = source.read()
        return data if data[:4] == b"\x7fELF" else decompress(data, name=path)


class Cpio:
    """Writes an initramfs archive ("newc"), uncompressed: unpacking costs virtual time, reading it does not."""

    def __init__(self):
        self._parts = []
        self._count = 0
        self._dirs = set()

    def _add(self, name, mode, data=b"", device=(0, 0)):
        self._count += 1
        raw = name.encode() + b"\0"
        fields = (self._count, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(raw), 0)
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + raw
        self._parts += [head, b"\0" * (-len(head) % 4), data, b"\0" * (-len(data) % 4)]

    def folder(self, name):
        parent = os.path.dirname(name)
        if parent:
            self.folder(parent)
        if name not in self._dirs:
            self._dirs.add(name)
            self._add(name, _CPIO_DIR | 0o755)

    def file(self, name, data, mode=0o755):
        self.folder(os.path.dirname(name) or "dev")
        self._add(name, _CPIO_FILE | mode, data)

    def link(self, name, target):
        self.folder(os.path.dirname(name) or "dev")
        self._add(name, _CPIO_LINK | 0o777, target.encode())

    def console(self):
        """/dev/console, without which the kernel's init has no output."""
        self.folder("dev")
        self._add("dev/console", _CPIO_NODE | 0o600, device=(5, 1))

    def bytes(self):
        self._add("TRAILER!!!", 0)
        return b"".join(self._parts)
