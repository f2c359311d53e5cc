# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes an initramfs (cpio "newc", uncompressed) from a table of paths, without being root and without a temporary tree.

Called by bootdisk.py. Two calls with the same input give the same bytes: no time stamp, owner or inode of the outer machine gets in.
"""

import stat


def _entry(number: int, name: str, mode: int, data: bytes, device: tuple[int, int]) -> bytes:
    encoded = name.encode() + b"\0"
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(encoded), 0)
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + encoded
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)


def archive(files: dict[str, tuple[bytes, int]], directories: list[str], links: dict[str, str]) -> bytes:
    """files: path -> (bytes, permission bits); directories in the order of making; links: path -> target. /dev/console is added."""
    nodes = [(name, stat.S_IFDIR | 0o755, b"", (0, 0)) for name in directories]
    nodes.append(("dev/console", stat.S_IFCHR | 0o600, b"", (5, 1)))
    nodes += [(name, stat.S_IFREG | mode, data, (0, 0)) for name, (data, mode) in sorted(files.items())]
    nodes += [(name, stat.S_IFLNK | 0o777, target.encode(), (0, 0)) for name, target in sorted(links.items())]
    body = b"".join(_entry(i, *node) for i, node in enumerate(nodes, start=1))
    return body + _entry(0, "TRAILER!!!", 0, b"", (0, 0))
