/*
 * filled.c - see filled.h.
 */
#include "core/filled.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/run.h"
#include "core/text.h"

#define TEXT_CEILING 65536

/* Facts of the step; two of them are the run's. */
static const json_t *find_fact(const struct run *run, const char *step_id, const char *key)
{
    const struct run_step *step = run_step(run, step_id);
    return step != NULL ? json_object_get(step->facts, key) : NULL;
}

static const char *find_version(const struct run *run, const char *key)
{
    if (strcmp(key, "old_version") == 0)
        return run->old_version;
    return strcmp(key, "new_version") == 0 ? run->new_version : "";
}

/* "deploy.old_version" */
static void add_value(struct buf *out, const struct run *run, const char *name)
{
    const char *dot = strrchr(name, '.'), *key = dot != NULL ? dot + 1 : name;
    auto_free char *step_id = xstrndup(name, dot != NULL ? (size_t)(dot - name) : 0);
    const json_t *fact = find_fact(run, step_id, key);
    const char *value = json_is_string(fact) ? json_string_value(fact) : find_version(run, key);

    if (value[0] != '\0') {
        buf_addf(out, "%s%s", text_ends_with(key, "_version") ? "v" : "", value);
        return;
    }
    buf_adds(out, "the ");
    for (; *key != '\0'; key++)
        buf_addf(out, "%c", *key == '_' ? ' ' : *key);
}

char *filled_text(const struct run *run, const char *text)
{
    auto_buf out;
    const char *at = text, *open, *close;

    buf_init(&out, TEXT_CEILING);
    while ((open = strstr(at, "${")) != NULL && (close = strchr(open, '}')) != NULL) {
        auto_free char *name = xstrndup(open + 2, (size_t)(close - open) - 2);
        buf_addf(&out, "%.*s", (int)(open - at), at);
        add_value(&out, run, name);
        at = close + 1;
    }
    buf_adds(&out, at);
    return buf_steal(&out);
}

char *filled_undo(const struct run *run, const char *step_id)
{
    size_t i;
    json_t *step;

    json_array_foreach(json_object_get(run->plan, "steps"), i, step)
    {
        const char *id = json_string_value(json_object_get(step, "id"));
        const char *undo = json_string_value(json_object_get(step, "undo"));
        if (id != NULL && strcmp(id, step_id) == 0)
            return filled_text(run, undo != NULL ? undo : "");
    }
    return xstrdup("");
}
