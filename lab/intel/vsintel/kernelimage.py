# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes a multiboot image from a Debian bzImage, so that nothing is decompressed under the emulator (45 s of real time).

Called by kernel.py. The stub (boot/) and the kernel's own load segments become one 32-bit ELF file; the kernel goes on at its PVH entry.
It must not change a byte of the kernel's segments.
"""

import lzma
import pathlib
import struct

from vslab import command
from vslab.errors import LabError

BOOT_SOURCES = pathlib.Path(__file__).resolve().parent.parent / "boot"
PT_LOAD, PT_NOTE = 1, 4
XEN_ELFNOTE_PHYS32_ENTRY = 18
STUB_FILE_OFFSET = 0x1000


def extract_vmlinux(bzimage: bytes) -> bytes:
    """The uncompressed ELF kernel of a bzImage (boot protocol 2.08 or newer)."""
    if bzimage[0x202:0x206] != b"HdrS":
        raise LabError("read kernel: no bzImage header")
    setup_sectors = bzimage[0x1F1] or 4
    offset, length = struct.unpack_from("<II", bzimage, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    payload = bzimage[start:start + length]
    if payload[:6] != b"\xfd7zXZ\0":
        raise LabError("unpack kernel: it is not compressed by xz, as Debian's kernels up to now are; add its format in kernelimage.py")
    return lzma.LZMADecompressor().decompress(payload)


def program_headers(elf: bytes):
    """Yields (type, file offset, physical address, file size, memory size) of a 64-bit ELF file."""
    if elf[:5] != b"\x7fELF\x02":
        raise LabError("read kernel: not a 64-bit ELF file")
    table, = struct.unpack_from("<Q", elf, 0x20)
    size, count = struct.unpack_from("<HH", elf, 0x36)
    for i in range(count):
        kind, _flags, offset, _vaddr, paddr, filesz, memsz, _align = struct.unpack_from("<IIQQQQQQ", elf, table + i * size)
        yield kind, offset, paddr, filesz, memsz


def pvh_entry(elf: bytes) -> int:
    """Physical address of the PVH entry, from the Xen note that CONFIG_PVH leaves."""
    for kind, offset, _paddr, filesz, _memsz in program_headers(elf):
        at, end = offset, offset + filesz
        while kind == PT_NOTE and at < end:
            namesz, descsz, note = struct.unpack_from("<III", elf, at)
            desc = at + 12 + (namesz + 3) // 4 * 4
            if note == XEN_ELFNOTE_PHYS32_ENTRY and elf[at + 12:at + 15] == b"Xen":
                return struct.unpack_from("<I", elf, desc)[0]
            at = desc + (descsz + 3) // 4 * 4
    raise LabError("read kernel: no PVH entry note (is CONFIG_PVH on?)")


def build_stub(entry: int, work: pathlib.Path, log: str) -> tuple[bytes, int]:
    """Compiles the stub for one entry address; returns its bytes (bss included) and its own entry."""
    out, flat = work / "stub.elf", work / "stub.bin"
    command.run(["gcc", "-m32", "-Os", "-ffreestanding", "-fno-pic", "-fno-stack-protector", "-fcf-protection=none", "-nostdlib", "-static",
                 "-Wl,--build-id=none", "-Wl,-N", "-Wl,--no-warn-rwx-segments", f"-DPVH_ENTRY={entry:#x}", "-T", str(BOOT_SOURCES / "stub.ld"),
                 "-o", str(out), str(BOOT_SOURCES / "stub.S"), str(BOOT_SOURCES / "stub.c")], log, "build boot stub")
    command.run(["objcopy", "-O", "binary", str(out), str(flat)], log, "flatten boot stub")
    start, = struct.unpack_from("<I", out.read_bytes(), 0x18)
    return flat.read_bytes(), start


def multiboot_image(bzimage: bytes, work: pathlib.Path, log: str) -> bytes:
    """The bootable 32-bit ELF file: stub first (its header must be in the first 8 KiB), then the kernel's segments.

    Zeros at a segment's end are left to the loader: reading them through the emulated CD-ROM is slow.
    """
    elf = extract_vmlinux(bzimage)
    stub, start = build_stub(pvh_entry(elf), work, log)
    stub_base = start & ~0xFFF
    segments = [(stub_base, stub, len(stub))]
    segments += [(paddr, elf[offset:offset + filesz].rstrip(b"\0"), memsz) for kind, offset, paddr, filesz, memsz in program_headers(elf) if kind == PT_LOAD]
    header = struct.pack("<4sBBBB8xHHIIIIIHHHHHH", b"\x7fELF", 1, 1, 1, 0, 2, 3, 1, start, 52, 0, 0, 52, 32, len(segments), 40, 0, 0)
    table, body = b"", b""
    for paddr, data, memsz in segments:
        table += struct.pack("<IIIIIIII", PT_LOAD, STUB_FILE_OFFSET + len(body), paddr, paddr, len(data), memsz, 7, 0x1000)
        body += data + bytes(-len(data) % 0x1000)
    return (header + table).ljust(STUB_FILE_OFFSET, b"\0") + body
