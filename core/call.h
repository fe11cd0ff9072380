/*
 * call.h - one API call, as plans and intents write it, for people.
 */
#ifndef CORE_CALL_H
#define CORE_CALL_H

#include <jansson.h>
#include <stdbool.h>

/*
 * {"service","operation","params"} as "lambda UpdateAlias FunctionName=finally-prod-api ...".
 * Yours; one line, safe to show. What is no call_is_known() is left out.
 */
char *call_text(const json_t *call);

/* A value that says something already: not a note in which the engine writes the run, the person
 * and the time only when it sends it ("${actor}"). */
bool call_is_known(const json_t *value);

#endif
