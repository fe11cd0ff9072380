/* operation.c - reads a request of AWS's three wire forms, and writes answers and errors in them.
 */
#include "sandbox/operation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/hash.h"
#include "core/mem.h"
#include "core/text.h"

#define MAX_REPLY (16u * 1024 * 1024)
#define MAX_PART (64u * 1024)
#define JSON_TYPE "application/json"
#define JSON_1_0_TYPE "application/x-amz-json-1.0"
#define FORM_TYPE "application/x-www-form-urlencoded"

/* ---- arguments ---- */

struct argument {
    char *name, *value; /* owned, decoded */
};
struct arguments {
    struct argument *items;
    size_t count, capacity;
};

static int hex_value(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, c | 0x20) : NULL;
    return at != NULL && (c <= '9' || (c | 0x20) >= 'a') ? (int)(at - digits) : -1;
}

/* %XX, and '+' as a blank where a form says so. A NUL byte stays encoded: we hold C strings. */
static char *decode(struct text t, bool is_form)
{
    struct buf out;
    buf_init(&out, MAX_REPLY);
    for (size_t i = 0; i < t.len; i++) {
        int high = t.ptr[i] == '%' && i + 2 < t.len ? hex_value(t.ptr[i + 1]) : -1;
        int low = high >= 0 ? hex_value(t.ptr[i + 2]) : -1;
        if (low >= 0 && high * 16 + low > 0) {
            buf_addc(&out, (char)(high * 16 + low));
            i += 2;
        } else {
            buf_addc(&out, is_form && t.ptr[i] == '+' ? ' ' : t.ptr[i]);
        }
    }
    return buf_steal(&out);
}

static void add_arguments(struct arguments *a, struct text encoded)
{
    struct text piece;
    while (text_split(&encoded, '&', &piece)) {
        if (piece.len == 0)
            continue;
        const char *equals = memchr(piece.ptr, '=', piece.len);
        size_t name_len = equals != NULL ? (size_t)(equals - piece.ptr) : piece.len;
        struct text value = equals != NULL ? (struct text){equals + 1, piece.len - name_len - 1}
                                           : (struct text){"", 0};
        a->items = mem_grow(a->items, &a->capacity, a->count, sizeof *a->items);
        a->items[a->count++] = (struct argument){decode((struct text){piece.ptr, name_len}, true),
                                                 decode(value, true)};
    }
}

const char *operation_argument(const struct request *r, const char *name)
{
    const struct arguments *a = r->arguments;
    for (size_t i = 0; a != NULL && i < a->count; i++)
        if (strcmp(a->items[i].name, name) == 0)
            return a->items[i].value;
    return NULL;
}

bool operation_argument_at(const struct request *r, size_t index, const char **name,
                           const char **value)
{
    const struct arguments *a = r->arguments;
    if (a == NULL || index >= a->count)
        return false;
    *name = a->items[index].name;
    *value = a->items[index].value;
    return true;
}

/* ---- which operation ---- */

static bool is_form(const struct wire_request *wire)
{
    return wire->content_type != NULL &&
           strncasecmp(wire->content_type, FORM_TYPE, strlen(FORM_TYPE)) == 0;
}

static enum wire_form guess_form(const struct service *service, const struct wire_request *wire)
{
    /* Older clients speak the Query protocol to services that have left it. */
    if (service != NULL && service->form != WIRE_JSON_1_0)
        return service->form;
    if (wire->target != NULL)
        return WIRE_JSON_1_0;
    return is_form(wire) || service != NULL || strstr(wire->uri, "?Action=") != NULL
               ? WIRE_QUERY
               : WIRE_REST_JSON;
}

