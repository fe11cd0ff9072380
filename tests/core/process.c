/* process.c - programs are started clean, read, timed, and ended with everything they started. */
#include "core/process.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct process_options shell(const char *const argv[static 4])
{
    return (struct process_options){.argv = argv, .capture_bytes = 65536};
}

/* Runs a script that must succeed; what it said, yours. */
static char *say(const char *script)
{
    struct error err;
    int code = -1;
    struct buf output;
    const char *argv[] = {"sh", "-c", script, NULL};
    struct process_options options = shell(argv);
    buf_init(&output, 1 << 20);
    cr_assert(process_run(&options, &output, &code, &err), "%s", err.message);
    cr_assert_eq(code, 0, "%s: %s", script, output.ptr);
    return buf_steal(&output);
}

Test(process, reads_stdout_and_stderr_together_and_gives_the_exit_code)
{
    struct error err;
    int code = -1;
    auto_buf output;
    buf_init(&output, 1000);
    const char *argv[] = {"sh", "-c", "echo out; echo err >&2; exit 7", NULL};
    struct process_options options = shell(argv);
    cr_assert(process_run(&options, &output, &code, &err), "%s", err.message);
    cr_assert_eq(code, 7);
    cr_assert_str_eq(output.ptr, "out\nerr\n");
}

Test(process, a_signal_is_128_and_its_number)
{
    struct error err;
    int code = -1;
    const char *argv[] = {"sh", "-c", "kill -9 $$", NULL};
    struct process_options options = shell(argv);
    cr_assert(process_run(&options, NULL, &code, &err), "%s", err.message);
    cr_assert_eq(code, 137);
}

Test(process, runs_the_program_itself_and_no_shell)
{
    struct error err;
    int code = -1;
    auto_buf output;
    buf_init(&output, 1000);
    const char *argv[] = {"echo", "$HOME; *", "`id`", NULL};
    struct process_options options = shell(argv);
    cr_assert(process_run(&options, &output, &code, &err), "%s", err.message);
    cr_assert_str_eq(output.ptr, "$HOME; * `id`\n");
}

Test(process, stdin_is_empty)
{
    auto_free char *said = say("cat; echo end");
    cr_assert_str_eq(said, "end\n");
}

Test(process, no_descriptor_of_ours_gets_in)
{
    int fd = open("/dev/null", O_RDONLY);
    cr_assert_geq(fd, 3);
    cr_assert_geq(fcntl(fd, F_DUPFD, 200), 200);
    /* Asked one by one: a listing would show the descriptors of whoever lists. */
    auto_free char *said =
        say("for n in $(seq 0 255); do [ ! -e /proc/$$/fd/$n ] || printf '%d ' $n; done");
    cr_assert_str_eq(said, "0 1 2 ");
}

Test(process, is_its_own_session)
{
    auto_free char *said =
        say("set -- $$ $(cut -d' ' -f5,6 /proc/$$/stat); [ $1 = $2 ] && [ $1 = $3 ] && echo $3");
    auto_free char *ours = xasprintf("%d\n", (int)getsid(0));
    cr_assert_str_not_empty(said);
    cr_assert_str_neq(said, ours);
}

