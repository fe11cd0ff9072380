/*
 * alias.c - what an alias says and serves, as text, as calls and in the journal. Pure. See alias.h.
 */
#include "aws/alias.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/text.h"

#define MARK "flightdeck "
#define UNTIL "until"
#define FORMER " | "
#define MOST_BYTES 256 /* AWS counts characters; bytes are never fewer */
#define SAME_WEIGHT 1e-6

/* ---- who moves it ---- */

char *alias_describe(const struct alias_owner *owner)
{
    char until[CLOCK_STAMP_SIZE];
    auto_free char *actor = xstrdup(owner->actor[0] != '\0' ? owner->actor : "somebody");

    for (char *c = actor; *c != '\0'; c++)
        if (!isgraph((unsigned char)*c) || *c == '>')
            *c = '_';
    auto_free char *mark =
        xasprintf(MARK "%.40s %.100s %s>%s " UNTIL " %s", owner->run, actor, owner->old_version,
                  owner->new_version, clock_stamp(owner->until_ms, until));
    size_t used = strlen(mark) + strlen(FORMER);
    char former[MOST_BYTES + 1] = "";
    if (owner->former != NULL && used < MOST_BYTES)
        text_copy(former, MOST_BYTES + 1 - used, owner->former);
    return xasprintf("%s%s%s", mark, former[0] != '\0' ? FORMER : "", former);
}

static bool take_word(struct text *rest, char *out, size_t size)
{
    struct text word;
    if (!text_split(rest, ' ', &word) || word.len == 0 || word.len >= size)
        return false;
    (void)snprintf(out, size, "%.*s", (int)word.len, word.ptr);
    return true;
}

static bool take_versions(struct text *rest, struct alias_owner *out)
{
    char both[2 * LAMBDA_VERSION_SIZE];
    if (!take_word(rest, both, sizeof both))
        return false;
    struct text old = text_of(both), fresh = {0};
    struct text pair = old;
    if (!text_split(&pair, '>', &old) || old.len == 0 || old.len >= sizeof out->old_version)
        return false;
    fresh = pair;
    if (fresh.len == 0 || fresh.len >= sizeof out->new_version)
        return false;
    (void)snprintf(out->old_version, sizeof out->old_version, "%.*s", (int)old.len, old.ptr);
    (void)snprintf(out->new_version, sizeof out->new_version, "%.*s", (int)fresh.len, fresh.ptr);
    return true;
}

bool alias_read_owner(const char *description, struct alias_owner *out)
{
    struct alias_owner owner = {0};
    char word[16], until[CLOCK_STAMP_SIZE];

    if (!text_starts_with(description, MARK))
        return false;
    struct text rest = text_of(description + strlen(MARK));
    if (!take_word(&rest, owner.run, sizeof owner.run) ||
        !take_word(&rest, owner.actor, sizeof owner.actor) || !take_versions(&rest, &owner) ||
        !take_word(&rest, word, sizeof word) || strcmp(word, UNTIL) != 0 ||
        !take_word(&rest, until, sizeof until) || !clock_parse_stamp(until, &owner.until_ms))
        return false;
    *out = owner;
    return true;
}

char *alias_former(const char *description)
{
    struct alias_owner mark;

    if (!alias_read_owner(description, &mark))
        return xstrdup(description);
    const char *former = strstr(description, FORMER);
    return xstrdup(former != NULL ? former + strlen(FORMER) : "");
}

/* ---- what it serves ---- */

struct alias_layout alias_layout_whole(const char *version, const char *description)
{
    struct alias_layout layout = {0};
    (void)snprintf(layout.version, sizeof layout.version, "%s", version);
    text_copy(layout.description, sizeof layout.description, description);
    return layout;
}

