//! Welch's t-test, over all calls and over those below several percentiles: what interrupts a call
//! takes longest, and has nothing to do with it.

const PERCENTILES: [f64; 8] = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0];

/// The largest |t| over all crops. Sorts both.
pub fn largest_t(one: &mut [f64], other: &mut [f64]) -> f64 {
    one.sort_by(f64::total_cmp);
    other.sort_by(f64::total_cmp);
    let mut all = [&*one, &*other].concat();
    all.sort_by(f64::total_cmp);
    let cropped = |percentile: f64| {
        let last = (all.len() as f64 * percentile) as usize;
        let limit = all.get(last).or(all.last()).copied().unwrap_or(0.0);
        let below = |times: &[f64]| times.partition_point(|time| *time <= limit);
        t(&one[..below(one)], &other[..below(other)]).abs()
    };
    PERCENTILES.into_iter().map(cropped).fold(0.0, f64::max)
}

fn t(one: &[f64], other: &[f64]) -> f64 {
    let (mean, error) = moments(one);
    let (other_mean, other_error) = moments(other);
    let error = (error + other_error).sqrt();
    if error > 0.0 {
        (mean - other_mean) / error
    } else {
        0.0
    }
}

/// Mean, and the variance of the mean.
fn moments(times: &[f64]) -> (f64, f64) {
    let count = times.len() as f64;
    if count < 2.0 {
        return (0.0, 0.0);
    }
    let mean = times.iter().sum::<f64>() / count;
    let squares: f64 = times.iter().map(|time| (time - mean).powi(2)).sum();
    (mean, squares / (count - 1.0) / count)
}
