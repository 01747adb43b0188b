//! What is wrong with a request: a code of the contract, a sentence, and details (contract/errors.md). Which HTTP
//! status goes with a code is the edge's affair.

use std::collections::BTreeMap;

use crate::id::MessageId;
use crate::uid::{Guid, Uid};

/// Sentences for each field that did not validate.
pub type Details = BTreeMap<String, Vec<String>>;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident $wire:literal)*) => {
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
        }
    };
}

codes! {
    /// No `apikey` header, or an empty one.
    EmptyApiKey "AUTH_ERR_EMPTY_APIKEY"
    /// No such API key.
    ApiKeyNotFound "AUTH_ERR_APIKEY_NOT_FOUND"
    /// The key or token may not do this.
    NoAccess "AUTH_ERR_NO_ACCESS"
    /// An `authToken` header without a value.
    EmptyAuthToken "AUTH_ERR_EMPTY_AUTH_TOKEN"
    /// No such auth token.
    AuthTokenNotFound "AUTH_ERR_AUTH_TOKEN_NOT_FOUND"
    /// The request does not validate; `details` say where.
    BadRequest "ERR_BAD_REQUEST"
    /// The request is larger than the platform takes.
    TooLarge "ERR_BAD_REQUEST"
    /// Request line and headers are larger than the platform takes.
    HeadersTooLarge "ERR_BAD_REQUEST"
    /// No such path, or not with this method.
    ApiNotFound "ERR_API_NOT_FOUND"
    /// The first path segment is no version of this API.
    InvalidApiVersion "ERR_INVALID_API_VERSION"
    /// The table is throttled; try again later.
    TooManyRequests "ERR_TOO_MANY_REQUESTS"
    /// The table could not be read or written.
    OperationFailed "ERR_OPERATION_FAILED"
    /// A fault of this program.
    Exception "ERR_EXCEPTION"

    /// No such message.
    MessageNotFound "ERR_MSG_NOT_FOUND"
    /// No such user, or a deactivated one.
    UidNotFound "ERR_UID_NOT_FOUND"
    /// No such group.
    GuidNotFound "ERR_GUID_NOT_FOUND"
    /// `receiver` is an empty string.
    EmptyReceiver "ERR_EMPTY_RECEIVER"
    /// `receiverType` is neither `user` nor `group`.
    InvalidReceiverType "ERR_INVALID_RECEIVER_TYPE"
    /// `category` is an empty string.
    EmptyMessageCategory "ERR_EMPTY_MESSAGE_CATEGORY"
    /// `category` is none that may be sent.
    InvalidMessageCategory "ERR_INVALID_MESSAGE_CATEGORY"
    /// `type` is an empty string.
    EmptyMessageType "ERR_EMPTY_MESSAGE_TYPE"
    /// `type` does not exist in its category.
    InvalidMessageType "ERR_INVALID_MESSAGE_TYPE"
    /// `data` is no object.
    InvalidMessageData "ERR_INVALID_MESSAGE_DATA"
    /// A text message without text.
    EmptyMessageText "ERR_EMPTY_MESSAGE_TEXT"
    /// `data.text` is no string.
    InvalidMessageText "ERR_INVALID_MESSAGE_TEXT"
    /// A media message without attachment.
    EmptyMessageFile "ERR_EMPTY_MESSAGE_FILE"
    /// An attachment that cannot be used.
    InvalidMediaMessage "ERR_INVALID_MEDIA_MESSAGE"
    /// A custom message without `customData`.
    EmptyCustomData "ERR_EMPTY_CUSTOM_DATA"
    /// `data.customData` is no object.
    InvalidCustomData "ERR_INVALID_CUSTOM_DATA"
    /// `data.metadata` is no object.
    InvalidMetadata "ERR_INVALID_METADATA"
    /// The acting user is not a participant of the message's conversation.
    MessageNoAccess "ERR_MESSAGE_NO_ACCESS"
    /// The acting user may not change the message.
    MessageNotASender "ERR_MESSAGE_NOT_A_SENDER"
    /// Action messages and deleted ones stay as they are.
    MessageActionNotAllowed "ERR_MESSAGE_ACTION_NOT_ALLOWED"
    /// The thread belongs to another conversation.
    WrongMessageThread "ERR_WRONG_MESSAGE_THREAD"
    /// A reply cannot be replied to.
    MessageThreadNesting "ERR_MESSAGE_THREAD_NESTING"
    /// The message is of a category that has no threads.
    WrongMessageThreadCategory "ERR_WRONG_MESSAGE_THREAD_CATEGORY"
    /// The acting user is not a participant of the conversation.
    ConversationNotAccessible "ERR_CONVERSATION_NOT_ACCESSIBLE"
    /// No such conversation.
    ConversationNotFound "ERR_CONVERSATION_NOT_FOUND"
    /// As many messages of the conversation are pinned as can be.
    PinnedMessagesLimit "ERR_PINNED_MESSAGES_LIMIT_EXCEEDED"
    /// The user has saved as many messages as they can.
    SavedMessagesLimit "ERR_SAVED_MESSAGES_LIMIT_EXCEEDED"
    /// The user has pinned as many conversations as they can.
    PinnedConversationsLimit "ERR_PINNED_CONVERSATIONS_LIMIT_EXCEEDED"
    /// More conversations than the app can pin.
    SystemPinnedConversationsLimit "ERR_SYSTEM_PINNED_CONVERSATIONS_LIMIT_EXCEEDED"
    /// A user cannot touch what the app has pinned.
    SystemPinnedConversation "ERR_SYSTEM_PINNED_CONVERSATION"
    /// The acting member's scope, or the acting user's role, does not allow it.
    PermissionDenied "ERR_PERMISSION_DENIED"
    /// No such bot.
    BotNotFound "ERR_BOT_NOT_FOUND"
    /// The sender has blocked the receiver.
    BlockedReceiver "ERR_BLOCKED_RECEIVER"
    /// A user cannot block themselves.
    CannotBlockSelf "ERR_CANNOT_BLOCK_SELF"
    /// They are friends already.
    AlreadyFriend "ERR_ALREADY_FRIEND"
    /// They are no friends.
    NotAFriend "ERR_NOT_A_FRIEND"
    /// A user cannot be their own friend.
    SelfRelation "ERR_CANNOT_FORM_SELF_RELATION"
    /// One of the two has as many friends as a user can have.
    FriendsLimit "ERR_FAILED_TO_ADD_FRIEND"
    /// No such role.
    RoleNotFound "ERR_ROLE_NOT_FOUND"
    /// The id of a role is taken.
    RoleAlreadyExists "ERR_ROLE_ALREADY_EXISTS"
    /// The default role cannot be deleted.
    RoleDeleteDenied "ERR_ROLE_DELETE_DENIED"
    /// The receiver has blocked the sender.
    BlockedSender "ERR_BLOCKED_SENDER"
    /// The user has not joined the group.
    GroupNotJoined "ERR_GROUP_NOT_JOINED"
    /// The user is banned from the group.
    BannedGroupMember "ERR_BANNED_GROUPMEMBER"

    /// The user has no such auth token.
    TokenNotFound "ERR_AUTH_TOKEN_NOT_FOUND"
    /// The auth token belongs to another user.
    TokenNotAccessible "ERR_AUTHTOKEN_NOT_ACCESSIBLE"
    /// The UID is taken.
    UidAlreadyExists "ERR_UID_ALREADY_EXISTS"
    /// The user is a bot already.
    BotAlreadyExists "ERR_BOT_ALREADY_EXISTS"
    /// There is no API key that this path means.
    NoSuchApiKey "ERR_APIKEY_NOT_FOUND"
    /// There is no such reason for reports.
    ReasonNotFound "ERR_REASON_NOT_FOUND"
    /// The id of a reason for reports is taken.
    ReasonAlreadyExists "ERR_REASON_ALREADY_EXISTS"
    /// No such webhook.
    WebhookNotFound "ERR_WEBHOOK_NOT_FOUND"
    /// The id of a webhook is taken.
    WebhookAlreadyExists "ERR_WEBHOOK_ALREADY_EXISTS"
    /// There is no such trigger, or it is not switched on.
    TriggerNotFound "ERR_TRIGGER_NOT_FOUND"
    /// A webhook that is asked about messages does not let this one be sent.
    BlockedByWebhook "ERR_BLOCKED_BY_WEBHOOK"
    /// The app has as many of these as it can have.
    QuotaReached "ERR_PLAN_QUOTA_RESTRICTION"
    /// The GUID is taken.
    GuidAlreadyExists "ERR_GUID_ALREADY_EXISTS"
    /// A password group without password.
    EmptyGroupPassword "ERR_EMPTY_GROUP_PASS"
    /// Not the password of the group.
    WrongGroupPassword "ERR_WRONG_GROUP_PASS"
    /// Already a member; the status is what real clients see when they join twice.
    AlreadyJoined "ERR_ALREADY_JOINED"
    /// Banned already.
    AlreadyBanned "ERR_ALREADY_BANNED"
    /// The acting member's scope is too low.
    GroupNoClearance "ERR_GROUP_NO_CLEARANCE"
    /// The acting member's scope does not reach the other's.
    GroupNoScopeClearance "ERR_GROUP_NO_SCOPE_CLEARANCE"
    /// The acting member is no admin.
    GroupNoAdminScope "ERR_GROUP_NO_ADMIN_SCOPE"
    /// What a member may do to others only.
    GroupNoSelfAction "ERR_GROUP_NO_SELF_ACTION"
    /// What a key may do to others only.
    ApiKeyNoSelfAction "ERR_APIKEY_NO_SELF_ACTION"
    /// The user is no member of the group.
    NotAMember "ERR_NOT_A_MEMBER"
    /// The member has this scope already.
    SameScope "ERR_SAME_SCOPE"
    /// The user is not banned from the group.
    NotBanned "ERR_NOT_A_BANNED_USER"
    /// The group has as many members as a group can have.
    NoVacancy "ERR_NO_VACANCY"
    /// The `muid` of a message that is to be brought in is taken, for good.
    ImportMuidAlreadyExists "ERR_IMPORT_MUID_ALREADY_EXISTS"
    /// What is to be brought in are no messages by their `muid`s.
    ImportInvalidMessageFormat "ERR_IMPORT_INVALID_MESSAGE_FORMAT"
    /// What is to be brought in are no users by their UIDs.
    ImportInvalidUserFormat "ERR_IMPORT_INVALID_USER_FORMAT"
    /// What is to be brought in are no members by their ids.
    ImportInvalidMemberFormat "ERR_IMPORT_INVALID_MEMBER_FORMAT"
    /// What is to be brought in are no groups by their GUIDs.
    ImportInvalidGroupFormat "ERR_IMPORT_INVALID_GROUP_FORMAT"
    /// A member joined before there was the group, or has not yet.
    ImportInvalidJoinedAt "ERR_IMPORT_INVALID_JOINEDAT"
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    /// What clients match on.
    pub code: Code,
    /// One or two sentences for people.
    pub message: String,
    /// Only for validation: what is wrong with which field.
    pub details: Details,
}

