/* seat.c - one engine a state folder, however the one before it ended. */
#include "core/seat.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/mem.h"

static struct error err;

struct folder {
    char path[64];
};

static struct folder folder_begin(void)
{
    struct folder f = {"/tmp/flightdeck-seat-XXXXXX"};
    cr_assert_not_null(mkdtemp(f.path));
    return f;
}

static int remove_one(const char *path, const struct stat *is, int kind, struct FTW *where)
{
    (void)is;
    (void)kind;
    (void)where;
    return remove(path);
}

static void folder_end(const struct folder *f)
{
    cr_expect_eq(nftw(f->path, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

TestSuite(seat, .timeout = 30);

static void expect_free(const char *folder)
{
    struct seat_holder holder;
    int fd;

    cr_expect_not(seat_look(folder, &holder));
    cr_expect_not(seat_connect(folder, &fd, &err));
    cr_expect_eq(err.kind, ERROR_NOT_FOUND, "%s", err.message);
    cr_expect_str_eq(err.code, "not-running");
}

Test(seat, it_is_taken_once_and_reached_while_it_is)
{
    struct folder f = folder_begin();
    struct seat *seat, *second;
    struct seat_holder holder;
    struct stat is;
    int fd;

    expect_free(f.path);
    cr_assert(seat_take(f.path, &seat, &err), "%s", err.message);
    cr_expect_not(seat_take(f.path, &second, &err));
    cr_expect_str_eq(err.code, "locked");
    cr_assert(seat_look(f.path, &holder));
    cr_expect_eq(holder.pid, getpid());
    cr_assert_eq(stat(holder.socket, &is), 0);
    cr_expect_eq(is.st_mode & 0777, 0600);
    cr_expect_eq(seat_accept(seat), -1);
    cr_assert(seat_connect(f.path, &fd, &err), "%s", err.message);
    int peer = seat_accept(seat);
    cr_assert_geq(peer, 0);
    cr_expect_eq(write(fd, "x", 1), 1);
    char byte = 0;
    cr_expect_eq(read(peer, &byte, 1), 1);
    (void)close(peer);
    (void)close(fd);
    seat_leave(seat);
    cr_expect_neq(stat(holder.socket, &is), 0);
    expect_free(f.path);
    folder_end(&f);
}

Test(seat, what_a_dead_one_left_is_in_nobodys_way)
{
    struct folder f = folder_begin();
    struct seat *seat;
    struct seat_holder holder;
    pid_t child = fork();

    if (child == 0) {
        if (!seat_take(f.path, &seat, &err))
            _exit(1);
        (void)kill(getpid(), SIGKILL);
    }
    cr_assert_eq(waitpid(child, NULL, 0), child);
    expect_free(f.path);
    cr_assert(seat_take(f.path, &seat, &err), "%s", err.message);
    cr_expect(seat_look(f.path, &holder));
    cr_expect_eq(holder.pid, getpid());
    seat_leave(seat);
    folder_end(&f);
}

Test(seat, a_path_that_is_too_long_for_a_socket_gets_a_folder_of_ours)
{
    struct folder f = folder_begin();
    auto_free char *deep = xasprintf("%s/%0120d", f.path, 7);
    struct seat *seat;
    struct seat_holder holder;
    int fd;

    cr_assert_eq(mkdir(deep, 0700), 0);
    cr_assert_eq(setenv("TMPDIR", f.path, 1), 0);
    cr_assert(seat_take(deep, &seat, &err), "%s", err.message);
    cr_assert(seat_look(deep, &holder));
    cr_expect_eq(strncmp(holder.socket, f.path, strlen(f.path)), 0, "%s", holder.socket);
    cr_assert(seat_connect(deep, &fd, &err), "%s", err.message);
    (void)close(fd);
    seat_leave(seat);
    folder_end(&f);
}
