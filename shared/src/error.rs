//! Why the domain did not do what it was asked: the caller's problem, or a failure of the table or the bucket.

use model::id::MessageId;
use model::outcome::ErrorView;
use model::problem::{Code, Details, Problem};
use model::uid::{Guid, Uid};

use crate::files::error::MediaError;
use crate::invoke::InvokeError;
use crate::store::error::StoreError;

/// What a throttled caller should wait, in seconds.
const RETRY_AFTER_SECONDS: u64 = 1;

/// Why a request was not answered with `data`.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The request is refused; the caller is told all of it.
    #[error(transparent)]
    Refused(#[from] Problem),
    /// The caller did this too often and may go on in so many seconds.
    #[error("{message}")]
    Wait {
        /// One or two sentences for people.
        message: String,
        /// How long to wait.
        seconds: u64,
    },
    /// The store failed; the caller learns no more than whether to try again.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bucket failed; the caller learns no more than whether to try again.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// Lambda did not take what was to be done later.
    #[error(transparent)]
    Invoke(#[from] InvokeError),
    /// An event of AWS is not of the form that it promises.
    #[error("an event could not be read: {0}")]
    UnreadableEvent(String),
    /// A webhook or bot did not take what it was told.
    #[error("{0} was not told: {1}")]
    Undelivered(String, String),
    /// The invocation ends before the operation does; whether anything was written is not known.
    #[error("the operation took too long")]
    OutOfTime,
}

impl ApiError {
    /// A refusal with its sentence.
    pub fn new(code: Code, message: impl Into<String>) -> ApiError {
        Problem::new(code, message).into()
    }

    /// The refusal of a request because of a single field; the sentence completes "The `<field>` …".
    pub fn field(field: &str, problem: impl std::fmt::Display) -> ApiError {
        Problem::field(field, problem).into()
    }

    /// The refusal of an event of AWS.
    pub fn unreadable_event(error: impl std::fmt::Display) -> ApiError {
        ApiError::UnreadableEvent(error.to_string())
    }

    /// The code that the caller reads.
    pub fn code(&self) -> Code {
        match self {
            ApiError::Refused(problem) => problem.code,
            ApiError::Wait { .. } | ApiError::Store(StoreError::Throttled(_) | StoreError::Conflict) => {
                Code::TooManyRequests
            }
            ApiError::Store(StoreError::TooMuchWork) => Code::BadRequest,
            ApiError::Store(StoreError::Corrupt(_) | StoreError::Failed(_)) => Code::OperationFailed,
            ApiError::Media(MediaError::Throttled(_) | MediaError::Changed) => Code::TooManyRequests,
            ApiError::Media(_)
            | ApiError::Invoke(_)
            | ApiError::UnreadableEvent(_)
            | ApiError::Undelivered(..)
            | ApiError::OutOfTime => Code::OperationFailed,
        }
    }

    /// The sentence that the caller reads; never an internal one.
    pub fn message(&self) -> &str {
        match self {
            ApiError::Refused(problem) => &problem.message,
            ApiError::Wait { message, .. } => message,
            ApiError::Store(StoreError::Throttled(_) | StoreError::Conflict)
            | ApiError::Media(MediaError::Throttled(_) | MediaError::Changed) => {
                "Too many requests at once. Try again in a moment."
            }
            ApiError::Store(StoreError::TooMuchWork) => {
                "The request takes more work than one may. Ask for less at a time, or for what is easier to find."
            }
            ApiError::OutOfTime => "The operation took too long. Try again.",
            ApiError::Invoke(_)
            | ApiError::UnreadableEvent(_)
            | ApiError::Undelivered(..)
            | ApiError::Store(_)
            | ApiError::Media(_) => "The storage did not carry out the operation. Try again.",
        }
    }

    /// How long the caller should wait before the next try, in seconds, where there is anything to wait for.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            ApiError::Wait { seconds, .. } => Some(*seconds),
            failure => (failure.code() == Code::TooManyRequests).then_some(RETRY_AFTER_SECONDS),
        }
    }

    /// What is wrong with which field.
    pub fn details(&self) -> Option<&Details> {
        match self {
            ApiError::Refused(Problem { details, .. }) if !details.is_empty() => Some(details),
            _ => None,
        }
    }

    /// What the caller reads of it.
    pub fn view(&self) -> ErrorView<'_> {
        ErrorView::new(self.code(), self.message(), self.details())
    }

    /// The same as data, without what only the log is told.
    pub fn into_problem(self) -> Problem {
        match self {
            ApiError::Refused(problem) => problem,
            failure => Problem::new(failure.code(), failure.message()),
        }
    }

    /// No user of this UID, or a deactivated one.
    pub fn uid_not_found(uid: &Uid) -> ApiError {
        Problem::uid_not_found(uid).into()
    }

    /// No group of this GUID.
    pub fn guid_not_found(guid: &Guid) -> ApiError {
        Problem::guid_not_found(guid).into()
    }

    /// No message of this id.
    pub fn message_not_found(id: MessageId) -> ApiError {
        Problem::message_not_found(id).into()
    }
}
