/*
 * ledger.h - counts the writes that were done, so that a test can tell "once" from "twice".
 *
 * Kept apart from the world, which only shows the result. Thread: any.
 */
#ifndef SANDBOX_LEDGER_H
#define SANDBOX_LEDGER_H

#include <jansson.h>

struct ledger;

struct ledger *ledger_new(void);
void ledger_free(struct ledger *l);
void ledger_count(struct ledger *l, const char *operation, const char *target);
/* {"UpdateAlias finally-prod-api/production": 6, ...} */
json_t *ledger_json(struct ledger *l);
void ledger_reset(struct ledger *l);

#endif
