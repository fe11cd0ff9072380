/*
 * serving_hands.c - see serving_hands.h.
 */
#include "cli/serving_hands.h"

#include "cli/caller.h"
#include "cli/desk.h"
#include "core/sign_in.h"

/* While it is tried it has a place of its own among the screens. */
#define TRIED(screen) (-(screen))

bool serving_hands_try(struct serving_hands *h, struct desk *desk, int64_t screen, json_t *request,
                       struct error *err)
{
    const json_t *as = json_object_get(request, "as");

    if (h->sign_in != NULL)
        return error_set(err, ERROR_CONFLICT, "another sign-in of this console is being tried");
    if (as == NULL || !caller_read(as, &h->sign_in, h->key))
        return error_set(err, ERROR_USAGE, "it does not say as whom");
    json_object_del(request, "as");
    h->caller = desk_caller_enter(desk, h->key, h->sign_in, TRIED(screen));
    if (h->caller > 0)
        return true;
    sign_in_unref(h->sign_in);
    h->sign_in = NULL;
    error_set(err, ERROR_CONFLICT, "too many consoles or sign-ins for one engine");
    return error_hint(err, "`flightdeck engine restart` forgets those that nobody needs.");
}

void serving_hands_settle(struct serving_hands *h, struct desk *desk, int64_t screen, bool is_good,
                          int *caller)
{
    if (h->sign_in == NULL)
        return;
    if (is_good && *caller > 0)
        desk_caller_leave(desk, *caller, screen);
    if (is_good)
        *caller = desk_caller_enter(desk, h->key, h->sign_in, screen);
    desk_caller_leave(desk, h->caller, TRIED(screen));
    sign_in_unref(h->sign_in);
    *h = (struct serving_hands){0};
}
