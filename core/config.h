/*
 * config.h - flightdeck.yaml as typed values: read, checked, expanded, with defaults.
 *
 * The language is documented in docs/configuration.md. Every error carries file:line:col, the path
 * of the key and, where one is near, a suggestion. A struct config is immutable after config_load
 * and may be read by any thread; everything in it is owned by it.
 */
#ifndef CORE_CONFIG_H
#define CORE_CONFIG_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

struct house;
struct step_kind;
struct probe_kind;
struct resource_kind;
struct yaml_tree;

struct place {
    int line, column; /* from 1; 0 = a default, not in the file */
};

struct resource {
    char *name; /* "api" */
    const struct resource_kind *kind;
    json_t *params; /* object: every param of the kind, checked, `$` expanded, defaults filled in */
    struct place place;
};

struct rung {
    double weight;   /* 0 < weight <= 1 */
    int64_t bake_ms; /* world time, at least */
};

enum advance { ADVANCE_AUTO, ADVANCE_ASK };
enum on_undecided { ON_UNDECIDED_HOLD, ON_UNDECIDED_ROLLBACK };
enum too_little { TOO_LITTLE_HOLD, TOO_LITTLE_ASK, TOO_LITTLE_PROBE };

/* `resource metric > 5%`: compare a metric of a resource with a threshold. */
struct condition {
    char *text;       /* as written */
    char *resource;   /* "api" */
    char *metric;     /* "error rate" */
    char comparison;  /* '>' or '<' */
    double threshold; /* percent as 0..1; durations in ms; rates as written */
    bool is_percent;
    char unit[8]; /* "%", "ms", "/min", "" */
    struct place place;
};

struct alert_rule {
    char *name; /* "critical", "warning" */
    struct condition *conditions;
    size_t condition_count;
    bool rolls_back; /* then: roll-back */
    bool holds;      /* then: hold */
};

struct judge_settings {
    double error_rate_normal, error_rate_bad; /* 0..1; defaults 0.005, 0.02 */
    int64_t slow_limit_ms;                    /* default 2000 */
    double slow_share;                        /* 0..1; default 0.01 (a p99 limit) */
    double worse_than_old;                    /* 0..1; default 0.2 */
    int64_t min_requests;                     /* to clear a weight; default 50 */
    int64_t min_minutes;                      /* settled; default 3 */
    int64_t interval_ms;                      /* world; default 60 s */
    int64_t initial_delay_ms;                 /* world; default 60 s */
    int64_t deadline_ms;                      /* world, per weight; default 60 min */
    double confidence;                        /* 0.99 */
    enum too_little too_little;
    int64_t probe_count; /* of `probe N` */
};

struct smoke_check {
    char *name; /* "GET /health" */
    char *method, *path;
    json_t *expected; /* every key in it must be in the reply with that value; may be NULL */
    int status;       /* expected; default 200 */
    struct place place;
};

struct plan_step {
    char *id; /* its kind, numbered when repeated: "smoke", "smoke-2"; or `id:` */
    const struct step_kind *kind;
    json_t *params;       /* object: every param of the kind, checked and expanded */
    char *when;           /* name of a change class, or NULL */
    bool begins_with_run; /* begin: with-the-run */
    struct place place;
};

/* What proves the checklist items whose text contains `words` in the sections that end with
 * `section`. */
struct binding {
    char *section; /* heading path or its end: "24h before", "Manual Verification/API" */
    char *words;
    const struct probe_kind *probe; /* NULL for {same: SECTION/words} */
    json_t *params;
    int64_t lifetime_ms; /* `for: 24h`; 0 = the probe's own */
    char *when;          /* change class or NULL; the item's own or the section's */
    char *same;          /* "24h before/Backup created" or NULL */
    struct place place;
};

struct time_window {
    char *text;        /* "Tue-Thu 10:00-16:00 Europe/Berlin" */
    unsigned weekdays; /* bit 0 = Monday */
    int from_minute, to_minute;
    char *zone; /* IANA name */
};

