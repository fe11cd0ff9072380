/*
 * stopping.c - see stopping.h.
 */
#include "cli/stopping.h"

#include <signal.h>

#include "core/mem.h"
#include "core/text.h"

void stopping_take(struct stopping *s, const json_t *request)
{
    bool is_asked_over = json_is_true(json_object_get(request, "handover"));
    bool hands_over = is_asked_over && (s->hands_over || !s->is_begun);
    const char *by = json_string_value(json_object_get(request, "by"));

    if (!s->is_begun || hands_over != s->hands_over)
        text_copy(s->by, sizeof s->by, by != NULL ? by : "");
    s->hands_over = hands_over;
    s->is_begun = true;
}

void stopping_take_signal(struct stopping *s, int number)
{
    if (!s->is_begun)
        text_copy(s->by, sizeof s->by, number == SIGINT ? "SIGINT" : "SIGTERM");
    s->is_begun = true;
}

char *stopping_text(const char *by, bool is_restart)
{
    auto_free char *safe = text_safe(by);

    return xasprintf("the engine %s%s%s", is_restart ? "is being restarted" : "was stopped",
                     safe[0] != '\0' ? " by " : "", safe);
}

json_t *stopping_news(const struct stopping *s)
{
    return json_pack("{s:s, s:s, s:b}", "news", "ending", "by", s->by, "restart", s->hands_over);
}
