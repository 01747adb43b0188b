//! Where lists have conversations whose last messages are deleted permanently.
//!
//! A list tells the second of such a message, and what else of that second stands below. That is not for one user alone: what
//! raises a conversation in one list raises those above it in the lists of others. So what stands together in the lists of all
//! users is kept in a file beside that of the state, and the places are found when all of it is there.

mod file;
mod told;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use model::conversation::ConversationId;
use model::id::MessageId;
use model::time::Seconds;
use model::uid::Uid;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::imports::importer::{Place, Raised};

use super::wire::uid;
pub use file::RunsFile;
pub use told::Told;

/// Conversations of one second that stand together in the list of a user, the latest first.
#[derive(Debug, Serialize, Deserialize)]
pub struct Run {
    second: Seconds,
    rows: Vec<Row>,
}

/// A conversation, the id at which it stands at the least, and whether it is that.
#[derive(Debug, Serialize, Deserialize)]
struct Row(ConversationId, MessageId, bool);

/// Those rows of a user's list that tell something of each other. What the user has pinned stands above all others, and what the
/// app has pinned in an order of its own, which tells nothing.
pub fn runs(list: &[(ConversationId, Value)], user: &Uid, newest: MessageId) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut was_pinned = true;
    for (conversation, row) in list {
        let is_pinned = match uid(row, "pinnedBy") {
            Some(by) if by != *user => continue,
            by => by.is_some(),
        };
        let Told { second, at_least, is_known } = Told::of(row, newest);
        let row = Row(conversation.clone(), at_least, is_known);
        let is_as_before = std::mem::replace(&mut was_pinned, is_pinned) == is_pinned;
        match runs.last_mut().filter(|run| is_as_before && run.second == second) {
            Some(run) => run.rows.push(row),
            None => runs.push(Run { second, rows: vec![row] }),
        }
    }
    runs.retain(|run| 1 < run.rows.len());
    runs
}

/// The conversations of these.
pub fn conversations(runs: &[Run]) -> BTreeSet<ConversationId> {
    runs.iter().flat_map(|run| &run.rows).map(|Row(conversation, ..)| conversation.clone()).collect()
}

/// The conversations that stand above what is told of them: each by one id above the highest that some list has below it. That is
/// never more than where it stood. `brought` says where those stand that were brought in, by messages which the list of this or that
/// user does not tell. Lists that contradict each other, because they changed between two readings, raise nothing.
pub fn raised(runs: Vec<Run>, brought: &BTreeMap<ConversationId, Place>) -> Vec<Raised> {
    let mut by_second: BTreeMap<Seconds, Vec<Run>> = BTreeMap::new();
    runs.into_iter().for_each(|run| by_second.entry(run.second).or_default().push(run));
    let mut raised = BTreeMap::new();
    for (second, runs) in by_second {
        for (conversation, place) in raised_in(second, &runs, brought) {
            raised.insert(conversation.clone(), Raised { conversation: conversation.clone(), second, place });
        }
    }
    raised.into_values().collect()
}

/// What is known of a conversation in one second.
#[derive(Debug, Default)]
struct Node<'r> {
    at_least: Option<MessageId>,
    is_known: bool,
    /// Those that stand directly above it in some list.
    above: Vec<&'r ConversationId>,
    /// How many rows directly below it have no place yet.
    n_below: usize,
}

