//! Work that is longer than a request, and goes on in slices after it: deletions, and counts of members.

use serde::{Deserialize, Serialize};

use super::conversation::ConversationId;
use super::event::{DeviceId, Origin};
use super::file::ObjectKey;
use super::id::MessageId;
use super::uid::{Guid, Uid};

/// What a job does. There is one job for each thing at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all_fields = "camelCase")]
pub enum Work {
    /// Removes a group with its members, bans and messages.
    #[serde(rename = "group")]
    DeleteGroup {
        /// The group.
        guid: Guid,
    },
    /// Removes a user, permanently, with what they wrote.
    #[serde(rename = "user")]
    DeleteUser {
        /// The user.
        uid: Uid,
        /// Where their life began.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        born_id: Option<MessageId>,
    },
    /// Removes a conversation for everybody; people may write in it anew meanwhile.
    #[serde(rename = "conversation")]
    DeleteConversation {
        /// The conversation.
        conversation: ConversationId,
        /// The last message that goes.
        up_to: MessageId,
    },
    /// Lets the groups of a user, who was deactivated or brought back, count them no more, or again.
    #[serde(rename = "count")]
    CountMember {
        /// The user.
        uid: Uid,
    },
}

/// What the store calls a job; it means nothing to anybody else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(String);

impl JobId {
    /// The job of this name.
    pub fn new(name: String) -> JobId {
        JobId(name)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Work that goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// What it does.
    #[serde(flatten)]
    pub work: Work,
    /// When it was asked for; a later job of the same thing has another.
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
    pub fn new(work: Work, begun: MessageId, origin: &Origin) -> Job {
        Job { work, begun, slice: 0, checkpoint: None, by: origin.actor.clone(), device: origin.device.clone() }
    }

    /// Who asked for it, as its events name them.
    pub fn origin(&self) -> Origin {
        Origin { actor: self.by.clone(), device: self.device.clone() }
    }
}

/// A slice that somebody is told to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Of which job.
    pub job: JobId,
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
