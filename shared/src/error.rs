//! What a caller is told when a request fails: one error type, one table of codes and statuses (contract/errors.md).

use std::collections::BTreeMap;

use crate::media::MediaError;
use crate::model::id::MessageId;
use crate::model::uid::{Guid, Uid};
use crate::store::error::StoreError;

/// Sentences for each field that did not validate.
pub type Details = BTreeMap<String, Vec<String>>;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident $wire:literal $status:literal)*) => {
        /// An error code of the contract.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// Every code, for the tests that compare them with the documents.
            pub const ALL: &[Code] = &[$(Code::$name),*];

            /// The code as it stands in `error.code`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$name => $wire,)* }
            }

            /// The HTTP status that goes with it.
            pub const fn status(self) -> u16 {
                match self { $(Code::$name => $status,)* }
            }
        }
    };
}

codes! {
    /// No `apikey` header, or an empty one.
    EmptyApiKey "AUTH_ERR_EMPTY_APIKEY" 401
    /// No such API key.
    ApiKeyNotFound "AUTH_ERR_APIKEY_NOT_FOUND" 401
    /// The key or token may not do this.
    NoAccess "AUTH_ERR_NO_ACCESS" 403
    /// An `authToken` header without a value.
    EmptyAuthToken "AUTH_ERR_EMPTY_AUTH_TOKEN" 401
    /// No such auth token.
    AuthTokenNotFound "AUTH_ERR_AUTH_TOKEN_NOT_FOUND" 401
    /// The request does not validate; `details` say where.
    BadRequest "ERR_BAD_REQUEST" 400
    /// The request is larger than the platform takes.
    TooLarge "ERR_BAD_REQUEST" 413
    /// Request line and headers are larger than the platform takes.
    HeadersTooLarge "ERR_BAD_REQUEST" 431
    /// No such path, or not with this method.
    ApiNotFound "ERR_API_NOT_FOUND" 404
    /// The first path segment is no version of this API.
    InvalidApiVersion "ERR_INVALID_API_VERSION" 404
    /// The table is throttled; try again later.
    TooManyRequests "ERR_TOO_MANY_REQUESTS" 429
    /// The table could not be read or written.
    OperationFailed "ERR_OPERATION_FAILED" 500
    /// A fault of this program.
    Exception "ERR_EXCEPTION" 500

    /// No such message.
    MessageNotFound "ERR_MSG_NOT_FOUND" 404
    /// No such user, or a deactivated one.
    UidNotFound "ERR_UID_NOT_FOUND" 404
    /// No such group.
    GuidNotFound "ERR_GUID_NOT_FOUND" 404
    /// `receiver` is an empty string.
    EmptyReceiver "ERR_EMPTY_RECEIVER" 400
    /// `receiverType` is neither `user` nor `group`.
    InvalidReceiverType "ERR_INVALID_RECEIVER_TYPE" 400
    /// `category` is an empty string.
    EmptyMessageCategory "ERR_EMPTY_MESSAGE_CATEGORY" 400
    /// `category` is none that may be sent.
    InvalidMessageCategory "ERR_INVALID_MESSAGE_CATEGORY" 400
    /// `type` is an empty string.
    EmptyMessageType "ERR_EMPTY_MESSAGE_TYPE" 400
    /// `type` does not exist in its category.
    InvalidMessageType "ERR_INVALID_MESSAGE_TYPE" 400
    /// `data` is no object.
    InvalidMessageData "ERR_INVALID_MESSAGE_DATA" 400
    /// A text message without text.
    EmptyMessageText "ERR_EMPTY_MESSAGE_TEXT" 400
    /// `data.text` is no string.
    InvalidMessageText "ERR_INVALID_MESSAGE_TEXT" 400
    /// A media message without attachment.
    EmptyMessageFile "ERR_EMPTY_MESSAGE_FILE" 400
    /// An attachment that cannot be used.
    InvalidMediaMessage "ERR_INVALID_MEDIA_MESSAGE" 400
    /// A custom message without `customData`.
    EmptyCustomData "ERR_EMPTY_CUSTOM_DATA" 400
    /// `data.customData` is no object.
    InvalidCustomData "ERR_INVALID_CUSTOM_DATA" 400
    /// `data.metadata` is no object.
    InvalidMetadata "ERR_INVALID_METADATA" 400
    /// The acting user is no party to the message.
    MessageNoAccess "ERR_MESSAGE_NO_ACCESS" 403
    /// The acting user may not change the message.
    MessageNotASender "ERR_MESSAGE_NOT_A_SENDER" 403
    /// Action messages and deleted ones stay as they are.
    MessageActionNotAllowed "ERR_MESSAGE_ACTION_NOT_ALLOWED" 403
    /// The thread belongs to another conversation.
    WrongMessageThread "ERR_WRONG_MESSAGE_THREAD" 400
    /// A reply cannot be replied to.
    MessageThreadNesting "ERR_MESSAGE_THREAD_NESTING" 400
    /// The message is of a category that has no threads.
    WrongMessageThreadCategory "ERR_WRONG_MESSAGE_THREAD_CATEGORY" 400
    /// The acting user is no party to the conversation.
    ConversationNotAccessible "ERR_CONVERSATION_NOT_ACCESSIBLE" 403
    /// No such conversation.
    ConversationNotFound "ERR_CONVERSATION_NOT_FOUND" 404
    /// As many messages of the conversation are pinned as can be.
    PinnedMessagesLimit "ERR_PINNED_MESSAGES_LIMIT_EXCEEDED" 400
    /// The user has saved as many messages as they can.
    SavedMessagesLimit "ERR_SAVED_MESSAGES_LIMIT_EXCEEDED" 400
    /// The user has pinned as many conversations as they can.
    PinnedConversationsLimit "ERR_PINNED_CONVERSATIONS_LIMIT_EXCEEDED" 400
    /// More conversations than the app can pin.
    SystemPinnedConversationsLimit "ERR_SYSTEM_PINNED_CONVERSATIONS_LIMIT_EXCEEDED" 400
    /// A user cannot touch what the app has pinned.
    SystemPinnedConversation "ERR_SYSTEM_PINNED_CONVERSATION" 403
    /// The acting member's scope does not allow it.
    PermissionDenied "ERR_PERMISSION_DENIED" 403
    /// No such bot.
    BotNotFound "ERR_BOT_NOT_FOUND" 404
    /// The sender has blocked the receiver.
    BlockedReceiver "ERR_BLOCKED_RECEIVER" 403
    /// A user cannot block themselves.
    CannotBlockSelf "ERR_CANNOT_BLOCK_SELF" 400
    /// The receiver has blocked the sender.
    BlockedSender "ERR_BLOCKED_SENDER" 403
    /// The user has not joined the group.
    GroupNotJoined "ERR_GROUP_NOT_JOINED" 401
    /// The user is banned from the group.
    BannedGroupMember "ERR_BANNED_GROUPMEMBER" 403

    /// The user has no such auth token.
    TokenNotFound "ERR_AUTH_TOKEN_NOT_FOUND" 404
    /// The auth token belongs to another user.
    TokenNotAccessible "ERR_AUTHTOKEN_NOT_ACCESSIBLE" 403
    /// The UID is taken.
    UidAlreadyExists "ERR_UID_ALREADY_EXISTS" 409
    /// The user is a bot already.
    BotAlreadyExists "ERR_BOT_ALREADY_EXISTS" 409
    /// The app has as many of these as it can have.
    QuotaReached "ERR_PLAN_QUOTA_RESTRICTION" 403
    /// The GUID is taken.
    GuidAlreadyExists "ERR_GUID_ALREADY_EXISTS" 409
    /// A password group without password.
    EmptyGroupPassword "ERR_EMPTY_GROUP_PASS" 400
    /// Not the password of the group.
    WrongGroupPassword "ERR_WRONG_GROUP_PASS" 403
    /// A private group is joined by being added only.
    GroupJoinNotAllowed "ERR_GROUP_JOIN_NOT_ALLOWED" 403
    /// Already a member; the status is what real clients see when they join twice.
    AlreadyJoined "ERR_ALREADY_JOINED" 417
    /// Banned already.
    AlreadyBanned "ERR_ALREADY_BANNED" 409
    /// The acting member's scope is too low.
    GroupNoClearance "ERR_GROUP_NO_CLEARANCE" 403
    /// The acting member's scope does not reach the other's.
    GroupNoScopeClearance "ERR_GROUP_NO_SCOPE_CLEARANCE" 403
    /// The acting member is no admin.
    GroupNoAdminScope "ERR_GROUP_NO_ADMIN_SCOPE" 403
    /// What a member may do to others only.
    GroupNoSelfAction "ERR_GROUP_NO_SELF_ACTION" 403
    /// The user is no member of the group.
    NotAMember "ERR_NOT_A_MEMBER" 403
    /// The member has this scope already.
    SameScope "ERR_SAME_SCOPE" 400
    /// The user is not banned from the group.
    NotBanned "ERR_NOT_A_BANNED_USER" 400
    /// The group has as many members as a group can have.
    NoVacancy "ERR_NO_VACANCY" 403
}

