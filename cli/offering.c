/*
 * offering.c - see offering.h.
 */
#include "cli/offering.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/answer.h"
#include "cli/session.h"
#include "core/checklist.h"
#include "core/config.h"
#include "core/journal.h"
#include "sandbox/scenario.h"
#include "tui/theme.h"

#define MOST_RUNS 50

static void offer_environments(struct session *s)
{
    struct error ignored;
    if (!session_load(s, &ignored))
        return;
    for (size_t i = 0; i < s->config->environment_count; i++)
        answer_line(TONE_PLAIN, s->config->environments[i].name);
}

/* Looking makes no folders. */
static void offer_runs(struct session *s)
{
    struct error ignored;
    struct journal *journal = NULL;
    struct run_row *rows = NULL;
    const char *directory;
    size_t count = 0;

    if (!session_state_directory(s, &directory, &ignored) || access(directory, F_OK) != 0 ||
        !session_journal(s, &journal, &ignored))
        return;
    if (journal_list_runs(journal, NULL, MOST_RUNS, &rows, &count, &ignored))
        for (size_t i = 0; i < count; i++)
            answer_line(TONE_PLAIN, rows[i].id);
    free(rows);
    journal_close(journal);
}

static void offer_items(struct session *s)
{
    struct error ignored;
    struct checklist *checklist = NULL;

    if (!session_load(s, &ignored) || !checklist_load(s->config, NULL, &checklist, &ignored))
        return;
    for (size_t i = 0; i < checklist->count; i++)
        if (checklist->items[i].same_as == NULL)
            answer_line(TONE_PLAIN, checklist->items[i].guide->id);
    checklist_free(checklist);
}

static void offer_scenarios(struct session *s)
{
    (void)s;
    for (const struct scenario *scenario = scenario_table; scenario->name != NULL; scenario++)
        answer_line(TONE_PLAIN, scenario->name);
}

static void offer_themes(struct session *s)
{
    (void)s;
    for (const char *const *name = theme_names(); *name != NULL; name++)
        answer_line(TONE_PLAIN, *name);
}

bool offering_print(struct cli *cli, const char *kind)
{
    static const struct {
        const char *kind;
        void (*offer)(struct session *s);
    } offers[] = {{"environments", offer_environments},
                  {"runs", offer_runs},
                  {"items", offer_items},
                  {"scenarios", offer_scenarios},
                  {"themes", offer_themes}};

    for (size_t i = 0; i < sizeof offers / sizeof offers[0]; i++) {
        struct session session;
        if (strcmp(offers[i].kind, kind) != 0)
            continue;
        session_init(&session, cli);
        offers[i].offer(&session);
        session_clear(&session);
        return true;
    }
    return false;
}
