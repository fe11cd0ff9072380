/* status_view.c - the rows of the pane "Status": a table where there is room, else a tree. */
#include <stdio.h>
#include <string.h>

#include "core/event_text.h"
#include "core/mem.h"
#include "core/text.h"
#include "tui/panes/status_parts.h"
#include "tui/panes/traffic_view.h"
#include "tui/reading.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TABLE_WIDTH 64 /* from here on */
#define WORD_WIDTH 32  /* below it, what is healthy needs no word beside its mark */
#define KINDS_MOST 4
#define RUN_WIDTH 14
#define ON_SCREEN_COLS 14
#define OTHER_LEAST 11
#define BETWEEN '\n' /* an id is NAME, or NAME, this, RESOURCE */

static const struct status_look looks[] = {
    {.name = "healthy", .word = "healthy", .role = ROLE_GOOD, .glyph = GLYPH_CHECK},
    {.name = "progressing", .word = "moving", .role = ROLE_ACTIVE, .glyph = GLYPH_DOT},
    {.name = "degraded", .word = "degraded", .role = ROLE_BAD, .glyph = GLYPH_FAIL},
    {.name = "unknown", .word = "unknown", .role = ROLE_WARN, .letter = '?'},
};

const struct status_look *status_view_look(const char *health)
{
    for (size_t i = 0; i < COUNT(looks); i++)
        if (strcmp(looks[i].name, health) == 0)
            return &looks[i];
    return &looks[COUNT(looks) - 1];
}

static void put_mark(struct sheet *s, int y, int x, const struct status_look *look)
{
    if (look->letter != 0)
        canvas_char(s->page, sheet_area(s), y, x, look->role, (wchar_t)look->letter);
    else
        canvas_glyph(s->page, sheet_area(s), y, x, look->role, look->glyph);
}

/* ---- which is which ---- */

struct status_place status_view_place(const struct app *app, const char *id)
{
    struct status_place place = {0};
    size_t length = id != NULL ? strcspn(id, (char[]){BETWEEN, '\0'}) : 0;

    for (size_t i = 0; id != NULL && i < app->environment_count; i++) {
        const struct app_environment *e = &app->environments[i];
        if (strlen(e->name) == length && strncmp(e->name, id, length) == 0)
            place.environment = e;
    }
    if (place.environment == NULL || id[length] == '\0')
        return place;
    size_t i;
    json_t *resource;
    json_array_foreach(json_object_get(place.environment->status.document, "resources"), i,
                       resource) if (strcmp(reading_text(resource, "name"), id + length + 1) == 0)
        place.resource = resource;
    return place;
}

/* The one on the screen first, then in the order of the configuration. */
static const struct app_environment *nth_environment(const struct app *app, size_t nth)
{
    size_t current = app->current < app->environment_count ? app->current : 0;
    if (nth == 0)
        return &app->environments[current];
    return &app->environments[nth <= current ? nth - 1 : nth];
}

/* ---- what is said ---- */

/* Two versions and the share of the second; one alone where it has all or nothing. */
static const char *two_weights(const char *old, const char *fresh, double share,
                               char out[static 96])
{
    char old_name[32], fresh_name[32], old_percent[16], percent[16];

    app_version_text(old, old_name);
    app_version_text(fresh, fresh_name);
    if (share <= 0 || share >= 1)
        (void)snprintf(out, 96, "%s 100 %%", share <= 0 ? old_name : fresh_name);
    else
        (void)snprintf(out, 96, "%s %s, %s %s", old_name, app_percent_text(1 - share, old_percent),
                       fresh_name, app_percent_text(share, percent));
    return out;
}

/* What its run read back after its own write is newer than the look. */
static bool is_older_than_run(const struct app_environment *e, const json_t *resource,
                              double *share)
{
    auto_free char *name =
        xasprintf("%s:%s", reading_text(resource, "function"), reading_text(resource, "alias"));
    int64_t at_ms;

    return e->alias != NULL && strcmp(name, e->alias) == 0 &&
           traffic_view_read_back(e, traffic_view_looked_ms(e, resource), share, &at_ms);
}

