//! What members of groups received of which no list tells, because they removed it from their view, or because it was there before them.
//! Each message by itself says who received and read it. Who received a message received those before it no later, so of a range of
//! messages whose ends a member received and read at the same times only the ends are asked for; others are halved.

use std::collections::{BTreeMap, BTreeSet};

use model::conversation::ConversationId;
use model::id::MessageId;
use model::receipt::ReceiptSubject;
use model::time::Seconds;
use model::uid::Uid;
use serde_json::Value;
use shared::imports::importer::{Recipient, Sent};

use super::messages::{self, Watermarks};
use super::source::{ReadError, Source};
use super::wire;

/// When a member received and read a message.
type Times = [Option<Seconds>; 2];

/// The members who received a message.
pub type Told = BTreeMap<Uid, Times>;

/// These, as a message says by itself; `None` of what is there no more or not shown, which tells nothing. Cost: a request.
pub async fn told(source: &Source, id: MessageId) -> Result<Option<Told>, ReadError> {
    match source.get(&format!("/messages/{id}"), None).await {
        Ok(answer) => Ok(Some(answer.get("data").map(receipts_of).unwrap_or_default())),
        Err(refusal) if refusal.is_refusal() => Ok(None),
        Err(error) => Err(error),
    }
}

/// How many of these messages, which a member received, were there before them. Cost: 2 requests where all are on one side but the last;
/// else one more for each time that their number can be halved.
pub async fn n_before(source: &Source, member: &Uid, received: &[MessageId]) -> Result<usize, ReadError> {
    let (mut low, mut high) = (0, received.len());
    for n_asked in 0.. {
        let middle = match n_asked {
            0 => high.saturating_sub(2),
            1 => low,
            _ => low.midpoint(high),
        };
        let Some(id) = received.get(middle).filter(|_| low < high) else { break };
        let was_there = told(source, *id).await?.is_none_or(|told| told.contains_key(member));
        if was_there { high = middle } else { low = middle + 1 }
    }
    Ok(low)
}

fn receipts_of(message: &Value) -> Told {
    let listed = message.pointer("/receipts/data").and_then(Value::as_array).into_iter().flatten();
    let receipt = |entry: &Value| Some((wire::uid(entry.get("recipient")?, "uid")?, messages::receipts(entry)));
    listed.filter_map(receipt).collect()
}

/// A search among some messages of a group, in their order.
#[derive(Debug)]
pub struct Search<'s> {
    recipients: &'s [Recipient],
    sent: &'s [Sent],
    told: BTreeMap<MessageId, Option<Told>>,
}

