/* serve_scheduler.c - the sandbox's EventBridge Scheduler (2021-06-30), over schedules.h. */
#include "sandbox/functions.h"
#include "sandbox/schedules.h"
#include "sandbox/services.h"
#include "sandbox/world.h"

#define PATH "/schedules/{}"

static bool refuse(const struct request *r, struct reply *reply, const struct refusal *no)
{
    return operation_refuse(r, reply, no->status, no->code, "%s", no->message);
}

static bool answer_arn(const struct request *r, struct reply *reply)
{
    return operation_answer(reply, 200,
                            json_pack("{s:o}", "ScheduleArn", schedules_arn(r->parts[0])));
}

static bool create_schedule(struct world *w, const struct request *r, struct reply *reply)
{
    struct refusal no;

    return schedules_create(w, r->parts[0], r->json, &no) ? answer_arn(r, reply)
                                                          : refuse(r, reply, &no);
}

static bool update_schedule(struct world *w, const struct request *r, struct reply *reply)
{
    struct refusal no;

    return schedules_update(w, r->parts[0], r->json, &no) ? answer_arn(r, reply)
                                                          : refuse(r, reply, &no);
}

static bool get_schedule(struct world *w, const struct request *r, struct reply *reply)
{
    struct refusal no;
    json_t *schedule = schedules_get(w, r->parts[0], &no);

    return schedule != NULL ? operation_answer(reply, 200, schedule) : refuse(r, reply, &no);
}

static bool delete_schedule(struct world *w, const struct request *r, struct reply *reply)
{
    struct refusal no;

    return schedules_delete(w, r->parts[0], &no) ? operation_answer(reply, 200, json_object())
                                                 : refuse(r, reply, &no);
}

static const struct operation operations[] = {
    {"CreateSchedule", "POST", PATH, true, NULL, create_schedule},
    {"UpdateSchedule", "PUT", PATH, true, NULL, update_schedule},
    {"GetSchedule", "GET", PATH, false, NULL, get_schedule},
    {"DeleteSchedule", "DELETE", PATH, true, NULL, delete_schedule},
    {0},
};

const struct service serve_scheduler_service = {
    .name = "scheduler", .form = WIRE_REST_JSON, .operations = operations};
