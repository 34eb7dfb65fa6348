//! The two forms of instants that answers hold.

use std::time::{SystemTime, UNIX_EPOCH};

struct Civil {
    year: i64,
    month: u32,
    day: u32,
    weekday: usize,
    second_of_day: u32,
    millis: u32,
}

fn civil(at: SystemTime) -> Civil {
    let millis = match at.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
    };
    let days = millis.div_euclid(86_400_000);
    let rest = millis.rem_euclid(86_400_000);
    // Days of eras of 400 years that begin on 1 March.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    Civil {
        year: year_of_era + era * 400 + i64::from(month <= 2),
        month: month as u32,
        day: (day_of_year - (153 * shifted_month + 2) / 5 + 1) as u32,
        weekday: (days + 4).rem_euclid(7) as usize,
        second_of_day: (rest / 1_000) as u32,
        millis: (rest % 1_000) as u32,
    }
}

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(crate) fn http(at: SystemTime) -> String {
    let c = civil(at);
    let weekday = DAYS.get(c.weekday).copied().unwrap_or_default();
    let month = MONTHS.get(c.month as usize - 1).copied().unwrap_or_default();
    let (hour, minute, second) = clock(&c);
    format!("{weekday}, {:02} {month} {:04} {hour:02}:{minute:02}:{second:02} GMT", c.day, c.year)
}

/// `06/Nov/1994:08:49:37 +0000`, for the request log.
pub(crate) fn log(at: SystemTime) -> String {
    let c = civil(at);
    let month = MONTHS.get(c.month as usize - 1).copied().unwrap_or_default();
    let (hour, minute, second) = clock(&c);
    format!("{:02}/{month}/{:04}:{hour:02}:{minute:02}:{second:02} +0000", c.day, c.year)
}

/// `2024-10-25T03:33:01.123Z`; no fraction when it is zero, as Java prints instants of milliseconds.
pub(crate) fn iso(at: SystemTime) -> String {
    let c = civil(at);
    let (hour, minute, second) = clock(&c);
    let fraction = if c.millis == 0 { String::new() } else { format!(".{:03}", c.millis) };
    format!("{:04}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z", c.year, c.month, c.day)
}

fn clock(c: &Civil) -> (u32, u32, u32) {
    (c.second_of_day / 3_600, c.second_of_day / 60 % 60, c.second_of_day % 60)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn forms() {
        let at = |millis| UNIX_EPOCH + Duration::from_millis(millis);
        assert_eq!(http(at(784_111_777_000)), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(log(at(784_111_777_000)), "06/Nov/1994:08:49:37 +0000");
        for (millis, expect) in [
            (0, "1970-01-01T00:00:00Z"),
            (1_729_827_181_123, "2024-10-25T03:33:01.123Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (4_102_444_799_007, "2099-12-31T23:59:59.007Z"),
        ] {
            assert_eq!(iso(at(millis)), expect);
        }
    }
}
