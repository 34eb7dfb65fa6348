//! Instants as local dates and back, as `java.util.GregorianCalendar` counts: Julian dates before October 15th 1582, years
//! without bound, and before 1900 the standard time of today.

use jiff::Timestamp;
use jiff::tz::Dst;

use crate::local_zone;
use crate::logical::DAY_MS;

/// The first Gregorian day, in days since the epoch.
pub(crate) const CUTOVER_DAY: i64 = -141_427;
/// Java knows no older change of a zone.
const UTC_1900: i64 = -2_208_988_800_000;

/// A local date with its time of day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Local {
    /// The year of its era: that before year 1 is also 1.
    pub(crate) year: i64,
    pub(crate) month: u8,
    pub(crate) day: u8,
    /// 0 is Sunday.
    pub(crate) weekday: u8,
    pub(crate) millis_of_day: u32,
    /// The zone's short name at that time.
    pub(crate) zone: String,
}

impl Local {
    /// The local date of an instant, in the zone of the process.
    pub(crate) fn of(millis: i64) -> Self {
        let instant = offset_instant(millis);
        let info = local_zone().to_offset_info(instant);
        let local = i128::from(millis) + i128::from(info.offset().seconds()) * 1000;
        // Fewer days than milliseconds: both fit.
        let (day, of_day) =
            (local.div_euclid(i128::from(DAY_MS)) as i64, local.rem_euclid(i128::from(DAY_MS)) as u32);
        let (year, month, day_of_month) = civil(day);
        Self {
            year: if year > 0 { year } else { 1 - year },
            month,
            day: day_of_month,
            weekday: (day + 4).rem_euclid(7) as u8,
            millis_of_day: of_day,
            zone: info.abbreviation().to_owned(),
        }
    }

    /// Hours, minutes, seconds, milliseconds.
    pub(crate) fn time(&self) -> (u32, u32, u32, u32) {
        let seconds = self.millis_of_day / 1000;
        (seconds / 3600, seconds / 60 % 60, seconds % 60, self.millis_of_day % 1000)
    }
}

/// The instant whose offset holds at `millis`: before 1900 one of this century in standard time, beyond the years that
/// zones are known for the last one.
fn offset_instant(millis: i64) -> Timestamp {
    if millis < UTC_1900 {
        // A January and a July.
        const WINTERS: [i64; 2] = [1_767_225_600_000, 1_782_864_000_000];
        let mut instants = WINTERS.into_iter().filter_map(|millis| Timestamp::from_millisecond(millis).ok());
        let standard = |at: &Timestamp| local_zone().to_offset_info(*at).dst() == Dst::No;
        return instants.find(standard).unwrap_or(Timestamp::UNIX_EPOCH);
    }
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
}

/// Year (0 is the one before 1), month and day of a day since the epoch.
pub(crate) fn civil(day: i64) -> (i64, u8, u8) {
    // Years are counted from March, so that the leap day is the last one.
    let (year, of_year) = if day >= CUTOVER_DAY {
        let day = day + 719_468;
        let (era, of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
        let of_era_year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        (era * 400 + of_era_year, of_era - (365 * of_era_year + of_era_year / 4 - of_era_year / 100))
    } else {
        let day = day + 719_470;
        let year = (4 * i128::from(day) + 3).div_euclid(1461) as i64;
        (year, day - (365 * year + year.div_euclid(4)))
    };
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + i64::from(month <= 2), month as u8, day as u8)
}

/// Days from the epoch to a date. Months and days outside of their ranges carry over.
pub(crate) fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let months = year.saturating_mul(12).saturating_add(month - 1);
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
    let gregorian = first_of(year, month, true).saturating_add(day - 1);
    if gregorian < CUTOVER_DAY { first_of(year, month, false).saturating_add(day - 1) } else { gregorian }
}

/// Days from the epoch to the first of a month.
pub(crate) fn first_of(year: i64, month: i64, gregorian: bool) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month_days = (153 * ((month + 9) % 12) + 2) / 5;
    let leaps = year.div_euclid(4);
    let days = year.saturating_mul(365).saturating_add(leaps + month_days);
    if gregorian { days - year.div_euclid(100) + year.div_euclid(400) - 719_468 } else { days - 719_470 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_agree_across_the_cutover_and_far_away() {
        let spread = (-150_000..-130_000).chain((-110_000_000_000..110_000_000_000).step_by(987_654_321));
        for day in spread.chain((-10_000_000..10_000_000).step_by(9973)) {
            let (year, month, of_month) = civil(day);
            assert_eq!(
                days_of(year, i64::from(month), i64::from(of_month)),
                day,
                "{year}-{month}-{of_month}"
            );
        }
        assert_eq!(civil(CUTOVER_DAY), (1582, 10, 15));
        assert_eq!(civil(CUTOVER_DAY - 1), (1582, 10, 4));
        assert_eq!(civil(0), (1970, 1, 1));
    }
}
