//! How the store fails, in its own words; [`crate::error::ApiError`] says what a caller hears of it.

use aws_sdk_dynamodb::error::{BuildError, DisplayErrorContext, ProvideErrorMetadata, SdkError};

/// Why an access pattern was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Others wrote the same items at the same time, again and again.
    #[error("conflicting writes, given up after several tries")]
    Conflict,
    /// DynamoDB takes no more for the moment, after the SDK's own retries.
    #[error("throttled: {0}")]
    Throttled(String),
    /// The request would cost more than one may; see [`super::metered`].
    #[error("the request would cost more than its bound")]
    TooMuchWork,
    /// An item is not of the form that this program writes.
    #[error("an item could not be read: {0}")]
    Corrupt(String),
    /// Anything else: network, permissions, a fault of this program.
    #[error("DynamoDB failed: {0}")]
    Failed(String),
}

/// The error codes by which DynamoDB says "slower". The last is about a transaction whose answer was lost or late, and
/// that is still going on after the SDK has asked again several times.
const THROTTLING: [&str; 5] = [
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingError",
    "TransactionInProgressException",
];
/// The error code of a plain write to an item that a transaction is writing.
const CONFLICT: &str = "TransactionConflictException";

impl<E> From<SdkError<E>> for StoreError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    fn from(error: SdkError<E>) -> StoreError {
        if error.code() == Some(CONFLICT) {
            return StoreError::Conflict;
        }
        let is_throttling = error.code().is_some_and(|code| THROTTLING.contains(&code));
        // A service error's own chain prints the raw answer, which may hold items, and items hold what people wrote.
        let text = match (error.code(), error.message()) {
            (Some(code), message) => format!("{code}: {}", message.unwrap_or_default()),
            (None, _) => DisplayErrorContext(error).to_string(),
        };
        if is_throttling { StoreError::Throttled(text) } else { StoreError::Failed(text) }
    }
}

impl StoreError {
    /// A fault of this program: what was to be written cannot be.
    pub(super) fn unwritable(what: &str) -> StoreError {
        StoreError::Failed(format!("{what} could not be written"))
    }
}

impl From<BuildError> for StoreError {
    fn from(error: BuildError) -> StoreError {
        StoreError::Failed(error.to_string())
    }
}

impl From<serde_dynamo::Error> for StoreError {
    fn from(error: serde_dynamo::Error) -> StoreError {
        StoreError::Corrupt(error.to_string())
    }
}
