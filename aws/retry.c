/* retry.c - tables of AWS error codes and the arithmetic of repeating a request. */
#include "aws/retry.h"

#include <string.h>

#include "core/text.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* botocore's tables of the mode "standard". */
static const char *const transient_codes[] = {
    "RequestTimeout",          "RequestTimeoutException",
    "PriorRequestNotComplete", "InternalError",
    "InternalFailure",         "InternalServerError",
    "InternalServiceError",    "ServiceUnavailable",
    "ServiceException",        "ServiceUnavailableException",
};
static const char *const throttling_codes[] = {
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "RequestThrottled",
    "SlowDown",
    "PriorRequestNotComplete",
    "EC2ThrottledException",
};
static const char *const clock_codes[] = {
    "RequestTimeTooSkewed", "RequestExpired",        "RequestInTheFuture",
    "InvalidSignature",     "SignatureDoesNotMatch", "InvalidSignatureException",
};

struct code_row {
    const char *code;
    enum error_kind kind;
    const char *hint;
};

#define HINT_KEYS "the AWS keys are not valid: renew them and check the profile"
#define HINT_EXPIRED "the AWS keys have expired: sign in again (aws sso login) or export new ones"
#define HINT_CLOCK "compare this machine's clock with the time on the internet"
#define HINT_POLICY                                                                                \
    "the policy of this identity does not allow it: `flightdeck doctor` lists what is needed"
#define HINT_CHANGED "somebody changed it in the meantime: look at it again"

static const struct code_row code_rows[] = {
    {"AccessDenied", ERROR_DENIED, HINT_POLICY},
    {"AccessDeniedException", ERROR_DENIED, HINT_POLICY},
    {"UnauthorizedOperation", ERROR_DENIED, HINT_POLICY},
    {"NotAuthorized", ERROR_DENIED, HINT_POLICY},
    {"UnrecognizedClientException", ERROR_DENIED, HINT_KEYS},
    {"InvalidClientTokenId", ERROR_DENIED, HINT_KEYS},
    {"InvalidAccessKeyId", ERROR_DENIED, HINT_KEYS},
    {"AuthFailure", ERROR_DENIED, HINT_KEYS},
    {"MissingAuthenticationToken", ERROR_DENIED, HINT_KEYS},
    {"MissingAuthenticationTokenException", ERROR_DENIED, HINT_KEYS},
    {"IncompleteSignature", ERROR_DENIED, HINT_KEYS},
    {"IncompleteSignatureException", ERROR_DENIED, HINT_KEYS},
    {"InvalidSignatureException", ERROR_DENIED, HINT_KEYS},
    {"SignatureDoesNotMatch", ERROR_DENIED, HINT_KEYS},
    {"OptInRequired", ERROR_DENIED, "the region or service is not enabled for this account"},
    {"ExpiredToken", ERROR_DENIED, HINT_EXPIRED},
    {"ExpiredTokenException", ERROR_DENIED, HINT_EXPIRED},
    {"RequestExpired", ERROR_DENIED, HINT_CLOCK},
    {"RequestInTheFuture", ERROR_DENIED, HINT_CLOCK},
    {"RequestTimeTooSkewed", ERROR_DENIED, HINT_CLOCK},
    {"ResourceNotFoundException", ERROR_NOT_FOUND, ""},
    {"ResourceNotFound", ERROR_NOT_FOUND, ""},
    {"NotFoundException", ERROR_NOT_FOUND, ""},
    {"DBInstanceNotFound", ERROR_NOT_FOUND, ""},
    {"DBSnapshotNotFound", ERROR_NOT_FOUND, ""},
    {"ResourceConflictException", ERROR_CONFLICT,
     "an update of it is in progress, or it exists already"},
    {"ConflictException", ERROR_CONFLICT, ""},
    {"PreconditionFailedException", ERROR_CONFLICT, HINT_CHANGED},
    {"DBSnapshotAlreadyExists", ERROR_CONFLICT, "a snapshot of this name exists already"},
    {"InvalidDBInstanceState", ERROR_CONFLICT, "the instance is busy: wait until it is available"},
    {"ResourceNotReadyException", ERROR_CONFLICT, "the function is not active yet"},
};

static bool is_in(const char *const *table, size_t count, const char *code)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(table[i], code) == 0)
            return true;
    return false;
}

static const struct code_row *find_row(const char *code)
{
    for (size_t i = 0; i < COUNT(code_rows); i++)
        if (strcmp(code_rows[i].code, code) == 0)
            return &code_rows[i];
    return NULL;
}

