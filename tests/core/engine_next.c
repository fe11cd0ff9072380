/*
 * engine_next.c - tests of core/engine_next.c: the decision alone, without threads or a journal.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine_parts.h"

static enum step_outcome undo(struct step_ctx *ctx, struct error *err)
{
    (void)ctx;
    (void)err;
    return STEP_OUTCOME_SUCCEEDED;
}

static const struct step_kind gate = {.is_gate = true, .undo = step_undo_nothing};
static const struct step_kind writer = {.undo = undo};
static const struct step_kind traffic = {.undo = undo, .moves_traffic = true};
static const struct step_kind command = {.may_outlive = true, .irreversible = "ran"};
static const struct step_kind by_hand = {.undo = undo, .is_internal = true};

/* Three steps: a gate, one that may begin beside it, and `third`. */
struct scene {
    const char *name;
    enum run_status status;
    enum step_state states[3];
    bool is_busy[3];
    int wrote[3]; /* OPEN: its outcome is not known */
    bool begins_beside, is_unattended;
    const struct step_kind *third;
    enum engine_move move;
    size_t step;
    enum run_status end;
};

#define P STEP_PENDING
#define R STEP_RUNNING
#define S STEP_SUCCEEDED
#define F STEP_FAILED
#define A STEP_ABORTED
#define U STEP_UNDONE
#define NONE ENGINE_MOVE_NONE
#define START ENGINE_MOVE_START
#define ASK ENGINE_MOVE_ASK
#define GIVE_UP ENGINE_MOVE_GIVE_UP
#define STOP ENGINE_MOVE_STOP
#define UNDO ENGINE_MOVE_UNDO
#define OPEN 2
#define END ENGINE_MOVE_END
#define GOING RUN_PROGRESSING
#define BACK RUN_ROLLING_BACK

static const struct scene scenes[] = {
    {"the first step", GOING, {P, P, P}, {0}, {0}, false, false, &traffic, START, 0, 0},
    {"beside a gate that works", GOING, {R, P, P}, {1}, {0}, true, false, &traffic, START, 1, 0},
    {"unattended, a gate is alone", GOING, {R, P, P}, {1}, {0}, true, true, &traffic, NONE, 0, 0},
    {"somebody works", GOING, {S, R, P}, {0, 1}, {0}, false, false, &traffic, NONE, 0, 0},
    {"left behind by a process", GOING, {S, R, P}, {0}, {0}, false, false, &traffic, START, 1, 0},
    {"the next step", GOING, {S, S, P}, {0}, {0, 1}, false, false, &traffic, START, 2, 0},
    {"all done", GOING, {S, S, S}, {0}, {0, 1, 1}, false, false, &traffic, END, 0, RUN_SUCCEEDED},
    {"paused", RUN_PAUSED, {S, S, P}, {0}, {0, 1}, false, false, &traffic, NONE, 0, 0},
    {"failed, a person is there", GOING, {F, P, P}, {0}, {0}, false, false, &traffic, ASK, 0, 0},
    {"failed, nobody is there",
     GOING,
     {F, P, P},
     {0},
     {0},
     false,
     true,
     &traffic,
     END,
     0,
     RUN_FAILED},
    {"failed after a write", GOING, {S, S, F}, {0}, {0, 1}, false, true, &traffic, ASK, 2, 0},
    {"by hand nobody is asked",
     GOING,
     {S, S, F},
     {0},
     {0, 0, 1},
     false,
     true,
     &by_hand,
     END,
     2,
     RUN_FAILED},
    {"traffic first", BACK, {S, S, A}, {0}, {0, 1, 1}, false, false, &traffic, UNDO, 2, 0},
    {"what writes to it ends first",
     BACK,
     {S, S, R},
     {0, 0, 1},
     {0, 1, 1},
     false,
     false,
     &traffic,
     NONE,
     0,
     0},
    {"others do not hold it up",
     BACK,
     {S, R, A},
     {0, 1, 0},
     {0, 1, 1},
     false,
     false,
     &traffic,
     UNDO,
     2,
     0},
    {"what nobody works on is given up",
     BACK,
     {S, S, R},
     {0},
     {0, 1, 1},
     false,
     false,
     &traffic,
     GIVE_UP,
     2,
     0},
    {"then the rest", BACK, {S, S, U}, {0}, {0, 1, 1}, false, false, &traffic, UNDO, 1, 0},
    {"then it is over",
     BACK,
     {S, U, U},
     {0},
     {0, 1, 1},
     false,
     false,
     &traffic,
     END,
     0,
     RUN_ROLLED_BACK},
    {"what a dead process left running is ended",
     RUN_ABORTING,
     {S, S, R},
     {0},
     {0, 0, OPEN},
     false,
     false,
     &command,
     STOP,
     2,
     0},
    {"and then the rest goes back",
     BACK,
     {S, S, A},
     {0},
     {0, 1, 1},
     false,
     false,
     &command,
     UNDO,
     1,
     0},
    {"an abort leaves the rest",
     RUN_ABORTING,
     {S, S, U},
     {0},
     {0, 1, 1},
     false,
     false,
     &traffic,
     END,
     0,
     RUN_ABORTED},
    {"nothing moved",
     RUN_ABORTING,
     {S, A, P},
     {0},
     {0, 1},
     false,
     false,
     &traffic,
     END,
     0,
     RUN_ABORTED},
    {"interrupted", RUN_INTERRUPTED, {S, S, P}, {0}, {0, 1}, false, false, &traffic, NONE, 0, 0},
};

static void check(const struct scene *scene)
{
    static char ids[3][2] = {"a", "b", "c"}, key[] = "k", empty[] = "";
    struct plan_step steps[3] = {{.kind = &gate}, {.kind = &writer}, {.kind = scene->third}};
    struct run_step states[3];
    struct run_effect effects[3];
    struct run run = {
        .status = scene->status, .steps = states, .step_count = 3, .effects = effects};

    steps[1].begins_with_run = scene->begins_beside;
    for (size_t i = 0; i < 3; i++) {
        steps[i].id = ids[i];
        states[i] = (struct run_step){
            .id = ids[i], .state = scene->states[i], .waiting_on = empty, .ended_at_ms = 1};
        if (scene->wrote[i])
            effects[run.effect_count++] =
                (struct run_effect){.step = ids[i],
                                    .key = key,
                                    .state = scene->wrote[i] == OPEN ? EFFECT_INTENT : EFFECT_DONE};
    }
    const struct engine_situation situation = {.run = &run,
                                               .steps = steps,
                                               .step_count = 3,
                                               .is_busy = scene->is_busy,
                                               .goes_forward = true,
                                               .is_unattended = scene->is_unattended};
    struct engine_next next = engine_next_move(&situation);
    cr_expect_eq(next.move, scene->move, "%s: move %d", scene->name, (int)next.move);
    cr_expect_eq(next.step, scene->step, "%s: step %zu", scene->name, next.step);
    if (scene->move == END)
        cr_expect_eq(next.status, scene->end, "%s: %s", scene->name, run_status_name(next.status));
}

Test(engine_next, decides_from_what_is_known)
{
    for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++)
        check(&scenes[i]);
}
