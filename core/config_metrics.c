/*
 * config_metrics.c - `metrics:`: which numbers of which resource are shown; and which exist at all.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/config_parts.h"
#include "core/mem.h"
#include "core/resource.h"
#include "core/text.h"

#define MOST_NAMES 64

/* A resource of any environment: its kind says which metrics it has. */
static const struct resource *find_resource(const struct config *c, const char *name)
{
    for (size_t i = 0; i < c->environment_count; i++) {
        const struct resource *found = config_resource(&c->environments[i], name);
        if (found != NULL)
            return found;
    }
    return NULL;
}

static bool refuse_resource(struct config_reader *r, const json_t *value, const char *name,
                            struct error *err)
{
    const struct config *c = r->config;
    const char *names[MOST_NAMES];
    size_t count = 0;

    for (size_t i = 0; i < c->environment_count; i++)
        for (size_t k = 0; k < c->environments[i].resource_count && count < MOST_NAMES; k++) {
            const char *candidate = c->environments[i].resources[k].name;
            bool is_new = true;
            for (size_t n = 0; n < count && is_new; n++)
                is_new = strcmp(names[n], candidate) != 0;
            if (is_new)
                names[count++] = candidate;
        }
    return config_reader_unknown(r, value, "resource", name, names, count, err);
}

static bool refuse_metric(struct config_reader *r, const json_t *value,
                          const struct resource *resource, const char *name, struct error *err)
{
    const struct metric_name *metrics = resource->kind->metrics;
    const char *names[MOST_NAMES];
    size_t count = 0;

    while (metrics != NULL && metrics[count].name != NULL && count < MOST_NAMES) {
        names[count] = metrics[count].name;
        count++;
    }
    auto_free char *what = xasprintf("metric of %s", resource->name);
    return config_reader_unknown(r, value, what, name, names, count, err);
}

static const struct metric_name *find_metric(const struct resource *resource, const char *name)
{
    const struct metric_name *metrics = resource->kind->metrics;
    for (size_t i = 0; metrics != NULL && metrics[i].name != NULL; i++)
        if (strcmp(metrics[i].name, name) == 0)
            return &metrics[i];
    return NULL;
}

static void add_metric(struct config *c, const char *resource, const char *metric)
{
    c->metrics = xrealloc(c->metrics, (c->metric_count + 1) * sizeof *c->metrics);
    c->metrics[c->metric_count++] =
        (struct metric_choice){.resource = xstrdup(resource), .metric = xstrdup(metric)};
}

static bool add_known(struct config_reader *r, const json_t *value, const struct resource *resource,
                      const char *name, struct error *err)
{
    struct config *c = r->config;

    if (find_metric(resource, name) == NULL)
        return refuse_metric(r, value, resource, name, err);
    for (size_t i = 0; i < c->metric_count; i++)
        if (strcmp(c->metrics[i].resource, resource->name) == 0 &&
            strcmp(c->metrics[i].metric, name) == 0)
            return config_reader_fail(r, value, err, "%s stands here twice", name);
    add_metric(c, resource->name, name);
    return true;
}

static bool is_percentile(struct text word)
{
    return word.len >= 2 && word.ptr[0] == 'p' && isdigit((unsigned char)word.ptr[1]);
}

/* "duration p50 p90 p99" is three metrics; anything else is one. */
static bool add_metrics(struct config_reader *r, const json_t *value,
                        const struct resource *resource, const char *text, struct error *err)
{
    struct text rest = text_trim(text_of(text)), word;
    size_t base = 0;

    while (base < rest.len) { /* up to the first percentile */
        const char *at = rest.ptr + base;
        size_t gap = strspn(at, " ");
        size_t len = strcspn(at + gap, " ");
        if (base > 0 && is_percentile((struct text){at + gap, len}))
            break;
        base += gap + len;
    }
    if (base >= rest.len)
        return add_known(r, value, resource, text, err);
    auto_free char *stem = xstrndup(rest.ptr, base);
    struct text list = text_trim((struct text){rest.ptr + base, rest.len - base});
    while (text_split(&list, ' ', &word)) {
        if (word.len == 0)
            continue;
        auto_free char *percentile = text_dup(word);
        auto_free char *name = xasprintf("%s %s", stem, percentile);
        if (!add_known(r, value, resource, name, err))
            return false;
    }
    return true;
}

/* Without a word about it: all that the resources have. */
static void add_all_metrics(struct config *c, json_t *shown)
{
    for (size_t i = 0; i < c->environment_count; i++)
        for (size_t k = 0; k < c->environments[i].resource_count; k++) {
            const struct resource *resource = &c->environments[i].resources[k];
            const struct metric_name *metrics = resource->kind->metrics;
            if (metrics == NULL || json_object_get(shown, resource->name) != NULL)
                continue;
            json_t *names = json_array();
            for (; metrics->name != NULL; metrics++) {
                add_metric(c, resource->name, metrics->name);
                json_array_append_new(names, json_string(metrics->name));
            }
            json_object_set_new(shown, resource->name, names);
        }
}

bool config_metrics_read(struct config_reader *r, json_t *given, void *into, json_t **shown,
                         struct error *err)
{
    const char *name;
    json_t *value;

    if (given == NULL) {
        *shown = json_object();
        add_all_metrics(into, *shown);
        return true;
    }
    if (!config_reader_is_object(r, given, err))
        return false;
    json_object_foreach(given, name, value)
    {
        const struct resource *resource = find_resource(r->config, name);
        size_t count;
        if (resource == NULL)
            return refuse_resource(r, value, name, err);
        if (!config_reader_count(r, value, &count, err))
            return false;
        for (size_t i = 0; i < count; i++) {
            const json_t *one = config_reader_at(value, i);
            const char *text;
            if (!config_reader_text(r, one, &text, err) ||
                !add_metrics(r, one, resource, text, err))
                return false;
        }
    }
    return true;
}

bool config_metrics_find(struct config_reader *r, const json_t *value, const char *resource_name,
                         const char *metric_name, const struct metric_name **out, struct error *err)
{
    const struct resource *resource = find_resource(r->config, resource_name);
    if (resource == NULL)
        return refuse_resource(r, value, resource_name, err);
    *out = find_metric(resource, metric_name);
    return *out != NULL || refuse_metric(r, value, resource, metric_name, err);
}

void config_metrics_clear(struct config *c)
{
    for (size_t i = 0; i < c->metric_count; i++) {
        free(c->metrics[i].resource);
        free(c->metrics[i].metric);
    }
    free(c->metrics);
}
