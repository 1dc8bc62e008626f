# bash completion of spiketwin: verbs, options are what `--help` says.
_spiketwin() {
    local word=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]} program=${COMP_WORDS[0]}
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$("$program" --help 2>/dev/null | sed -nE 's/^  ([a-z]+) +[^ ].*/\1/p' | grep -vx spiketwin) help" -- "$word")
    elif [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$("$program" "$verb" --help 2>/dev/null | awk '/^  (    |-[^-], )--/ { for (i = 1; i <= NF && $i ~ /^-/; i++) if ($i ~ /^--/) { sub(/[A-Z<].*|,$/, "", $i); print $i } }' | sort -u)" -- "$word")
        [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace
    else
        compopt -o default
    fi
}
complete -F _spiketwin spiketwin
