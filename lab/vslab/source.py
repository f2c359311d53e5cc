# SPDX-License-Identifier: LGPL-2.1-or-later
"""The project's files as a build sees them: what git tracks and what is new, without the lab, documents and tests.

Used by install.py. Copies only what changed, so that ninja and kbuild rebuild only what they must.
"""
import os
import shutil

from vslab import cache, command

# Changing these never changes what is installed.
NOT_BUILT = ("lab/", "tests/", ".ci/", ".git", "build/", "README.md", "NEWS.md", "CONTRIBUTING.md", "packaging/")


def files():
    """Sorted project-relative names of the files that a build may use."""
    listed = command.output(["git", "-c", f"safe.directory={cache.PROJECT}", "-C", cache.PROJECT, "ls-files", "-z",
                             "--cached", "--others", "--exclude-standard"], "list the project's files")
    return sorted(name for name in set(listed.split("\0")) if name and not name.startswith(NOT_BUILT)
                  and os.path.isfile(os.path.join(cache.PROJECT, name)))


def key(names):
    return cache.content_of(*(os.path.join(cache.PROJECT, name) for name in names))


def copy(names, target):
    """Make TARGET hold exactly NAMES, leaving files alone that are already the same."""
    wanted = set(names)
    for folder, _, there in os.walk(target):
        for name in there:
            path = os.path.join(folder, name)
            if os.path.relpath(path, target) not in wanted:
                os.unlink(path)
    for name in names:
        source, path = os.path.join(cache.PROJECT, name), os.path.join(target, name)
        if not _same(source, path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            shutil.copyfile(source, path)
            shutil.copymode(source, path)


def _same(source, path):
    if not os.path.isfile(path) or os.stat(source).st_mode != os.stat(path).st_mode:
        return False
    with open(source, "rb") as left, open(path, "rb") as right:
        return left.read() == right.read()
