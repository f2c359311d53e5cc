# SPDX-License-Identifier: LGPL-2.1-or-later
"""The level-1 suites: which Debian suites stand behind each name, and the packages of a level-1 root. A table, no code."""

# Lab name -> Debian suites, the first that installs is taken (and said).
SUITES = {
    "bookworm": ("bookworm",),
    "trixie": ("trixie",),
    "newest": ("sid", "forky"),
}
DEFAULT = "trixie"

# What runs in level 1. systemd-container brings machined, which every libvirt host has.
HOST = ("systemd-sysv", "systemd-container", "dbus", "polkitd", "libvirt-daemon-system", "libvirt-clients",
        "libvirt-daemon-driver-qemu", "qemu-system-x86", "linux-image-amd64", "iproute2", "kmod", "procps", "apparmor",
        "busybox-static", "strace", "rt-tests", "util-linux", "xz-utils", "zstd", "python3-minimal", "python3",
        "libglib2.0-bin")
# What builds the project and the guests inside the same root; left out of the image.
BUILD = ("linux-headers-amd64", "perl", "gcc", "libc6-dev", "make", "meson", "ninja-build", "pkg-config",
         "libglib2.0-dev",
         "libvirt-dev", "libxml2-dev", "libxml2-utils", "libpolkit-gobject-1-dev", "libjson-glib-dev", "libsystemd-dev")
