/* serve_sts.c - the sandbox's STS: whose keys are these? (Query protocol, 2011-06-15) */
#include "core/mem.h"
#include "sandbox/services.h"

static bool get_caller_identity(struct world *world, const struct request *r, struct reply *reply)
{
    auto_free char *arn = xasprintf("arn:aws:iam::%s:user/%s", r->account, r->user);

    (void)world;
    operation_xml_begin(r, reply);
    operation_xml_element(&reply->body, "Arn", arn);
    operation_xml_element(&reply->body, "UserId", r->user_id);
    operation_xml_element(&reply->body, "Account", r->account);
    return operation_xml_end(r, reply);
}

static const struct operation operations[] = {
    {.name = "GetCallerIdentity", .serve = get_caller_identity},
    {0},
};

const struct service serve_sts_service = {
    .name = "sts",
    .form = WIRE_QUERY,
    .xml_namespace = "https://sts.amazonaws.com/doc/2011-06-15/",
    .operations = operations,
};
