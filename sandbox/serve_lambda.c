/*
 * serve_lambda.c - the Lambda API, version 2015-03-31, over functions.h: reads requests, writes
 * answers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/text.h"
#include "sandbox/functions.h"
#include "sandbox/services.h"
#include "sandbox/traffic.h"
#include "sandbox/world.h"

#define API "/2015-03-31/functions/{}"
#define PAGE_SIZE 4 /* AWS may give less than was asked for, and so do we */
#define MEMORY_MB 1024
#define CODE_SIZE 0 /* of images */
#define LARGEST_PAYLOAD (6u * 1024 * 1024)
#define NO_FUNCTION "ResourceNotFoundException"

/* ---- reading requests ---- */

static bool refuse(const struct request *r, struct reply *reply, const struct refusal *no)
{
    return operation_refuse(r, reply, no->status, no->code, "%s", no->message);
}

/*
 * The function that a request is about: by name, ACCOUNT:function:NAME or ARN, each perhaps with
 * :QUALIFIER, which is appended to `qualifier`. NULL: refused.
 */
static struct function *find_function(struct world *w, const struct request *r, struct reply *reply,
                                      char *qualifier, size_t size)
{
    const char *name = r->parts[0];
    const char *marker = strstr(name, "function:");
    if (marker)
        name = marker + sizeof "function:" - 1;
    auto_free char *bare = xstrndup(name, strcspn(name, ":"));
    const char *after = strchr(name, ':');
    struct function *f = world_function(w, bare);
    if (!f) {
        operation_refuse(r, reply, 404, NO_FUNCTION,
                         "Function not found: arn:aws:lambda:%s:%s:"
                         "function:%.140s",
                         WORLD_REGION, WORLD_ACCOUNT, bare);
        return NULL;
    }
    const char *asked = operation_argument(r, "Qualifier");
    if (after && asked && strcmp(after + 1, asked) != 0) {
        operation_refuse(r, reply, 400, "InvalidParameterValueException",
                         "The derived qualifier from the function name does not match the "
                         "specified qualifier.");
        return NULL;
    }
    if (qualifier)
        (void)snprintf(qualifier, size, "%s", after ? after + 1 : asked ? asked : "");
    return f;
}

static bool refuse_types(const struct request *r, struct reply *reply)
{
    return operation_refuse(r, reply, 400, "SerializationException",
                            "a member of the request has another type than the API says");
}

/* ---- writing answers ---- */

/* As Lambda writes it: 2026-11-24T10:11:00.000+0000 */
static json_t *stamp_json(int64_t at_ms)
{
    char stamp[CLOCK_STAMP_SIZE];
    auto_free char *text = xasprintf("%.23s+0000", clock_stamp(at_ms, stamp));
    return json_string(text);
}

static json_t *configuration_json(const struct world *w, const struct function *f,
                                  const struct function_version *v, bool has_qualified_arn)
{
    char version[16] = "$LATEST", arn[FUNCTIONS_ARN_SIZE];
    bool is_ready = functions_is_ready(w, v);
    bool is_published = v->number > 0;
    if (is_published)
        (void)snprintf(version, sizeof version, "%d", v->number);
    json_t *c = json_pack(
        "{s:s, s:s, s:s, s:i, s:s, s:i, s:i, s:s, s:s, s:s, s:s, s:{s:s}, s:s, s:[s], s:{s:s}}",
        "FunctionName", f->name, "FunctionArn",
        functions_arn(f, has_qualified_arn ? version : NULL, arn), "Role", v->role, "CodeSize",
        CODE_SIZE, "Description", v->description, "Timeout", FUNCTIONS_TIMEOUT_S, "MemorySize",
        MEMORY_MB, "CodeSha256", v->digest, "Version", version, "RevisionId", v->revision_id,
        "PackageType", "Image", "DeadLetterConfig", "TargetArn", v->dead_letter_target, "State",
        is_published && !is_ready ? "Pending" : "Active", "Architectures", "x86_64",
        "TracingConfig", "Mode", "PassThrough");
    json_object_set_new(c, "LastModified", stamp_json(v->modified_ms));
    json_object_set_new(c, "Environment",
                        json_pack("{s:{s:s, s:s}}", "Variables", "NODE_ENV", f->place->environment,
                                  "DATABASE_URL",
                                  "postgres://finally:sandbox-secret@database.invalid/finally"));
    if (is_published && !is_ready) {
        json_object_set_new(c, "StateReason", json_string("The function is being created."));
        json_object_set_new(c, "StateReasonCode", json_string("Creating"));
    }
    if (!is_published && !is_ready) {
        json_object_set_new(c, "LastUpdateStatusReason",
                            json_string("The function is being updated."));
        json_object_set_new(c, "LastUpdateStatusReasonCode", json_string("Updating"));
    }
    json_object_set_new(c, "LastUpdateStatus",
                        json_string(!is_published && !is_ready ? "InProgress" : "Successful"));
    return c;
}

