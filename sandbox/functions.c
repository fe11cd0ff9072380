/* functions.c - see functions.h. */
#include "sandbox/functions.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/mem.h"
#include "core/text.h"

#define REPOSITORY WORLD_ACCOUNT ".dkr.ecr." WORLD_REGION ".amazonaws.com/finally-api"
#define UPDATE_MS 20000 /* Lambda fetches and optimises an image */
#define PUBLISH_MS 8000 /* and makes a version ready */
#define OLD_VERSIONS 6  /* what is left of the past of each function */
#define FOREIGN_AFTER_MS 60000
#define FOREIGN_WEIGHT 0.2

/* dev is ahead of staging, staging of production: each ships what the one before runs. */
static const struct past {
    const char *environment;
    int serving, build; /* the version that runs, and the build of FinAlly that is in it */
} pasts[] = {{"dev", 112, 303}, {"staging", 57, 302}, {"production", 41, 301}};

/* ---- saying no ---- */

static bool refuse(struct refusal *no, int status, const char *code, const char *fmt, ...)
    FD_PRINTF(4, 5);
static bool refuse(struct refusal *no, int status, const char *code, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    no->status = status;
    no->code = code;
    (void)vsnprintf(no->message, sizeof no->message, fmt, ap);
    va_end(ap);
    return false;
}

static bool refuse_value(struct refusal *no, const char *message)
{
    return refuse(no, 400, "InvalidParameterValueException", "%s", message);
}

static bool check_revision(const char *wanted, const char *actual, struct refusal *no)
{
    if (!wanted || strcmp(wanted, actual) == 0)
        return true;
    return refuse(no, 412, "PreconditionFailedException",
                  "The Revision Id provided does not match the latest Revision Id. Call the "
                  "GetFunction/GetAlias API to retrieve the latest Revision Id");
}

static bool check_description(const char *description, struct refusal *no)
{
    if (!description || strlen(description) < FUNCTIONS_DESCRIPTION_SIZE)
        return true;
    return refuse(no, 400, "ValidationException",
                  "1 validation error detected: Value at 'description' failed to satisfy "
                  "constraint: Member must have length less than or equal to %d",
                  FUNCTIONS_DESCRIPTION_SIZE - 1);
}

static bool check_not_updating(const struct world *w, const struct function *f, struct refusal *no)
{
    char arn[FUNCTIONS_ARN_SIZE];
    if (functions_is_ready(w, &f->latest))
        return true;
    return refuse(no, 409, "ResourceConflictException",
                  "The operation cannot be performed at this time. An update is in progress for "
                  "resource: %s",
                  functions_arn(f, NULL, arn));
}

/* ---- the past ---- */

#define SET(field, ...) ((void)snprintf(field, sizeof(field), __VA_ARGS__))

static void set_image_of_build(struct function_version *v, int build)
{
    auto_free char *name = xasprintf("finally-api build %d", build);
    char hex[HASH_HEX_SIZE];
    hash_sha256_hex(name, strlen(name), hex);
    SET(v->digest, "%s", hex);
    SET(v->image_uri, "%s@sha256:%s", REPOSITORY, hex);
}

static struct function_version past_version(struct world *w, const struct function *f, int number,
                                            int build, int64_t modified_ms)
{
    struct function_version v = {.number = number, .modified_ms = modified_ms};
    set_image_of_build(&v, build);
    SET(v.role, "arn:aws:iam::%s:role/%s", WORLD_ACCOUNT, f->name);
    SET(v.dead_letter_target, "arn:aws:sqs:%s:%s:%s-dead-letters", WORLD_REGION, WORLD_ACCOUNT,
        f->name);
    SET(v.description, number == 0 ? "FinAlly's API" : "build %d", build);
    world_uuid(w, v.revision_id);
    return v;
}

static void add_version(struct function *f, const struct function_version *v)
{
    f->versions =
        mem_grow(f->versions, &f->version_capacity, f->version_count, sizeof *f->versions);
    f->versions[f->version_count++] = *v;
}

static struct function_alias *add_alias(struct function *f, const struct function_alias *alias)
{
    f->aliases = mem_grow(f->aliases, &f->alias_capacity, f->alias_count, sizeof *f->aliases);
    f->aliases[f->alias_count] = *alias;
    return &f->aliases[f->alias_count++];
}

static const struct past *past_of(const struct world_place *place)
{
    const struct past *past = pasts;
    while (strcmp(past->environment, place->environment) != 0)
        past++;
    return past;
}

