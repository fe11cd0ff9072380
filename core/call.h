/*
 * call.h - one API call, as plans and intents write it, for people.
 */
#ifndef CORE_CALL_H
#define CORE_CALL_H

#include <jansson.h>

/*
 * {"service","operation","params"} as "lambda UpdateAlias FunctionName=finally-prod-api ...".
 * Yours; one line, safe to show.
 */
char *call_text(const json_t *call);

#endif
