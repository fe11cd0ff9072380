/* plan_bill.c - what a plan ships, and how long each weight takes: before a run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/wire.h"
#include "tui/panes/plan_parts.h"
#include "tui/reading.h"

#define LABEL_X 2
#define VALUE_X 9
#define LINE_CEILING 2000

static void write_line(struct sheet *s, const char *id, const char *label, enum role role,
                       const char *text)
{
    bool is_narrow = s->page->cols < 40;
    int y = s->rows;

    sheet_wrap(s, id, is_narrow ? LABEL_X : VALUE_X, 0, role, text);
    if (!is_narrow)
        canvas_put(s->page, sheet_area(s), y, LABEL_X, ROLE_FAINT, label);
}

static char *ships_text(const json_t *inputs)
{
    const char *from = reading_text(inputs, "image_from");
    auto_free char *name = reading_image(reading_text(inputs, "image"));
    return xasprintf("%s%s%s%s", name, from[0] != '\0' ? " (" : "", from,
                     from[0] != '\0' ? ")" : "");
}

static char *origin_text(const json_t *inputs)
{
    auto_buf out;
    const char *class;
    json_t *holds;
    size_t classes = 0;
    long long files = (long long)reading_number(inputs, "changed_files");

    buf_init(&out, LINE_CEILING);
    buf_addf(&out, "commit %.8s", reading_text(inputs, "commit"));
    if (reading_text(inputs, "base_commit")[0] != '\0')
        buf_addf(&out, ", %lld file%s changed since %.8s, %s", files, files == 1 ? "" : "s",
                 reading_text(inputs, "base_commit"), reading_text(inputs, "base_is"));
    else
        buf_adds(&out, "; what has changed is not known: nothing was shipped from here yet");
    json_object_foreach(json_object_get(inputs, "changes"), class, holds)
    {
        if (json_is_true(holds))
            buf_addf(&out, "%s%s", classes++ == 0 ? "; it changes: " : ", ", class);
    }
    return buf_steal(&out);
}

void plan_bill_write(struct sheet *s, const json_t *plan)
{
    const json_t *inputs = json_object_get(plan, "inputs");
    const json_t *running = json_object_get(inputs, "running");
    const char *image = reading_text(inputs, "image"), *now = reading_text(running, "image");
    long long loose = (long long)reading_number(inputs, "uncommitted_files");

    if (now[0] != '\0') {
        auto_free char *name = reading_image(now);
        auto_free char *text = xasprintf("v%s %s", reading_text(running, "version"), name);
        write_line(s, NULL, "now", ROLE_OLD_VERSION, text);
    }
    if (image[0] != '\0') {
        auto_free char *text = ships_text(inputs);
        write_line(s, PLAN_ID_IMAGE, "ships", ROLE_NEW_VERSION, text);
        if (strcmp(image, now) == 0)
            write_line(s, PLAN_ID_IMAGE, "", ROLE_WARN,
                       "the same as runs now: nothing would change");
    }
    if (reading_text(inputs, "commit")[0] != '\0') {
        auto_free char *text = origin_text(inputs);
        write_line(s, PLAN_ID_COMMIT, "from", ROLE_TEXT, text);
    }
    if (loose > 0) {
        auto_free char *text = xasprintf("%lld file%s here %s not committed, and not shipped",
                                         loose, loose == 1 ? "" : "s", loose == 1 ? "is" : "are");
        write_line(s, NULL, "", ROLE_WARN, text);
    }
    const json_t *override = json_object_get(plan, "override");
    if (json_is_object(override)) {
        auto_free char *text =
            xasprintf("%s; all the same, by %s: %s", reading_text(override, "what"),
                      reading_text(override, "by"), reading_text(override, "reason"));
        write_line(s, NULL, "override", ROLE_WARN, text);
    }
    auto_free char *hash = xasprintf("%.12s", reading_text(plan, "hash"));
    write_line(s, PLAN_ID_HASH, "hash", ROLE_FAINT, hash);
}

/* ---- the ladder ---- */

#define WEIGHT_WIDTH 7
#define COLUMN_WIDTH 22

