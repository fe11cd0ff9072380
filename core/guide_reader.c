/*
 * guide_reader.c - see guide_reader.h. The section rule is in guide.h.
 */
#include "core/guide_reader.h"

#include <md4c.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/guide.h"
#include "core/mem.h"
#include "core/text.h"

#define MOST_ITEMS 5000
#define MOST_TEXT 4096 /* bytes of one heading, paragraph or item that are kept */
#define DEEPEST_HEADING 6

enum collecting { COLLECT_NOTHING, COLLECT_HEADING, COLLECT_PARAGRAPH, COLLECT_ITEM };

/* A list item that is open: a task or any other. */
struct open_item {
    bool is_task;
    bool has_text; /* its first paragraph is over: what follows is explanation */
    size_t index;  /* in the guide, of a task */
};

struct reader {
    const char *path;
    const char *markdown;
    struct guide *guide;
    struct error *err;
    bool has_failed; /* md4c 0.4 forgets that a callback for a list item refused */
    size_t capacity;
    char **titles; /* the level-1 heading above each item; NULL = none */
    size_t title_capacity;
    size_t title_count; /* level-1 headings seen */
    char *headings[DEEPEST_HEADING + 1];
    char *bold; /* the paragraph of only bold text below them */
    struct open_item *open;
    size_t open_count, open_capacity;
    unsigned quote_depth, strong_depth;
    unsigned heading_level;
    enum collecting collecting;
    struct buf text;
    bool has_plain; /* the paragraph has text that is not bold */
    size_t line_offset;
    int line;
};

static bool is_line_end(const char *s, size_t i)
{
    return s[i] == '\n' || (s[i] == '\r' && s[i + 1] != '\n');
}

static int line_of(struct reader *r, size_t offset)
{
    if (offset < r->line_offset) {
        r->line_offset = 0;
        r->line = 1;
    }
    for (; r->line_offset < offset; r->line_offset++)
        r->line += is_line_end(r->markdown, r->line_offset);
    return r->line;
}

/* The collected text on one line, without blanks around it. Yours. */
static char *collected(struct reader *r)
{
    auto_buf line;

    buf_init(&line, MOST_TEXT);
    for (size_t i = 0; i < r->text.len; i++) {
        char c = r->text.ptr[i];
        bool is_blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (!is_blank)
            buf_addc(&line, c);
        else if (line.len > 0 && line.ptr[line.len - 1] != ' ')
            buf_addc(&line, ' ');
    }
    return text_dup(text_trim((struct text){line.ptr, line.len}));
}

static void drop_colon(char *s)
{
    size_t len = strlen(s);

    while (len > 0 && (s[len - 1] == ':' || s[len - 1] == ' '))
        s[--len] = '\0';
}

static void replace(char **slot, char *value)
{
    free(*slot);
    *slot = value;
}

static void begin_collecting(struct reader *r, enum collecting what)
{
    r->collecting = what;
    r->has_plain = false;
    buf_reset(&r->text);
}

static char *section_now(const struct reader *r)
{
    auto_buf path;

    buf_init(&path, (size_t)DEEPEST_HEADING * MOST_TEXT);
    for (int level = 2; level <= DEEPEST_HEADING; level++)
        if (r->headings[level] != NULL)
            buf_addf(&path, "%s%s", path.len > 0 ? "/" : "", r->headings[level]);
    if (r->bold != NULL)
        buf_addf(&path, "%s%s", path.len > 0 ? "/" : "", r->bold);
    return buf_steal(&path);
}

static struct open_item *innermost(struct reader *r)
{
    return r->open_count == 0 ? NULL : &r->open[r->open_count - 1];
}

/* ---- blocks ------------------------------------------------------------------------------------
 */

static bool enter_item(struct reader *r, const MD_BLOCK_LI_DETAIL *li)
{
    struct guide *g = r->guide;

    r->open = mem_grow(r->open, &r->open_capacity, r->open_count, sizeof *r->open);
    r->open[r->open_count++] = (struct open_item){.is_task = li->is_task != 0, .index = g->count};
    if (!li->is_task)
        return true;
    if (g->count == MOST_ITEMS) {
        r->has_failed = true;
        return error_set(r->err, ERROR_USAGE, "%s has more than %d task-list items", r->path,
                         MOST_ITEMS);
    }
    g->items = mem_grow(g->items, &r->capacity, g->count, sizeof *g->items);
    r->titles = mem_grow(r->titles, &r->title_capacity, g->count, sizeof *r->titles);
    r->titles[g->count] = r->headings[1] == NULL ? NULL : xstrdup(r->headings[1]);
    g->items[g->count++] = (struct guide_item){
        .id = xstrdup(""),
        .section = section_now(r),
        .text = xstrdup(""),
        .line = line_of(r, li->task_mark_offset),
        .is_checked = li->task_mark != ' ',
    };
    begin_collecting(r, COLLECT_ITEM);
    return true;
}

