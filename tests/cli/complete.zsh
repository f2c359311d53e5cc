# SPDX-License-Identifier: LGPL-2.1-or-later
# What zsh is offered for a command line: complete.zsh WORD... Used by cases/complete.in. compadd and _files are zsh's own
# and work only in its line editor: here they say what they were given.
compadd() { local tail=; [[ $1 == -S ]] && { tail=' (open)'; shift 2; }; shift; printf "%s$tail\n" "$@"; }
_files() { print -r -- '(files)'; }
words=("$@")
CURRENT=$#
. ../../virsh-ext/virt-sched.zsh
