//! The board as a Parquet file with the columns of the CSV form, for a data frame. Built with the feature `parquet` alone: its library
//! is large, and few need it.

use super::renderer::{Render, Renderer};
use crate::board::Board;

pub(super) const RENDERER: Renderer = Renderer {
    name: "parquet",
    file: None,
    render: Render::Bytes(render),
};

#[cfg(not(feature = "parquet"))]
fn render(_: &Board) -> Option<Vec<u8>> {
    None
}

#[cfg(feature = "parquet")]
fn render(board: &Board) -> Option<Vec<u8>> {
    let records: Vec<_> = super::record::records(board).collect();
    Some(file(&records).expect("a Vec accepts every record"))
}

/// One row group with all records.
#[cfg(feature = "parquet")]
fn file(records: &[super::record::Record<'_>]) -> parquet::errors::Result<Vec<u8>> {
    use parquet::file::writer::SerializedFileWriter;
    use parquet::record::RecordWriter;

    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, records.schema()?, Default::default())?;
    let mut group = writer.next_row_group()?;
    records.write_to_row_group(&mut group)?;
    group.close()?;
    writer.close()?;
    Ok(bytes)
}