/* The text of the task that is being collected is complete. */
static void end_item_text(struct reader *r)
{
    struct open_item *item = innermost(r);

    if (item == NULL || !item->is_task || item->has_text)
        return;
    item->has_text = true;
    if (r->collecting == COLLECT_ITEM)
        replace(&r->guide->items[item->index].text, collected(r));
    r->collecting = COLLECT_NOTHING;
}

static void end_heading(struct reader *r)
{
    char *text = collected(r);

    drop_colon(text);
    r->collecting = COLLECT_NOTHING;
    replace(&r->headings[r->heading_level], text);
    r->title_count += r->heading_level == 1;
    for (unsigned level = r->heading_level + 1; level <= DEEPEST_HEADING; level++)
        replace(&r->headings[level], NULL);
    replace(&r->bold, NULL);
}

static void end_paragraph(struct reader *r)
{
    auto_free char *text = collected(r);

    r->collecting = COLLECT_NOTHING;
    if (r->has_plain || !text_ends_with(text, ":"))
        return;
    drop_colon(text);
    if (text[0] != '\0')
        replace(&r->bold, xstrdup(text));
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *closure)
{
    struct reader *r = closure;
    bool is_top = r->open_count == 0 && r->quote_depth == 0;

    switch (type) {
    case MD_BLOCK_H:
        if (is_top) {
            r->heading_level = ((const MD_BLOCK_H_DETAIL *)detail)->level;
            begin_collecting(r, COLLECT_HEADING);
        }
        break;
    case MD_BLOCK_P:
        if (is_top)
            begin_collecting(r, COLLECT_PARAGRAPH);
        break;
    case MD_BLOCK_LI:
        return enter_item(r, detail) ? 0 : 1;
    case MD_BLOCK_QUOTE:
        r->quote_depth++;
        end_item_text(r);
        break;
    case MD_BLOCK_UL:
    case MD_BLOCK_OL:
    case MD_BLOCK_CODE:
    case MD_BLOCK_TABLE:
    case MD_BLOCK_HR:
        end_item_text(r);
        break;
    case MD_BLOCK_DOC:
    case MD_BLOCK_HTML: /* may hold the item's explicit id */
    case MD_BLOCK_THEAD:
    case MD_BLOCK_TBODY:
    case MD_BLOCK_TR:
    case MD_BLOCK_TH:
    case MD_BLOCK_TD:
        break;
    }
    return 0;
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *closure)
{
    struct reader *r = closure;

    (void)detail;
    if (type == MD_BLOCK_QUOTE) {
        r->quote_depth--;
    } else if (type == MD_BLOCK_LI) {
        end_item_text(r);
        r->open_count--;
    } else if (type == MD_BLOCK_P && r->collecting == COLLECT_ITEM) {
        end_item_text(r);
    } else if (type == MD_BLOCK_H && r->collecting == COLLECT_HEADING) {
        end_heading(r);
    } else if (type == MD_BLOCK_P && r->collecting == COLLECT_PARAGRAPH) {
        end_paragraph(r);
    }
    return 0;
}

/* ---- text --------------------------------------------------------------------------------------
 */

static int enter_span(MD_SPANTYPE type, void *detail, void *closure)
{
    struct reader *r = closure;

    (void)detail;
    r->strong_depth += type == MD_SPAN_STRONG;
    return 0;
}

static int leave_span(MD_SPANTYPE type, void *detail, void *closure)
{
    struct reader *r = closure;

    (void)detail;
    r->strong_depth -= type == MD_SPAN_STRONG;
    return 0;
}

static const struct {
    const char *name, *text;
} entities[] = {
    {"&amp;", "&"},         {"&lt;", "<"},         {"&gt;", ">"},         {"&quot;", "\""},
    {"&apos;", "'"},        {"&nbsp;", " "},       {"&ndash;", "\u2013"}, {"&mdash;", "\u2014"},
    {"&hellip;", "\u2026"}, {"&rarr;", "\u2192"},  {"&larr;", "\u2190"},  {"&times;", "\u00d7"},
    {"&lsquo;", "\u2018"},  {"&rsquo;", "\u2019"}, {"&ldquo;", "\u201c"}, {"&rdquo;", "\u201d"},
};

/* Appends what still fits, in whole characters: a buf drops the whole piece otherwise. */
static void add_clipped(struct buf *out, const char *s, size_t len)
{
    size_t room = MOST_TEXT - out->len;

    if (len > room) {
        len = room;
        while (len > 0 && ((unsigned char)s[len] & 0xc0) == 0x80)
            len--;
    }
    buf_add(out, s, len);
}

