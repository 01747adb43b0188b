//! Where files are kept: the keys of the bucket. Nothing that people write is part of one.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::BadFile;

text! {
    /// One announced upload: 128 random bits as hex.
    UploadId
}

impl UploadId {
    /// Reads an id.
    pub fn parse(raw: &str) -> Result<UploadId, BadFile> {
        let is_id = raw.len() == 32 && raw.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if is_id { Ok(UploadId(raw.to_owned())) } else { Err(BadFile::NoKey) }
    }

    /// The id of these random bits, which nobody guesses.
    pub fn new(random: u128) -> UploadId {
        UploadId(format!("{random:032x}"))
    }

    /// Where the client puts the file.
    pub fn key(&self) -> ObjectKey {
        ObjectKey(format!("{UPLOADS}{self}"))
    }
}

const UPLOADS: &str = "uploads/";
const ATTACHED: &str = "media/";

text! {
    /// The place of a file in the bucket: `uploads/<id>` until it is attached, `media/<id>/<128 random bits>` from then on.
    ObjectKey
}

impl ObjectKey {
    /// Reads a key; nothing but what this program writes is one.
    pub fn parse(raw: &str) -> Result<ObjectKey, BadFile> {
        let is_upload = |id: &str| UploadId::parse(id).is_ok();
        let is_key = match (raw.strip_prefix(UPLOADS), raw.strip_prefix(ATTACHED)) {
            (Some(id), _) => is_upload(id),
            (_, Some(path)) => path.split_once('/').is_some_and(|(id, random)| is_upload(id) && is_upload(random)),
            _ => false,
        };
        if is_key { Ok(ObjectKey(raw.to_owned())) } else { Err(BadFile::NoKey) }
    }

    /// A new place for a file that is being attached. Each attempt has its own, so that one that fails takes nothing
    /// from one that does not.
    pub fn attached(upload: &UploadId, random: u128) -> ObjectKey {
        ObjectKey(format!("{ATTACHED}{upload}/{random:032x}"))
    }

    /// Whether it is the place of an attached file.
    pub fn is_attached(&self) -> bool {
        self.0.starts_with(ATTACHED)
    }

    /// The upload that was to come here, or came from.
    pub fn upload(&self) -> Option<UploadId> {
        self.0.split('/').nth(1).and_then(|id| UploadId::parse(id).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_knows_its_upload() {
        let upload = UploadId::new(1);
        let attached = ObjectKey::attached(&upload, 2);
        assert_eq!((upload.key().upload(), attached.upload()), (Some(upload.clone()), Some(upload)));
        assert_eq!(ObjectKey::parse(attached.as_str()), Ok(attached));
    }
}
