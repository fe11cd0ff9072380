/*
 * arguments.c - command lines are read by the tables, and mistakes get a suggestion.
 */
#include "cli/arguments.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static int run_nothing(struct cli *cli)
{
    (void)cli;
    return EXIT_DONE;
}

static const struct cli_option release_options[] = {
    {.name = "reason", .value = "TEXT", .help = "why"},
    {.name = "fault", .value = "KIND", .help = "what fails", .is_repeated = true},
    {.name = "yes", .help = "do not ask"},
    {0},
};
static const struct subcommand release = {.name = "release",
                                          .arguments = "ENV",
                                          .summary = "s",
                                          .options = release_options,
                                          .run = run_nothing};
static const struct subcommand version = {
    .name = "version", .arguments = "", .summary = "s", .run = run_nothing};
static const struct subcommand *const verbs[] = {&release, &version, NULL};

static bool parse(char **argv, struct cli *cli, struct error *err)
{
    int argc = 0;
    while (argv[argc] != NULL)
        argc++;
    return arguments_parse(argc, argv, verbs, cli, err);
}

#define ARGV(...) ((char *[]){(char[]){"flightdeck"}, __VA_ARGS__, NULL})
#define W(text) ((char[]){text})

Test(arguments, no_verb_is_no_error)
{
    struct cli cli;
    struct error err;
    bool is_parsed = parse((char *[]){W("flightdeck"), NULL}, &cli, &err);
    cr_assert(is_parsed);
    cr_assert_null(cli.subcommand);
    arguments_clear(&cli);
}

Test(arguments, takes_options_before_between_and_after_arguments)
{
    struct cli cli;
    struct error err;
    bool is_parsed = parse(ARGV(W("--region"), W("eu-west-1"), W("release"), W("--yes"),
                                W("production"), W("--reason=it is time"), W("extra"), W("--json")),
                           &cli, &err);
    cr_assert(is_parsed);
    cr_assert_eq(cli.subcommand, &release);
    cr_assert_str_eq(cli_argument(&cli, 0), "production");
    cr_assert_str_eq(cli_argument(&cli, 1), "extra");
    cr_assert_null(cli_argument(&cli, 2));
    cr_assert_str_eq(cli_value(&cli, "region"), "eu-west-1");
    cr_assert_str_eq(cli_value(&cli, "reason"), "it is time");
    cr_assert(cli_flag(&cli, "yes"));
    cr_assert(cli_is_json(&cli));
    cr_assert_null(cli_value(&cli, "profile"));
    arguments_clear(&cli);
}

Test(arguments, keeps_repeated_options_in_order)
{
    struct cli cli;
    struct error err;
    bool is_parsed = parse(
        ARGV(W("release"), W("--fault"), W("a=reset"), W("--fault=b=slow"), W("--set"), W("x=1")),
        &cli, &err);
    cr_assert(is_parsed);
    cr_assert_str_eq(cli_value_at(&cli, "fault", 0), "a=reset");
    cr_assert_str_eq(cli_value_at(&cli, "fault", 1), "b=slow");
    cr_assert_null(cli_value_at(&cli, "fault", 2));
    arguments_clear(&cli);
}

Test(arguments, two_dashes_end_the_options)
{
    struct cli cli;
    struct error err;
    bool is_parsed = parse(ARGV(W("release"), W("--"), W("--yes"), W("-x")), &cli, &err);
    cr_assert(is_parsed);
    cr_assert_not(cli_flag(&cli, "yes"));
    cr_assert_str_eq(cli_argument(&cli, 0), "--yes");
    cr_assert_str_eq(cli_argument(&cli, 1), "-x");
    arguments_clear(&cli);
}

Test(arguments, an_empty_value_and_an_empty_argument_are_kept)
{
    struct cli cli;
    struct error err;
    bool is_parsed = parse(ARGV(W("release"), W(""), W("--reason=")), &cli, &err);
    cr_assert(is_parsed);
    cr_assert_str_eq(cli_argument(&cli, 0), "");
    cr_assert_str_eq(cli_value(&cli, "reason"), "");
    arguments_clear(&cli);
}

Test(arguments, dash_dash_version_is_the_verb)
{
    struct cli cli;
    struct error err;
    bool is_parsed = parse(ARGV(W("--version")), &cli, &err);
    cr_assert(is_parsed);
    cr_assert_eq(cli.subcommand, &version);
    arguments_clear(&cli);
}

Test(arguments, refuses_what_it_does_not_know_and_suggests_the_nearest)
{
    static const struct {
        const char *words[4];
        const char *message, *hint;
    } cases[] = {
        {{"relaese"}, "there is no verb \"relaese\"", "flightdeck release"},
        {{"xyzzy"}, "there is no verb \"xyzzy\"", "flightdeck help"},
        {{"release", "--reson", "x"}, "release knows no option --reson", "--reason"},
        {{"release", "--jsno"}, "--jsno", "--json"},
        {{"--regoin", "x"}, "--regoin", "--region"},
        {{"release", "--reason"}, "--reason needs a value", "TEXT"},
        {{"release", "--yes=1"}, "--yes takes no value", ""},
        {{"release", "--reason=a", "--reason=b"}, "given twice", ""},
        {{"release", "-y"}, "there is no option -y", "--help"},
        {{"--yes", "release"}, "--yes", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char program[] = "flightdeck";
        char words[4][40] = {0};
        char *argv[6] = {program};
        for (int k = 0; k < 4 && cases[i].words[k] != NULL; k++) {
            (void)snprintf(words[k], sizeof words[k], "%s", cases[i].words[k]);
            argv[k + 1] = words[k];
        }
        struct cli cli;
        struct error err = {0};
        cr_assert_not(parse(argv, &cli, &err), "%s was accepted", cases[i].words[0]);
        cr_assert_eq(err.kind, ERROR_USAGE);
        cr_assert(strstr(err.message, cases[i].message) != NULL, "case %zu: %s", i, err.message);
        cr_assert(strstr(err.hint, cases[i].hint) != NULL, "case %zu: %s", i, err.hint);
        arguments_clear(&cli);
    }
}

Test(arguments, knows_that_json_was_asked_for_also_when_the_rest_is_wrong)
{
    struct cli cli;
    struct error err;
    bool is_parsed = parse(ARGV(W("relaese"), W("--json")), &cli, &err);
    cr_assert_not(is_parsed);
    cr_assert(cli_is_json(&cli));
    arguments_clear(&cli);
}