struct function *functions_new(struct world *w, const struct world_place *place)
{
    static const int64_t day_ms = 86400000;
    struct function *f = xcalloc(1, sizeof *f);
    const struct past *past = past_of(place);
    f->place = place;
    f->name = place->function;
    f->newest_at_first = past->serving;
    for (int age = OLD_VERSIONS - 1; age >= 0; age--) {
        struct function_version v = past_version(w, f, past->serving - age, past->build - age,
                                                 w->begun_ms - (age + 1) * 7 * day_ms);
        /* The oldest is of a time before the role was renamed: it cannot share an alias. */
        if (age == OLD_VERSIONS - 1)
            SET(v.role, "arn:aws:iam::%s:role/%s-before", WORLD_ACCOUNT, f->name);
        add_version(f, &v);
    }
    f->latest = past_version(w, f, 0, past->build, w->begun_ms - 7 * day_ms);
    struct function_alias alias = {.version = past->serving,
                                   .written_ms = w->begun_ms - 7 * day_ms};
    SET(alias.name, "%s", place->alias);
    SET(alias.description, "what users of %s get", place->environment);
    world_uuid(w, alias.revision_id);
    (void)add_alias(f, &alias);
    return f;
}

void functions_free(struct function *f)
{
    if (!f)
        return;
    free(f->versions);
    free(f->aliases);
    free(f->tallies);
    free(f);
}

/* ---- what time does ---- */

/* Kim, at another console, finds the alias in the middle of a shift and moves it by hand. */
static void disturb(struct world *w, struct function *f, struct function_alias *alias)
{
    f->is_disturbed = true;
    alias->weight = FOREIGN_WEIGHT;
    alias->written_ms = w->now_ms;
    SET(alias->description, "kim@finally.com: 20 %% by hand");
    world_uuid(w, alias->revision_id);
}

void functions_settle(struct world *w)
{
    for (size_t i = 0; i < WORLD_PLACE_COUNT; i++) {
        struct function *f = w->functions[i];
        if (f->latest.next_revision_id[0] && functions_is_ready(w, &f->latest)) {
            /* The end of an update is a revision of its own. */
            SET(f->latest.revision_id, "%s", f->latest.next_revision_id);
            f->latest.next_revision_id[0] = '\0';
        }
        if (!w->setting.scenario->has_foreign_change || !f->place->is_production || f->is_disturbed)
            continue;
        struct function_alias *alias = functions_alias(f, f->place->alias);
        if (alias->additional && alias->weight >= 0.1 &&
            w->now_ms >= alias->written_ms + FOREIGN_AFTER_MS)
            disturb(w, f, alias);
    }
}

/* ---- looking ---- */

const struct function_version *functions_version(const struct function *f, int number)
{
    if (number == 0)
        return &f->latest;
    for (size_t i = 0; i < f->version_count; i++)
        if (f->versions[i].number == number)
            return &f->versions[i];
    return NULL;
}

struct function_alias *functions_alias(struct function *f, const char *name)
{
    for (size_t i = 0; i < f->alias_count; i++)
        if (strcmp(f->aliases[i].name, name) == 0)
            return &f->aliases[i];
    return NULL;
}

bool functions_is_ready(const struct world *w, const struct function_version *v)
{
    return w->now_ms >= v->ready_ms;
}

bool functions_is_new(const struct function *f, const struct function_version *v)
{
    return v->number > f->newest_at_first;
}

const char *functions_arn(const struct function *f, const char *qualifier,
                          char out[static FUNCTIONS_ARN_SIZE])
{
    bool has_qualifier = qualifier && qualifier[0];
    (void)snprintf(out, FUNCTIONS_ARN_SIZE, "arn:aws:lambda:%s:%s:function:%s%s%s", WORLD_REGION,
                   WORLD_ACCOUNT, f->name, has_qualifier ? ":" : "",
                   has_qualifier ? qualifier : "");
    return out;
}

/* A version as requests write it: "42" or "$LATEST"; negative = no version's name. */
static int version_number(const char *text)
{
    int64_t number;
    if (strcmp(text, "$LATEST") == 0)
        return 0;
    return text_to_int64(text, &number) && number > 0 && number < 1000000000 ? (int)number : -1;
}

bool functions_resolve(struct function *f, const char *qualifier,
                       const struct function_version **out, struct refusal *no)
{
    char arn[FUNCTIONS_ARN_SIZE];
    const struct function_alias *alias = functions_alias(f, qualifier);
    int number = qualifier[0] == '\0' ? 0 : alias ? alias->version : version_number(qualifier);
    const struct function_version *v = number < 0 ? NULL : functions_version(f, number);
    if (!v)
        return refuse(no, 404, "ResourceNotFoundException", "Function not found: %s",
                      functions_arn(f, qualifier, arn));
    *out = v;
    return true;
}

/* ---- code and versions ---- */

