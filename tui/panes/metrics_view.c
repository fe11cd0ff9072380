/* metrics_view.c - see metrics_view.h. */
#include "tui/panes/metrics_view.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "core/wire.h"
#include "tui/app.h"

#define DAY_S 86400

static const char *member(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

/* ---- groups ---- */

/* "api error rate v42" without what names the version. */
static void label_of(const json_t *series, char out[static METRICS_LABEL_SIZE])
{
    const char *label = member(series, "label"), *version = member(series, "version");
    size_t length = strlen(label), tail = strlen(version) + 2;

    text_copy(out, METRICS_LABEL_SIZE, label);
    if (version[0] == '\0' || length <= tail || length >= METRICS_LABEL_SIZE)
        return;
    if (strncmp(label + length - tail, " v", 2) == 0 &&
        strcmp(label + length - tail + 2, version) == 0)
        out[length - tail] = '\0';
}

static enum metrics_state state_of(const json_t *series)
{
    static const struct {
        const char *name;
        enum metrics_state state;
    } states[] = {{"successful", METRICS_WITHIN},
                  {"inconclusive", METRICS_UNSURE},
                  {"no_data", METRICS_NO_DATA},
                  {"failed", METRICS_OVER}};

    if (member(series, "error")[0] != '\0')
        return METRICS_UNREAD;
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        if (strcmp(member(series, "state"), states[i].name) == 0)
            return states[i].state;
    return METRICS_NO_LIMIT;
}

static struct metrics_group *group_of(struct metrics_view *v, const json_t *series)
{
    char label[METRICS_LABEL_SIZE];

    label_of(series, label);
    for (size_t i = 0; i < v->count; i++)
        if (strcmp(v->groups[i].label, label) == 0)
            return &v->groups[i];
    if (v->count == METRICS_MOST)
        return NULL;
    struct metrics_group *g = &v->groups[v->count++];
    *g = (struct metrics_group){.unit = member(series, "unit"),
                                .alert = "",
                                .error = "",
                                .threshold = NAN,
                                .settled_s = INT64_MAX};
    text_copy(g->label, sizeof g->label, label);
    return g;
}

/* What is shown beside it must not say the opposite, of one version or of all. */
static void add_past(struct metrics_group *g)
{
    for (size_t i = 0; i < g->line_count && g->state == METRICS_WITHIN; i++)
        if (g->is_floor ? g->lines[i].now < g->threshold : g->lines[i].now > g->threshold)
            g->state = METRICS_WAS_OVER;
}

static void add_series(struct metrics_view *v, const json_t *series, const char *old_version)
{
    struct metrics_group *g = group_of(v, series);

    if (g == NULL || g->line_count == METRICS_LINES)
        return;
    struct metrics_line line = {
        .series = series, .version = member(series, "version"), .now = number(series, "now")};
    line.is_old = line.version[0] != '\0' && strcmp(line.version, old_version) == 0;
    if (g->line_count == 1 && g->lines[0].is_old) {
        g->lines[1] = g->lines[0];
        g->lines[0] = line;
    } else {
        g->lines[g->line_count] = line;
    }
    g->line_count++;
    if (!isnan(number(series, "threshold"))) {
        g->threshold = number(series, "threshold");
        g->is_floor = strcmp(member(series, "comparison"), "<") == 0;
        g->alert = member(series, "alert");
    }
    enum metrics_state state = state_of(series);
    g->state = state > g->state ? state : g->state;
    if (member(series, "error")[0] != '\0')
        g->error = member(series, "error");
    int64_t settled_s = wire_whole(json_object_get(series, "settled_until"));
    if (settled_s < g->settled_s)
        g->settled_s = settled_s;
}

static int64_t end_of(const json_t *series, int period_s)
{
    const json_t *values = json_object_get(series, "values");
    size_t count = json_array_size(values);
    return count == 0 ? 0
                      : wire_whole(json_array_get(json_array_get(values, count - 1), 0)) + period_s;
}

/* Which of the two is the old one: as the alias splits them, or the smaller number. */
static void find_old(const struct app_environment *e, const json_t *series, char *out, size_t size)
{
    const json_t *alias = NULL, *resources = json_object_get(e->status.document, "resources"), *one;
    double least = INFINITY, value;
    size_t i;

    out[0] = '\0';
    if (e->run != NULL && e->run->old_version[0] != '\0') {
        bool is_backward = text_to_double(e->run->old_version, &value) &&
                           text_to_double(e->run->new_version, &least) && least < value;
        text_copy(out, size, is_backward ? e->run->new_version : e->run->old_version);
        return;
    }
    json_array_foreach(resources, i, one) if (alias == NULL && json_object_get(one, "alias"))
        alias = one;
    if (alias != NULL && json_object_size(json_object_get(alias, "weights")) > 0) {
        text_copy(out, size, member(alias, "version"));
        return;
    }
    json_array_foreach(series, i, one)
    {
        if (text_to_double(member(one, "version"), &value) && value < least) {
            least = value;
            text_copy(out, size, member(one, "version"));
        }
    }
}

/* Those with a limit first; else as they came. */
static void sort_groups(struct metrics_view *v)
{
    size_t sorted = 0;

    for (size_t i = 0; i < v->count; i++) {
        if (isnan(v->groups[i].threshold))
            continue;
        struct metrics_group moved = v->groups[i];
        memmove(&v->groups[sorted + 1], &v->groups[sorted], (i - sorted) * sizeof moved);
        v->groups[sorted++] = moved;
    }
}

void metrics_view_of(const struct app *app, struct metrics_view *out)
{
    const struct app_environment *e = app_environment(app);
    const json_t *series, *one;
    char old_version[32];
    size_t i;

    *out = (struct metrics_view){.period_s = 60};
    if (e == NULL)
        return;
    out->trouble = e->metrics.trouble;
    out->is_cached = e->metrics.is_cached;
    out->read_ms = e->metrics.at_ms;
    out->is_loaded = e->metrics.document != NULL;
    series = json_object_get(e->metrics.document, "series");
    int64_t period_s = wire_whole(json_object_get(e->metrics.document, "period_s"));
    if (period_s > 0 && period_s <= DAY_S)
        out->period_s = (int)period_s;
    find_old(e, series, old_version, sizeof old_version);
    json_array_foreach(series, i, one)
    {
        int64_t end_s = end_of(one, out->period_s);
        add_series(out, one, old_version);
        if (end_s > out->end_s)
            out->end_s = end_s;
    }
    for (i = 0; i < out->count; i++)
        add_past(&out->groups[i]);
    sort_groups(out);
}

size_t metrics_view_points(const struct metrics_line *line, struct plot_point **out)
{
    const json_t *values = json_object_get(line->series, "values"), *point;
    int64_t settled_s = wire_whole(json_object_get(line->series, "settled_until"));
    size_t i, count = json_array_size(values);

    *out = xcalloc(count + 1, sizeof **out);
    json_array_foreach(values, i, point)
    {
        const json_t *value = json_array_get(point, 1);
        int64_t at_s = wire_whole(json_array_get(point, 0));
        (*out)[i] = (struct plot_point){
            at_s, json_is_number(value) ? json_number_value(value) : NAN, at_s >= settled_s};
    }
    return count;
}

/* ---- words ---- */

const char *metrics_view_value(double value, const char *unit, char out[static METRICS_VALUE_SIZE])
{
    static const struct {
        const char *unit, *shown;
        double least, divisor;
    } scales[] = {{"ms", "s", 1e3, 1e3},
                  {"bytes", "TiB", 0x1p40, 0x1p40},
                  {"bytes", "GiB", 0x1p30, 0x1p30},
                  {"bytes", "MiB", 0x1p20, 0x1p20},
                  {"1", "", -INFINITY, 1}};

    if (isnan(value)) {
        text_copy(out, METRICS_VALUE_SIZE, "no data");
        return out;
    }
    for (size_t i = 0; i < sizeof scales / sizeof scales[0]; i++)
        if (strcmp(scales[i].unit, unit) == 0 && fabs(value) >= scales[i].least) {
            value /= scales[i].divisor;
            unit = scales[i].shown;
            break;
        }
    (void)snprintf(out, METRICS_VALUE_SIZE, "%.*f%s%s",
                   fabs(value) >= 100 || value == floor(value) ? 0
                   : fabs(value) >= 10                         ? 1
                                                               : 2,
                   value, unit[0] != '\0' ? " " : "", unit);
    return out;
}

char *metrics_view_standing(const struct metrics_group *g)
{
    static const struct {
        const char *above, *below;
    } words[METRICS_STATE_COUNT] = {
        [METRICS_NO_LIMIT] = {"no limit", "no limit"},
        [METRICS_WITHIN] = {"within its limit", "within its limit"},
        [METRICS_WAS_OVER] = {"within its limit again, was over",
                              "within its limit again, was under"},
        [METRICS_UNSURE] = {"over its limit, on too few requests to be sure:",
                            "under its limit, on too few requests to be sure:"},
        [METRICS_NO_DATA] = {"no data; its limit is", "no data; its limit is"},
        [METRICS_OVER] = {"OVER its limit", "UNDER its limit"},
        [METRICS_UNREAD] = {"", ""},
    };
    char limit[METRICS_VALUE_SIZE];
    const char *said = g->is_floor ? words[g->state].below : words[g->state].above;

    if (g->error[0] != '\0')
        return xasprintf("could not read it: %s", g->error);
    if (isnan(g->threshold))
        return xstrdup("no limit");
    return xasprintf("%s %s%s%s%s", said, metrics_view_value(g->threshold, g->unit, limit),
                     g->alert[0] != '\0' ? " (alert " : "", g->alert,
                     g->alert[0] != '\0' ? ")" : "");
}

char *metrics_view_short(const struct metrics_group *g)
{
    static const char *const words[METRICS_STATE_COUNT] = {
        [METRICS_NO_LIMIT] = "limit",         [METRICS_WITHIN] = "within",
        [METRICS_WAS_OVER] = "was over",      [METRICS_UNSURE] = "unsure of",
        [METRICS_NO_DATA] = "no data, limit", [METRICS_OVER] = "OVER",
        [METRICS_UNREAD] = "not read, limit",
    };
    char limit[METRICS_VALUE_SIZE];

    if (isnan(g->threshold))
        return xstrdup("");
    return xasprintf("%s %s", g->is_floor && g->state == METRICS_OVER ? "UNDER" : words[g->state],
                     metrics_view_value(g->threshold, g->unit, limit));
}