impl<'s> Search<'s> {
    /// One that knows nothing yet.
    pub fn new(recipients: &'s [Recipient], sent: &'s [Sent]) -> Search<'s> {
        Search { recipients, sent, told: BTreeMap::new() }
    }

    /// Which messages are to be asked for next; none, once all is known.
    pub fn next(&self) -> BTreeSet<MessageId> {
        self.recipients.iter().flat_map(|recipient| self.next_of(recipient)).collect()
    }

    /// Takes who received a message, if that is told.
    pub fn take(&mut self, id: MessageId, told: Option<Told>) {
        self.told.insert(id, told);
    }

    fn next_of(&self, recipient: &Recipient) -> Vec<MessageId> {
        let ids = self.untold(recipient);
        let is_removed = |id: &&MessageId| Some(**id) <= recipient.cleared_id;
        let Some((first, was_there)) = ids.first().map(|first| (*first, self.was_there(recipient, *first))) else {
            return Vec::new();
        };
        if was_there != Some(false) && !is_removed(&&first) {
            // By this one they had come, and lists tell the rest.
            return if was_there.is_none() { vec![first] } else { Vec::new() };
        }
        let ends = [ids.first(), ids.iter().rfind(is_removed), ids.last()].into_iter().flatten();
        let unknown: Vec<MessageId> = ends.filter(|id| !self.told.contains_key(id)).copied().collect();
        if !unknown.is_empty() {
            return unknown;
        }
        let known: Vec<(usize, MessageId, Times)> =
            ids.iter().enumerate().filter_map(|(at, id)| Some((at, *id, self.times(recipient, *id)?))).collect();
        let between = known.iter().zip(known.iter().skip(1)).filter_map(|((low, _, before), (high, last, after))| {
            let middle = low.midpoint(*high);
            let may_differ = may_differ(recipient, *last, [before, after]);
            ids.get(middle).filter(|_| may_differ && *low < middle).copied()
        });
        between.collect()
    }

    /// Of these messages those that they can have received and of which only these themselves tell it.
    fn untold(&self, recipient: &Recipient) -> Vec<MessageId> {
        let (start, end) = (recipient.start_id, recipient.untold());
        let is_untold = |sent: &&Sent| sent.sender != recipient.uid && start < Some(sent.id) && Some(sent.id) <= end;
        self.sent.iter().filter(is_untold).map(|sent| sent.id).collect()
    }

    /// When they received and read a message, if that is known.
    fn times(&self, recipient: &Recipient, id: MessageId) -> Option<Times> {
        let told = self.told.get(&id)?.as_ref();
        Some(told.and_then(|told| told.get(&recipient.uid)).copied().unwrap_or_default())
    }

    /// Whether they had come by a message, if that is known.
    fn was_there(&self, recipient: &Recipient, id: MessageId) -> Option<bool> {
        self.times(recipient, id).map(|times| times.iter().any(Option::is_some))
    }

    /// Whether any message says who received it, be it nobody.
    pub fn is_told(&self) -> bool {
        self.told.values().any(Option::is_some)
    }

    /// The watermarks that tell all that they removed.
    pub fn watermarks(&self, conversation: &ConversationId) -> Watermarks {
        let mut marks = Watermarks::default();
        for recipient in self.recipients {
            let subject = ReceiptSubject::User(recipient.uid.clone());
            for id in self.untold(recipient).into_iter().filter(|id| Some(*id) <= recipient.cleared_id) {
                marks.note(conversation, &subject, id, self.times(recipient, id).unwrap_or_default());
            }
        }
        marks
    }

    /// Behind which message those came at the latest of whom nothing else tells it, and who received one of these; behind none, if that is
    /// the first that there can be.
    pub fn starts(&self) -> BTreeMap<Uid, Option<MessageId>> {
        let unknown = self.recipients.iter().filter(|recipient| recipient.may_start_later);
        let starts = unknown.filter_map(|recipient| {
            let received = |id: &MessageId| self.was_there(recipient, *id) == Some(true);
            let first = self.untold(recipient).into_iter().find(received)?;
            Some((recipient.uid.clone(), first.before()))
        });
        starts.collect()
    }
}

