//! Announcing uploads (contract/clients.md, "presigned upload").

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::fields::{self, FieldProblem, Fields};
use super::file::{BadFile, FileInfo, FileName, FileSize, MimeType, UploadId};
use super::id::MessageId;
use super::message::Receiver;
use super::new_message::{MAX_ATTACHMENTS, one_receiver};
use super::time::Seconds;
use super::uid::Uid;
use super::user::User;
use crate::problem::Problem;

/// For how long an announced upload can be attached; the bucket keeps it at least as long.
pub const KEPT_SECONDS: u64 = 24 * 60 * 60;

/// An announced upload as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Upload {
    /// Its id, from which its place in the bucket follows.
    pub id: UploadId,
    /// What was announced.
    #[serde(flatten)]
    pub info: FileInfo,
    /// Who announced it, and nobody else may attach it.
    pub uploader: Uid,
    /// Where the life of who announced it begins, if the UID was somebody else's before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uploader_born_id: Option<MessageId>,
    /// Until when it can be attached.
    pub expires_at: Seconds,
    /// The send that attached it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attached_by: Option<String>,
}

impl Upload {
    /// Whether `sender` announced it, and may still attach it.
    pub fn is_of(&self, sender: &User, now: Seconds) -> bool {
        self.uploader == sender.uid && self.uploader_born_id == sender.born_id && now < self.expires_at
    }

    /// Whether no other send than `by` has attached it.
    pub fn is_free_for(&self, by: &str) -> bool {
        self.attached_by.as_ref().is_none_or(|earlier| earlier == by)
    }
}

/// The body of an announcement, valid in itself.
#[derive(Clone, Debug)]
pub struct NewUploads {
    /// To whom the message with the files is to go.
    pub receiver: Receiver,
    /// The files by the client's own ids.
    pub files: BTreeMap<String, FileInfo>,
}

impl NewUploads {
    /// The most characters of a client's id of a file.
    pub const MAX_FILE_ID: usize = 255;

    /// Reads and validates the body.
    pub fn parse(body: &Map<String, Value>) -> Result<NewUploads, Problem> {
        let mut fields = Fields::of(body);
        let receiver = fields.required("receiver", fields::owned);
        let receiver_type = fields.required("receiverType", fields::owned);
        let given = fields.required("files", files);
        let mut files = BTreeMap::new();
        for (id, file) in given.unwrap_or_default() {
            if let Some(info) = file_info(&mut fields, &id, &file) {
                files.insert(id, info);
            }
        }
        let total: u64 = files.values().map(|info: &FileInfo| info.size.get()).sum();
        if FileSize::MAX < total {
            fields.note("files", format!("must not be larger than {} bytes together.", FileSize::MAX));
        }
        fields.finish()?;
        let receiver = one_receiver(&receiver.unwrap_or_default(), &receiver_type.unwrap_or_default())?;
        Ok(NewUploads { receiver, files })
    }
}

fn files(value: &Value) -> Result<Map<String, Value>, FieldProblem> {
    let files = fields::object(value)?;
    if files.is_empty() || MAX_ATTACHMENTS < files.len() {
        return Err(format!("must hold 1 to {MAX_ATTACHMENTS} files."));
    }
    if files.keys().any(|id| id.is_empty() || NewUploads::MAX_FILE_ID < id.chars().count()) {
        return Err(format!("must have ids of 1 to {} characters.", NewUploads::MAX_FILE_ID));
    }
    Ok(files)
}

/// One file; its problems are noted under `files.<id>.<field>`.
fn file_info(fields: &mut Fields<'_>, id: &str, file: &Value) -> Option<FileInfo> {
    let file = match file.as_object() {
        Some(file) => file,
        None => {
            fields.note(&format!("files.{id}"), "must be an object.");
            return None;
        }
    };
    let mut read = |name: &str| {
        file.get(name).filter(|value| !value.is_null()).cloned().or_else(|| {
            fields.note(&format!("files.{id}.{name}"), "is required.");
            None
        })
    };
    let (name, size) = (read("name"), read("size"));
    let name = parsed(fields, id, "name", name, fields::parsed(FileName::parse));
    // Browsers give an empty text for what they do not know, and leave it to others to guess.
    let given = file.get("mimeType").filter(|given| !given.is_null() && *given != "");
    let mime_type = match given {
        Some(given) => parsed(fields, id, "mimeType", Some(given.clone()), fields::parsed(MimeType::parse)),
        None => name.as_ref().map(FileName::mime_type),
    };
    let size = parsed(fields, id, "size", size, size_of);
    Some(FileInfo { name: name?, mime_type: mime_type?, size: size? })
}

fn parsed<T>(
    fields: &mut Fields<'_>,
    id: &str,
    name: &str,
    value: Option<Value>,
    parse: impl Fn(&Value) -> Result<T, FieldProblem>,
) -> Option<T> {
    match parse(&value?) {
        Ok(parsed) => Some(parsed),
        Err(problem) => {
            fields.note(&format!("files.{id}.{name}"), problem);
            None
        }
    }
}

/// A size as clients send it: an integer or a string of digits.
fn size_of(value: &Value) -> Result<FileSize, FieldProblem> {
    let bytes = match value {
        Value::String(raw) if raw.bytes().all(|byte| byte.is_ascii_digit()) => raw.parse().ok(),
        value => value.as_u64(),
    };
    bytes.ok_or(BadFile::BadSize).and_then(FileSize::new).map_err(|problem| problem.to_string())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::free("alice", "send-1", 99, None, true)]
    #[case::of_the_same_send("alice", "send-1", 99, Some("send-1"), true)]
    #[case::of_another_send("alice", "send-1", 99, Some("send-2"), false)]
    #[case::of_another_user("bob", "send-1", 99, None, false)]
    #[case::of_the_next_owner_of_the_uid("alice again", "send-1", 99, None, false)]
    #[case::over_its_time("alice", "send-1", 100, None, false)]
    fn an_upload_is_free_for_one_send_of_its_user(
        #[case] sender: &str,
        #[case] by: &str,
        #[case] now: u64,
        #[case] attached_by: Option<&str>,
        #[case] expected: bool,
    ) {
        let upload = Upload {
            id: UploadId::new(1),
            info: FileInfo {
                name: FileName::parse("a.png").unwrap(),
                mime_type: MimeType::parse("image/png").unwrap(),
                size: FileSize::new(1).unwrap(),
            },
            uploader: Uid::parse("alice").unwrap(),
            uploader_born_id: None,
            expires_at: Seconds::new(100),
            attached_by: attached_by.map(str::to_owned),
        };
        let (uid, again) = sender.split_once(' ').map_or((sender, false), |(uid, _)| (uid, true));
        let sender =
            User { uid: Uid::parse(uid).unwrap(), born_id: again.then_some(MessageId::MIN), ..User::app_system() };
        let is_of = upload.is_of(&sender, Seconds::new(now));
        assert_eq!(is_of && upload.is_free_for(by), expected);
    }
}