static const struct {
    const char *key, *title;
} traffics[] = {{"now", "now"}, {"start", "when it starts"}, {"quietest", "quietest hour"}};
#define TRAFFICS (sizeof traffics / sizeof traffics[0])

/* "6:30", or that it cannot be: null. */
static const char *time_text(const json_t *ms, char out[static 32])
{
    return json_is_number(ms) ? reading_span(wire_whole(ms), out) : "never";
}

static enum role times_role(const json_t *times)
{
    return json_is_object(times) && json_is_number(json_object_get(times, "clear_ms")) ? ROLE_TEXT
                                                                                       : ROLE_WARN;
}

static void put_times(struct sheet *s, int y, int x, const json_t *times)
{
    char clear[32], convict[32];
    if (!json_is_object(times))
        canvas_put(s->page, sheet_area(s), y, x, ROLE_FAINT, "not known");
    else
        canvas_putf(s->page, sheet_area(s), y, x, times_role(times), "%s / %s",
                    time_text(json_object_get(times, "clear_ms"), clear),
                    time_text(json_object_get(times, "convict_ms"), convict));
}

/* Those that are known and for which there is room: now always; the quietest hour says more than
 * the hour of the start. */
static size_t choose_traffics(const struct sheet *s, const json_t *ladder,
                              size_t out[static TRAFFICS])
{
    static const size_t order[TRAFFICS] = {0, 2, 1};
    const json_t *rates = json_object_get(ladder, "requests_per_s");
    int room = (s->page->cols - LABEL_X - WEIGHT_WIDTH) / COLUMN_WIDTH;
    size_t count = 0;

    for (size_t i = 0; i < TRAFFICS; i++)
        if (i == 0 || (json_object_get(rates, traffics[order[i]].key) != NULL && room > (int)count))
            out[count++] = order[i];
    return count;
}

static void write_titles(struct sheet *s, const json_t *ladder, const size_t *chosen,
                         size_t columns)
{
    const json_t *rates = json_object_get(ladder, "requests_per_s");
    int y = sheet_row(s, NULL);

    for (size_t c = 0; c < columns; c++) {
        size_t t = chosen[c];
        const json_t *rate = json_object_get(rates, traffics[t].key);
        int x = LABEL_X + WEIGHT_WIDTH + (int)c * COLUMN_WIDTH;
        struct area a = canvas_cols(sheet_area(s), 0, x + COLUMN_WIDTH - 1);
        if (rate != NULL)
            canvas_putf(s->page, a, y, x, ROLE_FAINT, "%s %.2g/s", traffics[t].title,
                        json_number_value(rate));
        else
            canvas_put(s->page, a, y, x, ROLE_FAINT, traffics[t].title);
    }
}

void plan_bill_write_ladder(struct sheet *s, const json_t *plan)
{
    const json_t *ladder = json_object_get(plan, "ladder");
    const char *unknown = reading_text(ladder, "unknown");
    size_t chosen[TRAFFICS], columns = choose_traffics(s, ladder, chosen), i;
    json_t *row;
    char percent[16];

    if (!json_is_object(ladder))
        return;
    (void)sheet_row(s, NULL);
    if (unknown[0] != '\0') {
        auto_free char *text = xasprintf("how long the ladder takes is not known: %s", unknown);
        sheet_wrap(s, NULL, 1, 1, ROLE_WARN, text);
        return;
    }
    sheet_wrap(s, NULL, 1, 1, ROLE_STRONG,
               "Ladder: cleared after / a gross failure convicted after");
    write_titles(s, ladder, chosen, columns);
    json_array_foreach(json_object_get(ladder, "weights"), i, row)
    {
        double weight = json_number_value(json_object_get(row, "weight"));
        int y = sheet_row(s, NULL);
        canvas_put_right(s->page, sheet_area(s), y, LABEL_X + WEIGHT_WIDTH - 2, ROLE_NEW_VERSION,
                         app_percent_text(weight, percent));
        for (size_t c = 0; c < columns; c++)
            put_times(s, y, LABEL_X + WEIGHT_WIDTH + (int)c * COLUMN_WIDTH,
                      json_object_get(row, traffics[chosen[c]].key));
    }
}
