//! Suffix array by induced sorting, and the longest common prefixes of its neighbours.
//!
//! Induced sorting (Nong, Zhang and Chan, 2009) is linear in time for every input, so that no
//! trace, however repetitive, makes the miner slow.

const EMPTY: u32 = u32::MAX;

/// The suffix array of `text`, whose symbols are below `alphabet`.
///
/// The end of the text counts as smaller than every symbol. The text must be shorter than
/// `u32::MAX`.
pub(super) fn suffix_array(text: &[u32], alphabet: usize) -> Vec<u32> {
    let mut array = vec![EMPTY; text.len()];
    if !text.is_empty() {
        sort(text, alphabet, &mut array);
    }
    array
}

/// Sorts the suffixes of a text that is not empty.
fn sort(text: &[u32], alphabet: usize, array: &mut [u32]) {
    let small = smaller_than_next(text);
    let marks: Vec<u32> = (1..text.len()).filter(|&i| small.leftmost(i)).map(|i| i as u32).collect();
    let sizes = sizes(text, alphabet);
    place(text, &sizes, &marks, array);
    induce(text, &sizes, &small, array);
    if marks.len() > 1 {
        let sorted = sort_marks(text, &small, &marks, array);
        place(text, &sizes, &sorted, array);
        induce(text, &sizes, &small, array);
    }
}

/// Which suffixes are smaller than the one that starts a symbol later.
struct Small(Vec<bool>);

impl Small {
    /// Whether the suffix at `i` is smaller than its successor and its predecessor is not.
    fn leftmost(&self, i: usize) -> bool {
        i > 0 && self.0[i] && !self.0[i - 1]
    }
}

fn smaller_than_next(text: &[u32]) -> Small {
    let mut small = vec![false; text.len()];
    for i in (0..text.len() - 1).rev() {
        small[i] = text[i] < text[i + 1] || (text[i] == text[i + 1] && small[i + 1]);
    }
    Small(small)
}

fn sizes(text: &[u32], alphabet: usize) -> Vec<u32> {
    let mut sizes = vec![0u32; alphabet];
    for &symbol in text {
        sizes[symbol as usize] += 1;
    }
    sizes
}

/// First place of each symbol's bucket.
fn heads(sizes: &[u32]) -> Vec<u32> {
    let mut sum = 0;
    sizes
        .iter()
        .map(|&size| {
            sum += size;
            sum - size
        })
        .collect()
}

/// The place after each symbol's bucket.
fn tails(sizes: &[u32]) -> Vec<u32> {
    let mut sum = 0;
    sizes
        .iter()
        .map(|&size| {
            sum += size;
            sum
        })
        .collect()
}

/// Empties the array and puts the marked suffixes at the ends of their buckets, in order.
fn place(text: &[u32], sizes: &[u32], marks: &[u32], array: &mut [u32]) {
    array.fill(EMPTY);
    let mut tails = tails(sizes);
    for &mark in marks.iter().rev() {
        let tail = &mut tails[text[mark as usize] as usize];
        *tail -= 1;
        array[*tail as usize] = mark;
    }
}

/// Derives the order of all suffixes from that of the marked ones.
fn induce(text: &[u32], sizes: &[u32], small: &Small, array: &mut [u32]) {
    let put = |array: &mut [u32], heads: &mut [u32], at: usize| {
        let head = &mut heads[text[at] as usize];
        array[*head as usize] = at as u32;
        *head += 1;
    };
    let mut ends = heads(sizes);
    put(array, &mut ends, text.len() - 1);
    for i in 0..array.len() {
        let suffix = array[i];
        if suffix != EMPTY && suffix > 0 && !small.0[suffix as usize - 1] {
            put(array, &mut ends, suffix as usize - 1);
        }
    }
    let mut ends = tails(sizes);
    for i in (0..array.len()).rev() {
        let suffix = array[i];
        if suffix != EMPTY && suffix > 0 && small.0[suffix as usize - 1] {
            let tail = &mut ends[text[suffix as usize - 1] as usize];
            *tail -= 1;
            array[*tail as usize] = suffix - 1;
        }
    }
}

