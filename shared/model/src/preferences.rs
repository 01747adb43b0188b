//! What a user wants to be notified of, and when.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use strum::{Display, EnumIter, EnumString, IntoEnumIterator};

use super::fields::{self, FieldProblem, Fields};
use super::problem::Problem;
use super::time::Millis;
use super::time_zone::TimeZone;

/// Something of which a user can be notified, by its name in bodies.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Display, EnumIter, EnumString,
)]
#[serde(rename_all = "camelCase")]
#[strum(serialize_all = "camelCase")]
#[expect(missing_docs, reason = "they are the contract's names")]
pub enum Choice {
    OneOnOneMessages,
    OneOnOneReplies,
    OneOnOneQuotedReplies,
    OneOnOneReactions,
    GroupMessages,
    GroupReplies,
    GroupQuotedReplies,
    GroupReactions,
    GroupMemberLeft,
    GroupMemberAdded,
    GroupMemberJoined,
    GroupMemberKicked,
    GroupMemberBanned,
    GroupMemberUnbanned,
    GroupMemberScopeChanged,
}

/// Not at all.
const NEVER: u8 = 1;
/// Of all; of reactions those to one's own messages.
const ALL: u8 = 2;
/// Of what mentions one; of all reactions.
const SOME: u8 = 3;
/// Of what quotes one's own messages.
const QUOTES_OF_OWN: u8 = 4;

impl Choice {
    /// The object of a body that holds it.
    fn section(self) -> &'static str {
        match self {
            Choice::OneOnOneMessages
            | Choice::OneOnOneReplies
            | Choice::OneOnOneQuotedReplies
            | Choice::OneOnOneReactions => ONE_ON_ONE,
            _ => GROUP,
        }
    }

    /// What can be chosen: a number from 1 to this one.
    fn most(self) -> u8 {
        match self {
            Choice::OneOnOneMessages | Choice::OneOnOneReplies | Choice::OneOnOneReactions => SOME,
            Choice::GroupMessages | Choice::GroupReplies | Choice::GroupReactions => SOME,
            Choice::OneOnOneQuotedReplies | Choice::GroupQuotedReplies => QUOTES_OF_OWN,
            _ => ALL,
        }
    }

    /// What holds for who has not chosen: messages are told, changes of members are not.
    fn usual(self) -> u8 {
        if self.most() == ALL { NEVER } else { ALL }
    }

    fn is_of_reactions(self) -> bool {
        matches!(self, Choice::OneOnOneReactions | Choice::GroupReactions)
    }
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Display, EnumIter)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
#[expect(missing_docs, reason = "they are the days of the week")]
pub enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// When a user is notified on one day of the week: between two times as `hhmm`, which belong to it, or never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaySchedule {
    /// From when on.
    pub from: u16,
    /// Up to when.
    pub to: u16,
    /// Never.
    pub dnd: bool,
}

impl Default for DaySchedule {
    fn default() -> DaySchedule {
        DaySchedule { from: 0, to: 2359, dnd: false }
    }
}

impl DaySchedule {
    fn parse(value: &Value, before: DaySchedule) -> Result<DaySchedule, FieldProblem> {
        let given = fields::object(value)?;
        let mut fields = Fields::of(&given);
        let schedule = DaySchedule {
            from: fields.optional("from", time_of_day).unwrap_or(before.from),
            to: fields.optional("to", time_of_day).unwrap_or(before.to),
            dnd: fields.optional("dnd", fields::flag).unwrap_or(before.dnd),
        };
        let is_right = fields.finish().is_ok();
        is_right.then_some(schedule).ok_or_else(|| "must hold `from` and `to` as hhmm, and `dnd`.".to_owned())
    }

    /// Whether it is open at this time of the day. One that ends before it begins is open over midnight.
    fn is_open(self, at: u16) -> bool {
        let is_within = match self.from <= self.to {
            true => (self.from..=self.to).contains(&at),
            false => self.from <= at || at <= self.to,
        };
        is_within && !self.dnd
    }
}

