//! Answers to SQL queries.

use std::any::Any;
use std::io::Write;
use std::panic;

use mmio_format::{Error, Result};
use polars::error::set_warning_function;
use polars::prelude::{DataFrame, PolarsResult};
use polars::sql::SQLContext;

use super::dialect::rewrite;
use super::message;
use super::output::{self, Form, Header};
use super::scan::scan;
use super::table::Table;
use super::traces::Traces;

/// Stack for a query's nested expressions, which polars follows by recursion. It is only mapped, not used.
const STACK: usize = 256 << 20;

/// The answer to a query.
#[derive(Clone, Debug)]
pub struct Rows(DataFrame);

impl Rows {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.0.height()
    }

    /// Whether the answer is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes all rows. `name` names the output in errors, `header` is what JSON says before the rows.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write(self, form: Form, header: &Header, to: &mut (dyn Write + Send), name: &str) -> Result<()> {
        output::write(self.0, form, header, to, name)
    }
}

/// Answers `sql`, whose tables are those of [`Table`]. Silences panics of the process while it works, which are
/// returned as errors, and polars' warnings from then on.
///
/// # Errors
/// [`Error::Request`] with what is wrong with the query, or what of it the engine cannot do. A trace that
/// cannot be read is the same, with the place in the text.
pub fn query(traces: &Traces, sql: &str) -> Result<Rows> {
    let sql = rewrite(sql)?;
    // What polars will drop in its next version is nothing that a user of ours can act on.
    set_warning_function(|_, _| {});
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let answer = std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(STACK);
        builder.spawn_scoped(scope, || run(traces, &sql)).map(|thread| thread.join())
    });
    panic::set_hook(hook);
    match answer {
        Ok(Ok(Ok(frame))) => Ok(Rows(frame)),
        Ok(Ok(Err(error))) => Err(message::of_query(&error)),
        Ok(Err(panic)) => Err(Error::Request(format!("polars cannot run this query: {}", said(&*panic)))),
        Err(error) => Err(Error::Request(format!("cannot start a thread: {error}"))),
    }
}

fn run(traces: &Traces, sql: &str) -> PolarsResult<DataFrame> {
    let mut context = SQLContext::new();
    for table in Table::ALL {
        context.register(table.name(), scan(traces, table)?);
    }
    context.execute(sql)?.collect()
}

/// What a panic said.
fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
    message::one_line(text.unwrap_or("it does not say why"))
}
