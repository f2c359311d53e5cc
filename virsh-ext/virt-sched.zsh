#compdef virt-sched
# SPDX-License-Identifier: LGPL-2.1-or-later
# Zsh completion of virt-sched. All knowledge is in "virt-sched complete"; file names are zsh's.
_virt_sched()
{
    local -a offered open closed
    local word
    offered=("${(@f)$("${words[1]}" complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    for word in "${offered[@]}"; do
        # "boost.class=" is finished by a value, not by a space.
        case $word in
            '') ;;
            *=) open+=("$word") ;;
            *) closed+=("$word") ;;
        esac
    done
    (( ${#open} )) && compadd -S '' -- "${open[@]}"
    (( ${#closed} )) && compadd -- "${closed[@]}"
    case ${words[2]} in
        validate|apply) _files ;;
    esac
}
_virt_sched "$@"
