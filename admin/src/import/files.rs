//! Files of messages, copied into the bucket: then messages name them by their keys, and they are shown by URLs of our own.

use bytes::Bytes;
use model::archive::MessageRecord;
use model::attachment;
use model::file::{File, FileName, FileSize, MimeType, ObjectKey, UploadId};
use model::id::MessageId;
use serde_json::Value;
use sha2::{Digest, Sha256};
use shared::files::bucket::Media;

use super::source::Source;
use super::wire::text;
use crate::AdminError;

/// Copies what the attachments of a message name, and lets the message name the copies. Those that cannot be read stay as
/// they are; returns how many these are.
///
/// Cost: 2 S3 round trips and 1 request for each, 1 round trip where it was copied before.
pub async fn copy(source: &Source, media: &Media, message: &mut MessageRecord) -> Result<u64, AdminError> {
    let (mut n_missing, mut files) = (0, Vec::new());
    let attachments = message.data.get_mut(attachment::ATTACHMENTS).and_then(Value::as_array_mut);
    for (n, given) in attachments.into_iter().flatten().enumerate() {
        let Some(url) = attachment::url(given).map(str::to_owned) else { continue };
        let file = match described(message.id, n, given) {
            Some(file) if is_copied(source, media, &url, &file).await? => file,
            _ => {
                n_missing += 1;
                continue;
            }
        };
        if let Some(fields) = given.as_object_mut() {
            fields.insert("url".to_owned(), Value::String(file.key.to_string()));
        }
        files.push(file);
    }
    if !files.is_empty() {
        attachment::set_first_url(&mut message.data);
    }
    message.files = files;
    Ok(n_missing)
}

/// Whether the bucket has the file now.
async fn is_copied(source: &Source, media: &Media, url: &str, file: &File) -> Result<bool, AdminError> {
    if media.inspect(&file.key).await?.is_some() {
        return Ok(true);
    }
    let most = usize::try_from(FileSize::MAX).unwrap_or(usize::MAX);
    match source.file(url, most).await {
        Ok(bytes) if !bytes.is_empty() => {
            media.put(&file.key, &file.mime_type, Bytes::from(bytes)).await?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// What a message is to say of the copy of an attachment. Its key is the same each time, so that a repeat copies nothing
/// twice; nobody needs to guess it, because the bucket opens nothing without a signature.
fn described(message: MessageId, n: usize, given: &Value) -> Option<File> {
    let digest = Sha256::digest(format!("{message}/{n}"));
    let number = |bytes: &[u8]| bytes.iter().take(16).fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
    let (first, second) = digest.split_at(16);
    let told = text(given, "name").and_then(|name| FileName::parse(&name).ok());
    let name = told.or_else(|| FileName::parse(&format!("{message}-{n}")).ok())?;
    let told = text(given, "mimeType").and_then(|told| MimeType::parse(&told).ok());
    let mime_type = told.unwrap_or_else(|| name.mime_type());
    Some(File { key: ObjectKey::attached(&UploadId::new(number(first)), number(second)), name, mime_type })
}
