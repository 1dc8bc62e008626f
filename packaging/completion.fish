# fish completion of spiketwin: the program says its verbs and their options.
function __spiketwin_options
    set -l words (commandline -opc)
    spiketwin $words[2] --complete 2>/dev/null
end
complete -c spiketwin -n '__fish_is_first_token' -f -a '(spiketwin --complete 2>/dev/null)'
complete -c spiketwin -n 'not __fish_is_first_token; and string match -q -- "-*" (commandline -ct)' -f -a '(__spiketwin_options)'
