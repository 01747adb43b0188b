//! Announced uploads.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};

use super::Store;
use super::error::StoreError;
use super::keys::{EXPIRES_AT, Key};
use super::transaction::{EXISTS, Outcome, item, number, put_new, update};
use model::file::UploadId;
use model::message::Message;
use model::upload::Upload;

/// Uploads that become a message's own, and the send that claims them: several messages of one send may show the same
/// upload, another send may not.
#[derive(Clone, Debug, Default)]
pub struct UploadClaim {
    /// Which uploads.
    pub uploads: Vec<UploadId>,
    /// 128 random bits of the send.
    pub by: String,
}

impl Store {
    /// Stores announced uploads, all or none; false if one of their ids is taken, which does not happen by chance.
    ///
    /// Cost: 1 round trip, 2 write units an upload.
    pub async fn announce_uploads(&self, uploads: &[Upload]) -> Result<bool, StoreError> {
        let writes: Result<Vec<_>, StoreError> =
            uploads.iter().map(|upload| put_new(&self.table, item(&Key::upload(&upload.id), upload)?)).collect();
        Ok(matches!(self.transact(writes?).await?, Outcome::Done))
    }

    /// The writes by which a message makes uploads its own. Each is refused if the upload is another user's, is over
    /// its time, or belongs to another send. The mark stays until the row expires; after that the upload is unknown.
    pub(super) fn claim_writes(
        &self,
        message: &Message,
        claim: &UploadClaim,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let condition = format!(
            "{EXISTS} AND uploader = :sender AND :now < {EXPIRES_AT} \
             AND (attribute_not_exists(attachedBy) OR attachedBy = :by)"
        );
        let write = |id| {
            let update = update(&self.table, &Key::upload(id), "SET attachedBy = :by")
                .condition_expression(&condition)
                .expression_attribute_values(":by", AttributeValue::S(claim.by.clone()))
                .expression_attribute_values(":sender", AttributeValue::S(message.sender.to_string()))
                .expression_attribute_values(":now", number(message.sent_at().get()))
                .build()?;
            Ok(TransactWriteItem::builder().update(update).build())
        };
        claim.uploads.iter().map(write).collect()
    }
}
