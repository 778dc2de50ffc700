//! Columns that are mostly known from other rows: map id, pc, cpu, pid, caller, sequence, repeat, flags.

use super::CodecError;
use super::predict::slot;
use super::varint::{self, Reader};

/// How a column is stored, also the number of the encoding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Order {
    /// How many rows, and the difference to the rows before, for each run of equal numbers.
    Runs = 1,
    /// Predictions: the number of the row that this one resembles, then that of the row before.
    Alike = 2,
    /// Predictions: one more than in the last row of the same mapping, then one more than in the row before.
    Count = 3,
}

impl Order {
    fn from_encoding(encoding: u8) -> Option<Self> {
        [Order::Runs, Order::Alike, Order::Count].into_iter().find(|&order| order as u8 == encoding)
    }
}

/// Bytes of a spelled-out number, from token 2 on.
const WIDTHS: [usize; 4] = [1, 2, 4, 8];

/// The properties by which rows are compared.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    /// The earlier row that each row resembles.
    pub(super) like: &'a [u16],
    /// The map id of each row.
    pub(super) map_ids: &'a [i32],
}

/// Predictions of one column.
struct Predictor<'a> {
    order: Order,
    rows: Rows<'a>,
    before: u64,
    /// The last number of each mapping.
    counts: [u64; 256],
}

impl<'a> Predictor<'a> {
    fn new(order: Order, rows: Rows<'a>) -> Self {
        Self { order, rows, before: 0, counts: [0; 256] }
    }

    fn place(&self, row: usize) -> usize {
        slot(u64::from(self.rows.map_ids[row] as u32), 8)
    }

    #[inline]
    fn predict(&self, row: usize, column: &[u64]) -> [u64; 2] {
        match self.order {
            Order::Count => [self.counts[self.place(row)].wrapping_add(1), self.before.wrapping_add(1)],
            _ if row == 0 => [0; 2],
            _ => [column[usize::from(self.rows.like[row])], self.before],
        }
    }

    #[inline]
    fn push(&mut self, row: usize, number: u64) {
        self.before = number;
        if self.order == Order::Count {
            self.counts[self.place(row)] = number;
        }
    }
}

/// Appends runs: rows, zigzag difference.
fn encode_runs(column: &[u64], out: &mut Vec<u8>) {
    let mut before = 0u64;
    for run in column.chunk_by(|a, b| a == b) {
        varint::put(out, run.len() as u64);
        varint::put(out, varint::zigzag(run[0].wrapping_sub(before)));
        before = run[0];
    }
}

/// Reads what [`encode_runs`] wrote.
fn decode_runs(mut data: Reader, records: usize, column: &mut Vec<u64>) -> Result<(), CodecError> {
    column.clear();
    let mut number = 0u64;
    while column.len() < records {
        let rows = data.varint_up_to(records - column.len())?;
        if rows == 0 {
            return Err(CodecError::Invalid("a run of no rows"));
        }
        number = number.wrapping_add(varint::unzigzag(data.varint()?));
        column.resize(column.len() + rows, number);
    }
    data.finish()
}

/// Appends `column`: tokens, then what they spell out, as the zigzag difference to the first prediction.
pub(super) fn encode(order: Order, column: &[u64], rows: Rows, spelled: &mut Vec<u8>, out: &mut Vec<u8>) {
    if order == Order::Runs {
        return encode_runs(column, out);
    }
    spelled.clear();
    let mut predictor = Predictor::new(order, rows);
    for (row, &number) in column.iter().enumerate() {
        let [first, second] = predictor.predict(row, column);
        let token = if number == first {
            0
        } else if number == second {
            1
        } else {
            let difference = varint::zigzag(number.wrapping_sub(first));
            let class =
                [8, 16, 32, 64].iter().position(|bits| difference >> (bits - 1) >> 1 == 0).unwrap_or(3);
            spelled.extend_from_slice(&difference.to_le_bytes()[..WIDTHS[class]]);
            2 + class as u8
        };
        out.push(token);
        predictor.push(row, number);
    }
    out.extend_from_slice(spelled);
}

/// Reads a column of `records` rows that [`encode`] wrote.
pub(super) fn decode(
    id: u8,
    mut data: Reader,
    encoding: u8,
    records: usize,
    rows: Rows,
    column: &mut Vec<u64>,
) -> Result<(), CodecError> {
    let order = Order::from_encoding(encoding).ok_or(CodecError::Encoding { id, encoding })?;
    let refers_to = match order {
        Order::Runs => records,
        Order::Alike => rows.like.len(),
        Order::Count => rows.map_ids.len(),
    };
    // Map ids refer to no other column: they are read before all.
    if refers_to < records {
        return Err(CodecError::Encoding { id, encoding });
    }
    if order == Order::Runs {
        return decode_runs(data, records, column);
    }
    let tokens = data.take(records)?;
    column.clear();
    column.resize(records, 0);
    let mut predictor = Predictor::new(order, rows);
    for (row, &token) in tokens.iter().enumerate() {
        let predicted = predictor.predict(row, column);
        let number = match token {
            0 | 1 => predicted[usize::from(token)],
            2..=5 => {
                let mut bytes = [0; 8];
                let width = WIDTHS[usize::from(token) - 2];
                bytes[..width].copy_from_slice(data.take(width)?);
                predicted[0].wrapping_add(varint::unzigzag(u64::from_le_bytes(bytes)))
            }
            _ => return Err(CodecError::Invalid("an unknown token")),
        };
        column[row] = number;
        predictor.push(row, number);
    }
    data.finish()
}
