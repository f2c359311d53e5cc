# SPDX-License-Identifier: LGPL-2.1-or-later
"""The lab's cache folder: content keys, entries that exist whole or not at all, locks between concurrent runs.

An entry is a folder NAME-KEY under the cache. It is built in NAME-KEY.new and renamed when complete; older keys of the
same name are removed then. Nobody else creates anything directly under the cache.
"""
import contextlib
import fcntl
import hashlib
import os
import shutil

from vslab import progress

LAB = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROJECT = os.path.dirname(LAB)
ROOT = os.path.abspath(os.environ.get("VS_LAB_CACHE") or os.path.join(PROJECT, "build", "lab"))


def key(*parts):
    """A short hash of strings and bytes; use content_of() for files."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part if isinstance(part, bytes) else str(part).encode()
        digest.update(len(raw).to_bytes(8, "little") + raw)
    return digest.hexdigest()[:16]


def content_of(*paths):
    """A hash over the names, modes and bytes of files and of whole folders."""
    parts = []
    for path in paths:
        names = [path] if not os.path.isdir(path) else sorted(
            os.path.join(folder, name) for folder, _, files in os.walk(path) for name in files
            if "__pycache__" not in folder)
        for name in names:
            with open(name, "rb") as source:
                parts += [os.path.relpath(name, PROJECT), oct(os.stat(name).st_mode), source.read()]
    return key(*parts)


def path(*names):
    os.makedirs(ROOT, exist_ok=True)
    return os.path.join(ROOT, *names)


@contextlib.contextmanager
def lock(name):
    """Hold the named lock; says so when another run has it."""
    with open(path(f".lock-{name}"), "w", encoding="ascii") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with progress.step(f"waiting for another run of the lab that prepares {name}"):
                fcntl.flock(held, fcntl.LOCK_EX)
        yield


def entry(name, entry_key, build):
    """The folder of entry NAME with ENTRY_KEY; when it is not there, build(folder) makes it."""
    final = path(f"{name}-{entry_key}")
    if os.path.isdir(final):
        return final
    with lock(name):
        if os.path.isdir(final):
            return final
        new = final + ".new"
        remove(new)
        os.makedirs(new)
        build(new)
        os.rename(new, final)
        for other in os.listdir(ROOT):
            if other.startswith(name + "-") and len(other) == len(name) + 17 and other != os.path.basename(final):
                remove(path(other))
    return final


def remove(folder):
    if os.path.lexists(folder):
        shutil.rmtree(folder)
