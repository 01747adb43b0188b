//! Announcing uploads: who may send may upload, and each file gets a URL that takes just that file.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::error::ApiError;
use crate::files::bucket::{Signer, UPLOAD_URL_SECONDS};
use crate::identity::Identity;
use crate::store::upload::Announcement;
use model::attachment;
use model::file::{File, FileInfo, ObjectKey, UploadId};
use model::problem::Code;
use model::time::Seconds;
use model::upload::{KEPT_SECONDS, NewUploads, Upload};

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
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<Value>,
    /// The fields of the form, before its `file`.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
}

/// How a client uploads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadBy {
    /// The bytes as the body of a `PUT`.
    Put,
    /// A form, which is all that the vendor's SDKs send.
    Form,
}

/// Announces files, by the client's own ids of them.
///
/// Cost: 2 round trips and 2 write units a file, beyond the key check; see `Store::send_facts`.
pub async fn announce(
    app: &App,
    sender: &Identity,
    new: &NewUploads,
    by: UploadBy,
) -> Result<BTreeMap<String, Announced>, ApiError> {
    let uploader = crate::messages::send::check::require_may_send(app, sender, &new.receiver).await?;
    let signer = app.media.signer().await?;
    let now = app.now();
    let (mut rows, mut announced) = (Vec::new(), BTreeMap::new());
    for (file_id, info) in &new.files {
        let id = app.draw_upload_id()?;
        let request = upload_request(&signer, &id.key(), info, by)?;
        let url = preview_url(&signer, &id, info)?;
        announced.insert(
            file_id.clone(),
            Announced {
                request,
                attachment: attachment::describe(None, info, &url),
                expires_at: now.plus(UPLOAD_URL_SECONDS),
            },
        );
        rows.push(Upload {
            id,
            info: info.clone(),
            uploader: uploader.uid.clone(),
            uploader_born_id: uploader.born_id,
            expires_at: now.plus(KEPT_SECONDS),
            attached_by: None,
        });
    }
    match app.store.announce_uploads(&rows).await? {
        Announcement::Done => Ok(announced),
        Announcement::IdTaken => {
            Err(ApiError::new(Code::OperationFailed, "The uploads were not announced. Try again."))
        }
    }
}

/// Where who announced a file reads it, once it is there: clients show it from here until the send is answered.
fn preview_url(signer: &Signer, id: &UploadId, info: &FileInfo) -> Result<String, ApiError> {
    let FileInfo { name, mime_type, .. } = info.clone();
    Ok(signer.download_url(&File { key: id.key(), name, mime_type }, UPLOAD_URL_SECONDS)?)
}

fn upload_request(signer: &Signer, key: &ObjectKey, info: &FileInfo, by: UploadBy) -> Result<UploadRequest, ApiError> {
    let FileInfo { size, mime_type, .. } = info;
    match by {
        UploadBy::Put => {
            let url = signer.upload_url(key, *size, mime_type, UPLOAD_URL_SECONDS)?;
            let headers = Some(json!({ "Content-Type": mime_type }));
            Ok(UploadRequest { url, method: "PUT", headers, body: None })
        }
        UploadBy::Form => {
            let (url, fields) = signer.upload_form(key, *size, mime_type, UPLOAD_URL_SECONDS)?;
            Ok(UploadRequest { url, method: "POST", headers: None, body: Some(json!(fields)) })
        }
    }
}
