/* app.c - see app.h. */
#include "sandbox/app.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"
#include "sandbox/traffic.h"
#include "sandbox/world.h"

#define LOGIN_PAGE                                                                                 \
    "<!doctype html>\n<html lang=\"en\">\n<head><title>FinAlly</title></head>\n<body>\n"           \
    "<h1>Sign in to FinAlly</h1>\n<form method=\"post\" action=\"login\">\n"                       \
    "<input name=\"email\" type=\"email\">\n<input name=\"password\" type=\"password\">\n"         \
    "<button>Sign in</button>\n</form>\n</body>\n</html>\n"

static void answer(struct reply *reply, int status, const char *content_type, const char *body)
{
    reply->status = status;
    reply->content_type = content_type;
    buf_reset(&reply->body);
    buf_adds(&reply->body, body);
}

static void call_function(struct world *world, const struct world_place *place,
                          const struct auth_request *q, const char *path, struct reply *reply)
{
    struct traffic_answer said;
    const struct traffic_request request = {
        .method = q->wire.method,
        .path = path,
        .has_authorization = auth_header(q, "Authorization") != NULL,
        .is_through_api = true,
    };
    world_enter(world);
    traffic_serve(world, world_function(world, place->function), place->alias, &request, &said);
    world_leave(world);
    answer(reply, said.status, "application/json", said.body);
}

void app_serve(struct world *world, const struct auth_request *q, struct reply *reply)
{
    const char *rest = q->wire.uri + strlen(APP_PREFIX);
    size_t name_len = strcspn(rest, "/?");
    size_t path_len = strcspn(rest + name_len, "?");
    auto_free char *environment = xstrndup(rest, name_len);
    auto_free char *path = path_len > 0 ? xstrndup(rest + name_len, path_len) : xstrdup("/");
    const struct world_place *place = world_place_of_environment(environment);

    if (place == NULL)
        answer(reply, 404, "application/json", "{\"message\":\"Not Found\"}");
    else if (strcmp(path, "/login") == 0 && strcmp(q->wire.method, "GET") == 0)
        answer(reply, 200, "text/html; charset=utf-8", LOGIN_PAGE); /* of the frontend */
    else
        call_function(world, place, q, path, reply);
}
