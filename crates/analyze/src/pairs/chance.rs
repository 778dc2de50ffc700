//! Tails of two distributions, as natural logarithms: how likely it is to see as much by chance.

/// ln n!, exact for small n and by Stirling's series beyond; the error is below 1e-8.
pub(super) fn ln_factorial(n: u64) -> f64 {
    if n < 16 {
        return (2..=n).map(|i| (i as f64).ln()).sum();
    }
    let x = n as f64 + 1.0;
    let series = 1.0 / (12.0 * x) - 1.0 / (360.0 * x.powi(3));
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln() + series
}

fn ln_choose(n: u64, k: u64) -> f64 {
    if k > n { f64::NEG_INFINITY } else { ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k) }
}

/// ln of the chance that of `draws` out of `population`, without putting back, `k` or more are among its
/// `marked`. 0 where `k` is at most what is expected.
pub(super) fn hypergeometric(population: u64, marked: u64, draws: u64, k: u64) -> f64 {
    let population = population.max(marked).max(draws);
    if u128::from(k) * u128::from(population) <= u128::from(marked) * u128::from(draws) {
        return 0.0;
    }
    if k > marked.min(draws) {
        return f64::NEG_INFINITY;
    }
    let first =
        ln_choose(marked, k) + ln_choose(population - marked, draws - k) - ln_choose(population, draws);
    let next = |i: u64| {
        let (up, down) = ((marked - i) as f64 * (draws - i) as f64, (i + 1) as f64);
        up / down / ((population + i + 1).saturating_sub(marked + draws) as f64).max(1.0)
    };
    tail(first, k..marked.min(draws), next)
}

/// ln of the chance that of `n` trials, each with chance `p`, `k` or more succeed. 0 where `k` is at most
/// what is expected.
pub(super) fn binomial(n: u64, p: f64, k: u64) -> f64 {
    let k = k.min(n);
    if k as f64 <= n as f64 * p || p >= 1.0 {
        return 0.0;
    }
    if p <= 0.0 {
        return f64::NEG_INFINITY;
    }
    let first = ln_choose(n, k) + k as f64 * p.ln() + (n - k) as f64 * (1.0 - p).ln();
    tail(first, k..n, |i| (n - i) as f64 / (i + 1) as f64 * p / (1.0 - p))
}

/// Sums the terms from `first` on, of which each is `next` times the one before and which fall.
fn tail(first: f64, places: std::ops::Range<u64>, next: impl Fn(u64) -> f64) -> f64 {
    let (mut term, mut sum) = (1.0, 1.0);
    for place in places {
        term *= next(place);
        sum += term;
        if term < sum * 1e-9 {
            break;
        }
    }
    (first + f64::ln(sum)).min(0.0)
}

/// ln of the chance that a second sequence of `n` values toggles at the very places where a first one does,
/// `toggles` of them.
pub(super) fn same_toggles(n: u64, toggles: u64) -> f64 {
    if n < 2 { 0.0 } else { -ln_choose(n - 1, toggles) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_those_of_the_tables() {
        let close = |a: f64, b: f64| assert!((a.exp() - b).abs() < 1e-9, "{} {b}", a.exp());
        // 5 of 10 marked, 5 drawn: 4 or 5 of them are (25 + 1) of 252.
        close(hypergeometric(10, 5, 5, 4), 26.0 / 252.0);
        close(hypergeometric(40, 20, 20, 20), 1.0 / 137_846_528_820.0);
        close(binomial(10, 0.5, 8), (45.0 + 10.0 + 1.0) / 1024.0);
        assert_eq!(binomial(10, 0.5, 5), 0.0);
        assert_eq!(hypergeometric(10, 10, 3, 3), 0.0);
        assert_eq!(hypergeometric(0, 0, 0, 0), 0.0);
        close(same_toggles(11, 5), 1.0 / 252.0);
    }

    #[test]
    fn large_numbers_stay_finite() {
        let p = hypergeometric(1 << 40, 1 << 30, 1 << 30, (1 << 20) + (1 << 16));
        assert!(p.is_finite() || p == 0.0 || p < -1e3);
        assert!(binomial(1 << 40, 1e-9, 1 << 20) < -1e6);
        assert!((ln_factorial(15) + 16f64.ln() - ln_factorial(16)).abs() < 1e-8);
    }
}
