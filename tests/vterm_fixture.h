/*
 * vterm_fixture.h - a terminal in the same process: a pty whose other end libvterm reads.
 *
 * The program under test has the slave; what it writes is drawn by the emulator, and what is typed
 * into the emulator is read by the program. Nothing waits: vterm_pump() moves what is there.
 */
#ifndef TESTS_VTERM_FIXTURE_H
#define TESTS_VTERM_FIXTURE_H

#include <criterion/criterion.h>
#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <vterm.h>

#include "core/buf.h"
#include "tui/term.h"

struct vterm {
    VTerm *emulator;
    VTermScreen *screen;
    int master, slave;
    FILE *in, *out; /* of the slave */
    int rows, cols;
    struct buf raw; /* every byte that the program wrote since vterm_forget() */
    char row[4096];
    struct term_options options;
};

static inline void vterm_open(struct vterm *v, const char *type, int rows, int cols)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};

    memset(v, 0, sizeof *v);
    v->rows = rows;
    v->cols = cols;
    setenv("LC_ALL", "C.UTF-8", 1);
    unsetenv("NO_COLOR");
    unsetenv("TMUX");
    unsetenv("STY");
    unsetenv("SSH_CONNECTION");
    cr_assert_eq(openpty(&v->master, &v->slave, NULL, NULL, &size), 0);
    fcntl(v->master, F_SETFL, O_NONBLOCK);
    v->in = fdopen(dup(v->slave), "r");
    v->out = fdopen(dup(v->slave), "w");
    v->emulator = vterm_new(rows, cols);
    vterm_set_utf8(v->emulator, 1);
    v->screen = vterm_obtain_screen(v->emulator);
    vterm_screen_enable_altscreen(v->screen, 1);
    vterm_screen_reset(v->screen, 1);
    buf_init(&v->raw, 16u << 20);
    v->options = (struct term_options){
        .in = v->in, .out = v->out, .term = type, .theme = "dark", .keeps_signals = true};
}

static inline void vterm_close(struct vterm *v)
{
    vterm_free(v->emulator);
    fclose(v->in);
    fclose(v->out);
    if (v->master >= 0)
        close(v->master);
    close(v->slave);
    buf_clear(&v->raw);
}

/* As if the terminal itself sent it: keys, answers. */
static inline void vterm_send_bytes(struct vterm *v, const void *bytes, size_t len)
{
    cr_assert_eq(write(v->master, bytes, len), (ssize_t)len);
}
static inline void vterm_send(struct vterm *v, const char *text)
{
    vterm_send_bytes(v, text, strlen(text));
}

/* Both directions, as far as there is something. Returns the bytes that the program wrote. */
static inline size_t vterm_pump(struct vterm *v)
{
    char bytes[8192];
    ssize_t n;
    size_t all = 0, answered;

    while ((n = read(v->master, bytes, sizeof bytes)) > 0) {
        buf_add(&v->raw, bytes, (size_t)n);
        vterm_input_write(v->emulator, bytes, (size_t)n);
        all += (size_t)n;
    }
    while ((answered = vterm_output_read(v->emulator, bytes, sizeof bytes)) > 0)
        vterm_send_bytes(v, bytes, answered);
    return all;
}

static inline void vterm_forget(struct vterm *v) { buf_reset(&v->raw); }

/* A row as the person reads it, without trailing blanks; until the next call. */
static inline const char *vterm_row(struct vterm *v, int y)
{
    VTermRect row = {.start_row = y, .end_row = y + 1, .start_col = 0, .end_col = v->cols};
    size_t n = vterm_screen_get_text(v->screen, v->row, sizeof v->row - 1, row);
    while (n > 0 && v->row[n - 1] == ' ')
        n--;
    v->row[n] = '\0';
    return v->row;
}

static inline VTermScreenCell vterm_cell(struct vterm *v, int y, int x)
{
    VTermScreenCell cell;
    vterm_screen_get_cell(v->screen, (VTermPos){.row = y, .col = x}, &cell);
    return cell;
}

static inline void vterm_resize(struct vterm *v, int rows, int cols)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    v->rows = rows;
    v->cols = cols;
    vterm_set_size(v->emulator, rows, cols);
    cr_assert_eq(ioctl(v->master, TIOCSWINSZ, &size), 0);
}

static inline bool vterm_wrote(const struct vterm *v, const char *bytes)
{
    return memmem(v->raw.ptr, v->raw.len, bytes, strlen(bytes)) != NULL;
}

#endif
