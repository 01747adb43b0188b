//! The latest watermarks of a whole group, as the state of its conversation tells them: who shows its newest messages reads
//! that state anyway, and looks for no watermark.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::id::MessageId;
use super::receipt::{Receipt, ReceiptSubject, ReceiptWatermark};
use super::time::Seconds;
use super::uid::Uid;

/// That all members, or all but one, have come up to a message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CommonWatermark {
    /// Up to which message.
    pub id: MessageId,
    /// Which receipt they gave.
    pub receipt: Receipt,
    /// All members, or all but one.
    pub subject: ReceiptSubject,
    /// Since when.
    pub at: Seconds,
}

impl CommonWatermark {
    /// Whether it says the same, whatever the time.
    fn is_of_the_same(&self, other: &CommonWatermark) -> bool {
        (self.id, self.receipt, &self.subject) == (other.id, other.receipt, &other.subject)
    }
}

/// A watermark of a whole group that is true no more, and what of it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenBack {
    /// What goes.
    pub gone: CommonWatermark,
    /// What stays true, and is not said by others.
    pub left: Vec<CommonWatermark>,
}

/// What becomes of the watermarks of reading when `reader` has read up to `to` only, the last first. `marks` are all of them from
/// `to` on. Those of all but the reader hold whatever that one has read; those of all hold for all but the reader still; and
/// what they say of messages up to `to` holds.
pub fn taken_back(marks: &[CommonWatermark], reader: &Uid, to: Option<MessageId>) -> Vec<TakenBack> {
    let others = ReceiptSubject::AllBut(reader.clone());
    let is_known = |wanted: &CommonWatermark| marks.iter().any(|mark| mark.is_of_the_same(wanted));
    let gone = marks.iter().filter(|mark| mark.subject != others && to < Some(mark.id));
    let mut taken: Vec<TakenBack> = gone
        .map(|mark| {
            let of_others = CommonWatermark { subject: others.clone(), ..mark.clone() };
            let of_others = Some(of_others).filter(|wanted| mark.subject == ReceiptSubject::All && !is_known(wanted));
            let is_first = !marks.iter().any(|other| other.subject == mark.subject && other.id < mark.id);
            let up_to = to.filter(|_| is_first).map(|id| CommonWatermark { id, ..mark.clone() });
            TakenBack { gone: mark.clone(), left: of_others.into_iter().chain(up_to).collect() }
        })
        .collect();
    taken.sort_by(|one, other| other.gone.cmp(&one.gone));
    taken
}

/// The latest watermarks of a whole group, of both receipts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CommonWatermarks {
    /// From this id on all watermarks are here.
    from: MessageId,
    /// Rising.
    marks: BTreeSet<CommonWatermark>,
}

impl CommonWatermarks {
    /// How many bytes they take at the most: with them the state of a group of people with short names stays within a write
    /// unit, which every send pays for.
    pub const MOST_BYTES: usize = 320;

    /// Of a group in which all that came before `from` may have any watermarks, and nothing from there on has.
    pub fn from(from: MessageId) -> CommonWatermarks {
        CommonWatermarks { from, marks: BTreeSet::new() }
    }

    /// With a further watermark, unless it is known since earlier.
    pub fn with(mut self, mark: CommonWatermark) -> CommonWatermarks {
        if mark.id < self.from || self.holds(&mark) {
            return self;
        }
        self.marks.insert(mark);
        while CommonWatermarks::MOST_BYTES < String::from(self.clone()).len() {
            let Some(next) = self.marks.pop_first().and_then(|lowest| lowest.id.after()) else { break };
            self.marks.retain(|mark| next <= mark.id);
            self.from = next;
        }
        self
    }

    /// Without one of them.
    pub fn without(mut self, mark: &CommonWatermark) -> CommonWatermarks {
        self.marks.retain(|known| !known.is_of_the_same(mark));
        self
    }

    /// Whether all watermarks of this id are here.
    pub fn tells(&self, id: MessageId) -> bool {
        self.from <= id
    }

