//! A region as a user names it: `NAME=BASE+LENGTH`.

use super::kept::Kept;
use super::number::{decimal, prefixed_hex};
use super::{NamedRegion, Places, PlacesError, is_range};

impl Places {
    /// Adds the region that `NAME=BASE+LENGTH` describes; both numbers are decimal, or hexadecimal after `0x`.
    ///
    /// # Errors
    /// [`PlacesError`] where it is spelled otherwise, has no length or does not end within 64 bits.
    pub fn add_region(&mut self, spec: &str) -> Result<(), PlacesError> {
        let region = parse(spec).ok_or_else(|| PlacesError::NotARegion(spec.to_owned()))?;
        if region.length == 0 {
            return Err(PlacesError::EmptyRegion(spec.to_owned()));
        }
        if !is_range(region.base, region.length) {
            return Err(PlacesError::RegionTooLong(spec.to_owned()));
        }
        let mut regions = Kept::new();
        regions.push(region);
        self.keep_regions(regions);
        Ok(())
    }
}

/// Reads the parts; a name may have `=` and `+` in it, but not what a terminal would obey.
fn parse(spec: &str) -> Option<NamedRegion> {
    let (name, range) = spec.rsplit_once('=')?;
    let (base, length) = range.split_once('+')?;
    let name = name.trim();
    if name.is_empty() || name.chars().any(char::is_control) {
        return None;
    }
    let number = |text: &str| prefixed_hex(text.trim()).or_else(|| decimal(text.trim()));
    Some(NamedRegion { name: name.to_owned(), base: number(base)?, length: number(length)? })
}