const char *status_view_weights(const struct app_environment *e, const json_t *resource,
                                char out[static 96])
{
    double newer;
    if (is_older_than_run(e, resource, &newer))
        return two_weights(e->run->old_version, e->run->new_version, newer, out);
    const char *version;
    json_t *share;
    double rest = 1;
    size_t used = 0;
    char name[32], percent[16], others[64] = "";

    json_object_foreach(json_object_get(resource, "weights"), version, share)
    {
        rest -= json_number_value(share);
        if (used < sizeof others)
            used += (size_t)snprintf(others + used, sizeof others - used, ", %s %s",
                                     app_version_text(version, name),
                                     app_percent_text(json_number_value(share), percent));
    }
    (void)snprintf(out, 96, "%s %s%s", app_version_text(reading_text(resource, "version"), name),
                   app_percent_text(rest, percent), others);
    return out;
}

static const struct {
    const char *status, *words;
} run_words[] = {
    {"pending", "gathers ticks and approvals"},
    {"waiting", "waits"},
    {"progressing", "is under way"},
    {"paused", "is paused"},
    {"aborting", "is being stopped"},
    {"rolling_back", "goes back"},
    {"interrupted", "waits to go on"},
};

/* What its run is at, from the status document: of every environment, not only the screen's. */
static char *run_text(const json_t *document)
{
    const json_t *run = json_object_get(document, "run");
    const char *words = reading_text(run, "status"), *waits = reading_text(run, "waits_for");

    if (!json_is_object(run)) {
        const char *at_risk = reading_text(document, "at_risk");
        return at_risk[0] != '\0' ? xasprintf("%s ended, its traffic was not seen back", at_risk)
                                  : NULL;
    }
    for (size_t i = 0; i < COUNT(run_words); i++)
        if (strcmp(run_words[i].status, words) == 0)
            words = run_words[i].words;
    return xasprintf("%s %s%s%s%s", reading_text(run, "id"), words,
                     json_is_true(json_object_get(run, "undriven")) ? ", nobody drives it" : "",
                     waits[0] != '\0' ? ": " : "", waits);
}

/* "locked by ana". Yours. */
static char *locked_text(const json_t *document)
{
    const char *by = event_text_person(reading_text(json_object_get(document, "lock"), "by"));
    const char *slash = strrchr(by, '/');
    return xasprintf("locked by %s", slash != NULL ? slash + 1 : by);
}

/* With its reason; NULL: it is not locked. */
static char *lock_text(const json_t *document)
{
    const json_t *lock = json_object_get(document, "lock");
    if (!json_is_object(lock))
        return NULL;
    auto_free char *locked = locked_text(document);
    return xasprintf("%s: %s", locked, reading_text(lock, "reason"));
}

static enum role run_role(const json_t *document)
{
    const json_t *run = json_object_get(document, "run");
    if (reading_text(document, "at_risk")[0] != '\0' ||
        json_is_true(json_object_get(run, "undriven")))
        return ROLE_BAD;
    return reading_text(run, "waits_for")[0] != '\0' ? ROLE_WARN : ROLE_ACTIVE;
}

/* ---- resources, a line each ---- */

static void write_move(struct sheet *s, const struct app *app, const char *id,
                       const struct app_environment *e, const json_t *resource, int x)
{
    const json_t *move = json_object_get(resource, "moved_by");
    char old_version[32], new_version[32], until[48];

    if (!json_is_object(move))
        return;
    const char *ours = reading_text(json_object_get(e->status.document, "run"), "id");
    bool is_ours = ours[0] != '\0' && strcmp(ours, reading_text(move, "run")) == 0;
    auto_free char *text = xasprintf(
        "%s%s of %s moves %s to %s, until %s",
        is_ours ? "" : "somebody else: ", reading_text(move, "run"), reading_text(move, "actor"),
        app_version_text(reading_text(move, "old_version"), old_version),
        app_version_text(reading_text(move, "new_version"), new_version),
        app_time_text(app, reading_stamp_ms(move, "until"), until));
    sheet_wrap(s, id, x, 2, is_ours ? ROLE_ACTIVE : ROLE_WARN, text);
}