    /// All watermarks of a receipt from `first` on, rising; `None` if there may be others.
    pub fn since(&self, receipt: Receipt, first: MessageId) -> Option<Vec<CommonWatermark>> {
        let is_since = |mark: &&CommonWatermark| mark.receipt == receipt && first <= mark.id;
        self.tells(first).then(|| self.marks.iter().filter(is_since).cloned().collect())
    }

    /// Whether they hold this one, whatever its time.
    pub fn holds(&self, mark: &CommonWatermark) -> bool {
        self.marks.iter().any(|known| known.is_of_the_same(mark))
    }

    /// All watermarks of a subject that cover messages from `first` on, rising; `None` if there may be others.
    pub fn of(&self, subject: &ReceiptSubject, receipt: Receipt, first: MessageId) -> Option<Vec<ReceiptWatermark>> {
        let is_of = |mark: &&CommonWatermark| mark.receipt == receipt && mark.subject == *subject;
        let of = || self.marks.iter().filter(is_of).map(|mark| ReceiptWatermark { id: mark.id, at: mark.at });
        (self.from <= first).then(|| of().collect())
    }
}

/// A letter and the subject, the id and the time, in hexadecimal digits.
impl From<CommonWatermarks> for String {
    fn from(CommonWatermarks { from, marks }: CommonWatermarks) -> String {
        let marks = marks.iter().map(|CommonWatermark { id, receipt, subject, at }| {
            let letter = match receipt {
                Receipt::Delivered => 'D',
                Receipt::Read => 'R',
            };
            format!(" {letter}{subject}#{:x}#{:x}", id.number(), at.get())
        });
        std::iter::once(format!("{:x}", from.number())).chain(marks).collect()
    }
}

impl TryFrom<String> for CommonWatermarks {
    type Error = String;

    fn try_from(stored: String) -> Result<CommonWatermarks, String> {
        let mut parts = stored.split(' ');
        let from = parts.next().and_then(id).ok_or_else(|| format!("nothing says what is known: {stored}"))?;
        let marks = parts.map(|part| mark(part).ok_or_else(|| format!("{part} is no watermark of a group")));
        Ok(CommonWatermarks { from, marks: marks.collect::<Result<_, _>>()? })
    }
}

fn mark(stored: &str) -> Option<CommonWatermark> {
    let receipt = match stored.get(..1)? {
        "D" => Receipt::Delivered,
        "R" => Receipt::Read,
        _ => return None,
    };
    let mut parts = stored.get(1..)?.split('#');
    let subject = ReceiptSubject::try_from(parts.next()?.to_owned()).ok()?;
    let (id, at) = (id(parts.next()?)?, u64::from_str_radix(parts.next()?, 16).ok()?);
    Some(CommonWatermark { id, receipt, subject, at: Seconds::new(at) })
}

