//! Work that is longer than a request: deletions that a mark has begun and that go on in slices.

use serde::{Deserialize, Serialize};

use super::conversation::ConversationId;
use super::event::{DeviceId, Origin};
use super::file::ObjectKey;
use super::id::MessageId;
use super::uid::{Guid, Uid};

/// What is being deleted, or counted. There is one job for each thing at a time, so its name is the job's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Deletion {
    /// A group with its members, bans and messages.
    Group {
        /// The group.
        guid: Guid,
    },
    /// A user, permanently, with what they wrote.
    User {
        /// The user.
        uid: Uid,
        /// Where their life began.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        born_id: Option<MessageId>,
    },
    /// A conversation for everybody; people may write in it anew meanwhile.
    Conversation {
        /// The conversation.
        conversation: ConversationId,
        /// The last message that goes.
        up_to: MessageId,
    },
    /// Nothing: a user was deactivated or brought back, and their groups count them no more, or again.
    Count {
        /// The user.
        uid: Uid,
    },
}

impl Deletion {
    /// The id of the job.
    pub fn id(&self) -> String {
        match self {
            Deletion::Group { guid } => format!("group#{guid}"),
            Deletion::User { uid, .. } => format!("user#{uid}"),
            Deletion::Count { uid } => format!("count#{uid}"),
            Deletion::Conversation { conversation, .. } => format!("conversation#{}", conversation.stored()),
        }
    }
}

/// A deletion that goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// What it deletes.
    #[serde(flatten)]
    pub deletion: Deletion,
    /// When it was asked for; a later deletion of the same name has another.
    pub begun: MessageId,
    /// How many slices are done. Whoever was told to do another slice than this comes too late.
    pub slice: u64,
    /// Where the next slice goes on, where the rows themselves do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
    /// Who asked for it; the app is `app_system`.
    pub by: Uid,
    /// From which device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
}

impl Job {
    /// A job of which nothing is done.
    pub fn new(deletion: Deletion, begun: MessageId, origin: &Origin) -> Job {
        Job { deletion, begun, slice: 0, checkpoint: None, by: origin.actor.clone(), device: origin.device.clone() }
    }

    /// Who asked for it, as its events name them.
    pub fn origin(&self) -> Origin {
        Origin { actor: self.by.clone(), device: self.device.clone() }
    }
}

/// A slice that somebody is told to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// The id of the job.
    pub job: String,
    /// Which slice of it, from 0.
    pub slice: u64,
}

/// What `run-job` is told to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Task {
    /// A slice of a job.
    Slice(Turn),
    /// To remove files that were placed for a message which never came.
    Files {
        /// Which.
        files: Vec<ObjectKey>,
    },
}