/* The move is told in a row of its own. */
static char *summary_of(const struct app_environment *e, const json_t *resource)
{
    double newer;
    const char *health = reading_text(resource, "health"),
               *text = reading_text(resource, "summary");
    char weights[96];

    if (strcmp(health, "unknown") == 0)
        return xasprintf("could not read it%s%s", text[0] != '\0' ? ": " : "", text);
    if (json_is_object(json_object_get(resource, "moved_by")) ||
        is_older_than_run(e, resource, &newer))
        return xstrdup(status_view_weights(e, resource, weights));
    return xstrdup(text);
}

static void write_resource(struct sheet *s, const struct app *app, const struct app_environment *e,
                           const json_t *resource, int names)
{
    const struct status_look *look = status_view_look(reading_text(resource, "health"));
    auto_free char *id = xasprintf("%s%c%s", e->name, BETWEEN, reading_text(resource, "name"));
    auto_free char *summary = summary_of(e, resource);
    char age[32];
    int width = s->page->cols, y = sheet_row(s, id), x = 4;
    int end = width - 1;

    put_mark(s, y, 2, look);
    const char *old = e->status.is_cached
                          ? ""
                          : app_age_text(app, reading_stamp_ms(resource, "observed_at"),
                                         reading_interval_ms(app), age);
    struct area a = sheet_area(s);
    if (old[0] != '\0' && width >= WORD_WIDTH)
        end -= canvas_put_right(s->page, a, y, end, ROLE_FAINT, old) + 1;
    a.w = end > x ? end : x;
    if (width >= WORD_WIDTH || look->role != ROLE_GOOD) {
        canvas_put(s->page, a, y, x, look->role, look->word);
        x += 9;
    }
    canvas_put(s->page, canvas_cols(a, 0, x + names), y, x, ROLE_TEXT,
               reading_text(resource, "name"));
    x += names + 1;
    bool is_unread = look->role == ROLE_WARN;
    if (is_unread && canvas_width(summary) > a.w - x) { /* why must be readable whole */
        sheet_wrap(s, id, 4, 2, ROLE_WARN, summary);
    } else {
        canvas_put(s->page, a, y, x, look->role == ROLE_GOOD ? ROLE_TEXT : look->role, summary);
    }
    write_move(s, app, id, e, resource, 4);
}

static void write_resources(struct sheet *s, const struct app *app, const struct app_environment *e)
{
    const json_t *resources = json_object_get(e->status.document, "resources");
    int names = 3, most = s->page->cols / 4;
    size_t i;
    json_t *resource;

    json_array_foreach(resources, i, resource)
    {
        int w = canvas_width(reading_text(resource, "name"));
        names = w > names ? w : names;
    }
    json_array_foreach(resources, i, resource)
        write_resource(s, app, e, resource, names < most ? names : most);
}

/* What stands in no row of the table: why nothing is known, and how old it is. */
static void write_state(struct sheet *s, const struct app *app, const struct app_environment *e)
{
    const json_t *document = e->status.document, *error = json_object_get(document, "error");
    const char *journal = reading_text(document, "journal_error");

    reading_put_age(s, app, &e->status, reading_interval_ms(app), e->name);
    if (document == NULL && e->status.trouble == NULL)
        sheet_wrap(s, NULL, 2, 2, ROLE_FAINT, "nothing is known yet: it is being read");
    if (json_is_object(error)) {
        auto_free char *text =
            xasprintf("could not read it: %s. %s", reading_text(error, "message"),
                      reading_text(error, "hint"));
        sheet_wrap(s, NULL, 2, 2, ROLE_WARN, text);
    }
    if (journal[0] != '\0') {
        auto_free char *text =
            xasprintf("the journal could not be read, locks and runs are not known: %s", journal);
        sheet_wrap(s, NULL, 2, 2, ROLE_BAD, text);
    }
}

static void write_run_and_lock(struct sheet *s, const json_t *document)
{
    auto_free char *run = run_text(document), *lock = lock_text(document);
    if (run != NULL)
        sheet_wrap(s, NULL, 2, 2, run_role(document), run);
    if (lock != NULL)
        sheet_wrap(s, NULL, 2, 2, ROLE_WARN, lock);
}

