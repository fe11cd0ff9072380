/*
 * query.h - the Query protocol of STS and RDS: a form goes out, XML comes back.
 */
#ifndef AWS_QUERY_H
#define AWS_QUERY_H

#include "aws/client.h"

struct xml_document;
struct xml_node;

void query_begin(struct aws_call *call, enum aws_service service, const char *operation,
                 const char *version);
/* Adds a parameter of the form; nothing when the value is NULL or "". */
void query_add(struct aws_call *call, const char *name, const char *value);
/*
 * Performs the call and finds <OPERATIONResult>. The result belongs to the document, which is yours
 * to free with xml_free.
 */
bool query_perform(struct aws *a, struct aws_call *call, struct xml_document **document,
                   const struct xml_node **result, struct error *err) FD_MUST_USE;

#endif