static json_t *alias_json(const struct function *f, const struct function_alias *alias)
{
    char arn[FUNCTIONS_ARN_SIZE], version[16] = "$LATEST", additional[16];
    if (alias->version)
        (void)snprintf(version, sizeof version, "%d", alias->version);
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:s, s:s}", "AliasArn", functions_arn(f, alias->name, arn),
                  "Name", alias->name, "FunctionVersion", version, "Description",
                  alias->description, "RevisionId", alias->revision_id);
    if (alias->additional) {
        (void)snprintf(additional, sizeof additional, "%d", alias->additional);
        json_object_set_new(
            object, "RoutingConfig",
            json_pack("{s:{s:f}}", "AdditionalVersionWeights", additional, alias->weight));
    }
    return object;
}

/* ---- paging ---- */

/* Of a list of so many: where this page begins and ends. False: refused. */
static bool read_page(const struct request *r, struct reply *reply, size_t count, size_t *from,
                      size_t *to)
{
    const char *marker = operation_argument(r, "Marker");
    const char *most = operation_argument(r, "MaxItems");
    int64_t begin = 0, size = PAGE_SIZE;
    if ((marker && (!text_to_int64(marker, &begin) || begin < 0 || begin > (int64_t)count)) ||
        (most && (!text_to_int64(most, &size) || size < 1 || size > 10000)))
        return operation_refuse(r, reply, 400, "InvalidParameterValueException",
                                "The Marker or MaxItems is not valid");
    if (size > PAGE_SIZE)
        size = PAGE_SIZE;
    *from = (size_t)begin;
    *to = *from + (size_t)size < count ? *from + (size_t)size : count;
    return true;
}

static bool answer_page(struct reply *reply, const char *name, json_t *items, size_t to,
                        size_t count)
{
    json_t *page = json_pack("{s:o}", name, items);
    if (to < count) {
        auto_free char *marker = xasprintf("%zu", to);
        json_object_set_new(page, "NextMarker", json_string(marker));
    }
    return operation_answer(reply, 200, page);
}

/* ---- functions and versions ---- */

static bool get_configuration(struct world *w, const struct request *r, struct reply *reply,
                              struct function **f, const struct function_version **v, json_t **out)
{
    char qualifier[160];
    struct refusal no;
    *f = find_function(w, r, reply, qualifier, sizeof qualifier);
    if (!*f)
        return false;
    if (!functions_resolve(*f, qualifier, v, &no))
        return refuse(r, reply, &no);
    *out = configuration_json(w, *f, *v, qualifier[0] != '\0');
    return true;
}

static bool get_function_configuration(struct world *w, const struct request *r,
                                       struct reply *reply)
{
    struct function *f;
    const struct function_version *v;
    json_t *configuration;
    return get_configuration(w, r, reply, &f, &v, &configuration) &&
           operation_answer(reply, 200, configuration);
}

static bool get_function(struct world *w, const struct request *r, struct reply *reply)
{
    struct function *f;
    const struct function_version *v;
    json_t *configuration;
    if (!get_configuration(w, r, reply, &f, &v, &configuration))
        return false;
    auto_free char *repository = xstrndup(v->image_uri, strcspn(v->image_uri, "@:"));
    auto_free char *resolved = xasprintf("%s@sha256:%s", repository, v->digest);
    return operation_answer(reply, 200,
                            json_pack("{s:o, s:{s:s, s:s, s:s}}", "Configuration", configuration,
                                      "Code", "RepositoryType", "ECR", "ImageUri", v->image_uri,
                                      "ResolvedImageUri", resolved));
}

static bool update_function_code(struct world *w, const struct request *r, struct reply *reply)
{
    struct refusal no;
    bool is_ok = true;
    const char *image = functions_text_member(r->json, "ImageUri", &is_ok);
    const char *revision = functions_text_member(r->json, "RevisionId", &is_ok);
    struct function *f = find_function(w, r, reply, NULL, 0);
    if (!f)
        return false;
    if (!is_ok)
        return refuse_types(r, reply);
    if (!image)
        return operation_refuse(r, reply, 400, "InvalidParameterValueException",
                                "Please provide ImageUri when updating a function with "
                                "packageType Image.");
    if (json_is_true(json_object_get(r->json, "Publish")) ||
        json_is_true(json_object_get(r->json, "DryRun")))
        return operation_refuse(r, reply, 400, "InvalidParameterValueException",
                                "the sandbox knows neither Publish nor DryRun here");
    return functions_update_code(w, f, image, revision, &no)
               ? operation_answer(reply, 200, configuration_json(w, f, &f->latest, false))
               : refuse(r, reply, &no);
}

