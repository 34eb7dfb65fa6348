//! Values as text and back: the loose notation of header values.
//!
//! [`parse()`] guesses the type from the text (`7` is an INT8, `[1,2]` an array, `2019-08-23` a Date), and falls back to
//! a STRING; [`to_text`] writes what `parse` reads, nearly: types and quoting change on the way, as they do upstream.
//! Times of day and dates are read and written in the zone of the process, although their texts end in `Z`, because
//! that is what a JVM worker does.
//! The `convert_to_…` functions turn a value into one of a wanted kind; [`infer_schema`] guesses a schema from a value.

mod convert;
mod infer;
mod parse;
mod temporal;
mod text;

pub use convert::{
    convert_to_boolean, convert_to_byte, convert_to_date, convert_to_decimal, convert_to_double,
    convert_to_float, convert_to_integer, convert_to_list, convert_to_long, convert_to_map, convert_to_short,
    convert_to_string, convert_to_struct, convert_to_time, convert_to_timestamp,
};
pub use infer::infer_schema;
pub use parse::parse;
pub use temporal::date_text;
pub use text::to_text;

#[cfg(test)]
mod tests;
