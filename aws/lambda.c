/* lambda.c - requests and answers of the Lambda API, version 2015-03-31 (REST-JSON). */
#include "aws/lambda.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/client.h"
#include "core/mem.h"
#include "core/text.h"

#define ALIAS_GRACE_MS 1500 /* wall: an AWS that is well has answered by then */
#define API "/2015-03-31/functions/"
#define JSON_TYPE "application/json"
#define PAGE_SIZE 50
#define MAX_PAGES 400
/* Longer than any HTTP API waits for its function. */
#define INVOKE_LIMIT_MS 90000

/* --- building requests --- */

static void begin(struct aws_call *call, const char *operation, const char *method,
                  const char *function, const char *tail, struct cancel *cancel)
{
    aws_call_init(call, AWS_LAMBDA, operation, method);
    call->cancel = cancel;
    struct buf path;
    buf_init(&path, 4096);
    buf_adds(&path, API);
    aws_encode(&path, function);
    buf_adds(&path, tail);
    call->path = buf_steal(&path);
}

/* Appends "&name=value" or "?name=value"; nothing when the value is NULL or "". */
static void add_query(struct aws_call *call, const char *name, const char *value)
{
    if (!value || !value[0])
        return;
    struct buf path;
    buf_init(&path, 16u * 1024);
    buf_addf(&path, "%s%c%s=", call->path, strchr(call->path, '?') ? '&' : '?', name);
    aws_encode(&path, value);
    free(call->path);
    call->path = buf_steal(&path);
}

/* Takes the object. */
static void set_json_body(struct aws_call *call, json_t *body)
{
    char *text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(15));
    buf_adds(&call->body, text);
    free(text);
    json_decref(body);
    call->content_type = JSON_TYPE;
}

static void put_text(json_t *body, const char *key, const char *value)
{
    if (value && value[0])
        json_object_set_new(body, key, json_string(value));
}

/* --- reading answers --- */

static void copy_text(json_t *object, const char *key, char *out, size_t size)
{
    const char *value = json_string_value(json_object_get(object, key));
    text_copy(out, size, value ? value : "");
}
#define COPY_TEXT(object, key, field) copy_text(object, key, field, sizeof(field))

void lambda_configuration_clear(struct lambda_configuration *c)
{
    if (!c)
        return;
    json_decref(c->environment_names);
    c->environment_names = NULL;
}

/* Names only: the values may be secrets. */
static json_t *environment_names(json_t *configuration)
{
    json_t *variables = json_object_get(json_object_get(configuration, "Environment"), "Variables");
    if (!json_is_object(variables))
        return NULL;
    json_t *names = json_array();
    const char *name;
    json_t *value;
    json_object_foreach(variables, name, value) json_array_append_new(names, json_string(name));
    return names;
}

static bool read_configuration(const struct aws_call *call, json_t *object,
                               struct lambda_configuration *out, struct error *err)
{
    struct lambda_configuration c = {0};
    COPY_TEXT(object, "FunctionName", c.function);
    COPY_TEXT(object, "Version", c.version);
    if (!c.function[0] || !c.version[0])
        return aws_bad_answer(call, err, "it has no FunctionName or no Version");
    COPY_TEXT(object, "RevisionId", c.revision_id);
    COPY_TEXT(object, "CodeSha256", c.code_sha256);
    COPY_TEXT(object, "State", c.state);
    COPY_TEXT(object, "StateReason", c.state_reason);
    COPY_TEXT(object, "LastUpdateStatus", c.last_update_status);
    COPY_TEXT(object, "LastUpdateStatusReason", c.last_update_reason);
    COPY_TEXT(object, "Role", c.role);
    COPY_TEXT(object, "Description", c.description);
    COPY_TEXT(object, "LastModified", c.last_modified);
    COPY_TEXT(json_object_get(object, "DeadLetterConfig"), "TargetArn", c.dead_letter_target);
    c.timeout_s = (int)json_integer_value(json_object_get(object, "Timeout"));
    c.memory_mb = (int)json_integer_value(json_object_get(object, "MemorySize"));
    c.environment_names = environment_names(object);
    *out = c;
    return true;
}

