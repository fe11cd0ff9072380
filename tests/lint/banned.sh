#!/bin/sh
# banned.sh - calls that have a safer replacement here, and // comments, are in no C file.
set -eu
cd "${SOURCE_DIR:-$(dirname "$0")/../..}"

find core net aws integrations db sandbox tui cli tests main.c -name '*.[ch]' 2>/dev/null |
    LC_ALL=C sort | LC_ALL=C xargs awk '
    BEGIN {
        ban("sprintf vsprintf", "snprintf or buf_addf")
        ban("strcpy strcat strncpy strncat stpcpy gets", "buf_adds or xasprintf")
        ban("strtok strtok_r", "text_split")
        ban("atoi atol atoll atof sscanf", "text_to_int64 or text_to_double")
        ban("system popen", "process_run")
        ban("sleep usleep nanosleep", "cancel_sleep_ms")
        ban("localtime gmtime ctime asctime", "clock_stamp")
        ban("rand srand", "hash_random")
        ban("alloca", "xmalloc")
        ban("malloc calloc realloc strdup strndup asprintf vasprintf", "the xmalloc family")
    }
    function ban(names, instead,    list, i) {
        split(names, list, " ")
        for (i in list) banned[list[i]] = instead
    }
    function complain(what) {
        printf "%s:%d: %s\n", FILENAME, FNR, what
        failed = 1
    }
    # The line without comments and without what is between quotes.
    function code_of(line,    out, i, c, two) {
        out = ""
        for (i = 1; i <= length(line); i++) {
            c = substr(line, i, 1)
            two = substr(line, i, 2)
            if (in_comment) {
                if (two == "*/") { in_comment = 0; i++ }
            } else if (quote != "") {
                if (c == "\\") i++
                else if (c == quote) quote = ""
            } else if (two == "/*") { in_comment = 1; i++ }
            else if (two == "//") { complain("a // comment; write /* */"); break }
            else if (c == "\"" || c == "\x27") quote = c
            else out = out c
        }
        quote = ""
        return out
    }
    FNR == 1 { in_comment = 0 }
    {
        # Most lines hold neither a comment nor a quote.
        code = in_comment || $0 ~ /["\x27]|\/[*\/]/ ? code_of($0) : $0
        if (index(code, "(") == 0) next
        if (FILENAME == "core/mem.c") next # it wraps the allocators
        while (match(code, /[A-Za-z_][A-Za-z_0-9]*[ \t]*\(/)) {
            name = substr(code, RSTART, RLENGTH - 1)
            before = RSTART > 1 ? substr(code, RSTART - 1, 1) : ""
            sub(/[ \t]+$/, "", name)
            # x.rand(...) and p->rand(...) are members.
            if (name in banned && before != "." && before != ">")
                complain(name " is banned; use " banned[name])
            code = substr(code, RSTART + RLENGTH)
        }
    }
    END { exit failed }'
