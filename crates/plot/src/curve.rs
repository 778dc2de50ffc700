//! Smooth lines.

/// A cubic curve: where it begins, the two points that it is drawn to, and where it ends.
pub(crate) type Piece = [(i32, i32); 4];

/// Straight pieces of a curve.
const STEPS: i32 = 24;

/// A curve from left to right, level at both ends.
pub(crate) fn across(from: (i32, i32), to: (i32, i32)) -> Piece {
    let middle = (from.0 + to.0) / 2;
    [from, (middle, from.1), (middle, to.1), to]
}

/// Points along the pieces, from end to end.
pub(crate) fn points(pieces: &[Piece]) -> Vec<(f64, f64)> {
    let mut points = Vec::new();
    for piece in pieces {
        let first = i32::from(!points.is_empty());
        points.extend((first..=STEPS).map(|i| at(piece, f64::from(i) / f64::from(STEPS))));
    }
    points
}

/// The place on a curve at `t`, 0 to 1.
fn at(piece: &Piece, t: f64) -> (f64, f64) {
    let s = 1.0 - t;
    let mix = |of: fn(&(i32, i32)) -> i32| {
        let [a, b, c, d] = piece.each_ref().map(|point| f64::from(of(point)));
        s * s * s * a + 3.0 * s * s * t * b + 3.0 * s * t * t * c + t * t * t * d
    };
    (mix(|p| p.0), mix(|p| p.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_joined_and_keep_their_ends() {
        let pieces = [across((0, 0), (10, 20)), across((14, 20), (30, 0))];
        let points = points(&pieces);
        assert_eq!((points[0], points[points.len() - 1]), ((0.0, 0.0), (30.0, 0.0)));
        assert_eq!(points.len() as i32, 2 * STEPS + 1);
        assert!(points.is_sorted_by(|a, b| a.0 <= b.0));
    }
}
