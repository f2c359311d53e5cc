# SPDX-License-Identifier: LGPL-2.1-or-later
"""Debian packages: those that this machine lacks, and a private view of another suite's archive.

The mirror and its keyring are asked from the machine's own apt, which reads every form of source list; third-party
archives are told apart by their Release file. Used by emulator.py and roots.py. Never edits the machine's apt sources.
"""
import functools
import os
import re
import subprocess

from vslab import cache, command, progress
from vslab.errors import LabError

# Always wanted; each is named for the program that the lab calls from it.
HOST = ("mmdebstrap", "e2fsprogs", "kmod", "zstd", "lz4", "xz-utils", "cpio", "git", "dpkg-dev", "debian-archive-keyring")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
LOCK_WAIT = ("-o", "DPkg::Lock::Timeout=300")
# Suites whose Release file may have expired on a mirror that lags; the others are checked as usual.
MAY_EXPIRE = ("sid", "forky")


def missing(names):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *names], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    there = {line.split()[0] for line in done.stdout.splitlines() if line.endswith(" installed")}
    return [name for name in names if name not in there]


def install(names):
    """Install on this machine what is missing of NAMES. One at a time: apt does not wait for the lock of its lists."""
    if missing(names):
        with cache.lock("host-packages"):
            _install(missing(names))


def _install(wanted):
    if not wanted:
        return
    if os.geteuid() != 0:
        raise LabError(f"install {' '.join(wanted)}: not root; install them, or run lab/run as root")
    log = cache.path("host-packages.log")
    env = {"DEBIAN_FRONTEND": "noninteractive"}
    argv = ["apt-get", *LOCK_WAIT, "install", "-y", "--no-install-recommends", *wanted]
    with progress.step(f"installing {len(wanted)} packages on this machine: {' '.join(wanted)}",
                       lambda: command.last_line(log)):
        update(log)
        command.run(argv, log, f"install {' '.join(wanted)}", env=env)


def update(log):
    """Read the lists of this machine's own sources again."""
    command.run(["apt-get", *LOCK_WAIT, "update"], log, "update the package lists of this machine")


def _debian_targets():
    """(uri, keyring) of every index of component main that comes from Debian itself."""
    shape = "$(LABEL)|$(COMPONENT)|$(CODENAME)|$(REPO_URI)|$(SOURCESENTRY)"
    found = command.output(["apt-get", "indextargets", "--format", shape, "Created-By: Packages"],
                           "read this machine's apt sources")
    for line in found.splitlines():
        label, component, codename, uri, entry = line.split("|", 4)
        if label == "Debian" and component == "main" and "-" not in codename:
            yield uri, _keyring(entry.rpartition(":")[0], uri)


def _keyring(sources, uri):
    """The keyring file that SOURCES names for URI; Debian's own package of keys when it names none."""
    if os.path.exists(sources):
        with open(sources, encoding="utf-8") as source:
            text = source.read()
        for entry in re.split(r"\n\s*\n" if sources.endswith(".sources") else r"\n", text):
            named = re.search(r"signed-by[=:]\s*(/[^\s\],]+)", entry, re.IGNORECASE)
            if uri.rstrip("/") in entry and named and not entry.lstrip().startswith("#"):
                return named.group(1)
    return KEYRING


@functools.lru_cache(maxsize=None)
def mirror():
    """(uri, keyring file) of the archive that serves Debian's main to this machine."""
    for attempt in ("lists as they are", "after apt-get update"):
        for found in _debian_targets():
            return found
        if attempt == "lists as they are" and os.geteuid() == 0:
            with cache.lock("host-packages"):
                update(cache.path("host-packages.log"))
    raise LabError("find a Debian mirror: no source of this machine's apt serves Debian's main; add one to "
                   "/etc/apt/sources.list and run apt-get update")


def source_line(kind, suite):
    uri, keyring = mirror()
    return f"{kind} [signed-by={keyring}] {uri} {suite} main"


def forwarded_options():
    """The machine's proxy and retry settings, as KEY "VALUE" lines for another apt."""
    dump = command.output(["apt-config", "dump", "Acquire"], "read this machine's apt configuration")
    return [line.rstrip(";") for line in dump.splitlines()
            if any(word in line.lower() for word in ("::proxy", "::retries")) and not line.endswith('"";')]


def expiry_options(suite):
    if suite not in MAY_EXPIRE:
        return []
    progress.say(f"{suite}: the age of its Release file is not checked, because mirrors let it expire")
    return ['Acquire::Check-Valid-Until "false"']


class Archive:
    """apt on one other suite, with all its state under FOLDER."""

    def __init__(self, suite, folder, log):
        self.suite, self.folder, self.log = suite, folder, log
        for name in ("state/lists/partial", "cache/archives/partial", "etc"):
            os.makedirs(os.path.join(folder, name), exist_ok=True)
        with open(os.path.join(folder, "state/status"), "w", encoding="ascii"):
            pass
        with open(os.path.join(folder, "etc/sources.list"), "w", encoding="utf-8") as sources:
            sources.write(source_line("deb", suite) + "\n" + source_line("deb-src", suite) + "\n")
        options = [f'Dir::Etc::sourcelist "{folder}/etc/sources.list"', 'Dir::Etc::sourceparts "/dev/null"',
                   f'Dir::State "{folder}/state"', f'Dir::State::status "{folder}/state/status"',
                   f'Dir::Cache "{folder}/cache"', 'Acquire::Languages "none"', 'APT::Sandbox::User "root"',
                   *expiry_options(suite)]
        self.config = os.path.join(folder, "etc/apt.conf")
        with open(self.config, "w", encoding="utf-8") as config:
            config.write("".join(f"{line};\n" for line in options))
        self._apt(["apt-get", "update"], "update the package lists")

    def _apt(self, argv, what, cwd=None):
        command.run(argv, self.log, f"{what} of {self.suite}", env={"APT_CONFIG": self.config}, cwd=cwd)

    def unpack(self, names, target, scratch):
        """Unpack the binary packages NAMES, without their dependencies, into TARGET."""
        self._apt(["apt-get", "download", *names], f"download {' '.join(names)}", cwd=scratch)
        for deb in sorted(os.listdir(scratch)):
            if deb.endswith(".deb"):
                command.run(["dpkg-deb", "-x", os.path.join(scratch, deb), target], self.log, f"unpack {deb}")

    def source(self, name, target, scratch):
        """Fetch, verify and unpack the source package NAME into TARGET."""
        self._apt(["apt-get", "source", "--download-only", name], f"download source package {name}", cwd=scratch)
        for dsc in os.listdir(scratch):
            if dsc.endswith(".dsc"):
                command.run(["dpkg-source", "--no-check", "-x", os.path.join(scratch, dsc), target], self.log,
                            f"unpack {dsc}")
