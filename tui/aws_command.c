/* aws_command.c - a call as a line for a shell. */
#include "tui/aws_command.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/call.h"
#include "core/text.h"
#include "tui/reading.h"

#define COMMAND_CEILING 8000

static bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

static bool is_lower(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/* As the CLI names operations and options: "DBInstanceIdentifier" is db-instance-identifier. */
static void add_kebab(struct buf *out, const char *name)
{
    for (size_t i = 0; name[i] != '\0'; i++) {
        bool starts = is_upper(name[i]) && i > 0 &&
                      (is_lower(name[i - 1]) || (is_upper(name[i - 1]) && is_lower(name[i + 1])));
        if (starts)
            buf_addc(out, '-');
        buf_addc(out, is_upper(name[i]) ? (char)(name[i] - 'A' + 'a') : name[i]);
    }
}

static bool is_plain(const char *text)
{
    return text[0] != '\0' && text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX"
                                                "YZ0123456789-_./:@=,%+")] == '\0';
}

static void add_quoted(struct buf *out, const char *text)
{
    if (is_plain(text)) {
        buf_adds(out, text);
        return;
    }
    buf_addc(out, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            buf_adds(out, "'\\''");
        else
            buf_addc(out, *text);
    }
    buf_addc(out, '\'');
}

static void add_value(struct buf *out, const json_t *value)
{
    if (json_is_string(value)) {
        add_quoted(out, json_string_value(value));
        return;
    }
    char *text =
        json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_REAL_PRECISION(6));
    add_quoted(out, text != NULL ? text : "");
    free(text);
}

/* What is sent to a function is described, not written down: the event is for a file. */
static void add_invocation(struct buf *out, const json_t *params)
{
    if (json_object_get(params, "Request") == NULL)
        return;
    buf_adds(out, " --payload fileb://event.json /dev/stdout # an event for ");
    buf_adds(out, reading_text(params, "Request"));
}

static void add_aws(struct buf *out, const json_t *call, const char *region)
{
    json_t *params = json_object_get(call, "params");
    const char *key;
    json_t *value;

    buf_addf(out, "aws %s ", reading_text(call, "service"));
    add_kebab(out, reading_text(call, "operation"));
    json_object_foreach(params, key, value)
    {
        if (strcmp(key, "Request") == 0 || !call_is_known(value))
            continue;
        buf_adds(out, " --");
        add_kebab(out, key);
        buf_addc(out, ' ');
        add_value(out, value);
    }
    if (region != NULL && region[0] != '\0') {
        buf_adds(out, " --region ");
        add_quoted(out, region);
    }
    add_invocation(out, params);
}

static void add_curl(struct buf *out, const json_t *call)
{
    const char *method = reading_text(call, "operation");

    buf_adds(out, "curl -sS ");
    if (strcmp(method, "GET") != 0) {
        buf_adds(out, "-X ");
        add_quoted(out, method);
        buf_addc(out, ' ');
    }
    add_quoted(out, reading_text(json_object_get(call, "params"), "url"));
}

static void add_program(struct buf *out, const json_t *call)
{
    size_t i;
    json_t *word;
    json_t *command = json_object_get(json_object_get(call, "params"), "command");

    if (json_is_string(command))
        buf_adds(out, json_string_value(command));
    json_array_foreach(command, i, word)
    {
        if (i > 0)
            buf_addc(out, ' ');
        add_value(out, word);
    }
}

char *aws_command_text(const json_t *call, const char *region)
{
    auto_buf out;
    const char *service = reading_text(call, "service");

    buf_init(&out, COMMAND_CEILING);
    if (strcmp(service, "http") == 0)
        add_curl(&out, call);
    else if (strcmp(service, "command") == 0)
        add_program(&out, call);
    else
        add_aws(&out, call, region);
    return text_safe(out.ptr);
}
