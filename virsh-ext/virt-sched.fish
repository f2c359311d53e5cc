# SPDX-License-Identifier: LGPL-2.1-or-later
# Fish completion of virt-sched. All knowledge is in "virt-sched complete"; file names are fish's.
function __virt_sched_offer
    set -l words (commandline -opc)
    set -e words[1]
    virt-sched complete -- $words (commandline -ct) 2>/dev/null
end
complete -c virt-sched -f
complete -c virt-sched -n 'not __fish_seen_subcommand_from validate apply' -a '(__virt_sched_offer)'
complete -c virt-sched -n '__fish_seen_subcommand_from validate apply' -F -a '(__virt_sched_offer)'