/* Only digests are known here; a tag stands for a digest of its own. */
static bool read_image(const char *uri, struct function_version *v, struct refusal *no)
{
    static const char digest_mark[] = "@sha256:";
    const char *digest = strstr(uri, digest_mark);
    const char *rest = uri + sizeof REPOSITORY - 1;
    char hex[HASH_HEX_SIZE];
    if (!text_starts_with(uri, REPOSITORY) || (rest[0] != '@' && rest[0] != ':') ||
        strlen(uri) >= sizeof v->image_uri)
        return refuse(no, 400, "InvalidParameterValueException",
                      "Source image %.400s does not exist. Provide a valid source image.", uri);
    if (digest) {
        digest += sizeof digest_mark - 1;
        if (strspn(digest, "0123456789abcdef") != 64 || digest[64] != '\0')
            return refuse_value(no, "Source image is not valid: the digest is not a SHA-256.");
        SET(v->digest, "%s", digest);
    } else {
        hash_sha256_hex(uri, strlen(uri), hex);
        SET(v->digest, "%s", hex);
    }
    SET(v->image_uri, "%s", uri);
    return true;
}

bool functions_update_code(struct world *w, struct function *f, const char *image_uri,
                           const char *revision_id, struct refusal *no)
{
    struct function_version next = f->latest;
    if (!read_image(image_uri, &next, no) || !check_not_updating(w, f, no) ||
        !check_revision(revision_id, f->latest.revision_id, no))
        return false;
    next.modified_ms = w->now_ms;
    next.ready_ms = w->now_ms + UPDATE_MS;
    world_uuid(w, next.revision_id);
    world_uuid(w, next.next_revision_id);
    f->latest = next;
    return true;
}

bool functions_publish(struct world *w, struct function *f, const char *description,
                       const char *revision_id, const char *code_sha256,
                       const struct function_version **out, struct refusal *no)
{
    if (!check_description(description, no) || !check_not_updating(w, f, no) ||
        !check_revision(revision_id, f->latest.revision_id, no))
        return false;
    if (code_sha256 && strcmp(code_sha256, f->latest.digest) != 0)
        return refuse(no, 400, "InvalidParameterValueException",
                      "CodeSHA256 (%.100s) is different from current CodeSHA256 in $LATEST (%s). "
                      "Please try again with the CodeSHA256 in $LATEST.",
                      code_sha256, f->latest.digest);
    const struct function_version *newest = &f->versions[f->version_count - 1];
    bool is_unchanged =
        strcmp(newest->digest, f->latest.digest) == 0 && strcmp(newest->role, f->latest.role) == 0;
    if (!is_unchanged) {
        struct function_version v = f->latest;
        v.number = newest->number + 1;
        v.modified_ms = w->now_ms;
        v.ready_ms = w->now_ms + PUBLISH_MS;
        v.next_revision_id[0] = '\0';
        world_uuid(w, v.revision_id);
        if (description)
            SET(v.description, "%s", description);
        add_version(f, &v);
    }
    *out = &f->versions[f->version_count - 1];
    return true;
}

/* ---- aliases ---- */

static bool find_alias_version(struct world *w, struct function *f, const char *text, int *out,
                               struct refusal *no)
{
    const struct function_version *v = NULL;
    char arn[FUNCTIONS_ARN_SIZE];
    int number = version_number(text);
    if (number >= 0)
        v = functions_version(f, number);
    if (!v)
        return refuse(no, 404, "ResourceNotFoundException", "Function not found: %.300s",
                      functions_arn(f, text, arn));
    if (number > 0 && !functions_is_ready(w, v))
        return refuse(no, 409, "ResourceConflictException",
                      "The operation cannot be performed at this time. The function is currently "
                      "in the following state: Pending");
    *out = number;
    return true;
}

/* What AWS asks of two versions behind one alias. */
static bool check_pair(const struct function *f, const struct function_alias *alias,
                       struct refusal *no)
{
    if (alias->additional == 0)
        return true;
    if (alias->version == 0)
        return refuse_value(
            no, "$LATEST is not supported for an alias pointing to more than 1 version");
    if (alias->version == alias->additional)
        return refuse(no, 400, "InvalidParameterValueException",
                      "Invalid function version %d. Function version %d is already included in "
                      "routing configuration",
                      alias->additional, alias->version);
    const struct function_version *one = functions_version(f, alias->version);
    const struct function_version *other = functions_version(f, alias->additional);
    if (strcmp(one->role, other->role) != 0)
        return refuse_value(no, "Both function versions must have the same IAM execution role");
    if (strcmp(one->dead_letter_target, other->dead_letter_target) != 0)
        return refuse_value(
            no, "Both function versions must have the same dead-letter queue configuration");
    return true;
}

