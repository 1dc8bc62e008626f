#compdef spiketwin
# zsh completion of spiketwin: the program says its verbs and their options.
_spiketwin() {
    local program=$words[1] verb=$words[2]
    local -a found
    if (( CURRENT == 2 )); then
        found=(${(f)"$($program --complete 2>/dev/null | tr '\t' ':')"})
        _describe verb found
    elif [[ $words[CURRENT] == -* ]]; then
        found=(${(f)"$($program $verb --complete 2>/dev/null)"})
        compadd -S '' -- $found
    else
        _files
    fi
}
_spiketwin "$@"