/// Those of one second, from the lowest up: who stands above several comes after all of these.
fn raised_in<'r>(
    second: Seconds,
    runs: &'r [Run],
    brought: &BTreeMap<ConversationId, Place>,
) -> Vec<(&'r ConversationId, MessageId)> {
    let is_of_second = |id: &MessageId| !id.tells_time() || id.sent_at() == second;
    let mut nodes: HashMap<&ConversationId, Node<'_>> = HashMap::new();
    for rows in runs.iter().map(|run| &run.rows) {
        for Row(conversation, at_least, is_known) in rows {
            let node = nodes.entry(conversation).or_insert_with(|| {
                let place = brought.get(conversation).filter(|place| place.second == second);
                Node { at_least: place.map(|place| place.id), ..Node::default() }
            });
            node.at_least = node.at_least.max(Some(*at_least));
            node.is_known |= is_known;
        }
        for (Row(above, ..), Row(below, ..)) in rows.iter().zip(rows.iter().skip(1)) {
            nodes.entry(below).or_default().above.push(above);
            nodes.entry(above).or_default().n_below += 1;
        }
    }
    let mut raised: HashMap<&ConversationId, MessageId> = HashMap::new();
    let mut next: Vec<&ConversationId> =
        nodes.iter().filter(|(_, node)| node.n_below == 0).map(|(conversation, _)| *conversation).collect();
    while let Some(below) = next.pop() {
        let Some(node) = nodes.get_mut(below) else { continue };
        let (place, above) = (raised.get(below).copied().max(node.at_least), std::mem::take(&mut node.above));
        for above in above {
            let Some(node) = nodes.get_mut(above) else { continue };
            let over = place.and_then(MessageId::after).filter(is_of_second);
            let over = over.filter(|over| !node.is_known && node.at_least < Some(*over));
            if let Some(over) = over {
                let place = raised.entry(above).or_insert(over);
                *place = over.max(*place);
            }
            node.n_below -= 1;
            if node.n_below == 0 {
                next.push(above);
            }
        }
    }
    raised
        .into_iter()
        .filter(|(conversation, _)| nodes.get(conversation).is_some_and(|node| node.n_below == 0))
        .collect()
}

#[cfg(test)]
mod tests {
    use model::uid::Guid;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const SECOND: u64 = 1_730_000_000;

    fn group(name: impl std::fmt::Display) -> ConversationId {
        ConversationId::Group(Guid::parse(&format!("g{name}")).unwrap())
    }

    fn first_and(number: u64) -> u64 {
        MessageId::first_of(Seconds::new(SECOND)).number() + number
    }

    fn row(id: Option<u64>) -> Value {
        let last = id.map_or(Value::Null, |id| json!({ "id": id, "sentAt": SECOND }));
        json!({ "updatedAt": SECOND, "lastMessage": last })
    }

    fn runs_of(list: impl IntoIterator<Item = (ConversationId, Value)>) -> Vec<Run> {
        runs(&list.into_iter().collect::<Vec<_>>(), &Uid::parse("ash").unwrap(), MessageId::MAX)
    }

    /// The places of conversations by lists of these, in which gone ones have no id: the highest that their rows tell, or higher.
    fn places(lists: &[Vec<(u64, Option<u64>)>]) -> BTreeMap<u64, u64> {
        let mut places = BTreeMap::new();
        let mut all = Vec::new();
        for list in lists {
            for (number, id) in list {
                let place = places.entry(*number).or_default();
                *place = Told::of(&row(*id), MessageId::MAX).at_least.number().max(*place);
            }
            all.extend(runs_of(list.iter().map(|(number, id)| (group(number), row(*id)))));
        }
        for Raised { conversation, place, .. } in raised(all, &BTreeMap::new()) {
            let number = places.keys().copied().find(|number| group(number) == conversation).unwrap();
            assert!(places[&number] < place.number());
            places.insert(number, place.number());
        }
        places
    }

    #[test]
    fn what_one_list_raises_is_raised_in_others() {
        let [low, high] = [first_and(70), first_and(90)];
        // To one user the first stands above the second; to another the second above one whose place is told.
        let lists = [vec![(1, None), (2, None)], vec![(2, None), (3, Some(low))], vec![(4, Some(high)), (1, None)]];
        assert_eq!(places(&lists), BTreeMap::from([(1, low + 2), (2, low + 1), (3, low), (4, high)]));
    }

    #[test]
    fn lists_that_contradict_each_other_raise_nothing() {
        let [one, other] = [first_and(1), first_and(2)];
        let lists = [vec![(1, Some(one)), (2, Some(other))], vec![(2, Some(other)), (1, Some(one))]];
        assert_eq!(places(&lists), BTreeMap::from([(1, one), (2, other)]));
    }

    #[test]
    fn messages_whose_ids_tell_no_time_are_the_last_that_lists_show_of_their_second() {
        assert_eq!(places(&[vec![(1, Some(5)), (2, Some(7))]]), BTreeMap::from([(1, 5), (2, 7)]));
        let left = json!({ "updatedAt": SECOND, "lastMessage": { "id": 5, "sentAt": SECOND - 9 } });
        let runs = runs_of([(group(1), left), (group(2), row(Some(7)))]);
        assert_eq!(raised(runs, &BTreeMap::new()).first().map(|raised| raised.place.number()), Some(8));
    }