static bool publish_version(struct world *w, const struct request *r, struct reply *reply)
{
    struct refusal no;
    const struct function_version *v;
    bool is_ok = true;
    const char *description = functions_text_member(r->json, "Description", &is_ok);
    const char *revision = functions_text_member(r->json, "RevisionId", &is_ok);
    const char *sha256 = functions_text_member(r->json, "CodeSha256", &is_ok);
    struct function *f = find_function(w, r, reply, NULL, 0);
    if (!f)
        return false;
    if (!is_ok)
        return refuse_types(r, reply);
    return functions_publish(w, f, description, revision, sha256, &v, &no)
               ? operation_answer(reply, 201, configuration_json(w, f, v, true))
               : refuse(r, reply, &no);
}

static bool list_versions(struct world *w, const struct request *r, struct reply *reply)
{
    size_t from, to;
    struct function *f = find_function(w, r, reply, NULL, 0);
    /* $LATEST comes first. */
    size_t count = f ? f->version_count + 1 : 0;
    if (!f || !read_page(r, reply, count, &from, &to))
        return false;
    json_t *versions = json_array();
    for (size_t i = from; i < to; i++)
        json_array_append_new(
            versions, configuration_json(w, f, i == 0 ? &f->latest : &f->versions[i - 1], true));
    return answer_page(reply, "Versions", versions, to, count);
}

/* ---- aliases ---- */

static bool create_alias(struct world *w, const struct request *r, struct reply *reply)
{
    struct refusal no;
    struct alias_wish wish;
    const struct function_alias *alias;
    bool is_ok = true;
    const char *name = functions_text_member(r->json, "Name", &is_ok);
    struct function *f = find_function(w, r, reply, NULL, 0);
    if (!f)
        return false;
    if (!is_ok || !functions_read_wish(r->json, &wish))
        return refuse_types(r, reply);
    if (!name || !wish.version)
        return operation_refuse(r, reply, 400, "ValidationException",
                                "1 validation error detected: Value null at '%s' failed to "
                                "satisfy constraint: Member must not be null",
                                name ? "functionVersion" : "name");
    return functions_create_alias(w, f, name, &wish, &alias, &no)
               ? operation_answer(reply, 201, alias_json(f, alias))
               : refuse(r, reply, &no);
}

static bool update_alias(struct world *w, const struct request *r, struct reply *reply)
{
    struct refusal no;
    struct alias_wish wish;
    const struct function_alias *alias;
    struct function *f = find_function(w, r, reply, NULL, 0);
    if (!f)
        return false;
    if (!functions_read_wish(r->json, &wish))
        return refuse_types(r, reply);
    return functions_update_alias(w, f, r->parts[1], &wish, &alias, &no)
               ? operation_answer(reply, 200, alias_json(f, alias))
               : refuse(r, reply, &no);
}

static bool get_alias(struct world *w, const struct request *r, struct reply *reply)
{
    char arn[FUNCTIONS_ARN_SIZE];
    struct function *f = find_function(w, r, reply, NULL, 0);
    if (!f)
        return false;
    const struct function_alias *alias = functions_alias(f, r->parts[1]);
    if (!alias)
        return operation_refuse(r, reply, 404, NO_FUNCTION, "Cannot find alias arn: %s",
                                functions_arn(f, r->parts[1], arn));
    return operation_answer(reply, 200, alias_json(f, alias));
}

static bool list_aliases(struct world *w, const struct request *r, struct reply *reply)
{
    size_t from, to;
    struct function *f = find_function(w, r, reply, NULL, 0);
    if (!f || !read_page(r, reply, f->alias_count, &from, &to))
        return false;
    const char *version = operation_argument(r, "FunctionVersion");
    int64_t number = 0;
    bool is_filtered = version != NULL;
    if (is_filtered && !text_to_int64(version, &number))
        number = 0; /* "$LATEST" */
    json_t *aliases = json_array();
    for (size_t i = from; i < to; i++)
        if (!is_filtered || f->aliases[i].version == number)
            json_array_append_new(aliases, alias_json(f, &f->aliases[i]));
    return answer_page(reply, "Aliases", aliases, to, f->alias_count);
}

/* ---- policy and invoke ---- */

