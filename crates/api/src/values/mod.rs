//! Values as text and back: the loose notation of header values.
//!
//! [`parse()`] guesses the type from the text (`7` is an INT8, `[1,2]` an array, `2019-08-23` a Date), and falls back to
//! a STRING; [`to_text`] writes what `parse` reads, nearly: types and quoting change on the way, as they do upstream.
//! Times of day and dates are read and written in the zone of the process, although their texts end in `Z`, because
//! that is what a JVM worker does.
//!
//! Not imitated: digits of other scripts.

mod parse;
mod temporal;
mod text;

pub use parse::parse;
pub use temporal::date_text;
pub use text::to_text;

#[cfg(test)]
mod tests;
