//! Jobs, and what a deletion looks through.

use super::Key;
use model::conversation::ConversationId;
use model::file::UploadId;
use model::id::MessageId;
use model::job::{JobId, Work};
use model::uid::{Guid, Uid};

/// The sort key of [`Key::placed`].
pub(in crate::store) const PLACED: &str = "PLACED";
/// The partition of jobs.
pub(in crate::store) const JOBS: &str = "JOBS";

/// Which records reach the function that delivers events, by the rules of Lambda's filters: rows that carry an event, and
/// jobs, and files that were placed for a message which never
/// came, and sockets of which nobody said that they were closed, or whose devices have others. A test holds `template.yaml` to them.
pub const FILTERS: [&str; 4] = [
    r#"{"dynamodb":{"NewImage":{"event":{"S":[{"exists":true}]}}}}"#,
    r#"{"dynamodb":{"Keys":{"pk":{"S":["JOBS"]}}}}"#,
    r#"{"eventName":["REMOVE"],"userIdentity":{"principalId":["dynamodb.amazonaws.com"]},"dynamodb":{"Keys":{"sk":{"S":["PLACED","SOCKET"]}}}}"#,
    r#"{"dynamodb":{"Keys":{"sk":{"S":["SOCKET"]}},"NewImage":{"replacedBy":{"S":[{"exists":true}]}}}}"#,
];

/// What the job that does this is called: one name for each thing, so that no two jobs do the same.
pub(in crate::store) fn job_id(work: &Work) -> JobId {
    JobId::new(match work {
        Work::DeleteGroup { guid } => format!("group#{guid}"),
        Work::DeleteUser { uid, .. } => format!("user#{uid}"),
        Work::DeleteConversation { conversation, .. } => format!("conversation#{}", conversation.stored()),
        Work::CountMember { uid } => format!("count#{uid}"),
    })
}

impl Key {
    /// A job.
    pub(in crate::store) fn job(id: &JobId) -> Key {
        Key::new(JOBS.to_owned(), id.as_str())
    }

    /// All jobs: a prefix of keys.
    pub(in crate::store) fn jobs() -> Key {
        Key::new(JOBS.to_owned(), "")
    }

    /// The files that a send places for a message which is not stored yet.
    pub(in crate::store) fn placed(placing: &UploadId) -> Key {
        Key::new(format!("PLACED#{placing}"), PLACED)
    }

    /// All watermarks of a conversation: a prefix of keys.
    pub(in crate::store) fn watermarks(conversation: &ConversationId) -> Key {
        Key::new(format!("CONV#{}", conversation.stored()), "MARK#")
    }

    /// The message at which a pin or a watermark stands, if this is one.
    pub(in crate::store) fn id_in_conversation(&self) -> Option<MessageId> {
        let (_, id) = self.sk.rsplit_once('#').filter(|_| self.pk.starts_with("CONV#"))?;
        MessageId::parse(id).ok()
    }

    /// Whether, as a prefix, it holds all of its partition.
    pub(in crate::store) fn is_whole_partition(&self) -> bool {
        self.sk.is_empty()
    }

    /// Everything that belongs to a group: a prefix of keys.
    pub(in crate::store) fn all_of_group(guid: &Guid) -> Key {
        Key::new(format!("GROUP#{guid}"), "")
    }

    /// Everything that belongs to a user: a prefix of keys.
    pub(in crate::store) fn all_of_user(uid: &Uid) -> Key {
        Key::new(format!("USER#{uid}"), "")
    }

    /// All watermarks of a user in a conversation, and those of all but them: prefixes of keys.
    pub(in crate::store) fn watermarks_of(conversation: &ConversationId, uid: &Uid) -> [Key; 2] {
        [uid.to_string(), format!("*{uid}")]
            .map(|who| Key::new(format!("CONV#{}", conversation.stored()), format!("MARK#{who}#")))
    }

    /// The conversation of which this is a participant's state, if it is one.
    pub(in crate::store) fn conversation(&self) -> Option<ConversationId> {
        ConversationId::parse_stored(self.sk.strip_prefix("CONV#").filter(|_| self.pk.starts_with("USER#"))?).ok()
    }

    /// The row beside the message that stands for this save, if it is one.
    pub(in crate::store) fn saver_key(&self) -> Option<Key> {
        let id = MessageId::parse(self.sk.strip_prefix("SAVED#")?).ok()?;
        let uid = Uid::parse(self.pk.strip_prefix("USER#")?).ok()?;
        Some(Key::saver(id, &uid))
    }

    /// The user whose membership this is, if it is one.
    pub(in crate::store) fn member_uid(&self) -> Option<Uid> {
        Uid::parse(self.sk.strip_prefix("MEMBER#").filter(|_| self.pk.starts_with("GROUP#"))?).ok()
    }
}
