/* retry.c - what error codes mean, and that a write is only repeated when nothing was changed. */
#include "aws/retry.h"

#include <criterion/criterion.h>

#include "core/text.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

Test(retry, gives_each_answer_its_class_and_kind)
{
    static const struct {
        int status;
        const char *code;
        enum retry_class class;
        enum error_kind read, write;
    } cases[] = {
        {429, "TooManyRequestsException", RETRY_CLASS_THROTTLED, ERROR_TRANSIENT, ERROR_TRANSIENT},
        {400, "Throttling", RETRY_CLASS_THROTTLED, ERROR_TRANSIENT, ERROR_TRANSIENT},
        {400, "ThrottlingException", RETRY_CLASS_THROTTLED, ERROR_TRANSIENT, ERROR_TRANSIENT},
        {503, "SlowDown", RETRY_CLASS_THROTTLED, ERROR_TRANSIENT, ERROR_TRANSIENT},
        {502, "EC2ThrottledException", RETRY_CLASS_THROTTLED, ERROR_TRANSIENT, ERROR_TRANSIENT},
        {429, "", RETRY_CLASS_THROTTLED, ERROR_TRANSIENT, ERROR_TRANSIENT},
        {500, "ServiceException", RETRY_CLASS_TRANSIENT, ERROR_TRANSIENT, ERROR_UNKNOWN},
        {500, "", RETRY_CLASS_TRANSIENT, ERROR_TRANSIENT, ERROR_UNKNOWN},
        {503, "ServiceUnavailable", RETRY_CLASS_TRANSIENT, ERROR_TRANSIENT, ERROR_UNKNOWN},
        {502, "InvalidZipFileException", RETRY_CLASS_TRANSIENT, ERROR_TRANSIENT, ERROR_UNKNOWN},
        {501, "", RETRY_CLASS_FINAL, ERROR_TRANSIENT, ERROR_UNKNOWN},
        {408, "RequestTimeout", RETRY_CLASS_TRANSIENT, ERROR_TRANSIENT, ERROR_UNKNOWN},
        {404, "ResourceNotFoundException", RETRY_CLASS_FINAL, ERROR_NOT_FOUND, ERROR_NOT_FOUND},
        {404, "DBInstanceNotFound", RETRY_CLASS_FINAL, ERROR_NOT_FOUND, ERROR_NOT_FOUND},
        {404, "SomethingNotFoundFault", RETRY_CLASS_FINAL, ERROR_NOT_FOUND, ERROR_NOT_FOUND},
        {404, "", RETRY_CLASS_FINAL, ERROR_INTERNAL, ERROR_INTERNAL},
        {409, "ResourceConflictException", RETRY_CLASS_FINAL, ERROR_CONFLICT, ERROR_CONFLICT},
        {412, "PreconditionFailedException", RETRY_CLASS_FINAL, ERROR_CONFLICT, ERROR_CONFLICT},
        {400, "DBSnapshotAlreadyExists", RETRY_CLASS_FINAL, ERROR_CONFLICT, ERROR_CONFLICT},
        {400, "InvalidDBInstanceState", RETRY_CLASS_FINAL, ERROR_CONFLICT, ERROR_CONFLICT},
        {403, "AccessDeniedException", RETRY_CLASS_FINAL, ERROR_DENIED, ERROR_DENIED},
        {403, "ExpiredTokenException", RETRY_CLASS_FINAL, ERROR_DENIED, ERROR_DENIED},
        {403, "", RETRY_CLASS_FINAL, ERROR_DENIED, ERROR_DENIED},
        {403, "InvalidSignatureException", RETRY_CLASS_CLOCK, ERROR_DENIED, ERROR_DENIED},
        {403, "RequestTimeTooSkewed", RETRY_CLASS_CLOCK, ERROR_DENIED, ERROR_DENIED},
        {400, "RequestExpired", RETRY_CLASS_CLOCK, ERROR_DENIED, ERROR_DENIED},
        {400, "InvalidParameterValueException", RETRY_CLASS_FINAL, ERROR_REFUSED, ERROR_REFUSED},
        {400, "SnapshotQuotaExceeded", RETRY_CLASS_FINAL, ERROR_REFUSED, ERROR_REFUSED},
        {400, "LimitExceededException", RETRY_CLASS_FINAL, ERROR_REFUSED, ERROR_REFUSED},
        {307, "", RETRY_CLASS_FINAL, ERROR_INTERNAL, ERROR_INTERNAL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int status = cases[i].status;
        const char *code = cases[i].code;
        cr_expect_eq(retry_classify(status, code, ""), cases[i].class, "%d %s", status, code);
        cr_expect_eq(retry_error_kind(status, code, false), cases[i].read, "%d %s", status, code);
        cr_expect_eq(retry_error_kind(status, code, true), cases[i].write, "%d %s", status, code);
    }
    cr_expect_eq(retry_classify(403, "AccessDenied", "Signature expired: 1 is now earlier than 2"),
                 RETRY_CLASS_CLOCK);
}

Test(retry, repeats_a_write_only_when_nothing_was_changed)
{
    static const struct retry_limits limits = {3, 6};
    static const struct {
        enum retry_class class;
        bool is_write, was_sent;
        int attempt;
        bool may;
    } cases[] = {
        {RETRY_CLASS_TRANSIENT, false, true, 1, true},
        {RETRY_CLASS_TRANSIENT, false, true, 2, true},
        {RETRY_CLASS_TRANSIENT, false, true, 3, false},
        {RETRY_CLASS_TRANSIENT, true, false, 1, true},
        {RETRY_CLASS_TRANSIENT, true, true, 1, false},
        {RETRY_CLASS_THROTTLED, true, true, 1, true},
        {RETRY_CLASS_THROTTLED, true, true, 5, true},
        {RETRY_CLASS_THROTTLED, true, true, 6, false},
        {RETRY_CLASS_FINAL, false, true, 1, false},
        {RETRY_CLASS_FINAL, true, false, 1, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        cr_expect_eq(retry_may_repeat(&limits, cases[i].class, cases[i].is_write, cases[i].was_sent,
                                      cases[i].attempt),
                     cases[i].may, "case %zu", i);
}

Test(retry, stops_when_the_bucket_is_empty_and_fills_it_by_success)
{
    struct retry_bucket bucket;
    int cost = 0;
    retry_bucket_init(&bucket);
    for (int i = 0; i < 100; i++)
        cr_assert(retry_bucket_take(&bucket, false, &cost));
    cr_expect_not(retry_bucket_take(&bucket, false, &cost));
    retry_bucket_refund(&bucket, 0);
    cr_expect_eq(bucket.tokens, 1);
    retry_bucket_refund(&bucket, 5);
    cr_expect(retry_bucket_take(&bucket, false, &cost));
    cr_expect_eq(bucket.tokens, 1);
    retry_bucket_init(&bucket);
    cr_assert(retry_bucket_take(&bucket, true, &cost));
    cr_expect_eq(bucket.tokens, 490);
    retry_bucket_refund(&bucket, cost);
    retry_bucket_refund(&bucket, 0);
    cr_expect_eq(bucket.tokens, RETRY_BUCKET_FULL);
}

Test(retry, waits_longer_each_time_and_as_long_as_it_is_asked_to)
{
    cr_expect_eq(retry_delay_ms(1, 0.5, 0), 500);
    cr_expect_eq(retry_delay_ms(3, 0.5, 0), 2000);
    cr_expect_eq(retry_delay_ms(5, 0.999, 0), 15984);
    cr_expect_eq(retry_delay_ms(6, 0.5, 0), 10000);
    cr_expect_eq(retry_delay_ms(60, 0.5, 0), 10000);
    cr_expect_eq(retry_delay_ms(1, 0.0, 3), 3000);
    cr_expect_eq(retry_delay_ms(1, 0.0, 86400), 20000);
    cr_expect_eq(retry_delay_ms(1, 0.0, INT64_MAX), 20000);
}

Test(retry, reads_the_number_of_attempts)
{
    struct retry_limits limits;
    struct error err;
    cr_assert(retry_limits_parse(NULL, &limits, &err));
    cr_expect_eq(limits.attempts, 3);
    cr_expect_eq(limits.throttled_attempts, 6);
    cr_assert(retry_limits_parse("1", &limits, &err));
    cr_expect_eq(limits.throttled_attempts, 1);
    static const char *const wrong[] = {"0", "-1", "x", "21", "3 "};
    for (size_t i = 0; i < COUNT(wrong); i++)
        cr_expect_not(retry_limits_parse(wrong[i], &limits, &err), "%s", wrong[i]);
}
