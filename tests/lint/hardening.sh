#!/bin/sh
# hardening.sh - the release program, where ./dev build left it, is hardened as cmake/Flags.cmake says.
set -eu
cd "${SOURCE_DIR:-$(dirname "$0")/../..}"

program=build/flightdeck
[ -x "$program" ] || { echo "SKIPPED: there is no $program: ./dev build"; exit 77; }
command -v readelf >/dev/null || { echo "SKIPPED: there is no readelf"; exit 77; }

failed=0
must_have() { # WHAT READELF-OPTION PATTERN
    readelf "$2" -W "$program" | grep -q -E -e "$3" && return
    echo "$program: no $1"
    failed=1
}

must_have "address that changes (PIE)" -h 'Type: +DYN'
must_have "binding of everything at the start (BIND_NOW)" -d 'BIND_NOW|FLAGS_1.* NOW'
must_have "read-only relocations (RELRO)" -l 'GNU_RELRO'
must_have "stack that cannot be executed" -l 'GNU_STACK.* RW +0x'
must_have "stack protector" --dyn-syms '__stack_chk_fail'
must_have "checked copies (_FORTIFY_SOURCE)" --dyn-syms '__(mem|str|sn?printf|vsn?printf|read|f?printf)[a-z]*_chk'

exit "$failed"
