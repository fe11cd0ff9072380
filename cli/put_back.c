/*
 * put_back.c - see put_back.h.
 */
#include "cli/put_back.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/alias.h"
#include "aws/stamp.h"
#include "cli/interrupt.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/text.h"

#define MOST_ATTEMPTS 5
#define MOVING_PREFIX "flightdeck "
#define WHICH_VERSION "which-version"
#define MOST_LISTED 8
#define LIST_BYTES 16384

bool put_back_parse(const char *text, struct put_back *out, struct error *err)
{
    const char *colon = strrchr(text, ':');
    *out = (struct put_back){0};
    if (colon == NULL || colon == text || colon[1] == '\0' ||
        (size_t)(colon - text) >= sizeof out->function || strlen(colon + 1) >= sizeof out->alias) {
        error_set(err, ERROR_USAGE, "\"%s\" is not FUNCTION:ALIAS", text);
        return error_hint(err, "For example --lambda finally-prod-api:production");
    }
    (void)snprintf(out->function, sizeof out->function, "%.*s", (int)(colon - text), text);
    (void)snprintf(out->alias, sizeof out->alias, "%s", colon + 1);
    return true;
}

static bool is_version_number(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!isdigit((unsigned char)text[i]))
            return false;
    return len > 0 && len < LAMBDA_VERSION_SIZE;
}

bool put_back_read(struct put_back *p, struct aws *aws, struct error *err)
{
    return lambda_get_alias(aws, p->function, p->alias, interrupt_cancel(), &p->before, err);
}

/* ---- the target ---- */

/* What the last one who moved the alias left in its description. */
static bool find_in_description(struct put_back *p)
{
    struct alias_owner mark;
    char at[CLOCK_STAMP_SIZE];

    if (!alias_read_owner(p->before.description, &mark) ||
        strcmp(mark.new_version, p->before.version) != 0 ||
        !is_version_number(mark.old_version, strlen(mark.old_version)))
        return false;
    bool is_back = strcmp(mark.run, ALIAS_ROLLBACK) == 0;
    text_copy(p->target, sizeof p->target, is_back ? mark.new_version : mark.old_version);
    if (is_back)
        (void)snprintf(p->why, sizeof p->why, "%.60s took v%s back for it at %s", mark.actor,
                       mark.old_version, clock_stamp(mark.until_ms, at));
    else
        (void)snprintf(p->why, sizeof p->why, "what %s of %.60s replaced by v%s", mark.run,
                       mark.actor, mark.new_version);
    return true;
}

/* The OLD of "flightdeck RUN replaces OLD", which a published version carries. */
static bool find_in_version(struct put_back *p, struct aws *aws)
{
    static const char words[] = " replaces ";
    struct lambda_configuration version = {0};
    struct error ignored;
    bool is_found = false;

    if (!lambda_get_function(aws, p->function, p->before.version, interrupt_cancel(), &version,
                             &ignored))
        return false;
    const char *old = strstr(version.description, words);
    if (text_starts_with(version.description, MOVING_PREFIX) && old != NULL) {
        old += sizeof words - 1;
        size_t len = strspn(old, "0123456789");
        is_found = is_version_number(old, len);
        if (is_found)
            (void)snprintf(p->target, sizeof p->target, "%.*s", (int)len, old);
    }
    lambda_configuration_clear(&version);
    return is_found;
}

static bool find_target(struct put_back *p, struct aws *aws, struct error *err)
{
    if (p->before.additional_version[0] != '\0') {
        /* While traffic moves the alias itself still names the old version. */
        (void)snprintf(p->target, sizeof p->target, "%s", p->before.version);
        (void)snprintf(p->why, sizeof p->why, "what the alias names while v%s has a share",
                       p->before.additional_version);
        return true;
    }
    if (find_in_description(p))
        return true;
    if (find_in_version(p, aws)) {
        (void)snprintf(p->why, sizeof p->why, "what v%s says it replaced", p->before.version);
        return true;
    }
    error_set(err, ERROR_USAGE, "nothing says what %s:%s served before v%s", p->function, p->alias,
              p->before.version);
    error_code(err, WHICH_VERSION);
    return error_hint(err, "Name it: flightdeck rollback --lambda %s:%s --version N", p->function,
                      p->alias);
}

/* What a person named may be mistyped. Only the answer that it is not there stops the way back. */
static bool take_named(struct put_back *p, struct aws *aws, const char *version, struct error *err)
{
    struct lambda_configuration found = {0};
    bool is_known = strcmp(version, p->before.version) == 0 ||
                    strcmp(version, p->before.additional_version) == 0;

    if (!is_known &&
        !lambda_get_function(aws, p->function, version, interrupt_cancel(), &found, err) &&
        err->kind == ERROR_NOT_FOUND) {
        error_set(err, ERROR_USAGE, "%s has no v%s: nothing was changed", p->function, version);
        return error_code(err, WHICH_VERSION);
    }
    lambda_configuration_clear(&found);
    (void)snprintf(p->target, sizeof p->target, "%s", version);
    (void)snprintf(p->why, sizeof p->why, "as asked");
    return true;
}