/* Named ones that writers use are read; others stay as they are written. */
static void add_entity(struct buf *out, const char *s, size_t len)
{
    for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++)
        if (text_eq((struct text){s, len}, entities[i].name)) {
            buf_adds(out, entities[i].text);
            return;
        }
    add_clipped(out, s, len);
}

/* The x of `<!-- id: x -->`; an empty text when the comment is another one. */
static struct text explicit_id(const char *s, size_t len)
{
    static const char opening[] = "<!--", closing[] = "-->", key[] = "id:";
    struct text t = text_trim((struct text){s, len});

    if (t.len < 7 || memcmp(t.ptr, opening, 4) != 0 || memcmp(t.ptr + t.len - 3, closing, 3) != 0)
        return (struct text){s, 0};
    t = text_trim((struct text){t.ptr + 4, t.len - 7});
    if (t.len < 3 || memcmp(t.ptr, key, 3) != 0)
        return (struct text){s, 0};
    t = text_trim((struct text){t.ptr + 3, t.len - 3});
    for (size_t i = 0; i < t.len; i++)
        if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-",
                   t.ptr[i]) == NULL ||
            t.ptr[i] == '\0')
            return (struct text){s, 0};
    return t;
}

static void take_html(struct reader *r, const char *s, size_t len)
{
    struct open_item *item = innermost(r);
    struct text id = explicit_id(s, len);

    if (item != NULL && item->is_task && id.len > 0)
        replace(&r->guide->items[item->index].id, text_dup(id));
    else if (r->collecting != COLLECT_NOTHING && len >= 3 && strncmp(s, "<br", 3) == 0)
        buf_addc(&r->text, ' ');
}

static int add_text(MD_TEXTTYPE type, const MD_CHAR *s, MD_SIZE size, void *closure)
{
    struct reader *r = closure;

    if (type == MD_TEXT_HTML) {
        take_html(r, s, size);
        return 0;
    }
    if (r->collecting == COLLECT_NOTHING)
        return 0;
    /* "**Frontend**:" is as good as "**Frontend:**" */
    if (r->strong_depth == 0 && !text_eq(text_trim((struct text){s, size}), ":"))
        r->has_plain = true;
    switch (type) {
    case MD_TEXT_NULLCHAR:
        buf_adds(&r->text, "\ufffd");
        break;
    case MD_TEXT_BR:
    case MD_TEXT_SOFTBR:
        buf_addc(&r->text, ' ');
        break;
    case MD_TEXT_ENTITY:
        add_entity(&r->text, s, size);
        break;
    case MD_TEXT_NORMAL:
    case MD_TEXT_CODE:
    case MD_TEXT_LATEXMATH:
        add_clipped(&r->text, s, size);
        break;
    case MD_TEXT_HTML:
        break;
    }
    return 0;
}

/* ---- the whole guide
 * ----------------------------------------------------------------------------- */

/* A single level-1 heading is the document's title; several of them are part of the path. */
static void finish_sections(struct reader *r)
{
    for (size_t i = 0; i < r->guide->count; i++) {
        struct guide_item *item = &r->guide->items[i];
        if (r->title_count > 1 && r->titles[i] != NULL)
            replace(&item->section, xasprintf("%s%s%s", r->titles[i],
                                              item->section[0] != '\0' ? "/" : "", item->section));
    }
}

static void reader_clear(struct reader *r)
{
    for (size_t i = 0; i < r->guide->count; i++)
        free(r->titles[i]);
    free(r->titles);
    for (int level = 0; level <= DEEPEST_HEADING; level++)
        free(r->headings[level]);
    free(r->bold);
    free(r->open);
    buf_clear(&r->text);
}

bool guide_reader_read(const char *path, const char *markdown, size_t len, struct guide *out,
                       struct error *err)
{
    static const MD_PARSER parser = {
        .flags = MD_FLAG_TASKLISTS | MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH,
        .enter_block = enter_block,
        .leave_block = leave_block,
        .enter_span = enter_span,
        .leave_span = leave_span,
        .text = add_text,
    };
    struct reader r = {.path = path, .markdown = markdown, .guide = out, .err = err, .line = 1};

    buf_init(&r.text, MOST_TEXT);
    int status = md_parse(markdown, (MD_SIZE)len, &parser, &r);
    if (status == 0)
        finish_sections(&r);
    reader_clear(&r);
    if (r.has_failed)
        return false;
    if (status != 0)
        return error_set(err, ERROR_INTERNAL, "cannot read %s as markdown", path);
    return true;
}
