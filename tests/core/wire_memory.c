/* wire_memory.c - what somebody who comes later is told. */
#include "core/wire_memory.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"

static void keep(struct wire_memory *m, const char *text)
{
    json_t *news = json_loads(text, 0, NULL);

    cr_assert_not_null(news, "%s", text);
    wire_memory_keep(m, news);
    json_decref(news);
}

static void add(void *closure, const json_t *news)
{
    auto_free char *text = json_dumps(news, JSON_COMPACT | JSON_SORT_KEYS);
    buf_addf(closure, "%s\n", text);
}

static void expect(const struct wire_memory *m, const char *wanted)
{
    auto_buf found;

    buf_init(&found, 100000);
    wire_memory_tell(m, add, &found);
    cr_expect_str_eq(found.ptr, wanted);
}

Test(wire_memory, the_newest_of_each_kind_and_a_run_with_all_its_events)
{
    struct wire_memory *m = wire_memory_new();

    keep(m, "{\"news\":\"status\",\"env\":\"a\",\"n\":1}");
    keep(m, "{\"news\":\"run\",\"env\":\"a\",\"driver\":\"none\",\"events\":[{\"type\":\"run_"
            "opened\"}]}");
    keep(m, "{\"news\":\"hello\"}");
    keep(m, "{\"news\":\"driver\",\"env\":\"a\",\"driver\":\"here\"}");
    keep(m, "{\"news\":\"event\",\"env\":\"a\",\"event\":{\"type\":\"said\"}}");
    keep(m, "{\"news\":\"reply\",\"id\":1}");
    keep(m, "{\"news\":\"said\",\"text\":\"x\"}");
    keep(m, "{\"news\":\"status\",\"env\":\"a\",\"n\":2}");
    expect(m, "{\"news\":\"hello\"}\n"
              "{\"driver\":\"here\",\"env\":\"a\",\"events\":[{\"type\":\"run_opened\"},{\"type\":"
              "\"said\"}],\"news\":\"run\"}\n"
              "{\"env\":\"a\",\"n\":2,\"news\":\"status\"}\n"
              "{\"news\":\"said\",\"text\":\"x\"}\n");
    keep(m, "{\"news\":\"event\",\"env\":\"a\",\"event\":{\"type\":\"run_ended\"}}");
    keep(m, "{\"news\":\"run\",\"env\":\"a\",\"driver\":\"none\",\"events\":[]}");
    expect(m, "{\"news\":\"hello\"}\n"
              "{\"driver\":\"none\",\"env\":\"a\",\"events\":[],\"news\":\"run\"}\n"
              "{\"env\":\"a\",\"n\":2,\"news\":\"status\"}\n"
              "{\"news\":\"said\",\"text\":\"x\"}\n");
    wire_memory_free(m);
}

Test(wire_memory, what_is_said_is_kept_for_a_while_only)
{
    struct wire_memory *m = wire_memory_new();
    auto_buf found;

    for (int i = 0; i < 1000; i++) {
        auto_free char *text = xasprintf("{\"news\":\"said\",\"text\":\"line %d\"}", i);
        keep(m, text);
    }
    buf_init(&found, 100000);
    wire_memory_tell(m, add, &found);
    cr_expect_null(strstr(found.ptr, "line 799\""));
    cr_expect_not_null(strstr(found.ptr, "line 800\""));
    cr_expect_not_null(strstr(found.ptr, "line 999\""));
    wire_memory_free(m);
}

Test(wire_memory, news_that_make_no_sense_harm_nobody)
{
    static const char *const odd[] = {"{}",
                                      "{\"news\":7}",
                                      "{\"news\":\"event\",\"env\":\"b\"}",
                                      "{\"news\":\"driver\",\"env\":\"b\"}",
                                      "{\"news\":\"run\"}",
                                      "{\"news\":\"run\",\"env\":\"a\",\"events\":7}",
                                      "{\"news\":\"event\",\"env\":\"a\",\"event\":{}}"};
    struct wire_memory *m = wire_memory_new();

    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        keep(m, odd[i]);
    auto_buf found;
    buf_init(&found, 10000);
    wire_memory_tell(m, add, &found);
    cr_expect_gt(found.len, 0);
    wire_memory_free(m);
}
