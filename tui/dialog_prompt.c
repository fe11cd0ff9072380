/* dialog_prompt.c - what the engine asks a person: a dialog for each open question of the run. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/run.h"
#include "tui/app_parts.h"
#include "tui/dialog_parts.h"
#include "tui/panes.h"
#include "tui/panes/traffic_preview.h"

#define MOST_CHOICES 8
#define TAKEN "nq!" /* close a dialog, or go back */
#define PROMOTE "promote"
#define HOLD "hold"
#define ROLL_BACK "roll-back"

/* What the engine calls them, and what people do. */
static const struct {
    const char *answer;
    int key, other;
    const char *label, *help;
} known[] = {
    {PROMOTE, 'P', 'p', "promote", "shows the call for the next weight of the plan, then y"},
    {HOLD, 'h', 'H', "hold", "stay at this weight until somebody says otherwise"},
    {ROLL_BACK, 'r', 'R', "roll back", "opens the way back, as ! does"},
};

struct prompted {
    char *run, *id;
    size_t count;
    int keys[MOST_CHOICES];
    char *answers[MOST_CHOICES];
};

static void prompted_free(void *closure)
{
    struct prompted *p = closure;

    for (size_t i = 0; i < p->count; i++)
        free(p->answers[i]);
    free(p->run);
    free(p->id);
    free(p);
}

static void chosen(struct app *app, void *closure, int key, struct effects *effects)
{
    const struct prompted *p = closure;

    for (size_t i = 0; i < p->count; i++) {
        if (p->keys[i] != key)
            continue;
        if (strcmp(p->answers[i], ROLL_BACK) == 0)
            dialog_open_rollback(app, effects);
        else if (strcmp(p->answers[i], PROMOTE) == 0)
            traffic_preview_next(app, effects); /* more traffic: never without its preview and y */
        else
            app_command(app, effects, "answer", p->id, p->answers[i], NULL, "answering");
        return;
    }
}

/* The first letter of the label that is free, else a digit. */
static int key_of(const char *label, const int *used, size_t count)
{
    char letters[FIELD_SIZE + 10];

    snprintf(letters, sizeof letters, "%.200s123456789", label);
    for (const char *p = letters; *p != '\0'; p++) {
        int letter = tolower((unsigned char)*p);
        bool is_free = isalnum((unsigned char)*p) && strchr(TAKEN, letter) == NULL;
        for (size_t i = 0; is_free && i < count; i++)
            is_free = used[i] != letter;
        if (is_free)
            return letter;
    }
    return 0;
}

static void add_choice(struct prompted *p, struct choice *out, const char *answer,
                       const char *refused)
{
    *out = (struct choice){.label = answer, .refused = refused};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].answer, answer) != 0)
            continue;
        out->key = known[i].key;
        out->other = known[i].other;
        out->label = known[i].label;
        out->help = known[i].help;
    }
    if (strcmp(answer, ROLL_BACK) == 0)
        out->refused = NULL;
    if (out->key == 0)
        out->key = key_of(out->label, p->keys, p->count);
    p->keys[p->count] = out->key;
    p->answers[p->count++] = xstrdup(answer);
}

/*
 * Every choice of the question, with promote first or last: last where the judge has not cleared
 * the weight, so that the way that needs most thought is not what the eye meets first.
 */
static void add_choices(const struct app *app, const struct run_prompt *prompt, bool is_cleared,
                        struct prompted *p, struct choice *out)
{
    size_t i;
    json_t *answer;

    for (int pass = 0; pass < 2; pass++)
        json_array_foreach(prompt->choices, i, answer)
        {
            const char *text = json_string_value(answer);
            bool is_promote = text != NULL && strcmp(text, PROMOTE) == 0;
            if (text == NULL || p->count == MOST_CHOICES ||
                (pass == 0) != (is_cleared || !is_promote))
                continue;
            add_choice(p, &out[p->count], text, app_write_refused(app));
            if (is_promote && !is_cleared)
                out[p->count - 1].help = "without a verdict, on your word: shows the call, then y";
        }
}

static const struct run_prompt *prompt_of(const struct run *run, const struct prompted *p)
{
    if (run == NULL || strcmp(run->id, p->run) != 0)
        return NULL;
    for (size_t i = 0; i < run->prompt_count; i++) {
        if (strcmp(run->prompts[i].id, p->id) == 0)
            return &run->prompts[i];
    }
    return NULL;
}

static bool has_word(const json_t *words, const char *word)
{
    size_t i;
    json_t *one;
    json_array_foreach(words, i, one)
    {
        const char *text = json_string_value(one);
        if (text != NULL && strcmp(text, word) == 0)
            return true;
    }
    return false;
}