impl Problem {
    /// A refusal with its sentence.
    pub fn new(code: Code, message: impl Into<String>) -> Problem {
        Problem { code, message: message.into(), details: Details::new() }
    }

    /// The refusal of a request whose fields do not validate.
    pub fn invalid(details: Details) -> Problem {
        let message = "The request does not validate; see details.".to_owned();
        Problem { code: Code::BadRequest, message, details }
    }

    /// [`Problem::invalid`] for a single field; the sentence completes "The `<field>` …".
    pub fn field(field: &str, problem: impl std::fmt::Display) -> Problem {
        Problem::invalid(Details::from([(field.to_owned(), vec![sentence(field, problem)])]))
    }

    /// No user of this UID, or a deactivated one.
    pub fn uid_not_found(uid: &Uid) -> Problem {
        Problem::new(Code::UidNotFound, format!("There is no user {uid}."))
    }

    /// No group of this GUID.
    pub fn guid_not_found(guid: &Guid) -> Problem {
        Problem::new(Code::GuidNotFound, format!("There is no group {guid}."))
    }

    /// No message of this id.
    pub fn message_not_found(id: MessageId) -> Problem {
        Problem::new(Code::MessageNotFound, format!("There is no message {id}."))
    }
}

/// The sentence for one field in `details`.
pub fn sentence(field: &str, problem: impl std::fmt::Display) -> String {
    format!("The {field} field {problem}")
}
