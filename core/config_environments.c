/*
 * config_environments.c - `all:` and what each environment does differently, merged and checked.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/config_parts.h"
#include "core/grammar.h"
#include "core/mem.h"
#include "core/text.h"
#include "core/yaml.h"

#define ACCOUNT_DIGITS 12
#define MOST_NAMES 64

static const char careful_ladder[] = "[1% 5m, 5% 5m, 10% 10m, 25% 10m, 50% 10m, 100%]";

/* ---- texts ----------------------------------------------------------------------------------- */

static bool check_account(const char *text, struct error *err)
{
    if (strlen(text) == ACCOUNT_DIGITS && strspn(text, "0123456789") == ACCOUNT_DIGITS)
        return true;
    error_set(err, ERROR_USAGE, "\"%.60s\" is no AWS account", text);
    return error_hint(err, "An account has %d digits", ACCOUNT_DIGITS);
}

static bool check_region(const char *text, struct error *err)
{
    size_t len = strlen(text), dashes = 0;
    bool is_fit =
        len > 0 && isdigit((unsigned char)text[len - 1]) && islower((unsigned char)text[0]);

    for (size_t i = 0; i < len; i++) {
        dashes += text[i] == '-';
        is_fit = is_fit && (islower((unsigned char)text[i]) || isdigit((unsigned char)text[i]) ||
                            text[i] == '-');
    }
    if (is_fit && dashes >= 2)
        return true;
    error_set(err, ERROR_USAGE, "\"%.60s\" is no AWS region", text);
    return error_hint(err, "Regions look like eu-central-1");
}

static bool has_only_address_characters(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text <= ' ' || *text > '~' || strchr("\"<>\\^`{|}", *text) != NULL)
            return false;
    return true;
}

static bool check_url(const char *text, struct error *err)
{
    size_t scheme = text_starts_with(text, "https://")  ? 8
                    : text_starts_with(text, "http://") ? 7
                                                        : 0;

    if (scheme == 0) {
        error_set(err, ERROR_USAGE, "\"%.60s\" is no address", text);
        return error_hint(err, "Addresses begin with https:// or http://");
    }
    size_t host_len = strcspn(text + scheme, "/?#");
    if (host_len == 0)
        return error_set(err, ERROR_USAGE, "\"%.60s\" names no host", text);
    if (memchr(text + scheme, '@', host_len) != NULL)
        return error_set(err, ERROR_USAGE, "an address with a user name in it is not accepted");
    if (!has_only_address_characters(text))
        return error_set(err, ERROR_USAGE, "\"%.60s\" has a character that no address has", text);
    if (strpbrk(text, "?#") != NULL) {
        error_set(err, ERROR_USAGE, "\"%.60s\" has a ? or #", text);
        return error_hint(err, "Leave it out: paths are written behind it, $url/login");
    }
    if (text[strlen(text) - 1] == '/') {
        error_set(err, ERROR_USAGE, "\"%.60s\" ends with a slash", text);
        return error_hint(err, "Leave it out: paths are written behind it, $url/login");
    }
    return true;
}

/* ---- the ladder ------------------------------------------------------------------------------ */

static bool check_rung(struct config_reader *r, const json_t *value, const struct rung *rungs,
                       size_t i, bool is_last, struct error *err)
{
    double percent = rungs[i].weight * 100;

    if (i > 0 && rungs[i].weight <= rungs[i - 1].weight) {
        config_reader_fail(r, value, err, "%g%% comes after %g%%", percent,
                           rungs[i - 1].weight * 100);
        return error_hint(err, "Weights only rise: the way down is a rollback");
    }
    if (is_last && rungs[i].weight < 1) {
        config_reader_fail(r, value, err, "the last weight is %g%%", percent);
        return error_hint(err, "The ladder ends with 100%%");
    }
    if (rungs[i].weight >= 1 && rungs[i].bake_ms > 0) {
        config_reader_fail(r, value, err, "100%% is held for no time");
        return error_hint(err, "What follows it is a step of the plan: `- watch: 30m`");
    }
    return true;
}

static bool read_ladder(struct config_reader *r, json_t *given, struct environment *e,
                        struct error *err)
{
    size_t count;

