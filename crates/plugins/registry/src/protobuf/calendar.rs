//! Years, months and days as Java's default calendar counts them: Julian before October 15th 1582.

/// Days since the epoch of the first Gregorian day.
const CUTOVER: i64 = -141_427;
/// The last year that Java's calendar takes.
const YEAR_MAX: i32 = 292_278_994;

/// Year, month from 1 and day of month of a day since the epoch. As in Java's calendar, the year before 1 is 1 again
/// (the era is not said).
pub(super) fn civil(day: i64) -> (i32, i32, i32) {
    let (year, month, date) = if day >= CUTOVER { gregorian(day) } else { julian(day) };
    let year = if year <= 0 { 1 - year } else { year };
    (year as i32, month as i32, date as i32)
}

/// Day since the epoch of a date; the words of Java's strict calendar when there is none.
pub(super) fn day(year: i32, month: i32, date: i32) -> Result<i64, String> {
    for (name, value, most) in [("YEAR", year, YEAR_MAX), ("MONTH", month, 12), ("DAY_OF_MONTH", date, 31)] {
        if !(1..=most).contains(&value) {
            return Err(name.to_owned());
        }
    }
    let (year, month, date) = (i64::from(year), i64::from(month), i64::from(date));
    let of_gregorian = days(year, month, date, true);
    let day = if of_gregorian >= CUTOVER { of_gregorian } else { days(year, month, date, false) };
    if of_gregorian < CUTOVER && day >= CUTOVER {
        return Err("the specified date doesn't exist".to_owned());
    }
    let (found_year, found_month, found_date) = civil(day);
    for (name, given, found, first) in [
        ("YEAR", year, i64::from(found_year), 0),
        ("MONTH", month, i64::from(found_month), 1),
        ("DAY_OF_MONTH", date, i64::from(found_date), 0),
    ] {
        if given != found {
            return Err(format!("{name}: {} -> {}", given - first, found - first));
        }
    }
    Ok(day)
}

/// Days from March 1st of year 0 to the epoch.
const SHIFT_GREGORIAN: i64 = 719_468;
const SHIFT_JULIAN: i64 = 719_470;

/// Years begin in March here, so that the day of February 29th is a year's last.
fn days(year: i64, month: i64, date: i64, is_gregorian: bool) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + date - 1;
    let leap = year.div_euclid(4);
    if is_gregorian {
        365 * year + leap - year.div_euclid(100) + year.div_euclid(400) + of_year - SHIFT_GREGORIAN
    } else {
        365 * year + leap + of_year - SHIFT_JULIAN
    }
}

fn gregorian(day: i64) -> (i64, i64, i64) {
    let day = day + SHIFT_GREGORIAN;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let of_year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let rest = of_era - (365 * of_year + of_year / 4 - of_year / 100);
    month_and_date(era * 400 + of_year, rest)
}

fn julian(day: i64) -> (i64, i64, i64) {
    let day = day + SHIFT_JULIAN;
    let era = day.div_euclid(1_461);
    let of_era = day.rem_euclid(1_461);
    let of_year = (of_era - of_era / 1_460) / 365;
    month_and_date(era * 4 + of_year, of_era - 365 * of_year)
}

fn month_and_date(year: i64, of_year: i64) -> (i64, i64, i64) {
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (if month <= 2 { year + 1 } else { year }, month, date)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Printed by Java's `GregorianCalendar` in UTC, not lenient.
    #[test]
    fn dates_are_those_of_javas_calendar() {
        for (day_number, date) in [
            (0, (1970, 1, 1)),
            (10_000, (1997, 5, 19)),
            (-1, (1969, 12, 31)),
            (11_016, (2000, 2, 29)),
            (-25_509, (1900, 2, 28)),
            (-25_508, (1900, 3, 1)),
            (-141_427, (1582, 10, 15)),
            (-141_428, (1582, 10, 4)),
            (-171_654, (1500, 1, 2)),
            (-171_596, (1500, 2, 29)),
            (-719_164, (1, 1, 1)),
        ] {
            assert_eq!(civil(day_number), date, "{day_number}");
            assert_eq!(day(date.0, date.1, date.2), Ok(day_number), "{date:?}");
        }
        for (date, error) in [
            ((0, 0, 0), "YEAR"),
            ((2024, 0, 1), "MONTH"),
            ((2024, 13, 1), "MONTH"),
            ((2024, 1, 0), "DAY_OF_MONTH"),
            ((2023, 2, 30), "MONTH: 1 -> 2"),
            ((1582, 10, 10), "the specified date doesn't exist"),
            ((i32::MIN, i32::MIN, i32::MIN), "YEAR"),
        ] {
            assert_eq!(day(date.0, date.1, date.2), Err(error.to_owned()), "{date:?}");
        }
    }

    #[test]
    fn each_day_comes_back() {
        for number in (-719_164..3_000_000).step_by(97) {
            let (year, month, date) = civil(number);
            assert_eq!(day(year, month, date), Ok(number));
        }
    }
}
