/*
 * wire.c - several threads tell news that share their parts, one hears; requests go the other way;
 * the wire is closed while both queues hold something. Run under ThreadSanitizer.
 */
#include "core/wire.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/cancel.h"
#include "core/mem.h"

#define TELLERS 4
#define MESSAGES 3000
#define REQUESTS 3000

struct teller {
    struct wire *wire;
    struct event *shared; /* of all */
    int index;
};

static void *tell(void *context)
{
    struct teller *t = context;
    for (int i = 0; i < MESSAGES; i++)
        wire_tell(t->wire, json_pack("{s:i, s:i, s:o}", "teller", t->index, "number", i, "event",
                                     wire_event(t->shared)));
    return NULL;
}

static void *answer(void *context)
{
    struct wire *w = context;
    for (int i = 0; i < REQUESTS; i++) {
        json_t *request = wire_await(w, 60000);
        if (request == NULL)
            return w;
        wire_tell(w, json_pack("{s:i, s:O}", "teller", TELLERS, "number",
                               json_object_get(request, "id")));
        json_decref(request);
    }
    return NULL;
}

/* Each teller's news arrive once and in order, each event whole. */
static int hear_all(struct wire *w)
{
    int next[TELLERS + 1] = {0}, heard = 0;
    struct error err;
    while (heard < TELLERS * MESSAGES + REQUESTS) {
        json_t *news = wire_hear(w);
        if (news == NULL) {
            (void)cancel_sleep_ms(NULL, 1);
            continue;
        }
        heard++;
        int teller = (int)json_integer_value(json_object_get(news, "teller"));
        bool is_right = json_integer_value(json_object_get(news, "number")) == next[teller]++;
        struct event *e =
            teller < TELLERS ? wire_read_event(json_object_get(news, "event"), &err) : NULL;
        is_right = is_right && (teller == TELLERS || e != NULL);
        event_unref(e);
        json_decref(news);
        if (!is_right) {
            fprintf(stderr, "news %d were lost, torn or out of order\n", heard);
            return 1;
        }
    }
    return 0;
}

int main(void)
{
    struct wire *w = wire_new();
    struct event *shared = event_new("r-0001", "said", "", "", json_pack("{s:s}", "text", "x"));
    struct teller tellers[TELLERS];
    pthread_t threads[TELLERS], answering;
    void *was_late = NULL;

    if (pthread_create(&answering, NULL, answer, w) != 0)
        return 1;
    for (int i = 0; i < TELLERS; i++) {
        tellers[i] = (struct teller){w, shared, i};
        if (pthread_create(&threads[i], NULL, tell, &tellers[i]) != 0)
            return 1;
    }
    for (int i = 0; i < REQUESTS; i++)
        wire_ask(w, json_pack("{s:i}", "id", i));
    int failed = hear_all(w);
    for (int i = 0; i < TELLERS; i++)
        (void)pthread_join(threads[i], NULL);
    (void)pthread_join(answering, &was_late);
    failed |= was_late != NULL;
    wire_ask(w, json_object());
    wire_tell(w, json_pack("{s:o}", "event", wire_event(shared)));
    wire_free(w);
    event_unref(shared);
    printf("%d news: %s\n", TELLERS * MESSAGES + REQUESTS, failed ? "failed" : "ok");
    return failed;
}