/// The marked suffixes in order, given an array in which the marked *substrings* are.
fn sort_marks(text: &[u32], small: &Small, marks: &[u32], array: &[u32]) -> Vec<u32> {
    let mut number = vec![EMPTY; text.len()];
    for (i, &mark) in marks.iter().enumerate() {
        number[mark as usize] = i as u32;
    }
    let order: Vec<u32> =
        array.iter().filter(|&&s| s != EMPTY && number[s as usize] != EMPTY).copied().collect();
    let end =
        |mark: u32| marks.get(number[mark as usize] as usize + 1).map_or(text.len(), |&m| m as usize + 1);
    let mut names = vec![0u32; marks.len()];
    let mut name = 0;
    for pair in order.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        // A substring that runs into the end of the text equals no other.
        let cut = |m: u32| number[m as usize] as usize + 1 == marks.len();
        let same = !cut(a) && !cut(b) && text[a as usize..end(a)] == text[b as usize..end(b)];
        name += u32::from(!same);
        names[number[b as usize] as usize] = name;
    }
    drop(number);
    if name as usize + 1 == marks.len() {
        return order;
    }
    let mut sorted = vec![EMPTY; marks.len()];
    sort(&names, name as usize + 1, &mut sorted);
    debug_assert!(marks.iter().all(|&m| small.leftmost(m as usize)));
    sorted.iter().map(|&i| marks[i as usize]).collect()
}

/// For each place of the suffix array but the first, the length of the longest common prefix
/// with the place before it; 0 for the first.
pub(super) fn common_prefixes(text: &[u32], array: &[u32]) -> Vec<u32> {
    let mut previous = vec![EMPTY; text.len()];
    for pair in array.windows(2) {
        previous[pair[1] as usize] = pair[0];
    }
    let mut length = 0usize;
    for i in 0..text.len() {
        let j = previous[i];
        if j == EMPTY {
            length = 0;
        } else {
            let same = text[i + length..].iter().zip(&text[j as usize + length..]);
            length += same.take_while(|(a, b)| a == b).count();
        }
        // From here on the entry holds a length: each is read once, before it is overwritten.
        previous[i] = length as u32;
        length = length.saturating_sub(1);
    }
    array.iter().map(|&suffix| previous[suffix as usize]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &[u32], alphabet: usize) {
        let array = suffix_array(text, alphabet);
        let mut expected: Vec<u32> = (0..text.len() as u32).collect();
        expected.sort_by_key(|&i| &text[i as usize..]);
        assert_eq!(array, expected, "{text:?}");
        let prefixes = common_prefixes(text, &array);
        for (i, pair) in array.windows(2).enumerate() {
            let (a, b) = (&text[pair[0] as usize..], &text[pair[1] as usize..]);
            let common = a.iter().zip(b).take_while(|(x, y)| x == y).count();
            assert_eq!(prefixes[i + 1] as usize, common, "{text:?}");
        }
    }

    #[test]
    fn agrees_with_plain_sorting_on_every_short_text() {
        for length in 0..9u32 {
            for number in 0..3u32.pow(length) {
                let text: Vec<u32> = (0..length).map(|i| number / 3u32.pow(i) % 3).collect();
                check(&text, 3);
            }
        }
    }

    #[test]
    fn agrees_on_repetitive_texts() {
        let mut fibonacci = (vec![0], vec![0, 1]);
        while fibonacci.1.len() < 300 {
            let next = [&fibonacci.1[..], &fibonacci.0[..]].concat();
            fibonacci = (fibonacci.1, next);
        }
        check(&fibonacci.1, 2);
        check(&vec![0; 200], 1);
        check(&(0..400).map(|i| i % 7).collect::<Vec<_>>(), 7);
        let mut state = 1u64;
        let random: Vec<u32> = (0..500)
            .map(|_| {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                (state >> 60) as u32
            })
            .collect();
        check(&random, 16);
    }
}
