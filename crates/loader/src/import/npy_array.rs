//! One array of an `.npz` file: its header, checked before it is trusted, and its elements as a stream.

use std::fmt;
use std::io::{self, BufReader, Read};

use npyz::{DType, Deserialize, NpyFile, NpyHeader, Order, TypeChar, TypeStr};

/// Longest text of a header, in bytes; numpy writes about 100.
const MOST_HEADER_BYTES: usize = 4096;
/// Most opening brackets in a header: its text is read by recursion.
const MOST_BRACKETS: usize = 16;
/// Longest string, in bytes.
const MOST_STRING_BYTES: usize = 4096;

/// An array whose elements are still to be read.
pub(super) struct NpyArray<R: Read> {
    file: NpyFile<BufReader<R>>,
    element: TypeStr,
    n_elements: u64,
}

/// One element.
pub(super) enum Element {
    Integer(i128),
    Float(f64),
    Text(String),
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Element::Integer(number) => number.fmt(f),
            Element::Float(number) => number.fmt(f),
            Element::Text(text) => text.fmt(f),
        }
    }
}

impl<R: Read> NpyArray<R> {
    /// Reads the header. `stated` is the size of the array with its header, which the archive states. The error is the
    /// reason.
    pub(super) fn open(reader: R, stated: u64) -> Result<NpyArray<R>, String> {
        let mut reader = BufReader::new(reader);
        let header = header(&mut reader)?;
        let DType::Plain(element) = header.dtype() else {
            return Err("its elements are records; an array of numbers or strings is expected".to_owned());
        };
        if element.type_char() == TypeChar::Object {
            return Err(
                "its elements are Python objects; convert it before it is saved:\n\
                        .astype(float), or .astype(str) for labels"
                    .to_owned(),
            );
        }
        let n_elements = product(header.shape()).ok_or("its shape is too large")?;
        let item_bytes = element.num_bytes().ok_or_else(|| unsupported(&element))?;
        if item_bytes > MOST_STRING_BYTES {
            return Err(format!(
                "its elements have {item_bytes} bytes, at most {MOST_STRING_BYTES}"
            ));
        }
        let n_bytes = u128::from(n_elements) * item_bytes as u128;
        if n_bytes > stated.into() {
            return Err(format!(
                "its header states {n_bytes} bytes, but it has at most {stated}"
            ));
        }
        Ok(NpyArray {
            file: NpyFile::with_header(header, reader),
            element,
            n_elements,
        })
    }

    pub(super) fn shape(&self) -> &[u64] {
        self.file.shape()
    }

    pub(super) fn n_elements(&self) -> u64 {
        self.n_elements
    }

    pub(super) fn is_fortran(&self) -> bool {
        self.file.order() == Order::Fortran
    }

    /// Whether the elements are strings.
    pub(super) fn is_text(&self) -> bool {
        matches!(self.element.type_char(), TypeChar::UnicodeStr | TypeChar::ByteStr)
    }

    /// Passes every element to `take`, in the order of the file. The error is the reason, or that of `take`.
    pub(super) fn each<E>(self, mut take: impl FnMut(Element) -> Result<(), E>) -> Result<(), EachError<E>> {
        let take = &mut take;
        match (self.element.type_char(), self.element.size_field()) {
            (TypeChar::Bool, 1) => self.read(take, |value: bool| Ok(Element::Integer(value.into()))),
            (TypeChar::Uint, 1) => self.read(take, |value: u8| Ok(Element::Integer(value.into()))),
            (TypeChar::Uint, 2) => self.read(take, |value: u16| Ok(Element::Integer(value.into()))),
            (TypeChar::Uint, 4) => self.read(take, |value: u32| Ok(Element::Integer(value.into()))),
            (TypeChar::Uint, 8) => self.read(take, |value: u64| Ok(Element::Integer(value.into()))),
            (TypeChar::Int, 1) => self.read(take, |value: i8| Ok(Element::Integer(value.into()))),
            (TypeChar::Int, 2) => self.read(take, |value: i16| Ok(Element::Integer(value.into()))),
            (TypeChar::Int, 4) => self.read(take, |value: i32| Ok(Element::Integer(value.into()))),
            (TypeChar::Int, 8) => self.read(take, |value: i64| Ok(Element::Integer(value.into()))),
            (TypeChar::Float, 4) => self.read(take, |value: f32| Ok(Element::Float(value.into()))),
            (TypeChar::Float, 8) => self.read(take, |value: f64| Ok(Element::Float(value))),
            (TypeChar::UnicodeStr, _) => self.read(take, |value: String| Ok(Element::Text(value))),
            (TypeChar::ByteStr, _) => self.read(take, |value: Vec<u8>| {
                let text = String::from_utf8(value).map_err(|_| "a string is not UTF-8")?;
                Ok(Element::Text(text))
            }),
            _ => Err(EachError::Array(unsupported(&self.element))),
        }
    }

