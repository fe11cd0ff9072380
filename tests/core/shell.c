/* shell.c - a configuration's commands: how they end, what they leave, and how they are found
 * again. */
#include "core/shell.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cancel.h"
#include "core/secret.h"
#include "core/text.h"
#include "tests/git_fixture.h"

static char *in_folder(const char *name) { return xasprintf("%s/%s", fixture_directory, name); }

static char *content(const char *path)
{
    auto_buf text;
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s", path);
    buf_init(&text, 1 << 16);
    for (int c; (c = fgetc(file)) != EOF;)
        buf_addc(&text, (char)c);
    fclose(file);
    return buf_steal(&text);
}

static const struct {
    const char *command;
    int exit_code;
    const char *last_line;
} endings[] = {
    {"true", 0, ""},
    {"exit 3", 3, ""},
    {"echo one; echo two; exit 1", 1, "two"},
    {"echo out; echo err >&2", 0, "err"},
    {"printf 'a\\n\\n  \\n'", 0, "a"},
    {"printf 'with \\033[31mcolour'", 0, NULL},
    {"kill -9 $$", 137, ""},
    {"no-such-command-here", 127, NULL},
};

Test(shell, tells_how_a_command_ended, .init = fixture_begin, .fini = fixture_end)
{
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        for (int with_file = 0; with_file < 2; with_file++) {
            auto_free char *path = in_folder("out.log");
            const struct shell_job job = {.command = endings[i].command,
                                          .directory = fixture_directory,
                                          .output_path = with_file ? path : NULL,
                                          .limit_ms = 10000};
            auto_free char *last_line = NULL;
            struct error err;
            int exit_code = -1;
            cr_assert(shell_run(&job, &exit_code, &last_line, &err), "%s", err.message);
            cr_expect_eq(exit_code, endings[i].exit_code, "%s: %d", endings[i].command, exit_code);
            cr_expect(strchr(last_line, '\033') == NULL);
            if (endings[i].last_line != NULL)
                cr_expect_str_eq(last_line, endings[i].last_line, "%s: %s", endings[i].command,
                                 last_line);
            if (with_file)
                unlink(path);
        }
}

Test(shell, leaves_its_exit_code_for_others, .init = fixture_begin, .fini = fixture_end)
{
    auto_free char *output = in_folder("out.log");
    auto_free char *exit_path = in_folder("exit");
    const struct shell_job job = {.command = "exit 7; echo 'not \"reached\"'",
                                  .directory = fixture_directory,
                                  .output_path = output,
                                  .exit_path = exit_path,
                                  .limit_ms = 10000};
    struct error err;
    int exit_code = -1;
    cr_expect_not(shell_read_exit(exit_path, &exit_code));
    cr_assert(shell_run(&job, &exit_code, NULL, &err), "%s", err.message);
    exit_code = -1;
    cr_assert(shell_read_exit(exit_path, &exit_code));
    cr_expect_eq(exit_code, 7);
    cr_expect_not(shell_is_running(exit_path, NULL));
}

Test(shell, knows_a_command_that_still_runs, .init = fixture_begin, .fini = fixture_end,
     .timeout = 30)
{
    auto_free char *output = in_folder("out.log");
    auto_free char *exit_path = in_folder("exit");
    auto_free char *fifo = in_folder("go");
    cr_assert_eq(mkfifo(fifo, 0600), 0);
    const struct shell_job job = {.command = "echo ready; cat go; exit 4",
                                  .directory = fixture_directory,
                                  .output_path = output,
                                  .exit_path = exit_path,
                                  .limit_ms = 20000};
    struct process *process = NULL;
    struct error err;
    pid_t session = 0;
    int exit_code = -1;
    cr_assert(shell_start(&job, &process, &err), "%s", err.message);
    FILE *go = fopen(fifo, "w"); /* returns when the command reads: it runs */
    cr_assert_not_null(go);
    cr_expect(shell_is_running(exit_path, &session));
    cr_expect_eq(session, process_identity(process).pid);
    cr_expect_not(shell_read_exit(exit_path, &exit_code));
    fclose(go);
    cr_assert(shell_finish(&job, process, &exit_code, NULL, &err), "%s", err.message);
    process_free(process);
    cr_expect_eq(exit_code, 4);
    cr_expect_not(shell_is_running(exit_path, &session));
}

Test(shell, ends_a_command_at_its_limit, .init = fixture_begin, .fini = fixture_end, .timeout = 30)
{
    const struct shell_job job = {
        .command = "cat /dev/zero >/dev/null", .directory = fixture_directory, .limit_ms = 200};
    struct error err;
    int exit_code = -1;
    cr_assert_not(shell_run(&job, &exit_code, NULL, &err));
    cr_expect_eq(err.kind, ERROR_REFUSED);
    cr_expect_str_eq(err.code, "limit");
}

Test(shell, ends_a_command_when_it_is_cancelled, .init = fixture_begin, .fini = fixture_end,
     .timeout = 30)
{
    struct cancel *cancel = cancel_new();
    const struct shell_job job = {.command = "cat /dev/zero >/dev/null",
                                  .directory = fixture_directory,
                                  .limit_ms = 20000,
                                  .cancel = cancel};
    struct error err;
    int exit_code = -1;
    cancel_set(cancel);
    cr_assert_not(shell_run(&job, &exit_code, NULL, &err));
    cr_expect_eq(err.kind, ERROR_CANCELLED);
    cancel_unref(cancel);
}

Test(shell, strikes_secrets_out_of_the_output, .init = fixture_begin, .fini = fixture_end)
{
    auto_free char *output = in_folder("out.log");
    struct secret secret;
    struct error err;
    struct stat status;
    int exit_code = -1;
    auto_free char *last_line = NULL;
    const struct shell_job job = {.command = "echo before; echo password=correct-horse-battery.",
                                  .directory = fixture_directory,
                                  .output_path = output,
                                  .limit_ms = 10000};
    secret_init(&secret);
    secret_set(&secret, "correct-horse-battery", 21);
    cr_assert(shell_run(&job, &exit_code, &last_line, &err), "%s", err.message);
    auto_free char *text = content(output);
    cr_expect_str_eq(text, "before\npassword=[redacted].\n");
    cr_expect_str_eq(last_line, "password=[redacted].");
    cr_assert_eq(stat(output, &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0600);
    secret_clear(&secret);
}
