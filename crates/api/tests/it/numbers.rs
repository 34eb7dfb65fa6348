//! Number texts.

use bigdecimal::BigDecimal;
use kconnect_api::{java_decimal, java_f32, java_f64, write_int};
use proptest::prelude::*;

#[test]
fn doubles_print_as_in_java_19() {
    for (value, text) in [
        (f64::NAN, "NaN"),
        (f64::INFINITY, "Infinity"),
        (f64::NEG_INFINITY, "-Infinity"),
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (-1.5, "-1.5"),
        (0.001, "0.001"),
        (0.0009999, "9.999E-4"),
        (0.012345, "0.012345"),
        (1e7, "1.0E7"),
        (9999999.0, "9999999.0"),
        (1234567.125, "1234567.125"),
        (1.23456789123e8, "1.23456789123E8"),
        (1e10, "1.0E10"),
        (1e-5, "1.0E-5"),
        (5e-324, "4.9E-324"),
        (1e-323, "9.9E-324"),
        (2e23, "2.0E23"),
        (1e23, "1.0E23"),
        (f64::MAX, "1.7976931348623157E308"),
        (f64::MIN_POSITIVE, "2.2250738585072014E-308"),
        (100.0, "100.0"),
        (123456.0, "123456.0"),
    ] {
        assert_eq!(java_f64(value), text);
    }
}

#[test]
fn floats_print_as_in_java_19() {
    for (value, text) in [
        (0.1, "0.1"),
        (1e10, "1.0E10"),
        (f32::from_bits(1), "1.4E-45"),
        (f32::from_bits(2), "2.8E-45"),
        (1.1754944e-38, "1.1754944E-38"),
        (8.5e9, "8.5E9"),
        (16777217.0, "1.6777216E7"),
        (f32::MAX, "3.4028235E38"),
        (-0.0, "-0.0"),
        // In the middle between two texts: the one that ends in an even digit.
        (-8_103_309.0 / 4.0, "-2025827.2"),
        (8_103_311.0 / 4.0, "2025827.8"),
    ] {
        assert_eq!(java_f32(value), text);
    }
}

#[test]
fn decimals_keep_their_scale_in_java_s_layout() {
    for (unscaled, scale, text) in [
        (1, 6, "0.000001"),
        (0, 2, "0.00"),
        (12345, 10, "0.0000012345"),
        (1, 7, "1E-7"),
        (123, -5, "1.23E+7"),
        (0, 10, "0E-10"),
        (0, -3, "0E+3"),
        (1_234_567_890, 17, "1.234567890E-8"),
        (12345, -3, "1.2345E+7"),
        (1, -3, "1E+3"),
        (150, 2, "1.50"),
        (-150, 2, "-1.50"),
        (-5, 1, "-0.5"),
        (42, 0, "42"),
    ] {
        assert_eq!(java_decimal(&BigDecimal::new(unscaled.into(), scale)), text);
    }
}

proptest! {
    #[test]
    fn every_double_reads_back(bits in any::<u64>()) {
        let value = f64::from_bits(bits);
        prop_assume!(value.is_finite());
        prop_assert_eq!(java_f64(value).parse::<f64>().unwrap().to_bits(), bits);
    }

    #[test]
    fn every_float_reads_back(bits in any::<u32>()) {
        let value = f32::from_bits(bits);
        prop_assume!(value.is_finite());
        prop_assert_eq!(java_f32(value).parse::<f32>().unwrap().to_bits(), bits);
    }

    /// Floats with few binary digits behind the point lie in the middle between two texts often enough.
    #[test]
    fn of_two_texts_the_closer_is_printed_and_of_equally_close_ones_the_even(
        numerator in 1u32..1 << 24, binary_digits in 0u32..12,
    ) {
        let value = numerator as f32 / (1u32 << binary_digits) as f32;
        prop_assume!((0.001..1e7).contains(&value));
        let text = java_f32(value);
        let (whole, fraction) = text.split_once('.').unwrap();
        let (whole, fraction) = (whole, fraction.trim_end_matches('0'));
        let digits: i128 = format!("{whole}{fraction}").parse().unwrap();
        prop_assume!(digits >= 10 && digits % 10 != 0);
        // All in units of the last decimal digit that the value itself has.
        let exact = i128::from(numerator) * 5i128.pow(binary_digits);
        let unit = 10i128.pow(binary_digits - fraction.len() as u32);
        let away = |digits: i128| (digits * unit - exact).abs();
        for other in [digits - 1, digits + 1] {
            let reads_back = format!("{other}e-{}", fraction.len()).parse() == Ok(value);
            prop_assert!(!reads_back || away(digits) < away(other)
                || away(digits) == away(other) && digits % 2 == 0, "{} {}", text, other);
        }
    }

    #[test]
    fn integers_print_in_full(value in any::<i64>()) {
        let mut out = Vec::new();
        write_int(value, &mut out);
        prop_assert_eq!(String::from_utf8(out).unwrap(), value.to_string());
    }
}
