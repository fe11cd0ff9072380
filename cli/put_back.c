/*
 * put_back.c - see put_back.h.
 */
#include "cli/put_back.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "aws/alias.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/text.h"

#define MOST_ATTEMPTS 5
#define MOVING_PREFIX "flightdeck "

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

bool put_back_is_version(const char *text) { return is_version_number(text, strlen(text)); }

/* The OLD of the mark that every shift leaves in the alias. */
static bool find_in_description(const char *description, char out[static LAMBDA_VERSION_SIZE])
{
    struct alias_owner owner;
    if (!alias_read_owner(description, &owner) || !put_back_is_version(owner.old_version))
        return false;
    (void)snprintf(out, LAMBDA_VERSION_SIZE, "%s", owner.old_version);
    return true;
}

/* The OLD of "flightdeck RUN replaces OLD", which a published version carries. */
static bool find_in_version(struct put_back *p, struct aws *aws)
{
    static const char words[] = " replaces ";
    struct lambda_configuration version = {0};
    struct error ignored;
    bool is_found = false;

    if (!lambda_get_function(aws, p->function, p->before.version, NULL, &version, &ignored))
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
    if (find_in_description(p->before.description, p->target)) {
        (void)snprintf(p->why, sizeof p->why, "what the alias's description says was replaced");
        return true;
    }
    if (find_in_version(p, aws)) {
        (void)snprintf(p->why, sizeof p->why, "what v%s says it replaced", p->before.version);
        return true;
    }
    error_set(err, ERROR_USAGE, "nothing says what %s:%s served before v%s", p->function, p->alias,
              p->before.version);
    return error_hint(err, "Name the version: --version N");
}

bool put_back_prepare(struct put_back *p, struct aws *aws, const char *version, const char *actor,
                      struct error *err)
{
    char now[CLOCK_STAMP_SIZE], who[121];
    struct alias_owner owner;

    if (version != NULL && text_starts_with(version, "v"))
        version++;
    if (version != NULL && !put_back_is_version(version))
        return error_set(err, ERROR_USAGE, "\"%s\" is not the number of a version", version);
    if (!lambda_get_alias(aws, p->function, p->alias, NULL, &p->before, err))
        return false;
    if (version != NULL) {
        (void)snprintf(p->target, sizeof p->target, "%s", version);
        (void)snprintf(p->why, sizeof p->why, "as asked");
    } else if (!find_target(p, aws, err)) {
        return false;
    }
    text_copy(who, sizeof who, actor);
    /* Text that says a run is moving the alias must not stay; any other text is the owner's. */
    if (alias_read_owner(p->before.description, &owner))
        (void)snprintf(p->description, sizeof p->description, "put back to v%s at %s by %s",
                       p->target, clock_stamp(clock_world_ms(), now), who);
    else
        text_copy(p->description, sizeof p->description, p->before.description);
    return true;
}

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
        if (!lambda_get_alias(aws, p->function, p->alias, NULL, &seen, &reading)) {
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
