/* four_eyes.c - whose approval counts beside whose start. */
#include "core/four_eyes.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

#include "core/config.h"
#include "core/run.h"

#define TEXT(s) ((char *)(uintptr_t)(s))
#define ANA "arn:aws:iam::1:user/ana@finally.com"
#define LI "arn:aws:iam::1:user/li@finally.com"

static char *members[] = {TEXT("ana@finally.com"), TEXT("li@finally.com")};
static const struct people_group group = {.name = TEXT("release"), .members = members, .count = 2};

static const struct {
    const char *starter, *approver, *hash;
    const char *objection; /* NULL = it counts */
    bool is_self;
} cases[] = {
    {ANA, LI, "h", NULL, false},
    {ANA, LI, "other", "it is for another plan", false},
    {ANA, ANA, "h", "the approver started the run", false},
    {ANA, "arn:aws:iam::1:user/eve", "h", "the approver is not of the group", false},
    {ANA, "root@vm (unverified)", "h", "the approver is not signed in to AWS, and may be anybody",
     true},
    {"ana@mbp (unverified)", LI, "h", NULL, true},
    {"ana@mbp (unverified)", "li@mbp (unverified)", "h", NULL, true},
};

Test(four_eyes, only_names_that_aws_gave_are_told_apart)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct run run = {.by = TEXT(cases[i].starter), .hash = TEXT("h")};
        const struct run_approval a = {.by = TEXT(cases[i].approver), .hash = TEXT(cases[i].hash)};
        const char *objection = four_eyes_objection(&run, &group, &a);
        cr_expect_eq(objection == NULL, cases[i].objection == NULL, "%zu", i);
        if (objection != NULL && cases[i].objection != NULL)
            cr_expect_str_eq(objection, cases[i].objection);
        cr_expect_eq(four_eyes_is_self(&run, &a), cases[i].is_self, "%zu", i);
    }
}