    if (!config_reader_count(r, given, &count, err))
        return false;
    if (count == 0)
        return config_reader_fail(r, given, err, "the ladder has no weight");
    e->ladder = xcalloc(count, sizeof *e->ladder);
    e->rung_count = count;
    for (size_t i = 0; i < count; i++) {
        const json_t *value = config_reader_at(given, i);
        const char *text;
        if (!config_reader_text(r, value, &text, err))
            return false;
        if (!grammar_rung(text, &e->ladder[i], err))
            return config_reader_locate(r, value, err);
        if (!check_rung(r, value, e->ladder, i, i + 1 == count, err))
            return false;
    }
    return true;
}

static bool read_traffic(struct config_reader *r, json_t *given, void *into, json_t **shown,
                         struct error *err)
{
    struct environment *e = into;
    struct yaml_tree *standard = NULL;

    if (given != NULL)
        return read_ladder(r, given, e, err);
    const char *text = e->is_production ? careful_ladder : "[100%]";
    if (!yaml_tree_parse("default", text, strlen(text), &standard, err))
        return false;
    *shown = json_deep_copy(yaml_tree_root(standard));
    yaml_tree_free(standard);
    return read_ladder(r, *shown, e, err);
}

/* ---- when ------------------------------------------------------------------------------------ */

static bool read_window(struct config_reader *r, json_t *given, void *into, json_t **shown,
                        struct error *err)
{
    struct environment *e = into;
    struct time_window window;
    const char *text;

    (void)shown;
    if (given == NULL)
        return true;
    if (!config_reader_text(r, given, &text, err))
        return false;
    if (!grammar_window(text, &window, err))
        return config_reader_locate(r, given, err);
    e->window = xmalloc(sizeof *e->window);
    *e->window = window;
    return true;
}

bool config_environments_read_freezes(struct config_reader *r, const json_t *given,
                                      struct freeze **freezes, size_t *count, struct error *err)
{
    size_t more;

    if (!config_reader_count(r, given, &more, err))
        return false;
    *freezes = xrealloc(*freezes, (*count + more + 1) * sizeof **freezes);
    for (size_t i = 0; i < more; i++) {
        const json_t *value = config_reader_at(given, i);
        const char *text;
        if (!config_reader_text(r, value, &text, err))
            return false;
        if (!grammar_freeze(text, &(*freezes)[*count], err))
            return config_reader_locate(r, value, err);
        (*count)++;
    }
    return true;
}

static bool read_freeze(struct config_reader *r, json_t *given, void *into, json_t **shown,
                        struct error *err)
{
    struct environment *e = into;
    const struct config *c = r->config;

    (void)shown;
    e->freezes = xcalloc(c->freeze_count + 1, sizeof *e->freezes);
    for (; e->freeze_count < c->freeze_count; e->freeze_count++) {
        e->freezes[e->freeze_count] = c->freezes[e->freeze_count];
        e->freezes[e->freeze_count].reason = xstrdup(c->freezes[e->freeze_count].reason);
    }
    return given == NULL ||
           config_environments_read_freezes(r, given, &e->freezes, &e->freeze_count, err);
}

static bool read_production(struct config_reader *r, json_t *given, void *into, json_t **shown,
                            struct error *err)
{
    struct environment *e = into;
    const char *text;

    if (given == NULL) {
        e->is_production = strcmp(e->name, "production") == 0;
        *shown = json_string(e->is_production ? "true" : "false");
        return true;
    }
    if (!config_reader_text(r, given, &text, err))
        return false;
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
        config_reader_fail(r, given, err, "\"%.60s\" is neither true nor false", text);
        return error_hint(err, "Write true or false");
    }
    e->is_production = text[0] == 't';
    return true;
}

/* ---- the table ------------------------------------------------------------------------------- */

static const char *const advances[] = {"auto", "ask", NULL};
static const char *const undecided[] = {"hold", "rollback", NULL};

#define MEMBER(name) offsetof(struct environment, name)

