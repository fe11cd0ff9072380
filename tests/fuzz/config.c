/* config.c - fuzzes the configuration: any file is refused with a message, or what --explain prints
 * of it is a configuration again. */
#include "core/config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/core/config_house.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* A file in memory that the configuration is read from by its path. */
static const char *write_file(const void *bytes, size_t len)
{
    static char path[64];
    static int fd = -1;

    if (fd < 0) {
        fd = memfd_create("config", MFD_CLOEXEC);
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    if (fd < 0 || ftruncate(fd, 0) != 0 || pwrite(fd, bytes, len, 0) != (ssize_t)len)
        abort();
    return path;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct config *config, *again;
    struct error err = {0};

    if (!config_load(write_file(bytes, len), &test_house, NULL, &config, &err)) {
        if (err.kind != ERROR_USAGE || err.message[0] == '\0')
            abort();
        return 0;
    }
    char *text = config_explain(config);
    json_decref(config_commands(config));
    if (!config_load(write_file(text, strlen(text)), &test_house, NULL, &again, &err)) {
        (void)fprintf(stderr, "%s: %s\n%s", err.at, err.message, text);
        abort();
    }
    config_free(again);
    config_free(config);
    free(text);
    return 0;
}
