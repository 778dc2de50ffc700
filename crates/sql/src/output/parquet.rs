//! Rows as Parquet.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use mmio_format::{Error, Result};
use polars::prelude::{DataFrame, PolarsError, Schema};
use polars_io::parquet::write::{BatchedWriter, ParquetCompression, ParquetWriter};

use super::super::message;
use super::Sink;

/// A sink that makes a row group of each batch.
pub(super) struct Parquet<'a> {
    writer: BatchedWriter<Watched<'a>>,
    name: &'a str,
    refused: Refused,
}

/// Why the output refused what was written: polars makes a text of it.
type Refused = Arc<Mutex<Option<io::Error>>>;

impl<'a> Parquet<'a> {
    pub(super) fn new(to: &'a mut (dyn Write + Send), name: &'a str, schema: &Schema) -> Result<Parquet<'a>> {
        let refused = Refused::default();
        let watched = Watched { to, refused: refused.clone() };
        let writer =
            ParquetWriter::new(watched).with_compression(ParquetCompression::Zstd(None)).batched(schema);
        Ok(Parquet { writer: writer.map_err(|e| error(name, &refused, &e))?, name, refused })
    }
}

impl Sink for Parquet<'_> {
    fn write(&mut self, batch: &DataFrame) -> Result<()> {
        self.writer.write_batch(batch).map_err(|e| error(self.name, &self.refused, &e))
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.writer.finish().map(|_| ()).map_err(|e| error(self.name, &self.refused, &e))
    }
}

fn error(name: &str, refused: &Refused, error: &PolarsError) -> Error {
    match refused.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(cause) => Error::write(name, cause),
        None => Error::Request(format!("{name}: {}", message::one_line(&error.to_string()))),
    }
}

/// An output that remembers its error.
struct Watched<'a> {
    to: &'a mut (dyn Write + Send),
    refused: Refused,
}

impl Watched<'_> {
    fn watch<T>(&self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            let (kind, text) = (error.kind(), error.to_string());
            *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            io::Error::new(kind, text)
        })
    }
}

impl Write for Watched<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.to.write(bytes);
        self.watch(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.to.flush();
        self.watch(result)
    }
}