/* In this order: what stands above may be used as `$name` below. */
const struct config_key config_environments_keys[] = {
    {.name = "short",
     .type = CONFIG_TEXT,
     .offset = MEMBER(short_name),
     .fallback = "$env",
     .help = "what its resources are called by: $short"},
    {.name = "production",
     .type = CONFIG_OWN,
     .read = read_production,
     .help = "whether users depend on it: more is asked, and the ladder is long"},
    {.name = "account",
     .type = CONFIG_TEXT,
     .offset = MEMBER(account),
     .check = check_account,
     .help = "AWS account; signed in to any other, nothing runs"},
    {.name = "region",
     .type = CONFIG_TEXT,
     .offset = MEMBER(region),
     .check = check_region,
     .help = "AWS region; left out, it is the profile's"},
    {.name = "branch",
     .type = CONFIG_TEXT,
     .offset = MEMBER(branch),
     .help = "the branch that is released there"},
    {.name = "from",
     .type = CONFIG_TEXT,
     .offset = MEMBER(from),
     .help = "the environment whose image is released there"},
    {.name = "url",
     .type = CONFIG_TEXT,
     .offset = MEMBER(url),
     .check = check_url,
     .help = "where its users reach it"},
    {.name = "traffic",
     .type = CONFIG_OWN,
     .read = read_traffic,
     .help = "the ladder: shares of the traffic, and how long each is held at least"},
    {.name = "advance",
     .type = CONFIG_CHOICE,
     .offset = MEMBER(advance),
     .choices = advances,
     .fallback = "auto",
     .help = "auto: the judge is enough. ask: a person agrees at each weight"},
    {.name = "on-undecided",
     .type = CONFIG_CHOICE,
     .offset = MEMBER(on_undecided),
     .choices = undecided,
     .fallback = "hold",
     .help = "what happens when nobody decides in time: hold or rollback"},
    {.name = "window",
     .type = CONFIG_OWN,
     .read = read_window,
     .help = "when releases may start: Tue-Thu 10:00-16:00 Europe/Berlin"},
    {.name = "freeze",
     .type = CONFIG_OWN,
     .read = read_freeze,
     .help = "days without releases, beside those of the project"},
    {.name = "resources",
     .type = CONFIG_OWN,
     .read = config_resources_read,
     .help = "what it consists of: {api: {lambda: FUNCTION, alias: live}}"},
    {0},
};

/* ---- merging --------------------------------------------------------------------------------- */

/* All keys of both; where both have one, what `over` says. Values are shared, so they keep their
 * place. */
static json_t *lay_over(struct config_reader *r, json_t *under, json_t *over)
{
    json_t *merged = json_copy(under);
    json_object_update(merged, over);
    yaml_tree_derive(r->tree, merged, over);
    return merged;
}

/* Resources are merged one by one, and each by its keys. */
static json_t *merge_resources(struct config_reader *r, json_t *under, json_t *over)
{
    json_t *merged = lay_over(r, under, over);
    const char *name;
    json_t *theirs;

    json_object_foreach(under, name, theirs)
    {
        json_t *ours = json_object_get(over, name);
        if (json_is_object(ours) && json_is_object(theirs))
            json_object_set_new(merged, name, lay_over(r, theirs, ours));
    }
    return merged;
}

