/*
 * call.c - see call.h.
 */
#include "core/call.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/text.h"

#define CALL_CEILING 4000

static const char *text_of_key(const json_t *call, const char *key)
{
    const char *text = json_string_value(json_object_get(call, key));
    return text != NULL ? text : "?";
}

/*
 * One order everywhere: the journal sorts its keys, a call under way does not. What is called
 * stands first, what only describes it last.
 */
static int rank_of(const char *key)
{
    static const char *const first[] = {"FunctionName", "DBInstanceIdentifier", "url", "Name",
                                        "Qualifier",    "FunctionVersion"};
    const int count = sizeof first / sizeof first[0];
    for (int i = 0; i < count; i++)
        if (strcmp(first[i], key) == 0)
            return i;
    return count + (strcmp(key, "Description") == 0);
}

static int compare_keys(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    int by_rank = rank_of(x) - rank_of(y);
    return by_rank != 0 ? by_rank : strcmp(x, y);
}

bool call_is_known(const json_t *value)
{
    static const char *const late[] = {"${run}", "${actor}", "${time}"};
    const char *text = json_string_value(value);

    for (size_t i = 0; text != NULL && i < sizeof late / sizeof late[0]; i++)
        if (strstr(text, late[i]) != NULL)
            return false;
    return true;
}

static void add_param(struct buf *out, const char *key, const json_t *value)
{
    if (!call_is_known(value))
        return;
    if (json_is_string(value)) {
        buf_addf(out, " %s=%s", key, json_string_value(value));
        return;
    }
    char *text =
        json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_REAL_PRECISION(6));
    buf_addf(out, " %s=%s", key, text != NULL ? text : "?");
    free(text);
}

char *call_text(const json_t *call)
{
    auto_buf out;
    const char *key;
    json_t *value;
    size_t count = 0;
    /* A borrowed object is only read here; jansson's loop wants it without const. */
    json_t *params = json_object_get(call, "params");
    auto_free const char **keys = xcalloc(json_object_size(params) + 1, sizeof *keys);

    json_object_foreach(params, key, value) keys[count++] = key;
    qsort(keys, count, sizeof *keys, compare_keys);
    buf_init(&out, CALL_CEILING);
    buf_addf(&out, "%s %s", text_of_key(call, "service"), text_of_key(call, "operation"));
    for (size_t i = 0; i < count; i++)
        add_param(&out, keys[i], json_object_get(params, keys[i]));
    return text_safe(out.ptr);
}
