//! Lists of CPUs, as sysfs writes them.

use super::roots::{Roots, peek};

/// CPUs that are online, rising.
pub(crate) fn online(roots: &Roots) -> Vec<u32> {
    peek(roots.sys.join("devices/system/cpu/online")).map_or(Vec::new(), |text| parse(&text))
}

/// The CPUs of a list such as `0-3,8`.
pub(crate) fn parse(text: &str) -> Vec<u32> {
    let mut cpus = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        if let (Ok(first), Ok(last)) = (first.trim().parse::<u32>(), last.trim().parse::<u32>())
            && last < 1 << 16
        {
            cpus.extend(first..=last);
        }
    }
    cpus
}

/// A list of CPUs with commas between.
pub(crate) fn join(cpus: &[u32]) -> String {
    cpus.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_cpus() {
        assert_eq!(parse("0-3,8\n"), [0, 1, 2, 3, 8]);
        assert_eq!(parse(""), [0; 0]);
        assert_eq!(parse("0-4294967295"), [0; 0]);
        assert_eq!(join(&[0, 1, 2, 3, 8]), "0,1,2,3,8");
    }
}