/// A time of day as `hhmm`: 930 is half past nine.
fn time_of_day(value: &Value) -> Result<u16, FieldProblem> {
    let time = value.as_u64().and_then(|time| u16::try_from(time).ok());
    let time = time.filter(|time| *time / 100 < 24 && *time % 100 < 60);
    time.ok_or_else(|| "must be a time of day as hhmm.".to_owned())
}

const GROUP: &str = "groupPreferences";
const ONE_ON_ONE: &str = "oneOnOnePreferences";
const MUTE: &str = "mutePreferences";
const PRIVACY: &str = "usePrivacyTemplate";

/// What a user has chosen; the rest is as usual.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Preferences {
    choices: BTreeMap<Choice, u8>,
    schedule: BTreeMap<Day, DaySchedule>,
    is_silent: bool,
    /// Whether notifications show nothing of what was written.
    pub hides_content: bool,
}

/// What speaks for a user to be notified of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Concern {
    /// What it is.
    pub choice: Choice,
    /// It mentions them.
    pub mentions: bool,
    /// It is a reaction to, or quotes, what they wrote.
    pub is_about_own: bool,
}

impl Preferences {
    /// What a body changes; what it does not name stays, and what nobody knows is passed over, since clients send more
    /// from version to version.
    pub fn changed(&self, body: &Map<String, Value>) -> Result<Preferences, Problem> {
        let mut changed = self.clone();
        let mut fields = Fields::of(body);
        for section in [GROUP, ONE_ON_ONE] {
            let given = fields.optional(section, |value| chosen(section, value)).unwrap_or_default();
            changed.choices.extend(given);
        }
        if let Some((is_silent, schedule)) = fields.optional(MUTE, |value| self.muting(value)) {
            changed.is_silent = is_silent;
            changed.schedule = schedule;
        }
        changed.hides_content = fields.optional(PRIVACY, fields::flag).unwrap_or(self.hides_content);
        fields.finish()?;
        Ok(changed)
    }

    /// When nothing is told, as `value` changes it.
    fn muting(&self, value: &Value) -> Result<(bool, BTreeMap<Day, DaySchedule>), FieldProblem> {
        let given = fields::map(value)?;
        let is_silent = match given.get("dnd").filter(|dnd| !dnd.is_null()) {
            None => self.is_silent,
            Some(dnd) => number(dnd, ALL).map_err(|problem| format!("is wrong at dnd: it {problem}"))? == ALL,
        };
        let days = match given.get("schedule").filter(|days| !days.is_null()) {
            None => Map::new(),
            Some(days) => fields::map(days).map_err(|problem| format!("is wrong at schedule: it {problem}"))?,
        };
        let mut schedule = self.schedule.clone();
        for day in Day::iter() {
            if let Some(of_day) = days.get(&day.to_string()).filter(|of_day| !of_day.is_null()) {
                let before = schedule.get(&day).copied().unwrap_or_default();
                let of_day = DaySchedule::parse(of_day, before);
                schedule.insert(day, of_day.map_err(|problem| format!("is wrong at {day}: it {problem}"))?);
            }
        }
        Ok((is_silent, schedule))
    }

    /// All of it, as it is answered.
    pub fn view(&self) -> Value {
        let of = |section| {
            let choices = Choice::iter().filter(|choice| choice.section() == section);
            choices.map(|choice| (choice.to_string(), json!(self.choice(choice)))).collect::<Map<_, _>>()
        };
        let days =
            Day::iter().map(|day| (day.to_string(), json!(self.schedule.get(&day).copied().unwrap_or_default())));
        json!({
            GROUP: of(GROUP),
            ONE_ON_ONE: of(ONE_ON_ONE),
            MUTE: { "dnd": if self.is_silent { ALL } else { NEVER }, "schedule": days.collect::<Map<_, _>>() },
            PRIVACY: self.hides_content,
        })
    }

    fn choice(&self, choice: Choice) -> u8 {
        self.choices.get(&choice).copied().unwrap_or(choice.usual())
    }

    /// Whether a user wants to be notified of this.
    pub fn wants(&self, concern: &Concern) -> bool {
        match (self.choice(concern.choice), concern.choice.is_of_reactions()) {
            (NEVER, _) => false,
            (SOME, true) | (ALL, false) => true,
            (SOME, false) => concern.mentions,
            _ => concern.is_about_own,
        }
    }

