# SPDX-License-Identifier: LGPL-2.1-or-later
# What bash offers for a command line given as bash would split it: complete.bash WORD... Used by cases/complete.in.
# shellcheck shell=bash disable=SC1091,SC2034
. ../../virsh-ext/virt-sched.bash
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_virt_sched
[[ ${#COMPREPLY[@]} -eq 0 ]] || printf '%s\n' "${COMPREPLY[@]}"