/* The API may call the alias, and nothing else. */
static bool get_policy(struct world *w, const struct request *r, struct reply *reply)
{
    char qualifier[160], arn[FUNCTIONS_ARN_SIZE];
    struct function *f = find_function(w, r, reply, qualifier, sizeof qualifier);
    if (!f)
        return false;
    if (strcmp(qualifier, f->place->alias) != 0)
        return operation_refuse(r, reply, 404, NO_FUNCTION,
                                "The resource you requested does not exist.");
    auto_free char *source =
        xasprintf("arn:aws:execute-api:%s:%s:%s/*", WORLD_REGION, WORLD_ACCOUNT, f->place->api_id);
    json_t *policy = json_pack(
        "{s:s, s:s, s:[{s:s, s:s, s:{s:s}, s:s, s:s, s:{s:{s:s}}}]}", "Version", "2012-10-17", "Id",
        "default", "Statement", "Sid", "api", "Effect", "Allow", "Principal", "Service",
        "apigateway.amazonaws.com", "Action", "lambda:InvokeFunction", "Resource",
        functions_arn(f, qualifier, arn), "Condition", "ArnLike", "AWS:SourceArn", source);
    char *text = json_dumps(policy, JSON_COMPACT);
    json_decref(policy);
    bool is_ok = operation_answer(reply, 200,
                                  json_pack("{s:s, s:s}", "Policy", text, "RevisionId",
                                            functions_alias(f, qualifier)->revision_id));
    free(text);
    return is_ok;
}

/* An event of an HTTP API, payload format 2.0; also 1.0's names. */
static void read_event(const json_t *event, struct traffic_request *out)
{
    const json_t *http = json_object_get(json_object_get(event, "requestContext"), "http");
    const json_t *headers = json_object_get(event, "headers");
    const char *method = json_string_value(json_object_get(http, "method"));
    const char *path = json_string_value(json_object_get(event, "rawPath"));
    if (!method)
        method = json_string_value(json_object_get(event, "httpMethod"));
    if (!path)
        path = json_string_value(json_object_get(event, "path"));
    *out = (struct traffic_request){.method = method ? method : "GET",
                                    .path = path ? path : "/",
                                    .has_authorization =
                                        json_object_get(headers, "authorization") != NULL ||
                                        json_object_get(headers, "Authorization") != NULL};
}

static void write_payload(struct reply *reply, const struct traffic_answer *answer)
{
    if (answer->is_thrown) {
        operation_header(reply, "X-Amz-Function-Error", "Unhandled");
        buf_adds(&reply->body, answer->body);
        return;
    }
    json_t *payload = json_pack("{s:i, s:{s:s}, s:s}", "statusCode", answer->status, "headers",
                                "content-type", "application/json", "body", answer->body);
    char *text = json_dumps(payload, JSON_COMPACT);
    buf_adds(&reply->body, text);
    free(text);
    json_decref(payload);
}

static bool invoke(struct world *w, const struct request *r, struct reply *reply)
{
    char qualifier[160], version[16] = "$LATEST";
    struct refusal no;
    const struct function_version *v;
    struct traffic_request request;
    struct traffic_answer answer;
    struct function *f = find_function(w, r, reply, qualifier, sizeof qualifier);
    if (!f)
        return false;
    if (!functions_resolve(f, qualifier, &v, &no))
        return refuse(r, reply, &no);
    if (r->body_len > LARGEST_PAYLOAD)
        return operation_refuse(r, reply, 413, "RequestTooLargeException",
                                "Request must be smaller than %u bytes for the InvokeFunction "
                                "operation",
                                LARGEST_PAYLOAD);
    if (r->body_len > 0 && !r->json)
        return operation_refuse(r, reply, 400, "InvalidRequestContentException",
                                "Could not parse request body into json");
    if (v->number > 0 && !functions_is_ready(w, v))
        return operation_refuse(r, reply, 409, "ResourceConflictException",
                                "The operation cannot be performed at this time. The function is "
                                "currently in the following state: Pending");
    read_event(r->json, &request);
    traffic_serve(w, f, qualifier, &request, &answer);
    if (answer.version->number)
        (void)snprintf(version, sizeof version, "%d", answer.version->number);
    operation_header(reply, "X-Amz-Executed-Version", version);
    write_payload(reply, &answer);
    reply->content_type = "application/json";
    return true;
}

/* ---- the table ---- */

static const struct operation operations[] = {
    {"GetFunction", "GET", API, false, NULL, get_function},
    {"GetFunctionConfiguration", "GET", API "/configuration", false, NULL,
     get_function_configuration},
    {"UpdateFunctionCode", "PUT", API "/code", true, NULL, update_function_code},
    {"PublishVersion", "POST", API "/versions", true, NULL, publish_version},
    {"ListVersionsByFunction", "GET", API "/versions", false, NULL, list_versions},
    {"CreateAlias", "POST", API "/aliases", true, NULL, create_alias},
    {"UpdateAlias", "PUT", API "/aliases/{}", true, NULL, update_alias},
    {"GetAlias", "GET", API "/aliases/{}", false, NULL, get_alias},
    {"ListAliases", "GET", API "/aliases", false, NULL, list_aliases},
    {"GetPolicy", "GET", API "/policy", false, NULL, get_policy},
    {"Invoke", "POST", API "/invocations", false, NULL, invoke},
    {0},
};

const struct service serve_lambda_service = {
    .name = "lambda", .form = WIRE_REST_JSON, .operations = operations};
