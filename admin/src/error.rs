//! What the operator reads when it did not work: what happened and what to do.

use model::api_key::Unmeant;
use shared::aws::call::CallError;
use shared::invoke::InvokeError;
use shared::store::error::StoreError;

/// Why a command did nothing.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The table has keys.
    #[error("This table has API keys already; `keys create` makes more, `keys list` shows them.")]
    HasKeys,
    /// As many as there can be.
    #[error("There are 25 API keys, which is the limit; `keys revoke` makes room.")]
    Full,
    /// None is meant.
    #[error("There is no such API key; `keys list` shows those that there are.")]
    Unknown,
    /// Too short to mean one.
    #[error("Give the key, or at least the first 8 characters of its digest as `keys list` shows it.")]
    TooShort,
    /// Several are meant.
    #[error("The digests of several API keys begin so; give more of it.")]
    Ambiguous,
    /// No randomness.
    #[error("The system has no entropy to make a key from: {0}")]
    Entropy(#[from] getrandom::Error),
    /// The output is gone.
    #[error("The answer could not be written: {0}")]
    Output(#[from] std::io::Error),
    /// SQS did not do it.
    #[error("{0}\nIs it the queue FailedWebhooksUrl of the stack, and may these credentials read it?")]
    Queue(#[from] CallError),
    /// Lambda did not do it.
    #[error("{0}")]
    Invoke(#[from] InvokeError),
    /// There is no such table.
    #[error("There is no table {0} in this account and region; `sam deploy` makes it and names it (TableName).")]
    NoTable(String),
    /// DynamoDB did not do it.
    #[error(
        "{0}\nAre credentials and region those of the deployment? (AWS_PROFILE, AWS_REGION, `aws sts get-caller-identity`)"
    )]
    Store(#[from] StoreError),
}

impl From<Unmeant> for AdminError {
    fn from(unmeant: Unmeant) -> AdminError {
        match unmeant {
            Unmeant::Unknown => AdminError::Unknown,
            Unmeant::TooShort => AdminError::TooShort,
            Unmeant::Ambiguous => AdminError::Ambiguous,
        }
    }
}

impl AdminError {
    /// The same error as people read it, naming the table if that is what is missing.
    pub(crate) fn about(self, table: &str) -> AdminError {
        match self {
            AdminError::Store(StoreError::Failed(text)) if text.starts_with("ResourceNotFoundException") => {
                AdminError::NoTable(table.to_owned())
            }
            // The SDK ends with everything that it knows, which is for logs.
            AdminError::Store(StoreError::Failed(text)) => {
                let sentence = text.split(" (DispatchFailure(").next().unwrap_or_default().to_owned();
                AdminError::Store(StoreError::Failed(sentence))
            }
            other => other,
        }
    }
}
