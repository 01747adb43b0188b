//! Announcing uploads: who may send may upload, and each file gets a URL that takes just that file.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::error::{ApiError, Code};
use crate::identity::Identity;
use crate::media::UPLOAD_URL_SECONDS;
use crate::model::attachment;
use crate::model::file::UploadId;
use crate::model::time::Seconds;
use crate::model::upload::{KEPT_SECONDS, NewUploads, Upload};

/// What a client needs to upload one file and to attach it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Announced {
    request: UploadRequest,
    /// What goes into `data.attachments` of the message.
    attachment: Value,
    /// When the URL stops working.
    expires_at: Seconds,
}

#[derive(Debug, Serialize)]
struct UploadRequest {
    url: String,
    method: &'static str,
    /// What the request must say; its length must be the announced size.
    headers: Value,
}

/// Announces files, by the client's own ids of them.
///
/// Cost: 2 round trips and 2 write units a file, beyond the key check; see `Store::send_facts`.
pub async fn announce(app: &App, sender: &Identity, new: &NewUploads) -> Result<BTreeMap<String, Announced>, ApiError> {
    super::send::require_may_send(app, sender, &new.receiver).await?;
    let signer = app.media.signer().await?;
    let now = Seconds::now();
    let (mut rows, mut announced) = (Vec::new(), BTreeMap::new());
    for (file_id, info) in &new.files {
        let id = UploadId::draw()?;
        let key = id.key();
        let url = signer.upload_url(&key, info.size, &info.mime_type, UPLOAD_URL_SECONDS)?;
        let headers = json!({ "Content-Type": info.mime_type });
        announced.insert(
            file_id.clone(),
            Announced {
                request: UploadRequest { url, method: "PUT", headers },
                attachment: attachment::describe(None, info, &app.media.url(&key)),
                expires_at: now.plus(UPLOAD_URL_SECONDS),
            },
        );
        rows.push(Upload {
            id,
            info: info.clone(),
            uploader: sender.uid(),
            expires_at: now.plus(KEPT_SECONDS),
            attached_by: None,
        });
    }
    if !app.store.announce_uploads(&rows).await? {
        return Err(ApiError::new(Code::OperationFailed, "The uploads were not announced. Try again."));
    }
    Ok(announced)
}
