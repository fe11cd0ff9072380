/* statistic.c - see statistic.h. */
#include "sandbox/statistic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"

void statistic_add(struct samples *s, double value, uint64_t count)
{
    if (count == 0)
        return;
    s->items = mem_grow(s->items, &s->capacity, s->count, sizeof *s->items);
    s->items[s->count++] = (struct sample){value, count};
}

void statistic_clear(struct samples *s)
{
    free(s->items);
    *s = (struct samples){0};
}

/* ---- reading a name ---- */

static const struct {
    const char *name;
    enum statistic_kind kind;
} plain[] = {
    {"Sum", STATISTIC_SUM},         {"SampleCount", STATISTIC_SAMPLE_COUNT},
    {"Average", STATISTIC_AVERAGE}, {"Minimum", STATISTIC_MINIMUM},
    {"Maximum", STATISTIC_MAXIMUM},
};

/* A number, or `open` where there is none. */
static bool read_end(struct text t, double open, double *out)
{
    auto_free char *text = text_dup(t);
    *out = open;
    return t.len == 0 || text_to_double(text, out);
}

static bool parse_rank(const char *text, struct statistic *out)
{
    size_t len = strlen(text);
    if (!text_starts_with(text, "PR(") || text[len - 1] != ')')
        return false;
    struct text rest = {text + 3, len - 4}, low;
    if (!text_split(&rest, ':', &low) || low.len == len - 4)
        return false;
    out->kind = STATISTIC_PERCENTILE_RANK;
    return (low.len > 0 || rest.len > 0) && read_end(low, -INFINITY, &out->low) &&
           read_end(rest, INFINITY, &out->high);
}

bool statistic_parse(const char *text, struct statistic *out)
{
    struct statistic s = {0};
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        if (strcmp(plain[i].name, text) == 0) {
            *out = (struct statistic){.kind = plain[i].kind};
            return true;
        }
    if (text[0] == 'p') {
        s.kind = STATISTIC_PERCENTILE;
        if (!text_to_double(text + 1, &s.low) || s.low < 0 || s.low > 100)
            return false;
    } else if (!parse_rank(text, &s)) {
        return false;
    }
    *out = s;
    return true;
}

/* ---- computing ---- */

static int compare_samples(const void *a, const void *b)
{
    double left = ((const struct sample *)a)->value, right = ((const struct sample *)b)->value;
    return left < right ? -1 : left > right;
}

static double percentile(const struct samples *s, double percent, double total)
{
    /* The tolerance: 0.99 * 100 is a little more than 99. */
    double rank = percent / 100 * total - 1e-9, seen = 0;
    size_t i = 0;
    for (; i + 1 < s->count; i++) {
        seen += (double)s->items[i].count;
        if (seen >= rank)
            break;
    }
    return s->items[i].value;
}

double statistic_of(const struct statistic *wanted, struct samples *samples)
{
    double total = 0, sum = 0, within = 0;
    qsort(samples->items, samples->count, sizeof *samples->items, compare_samples);
    for (size_t i = 0; i < samples->count; i++) {
        const struct sample *s = &samples->items[i];
        total += (double)s->count;
        sum += s->value * (double)s->count;
        if (s->value > wanted->low && s->value <= wanted->high)
            within += (double)s->count;
    }
    switch (wanted->kind) {
    case STATISTIC_SUM:
        return sum;
    case STATISTIC_SAMPLE_COUNT:
        return total;
    case STATISTIC_AVERAGE:
        return sum / total;
    case STATISTIC_MINIMUM:
        return samples->items[0].value;
    case STATISTIC_MAXIMUM:
        return samples->items[samples->count - 1].value;
    case STATISTIC_PERCENTILE:
        return percentile(samples, wanted->low, total);
    case STATISTIC_PERCENTILE_RANK:
        return 100 * within / total;
    }
    return 0;
}