    /// Whether a user wants to be notified of anything at this moment, where they are.
    pub fn is_open(&self, zone: &TimeZone, now: Millis) -> bool {
        if self.is_silent {
            return false;
        }
        if self.schedule.is_empty() {
            return true;
        }
        let (day, at) = zone.local(now);
        self.schedule.get(&day).copied().unwrap_or_default().is_open(at)
    }
}

/// What an object of a body chooses.
fn chosen(section: &str, value: &Value) -> Result<Vec<(Choice, u8)>, FieldProblem> {
    let given = fields::map(value)?;
    let choices = Choice::iter().filter(|choice| choice.section() == section);
    let chosen = choices.filter_map(|choice| {
        let value = given.get(&choice.to_string()).filter(|value| !value.is_null())?;
        let number = number(value, choice.most()).map_err(|problem| format!("is wrong at {choice}: it {problem}"));
        Some(number.map(|number| (choice, number)))
    });
    chosen.collect()
}

fn number(value: &Value, most: u8) -> Result<u8, FieldProblem> {
    let number = value.as_u64().and_then(|number| u8::try_from(number).ok());
    let number = number.filter(|number| (NEVER..=most).contains(number));
    number.ok_or_else(|| format!("must be a number from 1 to {most}."))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn concern(choice: Choice) -> Concern {
        Concern { choice, mentions: false, is_about_own: false }
    }

    #[rstest]
    #[case::message(json!({}), Choice::GroupMessages, false, false, true)]
    #[case::no_message(json!({ "groupMessages": 1 }), Choice::GroupMessages, true, false, false)]
    #[case::mention(json!({ "groupMessages": 3 }), Choice::GroupMessages, true, false, true)]
    #[case::no_mention(json!({ "groupMessages": 3 }), Choice::GroupMessages, false, false, false)]
    #[case::quote_of_own(json!({ "groupQuotedReplies": 4 }), Choice::GroupQuotedReplies, false, true, true)]
    #[case::quote_of_another(json!({ "groupQuotedReplies": 4 }), Choice::GroupQuotedReplies, true, false, false)]
    #[case::reaction_to_own(json!({}), Choice::GroupReactions, false, true, true)]
    #[case::reaction_to_another(json!({}), Choice::GroupReactions, false, false, false)]
    #[case::all_reactions(json!({ "groupReactions": 3 }), Choice::GroupReactions, false, false, true)]
    #[case::member(json!({}), Choice::GroupMemberJoined, false, false, false)]
    #[case::members(json!({ "groupMemberJoined": 2 }), Choice::GroupMemberJoined, false, false, true)]
    fn preferences_decide(
        #[case] chosen: Value,
        #[case] choice: Choice,
        #[case] mentions: bool,
        #[case] is_about_own: bool,
        #[case] expected: bool,
    ) {
        let body = json!({ "groupPreferences": chosen });
        let preferences = Preferences::default().changed(body.as_object().unwrap()).unwrap();
        assert_eq!(preferences.wants(&Concern { choice, mentions, is_about_own }), expected);
    }

    #[test]
    fn a_schedule_opens_and_closes_by_the_users_clock() {
        let body = json!({ "mutePreferences": { "schedule": {
            "thursday": { "from": 530, "to": 1700 }, "friday": { "from": 2200, "to": 600 }, "saturday": { "dnd": true } } } });
        let preferences = Preferences::default().changed(body.as_object().unwrap()).unwrap();
        // 1970 began on a Thursday.
        let at = |day: u64, minute: u64| Millis::new((day * 1_440 + minute) * 60_000);
        let open = |at| preferences.is_open(&TimeZone::default(), at);
        assert!(!open(at(0, 329)) && open(at(0, 330)) && open(at(0, 1_020)) && !open(at(0, 1_021)));
        assert!(open(at(1, 0)) && !open(at(1, 720)) && open(at(1, 1_439)) && !open(at(2, 720)) && open(at(3, 720)));
        assert!(preferences.is_open(&TimeZone::parse("Asia/Kolkata").unwrap(), at(0, 0)));
        assert!(preferences.wants(&concern(Choice::OneOnOneMessages)));
    }
}
