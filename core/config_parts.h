/*
 * config_parts.h - the readers of the parts of a configuration, by file. Private to core/config*.c.
 *
 * Each fills in r->config. Those with (given, into, shown) are rows of a table (config_reader.h).
 */
#ifndef CORE_CONFIG_PARTS_H
#define CORE_CONFIG_PARTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/config_reader.h"
#include "core/error.h"

struct config;
struct environment;
struct freeze;
struct metric_name;

/* config_environments.c: `environments:`, merged with `all:`. */
bool config_environments_read(struct config_reader *r, json_t *given, void *into, json_t **shown,
                              struct error *err) FD_MUST_USE;
/* `all:` by itself: its keys, also where no environment takes them. */
bool config_environments_check_all(struct config_reader *r, json_t *given, void *into,
                                   json_t **shown, struct error *err) FD_MUST_USE;
/* Adds a list of freezes. */
bool config_environments_read_freezes(struct config_reader *r, const json_t *given,
                                      struct freeze **freezes, size_t *count,
                                      struct error *err) FD_MUST_USE;
void config_environments_clear(struct config *c);
extern const struct config_key config_environments_keys[];

/* config_resources.c: the resources of one environment. */
bool config_resources_read(struct config_reader *r, json_t *given, void *into, json_t **shown,
                           struct error *err) FD_MUST_USE;
void config_resources_clear(struct environment *e);
/* The key that names the kind of a resource; NULL when none or two do. */
const char *config_resources_kind_key(const struct house *house, const json_t *given);

/* config_steps.c: `plan:`, for each environment. */
bool config_steps_read(struct config_reader *r, json_t *given, void *into, json_t **shown,
                       struct error *err) FD_MUST_USE;
void config_steps_clear(struct environment *e);

/* config_bindings.c: `checklists:`. */
bool config_bindings_read(struct config_reader *r, json_t *given, void *into, json_t **shown,
                          struct error *err) FD_MUST_USE;
/* The name of a class of `changes:`. Yours. */
bool config_bindings_read_when(struct config_reader *r, const json_t *value, char **out,
                               struct error *err) FD_MUST_USE;
void config_bindings_clear(struct config *c);

/* config_smoke.c: `smoke: {checks: ...}`. */
bool config_smoke_read(struct config_reader *r, json_t *given, void *into, json_t **shown,
                       struct error *err) FD_MUST_USE;
void config_smoke_clear(struct config *c);
extern const struct config_key config_smoke_keys[];

/* config_metrics.c: `metrics:`, after the environments. */
bool config_metrics_read(struct config_reader *r, json_t *given, void *into, json_t **shown,
                         struct error *err) FD_MUST_USE;
/* A metric of a resource of any environment; the error names the nearest. */
bool config_metrics_find(struct config_reader *r, const json_t *value, const char *resource_name,
                         const char *metric_name, const struct metric_name **out,
                         struct error *err) FD_MUST_USE;
void config_metrics_clear(struct config *c);

/* config_judging.c: `judge:`, `alerts:`. */
bool config_judging_read(struct config_reader *r, json_t *given, void *into, json_t **shown,
                         struct error *err) FD_MUST_USE;
bool config_judging_read_alerts(struct config_reader *r, json_t *given, void *into, json_t **shown,
                                struct error *err) FD_MUST_USE;
void config_judging_clear(struct config *c);
extern const struct config_key config_judging_keys[];
extern const struct config_key config_judging_alert_keys[];

/* config_set.c: `--set KEY=VALUE`, before anything is read. overrides may be NULL. */
bool config_set_all(struct config_reader *r, const char *const *overrides,
                    struct error *err) FD_MUST_USE;

/* config.c */
extern const struct config_key config_keys[];
/* Every table of keys; ends with {0}. */
extern const struct config_part config_all_parts[];

#endif