/* ---- the tree ---- */

const struct status_look *status_view_look_of(const struct app_environment *e)
{
    return status_view_look(e->status.document != NULL ? reading_text(e->status.document, "health")
                                                       : "unknown");
}

const char *status_view_word(const struct app_environment *e, char out[static 64])
{
    const struct status_look *look = status_view_look_of(e);
    const json_t *resources = json_object_get(e->status.document, "resources"), *one;
    char name[32], percent[16];
    double share;
    size_t i;

    text_copy(out, 64, look->word);
    if (look->role != ROLE_ACTIVE)
        return out;
    json_array_foreach(resources, i, one)
    {
        void *split = json_object_iter(json_object_get(one, "weights"));
        if (is_older_than_run(e, one, &share))
            (void)snprintf(out, 64, "traffic moving: %s %s",
                           app_version_text(e->run->new_version, name),
                           app_percent_text(share, percent));
        else if (split != NULL)
            (void)snprintf(
                out, 64, "traffic moving: %s %s",
                app_version_text(json_object_iter_key(split), name),
                app_percent_text(json_number_value(json_object_iter_value(split)), percent));
        else if (json_is_object(json_object_get(one, "moved_by")))
            (void)snprintf(out, 64, "traffic moved: %s 100 %%",
                           app_version_text(reading_text(one, "version"), name));
    }
    return out;
}

static void write_branch(struct sheet *s, const struct app *app, const struct app_environment *e,
                         bool is_on_screen)
{
    const struct status_look *look = status_view_look_of(e);
    int y = sheet_row(s, e->name), x = 2;
    struct area a = sheet_area(s);
    char word[64];

    x += canvas_put(s->page, a, y, x, ROLE_STRONG, e->name) + 1;
    put_mark(s, y, x, look);
    const char *said = status_view_word(e, word);
    if (x + 2 + canvas_width(said) > a.w && strchr(said, ':') != NULL) /* the weight first */
        said = strchr(said, ':') + 2;
    x += 2 + canvas_put(s->page, a, y, x + 2, look->role, said) + 2;
    if (is_on_screen && x + ON_SCREEN_COLS <= s->page->cols)
        canvas_put(s->page, a, y, x, ROLE_FAINT, "on the screen");
    write_state(s, app, e);
    write_run_and_lock(s, e->status.document);
    write_resources(s, app, e);
}

/* ---- the table ---- */

struct columns {
    const char *kinds[KINDS_MOST];
    int widths[KINDS_MOST];
    size_t count;
    int names, rest; /* rest: where the last column begins */
};

static const struct {
    const char *kind, *title;
} kind_titles[] = {{"lambda", "LAMBDA"}, {"rds", "RDS"}, {"http-api", "API"}, {"schema", "SCHEMA"}};

static const char *title_of(const char *kind)
{
    for (size_t i = 0; i < COUNT(kind_titles); i++)
        if (strcmp(kind_titles[i].kind, kind) == 0)
            return kind_titles[i].title;
    return kind;
}

/* In the order of the titles, then as they come. */
static void add_kinds(struct columns *columns, const json_t *resources)
{
    size_t i;
    json_t *resource;
    json_array_foreach(resources, i, resource)
    {
        const char *kind = reading_text(resource, "kind");
        bool is_known = columns->count == KINDS_MOST;
        for (size_t k = 0; k < columns->count; k++)
            is_known = is_known || strcmp(columns->kinds[k], kind) == 0;
        if (!is_known)
            columns->kinds[columns->count++] = kind;
    }
}

static const char *cell_text(const struct app_environment *e, const json_t *resource, size_t others,
                             char out[static 128])
{
    char weights[96];
    const char *health = reading_text(resource, "health");
    const char *status = reading_text(resource, "status");
    const struct status_look *look = status_view_look(health);
    const char *text = look->role == ROLE_GOOD ? "ok" : look->word;

    if (strcmp(health, "unknown") == 0)
        text = "not read";
    else if (json_object_get(resource, "weights") != NULL)
        text = status_view_weights(e, resource, weights);
    else if (status[0] != '\0' && look->role != ROLE_GOOD)
        text = status;
    if (others > 0)
        (void)snprintf(out, 128, "%s +%zu", text, others);
    else
        (void)snprintf(out, 128, "%s", text);
    return out;
}