struct freeze {
    int64_t from_ms, to_ms; /* days, UTC, end exclusive */
    char *reason;
};

struct change_class {
    char *name;
    char **globs;
    size_t glob_count;
};

struct people_group {
    char *name;
    char **members;
    size_t count;
};

struct metric_choice {
    char *resource; /* "api" */
    char *metric;   /* one name of the resource kind's table: "error rate", "duration p99" */
};

struct environment {
    char *name;                                   /* "production" */
    char *short_name;                             /* "prod"; defaults to the name */
    char *account, *region, *url, *branch, *from; /* "" when not given */
    bool is_production; /* the name is "production", or `production: true` */
    struct resource *resources;
    size_t resource_count;
    struct rung *ladder;
    size_t rung_count;
    enum advance advance;
    enum on_undecided on_undecided;
    struct time_window *window; /* NULL = any time */
    struct freeze *freezes;     /* the project's and its own */
    size_t freeze_count;
    struct plan_step *steps;
    size_t step_count;
    struct place place;
};

struct config {
    char *path, *directory; /* of the file */
    char *project, *guide;  /* guide: absolute path, "" = none */
    struct people_group *people;
    size_t people_count;
    struct environment *environments;
    size_t environment_count;
    struct change_class *changes;
    size_t change_count;
    struct binding *bindings;
    size_t binding_count;
    struct freeze *freezes; /* of every environment; each has them in its own list too */
    size_t freeze_count;
    struct smoke_check *smoke_checks;
    size_t smoke_count;
    struct metric_choice *metrics;
    size_t metric_count;
    struct judge_settings judge;
    struct alert_rule *alerts;
    size_t alert_count;
    int64_t manual_lifetime_ms; /* of a person's tick; default 72 h */
    char *rollback_profile;     /* rollback.as, "" = none */
    int64_t rollback_keep;      /* releases; default 3 */
    int64_t silent_ms;          /* rollback.silent-for, world; 0 = no dead-man switch */
    char *silent_role;          /* rollback.silent-role: a role's name or ARN */
    json_t *document;           /* the effective document with defaults, for --explain */
    struct yaml_tree *source;   /* where the values of document stand; for config_explain */
};

/*
 * overrides: "key=value" of `--set`, or "ENV.key=value", NULL-terminated, may be NULL; they win
 * over the file (url, image of the lambda resource, traffic, advance, on_undecided, ...). An
 * unknown key is an error.
 */
bool config_load(const char *path, const struct house *house, const char *const *overrides,
                 struct config **out, struct error *err) FD_MUST_USE;
/* Mistakes that have nothing to do with each other, in the order of the file's sections. */
struct config_mistakes {
    struct error *errors; /* owned */
    size_t count;
};
/* Of two at one place the first is kept: the other follows from it. */
void config_mistakes_add(struct config_mistakes *m, const struct error *err);
void config_mistakes_clear(struct config_mistakes *m);
/*
 * The same as config_load, but reads on after a mistake, as far as what follows does not rest on
 * it. False: *mistakes has at least one.
 */
bool config_load_whole(const char *path, const struct house *house, const char *const *overrides,
                       struct config **out, struct config_mistakes *mistakes) FD_MUST_USE;
void config_free(struct config *c);
/* flightdeck.yaml in this folder or above, up to the repository root. Yours. */
bool config_find(const char *start_directory, char **out, struct error *err) FD_MUST_USE;
/* NULL with a suggestion in *err when there is no such environment. */
const struct environment *config_environment(const struct config *c, const char *name,
                                             struct error *err);
const struct resource *config_resource(const struct environment *e,
                                       const char *name); /* NULL = none */
/* The first resource of that kind, or NULL. */
const struct resource *config_resource_of_kind(const struct environment *e, const char *kind_name);
const char *config_resource_text(const struct resource *r, const char *param); /* "" when unset */
/* Every command line in the configuration that flightdeck would start, for trust and its hash. New
 * array of text. */
json_t *config_commands(const struct config *c);
/* The file with all defaults and where each came from, as text. Yours. */
char *config_explain(const struct config *c);

#endif