static json_t *merge(struct config_reader *r, json_t *all, json_t *given)
{
    if (!json_is_object(all))
        return json_incref(given);
    json_t *merged = lay_over(r, all, given);
    json_t *under = json_object_get(all, "resources"), *over = json_object_get(given, "resources");
    if (json_is_object(under) && json_is_object(over))
        json_object_set_new(merged, "resources", merge_resources(r, under, over));
    return merged;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool read_environment(struct config_reader *r, json_t *given, const char *name,
                             struct environment *e, json_t *shown, struct error *err)
{
    json_t *printed = json_object();

    *e = (struct environment){.name = xstrdup(name), .place = config_reader_place(r, given)};
    yaml_tree_derive(r->tree, printed, given);
    r->scope.environment = e;
    bool is_ok = config_reader_keys(r, config_environments_keys, given, e, printed, err);
    r->scope.environment = NULL;
    json_object_set_new(shown, name, printed);
    return is_ok;
}

static bool check_from(struct config_reader *r, json_t *given, struct error *err)
{
    const struct config *c = r->config;
    const char *names[MOST_NAMES];

    for (size_t i = 0; i < c->environment_count; i++)
        names[i] = c->environments[i].name;
    for (size_t i = 0; i < c->environment_count; i++) {
        const struct environment *e = &c->environments[i];
        struct error ignored;
        if (e->from[0] == '\0')
            continue;
        json_t *own = json_object_get(given, e->name);
        json_t *value = json_object_get(own, "from");
        if (value == NULL)
            value = own;
        if (strcmp(e->from, e->name) == 0)
            return config_reader_fail(r, value, err, "%s cannot be released from itself", e->name);
        if (config_environment(c, e->from, &ignored) == NULL)
            return config_reader_unknown(r, value, "environment", e->from, names,
                                         c->environment_count, err);
        const struct environment *at = config_environment(c, e->from, &ignored);
        for (size_t steps = 0; at != NULL && at->from[0] != '\0'; steps++) {
            if (steps > c->environment_count || strcmp(at->from, e->name) == 0)
                return config_reader_fail(r, value, err, "%s is released from %s, and that from %s",
                                          e->name, e->from, e->name);
            at = config_environment(c, at->from, &ignored);
        }
    }
    return true;
}

bool config_environments_read(struct config_reader *r, json_t *given, void *into, json_t **shown,
                              struct error *err)
{
    struct config *c = into;
    json_t *all = json_object_get(yaml_tree_root(r->tree), "all");
    const char *name;
    json_t *value;
    bool is_right = true;

    if (!config_reader_is_object(r, given, err))
        return false;
    size_t count = json_object_size(given);
    if (count == 0 || count > MOST_NAMES)
        return config_reader_fail(r, given, err, "%zu environments; there are 1 to %d", count,
                                  MOST_NAMES);
    *shown = json_object();
    c->environments = xcalloc(count, sizeof *c->environments);
    json_object_foreach(given, name, value)
    {
        bool is_empty = json_is_string(value) && json_string_value(value)[0] == '\0';
        if (!config_reader_is_name(r, value, name, err) ||
            (!is_empty && !config_reader_is_object(r, value, err)))
            return false;
        json_t *own = is_empty ? json_object() : json_incref(value);
        yaml_tree_derive(r->tree, own, value);
        json_t *merged = merge(r, all, own);
        bool is_ok = read_environment(r, merged, name, &c->environments[c->environment_count++],
                                      *shown, err);
        json_decref(merged);
        json_decref(own);
        if (!is_ok && !config_reader_goes_on(r, err))
            return false;
        is_right = is_right && is_ok;
    }
    return is_right && check_from(r, given, err);
}

bool config_environments_check_all(struct config_reader *r, json_t *given, void *into,
                                   json_t **shown, struct error *err)
{
    const char *names[MOST_NAMES], *name;
    size_t count = 0;
    json_t *value;

    (void)into;
    (void)shown;
    if (given == NULL)
        return true;
    if (!config_reader_is_object(r, given, err))
        return false;
    while (config_environments_keys[count].name != NULL && count < MOST_NAMES) {
        names[count] = config_environments_keys[count].name;
        count++;
    }
    json_object_foreach(given, name, value)
    {
        bool is_known = false;
        for (size_t i = 0; i < count && !is_known; i++)
            is_known = strcmp(names[i], name) == 0;
        if (!is_known)
            return config_reader_unknown(r, value, "key", name, names, count, err);
    }
    return true;
}

/* ---- clearing -------------------------------------------------------------------------------- */

static void clear_environment(struct environment *e)
{
    config_resources_clear(e);
    config_steps_clear(e);
    for (size_t i = 0; i < e->freeze_count; i++)
        free(e->freezes[i].reason);
    if (e->window != NULL) {
        free(e->window->text);
        free(e->window->zone);
        free(e->window);
    }
    free(e->freezes);
    free(e->ladder);
    free(e->name);
    free(e->short_name);
    free(e->account);
    free(e->region);
    free(e->url);
    free(e->branch);
    free(e->from);
}

void config_environments_clear(struct config *c)
{
    for (size_t i = 0; i < c->environment_count; i++)
        clear_environment(&c->environments[i]);
    free(c->environments);
}
