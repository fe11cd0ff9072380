/*
 * wrapped.c - see wrapped.h.
 */
#include "cli/wrapped.h"

#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/text.h"

#define NARROWEST 40 /* narrower terminals break lines by themselves */
#define LINE_CEILING (64u * 1024)

static struct winsize size_of_terminal(int fd)
{
    struct winsize size = {0};
    return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size : (struct winsize){0};
}

static size_t width_of(int fd)
{
    size_t width = size_of_terminal(fd).ws_col;
    return width < NARROWEST ? 0 : width;
}

size_t wrapped_width(void) { return width_of(STDOUT_FILENO); }

size_t wrapped_height(void) { return size_of_terminal(STDOUT_FILENO).ws_row; }

static bool begins_character(char c) { return ((unsigned char)c & 0xc0) != 0x80; }

size_t wrapped_first(const char *text, size_t width, const char **next)
{
    static const char command[] = "flightdeck ", before[] = ": flightdeck ";
    size_t end = 0, columns = 0, space = 0;
    const char *colon = strstr(text, before);

    if (text_starts_with(text, command)) {
        *next = text + strlen(text);
        return strlen(text);
    }
    if (colon != NULL && (size_t)(colon - text) < width && strlen(text) > width) {
        *next = colon + 2;
        return (size_t)(colon - text) + 1;
    }
    for (; text[end] != '\0' && (columns < width || !begins_character(text[end])); end++) {
        if (text[end] == ' ')
            space = end;
        columns += begins_character(text[end]);
    }
    if (text[end] != '\0' && text[end] != ' ')
        end = space > 0 ? space : end + strcspn(text + end, " ");
    *next = text + end + strspn(text + end, " ");
    while (end > 0 && text[end - 1] == ' ')
        end--;
    return end;
}

/* fd: stdout, or stderr without a tone. */
static void put(int fd, enum tone tone, const char *line)
{
    if (fd == STDERR_FILENO)
        answer_note(line);
    else
        answer_line(tone, line);
}

static void wrap(int fd, enum tone tone, size_t indent, const char *text)
{
    auto_free char *safe = text_safe(text);
    size_t width = width_of(fd), margin = 0;
    const char *rest = safe;

    if (width == 0) {
        put(fd, tone, safe);
        return;
    }
    if (indent > width / 2) /* no room for words there */
        indent = width / 2;
    do {
        auto_buf line;
        const char *next;
        /* Leading spaces of the first line are its own indentation. */
        size_t lead = margin == 0 ? strspn(rest, " ") : 0;
        size_t len = lead + wrapped_first(rest + lead, width - margin - lead, &next);
        buf_init(&line, LINE_CEILING);
        buf_addf(&line, "%*s", (int)margin, "");
        buf_add(&line, rest, len);
        put(fd, tone, line.ptr);
        rest = next;
        margin = indent;
    } while (rest[0] != '\0');
}

void wrapped_line(enum tone tone, size_t indent, const char *text)
{
    wrap(STDOUT_FILENO, tone, indent, text);
}

void wrapped_note(size_t indent, const char *text)
{
    wrap(STDERR_FILENO, TONE_PLAIN, indent, text);
}

void wrapped_linef(enum tone tone, size_t indent, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    auto_free char *text = xvasprintf(fmt, ap);
    va_end(ap);
    wrapped_line(tone, indent, text);
}
