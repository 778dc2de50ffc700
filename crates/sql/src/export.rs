//! Writes a whole table without holding it.

use std::io::Write;

use mmio_format::Result;

use super::output::{self, Form, Header};
use super::prune::Prune;
use super::read::{Request, read};
use super::table::Table;
use super::traces::Traces;

/// Writes all rows of `table` that pass the filter of `traces`, batch by batch. `name` names the output in
/// errors, `header` is what JSON says before the rows.
///
/// # Errors
/// [`mmio_format::Error::Io`]; [`mmio_format::Error::Request`] when the filter names a device that a trace does not
/// have, and for [`Form::Table`], which needs to see all rows before it writes one.
pub fn export(
    traces: &Traces,
    table: Table,
    form: Form,
    header: &Header,
    to: &mut (dyn Write + Send),
    name: &str,
) -> Result<()> {
    let columns: Vec<&'static str> = table.columns().iter().map(|c| c.0).collect();
    let mut sink = output::sink(form, &table.schema(), header, to, name)?;
    for input in &traces.inputs {
        let request = Request { table, columns: &columns, prune: Prune::Maybe, limit: usize::MAX };
        read(input, &request, |batch| sink.write(&batch))?;
    }
    sink.finish()
}
