/* schedules.c - see schedules.h. */
#include "sandbox/schedules.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/text.h"
#include "sandbox/functions.h"

#define MOST_NAME 64
#define UPDATE_ALIAS "arn:aws:scheduler:::aws-sdk:lambda:updateAlias"
#define ROLE "arn:aws:iam::" WORLD_ACCOUNT ":role/"

struct schedule {
    char name[MOST_NAME + 1];
    json_t *wish; /* owned */
    int64_t at_ms, created_ms, modified_ms;
    bool is_over; /* it fired, and stays because it does not say DELETE */
    struct schedule *next;
};

struct schedules {
    struct schedule *first;
};

struct schedules *schedules_new(void) { return xcalloc(1, sizeof(struct schedules)); }

static void free_schedule(struct schedule *s)
{
    json_decref(s->wish);
    free(s);
}

void schedules_free(struct schedules *s)
{
    while (s != NULL && s->first != NULL) {
        struct schedule *next = s->first->next;
        free_schedule(s->first);
        s->first = next;
    }
    free(s);
}

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static struct schedule *find(const struct world *w, const char *name)
{
    struct schedule *s = w->schedules->first;

    while (s != NULL && strcmp(s->name, name) != 0)
        s = s->next;
    return s;
}

/* ---- checking ---- */

static bool refuse(struct refusal *no, int status, const char *code, const char *fmt, ...)
    FD_PRINTF(4, 5);

static bool refuse(struct refusal *no, int status, const char *code, const char *fmt, ...)
{
    va_list args;

    no->status = status;
    no->code = code;
    va_start(args, fmt);
    (void)vsnprintf(no->message, sizeof no->message, fmt, args);
    va_end(args);
    return false;
}

static bool refuse_unknown(struct refusal *no, const char *name)
{
    return refuse(no, 404, "ResourceNotFoundException", "Schedule %.64s does not exist.", name);
}

/* "at(2026-11-24T10:57:00)", UTC */
static bool read_at(const char *expression, int64_t *out)
{
    struct text rest = text_of(expression);
    char stamp[CLOCK_STAMP_SIZE];

    if (!text_starts_with(expression, "at(") || rest.len < 5 || rest.len > 30 ||
        rest.ptr[rest.len - 1] != ')')
        return false;
    (void)snprintf(stamp, sizeof stamp, "%.*sZ", (int)rest.len - 4, rest.ptr + 3);
    return clock_parse_stamp(stamp, out);
}

static bool is_name(const char *name)
{
    size_t length = strlen(name);

    for (const char *c = name; *c != '\0'; c++)
        if (!isalnum((unsigned char)*c) && strchr("-_.", *c) == NULL)
            return false;
    return length > 0 && length <= MOST_NAME;
}

static bool refuse_member(struct refusal *no, const char *member)
{
    return refuse(no, 400, "ValidationException",
                  "1 validation error detected: the sandbox does not take this %s", member);
}

static bool check_input(const char *input, struct refusal *no)
{
    json_t *call = json_loads(input, 0, NULL);
    bool is_call = text_at(call, "FunctionName")[0] != '\0' && text_at(call, "Name")[0] != '\0';

    json_decref(call);
    return is_call || refuse_member(no, "Target.Input");
}

/* What nobody here would carry out is refused rather than forgotten. */
static bool check(const char *name, const json_t *wish, int64_t *at_ms, struct refusal *no)
{
    const json_t *target = json_object_get(wish, "Target");
    const char *group = text_at(wish, "GroupName"),
               *zone = text_at(wish, "ScheduleExpressionTimezone");

    if (!is_name(name))
        return refuse_member(no, "Name");
    if (group[0] != '\0' && strcmp(group, "default") != 0)
        return refuse(no, 404, "ResourceNotFoundException", "Schedule group %.64s does not exist.",
                      group);
    if (!read_at(text_at(wish, "ScheduleExpression"), at_ms))
        return refuse(no, 400, "ValidationException", "Invalid Schedule Expression %.100s.",
                      text_at(wish, "ScheduleExpression"));
    if (zone[0] != '\0' && strcmp(zone, "UTC") != 0)
        return refuse_member(no, "ScheduleExpressionTimezone");
    if (strcmp(text_at(json_object_get(wish, "FlexibleTimeWindow"), "Mode"), "OFF") != 0)
        return refuse_member(no, "FlexibleTimeWindow");
    if (strcmp(text_at(target, "Arn"), UPDATE_ALIAS) != 0)
        return refuse_member(no, "Target.Arn");
    if (!text_starts_with(text_at(target, "RoleArn"), ROLE))
        return refuse(no, 400, "ValidationException",
                      "The execution role you provide must allow AWS EventBridge Scheduler to "
                      "assume the role.");
    return check_input(text_at(target, "Input"), no);
}

