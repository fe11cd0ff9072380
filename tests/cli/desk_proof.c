/* desk_proof.c - evidence that is kept for the next start, and its details as lines. */
#include "cli/desk_proof.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"

#define NOW_MS INT64_C(1764000000000)
#define HOUR_MS INT64_C(3600000)

static json_t *item(const char *id, const char *kind, const char *state, int64_t expires_at_ms,
                    const char *by)
{
    char at[CLOCK_STAMP_SIZE], expires_at[CLOCK_STAMP_SIZE];
    return json_pack("{s:s, s:s, s:s, s:s, s:{s:s, s:s, s:s}}", "id", id, "kind", kind, "state",
                     state, "by", by, "evidence", "summary", "exit 0", "at",
                     clock_stamp(NOW_MS - HOUR_MS, at), "expires_at",
                     expires_at_ms > 0 ? clock_stamp(expires_at_ms, expires_at) : "");
}

Test(desk_proof, keeps_only_what_a_probe_said_and_what_still_counts)
{
    json_t *document = json_pack(
        "{s:[o, o, o, o, o, o]}", "items", item("live", "run", "pass", NOW_MS + HOUR_MS, ""),
        item("failed", "http", "fail", NOW_MS + HOUR_MS, ""),
        item("expired", "run", "pass", NOW_MS - 1, ""), item("endless", "git", "pass", 0, ""),
        item("ticked", "person", "pass", NOW_MS + HOUR_MS, ""),
        item("overridden", "run", "pass", NOW_MS + HOUR_MS, "ana"));
    json_t *proofs = desk_proof_of_document(document, NOW_MS);
    cr_expect_eq(json_object_size(proofs), 2);
    const json_t *live = json_object_get(proofs, "live");
    cr_expect_str_eq(json_string_value(json_object_get(live, "state")), "pass");
    cr_expect_eq(json_integer_value(json_object_get(live, "at_ms")), NOW_MS - HOUR_MS);
    cr_expect_eq(json_integer_value(json_object_get(live, "expires_at_ms")), NOW_MS + HOUR_MS);
    cr_expect_not_null(json_object_get(proofs, "failed"));
    json_decref(proofs);
    json_decref(document);
    proofs = desk_proof_of_document(NULL, NOW_MS);
    cr_expect_eq(json_object_size(proofs), 0);
    json_decref(proofs);
}

Test(desk_proof, writes_details_as_lines)
{
    static const struct {
        const char *details, *lines; /* joined by | */
    } cases[] = {
        {"null", ""},
        {"{\"url\":\"http://x/\",\"status\":200}", "url: http://x/|status: 200"},
        {"{\"output\":\"one\\ntwo\\n\",\"nothing\":null}", "output:|  one|  two"},
        {"{\"files\":[\"a.c\",\"b.c\"]}", "files:|  a.c|  b.c"},
        {"[{\"exit\":0,\"in\":\"web\"},{\"exit\":1}]", "exit: 0|in: web|exit: 1"},
        {"{\"deep\":{\"a\":[1]}}", "deep: {\"a\":[1]}"},
        {"\"plain\"", "details: plain"},
        {"{\"format\":\"%s%n\"}", "format: %s%n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *details = json_loads(cases[i].details, JSON_DECODE_ANY, NULL), *line;
        json_t *lines = desk_proof_lines(details);
        auto_free char *joined = xstrdup("");
        size_t k;
        json_array_foreach(lines, k, line)
        {
            char *longer = xasprintf("%s%s%s", joined, k > 0 ? "|" : "", json_string_value(line));
            free(joined);
            joined = longer;
        }
        cr_expect_str_eq(joined, cases[i].lines, "%s gave %s", cases[i].details, joined);
        json_decref(lines);
        json_decref(details);
    }
}
