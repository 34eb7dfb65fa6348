//! Fields, some of them, to an instant: `java.util.Calendar`'s rules for fields that contradict each other or lie
//! outside of their ranges. What was set last counts; all arithmetic wraps as Java's does.

use super::fields::{CUTOVER_YEAR, Fields, is_gregorian, on_or_before};
use super::zone::Zone;
use crate::calendar::first_of;
use crate::logical::DAY_MS;

/// Fields of a calendar, by their number in Java.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Field {
    Era,
    Year,
    Month,
    WeekOfYear,
    WeekOfMonth,
    DayOfMonth,
    DayOfYear,
    /// 1 is Sunday.
    DayOfWeek,
    DayOfWeekInMonth,
    AmPm,
    Hour,
    HourOfDay,
    Minute,
    Second,
    Millisecond,
    ZoneOffset,
    DstOffset,
    WeekYear,
}

const FIELDS: usize = 18;

/// Fields with the order in which they were set.
#[derive(Clone, Debug, Default)]
pub(super) struct Resolver {
    /// 0 is unset.
    stamps: [u32; FIELDS],
    values: [i32; FIELDS],
    last: u32,
}

/// How the day is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Day {
    OfMonth,
    WeekOfMonth,
    WeekInMonth,
    OfYear,
    WeekOfYear,
}

impl Resolver {
    pub(super) fn set(&mut self, field: Field, value: i32) {
        self.last += 1;
        self.stamps[field as usize] = self.last;
        self.values[field as usize] = value;
    }

    pub(super) fn clear(&mut self, field: Field) {
        self.stamps[field as usize] = 0;
        self.values[field as usize] = 0;
    }

    /// Moves the year, however it is named, without setting it anew.
    pub(super) fn add_years(&mut self, years: i32) {
        for field in [Field::Year, Field::WeekYear] {
            let value = &mut self.values[field as usize];
            *value = value.wrapping_add(years);
        }
    }

    fn stamp(&self, field: Field) -> u32 {
        self.stamps[field as usize]
    }

    fn is_set(&self, field: Field) -> bool {
        self.stamp(field) != 0
    }

    fn value(&self, field: Field) -> i32 {
        self.values[field as usize]
    }

    /// The instant in milliseconds since the epoch.
    pub(super) fn resolve(&self, zone: &Zone) -> i64 {
        if self.stamp(Field::WeekYear) <= self.stamp(Field::Year) {
            return self.instant(zone);
        }
        let mut dated = self.clone();
        dated.set_week_date(zone);
        dated.instant(zone)
    }

    /// `Calendar.setWeekDate`: year, month and day of the day that year, week and weekday mean.
    fn set_week_date(&mut self, zone: &Zone) {
        let mut week = if self.is_set(Field::WeekOfYear) { self.value(Field::WeekOfYear) } else { 1 };
        let mut weekday = if self.is_set(Field::DayOfWeek) { self.value(Field::DayOfWeek) } else { 1 };
        if !(1..=7).contains(&weekday) {
            if weekday >= 8 {
                weekday -= 1;
                week = week.wrapping_add(weekday / 7);
                weekday = weekday % 7 + 1;
            } else {
                let weeks = (i64::from(weekday) - 1).div_euclid(7);
                weekday = (i64::from(weekday) - 7 * weeks) as i32;
                week = week.wrapping_add(weeks as i32);
            }
            // What was counted from Monday now counts from Sunday.
            weekday = if weekday == 7 { 1 } else { weekday + 1 };
        }
        let now = self.instant(zone);
        let era = i32::from(!Fields::of(now, 0).is_before_christ());
        let mut first = Self::default();
        first.set(Field::Era, era);
        first.set(Field::Year, self.value(Field::WeekYear));
        first.set(Field::WeekOfYear, 1);
        first.set(Field::DayOfWeek, 1);
        let days = (weekday - 1).wrapping_add(week.wrapping_sub(1).wrapping_mul(7));
        let day = first.local().div_euclid(DAY_MS).wrapping_add(i64::from(days));
        let fields = Fields::of(day.wrapping_mul(DAY_MS), 0);
        self.set(Field::Era, i32::from(!fields.is_before_christ()));
        self.set(Field::Year, fields.year);
        self.set(Field::Month, i32::from(fields.month));
        self.set(Field::DayOfMonth, i32::from(fields.day));
    }

    fn instant(&self, zone: &Zone) -> i64 {
        let local = self.local();
        let (mut standard, mut saving) = match (self.is_set(Field::ZoneOffset), self.is_set(Field::DstOffset))
        {
            (true, true) => (0, 0),
            _ => zone.offsets_at_local(local),
        };
        if self.is_set(Field::ZoneOffset) {
            standard = self.value(Field::ZoneOffset);
        }
        if self.is_set(Field::DstOffset) {
            saving = self.value(Field::DstOffset);
        }
        local.wrapping_sub(i64::from(standard) + i64::from(saving))
    }

    /// Milliseconds since the epoch as clocks show them.
    fn local(&self) -> i64 {
        let time = self.time_of_day();
        let (days, of_day) = (time.div_euclid(DAY_MS), time.rem_euclid(DAY_MS));
        let year = if self.is_set(Field::Year) { self.value(Field::Year) } else { 1970 };
        let is_before_christ = self.is_set(Field::Era) && self.value(Field::Era) == 0;
        let year = if is_before_christ { 1i32.wrapping_sub(year) } else { year };
        self.day(year, days).wrapping_mul(DAY_MS).wrapping_add(of_day)
    }