/// Why a request was not answered with `data`.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The caller is told this code and sentence.
    #[error("{message}")]
    Refused {
        /// What clients match on.
        code: Code,
        /// One or two sentences for people.
        message: String,
        /// Only for validation: what is wrong with which field.
        details: Details,
    },
    /// The store failed; the caller learns no more than whether to try again.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bucket failed; the caller learns no more than whether to try again.
    #[error(transparent)]
    Media(#[from] MediaError),
}

impl ApiError {
    /// A refusal with its sentence.
    pub fn new(code: Code, message: impl Into<String>) -> ApiError {
        ApiError::Refused { code, message: message.into(), details: Details::new() }
    }

    /// The refusal of a request whose fields do not validate.
    pub fn invalid(details: Details) -> ApiError {
        let message = "The request does not validate; see details.".to_owned();
        ApiError::Refused { code: Code::BadRequest, message, details }
    }

    /// [`ApiError::invalid`] for a single field; the sentence completes "The `<field>` …".
    pub fn field(field: &str, problem: impl std::fmt::Display) -> ApiError {
        ApiError::invalid(Details::from([(field.to_owned(), vec![sentence(field, problem)])]))
    }

    /// The code that the caller reads.
    pub fn code(&self) -> Code {
        match self {
            ApiError::Refused { code, .. } => *code,
            ApiError::Store(StoreError::Throttled(_) | StoreError::Conflict) => Code::TooManyRequests,
            ApiError::Store(StoreError::Corrupt(_) | StoreError::Failed(_)) => Code::OperationFailed,
            ApiError::Media(MediaError::Throttled(_) | MediaError::Changed) => Code::TooManyRequests,
            ApiError::Media(_) => Code::OperationFailed,
        }
    }

