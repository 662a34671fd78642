"""Random draws on one xoshiro256++ state.

Here: uniform, normal, exponential, gamma and the counts (Poisson, binomial, negative
binomial). Not here: where a state comes from (see ``foundation.streams``).

Every function takes ``state``, four uint64 changed in place, and draws one value. Counts come back
as float64 integers, exact to 2^53. Parameters beyond an end of their range count as that end; nan
gives nan. From a variance of 1,000, Poisson and binomial counts are an expansion of their quantile
in a normal draw, within 2e-8 of the law in total variation: seeing that takes some 1e15 draws.
"""

import math

import numpy as np

from countermove.engines.kernels.ziggurat import ziggurat
from countermove.foundation.jit import jit_leaf as jit

_S11, _S17, _S19, _S23, _S41, _S45 = (np.uint64(k) for k in (11, 17, 19, 23, 41, 45))
_LAYER = np.uint64(255)
_ODD = np.uint64(1)
_EXPAND = 1e3  # variance from which the quantile expansion stands in for rejection
_FEW = 10.0  # mean below which counts are found by inversion
_RARE = 2.0**-20
_LOG_2PI = math.log(2 * math.pi)


_NORMAL_EDGE, _NORMAL_HEIGHT = ziggurat(
    density=lambda x: math.exp(-0.5 * x * x),
    inverse=lambda y: math.sqrt(-2.0 * math.log(y)),
    tail_area=lambda x: math.sqrt(0.5 * math.pi) * math.erfc(x / math.sqrt(2.0)),
)
_EXPONENTIAL_EDGE, _EXPONENTIAL_HEIGHT = ziggurat(
    density=lambda x: math.exp(-x),
    inverse=lambda y: -math.log(y),
    tail_area=lambda x: math.exp(-x),
)
_NORMAL_STEP = _NORMAL_EDGE * 2.0**-52
_EXPONENTIAL_STEP = _EXPONENTIAL_EDGE * 2.0**-53
_NORMAL_TAIL = float(_NORMAL_EDGE[1])
_EXPONENTIAL_TAIL = float(_EXPONENTIAL_EDGE[1])

_RECIPROCAL = np.array([0.0] + [1.0 / k for k in range(1, 256)])
_STIRLING = np.array(
    [0.0]
    + [math.lgamma(k + 1) - (k + 0.5) * math.log(k) + k - 0.5 * _LOG_2PI for k in range(1, 16)]
)


@jit
def next_uint64(state):
    """64 random bits; xoshiro256++ of Blackman and Vigna (2021)."""
    s0, s1, s2, s3 = state[0], state[1], state[2], state[3]
    total = s0 + s3
    result = ((total << _S23) | (total >> _S41)) + s0
    s2 ^= s0
    s3 ^= s1
    state[0] = s0 ^ s3
    state[1] = s1 ^ s2
    state[2] = s2 ^ (s1 << _S17)
    state[3] = (s3 << _S45) | (s3 >> _S19)
    return result


@jit
def uniform(state):
    """Uniform on an odd multiple of 2^-53: inside (0, 1), never an end, mean exactly 1/2."""
    return np.float64(np.int64((next_uint64(state) >> _S11) | _ODD)) * 2.0**-53


@jit
def _fine_uniform(state):
    """Uniform whose values near 0 have 73 bits: chances down to 1e-20 keep their size."""
    u = uniform(state)
    return uniform(state) * _RARE if u < _RARE else u


@jit
def _exponential_outside(state, layer, x):
    """Finish an exponential draw that missed the core of its layer."""
    begin = 0.0
    while True:
        if layer == 0:
            begin += _EXPONENTIAL_TAIL
        else:
            low, high = _EXPONENTIAL_HEIGHT[layer], _EXPONENTIAL_HEIGHT[layer + 1]
            if low + uniform(state) * (high - low) < math.exp(-x):
                return begin + x
        bits = next_uint64(state)
        layer = np.int64(bits & _LAYER)
        x = (np.float64(np.int64(bits >> _S11)) + 0.5) * _EXPONENTIAL_STEP[layer]
        if x < _EXPONENTIAL_EDGE[layer + 1]:
            return begin + x


@jit
def exponential(state):
    """Draw a unit exponential: ziggurat of 256 layers; past the last edge it starts afresh."""
    bits = next_uint64(state)
    layer = np.int64(bits & _LAYER)
    x = (np.float64(np.int64(bits >> _S11)) + 0.5) * _EXPONENTIAL_STEP[layer]
    if x < _EXPONENTIAL_EDGE[layer + 1]:
        return x
    return _exponential_outside(state, layer, x)


