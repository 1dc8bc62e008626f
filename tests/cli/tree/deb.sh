#!/usr/bin/env bash
# The Debian packages: what is in which, versions and changes, dependencies, licences of all that is linked; lintian has
# nothing to say; unpacked, the program runs, and a test bench builds against the library. scripts/bare installs them on a bare Debian.
#
#   tests/cli/tree/deb.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
cd "$tmp" || exit 2
build=$(dirname "$spiketwin")
"$root/packaging/deb" "$tmp" debs >out.txt 2>err.txt
expect "nothing to package" "2 deb: $tmp: no program in it (make)" "$? $(<err.txt)"
for tool in dh dpkg-buildpackage help2man; do
    command -v $tool >/dev/null && continue
    left_out "the Debian packages" "no $tool (scripts/install)"
    finish
done
abi=$("$root/packaging/version" --abi) arch=$(dpkg --print-architecture) multi=$(dpkg-architecture -qDEB_HOST_MULTIARCH)

"$root/packaging/deb" "$build" debs 0.9.0+git20260102.030405.abcdef0 >out.txt 2>err.txt || {
    bad "packages" "$(<err.txt)" "$(tail -n 5 debs/build.log)"
    finish
}
version=0.9.0+git20260102.030405.abcdef0
expect "packages" "libspiketwin-dev libspiketwin$abi spiketwin" "$(for d in debs/*.deb; do dpkg-deb -f "$d" Package; done | sort | paste -sd' ')"
deb() { echo "$tmp/debs/$1_${version}_$arch.deb"; }
field() { dpkg-deb -f "$(deb "$1")" "$2"; }
files() { dpkg-deb --fsys-tarfile "$(deb "$1")" | tar -tf - | grep -v '/$' | grep "$2" | sort; }
for package in libspiketwin-dev "libspiketwin$abi" spiketwin; do
    expect "$package: version" "$version" "$(field "$package" Version)"
    dpkg-deb -x "$(deb "$package")" root || bad "$package: unpacked"
done
expect "spiketwin depends on what it is linked with" "libgsl libhdf5 libsndfile libyaml" \
    "$(field spiketwin Depends | grep -oE 'lib(gsl|hdf5|sndfile|yaml)' | sort -u | paste -sd' ')"
expect "the libraries: on what is not under the GPL alone" "libc6 libcjson1 libgcc-s1 libgomp1 libhdf5-103-1 libstdc++6 libyaml-0-2 zlib1g" \
    "$(field "libspiketwin$abi" Depends | sed 's/([^)]*)//g' | tr -d ' ' | tr ',' '\n' | sort | paste -sd' ')"
expect "their files" "./usr/lib/$multi/libspiketwin.so.$abi ./usr/lib/$multi/libstw_golden.so.$abi" "$(files "libspiketwin$abi" '\.so' | paste -sd' ')"
expect "those of who links them" "./usr/include/spiketwin.h ./usr/include/stw_golden.h ./usr/lib/$multi/libspiketwin.so ./usr/lib/$multi/libstw_golden.so \
./usr/lib/$multi/pkgconfig/spiketwin.pc ./usr/lib/$multi/pkgconfig/stw_golden.pc" \
    "$(files libspiketwin-dev 'usr/\(include\|lib\)' | paste -sd' ')"
for lib in libspiketwin libstw_golden; do
    expect "the name that a loader looks for" "$lib.so.$abi" "$(readelf -d "root/usr/lib/$multi/$lib.so.$abi" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')"
done
expect "no list of make install" "" "$(files spiketwin share/spiketwin/installed)"

# Changes: of CHANGELOG.md, all of it.
zcat root/usr/share/doc/spiketwin/changelog.gz >changelog
expect "changes: dpkg reads them" "$version" "$(dpkg-parsechangelog -l changelog -S Version)"
expect "changes: an entry a release, and what is unreleased" \
    "$({ echo $version && sed -nE 's/^## \[([0-9.]+)\].*/\1/p' "$root/CHANGELOG.md"; } | paste -sd' ')" "$(dpkg-parsechangelog -l changelog --all --format rfc822 | sed -n 's/^Version: //p' | paste -sd' ')"
