//! A table as polars scans it.

use std::any::Any;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use mmio_format::{Error, Result};
use polars::prelude::{
    AnonymousScan, AnonymousScanArgs, BooleanFunction, DataFrame, Expr, FunctionExpr, IntoLazy, LazyFrame,
    Operator, PolarsError, PolarsResult, ScanArgsAnonymous, SchemaRef, binary_expr,
};

use super::prune::Prune;
use super::read::{Request, read};
use super::table::Table;
use super::traces::{Input, Traces};

/// One table of all traces.
struct Scan {
    inputs: Vec<Arc<Input>>,
    table: Table,
}

/// The table as a frame that is read when the query runs.
pub(super) fn scan(traces: &Traces, table: Table) -> PolarsResult<LazyFrame> {
    let args = ScanArgsAnonymous { schema: Some(table.schema()), name: table.name(), ..Default::default() };
    LazyFrame::anonymous_scan(Arc::new(Scan { inputs: traces.inputs.clone(), table }), args)
}

impl AnonymousScan for Scan {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn schema(&self, _infer_schema_length: Option<usize>) -> PolarsResult<SchemaRef> {
        Ok(self.table.schema())
    }

    fn allows_predicate_pushdown(&self) -> bool {
        true
    }

    fn allows_projection_pushdown(&self) -> bool {
        true
    }

    fn scan(&self, args: AnonymousScanArgs) -> PolarsResult<DataFrame> {
        let columns = self.columns(&args);
        let schema = self.table.schema().try_project(columns.iter())?;
        let mut frame = DataFrame::empty_with_schema(&schema);
        let (by_row, at_end) = match args.predicate.and_then(lasting) {
            Some(condition) if is_by_row(&condition) => (Some(condition), None),
            condition => (None, condition),
        };
        let limit = args.n_rows.unwrap_or(usize::MAX);
        std::thread::scope(|scope| {
            // The reader holds a trace and must never wait for polars' threads, for they may wait for the trace:
            // so what it has read is queued.
            let (send, receive) = channel();
            let (columns, by_row) = (&columns, &by_row);
            let reader = scope.spawn(move || self.read_all(columns, by_row.as_ref(), limit, &send));
            for batch in receive {
                let batch = match by_row {
                    Some(condition) => batch.lazy().filter(condition.clone()).collect()?,
                    None => batch,
                };
                frame.vstack_mut_owned(batch)?;
            }
            match reader.join() {
                Ok(result) => result.map_err(|error| PolarsError::ComputeError(error.to_string().into())),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })?;
        match at_end {
            Some(condition) => frame.lazy().filter(condition).collect(),
            None => Ok(frame),
        }
    }
}

impl Scan {
    /// The columns that a query needs.
    fn columns(&self, args: &AnonymousScanArgs) -> Vec<&'static str> {
        let all = self.table.columns().iter().map(|c| c.0);
        match &args.with_columns {
            Some(wanted) => wanted.iter().filter_map(|w| all.clone().find(|c| c == w)).collect(),
            None => all.collect(),
        }
    }

    fn read_all(
        &self,
        columns: &[&'static str],
        condition: Option<&Expr>,
        mut limit: usize,
        to: &Sender<DataFrame>,
    ) -> Result<()> {
        for input in &self.inputs {
            let prune = condition.map_or(Prune::Maybe, |condition| Prune::of(condition, &input.devices));
            let request = Request { table: self.table, columns, prune, limit };
            let gone = |_| Error::Request("the query has ended".into());
            limit -= read(input, &request, |batch| to.send(batch).map_err(gone))?;
        }
        Ok(())
    }
}

/// The condition without what polars adds while it sorts for a LIMIT: that says which rows are no longer
/// needed, can be evaluated by polars alone, and changes no answer.
fn lasting(condition: Expr) -> Option<Expr> {
    match condition {
        Expr::Display { .. } => None,
        Expr::BinaryExpr { left, op: op @ (Operator::And | Operator::LogicalAnd), right } => {
            match (lasting((*left).clone()), lasting((*right).clone())) {
                (Some(left), Some(right)) => Some(binary_expr(left, op, right)),
                (left, right) => left.or(right),
            }
        }
        other => Some(other),
    }
}

/// Whether a condition can be decided for each row by itself, as far as this is known.
fn is_by_row(condition: &Expr) -> bool {
    condition.into_iter().all(|part| match part {
        Expr::Column(_) | Expr::BinaryExpr { .. } | Expr::Cast { .. } | Expr::Ternary { .. } => true,
        Expr::Literal(value) => value.is_scalar(),
        Expr::Function { function, .. } => matches!(
            function,
            FunctionExpr::Boolean(
                BooleanFunction::IsNull
                    | BooleanFunction::IsNotNull
                    | BooleanFunction::Not
                    | BooleanFunction::IsIn { .. }
            )
        ),
        _ => false,
    })
}