Test(process, neither_ignored_nor_blocked_signals_are_handed_on)
{
    sigset_t set;
    cr_assert_neq(signal(SIGPIPE, SIG_IGN), SIG_ERR);
    cr_assert_eq(sigemptyset(&set) | sigaddset(&set, SIGTERM), 0);
    cr_assert_eq(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
    auto_free char *said = say("grep -E '^Sig(Blk|Ign)' /proc/self/status | tr -d '\\t'");
    cr_assert_str_eq(said, "SigBlk:0000000000000000\nSigIgn:0000000000000000\n");
    /* And ours is as it was. */
    cr_assert_eq(pthread_sigmask(SIG_BLOCK, NULL, &set), 0);
    cr_assert_eq(sigismember(&set, SIGTERM), 1);
}

Test(process, gets_the_environment_and_the_directory_it_was_given)
{
    struct error err;
    int code = -1;
    auto_buf output;
    buf_init(&output, 1000);
    const char *argv[] = {"sh", "-c", "echo $ANSWER-$HOME; pwd", NULL};
    const char *environment[] = {"ANSWER=42", "PATH=/usr/bin:/bin", NULL};
    struct process_options options = shell(argv);
    options.environment = environment;
    options.directory = "/usr";
    cr_assert(process_run(&options, &output, &code, &err), "%s", err.message);
    cr_assert_str_eq(output.ptr, "42-\n/usr\n");
}

Test(process, looks_programs_up_in_the_path_that_the_child_will_have)
{
    struct error err;
    struct process *p = NULL;
    const char *argv[] = {"sh", "-c", "true", NULL};
    static const char *const paths[] = {"PATH=/nowhere:/etc", "PATH=", "PATH=usr/bin:.:"};
    for (size_t i = 0; i < COUNT(paths); i++) {
        const char *environment[] = {paths[i], NULL};
        struct process_options options = shell(argv);
        options.environment = environment;
        options.directory = "/";
        cr_expect_not(process_start(&options, &p, &err), "%s", paths[i]);
        cr_expect_eq(err.kind, ERROR_NOT_FOUND);
        cr_expect_str_eq(err.code, "ENOENT");
        cr_expect_str_eq(err.message, "could not start sh: it is not in PATH");
        cr_expect_null(p);
    }
}

Test(process, says_why_it_could_not_start)
{
    static const struct {
        const char *program, *directory;
        enum error_kind kind;
        const char *code, *message;
    } cases[] = {
        {"/nowhere/program", NULL, ERROR_NOT_FOUND, "ENOENT",
         "could not start /nowhere/program: No such file or directory"},
        {"/etc/passwd", NULL, ERROR_INTERNAL, "EACCES",
         "could not start /etc/passwd: Permission denied"},
        {"sh", "/nowhere", ERROR_NOT_FOUND, "ENOENT",
         "could not enter /nowhere: No such file or directory"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err;
        int code = 99;
        const char *argv[] = {cases[i].program, "-c", "true", NULL};
        struct process_options options = shell(argv);
        options.directory = cases[i].directory;
        cr_expect_not(process_run(&options, NULL, &code, &err));
        cr_expect_eq(err.kind, cases[i].kind, "%s", err.message);
        cr_expect_str_eq(err.code, cases[i].code);
        cr_expect_str_eq(err.message, cases[i].message);
        cr_expect_eq(code, 99);
    }
}

Test(process, keeps_the_last_output_however_much_there_is, .timeout = 120)
{
    struct error err;
    int code = -1;
    auto_buf output;
    buf_init(&output, 1000);
    const char *argv[] = {"sh", "-c", "seq 1 300000", NULL};
    struct process_options options = shell(argv);
    options.capture_bytes = 14;
    cr_assert(process_run(&options, &output, &code, &err), "%s", err.message);
    cr_assert_str_eq(output.ptr, "299999\n300000\n");
}

Test(process, does_not_start_the_tail_within_a_character)
{
    struct error err;
    int code = -1;
    auto_buf output;
    buf_init(&output, 1000);
    const char *argv[] = {"printf", "%s",
                          "ab\xE2\x82\xAC"
                          "cd",
                          NULL};
    struct process_options options = shell(argv);
    options.capture_bytes = 4;
    cr_assert(process_run(&options, &output, &code, &err), "%s", err.message);
    cr_assert_str_eq(output.ptr, "cd");
}

static char *read_file(const char *path)
{
    char *content = xcalloc(1, 4096);
    int fd = open(path, O_RDONLY);
    cr_assert_geq(fd, 0);
    cr_assert_geq(read(fd, content, 4095), 0);
    (void)close(fd);
    return content;
}

Test(process, writes_to_a_file_and_captures_its_own_end_of_it)
{
    struct error err;
    struct stat status;
    int code = -1;
    char folder[] = P_tmpdir "/flightdeck-test-process-XXXXXX";
    cr_assert_not_null(mkdtemp(folder));
    auto_free char *path = xasprintf("%s/output", folder);
    for (int round = 0; round < 2; round++) {
        auto_buf output;
        buf_init(&output, 1000);
        const char *argv[] = {"sh", "-c", "echo one; echo two >&2", NULL};
        struct process_options options = shell(argv);
        options.output_path = path;
        options.capture_bytes = round == 0 ? 100 : 4;
        cr_assert(process_run(&options, &output, &code, &err), "%s", err.message);
        cr_assert_str_eq(output.ptr, round == 0 ? "one\ntwo\n" : "two\n");
    }
    auto_free char *content = read_file(path);
    cr_assert_str_eq(content, "one\ntwo\none\ntwo\n");
    cr_assert_eq(stat(path, &status), 0);
    cr_assert_eq(status.st_mode & 0777, 0600u);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(rmdir(folder), 0);
}

Test(process, says_when_the_output_file_cannot_be_opened)
{
    struct error err;
    struct process *p = NULL;
    const char *argv[] = {"sh", "-c", "true", NULL};
    struct process_options options = shell(argv);
    options.output_path = "/nowhere/output";
    cr_assert_not(process_start(&options, &p, &err));
    cr_assert_not_null(strstr(err.message, "/nowhere/output"));
}

/* Waits until the child has said something; what it said so far grows in the file at path. */
static void wait_for_output(const char *path)
{
    struct stat status;
    int64_t until_ms = clock_boot_ms() + 30000;
    while ((stat(path, &status) != 0 || status.st_size == 0) && clock_boot_ms() < until_ms)
        (void)cancel_sleep_ms(NULL, 5);
    cr_assert_gt(status.st_size, 0);
}

struct waiter {
    struct process *process;
    struct error err;
    bool is_done;
    int64_t ended_ms;
};

static void *wait_in_thread(void *context)
{
    struct waiter *w = context;
    int code;
    w->is_done = process_wait(w->process, NULL, &code, &w->err);
    w->ended_ms = clock_boot_ms();
    return NULL;
}

Test(process, cancelling_ends_it_and_everything_it_started, .timeout = 60)
{
    struct error err;
    char folder[] = P_tmpdir "/flightdeck-test-process-XXXXXX";
    cr_assert_not_null(mkdtemp(folder));
    auto_free char *path = xasprintf("%s/output", folder);
    struct cancel *cancel = cancel_new();
    /* bash with job control puts the background job into a group of its own, in the same session.
     */
    const char *argv[] = {"bash", "-c", "set -m; tail -f /dev/null & echo $!; wait", NULL};
    struct process_options options = {.argv = argv, .output_path = path, .cancel = cancel};
    struct waiter w = {0};
    pthread_t thread;
    cr_assert(process_start(&options, &w.process, &err), "%s", err.message);
    wait_for_output(path);
    cr_assert_eq(pthread_create(&thread, NULL, wait_in_thread, &w), 0);
    int64_t before_ms = clock_boot_ms();
    cancel_set(cancel);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_assert_not(w.is_done);
    cr_assert_eq(w.err.kind, ERROR_CANCELLED);
    cr_assert_str_eq(w.err.code, "cancelled");
    cr_assert_str_eq(w.err.message, "bash was ended: it was cancelled");
    cr_assert_lt(w.ended_ms - before_ms, 3000, "SIGTERM is enough for these");
    auto_free char *said = read_file(path);
    int64_t grandchild = 0;
    *strchr(said, '\n') = '\0';
    cr_assert(text_to_int64(said, &grandchild));
    auto_free char *proc = xasprintf("/proc/%d/stat", (int)grandchild);
    struct stat status;
    if (stat(proc, &status) == 0) { /* a zombie that init has not collected yet */
        auto_free char *line = read_file(proc);
        cr_assert_not_null(strstr(line, ") Z "), "%s", line);
    }
    process_free(w.process);
    cancel_unref(cancel);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(rmdir(folder), 0);
}

Test(process, a_time_limit_ends_it_and_what_it_said_is_kept, .timeout = 60)
{
    struct error err;
    int code = 99;
    auto_buf output;
    buf_init(&output, 1000);
    const char *argv[] = {"sh", "-c", "echo started; exec tail -f /dev/null", NULL};
    struct process_options options = shell(argv);
    options.limit_ms = 300;
    int64_t before_ms = clock_boot_ms();
    cr_assert_not(process_run(&options, &output, &code, &err));
    cr_assert_geq(clock_boot_ms() - before_ms, 300);
    cr_assert_eq(err.kind, ERROR_CANCELLED);
    cr_assert_str_eq(err.code, "limit");
    cr_assert_str_eq(err.message, "sh was ended: it took too long");
    cr_assert_str_eq(output.ptr, "started\n");
    cr_assert_eq(code, 99);
}

Test(process, what_does_not_hear_sigterm_is_killed, .timeout = 60)
{
    struct error err;
    int code = 99;
    const char *argv[] = {"sh", "-c", "trap '' TERM; tail -f /dev/null & wait; wait; wait", NULL};
    struct process_options options = shell(argv);
    options.limit_ms = 200;
    int64_t before_ms = clock_boot_ms();
    cr_assert_not(process_run(&options, NULL, &code, &err));
    cr_assert_eq(err.kind, ERROR_CANCELLED);
    cr_assert_geq(clock_boot_ms() - before_ms, 5000, "it had its five seconds");
}

Test(process, one_that_was_cancelled_before_it_began_ends_at_once, .timeout = 60)
{
    struct error err;
    int code = 99;
    struct cancel *cancel = cancel_new();
    const char *argv[] = {"tail", "-f", "/dev/null", NULL};
    struct process_options options = {.argv = argv, .cancel = cancel};
    cancel_set(cancel);
    cr_assert_not(process_run(&options, NULL, &code, &err));
    cr_assert_eq(err.kind, ERROR_CANCELLED);
    cancel_unref(cancel);
}

/* A daemon that keeps the pipe open must not hold us. */
Test(process, does_not_wait_for_what_was_left_behind, .timeout = 60)
{
    struct error err;
    int code = -1;
    auto_buf output;
    buf_init(&output, 1000);
    const char *argv[] = {"sh", "-c", "tail -f /dev/null & echo $!", NULL};
    struct process_options options = shell(argv);
    cr_assert(process_run(&options, &output, &code, &err), "%s", err.message);
    int64_t left_behind = 0;
    cr_assert(text_ends_with(output.ptr, "\n"));
    output.ptr[output.len - 1] = '\0';
    cr_assert(text_to_int64(output.ptr, &left_behind));
    cr_assert_eq(kill((pid_t)left_behind, SIGKILL), 0, "it was still there");
}

Test(process, is_known_again_by_pid_start_and_boot, .timeout = 60)
{
    struct error err;
    struct process *p = NULL;
    const char *argv[] = {"tail", "-f", "/dev/null", NULL};
    struct process_options options = {.argv = argv};
    cr_assert(process_start(&options, &p, &err), "%s", err.message);
    struct process_identity identity = process_identity(p);
    cr_assert_gt(identity.pid, 1);
    cr_assert_gt(identity.start_ticks, 0u);
    cr_assert_eq(strlen(identity.boot_id), 36u);
    cr_assert(process_is_alive(&identity));

    struct process_identity other = identity;
    other.start_ticks--;
    cr_assert_not(process_is_alive(&other), "another process had the pid before");
    other = identity;
    other.boot_id[0] = other.boot_id[0] == '0' ? '1' : '0';
    cr_assert_not(process_is_alive(&other), "that was before the machine started");

    process_free(p);
    cr_assert_not(process_is_alive(&identity), "freeing a running child ends it");
}

Test(process, a_zombie_is_not_alive, .timeout = 60)
{
    struct error err;
    struct process *p = NULL;
    int code = -1;
    const char *argv[] = {"true", NULL};
    struct process_options options = {.argv = argv};
    cr_assert(process_start(&options, &p, &err), "%s", err.message);
    struct process_identity identity = process_identity(p);
    int64_t until_ms = clock_boot_ms() + 30000;
    while (process_is_alive(&identity) && clock_boot_ms() < until_ms)
        (void)cancel_sleep_ms(NULL, 5);
    cr_assert_not(process_is_alive(&identity));
    cr_assert(process_wait(p, NULL, &code, &err));
    cr_assert_eq(code, 0);
    process_free(p);
}

Test(process, knows_itself)
{
    struct process_identity self = process_self();
    cr_assert_eq(self.pid, getpid());
    cr_assert(process_is_alive(&self));
    struct process_identity nobody = {0};
    cr_assert_not(process_is_alive(&nobody));
}

Test(process, leaks_no_descriptor, .timeout = 120)
{
    int before = open("/dev/null", O_RDONLY);
    (void)close(before);
    for (int i = 0; i < 20; i++) {
        auto_free char *said = say("echo x");
        cr_assert_str_eq(said, "x\n");
    }
    struct error err;
    struct process *p;
    const char *argv[] = {"/nowhere", NULL};
    struct process_options options = {.argv = argv, .capture_bytes = 10};
    for (int i = 0; i < 20; i++)
        cr_assert_not(process_start(&options, &p, &err));
    int after = open("/dev/null", O_RDONLY);
    (void)close(after);
    cr_assert_eq(before, after);
}

/* In a child, whose streams are closed; its exit code says what went wrong first. */
static int open_without_streams(void)
{
    (void)closefrom(0);
    process_hold_standard_streams();
    int next = open("/dev/null", O_RDONLY);
    if (next != STDERR_FILENO + 1)
        return 1;
    if (write(STDOUT_FILENO, "x", 1) != -1 || write(STDERR_FILENO, "x", 1) != -1)
        return 2;
    char byte;
    return read(STDIN_FILENO, &byte, 1) != -1 ? 3 : 0;
}

Test(process, nothing_else_gets_the_number_of_a_closed_stream)
{
    int status = -1;
    pid_t pid = fork();
    if (pid == 0)
        _exit(open_without_streams());
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFEXITED(status));
    cr_expect_eq(WEXITSTATUS(status), 0);
}