struct alias_layout alias_layout_split(const char *version, const char *other, double weight,
                                       const char *description)
{
    if (other[0] == '\0' || weight <= 0)
        return alias_layout_whole(version, description);
    if (weight >= 1)
        return alias_layout_whole(other, description);
    struct alias_layout layout = alias_layout_whole(version, description);
    (void)snprintf(layout.additional_version, sizeof layout.additional_version, "%s", other);
    layout.additional_weight = weight;
    return layout;
}

bool alias_serves(const struct lambda_alias *seen, const struct alias_layout *wanted)
{
    return seen->weight_count == (wanted->additional_version[0] != '\0') &&
           strcmp(seen->version, wanted->version) == 0 &&
           strcmp(seen->additional_version, wanted->additional_version) == 0 &&
           fabs(seen->additional_weight - wanted->additional_weight) < SAME_WEIGHT;
}

bool alias_is_as(const struct lambda_alias *seen, const struct alias_layout *wanted)
{
    return alias_serves(seen, wanted) && strcmp(seen->description, wanted->description) == 0;
}

char *alias_split_text(const struct lambda_alias *alias)
{
    if (alias->additional_version[0] == '\0')
        return xasprintf("v%s 100 %%", alias->version);
    return xasprintf("v%s %.4g %%, v%s %.4g %%", alias->version,
                     (1 - alias->additional_weight) * 100, alias->additional_version,
                     alias->additional_weight * 100);
}

json_t *alias_call(const char *function, const char *alias, const struct alias_layout *layout)
{
    json_t *weights = json_object();
    if (layout->additional_version[0] != '\0')
        json_object_set_new(weights, layout->additional_version,
                            json_real(layout->additional_weight));
    return json_pack("{s:s, s:s, s:{s:s, s:s, s:s, s:{s:o}, s:s}}", "service", "lambda",
                     "operation", "UpdateAlias", "params", "FunctionName", function, "Name", alias,
                     "FunctionVersion", layout->version, "RoutingConfig",
                     "AdditionalVersionWeights", weights, "Description", layout->description);
}

static const char *key_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

struct alias_layout alias_layout_of_call(const json_t *what)
{
    const json_t *params = json_object_get(what, "params");
    const char *version;
    json_t *weight;
    json_object_foreach(
        json_object_get(json_object_get(params, "RoutingConfig"), "AdditionalVersionWeights"),
        version, weight) return alias_layout_split(key_text(params, "FunctionVersion"), version,
                                                   json_number_value(weight),
                                                   key_text(params, "Description"));
    return alias_layout_whole(key_text(params, "FunctionVersion"), key_text(params, "Description"));
}

json_t *alias_seen_json(const struct lambda_alias *alias)
{
    return json_pack("{s:s, s:s, s:f, s:s, s:s, s:i}", "version", alias->version,
                     "additional_version", alias->additional_version, "additional_weight",
                     alias->additional_weight, "description", alias->description, "revision_id",
                     alias->revision_id, "weight_count", alias->weight_count);
}

bool alias_seen_of_json(const json_t *seen, struct lambda_alias *out)
{
    const char *revision = key_text(seen, "revision_id"), *version = key_text(seen, "version");

    if (revision[0] == '\0' || version[0] == '\0')
        return false;
    *out = (struct lambda_alias){
        .additional_weight = json_number_value(json_object_get(seen, "additional_weight")),
        .weight_count = (int)json_integer_value(json_object_get(seen, "weight_count"))};
    text_copy(out->version, sizeof out->version, version);
    text_copy(out->additional_version, sizeof out->additional_version,
              key_text(seen, "additional_version"));
    text_copy(out->description, sizeof out->description, key_text(seen, "description"));
    text_copy(out->revision_id, sizeof out->revision_id, revision);
    return true;
}

