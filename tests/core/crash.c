/* crash.c - a test build dies at the point it was told, by SIGKILL, and counts the points it
 * passed. */
#include "core/crash.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef FD_CRASH_POINTS

/* How a child ends that passes five points; its count goes to `path`. */
static int run_child(const char *crash_at, const char *path)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        setenv("FLIGHTDECK_CRASH_AT", crash_at, 1);
        setenv("FLIGHTDECK_CRASH_COUNT", path, 1);
        for (int i = 0; i < 5; i++)
            crash_point("test.point");
        crash_write_count();
        _exit(7);
    }
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    return status;
}

Test(crash, ends_the_process_at_the_chosen_point_only)
{
    static const struct {
        const char *at;
        bool is_killed;
    } cases[] = {{"1", true}, {"5", true}, {"6", false}, {"0", false}, {"x", false}, {"", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int status = run_child(cases[i].at, "");
        if (cases[i].is_killed)
            cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "at %s", cases[i].at);
        else
            cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 7, "at %s", cases[i].at);
    }
}

Test(crash, writes_how_many_points_were_passed)
{
    char path[] = "/tmp/flightdeck-crash-XXXXXX";
    char text[16] = "";
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_expect(WIFEXITED(run_child("0", path)));
    cr_expect_gt(read(fd, text, sizeof text - 1), 0);
    cr_expect_str_eq(text, "5\n");
    close(fd);
    unlink(path);
}

#else

Test(crash, costs_nothing_where_it_is_switched_off)
{
    setenv("FLIGHTDECK_CRASH_AT", "1", 1);
    crash_point("test.point");
    crash_write_count();
    cr_expect(true);
}

#endif
