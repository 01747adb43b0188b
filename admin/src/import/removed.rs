//! How far members of a group had come in what they removed from their view. No list shows them that, but each message by itself says
//! who received and read it. Who received a message received those before it no later, so of a range of messages whose ends a member
//! received and read at the same times only the ends are asked for; others are halved.

use std::collections::{BTreeMap, BTreeSet};

use model::conversation::ConversationId;
use model::id::MessageId;
use model::receipt::ReceiptSubject;
use model::time::Seconds;
use model::uid::Uid;
use serde_json::Value;
use shared::imports::importer::{Remover, Sent};

use super::messages::{self, Watermarks};
use super::wire;

/// When a member received and read a message.
type Times = [Option<Seconds>; 2];

/// The members who received a message.
pub type Told = BTreeMap<Uid, Times>;

/// These, as a message says by itself.
pub fn receipts_of(message: &Value) -> Told {
    let listed = message.pointer("/receipts/data").and_then(Value::as_array).into_iter().flatten();
    let receipt = |entry: &Value| Some((wire::uid(entry.get("recipient")?, "uid")?, messages::receipts(entry)));
    listed.filter_map(receipt).collect()
}

/// A search among some messages of a group, in their order.
#[derive(Debug)]
pub struct Search<'s> {
    removers: &'s [Remover],
    sent: &'s [Sent],
    told: BTreeMap<MessageId, Told>,
}

