//! How S3 fails, in its own words; [`crate::error::ApiError`] says what a caller hears of it.

use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

/// Why an object was not read, written or signed for.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// S3 takes no more for the moment, after the SDK's own retries.
    #[error("S3 throttled: {0}")]
    Throttled(String),
    /// The object changed between two looks at it.
    #[error("the object was changed meanwhile")]
    Changed,
    /// There is nothing to sign with.
    #[error("no AWS credentials were found")]
    NoCredentials,
    /// A URL could not be signed: a fault of this program.
    #[error("signing failed: {0}")]
    Unsigned(String),
    /// Anything else: network, permissions, a fault of this program.
    #[error("S3 failed: {0}")]
    Failed(String),
}

/// The error codes by which S3 says "slower".
const THROTTLING: [&str; 3] = ["SlowDown", "ServiceUnavailable", "Throttling"];

impl<E> From<SdkError<E>> for MediaError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    fn from(error: SdkError<E>) -> MediaError {
        match (error.code(), error.message()) {
            (Some("PreconditionFailed" | "NoSuchKey"), _) => MediaError::Changed,
            (Some(code), message) => {
                let text = format!("{code}: {}", message.unwrap_or_default());
                if THROTTLING.contains(&code) { MediaError::Throttled(text) } else { MediaError::Failed(text) }
            }
            (None, _) => MediaError::Failed(DisplayErrorContext(error).to_string()),
        }
    }
}
