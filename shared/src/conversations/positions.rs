//! How far members of a group have come together, by how far each of them has.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::app::App;
use crate::error::ApiError;
use model::id::MessageId;
use model::receipt::{Position, Receipt, ReceiptSubject};
use model::uid::Uid;
use model::user::User;

/// Who has come how far.
pub(super) fn at<'p>(positions: &[&'p Position], receipt: Receipt) -> Vec<(&'p Uid, Option<MessageId>)> {
    positions.iter().map(|position| (&position.uid, position.at(receipt))).collect()
}

/// Those of the members for whom nobody waits, because they are deactivated, as far as that decides anything: only the lowest
/// positions do, so only they are looked up, until two are found who are active.
///
/// Cost: 1 round trip and 2 read units or three as a rule; more for each deactivated member who is behind.
pub(super) async fn away(app: &App, positions: &[Position], receipts: &[Receipt]) -> Result<HashSet<Uid>, ApiError> {
    let positions: Vec<&Position> = positions.iter().collect();
    let mut is_active: HashMap<Uid, bool> = HashMap::new();
    // Of fewer than two nothing follows; see `common`.
    while 2 <= positions.len() {
        let at_once = if is_active.is_empty() { 2 } else { 50 };
        let of = |receipt: &Receipt| undecided(&at(&positions, *receipt), &is_active, at_once);
        let next: BTreeSet<&Uid> = receipts.iter().flat_map(of).collect();
        if next.is_empty() {
            break;
        }
        let found = app.store.users(&next.iter().copied().collect::<Vec<_>>()).await?;
        let active: HashSet<Uid> = found.into_iter().filter(User::is_active).map(|user| user.uid).collect();
        is_active.extend(next.into_iter().map(|uid| (uid.clone(), active.contains(uid))));
    }
    Ok(is_active.into_iter().filter(|(_, is_active)| !is_active).map(|(uid, _)| uid).collect())
}

/// Of whom it has to be known whether they are active, `at_once` at the most, to find the two lowest positions of active members.
fn undecided<'p>(
    positions: &[(&'p Uid, Option<MessageId>)],
    is_active: &HashMap<Uid, bool>,
    at_once: usize,
) -> Vec<&'p Uid> {
    let mut sorted: Vec<_> = positions.iter().map(|(uid, at)| (*at, *uid)).collect();
    sorted.sort();
    let (mut n_active, mut next) = (0, Vec::new());
    for (_, uid) in sorted {
        match is_active.get(uid) {
            Some(true) => n_active += 1,
            Some(false) => {}
            None => next.push(uid),
        }
        if n_active == 2 || n_active + next.len() == at_once {
            break;
        }
    }
    next
}

/// How far all members have come: the lowest position of all; and without the one who holds it, the next, because
/// nobody gives receipts of their own messages. For everybody else "all but them" is the lowest again.
pub(super) fn common(positions: &[(&Uid, Option<MessageId>)]) -> Vec<(ReceiptSubject, MessageId)> {
    let mut sorted: Vec<_> = positions.iter().map(|(uid, at)| (*at, *uid)).collect();
    sorted.sort();
    let [(lowest, holder), (next, _), ..] = sorted.as_slice() else { return Vec::new() };
    let all = lowest.map(|id| (ReceiptSubject::All, id));
    let others = next.filter(|_| lowest < next).map(|id| (ReceiptSubject::AllBut((*holder).clone()), id));
    all.into_iter().chain(others).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::receipt::{ReceiptWatermark, first_covering};
    use model::time::Seconds;
    use proptest::prelude::*;

    use super::*;

    const N_MEMBERS: usize = 4;

    /// The marks that a series of receipts leaves, as the store keeps them: rising, the first of each id.
    #[derive(Default)]
    struct Marks(BTreeMap<ReceiptSubject, BTreeMap<MessageId, Seconds>>);

    impl Marks {
        fn first(&self, subject: &ReceiptSubject, id: MessageId) -> Option<Seconds> {
            let marks = self.0.get(subject)?.iter().map(|(id, at)| ReceiptWatermark { id: *id, at: *at });
            first_covering(&marks.collect::<Vec<_>>(), id)
        }
    }

    proptest! {
        #[test]
        fn a_message_counts_as_read_by_all_when_the_last_of_the_others_read_it(
            receipts in proptest::collection::vec((0..N_MEMBERS, 1_u64..20), 1..60),
        ) {
            let uids: Vec<Uid> = (0..N_MEMBERS).map(|n| Uid::parse(&format!("u{n}")).unwrap()).collect();
            let mut positions: Vec<Option<MessageId>> = vec![None; N_MEMBERS];
            let mut marks = Marks::default();
            let mut expected: BTreeMap<(usize, u64), Seconds> = BTreeMap::new();
            for (second, (who, id)) in receipts.into_iter().enumerate() {
                let (at, id) = (Seconds::new(second as u64), MessageId::new(id).unwrap());
                positions[who] = positions[who].max(Some(id));
                let now: Vec<_> = uids.iter().zip(positions.iter().copied()).collect();
                for (subject, id) in common(&now) {
                    marks.0.entry(subject).or_default().entry(id).or_insert(at);
                }
                for sender in 0..positions.len() {
                    for message in 1..20 {
                        let message_id = MessageId::new(message).unwrap();
                        let others = (0..N_MEMBERS).filter(|n| *n != sender);
                        if others.into_iter().all(|n| Some(message_id) <= positions[n]) {
                            expected.entry((sender, message)).or_insert(at);
                        }
                    }
                }
            }
            for (sender, uid) in uids.iter().enumerate() {
                for message in 1..20 {
                    let id = MessageId::new(message).unwrap();
                    let times = [ReceiptSubject::All, ReceiptSubject::AllBut(uid.clone())].map(|who| marks.first(&who, id));
                    let first = times.into_iter().flatten().min();
                    prop_assert_eq!(first, expected.get(&(sender, message)).copied(), "{} by {}", message, sender);
                }
            }
        }
    }
}
