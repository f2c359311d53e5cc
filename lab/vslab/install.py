# SPDX-License-Identifier: LGPL-2.1-or-later
"""The project built and installed for one suite, as a tar that level 1 unpacks over its root: userspace by meson, the
kernel modules by kbuild against that suite's headers, both inside the suite's root.

The build folders stay in the cache between runs. Used by api.py. Builds nothing of the lab: that is guests.py.
"""
import os
import shutil

from vslab import cache, command, progress, source

MESON_OPTIONS = ("--prefix=/usr", "--sysconfdir=/etc", "--localstatedir=/var", "--buildtype=debugoptimized", "-Dtests=false")
BUILD = """set -eu
if [ -f /vs/source/meson.build ]; then
    [ -f /vs/build/meson/build.ninja ] || meson setup /vs/build/meson /vs/source {options}
    meson compile -C /vs/build/meson
    DESTDIR=/vs/out meson install -C /vs/build/meson --no-rebuild
fi
mkdir -p /vs/build/kbuild
cp -au /vs/source/. /vs/build/kbuild/
for folder in {modules}; do
    [ -f "/vs/source/$folder/Makefile" ] || continue
    make -C "/vs/build/kbuild/$folder" KDIR=/lib/modules/{kernel}/build W=1
    mkdir -p /vs/out/usr/lib/modules/{kernel}/updates
    cp "/vs/build/kbuild/$folder"/*.ko /vs/out/usr/lib/modules/{kernel}/updates/
done
"""
MODULE_FOLDERS = ("kmod", "guest/kmod")




def get(root, image):
    """The file tree.tar of the project installed for ROOT, over the modules of its IMAGE (a folder)."""
    names = source.files()
    install_key = cache.key(root.key, os.path.basename(image), source.key(names), cache.content_of(__file__))
    folder = cache.entry(f"install-{root.name}", install_key, lambda target: _make(root, image, names, target))
    return os.path.join(folder, "tree.tar")


def _make(root, image, names, target):
    if not any(name == "meson.build" or name.endswith("/Makefile") for name in names):
        progress.say("nothing to install: the project has no meson.build and no module Makefile yet")
    log = cache.path(f"install-{root.name}.log")
    copy, build, out = (cache.path(f"work-{root.name}", name) for name in ("source", "build", "out"))
    for folder in (copy, build):
        os.makedirs(folder, exist_ok=True)
    cache.remove(out)
    os.makedirs(out)
    with progress.step(f"{root.name}: building virtsched", lambda: command.last_line(log)):
        source.copy(names, copy)
        script = BUILD.format(options=" ".join(MESON_OPTIONS), modules=" ".join(MODULE_FOLDERS), kernel=root.kernel)
        root.chroot(["sh", "-c", script], log, "build virtsched", copy, build, out)
        _index_modules(root, image, target, out, log)
        pack(out, os.path.join(target, "tree.tar"), log, root.name)


def _index_modules(root, image, target, out, log):
    """Add modules.dep and its like for the image's modules with ours, so that level 1 need not run depmod."""
    ours = os.path.join(out, "usr/lib/modules", root.kernel, "updates")
    if not os.path.isdir(ours):
        return
    stage = os.path.join(target, "stage")
    folder = os.path.join(stage, "lib/modules", root.kernel)
    os.makedirs(os.path.dirname(folder))
    command.run(["cp", "-al", os.path.join(image, "modules"), folder], log, f"{root.name}: copy the modules")
    shutil.copytree(ours, os.path.join(folder, "updates"))
    command.run(["depmod", "-b", stage, root.kernel], log, f"{root.name}: depmod")
    for name in os.listdir(folder):
        if name.startswith("modules.") and name not in image_files():
            shutil.copyfile(os.path.join(folder, name), os.path.join(os.path.dirname(ours), name))
    shutil.rmtree(stage)


def image_files():
    """Index files that depmod reads and does not write."""
    return ("modules.order", "modules.builtin", "modules.builtin.modinfo")


def pack(folder, tar, log, name):
    """Pack FOLDER as TAR, the same bytes for the same contents."""
    command.run(["tar", "-c", "-f", tar, "--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--format=gnu",
                 "--mtime=@1700000000", "-C", folder, "."], log, f"{name}: pack {os.path.basename(tar)}")
