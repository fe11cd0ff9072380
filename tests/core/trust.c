/* trust.c - commands are trusted once seen, and asked about again when anything about them changed.
 */
#include "core/trust.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/config.h"
#include "core/mem.h"
#include "tests/core/config_house.h"

static char state[64], other_folder[64];

static void make_folders(void)
{
    memcpy(state, "/tmp/flightdeck-trust-XXXXXX", 29);
    memcpy(other_folder, "/tmp/flightdeck-trust-XXXXXX", 29);
    cr_assert_not_null(mkdtemp(state));
    cr_assert_not_null(mkdtemp(other_folder));
}

static void remove_folders(void)
{
    static const char *const names[] = {"trusted", "f.yaml", "g.yaml"};
    for (size_t i = 0; i < 3; i++) {
        auto_free char *here = xasprintf("%s/%s", state, names[i]);
        auto_free char *there = xasprintf("%s/%s", other_folder, names[i]);
        (void)unlink(here);
        (void)unlink(there);
    }
    cr_expect_eq(rmdir(state), 0, "something else was left behind");
    cr_expect_eq(rmdir(other_folder), 0);
}

TestSuite(trust, .init = make_folders, .fini = remove_folders);

static struct config *configure(const char *folder, const char *name, const char *steps)
{
    struct config *c = NULL;
    struct error err = {0};
    auto_free char *path = xasprintf("%s/%s", folder, name);
    FILE *file = fopen(path, "we");

    cr_assert_not_null(file);
    cr_assert_geq(fprintf(file, "project: shop\nplan: [%s]\n", steps), 0);
    cr_assert_eq(fclose(file), 0);
    cr_assert(config_load(path, &test_house, NULL, &c, &err), "%s %s", err.at, err.message);
    return c;
}

static bool is_trusted(const struct config *c)
{
    struct error err = {0};
    bool answer = false;
    cr_assert(trust_check(state, c, &answer, &err), "%s", err.message);
    return answer;
}

static void add(const struct config *c)
{
    struct error err = {0};
    cr_assert(trust_add(state, c, &err), "%s", err.message);
}

static bool trusts(const char *folder, const char *name, const char *steps)
{
    struct config *c = configure(folder, name, steps);
    bool answer = is_trusted(c);
    config_free(c);
    return answer;
}

Test(trust, a_configuration_without_commands_needs_none)
{
    cr_expect(trusts(state, "f.yaml", "wait: 5m"));
}

Test(trust, is_given_once_and_kept)
{
    struct config *c = configure(state, "f.yaml", "run: make");

    cr_expect_not(is_trusted(c));
    add(c);
    cr_expect(is_trusted(c));
    add(c);
    cr_expect(is_trusted(c));
    config_free(c);
    cr_expect(trusts(state, "f.yaml", "run: make, wait: 5m"), "the commands are the same");
}

Test(trust, changed_commands_ask_again)
{
    static const char *const changes[] = {"run: make install", "{run: make, in: there}",
                                          "run: make, run: make install", "run: \"make \""};
    struct config *c = configure(state, "f.yaml", "run: make");

    add(c);
    config_free(c);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
        cr_expect_not(trusts(state, "f.yaml", changes[i]), "%s", changes[i]);
    cr_expect(trusts(state, "f.yaml", "run: make"));
}

Test(trust, the_same_commands_elsewhere_ask_again)
{
    struct config *c = configure(state, "f.yaml", "run: make");

    add(c);
    config_free(c);
    cr_expect_not(trusts(other_folder, "f.yaml", "run: make"));
    cr_expect_not(trusts(state, "g.yaml", "run: make"));
}

Test(trust, what_was_trusted_before_is_not_any_more)
{
    struct config *old = configure(state, "f.yaml", "run: make");
    add(old);
    struct config *other = configure(state, "g.yaml", "run: make");
    add(other);
    struct config *fresh = configure(state, "f.yaml", "run: make install");
    add(fresh);
    cr_expect(is_trusted(fresh));
    cr_expect(is_trusted(other));
    cr_expect_not(is_trusted(old));
    config_free(old);
    config_free(other);
    config_free(fresh);
}

Test(trust, a_file_that_others_can_write_is_no_proof)
{
    struct config *c = configure(state, "f.yaml", "run: make");
    auto_free char *path = xasprintf("%s/trusted", state);
    struct error err = {0};
    struct stat status;
    bool answer;

    add(c);
    cr_assert_eq(stat(path, &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0600);
    cr_assert_eq(chmod(path, 0666), 0);
    cr_expect_not(trust_check(state, c, &answer, &err));
    cr_expect_eq(err.kind, ERROR_DENIED);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(symlink("/dev/null", path), 0);
    cr_expect_not(trust_check(state, c, &answer, &err), "not through a link");
    config_free(c);
}