static bool read_alias(const struct aws_call *call, json_t *object, struct lambda_alias *out,
                       struct error *err)
{
    struct lambda_alias alias = {0};
    COPY_TEXT(object, "Name", alias.name);
    COPY_TEXT(object, "AliasArn", alias.arn);
    COPY_TEXT(object, "FunctionVersion", alias.version);
    COPY_TEXT(object, "Description", alias.description);
    COPY_TEXT(object, "RevisionId", alias.revision_id);
    if (!alias.name[0] || !alias.version[0])
        return aws_bad_answer(call, err, "the alias has no Name or no FunctionVersion");
    json_t *weights =
        json_object_get(json_object_get(object, "RoutingConfig"), "AdditionalVersionWeights");
    const char *version;
    json_t *weight;
    json_object_foreach(weights, version, weight)
    {
        double share = json_number_value(weight);
        if (!json_is_number(weight) || share < 0 || share > 1 ||
            strlen(version) >= sizeof alias.additional_version)
            return aws_bad_answer(call, err, "the alias has a weight that is not from 0 to 1");
        if (alias.weight_count++ > 0)
            continue;
        text_copy(alias.additional_version, sizeof alias.additional_version, version);
        alias.additional_weight = share;
    }
    *out = alias;
    return true;
}

/* Performs the call, reads its answer as one alias, and clears the call. */
static bool perform_alias(struct aws *a, struct aws_call *call, struct lambda_alias *out,
                          struct error *err)
{
    struct aws_answer answer;
    aws_answer_init(&answer);
    bool is_ok = aws_perform(a, call, &answer, err) && read_alias(call, answer.json, out, err);
    aws_answer_clear(&answer);
    aws_call_clear(call);
    return is_ok;
}

static bool perform_configuration(struct aws *a, struct aws_call *call,
                                  struct lambda_configuration *out, struct error *err)
{
    struct aws_answer answer;
    aws_answer_init(&answer);
    bool is_ok =
        aws_perform(a, call, &answer, err) && read_configuration(call, answer.json, out, err);
    aws_answer_clear(&answer);
    aws_call_clear(call);
    return is_ok;
}

/* --- functions and versions --- */

bool lambda_get_function(struct aws *a, const char *function, const char *qualifier,
                         struct cancel *cancel, struct lambda_configuration *out, struct error *err)
{
    struct aws_call call;
    struct aws_answer answer;
    begin(&call, "GetFunction", "GET", function, "", cancel);
    add_query(&call, "Qualifier", qualifier);
    aws_answer_init(&answer);
    bool is_ok = aws_perform(a, &call, &answer, err) &&
                 read_configuration(&call, json_object_get(answer.json, "Configuration"), out, err);
    if (is_ok) {
        json_t *code = json_object_get(answer.json, "Code");
        COPY_TEXT(code, "ImageUri", out->image_uri);
        COPY_TEXT(code, "ResolvedImageUri", out->resolved_image_uri);
    }
    aws_answer_clear(&answer);
    aws_call_clear(&call);
    return is_ok;
}

bool lambda_update_function_code(struct aws *a, const char *function, const char *image_uri,
                                 const char *revision_id, struct lambda_configuration *out,
                                 struct error *err)
{
    struct aws_call call;
    begin(&call, "UpdateFunctionCode", "PUT", function, "/code", NULL);
    call.is_write = true;
    json_t *body = json_object();
    put_text(body, "ImageUri", image_uri);
    put_text(body, "RevisionId", revision_id);
    set_json_body(&call, body);
    return perform_configuration(a, &call, out, err);
}

bool lambda_publish_version(struct aws *a, const char *function, const char *code_sha256,
                            const char *revision_id, const char *description,
                            struct lambda_configuration *out, struct error *err)
{
    struct aws_call call;
    begin(&call, "PublishVersion", "POST", function, "/versions", NULL);
    call.is_write = true;
    json_t *body = json_object();
    put_text(body, "CodeSha256", code_sha256);
    put_text(body, "RevisionId", revision_id);
    put_text(body, "Description", description);
    set_json_body(&call, body);
    return perform_configuration(a, &call, out, err);
}

