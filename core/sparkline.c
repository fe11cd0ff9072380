/*
 * sparkline.c - see sparkline.h.
 */
#include "core/sparkline.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"

#define MOST_BYTES 4096

static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
#define BLOCK_COUNT (sizeof blocks / sizeof blocks[0])

/* The largest of values[from..to), NaN when all are missing. */
static double largest(const double *values, size_t from, size_t to)
{
    double found = NAN;
    for (size_t i = from; i < to; i++)
        if (!isnan(values[i]) && (isnan(found) || values[i] > found))
            found = values[i];
    return found;
}

static const char *block_of(double value, double low, double high)
{
    if (isnan(value))
        return " ";
    if (!(high > low))
        return blocks[0];
    size_t level = (size_t)((value - low) / (high - low) * (double)(BLOCK_COUNT - 1) + 0.5);
    return blocks[level < BLOCK_COUNT ? level : BLOCK_COUNT - 1];
}

char *sparkline_text(const double *values, size_t count, size_t most)
{
    struct buf out;
    double low = 0, high = largest(values, 0, count);
    size_t places = count < most ? count : most;

    buf_init(&out, MOST_BYTES);
    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i]) && values[i] < low)
            low = values[i];
    for (size_t i = 0; i < places; i++)
        buf_adds(&out, block_of(largest(values, i * count / places, (i + 1) * count / places), low,
                                high));
    return buf_steal(&out);
}
