//! What one row of a list tells of its place.

use model::id::MessageId;
use model::time::Seconds;
use serde_json::Value;

use crate::import::wire::{id, seconds};

/// What one row of a list tells of its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    pub second: Seconds,
    /// The id at which it stands at the least.
    pub at_least: MessageId,
    /// Whether it is that id. Where ids tell the time it may be that of a later message of the second, which is gone.
    pub is_known: bool,
}

impl Told {
    /// By the row's last message, if that is of the second by which it stands; else something of that second is gone. `newest` is the
    /// newest message of all when the import began: what comes is above it.
    pub fn of(row: &Value, newest: MessageId) -> Told {
        let updated_at = seconds(row, "updatedAt").unwrap_or_default();
        match last_of(row, updated_at) {
            Some((id, sent_at)) if updated_at <= sent_at => {
                Told { second: sent_at, at_least: id, is_known: !id.is_of_past(sent_at) }
            }
            // What came later has a later id, whatever that is.
            Some((id, _)) if !id.tells_time() => Told { second: updated_at, at_least: id, is_known: false },
            _ => {
                let untimed = Some(newest).filter(|newest| !newest.tells_time());
                Told {
                    second: updated_at,
                    at_least: untimed.unwrap_or(MessageId::first_of(updated_at)),
                    is_known: false,
                }
            }
        }
    }
}

/// A row's last message and when it was sent; of one that was deleted only its id is told, which may say when. An id that says
/// another time tells nothing.
fn last_of(row: &Value, updated_at: Seconds) -> Option<(MessageId, Seconds)> {
    let told = row.get("lastMessage").and_then(|last| Some((id(last, "id")?, seconds(last, "sentAt")?)));
    let deleted = || {
        let id = id(row, "latestMessageId")?;
        let sent_at = if id.tells_time() { id.sent_at() } else { Seconds::default() };
        Some((id, sent_at)).filter(|(_, sent_at)| *sent_at <= updated_at)
    };
    told.filter(|(id, sent_at)| !id.tells_time() || id.sent_at() == *sent_at).or_else(deleted)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SECOND: u64 = 1_730_000_000;

    fn first_and(number: u64) -> u64 {
        MessageId::first_of(Seconds::new(SECOND)).number() + number
    }

    #[test]
    fn a_last_message_that_was_deleted_tells_its_place() {
        let row = json!({ "updatedAt": SECOND, "latestMessageId": first_and(7) });
        assert_eq!(Told::of(&row, MessageId::MAX).at_least.number(), first_and(7));
        // One of before, and one that lies.
        for id in [first_and(0) - 1, MessageId::MAX.number()] {
            let row =
                json!({ "updatedAt": SECOND, "latestMessageId": id, "lastMessage": { "id": id, "sentAt": SECOND } });
            let told = Told::of(&row, MessageId::MAX);
            assert!(told.second == Seconds::new(SECOND) && told.at_least.number() == first_and(0), "{told:?}");
        }
    }

    #[test]
    fn what_is_wholly_gone_of_a_service_whose_ids_tell_no_time_is_below_all_that_comes() {
        let newest = MessageId::new(70).unwrap();
        assert_eq!(Told::of(&json!({ "updatedAt": SECOND }), newest).at_least, newest);
    }
}
