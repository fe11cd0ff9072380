#!/bin/sh
# files.sh - each C file says on its first line what it is for, is guarded by its path, and stays short.
set -eu
cd "${SOURCE_DIR:-$(dirname "$0")/../..}"

find core net aws integrations db sandbox tui cli tests main.c -name '*.[ch]' 2>/dev/null |
    LC_ALL=C sort | LC_ALL=C xargs awk '
    function complain(line, what) {
        printf "%s:%d: %s\n", file, line, what
        failed = 1
    }
    function end_file() {
        if (file == "") return
        if (is_header && !guarded) complain(1, "the guard is not " guard)
        if (lines > 700) complain(lines, "the file is longer than 700 lines: split it")
    }
    FNR == 1 {
        end_file()
        file = FILENAME
        name = file
        sub(/.*\//, "", name)
        is_header = name ~ /\.h$/
        guard = toupper(file)
        gsub(/[^A-Z0-9]/, "_", guard)
        guarded = 0
        started = 0
        comment = $0
    }
    { lines = FNR }
    FNR <= 2 && FNR > 1 { comment = comment " " $0 }
    FNR == 2 {
        if (comment !~ /^\/\*/ || index(comment, name " - ") == 0)
            complain(1, "line 1 is not \"/* " name " - what it is for\"")
    }
    $0 == "#ifndef " guard { guarded = 1 }
    # A function is what stands between a { and a } in the first column.
    /^\{/ { started = FNR }
    /^\}/ {
        if (started && FNR - started - 1 > 60)
            complain(started, "the function has " (FNR - started - 1) " lines: more than a screen")
        started = 0
    }
    END {
        end_file()
        exit failed
    }'
