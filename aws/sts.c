/* sts.c - asks AWS whose keys these are. */
#include "aws/sts.h"

#include <string.h>

#include "aws/query.h"
#include "aws/xml.h"
#include "core/text.h"

bool sts_get_caller_identity(struct aws *a, struct cancel *cancel, struct sts_identity *out,
                             struct error *err)
{
    return sts_get_caller_identity_within(a, 0, cancel, out, err);
}

bool sts_get_caller_identity_within(struct aws *a, int64_t limit_ms, struct cancel *cancel,
                                    struct sts_identity *out, struct error *err)
{
    struct aws_call call;
    struct xml_document *document = NULL;
    const struct xml_node *result = NULL;
    query_begin(&call, AWS_STS, "GetCallerIdentity", "2011-06-15");
    call.cancel = cancel;
    call.limit_ms = limit_ms;
    bool is_ok = query_perform(a, &call, &document, &result, err);
    if (is_ok && (!xml_text(result, "Account")[0] || !xml_text(result, "Arn")[0])) {
        is_ok = aws_bad_answer(&call, err, "it names no Account or no Arn");
    } else if (is_ok) {
        text_copy(out->account, sizeof out->account, xml_text(result, "Account"));
        text_copy(out->arn, sizeof out->arn, xml_text(result, "Arn"));
        text_copy(out->user_id, sizeof out->user_id, xml_text(result, "UserId"));
    }
    xml_free(document);
    aws_call_clear(&call);
    return is_ok;
}

bool sts_has_ended(const struct error *err)
{
    static const char *const codes[] = {
        "ExpiredToken",         "ExpiredTokenException",       "RequestExpired",
        "InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId",
    };

    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (strcmp(err->code, codes[i]) == 0)
            return true;
    return false;
}
