//! Files in S3. The bucket is private; who may write or read an object gets a URL signed for just that.
//!
//! Signing needs no network and no SDK, so that every function can show a message; the S3 client is made by the first
//! call that needs it, and a function that never does neither makes nor links it.
//!
//! Two prefixes: `uploads/` holds what clients put there, and the bucket's lifecycle removes it a day later; `media/`
//! holds what messages show. Attaching copies from one to the other, so that a URL that still allows an upload cannot
//! change what a message shows.

use std::sync::{Mutex, OnceLock};
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;

use super::objects::ATTEMPT_TIMEOUT;
use crate::clock::{self, Clock};
use crate::store::Endpoint;
use model::file::{ObjectKey, UploadId};

pub use super::error::MediaError;
pub use super::links::Links;
pub use super::objects::{Body, FIRST_BYTES, Inspected, LONGEST_CALL};
pub use super::signer::Signer;

/// For how long an upload URL works (contract/limits.md).
pub const UPLOAD_URL_SECONDS: u64 = 15 * 60;
/// Credentials that end sooner than this are fetched anew.
const RENEW_BEFORE: Duration = Duration::from_secs(5 * 60);

/// The bucket, and what it takes to sign for it.
#[derive(Debug)]
pub struct Media {
    pub(super) aws: SdkConfig,
    pub(super) bucket: String,
    /// Where the bucket's objects are, with a slash at the end.
    base_url: String,
    region: String,
    download_url_seconds: u64,
    clock: Clock,
    pub(super) attempt_timeout: Duration,
    credentials: Mutex<Option<Credentials>>,
    pub(super) client: OnceLock<aws_sdk_s3::Client>,
}

/// What a URL in an attachment points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Somewhere else.
    Foreign,
    /// A place where a client was to upload a file.
    Upload(UploadId),
    /// A file that a message shows.
    Attached(ObjectKey),
    /// Something in our bucket that is neither.
    Unknown,
}

impl Media {
    /// The bucket at `endpoint`. Nothing is sent before the first access.
    pub async fn connect(endpoint: &Endpoint, bucket: &str, download_url_seconds: u64) -> Media {
        Media::on(crate::aws::config(endpoint).await, bucket, download_url_seconds)
    }

    /// The bucket with these settings.
    pub fn on(aws: SdkConfig, bucket: &str, download_url_seconds: u64) -> Media {
        let region = aws.region().map(ToString::to_string).unwrap_or_default();
        let base_url = match aws.endpoint_url() {
            Some(url) => format!("{url}/{bucket}/"),
            None => format!("https://{bucket}.s3.{region}.{}/", domain(&region)),
        };
        Media {
            aws,
            bucket: bucket.to_owned(),
            base_url,
            region,
            download_url_seconds,
            clock: clock::system,
            attempt_timeout: ATTEMPT_TIMEOUT,
            credentials: Mutex::new(None),
            client: OnceLock::new(),
        }
    }

    /// The bucket for who has the time to move large files over a slow line.
    #[must_use]
    pub fn patient(self) -> Media {
        const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10 * 60);
        Media { attempt_timeout: ATTEMPT_TIMEOUT, ..self }
    }

    /// The bucket by another clock: that of the app.
    pub(crate) fn by(self, clock: Clock) -> Media {
        Media { clock, ..self }
    }

    fn now(&self) -> SystemTime {
        clock::system_time((self.clock)())
    }

    /// What signs URLs from now on.
    ///
    /// Cost: nothing in Lambda, whose credentials are in the environment; elsewhere a round trip when they end soon.
    pub async fn signer(&self) -> Result<Signer, MediaError> {
        Ok(Signer {
            identity: self.credentials().await?.into(),
            region: self.region.clone(),
            bucket: self.bucket.clone(),
            base_url: self.base_url.clone(),
            at: self.now(),
        })
    }

    /// What makes the download URLs of one answer.
    pub async fn links(&self) -> Result<Links, MediaError> {
        Ok(Links { signer: self.signer().await?, seconds: self.download_url_seconds })
    }

    /// The URL of an object, unsigned: it names the object and opens nothing.
    pub fn url(&self, key: &ObjectKey) -> String {
        format!("{}{key}", self.base_url)
    }

    /// A URL of the bucket without its signature; nothing for a URL of elsewhere.
    pub fn unsigned(&self, url: &str) -> Option<String> {
        match self.place(url) {
            Place::Foreign => None,
            Place::Upload(_) | Place::Attached(_) | Place::Unknown => url.split(['?', '#']).next().map(str::to_owned),
        }
    }

    /// What this URL points at.
    pub fn place(&self, url: &str) -> Place {
        let Some(path) = url.strip_prefix(&self.base_url) else { return Place::Foreign };
        let path = path.split(['?', '#']).next().unwrap_or_default();
        match ObjectKey::parse(path) {
            Ok(key) if key.is_attached() => Place::Attached(key),
            Ok(key) => key.upload().map_or(Place::Unknown, Place::Upload),
            Err(_) => Place::Unknown,
        }
    }

    async fn credentials(&self) -> Result<Credentials, MediaError> {
        let held = self.credentials.lock().ok().and_then(|held| held.clone());
        if let Some(held) = held.filter(|held| is_lasting(held, self.now())) {
            return Ok(held);
        }
        let provider = self.aws.credentials_provider().ok_or(MediaError::NoCredentials)?;
        let fresh = provider.provide_credentials().await.map_err(|_| MediaError::NoCredentials)?;
        if let Ok(mut held) = self.credentials.lock() {
            *held = Some(fresh.clone());
        }
        Ok(fresh)
    }
}

fn is_lasting(credentials: &Credentials, now: SystemTime) -> bool {
    credentials.expiry().is_none_or(|expiry| now + RENEW_BEFORE < expiry)
}

fn domain(region: &str) -> &'static str {
    if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef";

    #[rstest]
    #[case::elsewhere("https://files.example/uploads/0123456789abcdef0123456789abcdef", Place::Foreign)]
    #[case::upload(&format!("http://s3/halley/uploads/{ID}"), Place::Upload(UploadId::parse(ID).unwrap()))]
    #[case::signed_upload(&format!("http://s3/halley/uploads/{ID}?X-Amz-Date=1"), Place::Upload(UploadId::parse(ID).unwrap()))]
    #[case::climbing("http://s3/halley/uploads/../media/x", Place::Unknown)]
    #[case::bucket("http://s3/halley/", Place::Unknown)]
    #[tokio::test]
    async fn a_url_is_placed(#[case] url: &str, #[case] expected: Place) {
        let media = Media::connect(&Endpoint::Local("http://s3".to_owned()), "halley", 60).await;
        assert_eq!(media.place(url), expected);
    }

    #[tokio::test]
    async fn a_signed_download_is_placed_as_what_it_opens() {
        let media = Media::connect(&Endpoint::Local("http://s3".to_owned()), "halley", 60).await;
        let key = ObjectKey::attached(&UploadId::new(1), 2);
        assert_eq!(media.place(&format!("{}?a=b", media.url(&key))), Place::Attached(key));
    }
}
