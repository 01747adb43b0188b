//! The tests' view of files: announced uploads and what becomes of them.

use model::file::FileSize;
use model::id::MessageId;
use model::message::Message;
use serde_json::{Value, json};
use shared::files::bucket::{Media, Signer};

use crate::{Actor, Api, second};

/// A picture, as far as its first bytes tell.
pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";

/// A picture of this many bytes.
pub fn png_of(bytes: usize) -> (Vec<u8>, FileSize) {
    let mut png = PNG.to_vec();
    png.resize(bytes, 7);
    (png, FileSize::new(bytes as u64).unwrap())
}

/// An announced upload.
#[derive(Clone, Debug)]
pub struct Upload {
    pub url: String,
    pub mime_type: String,
    pub attachment: Value,
}

impl Upload {
    /// An upload to this URL.
    pub fn at(url: String, mime_type: &str) -> Upload {
        Upload { url, mime_type: mime_type.to_owned(), attachment: Value::Null }
    }

    /// Uploads `bytes` and returns the status.
    pub async fn put(&self, bytes: &[u8]) -> u16 {
        self.put_as(&self.mime_type, bytes).await
    }

    /// Uploads `bytes` as another type and returns the status.
    pub async fn put_as(&self, mime_type: &str, bytes: &[u8]) -> u16 {
        let request = reqwest::Client::new().put(&self.url).header("content-type", mime_type);
        request.body(bytes.to_vec()).send().await.unwrap().status().as_u16()
    }

    /// The same upload at a URL that somebody changed.
    pub fn altered(&self, from: &str, to: &str) -> Upload {
        assert!(self.url.contains(from), "{}", self.url);
        Upload { url: self.url.replace(from, to), ..self.clone() }
    }

    /// Reads the upload's own URL.
    pub async fn get_url(&self) -> (u16, Vec<u8>) {
        let download = download(&self.url).await;
        (download.status, download.bytes)
    }
}

/// What a URL gave.
#[derive(Debug)]
pub struct Download {
    pub status: u16,
    pub content_type: String,
    pub disposition: String,
    pub bytes: Vec<u8>,
}

/// Reads a URL without any credentials.
pub async fn download(url: &str) -> Download {
    let response = reqwest::get(url).await.unwrap();
    let header = |name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    Download {
        status: response.status().as_u16(),
        content_type: header("content-type").unwrap_or_default(),
        disposition: header("content-disposition").unwrap_or_default(),
        bytes: response.bytes().await.unwrap().to_vec(),
    }
}

/// The body of a media message to a user.
pub fn media_to_user(uid: &str, message_type: &str, attachments: &[&Value]) -> Value {
    json!({
        "receiver": uid, "receiverType": "user", "type": message_type, "data": { "attachments": attachments },
    })
}

impl Actor<'_> {
    /// Announces one file for a message to `bob`.
    pub async fn announce(&self, name: &str, mime_type: &str, size: u64) -> Upload {
        let file = json!({ "name": name, "mimeType": mime_type, "size": size });
        let body = json!({ "receiver": "bob", "receiverType": "user", "files": { "f": file } });
        let mut answer = self.post("/files/upload-url", body).await.expect_data();
        let mut one = answer["f"].take();
        let url = one["request"]["url"].as_str().unwrap().to_owned();
        Upload { url, mime_type: mime_type.to_owned(), attachment: one["attachment"].take() }
    }

    /// Announces and uploads one file for a message to `bob`.
    pub async fn upload(&self, name: &str, mime_type: &str, bytes: &[u8]) -> Upload {
        let upload = self.announce(name, mime_type, bytes.len() as u64).await;
        assert_eq!(upload.put(bytes).await, 200);
        upload
    }
}

impl Api {
    /// Signs URLs as the service does.
    pub async fn signer(&self) -> Signer {
        self.local().app.media.signer().await.unwrap()
    }

    /// The bucket, to do what no route does yet.
    pub fn media(&self) -> &Media {
        &self.local().app.media
    }

    /// Where S3 listens.
    pub fn s3_url(&self) -> &str {
        &self.local().s3_url
    }

    /// Where the objects of the bucket are, without a slash at the end.
    pub fn bucket_url(&self) -> String {
        format!("{}/{}", self.s3_url(), self.local().bucket())
    }

    /// A new message id.
    pub fn next_id(&self) -> MessageId {
        self.local().app.next_id()
    }

    /// A message as stored.
    pub async fn message(&self, id: u64) -> Message {
        let id = MessageId::new(id).unwrap();
        let conversation = self.store().conversation_of(id).await.unwrap().unwrap();
        self.store().message(&conversation, id).await.unwrap().unwrap()
    }

    /// How many requests S3 has answered.
    pub fn s3_requests(&self) -> u64 {
        self.local().s3_requests.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// The keys of all objects in the bucket.
    pub fn objects(&self) -> Vec<String> {
        if second::url().is_some() {
            return second::objects(&self.local().credentials);
        }
        let bucket = self.local().bucket_folder();
        let mut keys = Vec::new();
        let mut folders = vec![bucket.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    keys.push(path.strip_prefix(&bucket).unwrap().to_string_lossy().into_owned());
                }
            }
        }
        keys.sort();
        keys
    }
}