    /// The sentence that the caller reads; never an internal one.
    pub fn message(&self) -> &str {
        match self {
            ApiError::Refused { message, .. } => message,
            ApiError::Store(StoreError::Throttled(_) | StoreError::Conflict)
            | ApiError::Media(MediaError::Throttled(_) | MediaError::Changed) => {
                "Too many requests at once. Try again in a moment."
            }
            ApiError::Store(_) | ApiError::Media(_) => "The storage did not carry out the operation. Try again.",
        }
    }

    /// What is wrong with which field.
    pub fn details(&self) -> Option<&Details> {
        match self {
            ApiError::Refused { details, .. } if !details.is_empty() => Some(details),
            _ => None,
        }
    }

    /// No user of this UID, or a deactivated one.
    pub fn uid_not_found(uid: &Uid) -> ApiError {
        ApiError::new(Code::UidNotFound, format!("There is no user {uid}."))
    }

    /// No group of this GUID.
    pub fn guid_not_found(guid: &Guid) -> ApiError {
        ApiError::new(Code::GuidNotFound, format!("There is no group {guid}."))
    }

    /// No message of this id.
    pub fn message_not_found(id: MessageId) -> ApiError {
        ApiError::new(Code::MessageNotFound, format!("There is no message {id}."))
    }
}

/// The sentence for one field in `details`.
pub fn sentence(field: &str, problem: impl std::fmt::Display) -> String {
    format!("The {field} field {problem}")
}
