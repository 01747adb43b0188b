//! What the operator reads when it did not work: what happened and what to do.

use std::path::Path;

use model::api_key::Unmeant;
use model::archive::BadRecord;
use model::uid::Uid;
use shared::aws::call::CallError;
use shared::error::ApiError;
use shared::files::error::MediaError;
use shared::imports::importer::ImportError;
use shared::invoke::InvokeError;
use shared::store::error::StoreError;

use crate::import::ReadError;

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
    /// An export goes to a folder of its own.
    #[error("{0} is not empty; give a folder that nothing was written to yet.")]
    NotEmpty(String),
    /// The file that keeps how far an import is, is none.
    #[error("{0} does not say how far an import has come; give another --state, or remove it and begin anew.")]
    BadState(String),
    /// An import that goes on keeps it.
    #[error("{0} is of an import that is running; wait until it ends, or give another --state.")]
    Busy(String),
    /// It is that of another one.
    #[error("{0} is of an import from {1}; give another --state.")]
    OtherState(String, String),
    /// It is that of a run that has not ended.
    #[error("{0} is of a run {since} that has not ended; let that one end first, or give another --state.",
        since = .1.map_or_else(|| "without --since".to_owned(), |since| format!("with --since {since}")))]
    OtherRun(String, Option<u64>),
    /// A file or folder cannot be read or written.
    #[error("{0} cannot be read or written: {1}")]
    File(String, std::io::Error),
    /// Somebody else's API wants a key.
    #[error(
        "Give the REST API key of the app that is read, with the scope fullAccess: --api-key, or the variable HALLEY_IMPORT_KEY."
    )]
    NoApiKey,
    /// There is nothing to import.
    #[error("{0} is no URL and no folder of an export.")]
    NoArchive(String),
    /// An export gives its files their names once they are whole.
    #[error("{0} is not whole: the export that wrote it did not end. Export again, into another folder.")]
    Unfinished(String),
    /// An export ends with its manifest.
    #[error("{0} has no manifest.json, which an export writes last: it did not end, or not all of it was copied.")]
    NoManifest(String),
    /// The manifest cannot be read.
    #[error("{0} does not say what the export is made of: {1}")]
    BadManifest(String, serde_json::Error),
    /// A file of an export that its manifest does not name.
    #[error("{0} does not belong to the export: manifest.json does not name it, or this program does not know it.")]
    Unnamed(String),
    /// A file of an export is cut, or has more than it should.
    #[error("{0} is not as it was exported: it holds {1} whole records, and manifest.json says {2}. Copy it again.")]
    WrongCount(String, u64, u64),
    /// A file of an export, or of a message in it, is gone.
    #[error("{0} belongs to the export and is not there. Copy it again.")]
    Missing(String),
    /// What is exported has no changes.
    #[error(
        "--since is for the API of a server. An export is read whole: make one now, and import it into an empty table."
    )]
    SinceOfFiles,
    /// A file of an export begins with what it is.
    #[error("{0} does not begin with a header; is it a file of an export, and whole?")]
    NoHeader(String),
    /// What is one user's is no app.
    #[error("This is an export of the user {0} alone: conversations would be there in part.")]
    OneUser(Uid),
    /// A line of an export is no record.
    #[error("{0}, line {1}: {2}")]
    BadLine(String, u64, BadRecord),
    /// A file is not what was exported.
    #[error("The file {0} is not the one that was exported: its size or its SHA-256 is another.")]
    OtherFile(String),
    /// The other server did not answer as it should.
    #[error("{0}\nStarted again, the import goes on where it was.")]
    Read(#[from] ReadError),
    /// What was read could not be written.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// There is no such user.
    #[error("There is no user {0}.")]
    NoUser(Uid),
    /// The domain did not do it.
    #[error(transparent)]
    Refused(#[from] ApiError),
    /// S3 did not do it.
    #[error("{0}\nIs it the output BucketName of the stack, and may these credentials read it?")]
    Media(#[from] MediaError),
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

/// What went wrong with a file is told with its name.
pub(crate) trait OfFile<T> {
    /// Names the file.
    fn of(self, path: &Path) -> Result<T, AdminError>;
}

impl<T> OfFile<T> for std::io::Result<T> {
    fn of(self, path: &Path) -> Result<T, AdminError> {
        self.map_err(|error| AdminError::File(path.display().to_string(), error))
    }
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
