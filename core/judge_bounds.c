/*
 * judge_bounds.c - exact bounds of a binomial rate, see judge.h.
 *
 * P(X >= k) is the regularized incomplete beta function I_p(k, n-k+1), computed by its continued
 * fraction (Abramowitz and Stegun 26.5.8) with Lentz's method.
 */
#include <math.h>

#include "core/judge.h"

#define MOST_TERMS 20000
#define ENOUGH 1e-14
#define TINY 1e-300
#define HALVINGS 80

static double log_gamma(double x)
{
    int sign;
    return lgamma_r(x, &sign);
}

/* One step of Lentz's method with the coefficient `a`. */
static double lentz_step(double a, double *c, double *d)
{
    *d = 1 + a * *d;
    if (fabs(*d) < TINY)
        *d = TINY;
    *d = 1 / *d;
    *c = 1 + a / *c;
    if (fabs(*c) < TINY)
        *c = TINY;
    return *d * *c;
}

static double beta_fraction(double a, double b, double x)
{
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    if (fabs(d) < TINY)
        d = TINY;
    d = 1 / d;
    double sum = d;
    for (int m = 1; m < MOST_TERMS; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        sum *= lentz_step(even, &c, &d);
        double step = lentz_step(odd, &c, &d);
        sum *= step;
        if (fabs(step - 1) < ENOUGH)
            break;
    }
    return sum;
}

static double incomplete_beta(double a, double b, double x)
{
    double front = exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log1p(-x));
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double judge_tail(int64_t k, int64_t n, double p)
{
    if (k <= 0)
        return 1;
    if (k > n || p <= 0)
        return 0;
    if (p >= 1)
        return 1;
    return incomplete_beta((double)k, (double)(n - k + 1), p);
}

/* The p at which P(X >= k) = chance: the tail grows with p. */
static double solve(int64_t k, int64_t n, double chance)
{
    double low = 0, high = 1;
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;
        if (judge_tail(k, n, middle) < chance)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

double judge_lower_bound(int64_t k, int64_t n, double confidence)
{
    return k <= 0 || n <= 0 ? 0 : solve(k, n, 1 - confidence);
}

double judge_upper_bound(int64_t k, int64_t n, double confidence)
{
    return k >= n ? 1 : solve(k + 1, n, confidence);
}

bool judge_is_worse(int64_t k, int64_t n, int64_t k_old, int64_t n_old, double factor, double stray)
{
    if (k <= 0 || n <= 0 || n_old <= 0)
        return false;
    double mine = factor * (double)n;
    return judge_tail(k, k + k_old, mine / (mine + (double)n_old)) <= stray;
}
