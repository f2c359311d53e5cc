# SPDX-License-Identifier: LGPL-2.1-or-later
# Bash completion of virt-sched, needs nothing but bash. All knowledge is in "virt-sched complete", as with virsh; file
# names are bash's.
# shellcheck shell=bash
_virt_sched()
{
    local words=() word glue='' cur prefix i
    # Bash splits at '=' and ':'; the command wants KEY=VALUE in one piece.
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ ${#words[@]} -gt 0 && ( -n $glue || $word == [=:] ) ]]; then
            words[-1]+=$word
        else
            words+=("$word")
        fi
        glue=
        if [[ $word == [=:] ]]; then
            glue=1
        fi
    done
    cur=${words[-1]}
    mapfile -t COMPREPLY < <("${COMP_WORDS[0]}" complete -- "${words[@]}" 2>/dev/null)
    if [[ ${words[0]} == @(validate|apply) && $cur != -* ]]; then
        mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$cur")
        compopt -o filenames 2>/dev/null
    fi
    # "boost.class=" is finished by a value, not by a space.
    if [[ ${COMPREPLY[0]-} == *= ]]; then
        compopt -o nospace 2>/dev/null
    fi
    # Readline replaces only what follows the last '=' or ':'.
    prefix=${cur%"${cur##*[=:]}"}
    for i in "${!COMPREPLY[@]}"; do
        word=${COMPREPLY[i]#"$prefix"}
        printf -v "COMPREPLY[i]" '%q' "$word"
    done
}
complete -F _virt_sched virt-sched
