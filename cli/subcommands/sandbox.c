/*
 * sandbox.c - `flightdeck sandbox`: a local AWS, until somebody ends it.
 */
#include "sandbox/sandbox.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/answer.h"
#include "cli/interrupt.h"
#include "cli/subcommands.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/hash.h"
#include "core/mem.h"
#include "core/text.h"
#include "sandbox/faults.h"

#define SECOND_PERSON 2 /* variables of */
#define SECOND_PERSON_LINE "#   export "
#define MOST_FAULTS 64
#define MOST_SPEED 1000000
#define MOST_RATE 100000

/* What would lead a client past the sandbox, or sign it in as somebody else. */
static const char *const unset[] = {
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_ENDPOINT_URL_STS",
    "AWS_ENDPOINT_URL_LAMBDA",
    "AWS_ENDPOINT_URL_CLOUDWATCH",
    "AWS_ENDPOINT_URL_RDS",
    "AWS_ENDPOINT_URL_APIGATEWAYV2",
};

struct variable {
    const char *name, *value;
};

struct wishes {
    struct sandbox_options options;
    const char *faults[MOST_FAULTS];
    struct clock_setting clock;
};

/* ---- what was asked for ---- */

static bool read_number(const struct cli *cli, const char *name, double most, double *out,
                        struct error *err)
{
    const char *text = cli_value(cli, name);
    double value;
    if (text == NULL)
        return true;
    if (!text_to_double(text, &value) || value < 0 || value > most)
        return error_set(err, ERROR_USAGE, "--%s is a number from 0 to %.0f, not \"%s\"", name,
                         most, text);
    *out = value;
    return true;
}

static bool read_share(const struct cli *cli, const char *name, double *out, struct error *err)
{
    double percent = -1;
    if (!read_number(cli, name, 100, &percent, err))
        return false;
    if (percent >= 0)
        *out = percent / 100;
    return true;
}

static bool read_seed(const struct cli *cli, uint64_t *out, struct error *err)
{
    const char *text = cli_value(cli, "seed");
    uint32_t any;
    int64_t seed;

    hash_random(&any, sizeof any);
    if (text == NULL)
        return *out = any % 1000000, true;
    if (!text_to_int64(text, &seed) || seed < 0)
        return error_set(err, ERROR_USAGE, "--seed is a whole number, not \"%s\"", text);
    *out = (uint64_t)seed;
    return true;
}

static bool read_wishes(const struct cli *cli, struct wishes *out, struct error *err)
{
    struct sandbox_options *options = &out->options;
    double speed = 1, latency_ms = 0;

    sandbox_options_init(options);
    options->listen = cli_value(cli, "listen");
    options->scenario = cli_value(cli, "scenario");
    options->faults = out->faults;
    while (options->fault_count < MOST_FAULTS && (out->faults[options->fault_count] = cli_value_at(
                                                      cli, "fault", options->fault_count)) != NULL)
        options->fault_count++;
    if (!read_number(cli, "speed", MOST_SPEED, &speed, err) ||
        !read_number(cli, "latency", FAULTS_MOST_LATENCY_MS, &latency_ms, err))
        return false;
    options->latency_ms = (int64_t)latency_ms;
    auto_free char *clock = clock_format_setting((struct clock_setting){speed, clock_wall_ms()});
    return clock_parse_setting(clock, &out->clock, err) && read_seed(cli, &options->seed, err) &&
           read_number(cli, "rate", MOST_RATE, &options->rate_per_s, err) &&
           read_share(cli, "errors", &options->error_share, err) &&
           read_share(cli, "slow", &options->slow_share, err);
}

/* ---- how to reach it ---- */