    fn read<T: Deserialize, E>(
        self,
        take: &mut impl FnMut(Element) -> Result<(), E>,
        element: impl Fn(T) -> Result<Element, &'static str>,
    ) -> Result<(), EachError<E>> {
        let wrong = |error: &dyn fmt::Display| EachError::Array(first_line(error));
        let n_elements = self.n_elements;
        let elements = self.file.data::<T>().map_err(|error| wrong(&error))?;
        let mut n_read = 0;
        for value in elements {
            let value = value.map_err(|error| wrong(&error))?;
            let element = element(value).map_err(|error| wrong(&error))?;
            take(element).map_err(EachError::Take)?;
            n_read += 1;
        }
        if n_read == n_elements {
            Ok(())
        } else {
            Err(EachError::Array("it is cut off".to_owned()))
        }
    }
}

/// Why the elements could not be passed on.
pub(super) enum EachError<E> {
    /// The array is damaged or of another type.
    Array(String),
    /// The receiver refused an element.
    Take(E),
}

fn unsupported(element: &TypeStr) -> String {
    format!(
        "its type {element} is not supported;\nknown: bool, integers, float32, float64, and strings for labels"
    )
}

fn first_line(error: &dyn fmt::Display) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

/// The product; `None` beyond 64 bits.
fn product(shape: &[u64]) -> Option<u64> {
    shape.iter().try_fold(1_u64, |product, &n| product.checked_mul(n))
}

/// Reads the header, whose length and nesting are checked first.
fn header(reader: &mut impl Read) -> Result<NpyHeader, String> {
    let not_npy = || "it is not a .npy array".to_owned();
    let cut_off = |error: io::Error| match error.kind() {
        io::ErrorKind::UnexpectedEof => not_npy(),
        _ => error.to_string(),
    };
    let mut bytes = vec![0; 10];
    reader.read_exact(&mut bytes).map_err(cut_off)?;
    if !bytes.starts_with(b"\x93NUMPY") {
        return Err(not_npy());
    }
    let mut length = usize::from(bytes[8]) | usize::from(bytes[9]) << 8;
    if bytes[6] > 1 {
        let mut more = [0; 2];
        reader.read_exact(&mut more).map_err(cut_off)?;
        bytes.extend_from_slice(&more);
        length |= usize::from(more[0]) << 16 | usize::from(more[1]) << 24;
    }
    if length > MOST_HEADER_BYTES {
        return Err(format!(
            "its header has {length} bytes, at most {MOST_HEADER_BYTES}"
        ));
    }
    let mut text = vec![0; length];
    reader.read_exact(&mut text).map_err(cut_off)?;
    let n_brackets = text.iter().filter(|byte| b"([{".contains(byte)).count();
    let shape_is_large = || "its shape is too large".to_owned();
    if n_brackets > MOST_BRACKETS {
        return Err("its header is not that of an array of numbers or strings".to_owned());
    }
    bytes.extend_from_slice(&text);
    // The library multiplies the dimensions without a check of its own, so they must be small before it sees them.
    if digits_overflow(&text) {
        return Err(shape_is_large());
    }
    NpyHeader::from_reader(bytes.as_slice()).map_err(|error| first_line(&error))
}

/// Whether the product of all numbers in the text of a header, each at least 1, is beyond 64 bits.
fn digits_overflow(text: &[u8]) -> bool {
    let numbers = text
        .split(|byte| !byte.is_ascii_digit())
        .filter(|digits| !digits.is_empty());
    let mut product = 1_u64;
    for digits in numbers {
        let number = digits.iter().try_fold(0_u64, |number, digit| {
            number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
        });
        match number.and_then(|number| product.checked_mul(number.max(1))) {
            Some(next) => product = next,
            None => return true,
        }
    }
    false
}
