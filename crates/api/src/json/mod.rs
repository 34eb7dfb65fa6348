//! JSON text as upstream's parser and generator treat it: what the JSON converters share.
//!
//! A text is parsed into a [`Tape`], a flat list of nodes that is reused from text to text, so nesting costs no native
//! stack; a [`Doc`] walks over it. Numbers stay text until somebody says which number of Java's they become.
//!
//! - `encoding.rs`: bytes to text
//! - `malformed.rs`: bytes that are no UTF-8 and can be read all the same
//! - `parser.rs`: text to tape, with Jackson's limits
//! - `tape.rs`: the tape
//! - `doc.rs`: walking over a tape
//! - `number.rs`: number text to Java's numbers
//! - `text.rs`: writing strings
//! - `scalar.rs`: writing other values that hold none

mod doc;
mod encoding;
mod malformed;
pub mod number;
mod parser;
mod scalar;
mod tape;
mod text;

pub use doc::{Children, Doc};
pub use encoding::{to_text, utf16};
pub use parser::plain_prefix;
pub use scalar::{write_logical, write_scalar};
pub use tape::{Dialect, Node, Tape};
pub use text::{write_string, write_string_plain, write_text};