/// Whether messages between two, of which the later one is `last`, may have been received at other times than these.
fn may_differ(recipient: &Recipient, last: MessageId, [before, after]: [&Times; 2]) -> bool {
    let is_removed = Some(last) <= recipient.cleared_id;
    let [was_received, is_received] = [before, after].map(|times| times.iter().any(Option::is_some));
    // Who came later and received no more than some of what lies between received neither end.
    let may_lie_between = recipient.may_start_later && recipient.received_id < Some(last);
    match is_removed {
        true => before != after || (may_lie_between && !is_received),
        false => was_received != is_received,
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

    /// A member of a group with as many messages as there are steps of time.
    #[derive(Clone, Debug)]
    struct Truth {
        /// The first message that is there for them, the first that they did not receive, and the first that they did not read.
        start: usize,
        received: usize,
        read: usize,
        /// How many they removed.
        removed: usize,
        /// Whether a message tells where they start.
        is_start_told: bool,
    }

    impl Truth {
        fn any() -> impl Strategy<Value = Truth> {
            let some = 0_usize..40;
            let fields = (some.clone(), some.clone(), some.clone(), some, any::<bool>());
            fields.prop_map(|(start, received, read, removed, is_start_told)| Truth {
                start,
                received: received.max(read),
                read,
                removed,
                is_start_told,
            })
        }

        /// When they received and read the message, of which others did so at this time at the earliest.
        fn times(&self, n: usize, at: u64) -> Times {
            [self.received, self.read].map(|end| (self.start <= n && n < end).then(|| Seconds::new(1_000 + at)))
        }

        fn recipient(&self, uid: Uid) -> Recipient {
            let last_received = self.received.checked_sub(1).filter(|last| self.start.max(self.removed) <= *last);
            Recipient {
                uid,
                cleared_id: self.removed.checked_sub(1).map(id),
                received_id: last_received.map(id),
                start_id: self.start.checked_sub(1).filter(|_| self.is_start_told).map(id),
                may_start_later: !self.is_start_told,
            }
        }
    }

    /// Asks until all is known.
    fn search(search: &mut Search<'_>, tell: impl Fn(usize) -> Told) {
        loop {
            let next = search.next();
            if next.is_empty() {
                return;
            }
            for asked in next {
                assert!(!search.told.contains_key(&asked), "{asked} is asked for again");
                search.take(asked, Some(tell(asked.number() as usize - 1)));
            }
        }
    }

    proptest! {
        /// Whatever members received and removed, it is found.
        #[test]
        fn a_search_tells_all_times_of_what_was_removed_and_all_starts(
            members in proptest::collection::vec(Truth::any(), 1..4),
            mut steps in proptest::collection::vec(0_u64..5, 40),
        ) {
            steps.sort_unstable();
            let sent: Vec<Sent> = (0..steps.len()).map(|n| Sent { id: id(n), sender: uid(n % 5) }).collect();
            let recipients: Vec<Recipient> =
                members.iter().enumerate().map(|(n, truth)| truth.recipient(uid(n))).collect();
            let mut found = Search::new(&recipients, &sent);
            search(&mut found, |n| {
                let others = members.iter().enumerate().filter(|(member, _)| *member != n % 5);
                let received = others.map(|(member, truth)| (uid(member), truth.times(n, steps[n])));
                received.filter(|(_, times)| times[0].is_some()).collect()
            });
            let starts = found.starts();
            for (recipient, truth) in recipients.iter().zip(&members) {
                // Who is named by no message that they received came behind all of these.
                let unfound = recipient.received_id.filter(|_| recipient.may_start_later).or(recipient.start_id);
                let start = starts.get(&recipient.uid).copied().unwrap_or(unfound);
                let theirs: Vec<MessageId> =
                    sent.iter().filter(|sent| sent.sender != recipient.uid).map(|sent| sent.id).collect();
                let removed = theirs.iter().filter(|id| Some(**id) <= recipient.cleared_id);
                for (at, id) in removed.clone().enumerate() {
                    let n = id.number() as usize - 1;
                    let mut covering = removed.clone().skip(at).filter_map(|id| found.times(recipient, *id));
                    let told = covering.find(|times| times[0].is_some()).filter(|_| start < Some(*id));
                    prop_assert_eq!(told.and_then(|times| times[0]), truth.times(n, steps[n])[0], "{:?} {}", truth, n);
                }
                for id in theirs.iter().filter(|id| Some(**id) <= recipient.received_id) {
                    let is_received = truth.times(id.number() as usize - 1, 0)[0].is_some();
                    prop_assert_eq!(start < Some(*id), is_received, "{:?} {}", truth, id);
                }
            }
        }
    }

    #[test]
    fn who_received_all_at_once_takes_few_questions() {
        let sent: Vec<Sent> = (0..1_000).map(|n| Sent { id: id(n), sender: uid(1) }).collect();
        let cleared_id = Some(id(999));
        let recipients =
            [Recipient { uid: uid(0), cleared_id, received_id: None, start_id: None, may_start_later: false }];
        let mut found = Search::new(&recipients, &sent);
        let at = [Some(Seconds::new(7)), None];
        search(&mut found, |n| (n < 700).then(|| (uid(0), at)).into_iter().collect());
        assert!(found.told.len() <= 12, "{}", found.told.len());
        let marks: Vec<_> =
            found.watermarks(&ConversationId::Group(model::uid::Guid::parse("g").unwrap())).records().collect();
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
