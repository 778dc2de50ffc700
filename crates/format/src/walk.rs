//! A walk over the accesses of a trace, which a [`Visitor`] sees one after the other.
//!
//! ```
//! use mmio_format::register::Table;
//! use mmio_format::walk::{Moment, Visitor, walk};
//! use mmio_format::{Access, Op, RegisterId, Scope, Trace};
//!
//! /// Writes after each marker.
//! #[derive(Default)]
//! struct Phases {
//!     table: Table,
//!     writes: Vec<(String, u64)>,
//! }
//!
//! impl Visitor for Phases {
//!     const VALUES: bool = false;
//!     const MARKERS: bool = true;
//!
//!     fn registers(&mut self) -> &mut Table {
//!         &mut self.table
//!     }
//!
//!     fn access(&mut self, _: RegisterId, access: &Access) {
//!         if let Some((_, writes)) = self.writes.last_mut() {
//!             *writes += u64::from(access.op == Op::Write);
//!         }
//!     }
//!
//!     fn marker(&mut self, _: &Moment, text: &[u8]) {
//!         self.writes.push((String::from_utf8_lossy(text).into_owned(), 0));
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("trace.txt");
//! # let line = "W 4 1.000000 1 0xfed00010 0x1 0x0 0\n";
//! # std::fs::write(&path, format!("MARK 0.500000 on\n{line}{line}MARK 2.000000 off\n{line}"))?;
//! let (mut trace, mut phases) = (Trace::open(&path)?, Phases::default());
//! walk(&mut trace, &Scope::default(), &mut phases)?;
//! assert_eq!(phases.writes, [("on".to_string(), 2), ("off".to_string(), 1)]);
//! # Ok(())
//! # }
//! ```

use crate::error::Result;
use crate::located::{Located, Locator};
use crate::pass::{Pass, columns};
use crate::scope::Scope;
use crate::trace::Trace;

pub use crate::visitor::{Moment, Visitor};

/// Shows the accesses in `scope` to `visitor`, and returns how many these are.
///
/// # Errors
/// [`crate::Error::Io`], and [`crate::Error::Request`] when no device has a name that is asked for, and for registers
/// behind a port.
pub fn walk<V: Visitor>(trace: &mut Trace, scope: &Scope, visitor: &mut V) -> Result<u64> {
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
    )?;
    Ok(pass.shown())
}
