//! A walk over the accesses of a trace, which a [`Visitor`] sees one after the other.

use crate::error::Result;
use crate::located::{Located, Locator};
use crate::pass::{Pass, columns};
use crate::scope::Scope;
use crate::trace::Trace;

pub use crate::visitor::{Moment, Visitor};

/// Shows the accesses in `scope` to `visitor`.
///
/// # Errors
/// [`crate::Error::Io`], and [`crate::Error::Request`] when no device has the name asked for.
pub fn walk<V: Visitor>(trace: &mut Trace, scope: &Scope, visitor: &mut V) -> Result<()> {
    let devices = trace.devices().clone();
    let start = trace.start();
    let mut pass = Pass::new(&devices, scope, start)?;
    let takes = pass.takes(V::MARKERS);
    trace.map(
        columns::<V>(scope),
        takes,
        || {
            let mut locator = Locator::new(&devices);
            move |first_record, block: &_, located: &mut Located| {
                locator.locate(first_record, block, located);
            }
        },
        |part, located| {
            pass.part(part, located, visitor);
            Ok(())
        },
    )
}
