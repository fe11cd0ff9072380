/*
 * undecided.c - see undecided.h.
 */
#include "aws/undecided.h"

#include <stdio.h>
#include <string.h>

#include "aws/outcome.h"
#include "aws/own_calls.h"
#include "core/judge.h"
#include "core/mem.h"

#define KEY_SIZE 48
#define PROMOTE "promote"
#define HOLD "hold"

static const char *key_of(const struct undecided *u, const char *what, char out[static KEY_SIZE])
{
    (void)snprintf(out, KEY_SIZE, "%s-%.6g", what, u->weight * 100);
    return out;
}

static enum step_outcome roll_back(struct error *err, const char *sentence)
{
    error_set(err, ERROR_REFUSED, "undecided: %s", sentence);
    return STEP_OUTCOME_ROLL_BACK;
}

/* ---- asking ---- */

static bool is_nobody(const struct error *err)
{
    return err->kind == ERROR_CANCELLED && strcmp(err->code, "deadline") == 0;
}

static enum step_outcome answered(const char *answer, struct error *err)
{
    if (strcmp(answer, PROMOTE) == 0)
        return STEP_OUTCOME_SUCCEEDED;
    error_set(err, ERROR_REFUSED, "a person said to roll back");
    return STEP_OUTCOME_ROLL_BACK;
}

/* "hold" is an answer: it stays here for as long as the person likes. */
static enum step_outcome stay(const struct undecided *u, const char *what, struct error *err)
{
    static const char *const choices[] = {PROMOTE, "roll-back", NULL};
    const char *answer;
    auto_free char *key = xasprintf("%s-%.6g-held", what, u->weight * 100);
    auto_free char *question = xasprintf("v%s stays at %.4g %% until somebody says otherwise",
                                         u->version, u->weight * 100);

    if (!step_ask(u->ctx, key, question, choices, 0, &answer, err))
        return outcome_of_error(err);
    return answered(answer, err);
}

static enum step_outcome ask(const struct undecided *u, const char *what, const char *question,
                             struct error *err)
{
    static const char *const choices[] = {PROMOTE, HOLD, "roll-back", NULL};
    bool goes_back = step_environment(u->ctx)->on_undecided == ON_UNDECIDED_ROLLBACK;
    int64_t deadline_ms = 0;
    char key[KEY_SIZE];
    const char *answer;

    key_of(u, what, key);
    if (goes_back &&
        !step_deadline(u->ctx, key, step_config(u->ctx)->judge.deadline_ms, &deadline_ms, err))
        return outcome_of_error(err);
    if (!step_ask(u->ctx, key, question, choices, deadline_ms, &answer, err)) {
        if (!is_nobody(err))
            return outcome_of_error(err);
        auto_free char *sentence = xasprintf("nobody answered in time (%s)", question);
        return roll_back(err, sentence);
    }
    return strcmp(answer, HOLD) == 0 ? stay(u, what, err) : answered(answer, err);
}

enum step_outcome undecided_promote(const struct undecided *u, const char *question,
                                    struct error *err)
{
    return ask(u, "promote", question, err);
}

enum step_outcome undecided_held(const struct undecided *u, const char *sentence, struct error *err)
{
    auto_free char *question = xasprintf("%s. Go on with v%s all the same?", sentence, u->version);
    return ask(u, "held", question, err);
}

/* ---- too little traffic ---- */

static bool call_ourselves(const struct undecided *u, const char *key, const json_t **decided,
                           struct error *err)
{
    const struct judge_settings *settings = &step_config(u->ctx)->judge;
    struct judge_tally calls;
    struct verdict verdict;
    bool has_event;

    if (!own_calls(u->ctx, u->function, u->version, settings->probe_count, &calls, &has_event, err))
        return false;
    judge_probes(settings, u->version, &calls, &verdict);
    if (!has_event)
        verdict = (struct verdict){.kind = VERDICT_NO_DATA,
                                   .sentence = "no smoke check says what we could call ourselves"};
    step_say(u->ctx, "%s", verdict.sentence);
    return step_decide(u->ctx, key,
                       json_pack("{s:I, s:I, s:I, s:i, s:s}", "calls", (json_int_t)calls.requests,
                                 "failed", (json_int_t)calls.failed, "slow", (json_int_t)calls.slow,
                                 "kind", (int)verdict.kind, "sentence", verdict.sentence),
                       decided, err);
}

/* Once per weight; what it showed is journalled. *said: a sentence, yours. */
static bool probe(const struct undecided *u, enum verdict_kind *kind, char **said,
                  struct error *err)
{
    char key[KEY_SIZE];
    const json_t *decided = step_fact(u->ctx, step_id(u->ctx), key_of(u, "probe", key));

    if (decided == NULL && !call_ourselves(u, key, &decided, err))
        return false;
    *kind = (enum verdict_kind)json_integer_value(json_object_get(decided, "kind"));
    *said = xstrdup(json_string_value(json_object_get(decided, "sentence")));
    return true;
}

enum step_outcome undecided_late(const struct undecided *u, const char *sentence, struct error *err)
{
    enum too_little answer = step_config(u->ctx)->judge.too_little;
    bool goes_back = step_environment(u->ctx)->on_undecided == ON_UNDECIDED_ROLLBACK;
    enum verdict_kind kind = VERDICT_NO_DATA;
    auto_free char *probed = NULL;

    if (answer == TOO_LITTLE_HOLD && goes_back)
        return roll_back(err, sentence);
    if (answer == TOO_LITTLE_PROBE && !probe(u, &kind, &probed, err))
        return outcome_of_error(err);
    if (kind == VERDICT_BAD) {
        error_set(err, ERROR_REFUSED, "%s", probed);
        return STEP_OUTCOME_ROLL_BACK;
    }
    auto_free char *question = xasprintf(
        "its time is over and the judge cannot tell: %s%s%s. Go on with v%s all the same?",
        sentence, probed != NULL ? ". " : "", probed != NULL ? probed : "", u->version);
    return ask(u, "late", question, err);
}
