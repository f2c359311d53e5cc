# SPDX-License-Identifier: LGPL-2.1-or-later
"""What goes into a level-1 host and what comes out: two files that QEMU shows as NVDIMMs, each holding a tar.

In: the install trees, the command, the folder for /mnt/lab. Out: exit status, logs, /mnt/lab again. Used by api.py only.
"""
import io
import os
import shlex
import shutil
import tarfile

from vslab.errors import LabError
from vslab.image import ALIGN

JOB = "var/lib/vs-lab"
RESULT = JOB + "/result"
MOUNT = "mnt/lab"
NO_RESULT = b"VSRESULT"
RESULT_BYTES = 8 * ALIGN
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
EPOCH = 1700000000   # mtime of what the lab makes itself, so that two runs get the same bytes


def write(path, trees, argv, env, mount):
    """Make PATH: the contents of the tar files TREES, then ARGV as command with ENV, then the folder MOUNT (or None)."""
    with open(path, "wb") as out:
        for tree in trees:
            with tarfile.open(tree) as tar:
                tar.getmembers()
                length = tar.offset   # where the end marker starts
            with open(tree, "rb") as source:
                out.write(source.read(length))
        with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
            _text(tar, f"{JOB}/command", _script(argv, env), 0o755)
            _text(tar, f"{JOB}/cwd", "/" + MOUNT if mount else "/root", 0o644)
            if mount:
                tar.add(mount, arcname=MOUNT)
    size = os.path.getsize(path)
    os.truncate(path, -(-size // ALIGN) * ALIGN)


def _script(argv, env):
    lines = ["#!/bin/sh", f"export PATH={PATH} HOME=/root LC_ALL=C.UTF-8"]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in sorted(env.items())]
    return "\n".join([*lines, "exec " + shlex.join(argv), ""])


def _text(tar, name, text, mode):
    data = text.encode()
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = len(data), mode, EPOCH
    tar.addfile(member, io.BytesIO(data))


def empty_result(path):
    with open(path, "wb") as out:
        out.write(NO_RESULT)   # by which level 1 finds the device
        out.truncate(RESULT_BYTES)


def read(path, folder, mount):
    """Unpack the results into FOLDER and /mnt/lab back into MOUNT; False when the host did not get to write them."""
    with open(path, "rb") as source:
        if source.read(len(NO_RESULT)) == NO_RESULT:
            return False
    try:
        with tarfile.open(path) as tar:
            members = tar.getmembers()
            for member in members:
                if member.name.startswith(RESULT + "/") and member.isfile():
                    member.name = os.path.basename(member.name)
                    tar.extract(member, folder)
            if mount:
                _bring_back(tar, members, mount)
    except (tarfile.TarError, EOFError) as error:
        raise LabError(f"read results {path}: {error}; /mnt/lab may hold more than {RESULT_BYTES >> 20} MiB") from error
    return os.path.exists(os.path.join(folder, "status"))


def _bring_back(tar, members, mount):
    """Make MOUNT what /mnt/lab was at the end, deletions included."""
    inside = [member for member in members if member.name.startswith(MOUNT + "/")]
    names = {member.name[len(MOUNT) + 1:] for member in inside}
    for folder, folders, files in os.walk(mount, topdown=False):
        for name in files + folders:
            path = os.path.join(folder, name)
            if os.path.relpath(path, mount) not in names:
                if os.path.isdir(path) and not os.path.islink(path):
                    shutil.rmtree(path)
                else:
                    os.unlink(path)
    for member in inside:
        member.name = member.name[len(MOUNT) + 1:]
        if member.islnk():
            member.linkname = member.linkname[len(MOUNT) + 1:]
        if not (member.isfile() or member.isdir() or member.issym() or member.islnk()):
            continue   # sockets and devices mean nothing outside
        path = os.path.join(mount, member.name)
        if member.issym() and os.path.lexists(path):
            os.unlink(path)
        tar.extract(member, mount)
