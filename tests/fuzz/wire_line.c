/* wire_line.c - fuzzes the reader of the wire, and what keeps its news: whatever a peer sends, in
 * whatever pieces, is an object, or ends the conversation with a reason. The first byte says how
 * large the pieces are. */
#include "core/wire_line.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/wire_memory.h"

#define LONGEST 4096

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static bool take(void *closure, json_t *object)
{
    if (!json_is_object(object))
        abort();
    wire_memory_keep(closure, object);
    json_decref(object);
    return true;
}

static void count(void *closure, const json_t *news)
{
    if (!json_is_object(news))
        abort();
    ++*(size_t *)closure;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct wire_memory *memory = wire_memory_new();
    struct wire_reader reader;
    struct error err = {0};
    size_t piece = len > 0 ? bytes[0] + 1u : 1, told = 0;
    enum wire_got got = WIRE_GOT_ALL;
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
        abort();
    wire_reader_init(&reader, LONGEST);
    for (size_t at = 1; at < len && got == WIRE_GOT_ALL; at += piece) {
        size_t n = len - at < piece ? len - at : piece;
        if (write(fds[0], bytes + at, n) != (ssize_t)n)
            abort();
        got = wire_read(&reader, fds[1], take, memory, &err);
    }
    if (got == WIRE_GOT_END || (got == WIRE_GOT_WRONG && err.message[0] == '\0'))
        abort();
    wire_memory_tell(memory, count, &told);
    wire_reader_clear(&reader);
    wire_memory_free(memory);
    (void)close(fds[0]);
    (void)close(fds[1]);
    return 0;
}
