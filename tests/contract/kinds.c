/* kinds.c - every step, probe and resource kind of the house keeps its port's contract. */
#include <criterion/criterion.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cli/tables.h"
#include "core/house.h"
#include "core/mem.h"
#include "core/param.h"
#include "core/probe.h"
#include "core/resource.h"
#include "core/run.h"
#include "core/step.h"
#include "core/text.h"

#define MOST_SUMMARY 90

/* Keys that a plan's step or a binding has besides its kind's own. */
static const char *const reserved[] = {"id",   "only", "when", "begin", "for",
                                       "same", "kind", "name", "needs"};

/* "http-api": lower case, digits and dashes, a letter first. */
static bool is_name(const char *name)
{
    if (name == NULL || !islower((unsigned char)name[0]))
        return false;
    for (const char *p = name; *p != '\0'; p++)
        if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p) &&
            (*p != '-' || !isalnum((unsigned char)p[1])))
            return false;
    return true;
}

/* One line for people: there is one, it fits a line, it ends without a full stop. */
static bool is_line(const char *line, size_t most)
{
    return line != NULL && line[0] != '\0' && strlen(line) <= most && strchr(line, '\n') == NULL &&
           !text_ends_with(line, ".") && !isspace((unsigned char)line[0]);
}

static bool is_number(const char *text)
{
    int64_t number;
    return text_to_int64(text, &number);
}

/* A fallback is written as its type is written. */
static bool is_fallback(const struct param *p)
{
    const char *f = p->fallback;
    size_t digits = strspn(f, "0123456789.");

    switch (p->type) {
    case PARAM_INTEGER:
        return is_number(f);
    case PARAM_BOOL:
        return strcmp(f, "true") == 0 || strcmp(f, "false") == 0;
    case PARAM_DURATION:
        return digits > 0 && f[digits] != '\0' && strspn(f + digits, "smhd") > 0;
    case PARAM_PERCENT:
        return digits > 0 && strcmp(f + digits, "%") == 0;
    case PARAM_TEXT:
    case PARAM_TEXT_LIST:
    case PARAM_RESOURCE:
    case PARAM_JSON:
        return true;
    }
    return false;
}

static void check_params(const char *owner, const struct param *params)
{
    for (size_t i = 0; params != NULL && params[i].name != NULL; i++) {
        const struct param *p = &params[i];
        cr_expect(is_name(p->name), "%s: parameter name %s", owner, p->name);
        cr_expect(is_line(p->help, 200), "%s.%s: help", owner, p->name);
        cr_expect(!p->is_required || p->fallback == NULL, "%s.%s: required, with a fallback", owner,
                  p->name);
        cr_expect(p->fallback == NULL || is_fallback(p), "%s.%s: fallback %s", owner, p->name,
                  p->fallback);
        for (size_t k = 0; k < i; k++)
            cr_expect_str_neq(params[k].name, p->name, "%s.%s twice", owner, p->name);
        for (size_t k = 0; k < sizeof reserved / sizeof reserved[0]; k++)
            cr_expect_str_neq(reserved[k], p->name, "%s.%s is a key of every step", owner, p->name);
    }
}

Test(kinds, has_step_kinds_that_keep_the_contract)
{
    const struct step_kind *const *kinds = tables_house()->step_kinds;
    size_t count = 0;

    for (; kinds[count] != NULL; count++) {
        const struct step_kind *k = kinds[count];
        cr_expect(is_name(k->name), "name %s", k->name);
        cr_expect(is_line(k->summary, MOST_SUMMARY), "%s: summary", k->name);
        cr_expect_not_null(k->params, "%s: params", k->name);
        check_params(k->name, k->params);
        cr_expect(k->plan != NULL, "%s: plan", k->name);
        cr_expect(k->run != NULL, "%s: run", k->name);
        cr_expect((k->undo != NULL) != (k->irreversible != NULL),
                  "%s: exactly one of undo and irreversible", k->name);
        cr_expect(k->irreversible == NULL || is_line(k->irreversible, 200), "%s: irreversible",
                  k->name);
        cr_expect(!k->moves_traffic || k->undo != NULL, "%s: moves traffic, cannot undo", k->name);
        cr_expect(!k->is_gate || k->undo == step_undo_nothing, "%s: a gate changes nothing",
                  k->name);
        for (size_t i = 0; i < count; i++)
            cr_expect_str_neq(kinds[i]->name, k->name, "%s twice", k->name);
        cr_expect_eq(house_step_kind(tables_house(), k->name), k);
    }
    cr_expect_geq(count, 11, "%zu", count);
    cr_expect_null(house_step_kind(tables_house(), "nothing"));
}

