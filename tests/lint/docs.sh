#!/bin/sh
# docs.sh - the manual page knows every verb, links lead somewhere, dependencies are explained.
set -eu
cd "${SOURCE_DIR:-$(dirname "$0")/../..}"

failed=0
complain() {
    echo "$1"
    failed=1
}

# The two commands that a newcomer needs stand on README's first screen.
for command in './dev demo' './dev test'; do
    head -24 README.md | grep -q -F "$command" || complain "README.md: $command is not on the first screen"
done

# Verbs: the table against the manual page.
verbs=$(sed -n -E 's/^ +X\(([a-z_]+)\).*/\1/p' cli/subcommands.h)
[ -n "$verbs" ] || complain "cli/subcommands.h: found no verbs"
for verb in $verbs; do
    grep -q -E "^\.(B|BI|BR|TP)? ?.*\b$verb\b" docs/flightdeck.1 ||
        complain "docs/flightdeck.1: says nothing about $verb"
done

# Options: the descriptors against the manual page.
options=$(sed -n -E 's/^ +\{\.name = "([a-z-]+)".*/\1/p' cli/arguments.c cli/subcommands/*.c | sort -u)
[ -n "$options" ] || complain "cli: found no options"
page=$(sed 's/\\-/-/g; s/\\f[A-Z]//g' docs/flightdeck.1)
for option in $options; do
    printf '%s\n' "$page" | grep -q -E -e "--$option([^a-z-]|\$)" ||
        complain "docs/flightdeck.1: says nothing about --$option"
done

# Links to files, as seen from the page; what is after # is not checked.
for page in README.md CONTRIBUTING.md CHANGELOG.md docs/*.md; do
    folder=$(dirname "$page")
    # Code is no prose: ``` blocks and `spans` are left out.
    targets=$(awk '/^ *```/ { code = !code; next } !code' "$page" | sed 's/`[^`]*`//g' |
        grep -o -E '\]\([^) ]+\)' | sed -E 's/^\]\(//; s/\)$//; s/#.*//' |
        grep -v -E '^(https?:|mailto:|$)' || true)
    for target in $targets; do
        [ -e "$folder/$target" ] || complain "$page: the link to $target leads nowhere"
    done
done

# Every library that the build asks for is explained, and ./dev can install it.
packages=$(sed -n -E 's/^ *dependency\([a-z0-9]+ [^ ]+ ([^ )]+)\)/\1/p' cmake/Dependencies.cmake)
[ -n "$packages" ] || complain "cmake/Dependencies.cmake: found no packages"
for package in $packages; do
    [ "$package" != libncurses-dev ] || [ -n "$(find tui -name '*.c' 2>/dev/null)" ] || continue
    grep -q -F "$package" docs/dependencies.md || complain "docs/dependencies.md: no line for $package"
    grep -q -F "$package" dev || complain "dev: does not install $package"
done

# The manual page is one that man can show.
if command -v groff >/dev/null; then
    warnings=$(groff -man -ww -Tutf8 -z docs/flightdeck.1 2>&1 || true)
    [ -z "$warnings" ] || complain "docs/flightdeck.1: $warnings"
fi

exit "$failed"