void lambda_versions_free(struct lambda_configuration *versions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        lambda_configuration_clear(&versions[i]);
    free(versions);
}

struct version_list {
    struct lambda_configuration *items;
    size_t count, capacity;
};

static bool add_versions(const struct aws_call *call, json_t *page, struct version_list *list,
                         struct error *err)
{
    json_t *versions = json_object_get(page, "Versions");
    size_t index;
    json_t *object;
    if (!json_is_array(versions))
        return aws_bad_answer(call, err, "it has no list of Versions");
    json_array_foreach(versions, index, object)
    {
        list->items = mem_grow(list->items, &list->capacity, list->count, sizeof *list->items);
        if (!read_configuration(call, object, &list->items[list->count], err))
            return false;
        list->count++;
    }
    return true;
}

/* One page; *marker becomes the next page's or NULL. */
static bool list_page(struct aws *a, const char *function, struct cancel *cancel,
                      struct version_list *list, char **marker, struct error *err)
{
    struct aws_call call;
    struct aws_answer answer;
    char size[16];
    snprintf(size, sizeof size, "%d", PAGE_SIZE);
    begin(&call, "ListVersionsByFunction", "GET", function, "/versions", cancel);
    add_query(&call, "MaxItems", size);
    add_query(&call, "Marker", *marker);
    aws_answer_init(&answer);
    bool is_ok = aws_perform(a, &call, &answer, err) && add_versions(&call, answer.json, list, err);
    if (is_ok) {
        const char *next = json_string_value(json_object_get(answer.json, "NextMarker"));
        free(*marker);
        *marker = next && next[0] ? xstrdup(next) : NULL;
    }
    aws_answer_clear(&answer);
    aws_call_clear(&call);
    return is_ok;
}

bool lambda_list_versions(struct aws *a, const char *function, struct cancel *cancel,
                          struct lambda_configuration **out, size_t *count, struct error *err)
{
    struct version_list list = {0};
    auto_free char *marker = NULL;
    int pages = 0;
    do {
        bool is_endless = ++pages > MAX_PAGES;
        if (is_endless)
            error_set(err, ERROR_INTERNAL, "lambda ListVersionsByFunction: more than %d pages",
                      MAX_PAGES);
        if (is_endless || !list_page(a, function, cancel, &list, &marker, err)) {
            lambda_versions_free(list.items, list.count);
            return false;
        }
    } while (marker);
    *out = list.items;
    *count = list.count;
    return true;
}

/* --- aliases --- */

static void begin_alias(struct aws_call *call, const char *operation, const char *method,
                        const char *function, const char *alias, struct cancel *cancel)
{
    auto_buf tail = {0};
    buf_init(&tail, 1024);
    buf_adds(&tail, "/aliases/");
    aws_encode(&tail, alias);
    begin(call, operation, method, function, tail.ptr, cancel);
}

bool lambda_get_alias(struct aws *a, const char *function, const char *alias, struct cancel *cancel,
                      struct lambda_alias *out, struct error *err)
{
    struct aws_call call;
    begin_alias(&call, "GetAlias", "GET", function, alias, cancel);
    return perform_alias(a, &call, out, err);
}

bool lambda_create_alias(struct aws *a, const char *function, const char *alias,
                         const char *version, const char *description, struct lambda_alias *out,
                         struct error *err)
{
    struct aws_call call;
    begin(&call, "CreateAlias", "POST", function, "/aliases", NULL);
    call.is_write = true;
    json_t *body = json_object();
    put_text(body, "Name", alias);
    put_text(body, "FunctionVersion", version);
    put_text(body, "Description", description);
    set_json_body(&call, body);
    return perform_alias(a, &call, out, err);
}

