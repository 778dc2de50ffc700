//! Registers at equal distances, as tables.

/// Registers that lie at equal distances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// Place of the first one in the list.
    pub(crate) first: usize,
    /// How many there are, 1 or more.
    pub(crate) elements: usize,
    /// Bytes from one to the next; 0 for a single register.
    pub(crate) stride: u64,
}

/// Fewest registers that make a table: two always lie at equal distances.
pub(crate) const MIN_ELEMENTS: usize = 3;

/// Cuts `offsets`, which rise, into tables of at least [`MIN_ELEMENTS`] and single registers. Whoever calls
/// has put together only what may share a table.
pub(crate) fn runs(offsets: &[u64]) -> Vec<Run> {
    let mut out = Vec::new();
    let mut first = 0;
    while first < offsets.len() {
        let (elements, stride) = longest(&offsets[first..]);
        let single = elements < MIN_ELEMENTS;
        let run =
            if single { Run { first, elements: 1, stride: 0 } } else { Run { first, elements, stride } };
        first += run.elements;
        out.push(run);
    }
    out
}

/// How many offsets from the first one on are at equal distances, and the distance.
fn longest(offsets: &[u64]) -> (usize, u64) {
    let [a, b, ..] = offsets else { return (1, 0) };
    let stride = b - a;
    let more = offsets.windows(2).take_while(|pair| pair[1] - pair[0] == stride).count();
    (more + 1, stride)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_and_single_registers() {
        let table = |first, elements, stride| Run { first, elements, stride };
        assert_eq!(runs(&[]), []);
        assert_eq!(runs(&[8]), [table(0, 1, 0)]);
        assert_eq!(runs(&[8, 12]), [table(0, 1, 0), table(1, 1, 0)]);
        assert_eq!(runs(&[0, 4, 8, 12, 28, 44, 60]), [table(0, 4, 4), table(4, 3, 16)]);
        assert_eq!(runs(&[0, 100, 104, 108]), [table(0, 1, 0), table(1, 3, 4)]);
        assert_eq!(runs(&[0, u64::MAX]), [table(0, 1, 0), table(1, 1, 0)]);
    }
}