@jit
def _normal_outside(state, layer, x):
    """Finish a normal draw that missed the core of its layer."""
    while True:
        if layer == 0:
            while True:
                beyond = exponential(state) / _NORMAL_TAIL
                if 2.0 * exponential(state) > beyond * beyond:
                    return math.copysign(_NORMAL_TAIL + beyond, x)
        low, high = _NORMAL_HEIGHT[layer], _NORMAL_HEIGHT[layer + 1]
        if low + uniform(state) * (high - low) < math.exp(-0.5 * x * x):
            return x
        bits = next_uint64(state)
        layer = np.int64(bits & _LAYER)
        x = (np.float64(np.int64(bits) >> 11) + 0.5) * _NORMAL_STEP[layer]
        if abs(x) < _NORMAL_EDGE[layer + 1]:
            return x


@jit
def normal(state):
    """Draw a standard normal: ziggurat of Marsaglia and Tsang (2000), 256 layers, 53 bits."""
    bits = next_uint64(state)
    layer = np.int64(bits & _LAYER)
    x = (np.float64(np.int64(bits) >> 11) + 0.5) * _NORMAL_STEP[layer]
    if abs(x) < _NORMAL_EDGE[layer + 1]:
        return x
    return _normal_outside(state, layer, x)


@jit
def gamma(state, shape):
    """Draw a gamma of scale 1; Marsaglia and Tsang (2000), below shape 1 by their power of u."""
    if not shape > 0.0:
        return shape if math.isnan(shape) else 0.0
    if math.isinf(shape):
        return shape
    boost = 1.0
    if shape < 1.0:
        boost = math.exp(-exponential(state) / shape)
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / (3.0 * math.sqrt(d))
    while True:
        x = normal(state)
        t = c * x
        v = (1.0 + t) ** 3
        if v <= 0.0:
            continue
        u = uniform(state)
        if u < 1.0 - 0.0331 * x**4:
            return boost * d * v
        if d > 1e6:  # the logarithm's leading terms cancel: what is left of its series
            log_ratio = -0.75 * d * t**4 * (1.0 - 0.8 * t)
        else:
            log_ratio = 0.5 * x * x + d * (1.0 - v + math.log(v))
        if math.log(u) < log_ratio:
            return boost * d * v


@jit
def _expanded(z, mean, variance, p):
    """Count whose quantile is that of a normal draw z: binomial of chance p, Poisson when p is 0.

    Cornish-Fisher expansion to the fifth cumulant, the even ones with Sheppard's correction for
    rounding; for a Poisson it is the one of Giles (2016).
    """
    sd = math.sqrt(variance)
    inverse = 1.0 / sd
    w = p * (1.0 - p)
    skew = 1.0 - 2.0 * p
    z2 = z * z
    second = skew * (z2 - 1.0) / 6.0
    third = z * (14.0 * w - 2.0 - (1.0 + 2.0 * w) * z2) / 72.0
    fourth = skew * (2.0 + w) * ((3.0 * z2 + 7.0) * z2 - 16.0) / 1620.0
    return np.floor(mean + 0.5 + sd * z + second + (third + fourth * inverse) * inverse)


@jit
def _log_miss(p):
    """log(1 - p) for p at most 1/2; several times faster than log1p and as good to 1e-12."""
    if p > 1e-3:
        return math.log(1.0 - p)
    return -p * (1.0 + p * (1.0 / 2.0 + p * (1.0 / 3.0 + p * (1.0 / 4.0 + p / 5.0))))


@jit
def _stirling_error(k):
    """log(k!) - k log(k) + k - log(2 pi k)/2 for a whole number k; 2 pi k counts as 1 at k = 0."""
    if k < 16.0:
        return _STIRLING[np.int64(k)]
    w = 1.0 / (k * k)
    return (1.0 / 12.0 - w * (1.0 / 360.0 - w * (1.0 / 1260.0 - w / 1680.0))) / k


@jit
def _deviance(k, mean):
    """Return k log(k/mean) + mean - k without cancellation when both are large and near."""
    gap = k - mean
    if k == 0.0:
        return mean
    d = gap / mean
    if abs(d) > 1e-3:
        return k * math.log(k / mean) - gap
    return gap * d * (1.0 / 2.0 - d * (1.0 / 6.0 - d * (1.0 / 12.0 - d / 20.0)))


@jit
def _log_poisson(k, mean):
    """Log probability of k under a Poisson mean."""
    width = max(2.0 * math.pi * k, 1.0)
    return -_stirling_error(k) - _deviance(k, mean) - 0.5 * math.log(width)


@jit
def _poisson_hat(mean):
    """Constants of PTRS. Its hat was up to 0.6% too low for means near 13: here 1% higher."""
    b = 0.931 + 2.53 * math.sqrt(mean)
    a = -0.059 + 0.02483 * b
    inside = 0.98 * (0.9277 - 3.6224 / (b - 2.0))
    return a, b, inside, 1.01 * (1.1239 + 1.1328 / (b - 3.4))


@jit
def _poisson_rejection(state, mean):
    """Draw by the transformed rejection PTRS of Hormann (1993), mean at least 10."""
    a, b, inside, hat = _poisson_hat(mean)
    while True:
        u = uniform(state) - 0.5
        v = uniform(state)
        us = 0.5 - abs(u)
        k = np.floor((2.0 * a / us + b) * u + mean + 0.43)
        if us >= 0.07 and v <= inside:
            return k
        if k < 0.0:
            continue
        if math.log(v * hat / (a / (us * us) + b)) <= _log_poisson(k, mean):
            return k


