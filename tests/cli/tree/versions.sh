#!/usr/bin/env bash
# The version stands once, in CHANGELOG.md: program, pkg-config, wheel and package follow, and what is built between releases is
# ordered after the release before and ahead of the next by dpkg and by pip.
#
#   tests/cli/tree/versions.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
version=$("$root/packaging/version")
build=$(dirname "$spiketwin")
cd "$tmp" || exit 2

release=$(grep -m 1 '^## \[[0-9]' "$root/CHANGELOG.md" | sed -E 's/^## \[([0-9.]+)\] - .*/\1/')
expect "a release of CHANGELOG.md" 1 "$(grep -cxE "$(sed 's/[.]/[.]/g' <<<"$release")([+]git[0-9]{8}[.][0-9]{6}[.][0-9a-f]{7,}([.]dirty)?)?" <<<"$version")"
make -s -C "$root" BUILD="$build" --no-print-directory all "$build/install/stw_golden.pc" >make.txt 2>&1 || bad "make" "$(tail -n 3 make.txt)"
version=$("$root/packaging/version") # others may work in the tree
expect "the program's" "spiketwin $version" "$("$spiketwin" --version)"
expect "what results are stamped with" "$version" "$("$spiketwin" mismatch "$root/vectors/tiny.nir" -n 2 -q --json | sed -nE 's/.*"version":\s*"([^"]*)".*/\1/p')"
expect "pkg-config's" "$version" "$(sed -n 's/^Version: //p' "$build/install/stw_golden.pc")"
expect "the wheel's" "$version" "$(cd "$root/packaging" && PYTHONDONTWRITEBYTECODE=1 python3 -c 'import wheel_version; print(wheel_version.dynamic_metadata("version", {}))')"

# Headings of the change log: dates that are, each version once, the newest first.
sed -nE 's/^## \[([0-9][^]]*)\] - (.*)$/\1 \2/p' "$root/CHANGELOG.md" >releases
expect "every heading is Unreleased or a release with its date" "$(grep -c '^## ' "$root/CHANGELOG.md")" $(($(wc -l <releases) + 1))
while read -r v day; do
    [[ $day =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}$ ]] && date -d "$day" >/dev/null 2>&1 && ok "$v has a date" || bad "$v has a date" "$day"
done <releases
expect "newest first" "$(cut -d' ' -f1 releases)" "$(cut -d' ' -f1 releases | sort -rV -u)"

# A checkout of one's own, on a tag, behind it, changed, and unpacked without git.
tree() { # said by packaging/version of tree
    "$root/packaging/version" tree
}
commit() { GIT_COMMITTER_DATE=$1 GIT_AUTHOR_DATE=$1 git -C tree -c user.name=a -c user.email=a@b -c commit.gpgsign=false commit -q --allow-empty -a -m "$1"; }
mkdir tree
head_of() { printf '# Changelog\n\n## [Unreleased]\n\n%s\n' "$1" >tree/CHANGELOG.md; }
head_of '## [1.9.0] - 2026-01-02'
expect "without git" 1.9.0 "$(tree)"
git -C tree init -q && git -C tree add CHANGELOG.md && commit "2026-01-02T03:04:05+02:00"
git -C tree tag v1.9.0
expect "on its tag" 1.9.0 "$(tree)"
echo more >>tree/CHANGELOG.md
changed=$(tree)
expect "changed" 1 "$(grep -cxE '1[.]9[.]0[+]git20260102[.]010405[.][0-9a-f]{7}[.]dirty' <<<"$changed")"
commit "2026-01-02T09:00:00Z"
morning=$(tree)
commit "2026-01-02T10:00:00Z"
later=$(tree)
head_of $'## [1.10.0] - 2026-01-03\n\n## [1.9.0] - 2026-01-02'
commit "2026-01-03T00:00:00Z"
next=$(tree)
mkdir tree/inner && cp tree/CHANGELOG.md tree/inner/ && expect "unpacked in another's checkout" 1.10.0 "$("$root/packaging/version" tree/inner)"
head_of '## 1.9.0'
expect "no release" "2 version: CHANGELOG.md: no line \"## [MAJOR.MINOR.PATCH] - YYYY-MM-DD\"" "$(tree 2>&1 | sed 's/^/2 /')"
mkdir -p other/packaging && cp "$root/packaging/version" other/packaging/
for pair in 0.12.3:0.12 1.9.0:1 12.0.1:12; do
    printf '## [%s] - 2026-01-02\n' "${pair%:*}" >other/CHANGELOG.md
    expect "the libraries' interface of ${pair%:*}" "${pair#*:}" "$(other/packaging/version --abi)"
done
expect "no such option" "2 version: --api: allowed --date, --abi" "$(other/packaging/version --api 2>&1 | sed 's/^/2 /')"
in_order=("1.9.0" "$changed" "$morning" "$later" "1.10.0" "$next" "1.10.1")
for at in 0 1 2 3 4 5; do
    a=${in_order[at]} b=${in_order[at + 1]}
    if command -v dpkg >/dev/null; then
        dpkg --compare-versions "$a" lt "$b" && ok "dpkg: $a before $b" || bad "dpkg: $a before $b"
    fi
    python3 - "$a" "$b" 2>err.txt <<'P'
import sys
try:
    from packaging.version import Version
except ImportError:
    from pip._vendor.packaging.version import Version
sys.exit(not Version(sys.argv[1]) < Version(sys.argv[2]))
P
    case $? in
    0) ok "pip: $a before $b" ;;
    *) if grep -q ImportError\\\|ModuleNotFound err.txt; then [ $at -gt 0 ] || left_out "pip's order" "no packaging module"; else bad "pip: $a before $b" "$(<err.txt)"; fi ;;
    esac
done
command -v dpkg >/dev/null || left_out "dpkg's order" "no dpkg here"
finish