enum retry_class retry_classify(int status, const char *code, const char *message)
{
    if (is_in(throttling_codes, COUNT(throttling_codes), code))
        return RETRY_CLASS_THROTTLED;
    if (is_in(clock_codes, COUNT(clock_codes), code) ||
        text_contains_nocase(message, "signature expired") ||
        text_contains_nocase(message, "signature not yet current"))
        return RETRY_CLASS_CLOCK;
    if (is_in(transient_codes, COUNT(transient_codes), code))
        return RETRY_CLASS_TRANSIENT;
    if (status == 429)
        return RETRY_CLASS_THROTTLED;
    if (find_row(code))
        return RETRY_CLASS_FINAL;
    if (status == 500 || status == 502 || status == 503 || status == 504 || status == 408)
        return RETRY_CLASS_TRANSIENT;
    return RETRY_CLASS_FINAL;
}

enum error_kind retry_error_kind(int status, const char *code, bool is_write)
{
    const struct code_row *row = find_row(code);
    if (row)
        return row->kind;
    switch (retry_classify(status, code, "")) {
    case RETRY_CLASS_THROTTLED:
        return ERROR_TRANSIENT;
    case RETRY_CLASS_TRANSIENT:
        return is_write ? ERROR_UNKNOWN : ERROR_TRANSIENT;
    case RETRY_CLASS_CLOCK:
        return ERROR_DENIED;
    case RETRY_CLASS_FINAL:
        break;
    }
    if (status >= 500)
        return is_write ? ERROR_UNKNOWN : ERROR_TRANSIENT;
    if (status == 401 || status == 403)
        return ERROR_DENIED;
    /* Without AWS's own code a 404 may be a wrong endpoint: it does not prove that the thing is
     * gone. */
    if (!code[0])
        return ERROR_INTERNAL;
    if (status == 404)
        return ERROR_NOT_FOUND;
    if (status == 409 || status == 412)
        return ERROR_CONFLICT;
    return status >= 400 ? ERROR_REFUSED : ERROR_INTERNAL;
}

const char *retry_error_hint(const char *code)
{
    const struct code_row *row = find_row(code);
    return row ? row->hint : "";
}

void retry_bucket_init(struct retry_bucket *b) { b->tokens = RETRY_BUCKET_FULL; }

#define COST_RETRY 5
#define COST_TIMEOUT 10
#define REWARD_SUCCESS 1

bool retry_bucket_take(struct retry_bucket *b, bool is_timeout, int *cost)
{
    int price = is_timeout ? COST_TIMEOUT : COST_RETRY;
    if (b->tokens < price)
        return false;
    b->tokens -= price;
    *cost = price;
    return true;
}

void retry_bucket_refund(struct retry_bucket *b, int cost)
{
    b->tokens += cost > 0 ? cost : REWARD_SUCCESS;
    if (b->tokens > RETRY_BUCKET_FULL)
        b->tokens = RETRY_BUCKET_FULL;
}

#define DEFAULT_ATTEMPTS 3
/* A throttled request changed nothing, and a rollback must get through a busy minute. */
#define DEFAULT_THROTTLED_ATTEMPTS 6
#define MAX_ATTEMPTS 20

bool retry_limits_parse(const char *text, struct retry_limits *out, struct error *err)
{
    int64_t number = 0;
    if (!text || !text[0]) {
        *out = (struct retry_limits){DEFAULT_ATTEMPTS, DEFAULT_THROTTLED_ATTEMPTS};
        return true;
    }
    if (!text_to_int64(text, &number) || number < 1 || number > MAX_ATTEMPTS)
        return error_set(err, ERROR_USAGE, "AWS_MAX_ATTEMPTS is not a number from 1 to %d",
                         MAX_ATTEMPTS);
    *out = (struct retry_limits){(int)number, (int)number};
    return true;
}

bool retry_may_repeat(const struct retry_limits *limits, enum retry_class class, bool is_write,
                      bool was_sent, int attempt)
{
    switch (class) {
    case RETRY_CLASS_THROTTLED:
        return attempt < limits->throttled_attempts;
    case RETRY_CLASS_TRANSIENT:
        return attempt < limits->attempts && (!is_write || !was_sent);
    case RETRY_CLASS_CLOCK: /* the client re-signs once, outside of this count */
    case RETRY_CLASS_FINAL:
        break;
    }
    return false;
}

#define MAX_DELAY_MS 20000

int64_t retry_delay_ms(int attempt, double random, int64_t retry_after_s)
{
    int64_t ceiling = attempt > 5 ? MAX_DELAY_MS : (int64_t)1000 << (attempt > 0 ? attempt - 1 : 0);
    if (ceiling > MAX_DELAY_MS)
        ceiling = MAX_DELAY_MS;
    int64_t delay = (int64_t)(random * (double)ceiling);
    int64_t asked = retry_after_s > MAX_DELAY_MS / 1000 ? MAX_DELAY_MS : retry_after_s * 1000;
    return delay < asked ? asked : delay;
}