impl<'s> Search<'s> {
    /// One that knows nothing yet.
    pub fn new(removers: &'s [Remover], sent: &'s [Sent]) -> Search<'s> {
        Search { removers, sent, told: BTreeMap::new() }
    }

    /// Which messages are to be asked for next; none, once all is known.
    pub fn next(&self) -> BTreeSet<MessageId> {
        self.removers.iter().flat_map(|remover| self.next_of(remover)).collect()
    }

    /// Takes who received a message.
    pub fn take(&mut self, id: MessageId, told: Told) {
        self.told.insert(id, told);
    }

    fn next_of(&self, remover: &Remover) -> Vec<MessageId> {
        let ids = self.hidden_from(remover);
        let ends = [ids.first(), ids.last()].into_iter().flatten();
        let unknown: Vec<MessageId> = ends.filter(|id| !self.told.contains_key(id)).copied().collect();
        if !unknown.is_empty() {
            return unknown;
        }
        let known: Vec<(usize, Times)> =
            ids.iter().enumerate().filter_map(|(at, id)| Some((at, self.times(remover, *id)?))).collect();
        let between = known.iter().zip(known.iter().skip(1)).filter_map(|((low, before), (high, after))| {
            // Who came in between received neither end.
            let may_differ = before != after || (remover.may_start_between && before.iter().all(Option::is_none));
            let middle = low.midpoint(*high);
            ids.get(middle).filter(|_| may_differ && *low < middle).copied()
        });
        between.collect()
    }

    /// Of these messages those that they removed, wherever they can have received them.
    fn hidden_from(&self, remover: &Remover) -> Vec<MessageId> {
        let is_hidden = |sent: &&Sent| {
            sent.sender != remover.uid && remover.start_id < Some(sent.id) && sent.id <= remover.cleared_id
        };
        self.sent.iter().filter(is_hidden).map(|sent| sent.id).collect()
    }

    /// When they received and read a message, if that is known.
    fn times(&self, remover: &Remover, id: MessageId) -> Option<Times> {
        self.told.get(&id).map(|told| told.get(&remover.uid).copied().unwrap_or_default())
    }

    /// The watermarks that tell all of it.
    pub fn watermarks(&self, conversation: &ConversationId) -> Watermarks {
        let mut marks = Watermarks::default();
        for remover in self.removers {
            let subject = ReceiptSubject::User(remover.uid.clone());
            for id in self.hidden_from(remover) {
                marks.note(conversation, &subject, id, self.times(remover, id).unwrap_or_default());
            }
        }
        marks
    }

    /// Before which message those had not come of whom nothing else tells it.
    pub fn starts(&self) -> BTreeMap<Uid, MessageId> {
        let unknown = self.removers.iter().filter(|remover| remover.may_start_between);
        let starts = unknown.filter_map(|remover| {
            let received = |id: &MessageId| self.times(remover, *id).is_some_and(|times| times[0].is_some());
            let first = self.hidden_from(remover).into_iter().find(received)?;
            Some((remover.uid.clone(), first.before()?))
        });
        starts.collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(n: usize) -> MessageId {
        MessageId::new(n as u64 + 1).unwrap()
    }

    fn uid(n: usize) -> Uid {
        Uid::parse(&format!("member{n}")).unwrap()
    }

    /// What a member received of so many messages: those from `start` on up to `read` and `delivered`, at times that rise.
    fn received(n_messages: usize, (start, delivered, read): (usize, usize, usize), steps: &[u64]) -> Vec<Times> {
        let at = |up_to: usize, n: usize| {
            let later = steps.get(n).copied().unwrap_or_default();
            (start <= n && n < up_to).then(|| Seconds::new(1_000 + later))
        };
        let times = (0..n_messages).map(|n| [at(delivered.max(read), n), at(read, n)]);
        times.collect()
    }

    proptest! {
        /// Whatever members received, their watermarks tell the times of each message; and where they did so all at once few are asked for.
        #[test]
        fn the_watermarks_of_a_search_tell_all_times(
            members in proptest::collection::vec(((0_usize..40, 0_usize..40, 0_usize..40), 0_usize..40, any::<bool>()), 1..4),
            mut steps in proptest::collection::vec(0_u64..5, 40),
        ) {
            steps.sort_unstable();
            let n_messages = steps.len();
            let sent: Vec<Sent> = (0..n_messages).map(|n| Sent { id: id(n), sender: uid(n % 5) }).collect();
            let removers: Vec<Remover> = members.iter().enumerate().map(|(n, ((start, ..), cleared, is_told))| Remover {
                uid: uid(n),
                cleared_id: id(*cleared),
                start_id: is_told.then(|| start.checked_sub(1).map(id)).flatten(),
                may_start_between: !is_told,
            }).collect();
            let truth: Vec<Vec<Times>> =
                members.iter().map(|(positions, ..)| received(n_messages, *positions, &steps)).collect();
            let mut search = Search::new(&removers, &sent);
            loop {
                let next = search.next();
                if next.is_empty() {
                    break;
                }
                for asked in next {
                    prop_assert!(!search.told.contains_key(&asked));
                    let n = asked.number() as usize - 1;
                    let told = truth.iter().enumerate().filter(|(who, times)| uid(*who) != sent[n].sender && times[n][0].is_some());
                    let told = told.map(|(who, times)| (uid(who), times[n])).collect();
                    search.take(asked, told);
                }
            }
            for (remover, truth) in removers.iter().zip(&truth) {
                let hidden = search.hidden_from(remover);
                for (at, id) in hidden.iter().enumerate() {
                    let n = id.number() as usize - 1;
                    let by_marks = hidden.iter().skip(at).find_map(|id| search.times(remover, *id).filter(|it| it[0].is_some()));
                    let starts = search.starts().get(&remover.uid).copied();
                    let tells = by_marks.filter(|_| starts < Some(*id)).map(|times| times[0]).flatten();
                    prop_assert_eq!(tells, truth[n][0], "{:?} {:?}", remover, id);
                }
            }
        }
    }

    #[test]
    fn who_received_all_at_once_takes_few_questions() {
        let sent: Vec<Sent> = (0..1_000).map(|n| Sent { id: id(n), sender: uid(1) }).collect();
        let removers = [Remover { uid: uid(0), cleared_id: id(999), start_id: None, may_start_between: false }];
        let mut search = Search::new(&removers, &sent);
        let at = [Some(Seconds::new(7)), None];
        loop {
            let next = search.next();
            if next.is_empty() {
                break;
            }
            for asked in next {
                let told = (asked.number() <= 700).then(|| (uid(0), at)).into_iter().collect();
                search.take(asked, told);
            }
        }
        assert!(search.told.len() <= 12, "{}", search.told.len());
        let marks: Vec<_> = search.watermarks(&ConversationId::Group(model::uid::Guid::parse("g").unwrap())).records().collect();
        assert_eq!(marks.len(), 1);
    }

    #[test]
    fn a_message_by_itself_says_who_received_it() {
        let message = serde_json::json!({ "receipts": { "data": [
            { "recipient": { "uid": "birch" }, "deliveredAt": 5, "readAt": "6" },
            { "recipient": {}, "deliveredAt": 5 },
            { "deliveredAt": 5 },
        ] } });
        let birch = Uid::parse("birch").unwrap();
        let told = BTreeMap::from([(birch, [Some(Seconds::new(5)), Some(Seconds::new(6))])]);
        assert_eq!(receipts_of(&message), told);
        assert!(receipts_of(&serde_json::json!({ "receipts": [] })).is_empty());
    }
}
