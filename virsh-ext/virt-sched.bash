# SPDX-License-Identifier: LGPL-2.1-or-later
# Bash completion of virt-sched. All knowledge is in "virt-sched complete", as with virsh; file names are bash's.
# shellcheck shell=bash
_virt_sched()
{
    local cur words cword prefix i
    _get_comp_words_by_ref -n "=:" cur words cword
    mapfile -t COMPREPLY < <("${words[0]}" complete -- "${words[@]:1:cword}" 2>/dev/null)
    if [[ ${words[1]:-} == validate && $cur != -* ]]; then
        mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$cur")
        compopt -o filenames
    fi
    # "boost.class=" is finished by a value, not by a space.
    if [[ ${#COMPREPLY[@]} -gt 0 && ${COMPREPLY[0]} == *= ]]; then
        compopt -o nospace
    fi
    # Readline replaces only what follows the last '=' or ':'.
    prefix=${cur%"${cur##*[=:]}"}
    for i in "${!COMPREPLY[@]}"; do
        COMPREPLY[i]=$(printf '%q' "${COMPREPLY[i]#"$prefix"}")
    done
}
complete -F _virt_sched virt-sched
