/*
 * session.c - who is asking, when somebody else signs in while a console is open.
 */
#include <criterion/criterion.h>

#include "tests/desk_fixture.h"

static struct desk_house house;

static void finish(void) { desk_house_end(&house); }

TestSuite(session, .timeout = 120, .fini = finish);

static const struct environment *production(void)
{
    struct error err;
    const struct environment *found = config_environment(house.session.config, "production", &err);
    cr_assert_not_null(found);
    return found;
}

static const struct signed_in *sign_in(void)
{
    const struct signed_in *who;
    struct error err;

    cr_assert(session_sign_in(&house.session, production(), &who, &err), "%s", err.message);
    return who;
}

Test(session, knows_that_new_keys_may_be_somebody_elses)
{
    struct actor known;
    struct error err;
    bool is_new = true;

    desk_house_begin(&house, NULL);
    desk_house_open(&house);
    const struct signed_in *ana = sign_in();
    cr_assert_not_null(strstr(ana->actor.name, "ana@"), "%s", ana->actor.name);
    cr_assert(session_renew(&house.session, production(), &is_new, &err), "%s", err.message);
    cr_expect_not(is_new);
    cr_expect_eq(sign_in(), ana);

    setenv("AWS_ACCESS_KEY_ID", sandbox_key_id(house.sandbox, SANDBOX_LI), 1);
    setenv("AWS_SECRET_ACCESS_KEY", sandbox_secret_key(house.sandbox, SANDBOX_LI), 1);
    cr_assert(session_renew(&house.session, production(), &is_new, &err), "%s", err.message);
    cr_expect(is_new);
    session_known_actor(&house.session, production(), &known);
    cr_expect_null(strstr(known.name, "ana@"), "what Ana did not do is hers: %s", known.name);
    cr_expect_not_null(strstr(sign_in()->actor.name, "li@"), "%s", sign_in()->actor.name);
    cr_expect_not_null(strstr(ana->actor.name, "ana@"), "what was handed out has changed");
    cr_expect_eq(sign_in()->world.aws, ana->world.aws);
}
