//! Which blocks a condition of a query rules out, from the heads of the blocks alone.

use mmio_format::{Devices, Op, Stats, UNMAPPED};
use polars::prelude::{Expr, LiteralValue, Operator};

use super::read::seconds;

/// A test of a block: can any of its accesses fulfil the condition?
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Prune {
    /// Nothing is known: it can.
    Maybe,
    /// The time in seconds, compared with a number.
    Time(Operator, f64),
    /// The number of the access, compared with a number.
    Index(Operator, f64),
    /// One of these kinds, as in [`Stats::kinds`].
    Kinds(u32),
    /// An address in one of these ranges, both ends included.
    Addresses(Vec<(u64, u64)>),
    And(Box<Prune>, Box<Prune>),
    Or(Box<Prune>, Box<Prune>),
}

impl Prune {
    /// The test that belongs to a condition on the table of accesses of a trace with these devices.
    pub(super) fn of(condition: &Expr, devices: &Devices) -> Prune {
        let Expr::BinaryExpr { left, op, right } = condition else { return Prune::Maybe };
        let both = || (Box::new(Prune::of(left, devices)), Box::new(Prune::of(right, devices)));
        match op {
            Operator::And | Operator::LogicalAnd => {
                let (a, b) = both();
                Prune::And(a, b)
            }
            Operator::Or | Operator::LogicalOr => {
                let (a, b) = both();
                Prune::Or(a, b)
            }
            _ => match (&**left, &**right) {
                (Expr::Column(name), Expr::Literal(value)) => compare(name, *op, value, devices),
                (Expr::Literal(value), Expr::Column(name)) => compare(name, mirrored(*op), value, devices),
                _ => Prune::Maybe,
            },
        }
    }

    /// Whether an access of a block can fulfil the condition; `first_access` is the number of its first one.
    pub(super) fn may_hold(&self, stats: &Stats, first_access: u64) -> bool {
        match self {
            Prune::Maybe => true,
            Prune::And(a, b) => a.may_hold(stats, first_access) && b.may_hold(stats, first_access),
            Prune::Or(a, b) => a.may_hold(stats, first_access) || b.may_hold(stats, first_access),
            Prune::Kinds(kinds) => stats.kinds & kinds != 0,
            Prune::Addresses(ranges) => {
                stats.address.is_none_or(|(low, high)| ranges.iter().any(|r| r.0 <= high && low <= r.1))
            }
            Prune::Time(op, bound) => {
                stats.time.is_none_or(|(first, last)| reaches(seconds(first), seconds(last), *op, *bound))
            }
            Prune::Index(op, bound) => {
                let last = first_access.saturating_add(stats.accesses.saturating_sub(1).into());
                reaches(first_access as f64, last as f64, *op, *bound)
            }
        }
    }
}

/// Whether a number from `first` to `last` may compare so with `bound`. Both ends count as reached: large integers are
/// rounded.
fn reaches(first: f64, last: f64, op: Operator, bound: f64) -> bool {
    match op {
        Operator::Lt | Operator::LtEq => first <= bound,
        Operator::Gt | Operator::GtEq => last >= bound,
        Operator::Eq => first <= bound && bound <= last,
        _ => true,
    }
}

fn compare(column: &str, op: Operator, value: &LiteralValue, devices: &Devices) -> Prune {
    let number = || value.to_any_value().and_then(|value| value.extract::<f64>()).filter(|n| !n.is_nan());
    let ordered =
        |op| matches!(op, Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq | Operator::Eq);
    match (column, op, value.extract_str()) {
        ("time", op, None) if ordered(op) => number().map_or(Prune::Maybe, |n| Prune::Time(op, n)),
        ("index", op, None) if ordered(op) => number().map_or(Prune::Maybe, |n| Prune::Index(op, n)),
        ("op", Operator::Eq, Some(text)) => {
            let of = |op: &Op| text.len() == 1 && text.starts_with(op.letter());
            let ops = [Op::Read, Op::Write, Op::Unknown];
            Prune::Kinds(ops.iter().filter(|op| of(op)).map(|op| 1 << *op as u8).sum())
        }
        ("device", Operator::Eq, Some(name)) if name != UNMAPPED => {
            Prune::Addresses(devices.ranges(|id| devices.get(id).name == name))
        }
        _ => Prune::Maybe,
    }
}

/// The operator for the operands the other way round.
fn mirrored(op: Operator) -> Operator {
    match op {
        Operator::Lt => Operator::Gt,
        Operator::LtEq => Operator::GtEq,
        Operator::Gt => Operator::Lt,
        Operator::GtEq => Operator::LtEq,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::{col, lit};

    fn block(first: u64, last: u64) -> Stats {
        let time = Some((first * 1_000_000_000, last * 1_000_000_000));
        let mut stats = Stats::default();
        (stats.time, stats.kinds, stats.accesses) = (time, 1 << Op::Read as u8, 10);
        stats
    }

    fn holds(condition: Expr, stats: &Stats) -> bool {
        Prune::of(&condition, &Devices::default()).may_hold(stats, 100)
    }

    #[test]
    fn times_rule_blocks_out() {
        let t = || col("time");
        let stats = block(10, 20);
        for (condition, expected) in [
            (t().lt(lit(9.9)), false),
            (t().lt_eq(lit(10.0)), true),
            (t().gt(lit(20.1)), false),
            (t().gt_eq(lit(20.0)), true),
            (t().eq(lit(15)), true),
            (t().eq(lit(21)), false),
            (lit(9.9).gt(t()), false),
            (lit(20.0).lt_eq(t()), true),
            (t().gt(lit(5)).and(t().lt(lit(9))), false),
            (t().lt(lit(5)).or(t().gt(lit(12))), true),
            (t().lt(lit(5)).or(t().gt(lit(22))), false),
            (t().lt(lit(5)).or(col("value").eq(lit(1))), true),
            (t().lt(lit(5)).not(), true),
            (t().neq(lit(15)), true),
            (t().lt(lit(f64::NAN)), true),
        ] {
            assert_eq!(holds(condition.clone(), &stats), expected, "{condition:?}");
        }
    }

    #[test]
    fn numbers_of_accesses_rule_blocks_out() {
        let index = || col("index");
        for (condition, expected) in [
            (index().lt(lit(100)), true),
            (index().lt(lit(99)), false),
            (index().gt_eq(lit(109)), true),
            (index().gt_eq(lit(110)), false),
            (index().eq(lit(105)), true),
            (index().neq(lit(5)), true),
        ] {
            assert_eq!(holds(condition.clone(), &block(1, 2)), expected, "{condition:?}");
        }
    }

    #[test]
    fn ops_rule_blocks_out() {
        assert!(holds(col("op").eq(lit("R")), &block(1, 2)));
        assert!(!holds(col("op").eq(lit("W")), &block(1, 2)));
        assert!(!holds(col("op").eq(lit("RW")), &block(1, 2)));
        assert!(holds(col("op").neq(lit("R")), &block(1, 2)));
    }
}