bool lambda_update_alias(struct aws *a, const char *function, const char *alias,
                         const char *version, const char *additional_version,
                         double additional_weight, const char *description, const char *revision_id,
                         struct lambda_alias *out, struct error *err)
{
    return lambda_update_alias_until(a, function, alias, version, additional_version,
                                     additional_weight, description, revision_id, NULL, out, err);
}

bool lambda_update_alias_until(struct aws *a, const char *function, const char *alias,
                               const char *version, const char *additional_version,
                               double additional_weight, const char *description,
                               const char *revision_id, struct cancel *cancel,
                               struct lambda_alias *out, struct error *err)
{
    bool has_weight = additional_version && additional_version[0];
    if (!version || !version[0])
        return error_set(err, ERROR_USAGE, "lambda UpdateAlias: no version is named");
    if (has_weight && !(additional_weight > 0 && additional_weight < 1))
        return error_set(err, ERROR_USAGE,
                         "lambda UpdateAlias: a weight of %g is not between 0 and 1",
                         additional_weight);
    struct aws_call call;
    begin_alias(&call, "UpdateAlias", "PUT", function, alias, cancel);
    call.is_write = true;
    call.ends_on_cancel = true;
    call.grace_ms = ALIAS_GRACE_MS;
    /* Always all of it: what is left out would keep its old value, also the old weights. */
    json_t *weights = json_object();
    if (has_weight)
        json_object_set_new(weights, additional_version, json_real(additional_weight));
    json_t *routing = json_object();
    json_object_set_new(routing, "AdditionalVersionWeights", weights);
    json_t *body = json_object();
    json_object_set_new(body, "FunctionVersion", json_string(version));
    json_object_set_new(body, "RoutingConfig", routing);
    json_object_set_new(body, "Description", json_string(description ? description : ""));
    put_text(body, "RevisionId", revision_id);
    set_json_body(&call, body);
    return perform_alias(a, &call, out, err);
}

/* --- invoke and policy --- */

void lambda_invocation_clear(struct lambda_invocation *i)
{
    if (!i)
        return;
    free(i->payload);
    i->payload = NULL;
}

bool lambda_invoke(struct aws *a, const char *function, const char *qualifier, const char *payload,
                   struct cancel *cancel, struct lambda_invocation *out, struct error *err)
{
    struct aws_call call;
    struct aws_answer answer;
    begin(&call, "Invoke", "POST", function, "/invocations", cancel);
    add_query(&call, "Qualifier", qualifier);
    call.is_write = true; /* whatever it does, it must not be done twice by us */
    call.ends_on_cancel = true;
    call.is_raw_reply = true;
    call.limit_ms = INVOKE_LIMIT_MS;
    call.content_type = JSON_TYPE;
    buf_adds(&call.body, payload ? payload : "{}");
    aws_answer_init(&answer);
    bool is_ok = aws_perform(a, &call, &answer, err);
    if (is_ok) {
        *out = (struct lambda_invocation){.status = answer.status, .elapsed_us = answer.elapsed_us};
        text_copy(out->executed_version, sizeof out->executed_version, answer.executed_version);
        text_copy(out->function_error, sizeof out->function_error, answer.function_error);
        out->payload = buf_steal(&answer.body);
    }
    aws_answer_clear(&answer);
    aws_call_clear(&call);
    return is_ok;
}

bool lambda_get_policy(struct aws *a, const char *function, const char *qualifier,
                       struct cancel *cancel, json_t **out, struct error *err)
{
    struct aws_call call;
    struct aws_answer answer;
    begin(&call, "GetPolicy", "GET", function, "/policy", cancel);
    add_query(&call, "Qualifier", qualifier);
    aws_answer_init(&answer);
    bool is_ok = aws_perform(a, &call, &answer, err);
    if (is_ok) {
        /* The document comes as a string inside the JSON. */
        const char *text = json_string_value(json_object_get(answer.json, "Policy"));
        json_t *policy = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
        if (policy)
            *out = policy;
        else
            is_ok = aws_bad_answer(&call, err, "it has no Policy document");
    }
    aws_answer_clear(&answer);
    aws_call_clear(&call);
    return is_ok;
}
