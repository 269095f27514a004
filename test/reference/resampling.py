"""What SciPy says of samples: bootstrap intervals, permutation tests, the normal distribution.

    python test/reference/resampling.py        # writes resampling.json beside itself; needs numpy and scipy alone
"""

import json
from pathlib import Path

import numpy as np
from scipy import stats
from scipy.special import ndtr, ndtri

CONFIDENCE = 0.95
# Of the intervals whose resamples are stored, and of those that others are compared with.
FEW, MANY = 999, 200_000


def mean_difference(a, b, axis=-1):
    return np.mean(a, axis=axis) - np.mean(b, axis=axis)


def distance(a, b, axis=-1):
    """A test on both sides counts differences at least as far from zero."""
    return np.abs(mean_difference(a, b, axis=axis))


def samples(seed: int) -> list[dict]:
    """Skewed and symmetric, small and large; of numbers whose sums are exact, so that equal means are equal in any order."""
    generator = np.random.default_rng(seed)

    def rounded(values):
        return [round(float(value) * 1024) / 1024 for value in values]

    found = []
    for kind, sizes in (
        ("ONE", (8,)),
        ("ONE", (60,)),
        ("PAIRED", (10,)),
        ("PAIRED", (200,)),
        ("TWO", (4, 5)),
        ("TWO", (7, 7)),
        ("TWO", (30, 90)),
    ):
        a = rounded(generator.exponential(1.0, sizes[0]) - 0.6)
        second = {"PAIRED": sizes[0], "TWO": sizes[-1]}.get(kind)
        b = rounded(generator.normal(0.1, 0.5, second)) if second else None
        found.append({"kind": kind, "a": a, "b": b})
    return found


def bootstrapped(case: dict, resamples: int):
    """Of pairs their differences are resampled, which is to resample pairs."""
    a, b = np.array(case["a"]), case["b"] and np.array(case["b"])
    if case["kind"] == "TWO":
        parts, statistic = (a, b), mean_difference
    else:
        parts, statistic = (a if b is None else a - b,), np.mean
    return stats.bootstrap(
        parts,
        statistic,
        n_resamples=resamples,
        confidence_level=CONFIDENCE,
        method="BCa",
        vectorized=True,
        batch=2000,
        rng=np.random.default_rng(1),
    )


def permuted(case: dict, resamples: float) -> float:
    """With infinite resamples all permutations are looked at."""
    a, b = np.array(case["a"]), case["b"] and np.array(case["b"])
    options = {"vectorized": True, "n_resamples": resamples, "alternative": "greater", "batch": 5000}
    options["rng"] = np.random.default_rng(2)
    if case["kind"] == "TWO":
        return stats.permutation_test((a, b), distance, permutation_type="independent", **options).pvalue
    zeros = np.zeros_like(a) if b is None else b
    return stats.permutation_test((a, zeros), distance, permutation_type="samples", **options).pvalue


def t_test(case: dict) -> float:
    if case["kind"] == "ONE":
        return stats.ttest_1samp(case["a"], 0).pvalue
    return (stats.ttest_rel if case["kind"] == "PAIRED" else stats.ttest_ind)(case["a"], case["b"]).pvalue


def effect_size(case: dict) -> float:
    """d_z of pairs and of one sample; of two Cohen's d from Student's t, d = t·√(1/n + 1/m), times Hedges' factor."""
    if case["kind"] == "TWO":
        n, m = len(case["a"]), len(case["b"])
        d = stats.ttest_ind(case["a"], case["b"]).statistic * np.sqrt(1 / n + 1 / m)
        return d * (1 - 3 / (4 * (n + m - 2) - 1))
    differences = np.array(case["a"]) - (0 if case["b"] is None else np.array(case["b"]))
    return stats.ttest_1samp(differences, 0).statistic / np.sqrt(len(differences))


def told(case: dict) -> dict:
    small = len(case["a"]) + (len(case["b"]) if case["kind"] == "TWO" else 0) <= 14
    few, many = bootstrapped(case, FEW), bootstrapped(case, MANY)
    return {
        **case,
        "distribution": [float(value) for value in few.bootstrap_distribution],
        "interval": [float(end) for end in few.confidence_interval],
        "intervalOfMany": [float(end) for end in many.confidence_interval],
        "exact": small,
        "pValue": float(permuted(case, np.inf if small else MANY)),
        "tTest": float(t_test(case)),
        "effectSize": float(effect_size(case)),
    }


def xoshiro(state: list[int], count: int) -> list[int]:
    """xoshiro128** in whole numbers, as https://prng.di.unimi.it/xoshiro128starstar.c has it."""
    s, words, mask = list(state), [], 0xFFFFFFFF

    def rotated(value: int, by: int) -> int:
        return ((value << by) | (value >> (32 - by))) & mask

    for _ in range(count):
        words.append((rotated((s[1] * 5) & mask, 7) * 9) & mask)
        t = (s[1] << 9) & mask
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotated(s[3], 11)
    return words


def main() -> None:
    points = [-8.0, -5.5, -3.0, -1.96, -0.5, -1e-9, 0.0, 0.1, 1.0, 2.5758, 4.0, 7.5]
    shares = [1e-6, 0.0005, 0.025, 0.2, 0.5, 0.77, 0.975, 0.99995]
    seeded = [1, 2, 3, 4]
    written = {
        "confidence": CONFIDENCE,
        "samples": [told(case) for case in samples(0)],
        "cumulative": [[point, float(ndtr(point))] for point in points],
        "quantiles": [[share, float(ndtri(share))] for share in shares],
        "xoshiro": {"state": seeded, "words": xoshiro(seeded, 50)},
    }
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in written.items())
    (Path(__file__).parent / "resampling.json").write_text(f"{{\n{lines}\n}}\n")


if __name__ == "__main__":
    main()