    fn time_of_day(&self) -> i64 {
        let value = |field| i64::from(self.value(field));
        let half = self.latest_of_both(Field::Hour, Field::AmPm);
        let full = self.stamp(Field::HourOfDay);
        let hours = if full != 0 && half <= full {
            value(Field::HourOfDay)
        } else {
            value(Field::Hour) + 12 * value(Field::AmPm)
        };
        let minutes = hours * 60 + value(Field::Minute);
        (minutes * 60 + value(Field::Second)) * 1000 + value(Field::Millisecond)
    }

    /// When both were set, when the later was.
    fn latest_of_both(&self, a: Field, b: Field) -> u32 {
        match (self.stamp(a), self.stamp(b)) {
            (0, _) | (_, 0) => 0,
            (a, b) => a.max(b),
        }
    }

    /// Which fields name the day: the group that was completed last.
    fn day_fields(&self) -> Day {
        let weekday = self.stamp(Field::DayOfWeek);
        let mut of_month = self.stamp(Field::DayOfMonth);
        let mut week_of_month = self.latest_of_both(Field::WeekOfMonth, Field::DayOfWeek);
        let mut week_in_month = self.latest_of_both(Field::DayOfWeekInMonth, Field::DayOfWeek);
        let of_year = self.stamp(Field::DayOfYear);
        let mut week_of_year = self.latest_of_both(Field::WeekOfYear, Field::DayOfWeek);
        let mut best = of_month.max(week_of_month).max(week_in_month).max(of_year).max(week_of_year);
        if best == 0 {
            week_of_month = self.stamp(Field::WeekOfMonth);
            week_in_month = self.stamp(Field::DayOfWeekInMonth).max(weekday);
            week_of_year = self.stamp(Field::WeekOfYear);
            best = week_of_month.max(week_in_month).max(week_of_year);
            if best == 0 {
                of_month = self.stamp(Field::Month);
                best = of_month;
            }
        }
        let (in_month, in_year) = (self.stamp(Field::WeekOfMonth), self.stamp(Field::WeekOfYear));
        let which = self.stamp(Field::DayOfWeekInMonth);
        if best == of_month {
            Day::OfMonth
        } else if best == week_of_month && in_month >= in_year || best == week_in_month && which >= in_year {
            let by_week =
                if week_of_month == week_in_month { in_month >= which } else { best == week_of_month };
            if by_week { Day::WeekOfMonth } else { Day::WeekInMonth }
        } else if best == of_year {
            Day::OfYear
        } else {
            Day::WeekOfYear
        }
    }

    /// The day, `days` after the one that the fields name, by the calendar that holds for it.
    fn day(&self, year: i32, days: i64) -> i64 {
        let kind = self.day_fields();
        let at = |gregorian| self.day_in(year, gregorian, kind).wrapping_add(days);
        let cutover = CUTOVER_YEAR as i32;
        if year > cutover {
            let day = at(true);
            if is_gregorian(day) {
                return day;
            }
            return self.settle(day, at(false), kind);
        }
        let julian = at(false);
        if year < cutover {
            return if is_gregorian(julian) { self.settle(julian, julian, kind) } else { julian };
        }
        self.settle(at(true), julian, kind)
    }

    /// Which of two days is meant near the cutover.
    fn settle(&self, gregorian: i64, julian: i64, kind: Day) -> i64 {
        if matches!(kind, Day::OfYear | Day::WeekOfYear) {
            return julian;
        }
        if is_gregorian(gregorian) { gregorian } else { julian }
    }

    fn day_in(&self, mut year: i32, gregorian: bool, kind: Day) -> i64 {
        let mut month = 0;
        if matches!(kind, Day::OfMonth | Day::WeekOfMonth | Day::WeekInMonth) {
            let value = self.value(Field::Month);
            year = year.wrapping_add(value.div_euclid(12));
            month = value.rem_euclid(12);
        }
        let first = first_of(i64::from(year), i64::from(month) + 1, gregorian);
        let weekday = self.is_set(Field::DayOfWeek).then(|| self.value(Field::DayOfWeek));
        match kind {
            Day::OfMonth if self.is_set(Field::DayOfMonth) => {
                first + i64::from(self.value(Field::DayOfMonth)) - 1
            }
            Day::OfMonth => first,
            Day::WeekOfMonth => {
                let weeks = self.value(Field::WeekOfMonth).wrapping_sub(1).wrapping_mul(7);
                first_week(first, weekday) + i64::from(weeks)
            }
            Day::WeekInMonth => {
                let which = if self.is_set(Field::DayOfWeekInMonth) {
                    self.value(Field::DayOfWeekInMonth)
                } else {
                    1
                };
                let ahead = if which >= 0 {
                    which.wrapping_mul(7)
                } else {
                    month_length(year, month).wrapping_add(which.wrapping_add(1).wrapping_mul(7))
                };
                on_or_before(first + i64::from(ahead) - 1, weekday.unwrap_or(1))
            }
            Day::OfYear => first + i64::from(self.value(Field::DayOfYear)) - 1,
            Day::WeekOfYear => {
                let weeks = i64::from(self.value(Field::WeekOfYear)) - 1;
                first_week(first, weekday.filter(|weekday| *weekday != 1)) + 7 * weeks
            }
        }
    }
}

/// The Sunday that starts the week of `first`, or the given weekday of that week.
fn first_week(first: i64, weekday: Option<i32>) -> i64 {
    let sunday = on_or_before(first, 1);
    weekday.map_or(sunday, |weekday| on_or_before(sunday + 6, weekday))
}

/// Days of a month, counted from 0.
fn month_length(year: i32, month: i32) -> i32 {
    let is_leap = year % 4 == 0 && (i64::from(year) <= CUTOVER_YEAR || year % 100 != 0 || year % 400 == 0);
    match month {
        1 if is_leap => 29,
        1 => 28,
        3 | 5 | 8 | 10 => 30,
        _ => 31,
    }
}
