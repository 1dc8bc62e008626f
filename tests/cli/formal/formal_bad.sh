#!/usr/bin/env bash
# spiketwin formal: what could not run is one line and exit 2.
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
examples=$root/examples/formal
cd "$tmp" || exit 2

path=$PATH # of the program
# refuses NAME PATTERN ARGUMENT...: one line on stderr that fits, exit 2
refuses() {
    local name=$1 pattern=$2
    shift 2
    PATH=$path "$spiketwin" formal "$@" -q >out.txt 2>err.txt
    local status=$?
    # shellcheck disable=SC2053 # a pattern
    if [ $status = 2 ] && [ "$(wc -l <err.txt)" = 1 ] && [[ $(<err.txt) == $pattern ]]; then
        ok "$name"
    else
        bad "$name" "exit $status" "$(head -n 3 err.txt)"
    fi
}
bound=(fpga-q8.8 "$examples/array.v" --neurons 2 --lanes 3 --only fire --depth 4 --wrapper)

refuses "no chip" "*CHIP is needed*"
refuses "no wrapper" "*--wrapper is needed*" fpga-q8.8
refuses "a wrapper that is not there" "*--wrapper: none.v: cannot be read" "${bound[@]}" none.v
refuses "a law that is not lif" "*izhikevich*" izhikevich --wrapper "$examples/array_wrapper.v"
refuses "a check that is none" "*--only leek: allowed gather,*" fpga-q8.8 --wrapper "$examples/array_wrapper.v" --only leek
refuses "sums that are held after each event" "*law.saturation: the checker does not know*" xylo-v1 --wrapper "$examples/array_wrapper.v"
refuses "a solver that is none" "*--solver abc: allowed yices, z3" "${bound[@]}" "$examples/array_wrapper.v" --solver abc

echo 'module other; endmodule' >other.v
refuses "no module of that name" "*yosys*stwf_wrapper*" "${bound[@]}" other.v
sed 's/assign stwf_theta/\/\/ &/' "$examples/array_wrapper.v" >undriven.v
refuses "a port that nothing drives" "*stwf_theta: the wrapper does not drive it" "${bound[@]}" undriven.v
sed 's/wire \[31:0\] membrane/wire [23:0] membrane/' "$examples/array_wrapper.v" >narrow.v
refuses "a port of the core that does not fit" "*Resizing cell port stwf_wrapper.core.*" "${bound[@]}" narrow.v
sed "s/5'b11101/stwf_free[4:0]/" "$examples/array_wrapper.v" >free.v
refuses "stages that are shown now and then" "*stwf_shown: 5 constant bits*" "${bound[@]}" free.v
sed 's/endmodule/endmodul/' "$examples/array_wrapper.v" >syntax.v
refuses "a wrapper that is no Verilog" "*yosys*syntax*" "${bound[@]}" syntax.v

# Tools that are missing, and a solver that hangs: programs of these names, and none else, in PATH.
mkdir tools
for tool in yosys iverilog vvp; do ln -s "$(command -v "$tool")" "tools/$tool"; done
path=$tmp/tools refuses "no yosys-smtbmc" "*yosys-smtbmc: not found (Debian: apt install yosys)" "${bound[@]}" "$examples/array_wrapper.v"
printf '#!/bin/sh\nexec /bin/sleep 1000\n' >tools/yosys-smtbmc
chmod +x tools/yosys-smtbmc
ln -s /bin/true tools/z3
path=$tmp/tools refuses "a solver that hangs" "*fire: yosys-smtbmc after 9 s (--timeout)" "${bound[@]}" \
    "$examples/array_wrapper.v" --solver z3 --timeout 9
finish
