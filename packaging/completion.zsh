#compdef spiketwin
# zsh completion of spiketwin: verbs and options are what `--help` says.
_spiketwin() {
    local program=$words[1] verb=$words[2]
    local -a found
    if (( CURRENT == 2 )); then
        found=(${(f)"$($program --help 2>/dev/null | sed -nE 's/^  ([a-z]+) +([^ ].*)/\1:\2/p' | grep -v '^spiketwin:')"})
        _describe verb found
    elif [[ $words[CURRENT] == -* ]]; then
        found=(${(f)"$($program $verb --help 2>/dev/null | awk '/^  (    |-[^-], )--/ { for (i = 1; i <= NF && $i ~ /^-/; i++) if ($i ~ /^--/) { sub(/[A-Z<].*|,$/, "", $i); print $i } }' | sort -u)"})
        compadd -S '' -- $found
    else
        _files
    fi
}
_spiketwin "$@"
