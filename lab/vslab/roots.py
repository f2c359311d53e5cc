# SPDX-License-Identifier: LGPL-2.1-or-later
"""Level-1 roots: one Debian tree per suite, which builds the project (chroot) and is the source of the image.

Users: image.py, install.py, guests.py. A finished tree is only read; chroot() writes into folders mounted over it.
"""
import dataclasses
import json
import os
import subprocess

from vslab import cache, command, packages, progress, suites
from vslab.errors import LabError

MOUNT_POINTS = ("vs/source", "vs/build", "vs/out")
NOT_UNPACKED = ("/usr/share/man/*", "/usr/share/locale/*", "/usr/share/doc/*", "/usr/share/info/*", "/usr/share/help/*",
                "/usr/share/gtk-doc/*")
# Runs in a mount namespace of its own, so that nothing stays mounted however it ends.
CHROOT = """set -eu
tree=$1 source=$2 build=$3 out=$4; shift 4
mount --make-rprivate /
mount --bind "$tree" "$tree"
mount --bind "$source" "$tree/vs/source"
mount -o remount,bind,ro "$tree/vs/source"
mount --bind "$build" "$tree/vs/build"
mount --bind "$out" "$tree/vs/out"
mount -t proc proc "$tree/proc"
mount --rbind /dev "$tree/dev"
mount -t tmpfs tmp "$tree/tmp"
exec chroot "$tree" "$@"
"""


@dataclasses.dataclass(frozen=True)
class Root:
    """One finished root: name is the lab's, debian the suite behind it, kernel the version in /lib/modules."""
    name: str
    debian: str
    kernel: str
    versions: dict
    tree: str
    key: str

    def chroot(self, argv, log, what, source, build, out):
        """Run ARGV inside, with SOURCE at /vs/source (read-only), BUILD at /vs/build and OUT at /vs/out."""
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/tmp", "TMPDIR": "/tmp"}
        command.run(["unshare", "--mount", "sh", "-c", CHROOT, "chroot", self.tree, source, build, out, *argv], log,
                    f"{self.name}: {what}", env=env)


def get(name):
    """The Root of lab suite NAME, made first when it is not there."""
    if name not in suites.SUITES:
        raise LabError(f"prepare suite {name}: unknown; there are {', '.join(suites.SUITES)}")
    root_key = cache.key(suites.SUITES[name], suites.HOST, suites.BUILD, NOT_UNPACKED, MOUNT_POINTS)
    folder = cache.entry(f"root-{name}", root_key, lambda target: _make(name, target))
    with open(os.path.join(folder, "info.json"), encoding="utf-8") as info:
        return Root(name=name, tree=os.path.join(folder, "tree"), key=root_key, **json.load(info))


def _make(name, target):
    packages.install(packages.HOST)
    failures = []
    for debian in suites.SUITES[name]:
        try:
            _bootstrap(name, debian, os.path.join(target, "tree"))
            break
        except LabError as error:
            failures.append(f"{debian}: {error}")
            progress.say(f"{name}: {debian} does not install now, see {cache.path(f'root-{name}.log')}")
            cache.remove(os.path.join(target, "tree"))
    else:
        raise LabError(f"make root of {name}: " + "\n".join(failures))
    tree = os.path.join(target, "tree")
    for point in MOUNT_POINTS:
        os.makedirs(os.path.join(tree, point))
    info = {"debian": debian, "kernel": _kernel(tree), "versions": _versions(tree)}
    with open(os.path.join(target, "info.json"), "w", encoding="utf-8") as out:
        json.dump(info, out, indent=1)
    progress.say(f"{name}: Debian {debian}, " + ", ".join(f"{key} {value}" for key, value in info["versions"].items()))


def _bootstrap(name, debian, tree):
    log = cache.path(f"root-{name}.log")
    options = [*packages.forwarded_options(), *packages.expiry_options(debian), 'APT::Install-Recommends "false"',
               'Acquire::Languages "none"', 'APT::Sandbox::User "root"']
    argv = ["mmdebstrap", "--variant=minbase", "--mode=root", "--include=" + ",".join(suites.HOST + suites.BUILD)]
    argv += [f"--aptopt={option}" for option in options]
    argv += [f"--dpkgopt=path-exclude={path}" for path in NOT_UNPACKED]
    argv += [debian, tree, packages.source_line("deb", debian)]
    with progress.step(f"{name}: making a root from Debian {debian} (1 to 3 minutes)", lambda: command.last_line(log)):
        # INITRD: the lab makes its own small initramfs, Debian's would cost 20 s.
        command.run(argv, log, f"{name}: make a root from Debian {debian}", env={"INITRD": "No"})


def _kernel(tree):
    versions = [version for version in os.listdir(os.path.join(tree, "usr/lib/modules"))
                if os.path.exists(os.path.join(tree, "boot", f"vmlinuz-{version}"))]
    if len(versions) != 1:
        raise LabError(f"find kernel in {tree}: found {versions or 'none'}, want one")
    return versions[0]


def _versions(tree):
    shape = "${source:Package} ${source:Version}\n"
    done = subprocess.run(["dpkg-query", f"--admindir={tree}/var/lib/dpkg", "-W", "-f", shape, "linux-image-amd64",
                           "libvirt-daemon-system", "qemu-system-x86", "systemd", "rt-tests"], check=False,
                          stdout=subprocess.PIPE, text=True)
    return {name.replace("linux-signed-amd64", "linux"): version
            for name, version in (line.split() for line in done.stdout.splitlines())}