static void tell_json(const struct cli *cli, const struct wishes *wishes, const char *url,
                      const struct variable *exports, size_t count, const struct variable *second)
{
    json_t *set = json_object(), *names = json_array();
    for (size_t i = 0; i < count; i++)
        json_object_set_new(set, exports[i].name, json_string(exports[i].value));
    for (size_t i = 0; i < sizeof unset / sizeof unset[0]; i++)
        json_array_append_new(names, json_string(unset[i]));
    cli_json(cli, json_pack("{s:s, s:s, s:I, s:f, s:o, s:o, s:{s:s, s:s}}", "url", url, "scenario",
                            wishes->options.scenario != NULL ? wishes->options.scenario : "healthy",
                            "seed", (json_int_t)wishes->options.seed, "speed", wishes->clock.speed,
                            "exports", set, "unset", names, "second_person", second[0].name,
                            second[0].value, second[1].name, second[1].value));
}

/* For `. FILE` or eval in a shell; demo_world.c reads it too. */
static void tell_shell(const struct cli *cli, const struct wishes *wishes, const char *url,
                       const struct variable *exports, size_t count, const struct variable *second)
{
    cli_say(cli, "# flightdeck sandbox: a local AWS, scenario %s, seed %lld, speed %g",
            wishes->options.scenario != NULL ? wishes->options.scenario : "healthy",
            (long long)wishes->options.seed, wishes->clock.speed);
    for (size_t i = 0; i < sizeof unset / sizeof unset[0]; i++)
        cli_say(cli, "unset %s", unset[i]);
    for (size_t i = 0; i < count; i++)
        cli_say(cli, "export %s='%s'", exports[i].name, exports[i].value);
    cli_say(cli, "# Some AWS CLIs ignore AWS_ENDPOINT_URL (Debian 12's does) and would go to AWS.");
    cli_say(cli, "alias aws='aws --endpoint-url %s'", url);
    cli_say(cli, "# These keys are Ana's. Li may approve what Ana began, in another shell, with:");
    for (size_t i = 0; i < SECOND_PERSON; i++)
        cli_say(cli, SECOND_PERSON_LINE "%s='%s'", second[i].name, second[i].value);
    cli_say(cli, "# It goes on until Ctrl-C. What it knows about itself: %s/_sandbox/world", url);
    cli_say(cli, "# ready");
}

static void tell(const struct cli *cli, const struct wishes *wishes, const struct sandbox *s)
{
    const char *url = sandbox_url(s);
    auto_free char *clock = clock_format_setting(wishes->clock);
    const struct variable exports[] = {
        {"AWS_ACCESS_KEY_ID", sandbox_key_id(s, SANDBOX_ANA)},
        {"AWS_SECRET_ACCESS_KEY", sandbox_secret_key(s, SANDBOX_ANA)},
        {"AWS_REGION", sandbox_region()},
        {"AWS_DEFAULT_REGION", sandbox_region()},
        {"AWS_ENDPOINT_URL", url},
        {"AWS_CONFIG_FILE", "/dev/null"},
        {"AWS_SHARED_CREDENTIALS_FILE", "/dev/null"},
        {"AWS_EC2_METADATA_DISABLED", "true"},
        {"AWS_PAGER", ""},
        {"NO_PROXY", "127.0.0.1,localhost"},
        {"no_proxy", "127.0.0.1,localhost"},
        {"FLIGHTDECK_CLOCK", clock},
        {"FLIGHTDECK_SANDBOX_URL", url},
    };
    const struct variable second[SECOND_PERSON] = {
        {"AWS_ACCESS_KEY_ID", sandbox_key_id(s, SANDBOX_LI)},
        {"AWS_SECRET_ACCESS_KEY", sandbox_secret_key(s, SANDBOX_LI)}};
    size_t count = sizeof exports / sizeof exports[0];
    if (cli_is_json(cli))
        tell_json(cli, wishes, url, exports, count, second);
    else
        tell_shell(cli, wishes, url, exports, count, second);
}

/* ---- until it ends ---- */

