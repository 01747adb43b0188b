//! Where a user's day begins: a name of the IANA time zone database.

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz;
use serde::{Deserialize, Serialize};

use super::preferences::Day;
use super::time::Millis;

/// The name of a time zone that exists, such as `Europe/Berlin`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimeZone(String);

impl Default for TimeZone {
    fn default() -> TimeZone {
        TimeZone("UTC".to_owned())
    }
}

impl TimeZone {
    /// Reads a name, in any case; it is kept as the database writes it.
    pub fn parse(raw: &str) -> Result<TimeZone, &'static str> {
        const UNKNOWN: &str = "must be the name of a time zone, such as Europe/Berlin.";
        let zone = tz::db().get(raw).map_err(|_| UNKNOWN)?;
        zone.iana_name().map(|name| TimeZone(name.to_owned())).ok_or(UNKNOWN)
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The day, and the time of day as `hhmm`, at this moment.
    pub fn local(&self, now: Millis) -> (Day, u16) {
        let zone = tz::db().get(&self.0).unwrap_or(tz::TimeZone::UTC);
        let now = i64::try_from(now.get()).ok().and_then(|now| Timestamp::from_millisecond(now).ok());
        let local = zone.to_datetime(now.unwrap_or_default());
        let day = match local.weekday() {
            Weekday::Monday => Day::Monday,
            Weekday::Tuesday => Day::Tuesday,
            Weekday::Wednesday => Day::Wednesday,
            Weekday::Thursday => Day::Thursday,
            Weekday::Friday => Day::Friday,
            Weekday::Saturday => Day::Saturday,
            Weekday::Sunday => Day::Sunday,
        };
        let number = |part| u16::try_from(part).unwrap_or_default();
        (day, number(local.hour()) * 100 + number(local.minute()))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::utc("UTC", (Day::Thursday, 0))]
    #[case::west("America/Los_Angeles", (Day::Wednesday, 1600))]
    #[case::half_an_hour("asia/kolkata", (Day::Thursday, 530))]
    fn the_same_moment_is_another_time_elsewhere(#[case] name: &str, #[case] expected: (Day, u16)) {
        assert_eq!(TimeZone::parse(name).unwrap().local(Millis::new(0)), expected);
    }

    #[rstest]
    #[case::summer(1_784_116_800_000, 1400)]
    #[case::winter(1_768_478_400_000, 1300)]
    fn summer_time_is_known(#[case] noon: u64, #[case] expected: u16) {
        assert_eq!(TimeZone::parse("Europe/Berlin").unwrap().local(Millis::new(noon)).1, expected);
    }

    #[rstest]
    #[case("")]
    #[case("Europe/Atlantis")]
    #[case("+02:00")]
    #[case("../../etc/passwd")]
    fn what_names_no_time_zone_is_refused(#[case] raw: &str) {
        assert!(TimeZone::parse(raw).is_err(), "{raw}");
    }
}