static void make_id(char *out, size_t size)
{
    unsigned char id[16];
    size_t at = 0;
    hash_random(id, sizeof id);
    id[6] = (unsigned char)((id[6] & 0x0f) | 0x40); /* RFC 4122, version 4 */
    id[8] = (unsigned char)((id[8] & 0x3f) | 0x80);
    for (size_t i = 0; i < sizeof id; i++)
        at += (size_t)snprintf(out + at, size - at, "%s%02x",
                               i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", id[i]);
}

void operation_guess(const struct service *service, const struct wire_request *wire,
                     struct request *out)
{
    *out = (struct request){.form = guess_form(service, wire),
                            .method = wire->method,
                            .body = wire->body,
                            .body_len = wire->body_len,
                            .service = service};
    make_id(out->request_id, sizeof out->request_id);
}

static void free_parts(struct request *r)
{
    for (size_t i = 0; i < OPERATION_MAX_PARTS; i++) {
        free((void *)(uintptr_t)r->parts[i]);
        r->parts[i] = NULL;
    }
}

/* Segment by segment; "{}" takes one that is not empty. */
static bool match_path(const char *pattern, struct text path, struct request *r)
{
    struct text want = text_of(pattern), wanted, given;
    size_t count = 0;

    for (;;) {
        bool has_wanted = text_split(&want, '/', &wanted);
        bool has_given = text_split(&path, '/', &given);
        if (!has_wanted || !has_given)
            return has_wanted == has_given;
        auto_free char *segment = decode(given, false);
        if (text_eq(wanted, "{}") && segment[0] != '\0' && count < OPERATION_MAX_PARTS)
            r->parts[count++] = xstrdup(segment);
        else if (!text_eq(wanted, segment))
            return false;
    }
}

static const struct operation *find_by_name(const struct operation *table, const char *name)
{
    for (; name != NULL && table->name != NULL; table++)
        if (strcmp(table->name, name) == 0)
            return table;
    return NULL;
}

static const struct operation *find(const struct service *service, const struct wire_request *wire,
                                    struct request *r)
{
    struct text path = {wire->uri, strcspn(wire->uri, "?")};

    if (r->form == WIRE_QUERY)
        return find_by_name(service->operations, operation_argument(r, "Action"));
    if (r->form == WIRE_JSON_1_0)
        return service->target_prefix != NULL && wire->target != NULL &&
                       text_starts_with(wire->target, service->target_prefix)
                   ? find_by_name(service->operations,
                                  wire->target + strlen(service->target_prefix))
                   : NULL;
    for (const struct operation *o = service->operations; o->name != NULL; o++) {
        if (o->method != NULL && strcmp(o->method, wire->method) == 0 &&
            match_path(o->path, path, r))
            return o;
        free_parts(r);
    }
    return NULL;
}

static bool read_json(struct request *r, struct reply *reply)
{
    json_error_t why;
    if (r->form == WIRE_QUERY || r->body_len == 0)
        return true;
    r->json = json_loadb(r->body, r->body_len, JSON_DECODE_ANY, &why);
    if (r->json != NULL)
        return true;
    if (r->form == WIRE_JSON_1_0)
        return operation_refuse(r, reply, 400, "SerializationException", "%s", why.text);
    return operation_refuse(r, reply, 400, "InvalidRequestContentException",
                            "Could not parse request body into json: %s", why.text);
}

const struct operation *operation_read(const struct service *service,
                                       const struct wire_request *wire, struct request *out,
                                       struct reply *reply)
{
    const char *query = strchr(wire->uri, '?');
    struct arguments *arguments = xcalloc(1, sizeof *arguments);

    operation_guess(service, wire, out);
    out->arguments = arguments;
    if (query != NULL)
        add_arguments(arguments, text_of(query + 1));
    if (out->form == WIRE_JSON_1_0)
        reply->content_type = JSON_1_0_TYPE;
    if (out->form == WIRE_QUERY)
        add_arguments(arguments, (struct text){wire->body, wire->body_len});
    out->operation = find(service, wire, out);
    if (out->operation == NULL && out->form == WIRE_QUERY) {
        const char *action = operation_argument(out, "Action");
        (void)operation_refuse(
            out, reply, 400, "InvalidAction", "Could not find operation %s for version %s",
            action != NULL ? action : "",
            operation_argument(out, "Version") != NULL ? operation_argument(out, "Version")
                                                       : "NO_VERSION_SPECIFIED");
    } else if (out->operation == NULL) {
        (void)operation_refuse(out, reply, 404, "UnknownOperationException",
                               "the sandbox does not serve this operation of %s", service->name);
    }
    return out->operation != NULL && read_json(out, reply) ? out->operation : NULL;
}

void operation_read_plain(const struct wire_request *wire, struct request *out)
{
    const char *query = strchr(wire->uri, '?');
    struct arguments *arguments = xcalloc(1, sizeof *arguments);
    operation_guess(NULL, wire, out);
    out->form = WIRE_REST_JSON;
    out->arguments = arguments;
    if (query != NULL)
        add_arguments(arguments, text_of(query + 1));
}

void operation_request_clear(struct request *r)
{
    struct arguments *a = (struct arguments *)(uintptr_t)r->arguments;
    for (size_t i = 0; a != NULL && i < a->count; i++) {
        free(a->items[i].name);
        free(a->items[i].value);
    }
    if (a != NULL)
        free(a->items);
    free(a);
    free_parts(r);
    json_decref(r->json);
    *r = (struct request){0};
}

void operation_target(const struct request *r, struct buf *out)
{
    if (r->operation != NULL && r->operation->target != NULL) {
        const char *value = operation_argument(r, r->operation->target);
        buf_adds(out, value != NULL ? value : "");
        return;
    }
    for (size_t i = 0; i < OPERATION_MAX_PARTS && r->parts[i] != NULL; i++)
        buf_addf(out, "%s%s", i > 0 ? "/" : "", r->parts[i]);
}

/* ---- answers ---- */

void operation_reply_init(struct reply *reply)
{
    *reply = (struct reply){.status = 200, .content_type = JSON_TYPE};
    buf_init(&reply->body, MAX_REPLY);
}

void operation_reply_clear(struct reply *reply) { buf_clear(&reply->body); }

void operation_header(struct reply *reply, const char *name, const char *value)
{
    size_t at = 0;
    while (at < reply->header_count && strcasecmp(reply->headers[at].name, name) != 0)
        at++;
    if (at == OPERATION_MAX_HEADERS)
        return;
    reply->headers[at].name = name;
    (void)snprintf(reply->headers[at].value, sizeof reply->headers[at].value, "%s", value);
    if (at == reply->header_count)
        reply->header_count++;
}

bool operation_answer(struct reply *reply, int status, json_t *document)
{
    auto_free char *text = json_dumps(document, JSON_COMPACT | JSON_ENCODE_ANY);
    reply->status = status;
    buf_reset(&reply->body);
    buf_adds(&reply->body, text != NULL ? text : "null");
    json_decref(document);
    return true;
}

void operation_xml_text(struct buf *out, const char *text)
{
    static const struct {
        char c;
        const char *entity;
    } entities[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}};
    for (; *text != '\0'; text++) {
        size_t i = 0;
        while (i < sizeof entities / sizeof entities[0] && entities[i].c != *text)
            i++;
        if (i < sizeof entities / sizeof entities[0])
            buf_adds(out, entities[i].entity);
        else
            buf_addc(out, (unsigned char)*text < ' ' ? ' ' : *text);
    }
}