bool put_back_choose(struct put_back *p, struct aws *aws, const char *version, struct error *err)
{
    if (version == NULL)
        return find_target(p, aws, err);
    version += version[0] == 'v';
    if (!is_version_number(version, strlen(version)))
        return error_set(err, ERROR_USAGE, "\"%s\" is not the number of a version", version);
    return take_named(p, aws, version, err);
}

/* So that every machine sees what was taken away; what the owner wrote is kept behind it. */
static void describe(struct put_back *p, const char *actor)
{
    bool is_first = strcmp(p->before.version, p->target) == 0;
    auto_free char *former = alias_former(p->before.description);
    struct alias_owner owner = {
        .run = ALIAS_ROLLBACK, .until_ms = clock_world_ms(), .former = former};

    text_copy(owner.actor, sizeof owner.actor, actor);
    text_copy(owner.old_version, sizeof owner.old_version,
              is_first && p->before.additional_version[0] != '\0' ? p->before.additional_version
                                                                  : p->before.version);
    text_copy(owner.new_version, sizeof owner.new_version, p->target);
    auto_free char *mark = alias_describe(&owner);
    text_copy(p->description, sizeof p->description, mark);
}

bool put_back_prepare(struct put_back *p, struct aws *aws, const char *version, const char *actor,
                      struct error *err)
{
    if (!put_back_read(p, aws, err) || !put_back_choose(p, aws, version, err))
        return false;
    describe(p, actor);
    return true;
}

/* ---- the list ---- */

static int by_number(const void *a, const void *b)
{
    int64_t left = -1, right = -1; /* "$LATEST" comes last */

    (void)text_to_int64(((const struct lambda_configuration *)a)->version, &left);
    (void)text_to_int64(((const struct lambda_configuration *)b)->version, &right);
    return (left < right) - (left > right);
}

char *put_back_versions(struct aws *aws, const char *function)
{
    struct lambda_configuration *versions;
    size_t count;
    struct error ignored;
    struct buf out;

    if (!lambda_list_versions(aws, function, interrupt_cancel(), &versions, &count, &ignored))
        return NULL;
    qsort(versions, count, sizeof *versions, by_number);
    buf_init(&out, LIST_BYTES);
    for (size_t i = 0; i < count && i < MOST_LISTED && versions[i].version[0] != '$'; i++) {
        char at[CLOCK_STAMP_SIZE] = "";
        int64_t at_ms;
        if (stamp_parse(versions[i].last_modified, &at_ms))
            (void)clock_stamp(at_ms, at);
        buf_addf(&out, "  v%-6s %20s  %.80s\n", versions[i].version, at, versions[i].description);
    }
    lambda_versions_free(versions, count);
    return buf_steal(&out);
}

/* ---- the write ---- */

static bool serves_target(const struct put_back *p, const struct lambda_alias *alias)
{
    return strcmp(alias->version, p->target) == 0 && alias->additional_version[0] == '\0' &&
           alias->weight_count == 0;
}

bool put_back_is_needed(const struct put_back *p) { return !serves_target(p, &p->before); }

/* Worth another try with what the alias says now? */
static bool may_try_again(const struct error *err)
{
    return err->kind == ERROR_CONFLICT || err->kind == ERROR_UNKNOWN ||
           err->kind == ERROR_TRANSIENT;
}

bool put_back_carry_out(struct put_back *p, struct aws *aws, struct lambda_alias *after,
                        struct error *err)
{
    struct lambda_alias seen = p->before, written;
    struct error reading;

    for (int attempt = 1;; attempt++) {
        bool is_sent = lambda_update_alias(aws, p->function, p->alias, p->target, "", 0,
                                           p->description, seen.revision_id, &written, err);
        if (!is_sent && !may_try_again(err))
            return false;
        if (!lambda_get_alias(aws, p->function, p->alias, interrupt_cancel(), &seen, &reading)) {
            if (!is_sent)
                return false;
            error_set(err, ERROR_UNKNOWN,
                      "the call was accepted, but the alias could not be read back: %s",
                      reading.message);
            return error_hint(err, "Look at it: aws lambda get-alias --function-name %s --name %s",
                              p->function, p->alias);
        }
        if (serves_target(p, &seen)) {
            *after = seen;
            return true;
        }
        if (attempt == MOST_ATTEMPTS) {
            auto_free char *split = alias_split_text(&seen);
            return error_set(err, ERROR_UNKNOWN,
                             "after %d attempts the alias serves %s: somebody else is changing it",
                             MOST_ATTEMPTS, split);
        }
    }
}