json_t *alias_before_json(const struct lambda_alias *alias)
{
    /* Where it is split the mark tells why; the mark of what is over is nothing to put back. */
    bool is_split = alias->additional_version[0] != '\0';
    auto_free char *description =
        is_split ? xstrdup(alias->description) : alias_former(alias->description);
    return json_pack("{s:s, s:s, s:f, s:s, s:s}", "version", alias->version, "additional_version",
                     alias->additional_version, "additional_weight", alias->additional_weight,
                     "description", description, "revision_id", alias->revision_id);
}

struct alias_layout alias_before_layout(const json_t *before)
{
    return alias_layout_split(key_text(before, "version"), key_text(before, "additional_version"),
                              json_number_value(json_object_get(before, "additional_weight")),
                              key_text(before, "description"));
}

/* ---- whose it is ---- */

bool alias_is_taken_back(const struct lambda_alias *seen, struct alias_owner *owner)
{
    return alias_read_owner(seen->description, owner) && strcmp(owner->run, ALIAS_ROLLBACK) == 0 &&
           text_starts_with(owner->actor, ALIAS_SILENCE) && seen->weight_count == 0 &&
           strcmp(seen->version, owner->new_version) == 0;
}

bool alias_is_write_to(const struct run_effect *e, const char *function, const char *alias)
{
    const json_t *what = json_object_get(e->intent, "what");
    const json_t *params = json_object_get(what, "params");
    return strcmp(key_text(what, "operation"), "UpdateAlias") == 0 &&
           strcmp(key_text(params, "FunctionName"), function) == 0 &&
           strcmp(key_text(params, "Name"), alias) == 0;
}

void alias_own_revision(const struct run *run, const char *function, const char *alias,
                        char out[static 64])
{
    for (size_t i = 0; i < run->effect_count; i++) {
        const struct run_effect *e = &run->effects[i];
        if (e->state == EFFECT_FAILED || !alias_is_write_to(e, function, alias))
            continue;
        (void)snprintf(out, 64, "%s",
                       e->state == EFFECT_DONE ? key_text(e->result, "revision_id") : "");
        if (out[0] == '\0')
            return;
    }
}

static bool is_same_silence(const struct alias_layout *wanted, const struct lambda_alias *seen)
{
    struct alias_owner theirs, ours;

    return alias_serves(seen, wanted) && alias_is_taken_back(seen, &theirs) &&
           alias_read_owner(wanted->description, &ours) && strcmp(theirs.actor, ours.actor) == 0;
}

/* Its time is put off again and again: all but that is as it was set. */
bool alias_is_by_silence(const struct run *run, const char *function, const char *alias,
                         const struct lambda_alias *seen)
{
    bool is = false;

    for (size_t i = 0; i < run->effect_count && !is; i++) {
        const json_t *what = json_object_get(run->effects[i].intent, "what");
        const json_t *target = json_object_get(json_object_get(what, "params"), "Target");
        if (strcmp(key_text(what, "operation"), "CreateSchedule") != 0)
            continue;
        json_t *call =
            json_pack("{s:o?}", "params", json_loads(key_text(target, "Input"), 0, NULL));
        const json_t *params = json_object_get(call, "params");
        struct alias_layout wanted = alias_layout_of_call(call);
        is = strcmp(key_text(params, "FunctionName"), function) == 0 &&
             strcmp(key_text(params, "Name"), alias) == 0 && is_same_silence(&wanted, seen);
        json_decref(call);
    }
    return is;
}

bool alias_is_ours(const struct run *run, const char *function, const char *alias,
                   const struct lambda_alias *seen)
{
    for (size_t i = 0; i < run->effect_count; i++) {
        const struct run_effect *e = &run->effects[i];
        if (!alias_is_write_to(e, function, alias))
            continue;
        struct alias_layout left = alias_layout_of_call(json_object_get(e->intent, "what"));
        if (alias_is_as(seen, &left) ||
            (seen->revision_id[0] != '\0' &&
             strcmp(key_text(e->result, "revision_id"), seen->revision_id) == 0))
            return true;
    }
    return alias_is_by_silence(run, function, alias, seen);
}
