/* error.c - fills the one error value; never allocates, so it works when nothing else does. */
#include "core/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"

static const struct {
    enum error_kind kind;
    const char *name;
} kinds[] = {
    {ERROR_NONE, "none"},           {ERROR_USAGE, "usage"},         {ERROR_DENIED, "denied"},
    {ERROR_NOT_FOUND, "not_found"}, {ERROR_CONFLICT, "conflict"},   {ERROR_TRANSIENT, "transient"},
    {ERROR_UNKNOWN, "unknown"},     {ERROR_CANCELLED, "cancelled"}, {ERROR_REFUSED, "refused"},
    {ERROR_INTERNAL, "internal"},
};

/* Copies what fits, as UTF-8, and keeps it on one line. */
static void copy_line(char *out, size_t size, const char *text)
{
    text_copy(out, size, text);
    for (char *c = out; *c; c++)
        if (*c == '\n' || *c == '\r')
            *c = ' ';
}

bool error_set(struct error *err, enum error_kind kind, const char *fmt, ...)
{
    /* Formatted beside *err, because the arguments may be its own fields. */
    char message[sizeof(err->message) + 8];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(message, sizeof(message), fmt, ap);
    va_end(ap);
    *err = (struct error){.kind = kind};
    copy_line(err->message, sizeof(err->message), message);
    return false;
}

bool error_wrap(struct error *err, const char *fmt, ...)
{
    char message[2 * sizeof(err->message)];
    va_list ap;
    va_start(ap, fmt);
    int written = vsnprintf(message, sizeof(err->message), fmt, ap);
    va_end(ap);
    size_t used = written < 0 ? 0 : (size_t)written;
    if (used >= sizeof(err->message))
        used = sizeof(err->message) - 1;
    (void)snprintf(message + used, sizeof(message) - used, ": %s", err->message);
    copy_line(err->message, sizeof(err->message), message);
    return false;
}

bool error_code(struct error *err, const char *code)
{
    copy_line(err->code, sizeof(err->code), code ? code : "");
    return false;
}

bool error_hint(struct error *err, const char *fmt, ...)
{
    char hint[sizeof(err->hint) + 8];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(hint, sizeof(hint), fmt, ap);
    va_end(ap);
    copy_line(err->hint, sizeof(err->hint), hint);
    return false;
}

bool error_at(struct error *err, const char *file, int line, int column)
{
    /* A path that is too long loses its end, never the line and column. */
    char place[32];
    char path[sizeof(err->at) - sizeof(place)];
    (void)snprintf(place, sizeof(place), ":%d:%d", line, column);
    copy_line(path, sizeof(path), file ? file : "");
    (void)snprintf(err->at, sizeof(err->at), "%s%s", path, place);
    return false;
}

const char *error_kind_name(enum error_kind kind)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (kinds[i].kind == kind)
            return kinds[i].name;
    return "internal";
}