@jit
def _poisson_inverted(u, mean):
    """Largest k with u below P(X >= k), mean below 10."""
    k = 0
    chance = math.exp(-mean)
    above = 1.0 - chance if u > _RARE else -math.expm1(-mean)
    while u < above and chance > 1e-20:
        k += 1
        chance *= mean * _RECIPROCAL[k]
        above -= chance
    return np.float64(k)


@jit
def _poisson_many(state, mean):
    if mean < _FEW:
        return _poisson_inverted(_fine_uniform(state), mean)
    if mean < _EXPAND:
        return _poisson_rejection(state, mean)
    if math.isinf(mean):
        return mean
    return _expanded(normal(state), mean, mean, 0.0)


@jit
def poisson(state, mean):
    """Draw a Poisson count; one uniform settles most draws of a small mean."""
    if mean < 1.0:
        u = _fine_uniform(state)
        if u >= mean:  # P(X > 0) < mean; also every mean of 0 or less
            return 0.0
        return _poisson_inverted(u, mean)
    return _poisson_many(state, mean)


@jit
def _log_binomial_ratio(k, mode, n, p):
    """Log of the probability of k of n over that of mode of n; p at most 1/2."""
    mean, rest = n * p, n * (1.0 - p)
    of_k = _deviance(k, mean) + _deviance(n - k, rest)
    of_mode = _deviance(mode, mean) + _deviance(n - mode, rest)
    of_k += _stirling_error(k) + _stirling_error(n - k)
    of_mode += _stirling_error(mode) + _stirling_error(n - mode)
    turn = 2.0 * math.pi
    width = max(turn * mode, 1.0) / max(turn * k, 1.0)
    width *= max(turn * (n - mode), 1.0) / max(turn * (n - k), 1.0)
    return of_mode - of_k + 0.5 * math.log(width)


@jit
def _binomial_hat(n, p):
    """Constants of BTRS: the hat is relative to the probability of the mode."""
    sd = math.sqrt(n * p * (1.0 - p))
    b = 1.15 + 2.53 * sd
    a = -0.0873 + 0.0248 * b + 0.01 * p
    return a, b, 0.92 - 4.2 / b, (2.83 + 5.1 / b) * sd


@jit
def _binomial_rejection(state, n, p):
    """Draw by the transformed rejection BTRS of Hormann (1993); n p >= 10, p <= 1/2."""
    a, b, inside, hat = _binomial_hat(n, p)
    while True:
        u = uniform(state) - 0.5
        v = uniform(state)
        us = 0.5 - abs(u)
        k = np.floor((2.0 * a / us + b) * u + n * p + 0.5)
        if us >= 0.07 and v <= inside:
            return k
        if k < 0.0 or k > n:
            continue
        mode = np.floor((n + 1.0) * p)
        if math.log(v * hat / (a / (us * us) + b)) <= _log_binomial_ratio(k, mode, n, p):
            return k


@jit
def _binomial_inverted(u, n, p):
    """Largest k with u below P(X >= k), n p below 10, p at most 1/2."""
    k = 0
    log_none = n * _log_miss(p)
    odds = p / (1.0 - p)
    chance = math.exp(log_none)
    above = 1.0 - chance if u > _RARE else -math.expm1(log_none)
    while u < above and k < n and chance > 1e-20:
        k += 1
        chance *= (n - k + 1.0) * odds * _RECIPROCAL[k]
        above -= chance
    return np.float64(k)


@jit
def _binomial_half(state, n, p):
    """Binomial with p at most 1/2."""
    mean = n * p
    if mean < _FEW:
        return _binomial_inverted(_fine_uniform(state), n, p)
    if mean * (1.0 - p) < _EXPAND:
        return _binomial_rejection(state, n, p)
    return _expanded(normal(state), mean, mean * (1.0 - p), p)


@jit
def _binomial_many(state, n, p):
    if math.isnan(p) or math.isnan(n):
        return math.nan
    if not (n > 0.0 and p > 0.0):
        return 0.0
    if p >= 1.0:
        return n
    if p > 0.5:
        return n - _binomial_half(state, n, 1.0 - p)
    return _binomial_half(state, n, p)


@jit
def binomial(state, n, p):
    """Draw how many of ``n`` (a whole number held as float64) meet an event of chance ``p``."""
    if n * p < 1.0 and p <= 0.5:
        u = _fine_uniform(state)
        if u >= n * p:  # P(X > 0) is at most n p; also n or p of 0 or less
            return 0.0
        return _binomial_inverted(u, n, p)
    return _binomial_many(state, n, p)


@jit
def negative_binomial(state, size, p):
    """Failures before ``size`` successes of chance ``p``: a Poisson whose mean is a gamma."""
    if not p < 1.0:
        return p if math.isnan(p) else 0.0
    return poisson(state, gamma(state, size) * (1.0 - p) / p)
