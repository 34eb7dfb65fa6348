//! JSON text as upstream's parser and generator treat it: what the JSON converters share.
//!
//! A text is parsed into a [`Tape`], a flat list of nodes that is reused from text to text, so nesting costs no native
//! stack; a [`Doc`] walks over it. Numbers stay text until somebody says which number of Java's they become.
//!
//! - `tape.rs`: text to tape, with Jackson's limits
//! - `doc.rs`: walking over a tape
//! - `number.rs`: number text to Java's numbers
//! - `text.rs`: writing strings

mod doc;
pub mod number;
mod tape;
mod text;

pub use doc::{Children, Doc};
pub use tape::{Dialect, Node, Tape, plain_prefix, to_text};
pub use text::{write_string, write_string_plain, write_text};
