/* probes_command.c - a command passes with exit code 0 in every folder, and says where it did not.
 */
#include "core/config.h"
#include "core/probes.h"
#include "tests/git_fixture.h"

#define TEXT(s) ((char *)(uintptr_t)(s))

static struct config config;
static const struct environment environment = {.name = TEXT("dev"),
                                               .short_name = TEXT("dev"),
                                               .account = TEXT(""),
                                               .region = TEXT(""),
                                               .url = TEXT(""),
                                               .branch = TEXT("")};

static bool ask(const char *params, const char *output_directory, struct evidence *out,
                struct error *err)
{
    json_t *given = json_loads(params, 0, NULL);
    cr_assert_not_null(given, "%s", params);
    config = (struct config){.directory = fixture_directory};
    const struct probe_context context = {
        .config = &config, .environment = &environment, .output_directory = output_directory};
    bool is_ok = probe_command.probe(&context, given, out, err);
    json_decref(given);
    return is_ok;
}

static const struct {
    const char *params;
    bool passed;
    const char *summary; /* its beginning */
} cases[] = {
    {"{\"command\":\"true\",\"limit\":9000}", true, "exit 0 in "},
    {"{\"command\":\"echo 3 problems; exit 1\",\"limit\":9000}", false, "exit 1: 3 problems"},
    {"{\"command\":\"test -f here\",\"in\":[\"a\",\"b\"],\"limit\":9000}", false, "exit 1 in b"},
    {"{\"command\":\"test -d ../a\",\"in\":[\"a\",\"b\"],\"limit\":9000}", true, "exit 0 in "},
    {"{\"command\":\"test -f here\",\"in\":\"a\",\"limit\":9000}", true, "exit 0 in "},
    {"{\"command\":\"test $env = dev\",\"limit\":9000}", true, "exit 0 in "},
};

Test(probes_command, judges_each_case, .init = fixture_begin, .fini = fixture_end)
{
    fixture_run("mkdir a b && touch a/here");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct evidence evidence;
        struct error err;
        cr_assert(ask(cases[i].params, NULL, &evidence, &err), "%s", err.message);
        cr_expect_eq(evidence.passed, cases[i].passed, "%s", cases[i].params);
        cr_expect(strncmp(evidence.summary, cases[i].summary, strlen(cases[i].summary)) == 0, "%s",
                  evidence.summary);
        probe_evidence_clear(&evidence);
    }
}

Test(probes_command, keeps_each_output_in_a_file, .init = fixture_begin, .fini = fixture_end)
{
    struct evidence evidence;
    struct error err;
    fixture_run("mkdir a b out");
    auto_free char *out = xasprintf("%s/out", fixture_directory);
    cr_assert(ask("{\"command\":\"basename $PWD\",\"in\":[\"a\",\"b\"],\"limit\":9000}", out,
                  &evidence, &err),
              "%s", err.message);
    cr_assert_eq(json_array_size(evidence.details), 2);
    for (size_t i = 0; i < 2; i++) {
        const json_t *one = json_array_get(evidence.details, i);
        const char *path = json_string_value(json_object_get(one, "output"));
        char text[8] = "";
        FILE *file = fopen(path, "r");
        cr_assert_not_null(file, "%s", path);
        cr_assert_not_null(fgets(text, sizeof text, file));
        fclose(file);
        cr_expect_str_eq(text, i == 0 ? "a\n" : "b\n");
    }
    probe_evidence_clear(&evidence);
}

Test(probes_command, cannot_tell_when_it_takes_too_long_or_has_no_folder, .init = fixture_begin,
     .fini = fixture_end, .timeout = 30)
{
    struct evidence evidence;
    struct error err;
    cr_assert_not(
        ask("{\"command\":\"cat /dev/zero >/dev/null\",\"limit\":200}", NULL, &evidence, &err));
    cr_expect_str_eq(err.code, "limit");
    cr_assert_not(
        ask("{\"command\":\"true\",\"in\":\"nowhere\",\"limit\":9000}", NULL, &evidence, &err));
    cr_expect(strstr(err.message, "nowhere") != NULL, "%s", err.message);
}

Test(probes_command, refuses_an_empty_command)
{
    json_t *given = json_pack("{s:s}", "command", "  ");
    struct error err;
    cr_assert_not(probe_command.check(&config, given, &err));
    json_decref(given);
}
