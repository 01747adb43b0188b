//! The calls to S3, for the few operations that need them.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use bytes::Bytes;

use super::bucket::Media;
use super::error::MediaError;
use model::file::{File, MimeType, ObjectKey};

/// How many bytes tell what a file is.
pub const FIRST_BYTES: usize = 4_096;

/// How often the SDK sends a request before it gives up.
const MAX_ATTEMPTS: u32 = 3;
/// S3's limit of one `DeleteObjects`.
const OBJECTS_AT_ONCE: usize = 1_000;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// A copy of 100 MB inside a region takes about a second.
pub(super) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the SDK waits at most before the second try; twice as long before the third.
const FIRST_BACKOFF: Duration = Duration::from_millis(100);

/// How long one call may take with all its tries. Every function that calls S3 has longer, which a test holds to the
/// template: a try that is cut off by the end of the invocation would help nobody.
pub const LONGEST_CALL: Duration = Duration::from_millis(
    MAX_ATTEMPTS as u64 * ATTEMPT_TIMEOUT.as_millis() as u64 + 3 * FIRST_BACKOFF.as_millis() as u64,
);

/// An object as it is, and the mark by which a copy is held to it.
#[derive(Debug)]
pub struct Inspected {
    /// All its bytes.
    pub size: u64,
    /// As it was uploaded.
    pub content_type: String,
    /// Up to [`FIRST_BYTES`] of it.
    pub first_bytes: Bytes,
    etag: String,
}

/// The bytes of an object, piece by piece.
#[derive(Debug)]
pub struct Body(ByteStream);

impl Body {
    /// The next piece; none at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, MediaError> {
        self.0.next().await.transpose().map_err(|error| MediaError::Failed(error.to_string()))
    }
}

impl Media {
    /// All of an object, to be read piece by piece; none if it does not exist. Cost: 1 S3 round trip, a GET.
    pub async fn read(&self, key: &ObjectKey) -> Result<Option<Body>, MediaError> {
        match self.client().get_object().bucket(&self.bucket).key(key.as_str()).send().await {
            Ok(found) => Ok(Some(Body(found.body))),
            Err(error) if error.as_service_error().is_some_and(GetObjectError::is_no_such_key) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Size, type and first bytes of an object; none if it does not exist.
    ///
    /// Cost: 1 S3 round trip, a GET.
    pub async fn inspect(&self, key: &ObjectKey) -> Result<Option<Inspected>, MediaError> {
        let range = format!("bytes=0-{}", FIRST_BYTES - 1);
        let asked = self.client().get_object().bucket(&self.bucket).key(key.as_str()).range(range).send().await;
        let found = match asked {
            Ok(found) => found,
            Err(error) if error.as_service_error().is_some_and(GetObjectError::is_no_such_key) => return Ok(None),
            // An empty object has no range at all.
            Err(error) if error.raw_response().is_some_and(|raw| raw.status().as_u16() == 416) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let length = found.content_length().and_then(|length| u64::try_from(length).ok()).unwrap_or_default();
        let size = found.content_range().and_then(|range| range.rsplit_once('/')?.1.parse().ok()).unwrap_or(length);
        let content_type = found.content_type().unwrap_or_default().to_owned();
        let etag = found.e_tag().unwrap_or_default().to_owned();
        let first_bytes = found.body.collect().await.map_err(|error| MediaError::Failed(error.to_string()))?;
        Ok(Some(Inspected { size, content_type, first_bytes: first_bytes.into_bytes(), etag }))
    }

    /// Copies an object exactly as it was inspected; [`MediaError::Changed`] if it is another by now.
    ///
    /// Cost: 1 S3 round trip, a COPY.
    pub async fn copy(&self, from: &ObjectKey, seen: &Inspected, to: &ObjectKey) -> Result<(), MediaError> {
        self.client()
            .copy_object()
            .bucket(&self.bucket)
            .copy_source(format!("{}/{from}", self.bucket))
            .copy_source_if_match(&seen.etag)
            .key(to.as_str())
            .send()
            .await?;
        Ok(())
    }

    /// Stores an object that came with a request. Cost: 1 S3 round trip, a PUT.
    pub async fn put(&self, key: &ObjectKey, mime_type: &MimeType, bytes: Bytes) -> Result<(), MediaError> {
        self.client()
            .put_object()
            .bucket(&self.bucket)
            .key(key.as_str())
            .content_type(mime_type.as_str())
            .body(ByteStream::from(bytes))
            .send()
            .await?;
        Ok(())
    }

    /// Removes the files of a message permanently, with the uploads that they were copied from. May be repeated; only
    /// `Ok` says that all are gone.
    ///
    /// A deletion calls this before it removes the message: as long as the message is there, it names what is still to
    /// be removed, so a deletion that failed half-way is finished by repeating it.
    ///
    /// Cost: nothing without files, else 1 S3 round trip for each 500 files.
    pub async fn delete_objects(&self, files: &[File]) -> Result<(), MediaError> {
        let keys = files.iter().flat_map(|file| {
            let uploaded = file.key.upload().map(|upload| upload.key());
            [Some(file.key.clone()), uploaded].into_iter().flatten()
        });
        self.delete_keys(keys).await
    }

    /// Removes files that were placed and are shown nowhere. May be repeated. Cost: 1 S3 round trip.
    pub async fn delete_placed(&self, files: &[ObjectKey]) -> Result<(), MediaError> {
        self.delete_keys(files.iter().cloned()).await
    }

    async fn delete_keys(&self, keys: impl Iterator<Item = ObjectKey>) -> Result<(), MediaError> {
        let objects: Result<Vec<_>, _> =
            keys.map(|key| ObjectIdentifier::builder().key(key.as_str()).build()).collect();
        let objects = objects.map_err(|error| MediaError::Failed(error.to_string()))?;
        for some in objects.chunks(OBJECTS_AT_ONCE) {
            let delete = Delete::builder().set_objects(Some(some.to_vec())).quiet(true).build();
            let delete = delete.map_err(|error| MediaError::Failed(error.to_string()))?;
            let answer = self.client().delete_objects().bucket(&self.bucket).delete(delete).send().await?;
            if let Some(failed) = answer.errors().first() {
                return Err(MediaError::Failed(failed.code().unwrap_or("a file was not deleted").to_owned()));
            }
        }
        Ok(())
    }

    /// Removes one object. May be repeated. Cost: 1 S3 round trip.
    pub async fn delete_object(&self, key: &ObjectKey) -> Result<(), MediaError> {
        self.client().delete_object().bucket(&self.bucket).key(key.as_str()).send().await?;
        Ok(())
    }

    /// The client, made by the first call.
    fn client(&self) -> &Client {
        self.client.get_or_init(|| {
            let timeouts = TimeoutConfig::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .operation_attempt_timeout(self.attempt_timeout);
            let config = aws_sdk_s3::config::Builder::from(&self.aws)
                .retry_config(
                    RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS).with_initial_backoff(FIRST_BACKOFF),
                )
                .timeout_config(timeouts.build())
                // The embedded S3 has no host for each bucket.
                .force_path_style(self.aws.endpoint_url().is_some())
                .build();
            Client::from_conf(config)
        })
    }
}
