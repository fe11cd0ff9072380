/* query.c - fills forms and opens the envelope of the Query protocol's XML answers. */
#include "aws/query.h"

#include <string.h>

#include "aws/xml.h"
#include "core/mem.h"

void query_begin(struct aws_call *call, enum aws_service service, const char *operation,
                 const char *version)
{
    aws_call_init(call, service, operation, "POST");
    call->path = xstrdup("/");
    call->content_type = "application/x-www-form-urlencoded; charset=utf-8";
    buf_addf(&call->body, "Action=%s&Version=%s", operation, version);
}

void query_add(struct aws_call *call, const char *name, const char *value)
{
    if (!value || !value[0])
        return;
    buf_addf(&call->body, "&%s=", name);
    aws_encode(&call->body, value);
}

bool query_perform(struct aws *a, struct aws_call *call, struct xml_document **document,
                   const struct xml_node **result, struct error *err)
{
    struct aws_answer answer;
    struct xml_document *parsed = NULL;
    struct error why;
    aws_answer_init(&answer);
    bool is_ok = aws_perform(a, call, &answer, err);
    if (is_ok && !xml_parse(answer.body.ptr, answer.body.len, &parsed, &why))
        is_ok = aws_bad_answer(call, err, "%s", why.message);
    if (is_ok) {
        auto_free char *name = xasprintf("%sResult", call->operation);
        const struct xml_node *found = xml_find(xml_root(parsed), name);
        if (found) {
            *document = parsed;
            *result = found;
        } else {
            xml_free(parsed);
            is_ok = aws_bad_answer(call, err, "it has no %s", name);
        }
    }
    aws_answer_clear(&answer);
    return is_ok;
}