fn id(digits: &str) -> Option<MessageId> {
    MessageId::new(u64::from_str_radix(digits, 16).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::receipt::first_covering;

    fn id(number: u64) -> MessageId {
        MessageId::new(number).unwrap()
    }

    fn subject(number: usize) -> ReceiptSubject {
        match number {
            0 => ReceiptSubject::All,
            number => ReceiptSubject::AllBut(Uid::parse(&format!("user-{number}")).unwrap()),
        }
    }

    proptest! {
        /// What they tell is what all watermarks tell, which rise neither over subjects nor over receipts.
        #[test]
        fn what_they_tell_is_what_all_watermarks_tell(
            steps in prop::collection::vec((1_u64..60, 0_usize..3, any::<bool>()), 0..80),
            from in 1_u64..20,
            first in 1_u64..70,
        ) {
            let mut all: Vec<CommonWatermark> = Vec::new();
            let mut told = CommonWatermarks::from(id(from));
            for (at, (number, who, is_read)) in steps.into_iter().enumerate() {
                let receipt = if is_read { Receipt::Read } else { Receipt::Delivered };
                let mark = CommonWatermark { id: id(number), receipt, subject: subject(who), at: Seconds::new(at as u64) };
                if !all.iter().any(|known| (known.id, known.receipt, &known.subject) == (mark.id, receipt, &mark.subject)) {
                    all.push(mark.clone());
                }
                told = told.with(mark);
                let stored = String::from(told.clone());
                prop_assert!(stored.len() <= CommonWatermarks::MOST_BYTES);
                prop_assert_eq!(&CommonWatermarks::try_from(stored).unwrap(), &told);
            }
            all.sort();
            let first = id(first);
            for receipt in Receipt::ALL {
                for subject in (0..3).map(subject) {
                    let of = all.iter().filter(|mark| mark.receipt == receipt && mark.subject == subject);
                    let of: Vec<_> = of.map(|mark| ReceiptWatermark { id: mark.id, at: mark.at }).collect();
                    if let Some(told) = told.of(&subject, receipt, first) {
                        prop_assert_eq!(first_covering(&told, first), first_covering(&of, first));
                    }
                }
            }
        }
    }

    proptest! {
        /// Everything that was read by all the others stays so with its time, as far as it does not hang on who steps back.
        #[test]
        fn what_is_taken_back_is_what_the_reader_has_not_read(
            steps in prop::collection::vec((1_u64..30, 0_usize..4), 0..20),
            to in 0_u64..30,
        ) {
            let read = |at: usize, (number, who): (u64, usize)| CommonWatermark {
                id: id(number), receipt: Receipt::Read, subject: subject(who), at: Seconds::new(at as u64),
            };
            let mut all: Vec<CommonWatermark> = Vec::new();
            for (at, step) in steps.into_iter().enumerate() {
                let mark = read(at, step);
                if !all.iter().any(|known| known.is_of_the_same(&mark)) {
                    all.push(mark);
                }
            }
            all.sort();
            let (reader, to) = (Uid::parse("user-1").unwrap(), MessageId::new(to).ok());
            let from: Vec<_> = all.iter().filter(|mark| to <= Some(mark.id)).cloned().collect();
            let taken = taken_back(&from, &reader, to);
            prop_assert!(taken.is_sorted_by(|one, other| other.gone <= one.gone));
            let is_left = |mark: &&CommonWatermark| !taken.iter().any(|taken| taken.gone == **mark);
            let mut left: Vec<_> = all.iter().filter(is_left).cloned().collect();
            left.extend(taken.iter().flat_map(|taken| taken.left.clone()));
            left.sort();
            let time = |marks: &[CommonWatermark], sender: usize, message: u64| {
                let of = |who: &ReceiptSubject| {
                    let of = marks.iter().filter(|mark| mark.subject == *who);
                    of.map(|mark| ReceiptWatermark { id: mark.id, at: mark.at }).collect::<Vec<_>>()
                };
                let covering = [ReceiptSubject::All, subject(sender)].map(|who| first_covering(&of(&who), id(message)));
                covering.into_iter().flatten().min()
            };
            for sender in 1..5 {
                for message in 1..30 {
                    let is_kept = sender == 1 || Some(id(message)) <= to;
                    let expected = time(&all, sender, message).filter(|_| is_kept);
                    let now = time(&left, sender, message);
                    if sender == 1 {
                        // Two watermarks of one id may have become one, the earlier.
                        prop_assert_eq!(now.is_some(), expected.is_some(), "{} by {}", message, sender);
                    } else {
                        prop_assert_eq!(now, expected, "{} by {}", message, sender);
                    }
                }
            }
        }
    }

    #[test]
    fn the_newest_are_told_however_many_there_were() {
        let told = (1..100).fold(CommonWatermarks::from(id(1)), |told, number| {
            let at = Seconds::new(1_795_000_000 + number);
            told.with(CommonWatermark { id: id(number), receipt: Receipt::Read, subject: subject(1), at })
        });
        assert!(told.of(&subject(1), Receipt::Read, id(97)).is_some_and(|marks| 3 <= marks.len()));
        assert_eq!(told.of(&subject(1), Receipt::Read, id(50)), None);
        assert!(told.of(&ReceiptSubject::All, Receipt::Delivered, id(99)).is_some_and(|marks| marks.is_empty()));
    }
}