/* Of several of a kind the one that is worst stands for all. */
static const json_t *worst_of(const json_t *document, const char *kind, size_t *count)
{
    const json_t *worst = NULL;
    size_t i;
    json_t *resource;

    *count = 0;
    json_array_foreach(json_object_get(document, "resources"), i, resource)
    {
        if (strcmp(reading_text(resource, "kind"), kind) != 0)
            continue;
        ++*count;
        if (worst == NULL || status_view_look(reading_text(resource, "health")) >
                                 status_view_look(reading_text(worst, "health")))
            worst = resource;
    }
    return worst;
}

/* The one to make narrower: weights, which stand first, are needed whole. */
static size_t widest_of(const struct columns *columns)
{
    size_t widest = columns->count > 1 ? 1 : 0;
    for (size_t k = 1; k < columns->count; k++)
        widest = columns->widths[k] > columns->widths[widest] ? k : widest;
    return columns->count > 1 && columns->widths[widest] <= OTHER_LEAST ? 0 : widest;
}

/* As wide as what stands in them, made narrower until the last column has room. */
static void fit_columns(struct columns *columns, int width)
{
    for (;;) {
        int sum = columns->names + 4;
        size_t widest = widest_of(columns);
        for (size_t k = 0; k < columns->count; k++)
            sum += columns->widths[k];
        columns->rest = sum;
        if (sum + RUN_WIDTH <= width || columns->count == 0 || columns->widths[widest] <= 8)
            return;
        columns->widths[widest]--;
    }
}

static struct columns columns_of(const struct app *app, int width)
{
    struct columns columns = {.names = 5};
    char text[128];

    for (size_t i = 0; i < app->environment_count; i++) {
        int w = canvas_width(app->environments[i].name);
        columns.names = w > columns.names ? w : columns.names;
        add_kinds(&columns, json_object_get(app->environments[i].status.document, "resources"));
    }
    columns.names = columns.names > 16 ? 16 : columns.names;
    for (size_t k = 0; k < columns.count; k++) {
        columns.widths[k] = canvas_width(title_of(columns.kinds[k])) + 2;
        for (size_t i = 0; i < app->environment_count; i++) {
            const struct app_environment *e = &app->environments[i];
            size_t count;
            const json_t *resource = worst_of(e->status.document, columns.kinds[k], &count);
            int w =
                resource != NULL ? canvas_width(cell_text(e, resource, count - 1, text)) + 4 : 0;
            columns.widths[k] = w > columns.widths[k] ? w : columns.widths[k];
        }
    }
    fit_columns(&columns, width);
    return columns;
}

static void write_cells(struct sheet *s, int y, const struct app_environment *e,
                        const struct columns *columns)
{
    int x = columns->names + 4;
    char text[128];

    for (size_t k = 0; k < columns->count; k++, x += columns->widths[k - 1]) {
        size_t count;
        const json_t *resource = worst_of(e->status.document, columns->kinds[k], &count);
        struct area a = canvas_cols(sheet_area(s), 0, x + columns->widths[k] - 1);
        if (resource == NULL)
            continue;
        const struct status_look *look = status_view_look(reading_text(resource, "health"));
        put_mark(s, y, x, look);
        const char *said = cell_text(e, resource, count - 1, text);
        bool is_split = json_object_size(json_object_get(resource, "weights")) > 0;
        if (is_split && x + 2 + canvas_width(said) > a.w && strstr(said, ", ") != NULL)
            said = strstr(said, ", ") + 2; /* the new one: a weight is whole or not there */
        canvas_put(s->page, a, y, x + 2, look->role == ROLE_GOOD ? ROLE_TEXT : look->role, said);
    }
}