expect "changes: every item" "$(grep -c '^- ' "$root/CHANGELOG.md")" "$(grep -c '^  \* ' changelog)"
expect "changes: the newest release's date" "$("$root/packaging/version" --date)" "$(date -d "$(sed -n 's/^ -- .*>  //p' changelog | sed -n 2p)" -u +%F)"
"$root/packaging/debian-changelog" "$root/CHANGELOG.md" 0.9.0 'a <a@b.c>' 0 >released
expect "changes: of a release nothing unreleased" "0.9.0 unstable" "$(dpkg-parsechangelog -l released -S Version) $(dpkg-parsechangelog -l released -S Distribution)"
printf '# Changelog\n\n## [0.9.0] - 2026-01-02\n\nprose\n' >bad.md
"$root/packaging/debian-changelog" bad.md 0.9.0 'a <a@b.c>' 0 >out.txt 2>err.txt
expect "changes: a line that is none" "1 debian-changelog: a line that is no heading, item or part of one: prose" "$? $(<err.txt)"

# Every library that is linked has its licence in the copyright file.
mapfile -t linked < <(readelf -d root/usr/bin/spiketwin "root/usr/lib/$multi"/*.so."$abi" | sed -nE 's/.*NEEDED.*\[(.*)\.so\..*\]/\1/p' | sort -u)
for lib in "${linked[@]}"; do
    grep -qE "^ (.*, )?${lib//+/[+]}( \(|,|:)" "$root/packaging/debian/copyright" && ok "licence of $lib" || bad "licence of $lib" "not in packaging/debian/copyright"
done
[ ${#linked[@]} -gt 8 ] || bad "what is linked" "${linked[*]}"

if command -v lintian >/dev/null; then
    lintian --allow-root --tag-display-limit 0 debs/*.deb >lintian.txt 2>&1
    expect "lintian" "0 " "$? $(grep -v '^N:' lintian.txt)"
    # An override hides what it names and nothing else.
    DEBFULLNAME='A B' DEBEMAIL=a@b.org "$root/packaging/deb" "$build" published $version >out.txt 2>err.txt || bad "published" "$(<err.txt)"
    expect "who publishes has no override" "A B <a@b.org> 0" \
        "$(dpkg-deb -f published/spiketwin_*.deb Maintainer) $(dpkg-deb -c published/spiketwin_*.deb | grep -c lintian/overrides)"
    lintian --allow-root --tag-display-limit 0 published/*.deb >lintian.txt 2>&1
    expect "and lintian nothing to say" "0 " "$? $(grep -v '^N:' lintian.txt)"
else
    left_out "lintian" "it is not here (scripts/install)"
fi

# Unpacked, it runs, and a bench finds the library where Debian has it.
export SPIKETWIN_HOME='' LD_LIBRARY_PATH=$tmp/root/usr/lib/$multi
expect "unpacked, it runs" "$("$spiketwin" info loihi)" "$(root/usr/bin/spiketwin info loihi 2>&1)"
root/usr/bin/spiketwin make fpga-q8.8 --layer 4x4o --layer 4x6r --layer 6x2 --labels yes,no --random 1 -q -o net.nir && root/usr/bin/spiketwin gen net.nir -m mem -q
cat >use.c <<'C'
#include <stdio.h>
#include <stw_golden.h>
int main(void)
{
    void *h = stw_open("mem");
    printf("%s%s %d\n", stw_error(h), stw_image(h), stw_layers(h));
    stw_close(h);
    return 0;
}
C
# shellcheck disable=SC2046 # words
cc -o use use.c $(PKG_CONFIG_PATH=root/usr/lib/$multi/pkgconfig pkg-config --cflags --libs stw_golden) 2>err.txt || bad "compiles" "$(<err.txt)"
expect "a test bench against the library" "$("$spiketwin" info net.nir --json | sed -nE 's/.*"image_hash":\s*"([0-9a-f]+)".*/\1/p') 3" "$(./use)"
root/usr/bin/spiketwin bench fpga-q8.8 --layer 6x5r --pipe --out bench -q 2>err.txt || bad bench "$(<err.txt)"
spiketwin=$(realpath root/usr/bin/spiketwin)
expect "a bench finds it" "$tmp/root/usr/lib/$multi/libstw_golden.so.$abi" \
    "$(bash -c 'eval "$(sed -n "/^find_golden/,/^}/p" "$1")"; spiketwin=$2; find_golden; echo "$golden"' - "$root/cosim/away/bench/bench.sh" "$spiketwin")"
finish
