/* dispatch.c - see dispatch.h. */
#include "sandbox/dispatch.h"

#include <stddef.h>
#include <string.h>

#include "core/clock.h"
#include "sandbox/ledger.h"
#include "sandbox/limits.h"
#include "sandbox/people.h"
#include "sandbox/services.h"
#include "sandbox/world.h"

#define MAX_TARGET 1024

#define SERVICE_ADDRESS(name) &serve_##name##_service,
static const struct service *const services[] = {SERVICES(SERVICE_ADDRESS)};
#undef SERVICE_ADDRESS

static const struct service *find_service(const char *name)
{
    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++)
        if (strcmp(services[i]->name, name) == 0)
            return services[i];
    return NULL;
}

/* How each form says that the service failed. */
static bool refuse_internally(const struct request *r, struct reply *reply)
{
    static const char *const codes[] = {[WIRE_REST_JSON] = "ServiceException",
                                        [WIRE_JSON_1_0] = "InternalServiceFault",
                                        [WIRE_QUERY] = "InternalFailure"};
    return operation_refuse(
        r, reply, 500, codes[r->form],
        "The request processing has failed because of an unknown error, exception or failure.");
}

/* As for temporary keys whose time is over. */
static bool refuse_expired(const struct request *r, struct reply *reply)
{
    bool is_query = r->form == WIRE_QUERY;
    return operation_refuse(r, reply, r->form == WIRE_JSON_1_0 ? 400 : 403,
                            is_query ? "ExpiredToken" : "ExpiredTokenException",
                            "The security token included in the request is expired");
}

static void answer_html(struct reply *reply)
{
    reply->status = 502;
    reply->content_type = "text/html";
    buf_reset(&reply->body);
    buf_adds(&reply->body, "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
                           "<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n");
}

static void serve(const struct dispatch *d, const struct request *r, struct reply *reply)
{
    auto_buf target;
    buf_init(&target, MAX_TARGET);
    world_enter(d->world);
    bool is_done = r->operation->serve(d->world, r, reply);
    world_leave(d->world);
    if (!is_done || !r->operation->is_write)
        return;
    operation_target(r, &target);
    ledger_count(d->ledger, r->operation->name, target.ptr);
}

/* What is there is another account's. */
static bool refuse_stranger(const struct request *r, struct reply *reply)
{
    return operation_refuse(r, reply, r->form == WIRE_JSON_1_0 ? 400 : 403,
                            r->form == WIRE_QUERY ? "AccessDenied" : "AccessDeniedException",
                            "User: %s of %s is not authorized to perform: %s", r->user, r->account,
                            r->operation->name);
}

static bool is_of_here(const struct request *r)
{
    return strcmp(r->account, WORLD_ACCOUNT) == 0 || strcmp(r->service->name, "sts") == 0;
}

static enum fault perform(const struct dispatch *d, const struct person *user, struct request *r,
                          struct reply *reply)
{
    int retry_after_s = 0;
    enum fault fault = faults_take(d->faults, r->operation->name);

    r->region = WORLD_REGION; /* auth_check takes no other */
    r->user = user->name;
    r->user_id = user->id;
    r->account = user->account;
    if (fault == FAULT_THROTTLE || !limits_take(d->limits, r->service->name, r->operation->name,
                                                clock_wall_ms(), &retry_after_s))
        return (void)limits_refuse(r, reply, retry_after_s), FAULT_NONE;
    if (fault == FAULT_5XX)
        (void)refuse_internally(r, reply);
    else if (fault == FAULT_EXPIRED || user->has_ended)
        (void)refuse_expired(r, reply);
    else if (!is_of_here(r))
        (void)refuse_stranger(r, reply);
    else if (fault == FAULT_HTML)
        answer_html(reply);
    else if (fault != FAULT_RESET_BEFORE)
        serve(d, r, reply);
    return faults_kinds[fault].is_before && fault != FAULT_RESET_BEFORE ? FAULT_NONE : fault;
}

enum fault dispatch_request(const struct dispatch *d, const struct auth_request *q,
                            struct reply *reply)
{
    enum fault fault = FAULT_NONE;
    struct auth_scope scope = {0};
    struct request r;

    const struct service *service = auth_read_scope(q, &scope) ? find_service(scope.service) : NULL;
    operation_guess(service, &q->wire, &r);
    struct person user;
    /* Nobody's key is refused as AWS does: its signature cannot be anybody's. */
    (void)people_find(d->people, scope.key_id, &user);
    bool is_known = auth_check(&user.keys, WORLD_REGION, q, clock_wall_ms(), &r, reply);
    if (is_known && service == NULL)
        (void)operation_refuse(&r, reply, 404, "UnknownOperationException",
                               "the sandbox does not serve %s", scope.service);
    else if (is_known && operation_read(service, &q->wire, &r, reply) != NULL)
        fault = perform(d, &user, &r, reply);
    operation_header(reply, "x-amzn-RequestId", r.request_id);
    operation_request_clear(&r);
    return fault;
}