/* A signal; with --until-eof also the end of stdin. */
static void wait_for_end(const struct cli *cli)
{
    char ignored[256];
    struct cancel *cancel = interrupt_cancel();
    nfds_t count = cli_flag(cli, "until-eof") ? 2 : 1;

    while (!cancel_is_set(cancel)) {
        struct pollfd fds[] = {{.fd = cancel_fd(cancel), .events = POLLIN},
                               {.fd = STDIN_FILENO, .events = POLLIN}};
        if (poll(fds, count, -1) < 0 && errno != EINTR)
            return;
        if (count == 2 && fds[1].revents != 0 && read(STDIN_FILENO, ignored, sizeof ignored) <= 0)
            return;
    }
}

static int run(struct cli *cli)
{
    struct wishes wishes = {0};
    struct sandbox *sandbox = NULL;
    struct error err;

    if (cli_argument_count(cli) > 0)
        return cli_usage(cli, "sandbox takes no arguments");
    if (!read_wishes(cli, &wishes, &err) || !interrupt_begin(&err))
        return cli_fail(cli, &err);
    clock_set(wishes.clock);
    if (!sandbox_start(&wishes.options, &sandbox, &err)) {
        interrupt_end();
        return cli_fail(cli, &err);
    }
    tell(cli, &wishes, sandbox);
    wait_for_end(cli);
    sandbox_stop(sandbox);
    interrupt_end();
    return EXIT_DONE;
}

static const struct cli_option options[] = {
    {.name = "listen",
     .value = "HOST:PORT",
     .help = "on this computer only; default 127.0.0.1:0, any free port"},
    {.name = "scenario", .value = "NAME", .help = "what goes wrong, see below; default healthy"},
    {.name = "speed", .value = "N", .help = "how much faster than the world; default 1"},
    {.name = "seed",
     .value = "N",
     .help = "the same seed draws the same traffic; default: any, and it is said which"},
    {.name = "rate", .value = "N", .help = "requests per second in production; default 50"},
    {.name = "errors", .value = "PERCENT", .help = "how often production's new version throws"},
    {.name = "slow", .value = "PERCENT", .help = "how often it takes 2 s and more"},
    {.name = "fault",
     .value = "OPERATION=KIND[:N]",
     .help = "let the next N calls fail, see below; default 1",
     .is_repeated = true},
    {.name = "latency",
     .value = "MS",
     .help = "how much longer every answer takes: a far network; default 0"},
    {.name = "until-eof", .help = "end also when stdin ends"},
    {0},
};

const struct subcommand subcommand_sandbox = {
    .name = "sandbox",
    .arguments = "",
    .summary = "Serve a local AWS: functions, traffic, metrics, databases, and what goes wrong",
    .details =
        "Speaks the protocols of STS, Lambda, CloudWatch, RDS and API Gateway, checks every "
        "signature, and listens on\n"
        "this computer only. Prints what to put into a shell, with keys that are worth nothing "
        "elsewhere, then serves\n"
        "until Ctrl-C.\n\n"
        "Scenarios: healthy, bad-canary, bad-canary-5xx, slow-canary, no-traffic, throttled, "
        "foreign-change,\n"
        "flaky-network.\n\n"
        "Faults, for an operation as AWS names it, or * for any:\n"
        "  throttle      refused: too many requests\n"
        "  5xx           an internal error; nothing was done\n"
        "  reset-before  the connection breaks; nothing was done\n"
        "  reset-after   it is done, and the connection breaks unanswered\n"
        "  half          it is done, and the connection breaks in the middle of the answer\n"
        "  slow          it is done, and the answer takes 25 s\n"
        "  html          a proxy's page instead of an answer; nothing was done\n"
        "  expired       refused as when a sign-in has ended (ExpiredToken)\n\n"
        "Examples:\n"
        "  flightdeck sandbox >box & sleep 1; . ./box; flightdeck status\n"
        "  flightdeck sandbox --scenario slow-canary --speed 60\n"
        "  flightdeck sandbox --fault UpdateAlias=reset-after:2 --fault '*=throttle'\n"
        "  curl -d UpdateAlias=5xx $FLIGHTDECK_SANDBOX_URL/_sandbox/faults",
    .options = options,
    .run = run,
};