    /// Ids that were drawn here for times before ids tell it rise as lists do.
    #[test]
    fn more_of_a_second_of_long_ago_may_be_gone() {
        let second = Seconds::new(1_600_000_000);
        let [first, other] = [3, 7].map(|entropy| MessageId::of_past(second, entropy).number());
        let row = |id: u64| json!({ "updatedAt": second, "lastMessage": { "id": id, "sentAt": second } });
        let raised = raised(runs_of([(group(1), row(first)), (group(2), row(other))]), &BTreeMap::new());
        assert_eq!(raised.first().map(|raised| raised.place.number()), Some(other + 1));
    }

    /// It may have removed the messages from their view whose list is the only one to tell.
    #[test]
    fn what_is_brought_in_tells_what_a_list_does_not() {
        let runs = runs_of([(group(1), row(None)), (group(2), row(None))]);
        let brought = |second| Place { second: Seconds::new(second), id: MessageId::new(first_and(9)).unwrap() };
        let place = |second| {
            let runs = runs_of([(group(1), row(None)), (group(2), row(None))]);
            raised(runs, &BTreeMap::from([(group(2), brought(second))])).first().map(|raised| raised.place.number())
        };
        assert_eq!(conversations(&runs), BTreeSet::from([group(1), group(2)]));
        assert_eq!([SECOND, SECOND + 1].map(place), [first_and(10), first_and(1)].map(Some));
    }

    #[test]
    fn nothing_is_raised_out_of_its_second() {
        let last = first_and((1_000 << 12) - 1);
        assert_eq!(places(&[vec![(1, None), (2, Some(last))]]), BTreeMap::from([(1, first_and(0)), (2, last)]));
    }

    #[test]
    fn pins_tell_nothing_of_what_is_not_pinned() {
        let by = |uid: &str| json!({ "updatedAt": SECOND, "pinnedBy": uid });
        let list = [by("app_system"), by("app_system"), by("ash"), by("ash"), row(None), by("app_system"), row(None)];
        let runs = runs_of((0..).map(group).zip(list));
        let of = |run: &Run| run.rows.iter().map(|Row(conversation, ..)| conversation.clone()).collect::<Vec<_>>();
        assert_eq!(runs.iter().map(of).collect::<Vec<_>>(), [[group(2), group(3)], [group(4), group(6)]]);
    }

    #[test]
    fn runs_are_of_one_second_and_of_several() {
        let list = [9, 8, 8, 7, 8].map(|second: u64| json!({ "updatedAt": second }));
        assert_eq!(runs_of((0..).map(group).zip(list)).iter().map(|run| run.rows.len()).collect::<Vec<_>>(), [2]);
    }

    proptest! {
        /// Whatever is gone of what, and whoever sees which: all lists stand as they did.
        #[test]
        fn places_keep_all_lists_as_they_are(
            stood in proptest::collection::btree_set(0..64_u64, 1..9),
            gone in proptest::collection::vec(0..3_u8, 9),
            lists in proptest::collection::vec(proptest::collection::vec(any::<bool>(), 9), 1..6),
        ) {
            // Of each conversation: where it stood, and what is left of its second.
            let all: Vec<(u64, u64, Option<u64>)> = stood.iter().rev().zip(&gone).enumerate().map(|(number, (at, gone))| {
                let left = match gone {
                    0 => Some(first_and(2 * at + 1)),
                    1 => None,
                    // An earlier message of the same second.
                    _ => Some(first_and(*at)),
                };
                (number as u64, first_and(2 * at + 1), left)
            }).collect();
            let shown: Vec<Vec<(u64, Option<u64>)>> = lists.iter().map(|sees| {
                all.iter().zip(sees).filter(|(_, sees)| **sees).map(|((number, _, left), _)| (*number, *left)).collect()
            }).collect();
            let places = places(&shown);
            for list in &shown {
                prop_assert!(list.windows(2).all(|pair| places[&pair[1].0] < places[&pair[0].0]), "{shown:?} {places:?}");
            }
            for (number, stood, _) in all.iter().filter(|(number, ..)| places.contains_key(number)) {
                prop_assert!(places[number] <= *stood);
            }
        }
    }
}
