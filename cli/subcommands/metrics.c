/*
 * metrics.c - `flightdeck metrics ENV`: values, limits and sparklines.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/answer.h"
#include "cli/columns.h"
#include "cli/interrupt.h"
#include "cli/measuring.h"
#include "cli/session.h"
#include "cli/subcommands.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/grammar.h"
#include "core/mem.h"
#include "core/resource.h"
#include "core/sparkline.h"

#define SINCE_DEFAULT_MS (60 * 60 * 1000)
#define SINCE_MOST_MS (15LL * 24 * 60 * 60 * 1000) /* CloudWatch keeps minutes for 15 days */
#define LOOK_EVERY_MS 60000                        /* world: a point per minute */
#define SPARKLINE_WIDTH 40
#define COLUMN_COUNT 5

static const char *state_text(const struct measured_series *s)
{
    static const char *const texts[] = {
        [MEASURED_NO_LIMIT] = "",
        [MEASURED_SUCCESSFUL] = "ok",
        [MEASURED_INCONCLUSIVE] = "beyond, on too few requests",
        [MEASURED_FAILED] = "BEYOND",
        [MEASURED_NO_DATA] = "",
    };
    return texts[s->state];
}

static enum tone tone_of(const struct measured_series *s)
{
    if (isnan(s->now))
        return TONE_FAINT;
    return s->state == MEASURED_FAILED ? TONE_BAD : TONE_PLAIN;
}

/* In the unit that reads best: 2 s, 61.1 GiB; a plain number has none. */
static void write_value(char *out, size_t size, double value, const char *unit)
{
    static const struct {
        const char *unit, *shown;
        double least, divisor;
    } scales[] = {{"ms", "s", 1e3, 1e3},
                  {"bytes", "TiB", 0x1p40, 0x1p40},
                  {"bytes", "GiB", 0x1p30, 0x1p30},
                  {"bytes", "MiB", 0x1p20, 0x1p20},
                  {"1", "", -INFINITY, 1}};
    for (size_t i = 0; i < sizeof scales / sizeof scales[0]; i++)
        if (strcmp(scales[i].unit, unit) == 0 && value >= scales[i].least) {
            value /= scales[i].divisor;
            unit = scales[i].shown;
            break;
        }
    (void)snprintf(out, size, "%.*f%s%s", value >= 100 || value == floor(value) ? 0 : 2, value,
                   unit[0] != '\0' ? " " : "", unit);
}

static void print_series(struct columns *table, const struct measured_environment *m,
                         const struct measured_series *s)
{
    char value[48], threshold[48], limit[160] = "";
    auto_free char *label = measuring_label(s);
    auto_free char *line =
        sparkline_text(s->values, measuring_settled_count(m, s), SPARKLINE_WIDTH);

    if (isnan(s->now))
        (void)snprintf(value, sizeof value, "no data");
    else
        write_value(value, sizeof value, s->now, s->metric->unit);
    if (s->limit != NULL) {
        write_value(threshold, sizeof threshold, s->threshold, s->metric->unit);
        (void)snprintf(limit, sizeof limit, "%s: %c %s", s->alert, s->limit->comparison, threshold);
    }
    columns_add(table, tone_of(s),
                (const char *const[COLUMN_COUNT]){label, value, line, limit,
                                                  s->why != NULL ? s->why : state_text(s)});
}

static void print_environment(const struct measured_environment *m)
{
    struct columns table;
    char at[CLOCK_STAMP_SIZE], span[CLOCK_STAMP_SIZE];

    answer_linef(TONE_STRONG, "%s%s  %s until %s, a point each %d s", m->environment->name,
                 m->environment->is_production ? " (PRODUCTION)" : "",
                 clock_duration_text((m->end_s - m->start_s) * 1000, span),
                 clock_time_of_day(m->end_s * 1000, at), m->period_s);
    columns_init(&table, COLUMN_COUNT);
    for (size_t i = 0; i < m->count; i++)
        print_series(&table, m, &m->series[i]);
    columns_print(&table, 2);
    columns_clear(&table);
}

struct looking {
    struct cli *cli;
    struct session session;
    const struct environment *environment;
    int64_t since_ms;
};

static bool look_once(struct looking *l, struct error *err)
{
    struct measured_environment m;
    if (!measuring_read(&l->session, l->environment, l->since_ms, &m, err))
        return false;
    if (cli_is_json(l->cli))
        cli_json(l->cli, measuring_json(&m));
    else
        print_environment(&m);
    measuring_clear(&m);
    return true;
}

/* What could not be read once is said, and looked at again. */
static int watch(struct looking *l)
{
    struct error err;
    for (;;) {
        if (!look_once(l, &err))
            cli_note(l->cli, "flightdeck: %s", err.message);
        if (answer_is_closed())
            return EXIT_DONE;
        if (!cancel_sleep_ms(interrupt_cancel(), clock_wall_duration_ms(LOOK_EVERY_MS)))
            return EXIT_INTERRUPTED;
    }
}

static bool get_ready(struct looking *l, struct error *err)
{
    const char *since = cli_value(l->cli, "since");

    l->since_ms = SINCE_DEFAULT_MS;
    if (since != NULL && !grammar_duration(since, &l->since_ms, err))
        return error_wrap(err, "--since");
    if (l->since_ms <= 0 || l->since_ms > SINCE_MOST_MS)
        return error_set(err, ERROR_USAGE, "--since is between 1m and 15d");
    return session_environment(&l->session, cli_argument(l->cli, 0), &l->environment, err);
}

static int run(struct cli *cli)
{
    struct looking l = {.cli = cli};
    struct error err;
    int code = EXIT_DONE;

    session_init(&l.session, cli);
    if (!interrupt_begin(&err) || !get_ready(&l, &err))
        code = cli_fail(cli, &err);
    else if (cli_flag(cli, "watch"))
        code = watch(&l);
    else if (!look_once(&l, &err))
        code = cli_fail(cli, &err);
    session_clear(&l.session);
    interrupt_end();
    return code;
}

static const struct cli_option options[] = {
    {.name = "since", .value = "DURATION", .help = "how far back: 30m, 6h, 2d; default 1h"},
    {.name = "watch", .help = "look again every minute; JSON Lines with --json"},
    {0},
};

const struct subcommand subcommand_metrics = {
    .name = "metrics",
    .arguments = "ENV",
    .summary = "Show an environment's numbers from CloudWatch, with the limits of the alerts",
    .details = "Which ones: `metrics` in the configuration. While an alias splits its traffic, its "
               "two versions are\n"
               "shown apart. A rate is computed from counts over the whole time; of the others the "
               "last value that\n"
               "cannot change any more is shown. What CloudWatch has no number for is \"no data\", "
               "never zero.\n\n"
               "Examples:\n"
               "  flightdeck metrics production\n"
               "  flightdeck metrics production --since 6h --watch\n"
               "  flightdeck metrics production --json | jq '.series[] | select(.state == "
               "\"failed\")'",
    .options = options,
    .run = run,
};
