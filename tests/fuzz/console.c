/* console.c - fuzzes the console: bytes are keys, pastes, mouse, sizes, time and news, and whatever
 * comes, the picture stays whole and nothing is asked for that nobody confirmed. */
#include "tests/console_storm.h"

#define MOST_BYTES 4096

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    storm_read();
    return atexit(storm_forget);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    storm_run(bytes, len < MOST_BYTES ? len : MOST_BYTES);
    return 0;
}
