# SPDX-License-Identifier: LGPL-2.1-or-later
# What fish offers for a command line: complete.fish LINE. Used by cases/complete.in.
source ../../virsh-ext/virt-sched.fish
complete -C "$argv[1]"
