/*
 * metrics.c - `flightdeck metrics ENV`: values, limits and sparklines.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/answer.h"
#include "cli/columns.h"
#include "cli/interrupt.h"
#include "cli/measuring.h"
#include "cli/session.h"
#include "cli/subcommands.h"
#include "cli/wrapped.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/grammar.h"
#include "core/mem.h"
#include "core/resource.h"
#include "core/sparkline.h"
#include "core/text.h"

#define SINCE_DEFAULT_MS (60 * 60 * 1000)
#define SINCE_MOST_MS (15LL * 24 * 60 * 60 * 1000) /* CloudWatch keeps minutes for 15 days */
#define LOOK_EVERY_MS 60000                        /* world: a point per minute */
#define SPARKLINE_MOST 40
#define SPARKLINE_LEAST 8
#define COLUMN_COUNT 5
#define COLUMN_GAP 2
#define INDENT 2
#define FRAME_ROWS 4 /* heading, titles, "and more", the cursor's line */
#define VALUE_SIZE 48
#define TO_THE_TOP "\x1b[H\x1b[J"
#define MAX(a, b) ((a) > (b) ? (a) : (b))

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

struct shown { /* one series as text */
    char *label;
    char newest[VALUE_SIZE], total[VALUE_SIZE], limit[160];
};

static void show_value(char out[static VALUE_SIZE], double value, const char *unit)
{
    if (isnan(value))
        (void)snprintf(out, VALUE_SIZE, "-");
    else
        write_value(out, VALUE_SIZE, value, unit);
}

static void show(const struct measured_series *s, struct shown *out)
{
    char threshold[VALUE_SIZE];

    *out = (struct shown){.label = measuring_label(s)};
    show_value(out->newest, s->newest, s->metric->unit);
    show_value(out->total, s->total, s->metric->unit);
    if (isnan(s->newest))
        text_copy(out->newest, VALUE_SIZE, "no data");
    if (s->why != NULL) {
        text_copy(out->limit, sizeof out->limit, s->why);
    } else if (s->limit != NULL) {
        write_value(threshold, sizeof threshold, s->threshold, s->metric->unit);
        (void)snprintf(out->limit, sizeof out->limit, "%s: %c %s %s", s->alert,
                       s->limit->comparison, threshold, state_text(s));
    }
}

struct titles {
    char newest[VALUE_SIZE], total[VALUE_SIZE];
};

/* What the other columns leave of the terminal. */
static size_t sparkline_width(const struct shown *rows, size_t count, const struct titles *titles)
{
    size_t terminal = wrapped_width(), label = 0, newest = strlen(titles->newest),
           total = strlen(titles->total), limit = 0;

    if (terminal == 0)
        return SPARKLINE_MOST;
    for (size_t i = 0; i < count; i++) {
        label = MAX(label, columns_width(rows[i].label));
        newest = MAX(newest, columns_width(rows[i].newest));
        total = MAX(total, columns_width(rows[i].total));
        limit = MAX(limit, columns_width(rows[i].limit));
    }
    size_t used = INDENT + label + newest + total + limit + (COLUMN_COUNT - 1) * COLUMN_GAP;
    size_t left = terminal > used ? terminal - used : 0;
    return left < SPARKLINE_LEAST ? SPARKLINE_LEAST : left < SPARKLINE_MOST ? left : SPARKLINE_MOST;
}

static void print_table(const struct measured_environment *m, const struct shown *rows,
                        size_t count, const struct titles *titles)
{
    struct columns table;
    size_t width = sparkline_width(rows, count, titles);

    columns_init(&table, COLUMN_COUNT);
    columns_add(&table, TONE_FAINT,
                (const char *const[COLUMN_COUNT]){"", titles->newest, titles->total, "", ""});
    for (size_t i = 0; i < count; i++) {
        const struct measured_series *s = &m->series[i];
        auto_free char *line = sparkline_text(s->values, measuring_settled_count(m, s), width);
        columns_add(&table, tone_of(s),
                    (const char *const[COLUMN_COUNT]){rows[i].label, rows[i].newest, rows[i].total,
                                                      line, rows[i].limit});
    }
    columns_print(&table, INDENT);
    columns_clear(&table);
}

/* most: rows of the terminal; 0 = any number. */
static void print_environment(const struct measured_environment *m, size_t most)
{
    char at[CLOCK_STAMP_SIZE], span[CLOCK_STAMP_SIZE], period[CLOCK_STAMP_SIZE];
    struct titles titles;
    struct shown *rows = xcalloc(m->count + 1, sizeof *rows);
    size_t fitting =
        most > FRAME_ROWS && m->count > most - FRAME_ROWS ? most - FRAME_ROWS : m->count;

    for (size_t i = 0; i < m->count; i++)
        show(&m->series[i], &rows[i]);
    clock_duration_text((m->end_s - m->start_s) * 1000, span);
    wrapped_linef(TONE_STRONG, INDENT, "%s%s  %s until %s, a point each %s", m->environment->name,
                  m->environment->is_production ? " (PRODUCTION)" : "", span,
                  clock_time_of_day(m->end_s * 1000, at),
                  clock_duration_text(m->period_s * INT64_C(1000), period));
    (void)snprintf(titles.newest, VALUE_SIZE, "newest %s", period);
    (void)snprintf(titles.total, VALUE_SIZE, "whole %s", span);
    print_table(m, rows, fitting, &titles);
    if (fitting < m->count)
        answer_linef(TONE_FAINT, "  and %zu more, on a taller terminal", m->count - fitting);
    for (size_t i = 0; i < m->count; i++)
        free(rows[i].label);
    free(rows);
}

struct looking {
    struct cli *cli;
    struct session session;
    const struct environment *environment;
    int64_t since_ms;
    bool is_screen; /* each look replaces the last one */
};

static bool look_once(struct looking *l, struct error *err)
{
    struct measured_environment m;
    if (!measuring_read(&l->session, l->environment, l->since_ms, &m, err))
        return false;
    if (cli_is_json(l->cli))
        cli_json(l->cli, measuring_json(&m));
    else {
        if (l->is_screen)
            answer_raw(TO_THE_TOP, strlen(TO_THE_TOP));
        print_environment(&m, l->is_screen ? wrapped_height() : 0);
    }
    measuring_clear(&m);
    return true;
}

/* What could not be read once is said, and looked at again. */
static int watch(struct looking *l)
{
    struct error err;
    l->is_screen = answer_is_terminal() && !cli_is_json(l->cli);
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
               "shown apart. \"newest\" is the last minute that cannot change any more; beside it "
               "stands the whole time:\n"
               "the sum of counts, and the rate that a limit is compared with. What CloudWatch has "
               "no number for is\n"
               "\"no data\", never zero.\n\n"
               "Examples:\n"
               "  flightdeck metrics production\n"
               "  flightdeck metrics production --since 6h --watch\n"
               "  flightdeck metrics production --json | jq '.series[] | select(.state == "
               "\"failed\")'",
    .options = options,
    .run = run,
};