/* What is asked, with the counts of now in place of those of the minute when it was asked. */
static void add_question(const struct run *run, const struct run_prompt *prompt, json_t *lines)
{
    const char *asked = strstr(prompt->question, ". v");
    const struct event *newest =
        run->measured_count > 0 ? run->measured[run->measured_count - 1] : NULL;
    const char *sentence = "";

    if (newest != NULL)
        sentence = app_text_of(json_object_get(newest->body, "verdict"), "sentence");
    if (sentence[0] == '\0' || asked == NULL || !has_word(prompt->choices, PROMOTE))
        json_array_append_new(lines, json_string(prompt->question));
    else
        json_array_append_new(lines, json_sprintf("%s%s", sentence, asked));
}

static json_t *lines_now(const struct app *app, const void *closure)
{
    const struct run *run = app_run(app);
    const struct run_prompt *prompt = prompt_of(run, closure);
    auto_free char *serving = app_serving_text(app);
    json_t *lines = json_array();
    char time[48];

    if (prompt == NULL)
        return lines;
    add_question(run, prompt, lines);
    if (prompt->deadline_ms > 0) {
        auto_free char *until =
            xasprintf("To be answered by %s; after that the release goes back by itself.",
                      app_time_text(app, prompt->deadline_ms, time));
        json_array_append_new(lines, json_string(until));
    }
    json_array_append_new(lines, json_string(""));
    json_array_append_new(lines, json_string(serving));
    return lines;
}

static void open_prompt(struct app *app, const struct run *run, const struct run_prompt *prompt,
                        bool is_by_itself)
{
    struct prompted *p = xcalloc(1, sizeof *p);
    struct choice choices[MOST_CHOICES];

    p->run = xstrdup(run->id);
    p->id = xstrdup(prompt->id);
    auto_free char *promote = app_promote_text(app);
    add_choices(app, prompt, app_asks_for_weight(run), p, choices);
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->answers[i], PROMOTE) == 0)
            choices[i].label = promote;
    auto_free char *title = xasprintf("%s asks", prompt->step[0] != '\0' ? prompt->step : run->id);
    struct dialog *d = dialog_choose_opened(app, &(struct choice_question){
                                                     .title = title,
                                                     .lines_now = lines_now,
                                                     .choices = choices,
                                                     .count = p->count,
                                                     .level = LEVEL_TRAFFIC,
                                                     .chosen = chosen,
                                                     .free_closure = prompted_free,
                                                     .closure = p,
                                                 });
    dialog_wait_for_silence(app, d, is_by_itself);
}

bool dialog_open_prompt(struct app *app, struct effects *effects)
{
    const struct run *run = app_run(app);

    (void)effects;
    if (run == NULL || run->prompt_count == 0)
        return false;
    open_prompt(app, run, &run->prompts[0], false);
    return true;
}

/* ---- with the news ---- */

static void close_answered(struct app *app)
{
    const struct run *run = app_run(app);

    for (struct dialog *d = app->dialog, *below; d != NULL; d = below) {
        below = d->below;
        const struct prompted *p = dialog_choice_closure(d, chosen);
        if (p == NULL || prompt_of(run, p) != NULL)
            continue;
        const char *answer =
            run == NULL ? NULL : json_string_value(json_object_get(run->answers, p->id));
        app_toast(app, false, "the question is closed%s%s",
                  answer == NULL ? "" : ", answered: ", answer == NULL ? "" : answer);
        dialog_remove(app, d);
    }
}

static bool is_new(struct app *app, const struct run *run, const struct run_prompt *prompt)
{
    auto_free char *key = xasprintf("%s %s", run->id, prompt->id);

    if (app->prompts_seen == NULL)
        app->prompts_seen = json_object();
    if (json_object_get(app->prompts_seen, key) != NULL)
        return false;
    json_object_set_new(app->prompts_seen, key, json_true());
    return true;
}

/* It asks on because a person said to hold: it is in nobody's way. */
static bool is_held(const struct run *run, const struct run_prompt *prompt)
{
    const char *id;
    json_t *answer;

    json_object_foreach(run->answers, id, answer)
    {
        const char *said = json_string_value(answer);
        if (said != NULL && strcmp(said, HOLD) == 0 && strncmp(prompt->id, id, strlen(id)) == 0)
            return true;
    }
    return false;
}

/* A draft of a weight, or a text that is being typed, is not covered. */
static bool has_free_hands(const struct app *app)
{
    for (int i = 0; i < PANE_COUNT; i++) {
        if (panes[i]->is_drafting != NULL && panes[i]->is_drafting(app))
            return false;
    }
    return app->dialog == NULL;
}

void dialog_offer_prompts(struct app *app, struct effects *effects)
{
    const struct run *run = app_run(app);

    close_answered(app);
    for (size_t i = 0; run != NULL && i < run->prompt_count; i++) {
        const struct run_prompt *prompt = &run->prompts[i];
        if (!is_new(app, run, prompt))
            continue;
        if (is_held(run, prompt)) {
            app_toast(app, false, "held: P promotes when you want to, ! goes back");
            continue;
        }
        effects->is_bell = true;
        if (has_free_hands(app))
            open_prompt(app, run, prompt, true);
        else
            app_toast(app, false, "it asks (%s opens it): %s", app_asks_for_weight(run) ? "P" : "C",
                      prompt->question);
    }
}
