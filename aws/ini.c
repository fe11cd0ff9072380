/* ini.c - reads the shared AWS files line by line into a flat list of entries. */
#include "aws/ini.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/hash.h"
#include "core/mem.h"
#include "core/text.h"

#define MAX_FILE (1024u * 1024)

struct ini_entry {
    char *section, *key, *sub_key, *value; /* owned; key "" marks the section itself */
};

struct ini {
    struct ini_entry *entries;
    size_t count, capacity;
};

/* Where the reader is. */
struct reader {
    struct ini *ini;
    const char *name;
    int line;
    char *section;     /* owned; NULL before the first */
    char *key;         /* owned; the last key without a value, else NULL */
    size_t key_indent; /* of the last key */
    bool has_key;      /* a deeper indented line belongs to the last key */
};

static void free_secret(char *text)
{
    if (text)
        hash_wipe(text, strlen(text));
    free(text);
}

void ini_free(struct ini *ini)
{
    if (!ini)
        return;
    for (size_t i = 0; i < ini->count; i++) {
        free(ini->entries[i].section);
        free(ini->entries[i].key);
        free(ini->entries[i].sub_key);
        free_secret(ini->entries[i].value);
    }
    free(ini->entries);
    free(ini);
}

static const struct ini_entry *find(const struct ini *ini, const char *section, const char *key,
                                    const char *sub_key)
{
    for (size_t i = 0; i < ini->count; i++) {
        const struct ini_entry *e = &ini->entries[i];
        if (strcmp(e->section, section) == 0 && strcmp(e->key, key) == 0 &&
            strcmp(e->sub_key, sub_key) == 0)
            return e;
    }
    return NULL;
}

bool ini_has_section(const struct ini *ini, const char *section)
{
    return find(ini, section, "", "") != NULL;
}

const char *ini_get(const struct ini *ini, const char *section, const char *key)
{
    return ini_get_nested(ini, section, key, "");
}

const char *ini_get_nested(const struct ini *ini, const char *section, const char *key,
                           const char *sub_key)
{
    const struct ini_entry *e = find(ini, section, key, sub_key);
    return e && e->value[0] ? e->value : NULL;
}

static void add_entry(struct ini *ini, const char *section, const char *key, const char *sub_key,
                      struct text value)
{
    ini->entries = mem_grow(ini->entries, &ini->capacity, ini->count, sizeof *ini->entries);
    ini->entries[ini->count++] =
        (struct ini_entry){xstrdup(section), xstrdup(key), xstrdup(sub_key), text_dup(value)};
}

static bool fail(const struct reader *r, struct error *err, const char *what)
{
    /* The line itself is not shown: it may be half a secret. */
    error_set(err, ERROR_DENIED, "cannot read the AWS file: %s", what);
    return error_at(err, r->name, r->line, 1);
}

/* `[profile "my team"]` and `[profile my-team]` are the same section. */
static bool read_section(struct reader *r, struct text line, struct error *err)
{
    const char *end = memchr(line.ptr, ']', line.len);
    if (!end)
        return fail(r, err, "a section without ']'");
    struct text inner = text_trim((struct text){line.ptr + 1, (size_t)(end - line.ptr) - 1});
    if (inner.len == 0)
        return fail(r, err, "a section without a name");
    struct buf name;
    buf_init(&name, MAX_FILE);
    for (size_t i = 0; i < inner.len; i++) {
        char c = inner.ptr[i];
        bool is_blank = c == ' ' || c == '\t';
        if (c == '"' || c == '\'' || (is_blank && name.len > 0 && name.ptr[name.len - 1] == ' '))
            continue;
        buf_addc(&name, is_blank ? ' ' : c);
    }
    free(r->section);
    r->section = buf_steal(&name);
    free(r->key);
    r->key = NULL;
    r->has_key = false;
    if (!ini_has_section(r->ini, r->section))
        add_entry(r->ini, r->section, "", "", (struct text){"", 0});
    return true;
}

