/* status_facts.c - everything that is known of one resource, for its page. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tui/aws_command.h"
#include "tui/dialog_facts.h"
#include "tui/panes/status_parts.h"
#include "tui/reading.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* How each kind is named to AWS, and read from it. */
static const struct kind {
    const char *name, *key;
    const char *service, *operation, *param;
} kinds[] = {
    {"lambda", "function", "lambda", "GetAlias", "FunctionName"},
    {"rds", "instance", "rds", "DescribeDBInstances", "DBInstanceIdentifier"},
    {"http-api", "api_id", "apigatewayv2", "GetApi", "ApiId"},
};

static const struct kind *kind_of(const json_t *resource)
{
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (strcmp(kinds[i].name, reading_text(resource, "kind")) == 0 &&
            reading_text(resource, kinds[i].key)[0] != '\0')
            return &kinds[i];
    return NULL;
}

static const char *text_or_empty(const char *text) { return text != NULL ? text : ""; }

static const char *write_arn(const struct kind *kind, const struct status_place *place,
                             char out[static 400])
{
    const char *region = text_or_empty(place->environment->region);
    const char *account = text_or_empty(place->environment->account);
    const char *name = reading_text(place->resource, kind->key);
    const char *alias = reading_text(place->resource, "alias");

    if (strcmp(kind->name, "lambda") == 0)
        (void)snprintf(out, 400, "arn:aws:lambda:%s:%s:function:%s%s%s", region, account, name,
                       alias[0] != '\0' ? ":" : "", alias);
    else if (strcmp(kind->name, "rds") == 0)
        (void)snprintf(out, 400, "arn:aws:rds:%s:%s:db:%s", region, account, name);
    else
        (void)snprintf(out, 400, "arn:aws:apigateway:%s::/apis/%s", region, name);
    return out;
}

const char *status_facts_arn(const struct status_place *place, char out[static 400])
{
    const struct kind *kind = place->resource != NULL ? kind_of(place->resource) : NULL;
    out[0] = '\0';
    return kind != NULL ? write_arn(kind, place, out) : out;
}

static char *read_command(const struct status_place *place)
{
    const struct kind *kind = kind_of(place->resource);

    if (kind == NULL)
        return NULL;
    json_t *call =
        json_pack("{s:s, s:s, s:{s:s}}", "service", kind->service, "operation", kind->operation,
                  "params", kind->param, reading_text(place->resource, kind->key));
    const char *alias = reading_text(place->resource, "alias");
    if (alias[0] != '\0')
        json_object_set_new(json_object_get(call, "params"), "Name", json_string(alias));
    char *text = aws_command_text(call, place->environment->region);
    json_decref(call);
    return text;
}

static void add_value(json_t *rows, const char *key, const json_t *value, const char *arn)
{
    const char *text = json_string_value(value);
    char *dumped = NULL;

    if (text == NULL) {
        dumped = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
        text = text_or_empty(dumped);
    }
    auto_free char *label = xstrdup(key);
    for (char *c = label; *c != '\0'; c++)
        *c = *c == '_' ? ' ' : *c;
    if (text[0] != '\0')
        dialog_facts_add(rows, label, text, NULL, arn);
    free(dumped);
}

static void add_first(json_t *rows, const struct app *app, const struct status_place *place,
                      const char *arn)
{
    const json_t *resource = place->resource;
    const struct status_look *look = status_view_look(reading_text(resource, "health"));
    auto_free char *command = read_command(place);
    char at[48];
    int64_t seen_ms = reading_stamp_ms(resource, "observed_at");
    const char *summary = reading_text(resource, "summary");
    auto_free char *health =
        look->letter == '?'
            ? xasprintf("could not read it%s%s", summary[0] != '\0' ? ": " : "", summary)
            : xasprintf("%s: %s", look->word, summary);

    dialog_facts_add(rows, "health", health, NULL, arn);
    if (seen_ms > 0) {
        auto_free char *seen =
            xasprintf("%s%s", app_time_text(app, seen_ms, at),
                      place->environment->status.is_cached ? ", of an earlier time" : "");
        dialog_facts_add(rows, "read", seen, reading_text(resource, "observed_at"), arn);
    }
    if (arn != NULL)
        dialog_facts_add(rows, "arn", arn, NULL, arn);
    if (command != NULL)
        dialog_facts_add(rows, "read it yourself", command, NULL, command);
}

json_t *status_facts_rows(const struct app *app, const struct status_place *place)
{
    static const char *const told[] = {"health", "summary", "observed_at", "name"};
    json_t *rows = json_array(), *value;
    const char *key;
    char arn_text[400];
    const char *arn = status_facts_arn(place, arn_text);
    /* A borrowed object is only read here; jansson's loop wants it without const. */
    json_t *resource = json_deep_copy(place->resource);

    add_first(rows, app, place, arn[0] != '\0' ? arn : NULL);
    json_object_foreach(resource, key, value)
    {
        bool is_told = json_is_null(value);
        for (size_t i = 0; i < COUNT(told); i++)
            is_told = is_told || strcmp(told[i], key) == 0;
        if (!is_told)
            add_value(rows, key, value, arn[0] != '\0' ? arn : NULL);
    }
    json_decref(resource);
    return rows;
}
