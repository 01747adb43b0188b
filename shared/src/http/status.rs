//! Which HTTP status goes with which code of the contract (contract/errors.md).

use model::problem::Code;

/// The status of an answer with this code.
pub const fn status(code: Code) -> u16 {
    match code {
        Code::BadRequest
        | Code::EmptyReceiver
        | Code::InvalidReceiverType
        | Code::EmptyMessageCategory
        | Code::InvalidMessageCategory
        | Code::EmptyMessageType
        | Code::InvalidMessageType
        | Code::InvalidMessageData
        | Code::EmptyMessageText
        | Code::InvalidMessageText
        | Code::EmptyMessageFile
        | Code::InvalidMediaMessage
        | Code::EmptyCustomData
        | Code::InvalidCustomData
        | Code::InvalidMetadata
        | Code::WrongMessageThread
        | Code::MessageThreadNesting
        | Code::WrongMessageThreadCategory
        | Code::PinnedMessagesLimit
        | Code::SavedMessagesLimit
        | Code::PinnedConversationsLimit
        | Code::SystemPinnedConversationsLimit
        | Code::CannotBlockSelf
        | Code::AlreadyFriend
        | Code::NotAFriend
        | Code::SelfRelation
        | Code::FriendsLimit
        | Code::EmptyGroupPassword
        | Code::SameScope
        | Code::UidAlreadyExists
        | Code::GuidAlreadyExists
        | Code::NotBanned
        | Code::ImportInvalidMessageFormat
        | Code::ImportInvalidUserFormat
        | Code::ImportInvalidMemberFormat
        | Code::ImportInvalidGroupFormat
        | Code::ImportInvalidJoinedAt => 400,
        Code::EmptyApiKey
        | Code::ApiKeyNotFound
        | Code::EmptyAuthToken
        | Code::AuthTokenNotFound
        | Code::GroupNotJoined => 401,
        Code::NoAccess
        | Code::MessageNoAccess
        | Code::MessageNotASender
        | Code::MessageActionNotAllowed
        | Code::ConversationNotAccessible
        | Code::SystemPinnedConversation
        | Code::PermissionDenied
        | Code::RoleDeleteDenied
        | Code::BlockedReceiver
        | Code::BlockedSender
        | Code::BannedGroupMember
        | Code::TokenNotAccessible
        | Code::QuotaReached
        | Code::BlockedByWebhook
        | Code::WrongGroupPassword
        | Code::GroupNoClearance
        | Code::GroupNoScopeClearance
        | Code::GroupNoAdminScope
        | Code::GroupNoSelfAction
        | Code::ApiKeyNoSelfAction
        | Code::NoVacancy => 403,
        Code::ApiNotFound
        | Code::InvalidApiVersion
        | Code::MessageNotFound
        | Code::UidNotFound
        | Code::GuidNotFound
        | Code::ConversationNotFound
        | Code::BotNotFound
        | Code::NoSuchApiKey
        | Code::ReasonNotFound
        | Code::RoleNotFound
        | Code::WebhookNotFound
        | Code::TriggerNotFound
        | Code::NotAMember
        | Code::TokenNotFound => 404,
        Code::ImportMuidAlreadyExists
        | Code::BotAlreadyExists
        | Code::RoleAlreadyExists
        | Code::WebhookAlreadyExists
        | Code::ReasonAlreadyExists
        | Code::AlreadyBanned => 409,
        Code::TooLarge => 413,
        Code::AlreadyJoined => 417,
        Code::TooManyRequests => 429,
        Code::HeadersTooLarge => 431,
        Code::OperationFailed | Code::Exception => 500,
    }
}