static bool split_pair(struct text line, char **key, struct text *value)
{
    size_t at = 0;
    while (at < line.len && line.ptr[at] != '=' && line.ptr[at] != ':')
        at++;
    struct text name = text_trim((struct text){line.ptr, at});
    if (at == line.len || name.len == 0)
        return false;
    *key = text_dup(name);
    for (char *c = *key; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    *value = text_trim((struct text){line.ptr + at + 1, line.len - at - 1});
    return true;
}

static bool read_pair(struct reader *r, struct text line, size_t indent, struct error *err)
{
    auto_free char *key = NULL;
    struct text value;
    if (!r->section)
        return fail(r, err, "a setting before the first [section]");
    bool is_nested = r->has_key && indent > r->key_indent;
    if (is_nested && !r->key)
        return fail(r, err, "an indented line under a setting that has a value already");
    if (!split_pair(line, &key, &value))
        return fail(r, err, "a line that is neither [section] nor key = value");
    const char *outer = is_nested ? r->key : key;
    const char *inner = is_nested ? key : "";
    if (find(r->ini, r->section, outer, inner))
        return fail(r, err, "a setting that is in its section twice");
    add_entry(r->ini, r->section, outer, inner, value);
    if (!is_nested) {
        free(r->key);
        r->key = value.len == 0 ? xstrdup(key) : NULL;
        r->key_indent = indent;
        r->has_key = true;
    }
    return true;
}

static bool read_line(struct reader *r, struct text raw, struct error *err)
{
    size_t indent = 0;
    while (indent < raw.len && (raw.ptr[indent] == ' ' || raw.ptr[indent] == '\t'))
        indent++;
    struct text line = text_trim(raw);
    if (line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == ';')
        return true;
    if (line.ptr[0] == '[')
        return read_section(r, line, err);
    return read_pair(r, line, indent, err);
}

bool ini_parse(const char *text, size_t len, const char *name, struct ini **out, struct error *err)
{
    struct reader r = {.ini = xcalloc(1, sizeof *r.ini), .name = name};
    struct text rest = {text, len};
    struct text line;
    bool is_ok = true;
    if (memchr(text, '\0', len)) {
        is_ok = fail(&r, err, "it has a NUL byte");
        rest.len = 0;
    }
    if (rest.len >= 3 && memcmp(rest.ptr, "\xEF\xBB\xBF", 3) == 0)
        rest = (struct text){text + 3, len - 3};
    while (is_ok && text_split(&rest, '\n', &line)) {
        r.line++;
        is_ok = read_line(&r, line, err);
    }
    free(r.section);
    free(r.key);
    if (!is_ok) {
        ini_free(r.ini);
        return false;
    }
    *out = r.ini;
    return true;
}

static bool read_file(int fd, struct buf *out)
{
    char chunk[4096];
    ssize_t got;
    while ((got = read(fd, chunk, sizeof chunk)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        buf_add(out, chunk, (size_t)got);
    }
    hash_wipe(chunk, sizeof chunk);
    return true;
}

bool ini_load(const char *path, struct ini **out, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
        *out = xcalloc(1, sizeof **out);
        return true;
    }
    if (fd < 0)
        return error_set(err, ERROR_DENIED, "cannot open %s: %s", path, strerror(errno));
    auto_buf content = {0};
    buf_init(&content, MAX_FILE);
    bool is_read = read_file(fd, &content);
    int read_errno = errno;
    close(fd);
    bool is_ok = false;
    if (!is_read)
        error_set(err, ERROR_DENIED, "cannot read %s: %s", path, strerror(read_errno));
    else if (content.is_full)
        error_set(err, ERROR_DENIED, "%s is larger than %u bytes", path, MAX_FILE);
    else
        is_ok = ini_parse(content.ptr, content.len, path, out, err);
    hash_wipe(content.ptr, content.len);
    return is_ok;
}
