//! Announced uploads.

use super::Store;
use super::error::StoreError;
use super::keys::{EXPIRES_AT, Key};
use super::transaction::{EXISTS, Untold, Update, text};
use model::file::{ObjectKey, UploadId};
use model::message::Message;
use model::time::Seconds;
use model::upload::Upload;
use serde::{Deserialize, Serialize};

/// Uploads that become a message's own, and the send that claims them: several messages of one send may show the same
/// upload, another send may not.
#[derive(Clone, Debug, Default)]
pub struct UploadClaim {
    /// Which uploads.
    pub uploads: Vec<UploadId>,
    /// 128 random bits of the send.
    pub by: String,
    /// Under what the store knows the files that were placed for the message, if it has own ones.
    pub placing: Option<UploadId>,
}

/// Files that were placed for a message which is not stored yet. The row goes with the transaction that stores it. Where
/// that never comes, it expires, and by that the stream tells which files nobody will ever show.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Placed {
    pub(super) files: Vec<ObjectKey>,
    expires_at: Seconds,
}

/// How announcing uploads ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` announced them"]
pub enum Announcement {
    /// They are announced.
    Done,
    /// One of their ids is taken, which does not happen by chance.
    IdTaken,
}

impl Store {
    /// Notes where files are about to be placed, for a message that is stored before `expires_at`.
    ///
    /// Cost: 1 round trip, 1 write unit.
    pub async fn note_placing(
        &self,
        placing: &UploadId,
        files: &[ObjectKey],
        expires_at: Seconds,
    ) -> Result<(), StoreError> {
        let placed = Placed { files: files.to_vec(), expires_at };
        let note = Update::of(&Key::placed(placing)).set_all(serde_dynamo::to_item(&placed)?);
        self.apply_unread(note.untold(Untold::OwnAffair)).await?.unrefused()
    }

    /// Stores announced uploads, all or none.
    ///
    /// Cost: 1 round trip, 2 write units an upload.
    pub async fn announce_uploads(&self, uploads: &[Upload]) -> Result<Announcement, StoreError> {
        let mut tx = self.transaction();
        for upload in uploads {
            tx = tx.put_new(&Key::upload(&upload.id), upload)?.or(Announcement::IdTaken);
        }
        let commit = tx.untold(Untold::OwnAffair).commit().await?;
        Ok(commit.either(Announcement::Done, Announcement::IdTaken))
    }
}

/// The write by which a message makes an upload its own. It is refused if the upload is another user's, is over its time,
/// or belongs to another send. The mark stays until the row expires; after that the upload is unknown.
pub(super) fn claimed_upload(message: &Message, id: &UploadId, claim: &UploadClaim) -> Update {
    Update::of(&Key::upload(id))
        .set("attachedBy", text(&claim.by))
        .when(EXISTS)
        .when(format!("uploader = :sender AND :now < {EXPIRES_AT}"))
        .when("(attribute_not_exists(attachedBy) OR attachedBy = :by)")
        .value(":by", text(&claim.by))
        .value(":sender", text(&message.sender))
        .number(":now", message.sent_at().get())
}