/* ---- the operations ---- */

bool schedules_create(struct world *w, const char *name, const json_t *wish, struct refusal *no)
{
    int64_t at_ms;
    struct schedule *there = find(w, name);

    if (!check(name, wish, &at_ms, no))
        return false;
    if (there != NULL) {
        const char *token = text_at(wish, "ClientToken");
        bool is_again = token[0] != '\0' && strcmp(token, text_at(there->wish, "ClientToken")) == 0;
        return is_again ||
               refuse(no, 409, "ConflictException", "Schedule %.64s already exists.", name);
    }
    struct schedule *s = xcalloc(1, sizeof *s);
    (void)snprintf(s->name, sizeof s->name, "%s", name);
    s->wish = json_deep_copy(wish);
    s->at_ms = at_ms;
    s->created_ms = s->modified_ms = w->now_ms;
    s->next = w->schedules->first;
    w->schedules->first = s;
    return true;
}

bool schedules_update(struct world *w, const char *name, const json_t *wish, struct refusal *no)
{
    int64_t at_ms;
    struct schedule *s = find(w, name);

    if (!check(name, wish, &at_ms, no))
        return false;
    if (s == NULL)
        return refuse_unknown(no, name);
    json_decref(s->wish);
    s->wish = json_deep_copy(wish);
    s->at_ms = at_ms;
    s->modified_ms = w->now_ms;
    s->is_over = false;
    return true;
}

static void drop(struct world *w, const struct schedule *of)
{
    struct schedule **at = &w->schedules->first;

    while (*at != of)
        at = &(*at)->next;
    struct schedule *s = *at;
    *at = s->next;
    free_schedule(s);
}

bool schedules_delete(struct world *w, const char *name, struct refusal *no)
{
    const struct schedule *s = find(w, name);

    if (s == NULL)
        return refuse_unknown(no, name);
    drop(w, s);
    return true;
}

json_t *schedules_arn(const char *name)
{
    auto_free char *arn =
        xasprintf("arn:aws:scheduler:" WORLD_REGION ":" WORLD_ACCOUNT ":schedule/default/%s", name);
    return json_string(arn);
}

json_t *schedules_get(const struct world *w, const char *name, struct refusal *no)
{
    const struct schedule *s = find(w, name);

    if (s == NULL) {
        refuse_unknown(no, name);
        return NULL;
    }
    json_t *answer = json_deep_copy(s->wish);
    json_object_del(answer, "ClientToken");
    json_object_set_new(answer, "Arn", schedules_arn(name));
    json_object_set_new(answer, "Name", json_string(name));
    json_object_set_new(answer, "GroupName", json_string("default"));
    json_object_set_new(answer, "ScheduleExpressionTimezone", json_string("UTC"));
    if (json_object_get(answer, "State") == NULL)
        json_object_set_new(answer, "State", json_string("ENABLED"));
    json_object_set_new(answer, "CreationDate", json_real((double)s->created_ms / 1000));
    json_object_set_new(answer, "LastModificationDate", json_real((double)s->modified_ms / 1000));
    return answer;
}

/* ---- firing ---- */

/* What Lambda refuses is tried again by AWS, and refused again: nothing more comes of it. */
static void fire(struct world *w, const struct schedule *s)
{
    json_t *call = json_loads(text_at(json_object_get(s->wish, "Target"), "Input"), 0, NULL);
    struct function *f = world_function(w, text_at(call, "FunctionName"));
    const struct function_alias *alias;
    struct alias_wish wish;
    struct refusal ignored;

    if (f != NULL && functions_read_wish(call, &wish))
        (void)functions_update_alias(w, f, text_at(call, "Name"), &wish, &alias, &ignored);
    json_decref(call);
}

void schedules_settle(struct world *w)
{
    struct schedule *next;

    for (struct schedule *s = w->schedules->first; s != NULL; s = next) {
        next = s->next;
        if (s->is_over || w->now_ms < s->at_ms ||
            strcmp(text_at(s->wish, "State"), "DISABLED") == 0)
            continue;
        fire(w, s);
        s->is_over = true;
        if (strcmp(text_at(s->wish, "ActionAfterCompletion"), "DELETE") == 0)
            drop(w, s);
    }
}
