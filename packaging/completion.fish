# fish completion of spiketwin: verbs and options are what `--help` says.
function __spiketwin_verbs
    spiketwin --help 2>/dev/null | string match -rg '^  ([a-z]+ +[^ ].*)$' | string match -v 'spiketwin *' | string replace -r ' +' \t
end
function __spiketwin_options
    set -l words (commandline -opc)
    spiketwin $words[2] --help 2>/dev/null | awk '/^  (    |-[^-], )--/ { for (i = 1; i <= NF && $i ~ /^-/; i++) if ($i ~ /^--/) { sub(/[A-Z<].*|,$/, "", $i); print $i } }' | sort -u
end
complete -c spiketwin -n '__fish_is_first_token' -f -a '(__spiketwin_verbs)'
complete -c spiketwin -n 'not __fish_is_first_token; and string match -q -- "-*" (commandline -ct)' -f -a '(__spiketwin_options)'