static bool apply_weights(struct world *w, struct function *f, const struct alias_wish *wish,
                          struct function_alias *alias, struct refusal *no)
{
    if (wish->weight_count < 0)
        return true;
    alias->additional = 0;
    alias->weight = 0;
    if (wish->weight_count == 0)
        return true;
    if (wish->weight_count > 1)
        return refuse_value(no,
                            "Number of items in AdditionalVersionWeights cannot be greater than 1");
    /* Also refuses what is not a number. */
    if (!(wish->weight >= 0 && wish->weight <= 1))
        return refuse(no, 400, "ValidationException",
                      "1 validation error detected: Value '{%.40s=%g}' at "
                      "'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map "
                      "value must satisfy constraint: [Member must have value less than or equal "
                      "to 1.0, Member must have value greater than or equal to 0.0]",
                      wish->additional, wish->weight);
    if (wish->weight == 1)
        return refuse_value(no, "The weight of an additional version must be less than 1");
    if (version_number(wish->additional) == 0)
        return refuse_value(
            no, "$LATEST is not supported for an alias pointing to more than 1 version");
    alias->weight = wish->weight;
    return find_alias_version(w, f, wish->additional, &alias->additional, no);
}

static bool apply_wish(struct world *w, struct function *f, const struct alias_wish *wish,
                       struct function_alias *alias, struct refusal *no)
{
    if (!check_description(wish->description, no) ||
        (wish->version && !find_alias_version(w, f, wish->version, &alias->version, no)) ||
        !apply_weights(w, f, wish, alias, no) || !check_pair(f, alias, no))
        return false;
    if (wish->description)
        SET(alias->description, "%s", wish->description);
    alias->written_ms = w->now_ms;
    world_uuid(w, alias->revision_id);
    return true;
}

static bool is_alias_name(const char *name)
{
    size_t len = strlen(name), digits = strspn(name, "0123456789");
    if (len == 0 || len > 128 || digits == len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)name[i]) && name[i] != '-' && name[i] != '_')
            return false;
    return true;
}

const char *functions_text_member(const json_t *object, const char *name, bool *is_ok)
{
    json_t *value = json_object_get(object, name);
    if (value && !json_is_null(value) && !json_is_string(value))
        *is_ok = false;
    return json_string_value(value);
}

static bool read_weights(const json_t *routing, struct alias_wish *wish)
{
    json_t *weights = json_object_get(routing, "AdditionalVersionWeights"), *weight;
    const char *version;
    wish->weight_count = -1;
    if (!routing || json_is_null(routing))
        return true;
    wish->weight_count = 0;
    if (!json_is_object(routing) || (weights && !json_is_null(weights) && !json_is_object(weights)))
        return false;
    json_object_foreach(weights, version, weight)
    {
        if (!json_is_number(weight))
            return false;
        wish->weight_count++;
        wish->additional = version;
        wish->weight = json_number_value(weight);
    }
    return true;
}

bool functions_read_wish(const json_t *call, struct alias_wish *out)
{
    bool is_ok = true;
    *out = (struct alias_wish){
        .description = functions_text_member(call, "Description", &is_ok),
        .version = functions_text_member(call, "FunctionVersion", &is_ok),
        .revision_id = functions_text_member(call, "RevisionId", &is_ok),
    };
    return read_weights(json_object_get(call, "RoutingConfig"), out) && is_ok;
}

bool functions_create_alias(struct world *w, struct function *f, const char *name,
                            const struct alias_wish *wish, const struct function_alias **out,
                            struct refusal *no)
{
    struct function_alias alias = {0};
    char arn[FUNCTIONS_ARN_SIZE];
    if (!is_alias_name(name))
        return refuse(no, 400, "ValidationException",
                      "1 validation error detected: Value '%.128s' at 'name' failed to satisfy "
                      "constraint: Member must satisfy regular expression pattern: "
                      "(?!^[0-9]+$)([a-zA-Z0-9-_]+)",
                      name);
    if (functions_alias(f, name))
        return refuse(no, 409, "ResourceConflictException", "Alias already exists: %s",
                      functions_arn(f, name, arn));
    SET(alias.name, "%s", name);
    if (!apply_wish(w, f, wish, &alias, no))
        return false;
    *out = add_alias(f, &alias);
    return true;
}

bool functions_update_alias(struct world *w, struct function *f, const char *name,
                            const struct alias_wish *wish, const struct function_alias **out,
                            struct refusal *no)
{
    char arn[FUNCTIONS_ARN_SIZE];
    struct function_alias *alias = functions_alias(f, name);
    if (!alias)
        return refuse(no, 404, "ResourceNotFoundException", "Cannot find alias arn: %.300s",
                      functions_arn(f, name, arn));
    struct function_alias next = *alias;
    if (!check_revision(wish->revision_id, alias->revision_id, no) ||
        !apply_wish(w, f, wish, &next, no))
        return false;
    if (next.version != alias->version || next.additional != alias->additional)
        f->is_shifted = true;
    *alias = next;
    *out = alias;
    return true;
}
