/* answer.c - reads error bodies of every protocol that our services speak. */
#include "aws/answer.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/xml.h"
#include "core/mem.h"
#include "core/secret.h"
#include "core/text.h"
#include "net/http.h"

#define MAX_SHOWN_BODY 120

/* "com.amazonaws.x#Code:http://..." -> "Code". */
static void set_code(struct answer_error *out, const char *raw)
{
    if (out->code[0])
        return;
    const char *start = strrchr(raw, '#');
    start = start ? start + 1 : raw;
    size_t len = strcspn(start, ":;");
    auto_free char *cut = xstrndup(start, len);
    auto_free char *safe = text_safe(cut);
    text_copy(out->code, sizeof out->code, safe);
}

/* AWS quotes the canonical request when a signature is wrong, and the session token is in that. */
static char *without_secrets(const char *bytes, size_t len)
{
    struct buf out;
    buf_init(&out, HTTP_MAX_REPLY);
    secret_redact(&out, bytes, len);
    return buf_steal(&out);
}

/* The first line only: the rest is for whoever debugs a signature. */
static void set_message(struct answer_error *out, const char *raw)
{
    if (out->message[0] || !raw[0])
        return;
    auto_free char *redacted = without_secrets(raw, strlen(raw));
    redacted[strcspn(redacted, "\r\n")] = '\0';
    auto_free char *safe = text_safe(redacted);
    text_copy(out->message, sizeof out->message, safe);
}

static void read_json(const struct http_reply *reply, struct answer_error *out)
{
    static const char *const code_keys[] = {"__type", "code", "Code"};
    static const char *const message_keys[] = {"message", "Message", "errorMessage"};
    json_t *root = json_loadb(reply->body.ptr, reply->body.len, 0, NULL);
    for (size_t i = 0; i < sizeof code_keys / sizeof code_keys[0]; i++) {
        const char *code = json_string_value(json_object_get(root, code_keys[i]));
        if (code && code[0])
            set_code(out, code);
    }
    for (size_t i = 0; i < sizeof message_keys / sizeof message_keys[0]; i++) {
        const char *message = json_string_value(json_object_get(root, message_keys[i]));
        if (message)
            set_message(out, message);
    }
    json_decref(root);
}

static void read_xml(const struct http_reply *reply, struct answer_error *out)
{
    static const char *const places[] = {"Error", "Errors/Error", ""};
    struct xml_document *document = NULL;
    struct error ignored;
    if (!xml_parse(reply->body.ptr, reply->body.len, &document, &ignored))
        return;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const struct xml_node *node = xml_find(xml_root(document), places[i]);
        const char *code = xml_text(node, "Code");
        if (!node || !code[0])
            continue;
        set_code(out, code);
        set_message(out, xml_text(node, "Message"));
        break;
    }
    xml_free(document);
}

static void describe_body(const struct http_reply *reply, struct answer_error *out)
{
    const char *type = http_reply_header(reply, "Content-Type");
    if (reply->body.len == 0) {
        set_message(out, "no body");
        return;
    }
    /* Redacted before it is cut: half a secret would not be found any more. */
    auto_free char *start = without_secrets(reply->body.ptr, reply->body.len);
    bool is_cut = strlen(start) > MAX_SHOWN_BODY;
    if (is_cut)
        start[MAX_SHOWN_BODY] = '\0';
    for (char *c = start; *c; c++)
        if (*c == '\n' || *c == '\r' || *c == '\t')
            *c = ' ';
    auto_free char *text = xasprintf("a body that is no AWS answer (%.60s): %s%s",
                                     type ? type : "no content type", start, is_cut ? "..." : "");
    set_message(out, text);
}

void answer_read_error(const struct http_reply *reply, struct answer_error *out)
{
    *out = (struct answer_error){0};
    /* The query-compatible code is the one that people know from the CLI. */
    static const char *const headers[] = {"x-amzn-query-error", "x-amzn-errortype"};
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        const char *value = http_reply_header(reply, headers[i]);
        if (value && value[0])
            set_code(out, value);
    }
    struct text body = text_trim((struct text){reply->body.ptr, reply->body.len});
    if (body.len > 0 && body.ptr[0] == '{')
        read_json(reply, out);
    else if (body.len > 0 && body.ptr[0] == '<')
        read_xml(reply, out);
    if (!out->message[0] && out->code[0])
        set_message(out, out->code);
    describe_body(reply, out);
}

void answer_request_id(const struct http_reply *reply, char *out, size_t size)
{
    static const char *const headers[] = {"x-amzn-requestid", "x-amz-request-id",
                                          "apigw-requestid"};
    out[0] = '\0';
    for (size_t i = 0; i < sizeof headers / sizeof headers[0] && !out[0]; i++) {
        const char *value = http_reply_header(reply, headers[i]);
        if (!value)
            continue;
        auto_free char *safe = text_safe(value);
        text_copy(out, size, safe);
    }
}