void operation_xml_element(struct buf *out, const char *name, const char *text)
{
    buf_addf(out, "<%s>", name);
    operation_xml_text(out, text);
    buf_addf(out, "</%s>", name);
}

static void open_xml(const struct request *r, struct reply *reply, const char *name)
{
    const char *space = r->service != NULL ? r->service->xml_namespace : NULL;
    reply->content_type = "text/xml";
    buf_reset(&reply->body);
    buf_addf(&reply->body, "<%s", name);
    if (space != NULL)
        buf_addf(&reply->body, " xmlns=\"%s\"", space);
    buf_addc(&reply->body, '>');
}

void operation_xml_begin(const struct request *r, struct reply *reply)
{
    auto_free char *name = xasprintf("%sResponse", r->operation->name);
    open_xml(r, reply, name);
    buf_addf(&reply->body, "<%sResult>", r->operation->name);
}

bool operation_xml_end(const struct request *r, struct reply *reply)
{
    const char *name = r->operation->name;
    buf_addf(&reply->body,
             "</%sResult><ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata>"
             "</%sResponse>",
             name, r->request_id, name);
    return true;
}

static void refuse_in_xml(const struct request *r, struct reply *reply, const char *code,
                          const char *message)
{
    open_xml(r, reply, "ErrorResponse");
    buf_adds(&reply->body, "<Error>");
    operation_xml_element(&reply->body, "Type", reply->status < 500 ? "Sender" : "Receiver");
    operation_xml_element(&reply->body, "Code", code);
    operation_xml_element(&reply->body, "Message", message);
    buf_adds(&reply->body, "</Error>");
    operation_xml_element(&reply->body, "RequestId", r->request_id);
    buf_adds(&reply->body, "</ErrorResponse>");
}

bool operation_refuse(const struct request *r, struct reply *reply, int status, const char *code,
                      const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    auto_free char *said = xvasprintf(fmt, ap);
    va_end(ap);
    auto_free char *message = text_safe(said); /* it may quote what a client sent */

    reply->status = status;
    reply->content_type = r->form == WIRE_JSON_1_0 ? JSON_1_0_TYPE : JSON_TYPE;
    switch (r->form) {
    case WIRE_QUERY:
        refuse_in_xml(r, reply, code, message);
        break;
    case WIRE_JSON_1_0: {
        /* Clients that knew the service in the Query protocol look for its codes there. */
        auto_free char *both = xasprintf("%s;%s", code, status < 500 ? "Sender" : "Receiver");
        operation_header(reply, "x-amzn-query-error", both);
        (void)operation_answer(reply, status,
                               json_pack("{s:s, s:s}", "__type", code, "message", message));
        break;
    }
    case WIRE_REST_JSON:
        operation_header(reply, "x-amzn-ErrorType", code);
        (void)operation_answer(
            reply, status,
            json_pack("{s:s, s:s}", "Type", status < 500 ? "User" : "Service", "message", message));
        break;
    }
    return false;
}
