//! Parquet files with the columns of the CSV form, for a data frame. Built with the feature `parquet` alone: its library is large, and few
//! need it.

#[cfg(feature = "parquet")]
use parquet::{errors, file::writer::SerializedFileWriter, record::RecordWriter};

use super::renderer::{Render, Renderer};
use super::{changes, own, record};

pub(super) const RENDERER: Renderer = Renderer {
    name: "parquet",
    file: None,
    full: Some(Render::Bytes(|board| file(record::records(board)))),
    own: Some(Render::Bytes(|board| file(own::records(board)))),
    changes: Some(Render::Bytes(|all| file(changes::records(all)))),
};

#[cfg(not(feature = "parquet"))]
fn file<R>(_: impl Iterator<Item = R>) -> Option<Vec<u8>> {
    None
}

#[cfg(feature = "parquet")]
fn file<R>(records: impl Iterator<Item = R>) -> Option<Vec<u8>>
where
    for<'a> &'a [R]: RecordWriter<R>,
{
    let records: Vec<R> = records.collect();
    Some(written(&records).expect("a Vec accepts every record"))
}

/// One row group with all records.
#[cfg(feature = "parquet")]
fn written<R>(records: &[R]) -> errors::Result<Vec<u8>>
where
    for<'a> &'a [R]: RecordWriter<R>,
{
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, records.schema()?, Default::default())?;
    let mut group = writer.next_row_group()?;
    records.write_to_row_group(&mut group)?;
    group.close()?;
    writer.close()?;
    Ok(bytes)
}