Test(kinds, has_probe_kinds_that_keep_the_contract)
{
    const struct probe_kind *const *kinds = tables_house()->probe_kinds;
    size_t count = 0;

    for (; kinds[count] != NULL; count++) {
        const struct probe_kind *k = kinds[count];
        cr_expect(is_name(k->name), "name %s", k->name);
        cr_expect(is_line(k->summary, MOST_SUMMARY), "%s: summary", k->name);
        cr_expect_not_null(k->params, "%s: params", k->name);
        check_params(k->name, k->params);
        cr_expect((k->probe == NULL) == k->is_person, "%s: a probe, or a person", k->name);
        cr_expect(k->lifetime_ms >= 0, "%s: lifetime", k->name);
        for (size_t i = 0; i < count; i++)
            cr_expect_str_neq(kinds[i]->name, k->name, "%s twice", k->name);
        cr_expect_eq(house_probe_kind(tables_house(), k->name), k);
    }
    cr_expect_geq(count, 5, "%zu", count);
    cr_expect_null(house_probe_kind(tables_house(), "nothing"));
}

Test(kinds, has_resource_kinds_that_keep_the_contract)
{
    const struct resource_kind *const *kinds = tables_house()->resource_kinds;
    size_t count = 0;

    for (; kinds[count] != NULL; count++) {
        const struct resource_kind *k = kinds[count];
        cr_expect(is_name(k->name), "name %s", k->name);
        cr_expect(is_line(k->summary, MOST_SUMMARY), "%s: summary", k->name);
        cr_assert_not_null(k->params, "%s: params", k->name);
        check_params(k->name, k->params);
        cr_expect(k->params[0].is_required, "%s: its first parameter names it", k->name);
        cr_expect(k->observe != NULL, "%s: observe", k->name);
        for (size_t i = 0; k->metrics != NULL && k->metrics[i].name != NULL; i++) {
            const struct metric_name *m = &k->metrics[i];
            cr_expect(m->unit != NULL && m->unit[0] != '\0', "%s.%s: unit", k->name, m->name);
            cr_expect(is_line(m->help, 200), "%s.%s: help", k->name, m->name);
        }
        for (size_t i = 0; i < count; i++)
            cr_expect_str_neq(kinds[i]->name, k->name, "%s twice", k->name);
        cr_expect_eq(house_resource_kind(tables_house(), k->name), k);
    }
    cr_expect_geq(count, 3, "%zu", count);
    cr_expect_null(house_resource_kind(tables_house(), "nothing"));
}

/* "step_started": lower case and underscores, as in JSON. */
static bool is_json_name(const char *name)
{
    return islower((unsigned char)name[0]) &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz_") == strlen(name);
}

/* No event, whatever is missing in it, makes a run crash or changes one that refuses it. */
static void expect_robust(const struct run_event_type *type)
{
    static const char *const bodies[] = {"{}", "{\"state\":7,\"key\":null,\"value\":[]}",
                                         "{\"id\":{},\"plan\":[],\"status\":\"succeeded\"}"};

    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct run *run = run_new();
        struct error err = {0};
        struct event *opened =
            event_new("r-0001", "run_opened", "", "ana", json_pack("{s:s}", "environment", "dev"));
        struct event *e =
            event_new("r-0001", type->name, "deploy", "ana", json_loads(bodies[i], 0, NULL));
        opened->seq = 1;
        e->seq = 2;
        cr_assert(run_apply(run, opened, &err), "%s", err.message);
        bool is_ok = run_apply(run, e, &err);
        cr_expect(is_ok || err.kind == ERROR_INTERNAL, "%s: %s", type->name, err.message);
        cr_expect_eq(run->last_seq, is_ok ? 2 : 1, "%s", type->name);
        cr_expect_not(run->needs_newer, "%s", type->name);
        event_unref(opened);
        event_unref(e);
        run_free(run);
    }
}

Test(kinds, has_event_types_that_keep_the_contract)
{
    const struct run_event_type *types = run_event_types;
    size_t count = 0;

    for (; types[count].name != NULL; count++) {
        const struct run_event_type *t = &types[count];
        cr_expect(is_json_name(t->name), "name %s", t->name);
        cr_expect(is_line(t->help, MOST_SUMMARY), "%s: help", t->name);
        cr_assert(t->apply != NULL, "%s: apply", t->name);
        expect_robust(t);
        for (size_t i = 0; i < count; i++)
            cr_expect_str_neq(types[i].name, t->name, "%s twice", t->name);
    }
    cr_expect_geq(count, 20, "%zu", count);
}