static void write_line(struct sheet *s, const struct app_environment *e,
                       const struct columns *columns, bool is_on_screen)
{
    const json_t *document = e->status.document;
    auto_free char *run = run_text(document), *lock = lock_text(document);
    int y = sheet_row(s, e->name), x = columns->rest;
    struct area a = sheet_area(s);

    canvas_put(s->page, canvas_cols(a, 0, columns->names + 3), y, 2,
               is_on_screen ? ROLE_STRONG : ROLE_TEXT, e->name);
    write_cells(s, y, e, columns);
    if (document == NULL)
        canvas_put(s->page, a, y, columns->names + 4,
                   e->status.trouble != NULL ? ROLE_WARN : ROLE_FAINT,
                   e->status.trouble != NULL ? "? could not be read" : "? being read");
    /* The reason may be a long story: it stands below, whole. */
    bool is_whole = lock != NULL && x + canvas_width(lock) <= s->page->cols;
    auto_free char *locked = is_whole ? xstrdup(lock) : locked_text(document);
    if (lock != NULL)
        x += canvas_put(s->page, a, y, x, ROLE_WARN, run != NULL ? "locked; " : locked);
    if (run != NULL)
        canvas_put(s->page, a, y, x, run_role(document), run);
    else if (lock == NULL && document != NULL)
        canvas_put(s->page, a, y, x, ROLE_FAINT, is_on_screen ? "on the screen" : "no run");
}

static void write_table(struct sheet *s, const struct app *app)
{
    struct columns columns = columns_of(app, s->page->cols);
    int y = sheet_row(s, NULL), x = columns.names + 4;

    canvas_put(s->page, sheet_area(s), y, 2, ROLE_FAINT, "ENV");
    for (size_t k = 0; k < columns.count; k++, x += columns.widths[k - 1])
        canvas_put(s->page, sheet_area(s), y, x, ROLE_FAINT, title_of(columns.kinds[k]));
    canvas_put(s->page, sheet_area(s), y, columns.rest, ROLE_FAINT, "RUN, LOCK");
    for (size_t i = 0; i < app->environment_count; i++)
        write_line(s, nth_environment(app, i), &columns, i == 0);
}

static void write_detail(struct sheet *s, const struct app *app, const struct app_environment *e)
{
    const struct status_look *look = status_view_look_of(e);
    char word[64];

    (void)sheet_row(s, NULL);
    int y = sheet_row(s, NULL), x = 2;
    x += canvas_put(s->page, sheet_area(s), y, x, ROLE_STRONG, e->name) + 2;
    put_mark(s, y, x, look);
    x +=
        2 + canvas_put(s->page, sheet_area(s), y, x + 2, look->role, status_view_word(e, word)) + 2;
    auto_free char *place = xasprintf("%s  %s", e->region != NULL ? e->region : "",
                                      e->account != NULL ? e->account : "");
    if (x + canvas_width(place) > s->page->cols && e->account != NULL)
        canvas_put(s->page, sheet_area(s), y, x, ROLE_FAINT, e->account);
    else
        canvas_put(s->page, sheet_area(s), y, x, ROLE_FAINT, place);
    write_state(s, app, e);
    write_run_and_lock(s, e->status.document);
    write_resources(s, app, e);
}

void status_view_write(struct sheet *s, const struct app *app, int width, bool is_ascii)
{
    sheet_init(s, width, is_ascii);
    if (app->environment_count == 0) {
        sheet_wrap(s, NULL, 1, 1, ROLE_FAINT,
                   app->is_lost ? "the engine's side is gone: nothing more is read"
                                : "the configuration is being read; then each environment stands "
                                  "here with its function, database and API");
        return;
    }
    if (app->is_lost)
        sheet_wrap(s, NULL, 1, 1, ROLE_WARN, "as it was seen last: nothing is read any more");
    if (width < TABLE_WIDTH) {
        for (size_t i = 0; i < app->environment_count; i++)
            write_branch(s, app, nth_environment(app, i), i == 0);
        return;
    }
    write_table(s, app);
    for (size_t i = 0; i < app->environment_count; i++)
        write_detail(s, app, nth_environment(app, i));
}
