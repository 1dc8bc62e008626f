# bash completion of spiketwin: the program says its verbs and their options.
_spiketwin() {
    local word=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]} program=${COMP_WORDS[0]}
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$("$program" --complete 2>/dev/null | cut -f1) help" -- "$word")
    elif [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$("$program" "$verb" --complete 2>/dev/null)" -- "$word")
        [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace
    else
        compopt -o default
    fi
}
complete -F _spiketwin spiketwin
