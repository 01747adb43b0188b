//! The route table: which endpoint has which methods, paths and function. Routes are written nowhere else.
//!
//! The first segment of every path is the version, a path parameter, so that one route serves `/v3` and `/v3.0` and an
//! unknown version gets its own error.

/// The versions of the API; they are the same.
pub const VERSIONS: [&str; 2] = ["v3", "v3.0"];

macro_rules! endpoints {
    ($($(#[$doc:meta])* $name:ident $function:literal [$($method:literal $path:literal),*])*) => {
        /// One operation of the API, and one function.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Endpoint {
            $($(#[$doc])* $name,)*
        }

        impl Endpoint {
            /// Every endpoint.
            pub const ALL: &[Endpoint] = &[$(Endpoint::$name),*];

            /// Its function: directory, package and binary.
            pub const fn function(self) -> &'static str {
                match self { $(Endpoint::$name => $function,)* }
            }

            /// Its routes: method and path, as API Gateway spells them.
            pub const fn routes(self) -> &'static [(&'static str, &'static str)] {
                match self { $(Endpoint::$name => &[$(($method, $path)),*],)* }
            }
        }
    };
}

endpoints! {
    /// Send a message as a user or as the app.
    SendMessage "send-message" ["POST" "/{version}/messages"]
    /// The messages of the acting user's conversations, or of the whole app.
    ListMessages "list-messages" ["GET" "/{version}/messages"]
    /// The messages between the acting user and another, or all of a user's.
    ListUserMessages "list-user-messages" ["GET" "/{version}/users/{uid}/messages"]
    /// The messages of a group.
    ListGroupMessages "list-group-messages" ["GET" "/{version}/groups/{guid}/messages"]
    /// One message.
    GetMessage "get-message" ["GET" "/{version}/messages/{id}"]
    /// Edit a message.
    UpdateMessage "update-message" ["PUT" "/{version}/messages/{id}"]
    /// Delete a message, softly or for good.
    DeleteMessage "delete-message" ["DELETE" "/{version}/messages/{id}"]
    /// Reply to a message.
    SendThreadMessage "send-thread-message" ["POST" "/{version}/messages/{id}/thread"]
    /// The replies to a message.
    ListThreadMessages "list-thread-messages" ["GET" "/{version}/messages/{id}/thread"]
    /// Send a message as a bot.
    SendBotMessage "send-bot-message" ["POST" "/{version}/bots/{uid}/messages"]
    /// React to a message. The reaction is the rest of the path, for it may hold a slash.
    AddReaction "add-reaction" ["POST" "/{version}/messages/{id}/reactions/{reaction+}", "POST" "/{version}/messages/{id}/reactions"]
    /// Take a reaction back.
    RemoveReaction "remove-reaction" ["DELETE" "/{version}/messages/{id}/reactions/{reaction+}"]
    /// All reactions to a message.
    ListReactions "list-reactions" ["GET" "/{version}/messages/{id}/reactions"]
    /// The reactions of one kind to a message.
    ListEmojiReactions "list-emoji-reactions" ["GET" "/{version}/messages/{id}/reactions/{reaction+}"]
    /// Create a user.
    CreateUser "create-user" ["POST" "/{version}/users"]
    /// One user.
    GetUser "get-user" ["GET" "/{version}/users/{uid}"]
    /// Create a group.
    CreateGroup "create-group" ["POST" "/{version}/groups"]
    /// Add members to a group, ban users from it, or join it.
    AddGroupMembers "add-group-members" ["POST" "/{version}/groups/{guid}/members"]
    /// The users, filtered and by page.
    ListUsers "list-users" ["GET" "/{version}/users"]
    /// Change a user's profile.
    UpdateUser "update-user" ["PUT" "/{version}/users/{uid}"]
    /// Deactivate a user, or delete them for good.
    DeleteUser "delete-user" ["DELETE" "/{version}/users/{uid}"]
    /// Deactivate several users.
    DeactivateUsers "deactivate-users" ["DELETE" "/{version}/users"]
    /// Bring deactivated users back.
    ReactivateUsers "reactivate-users" ["PUT" "/{version}/users"]
    /// Make an auth token of a user.
    CreateAuthToken "create-auth-token" ["POST" "/{version}/users/{uid}/auth_tokens"]
    /// The auth tokens of a user.
    ListAuthTokens "list-auth-tokens" ["GET" "/{version}/users/{uid}/auth_tokens"]
    /// Revoke all auth tokens of a user.
    DeleteAuthTokens "delete-auth-tokens" ["DELETE" "/{version}/users/{uid}/auth_tokens"]
    /// One auth token of a user.
    GetAuthToken "get-auth-token" ["GET" "/{version}/users/{uid}/auth_tokens/{authToken}"]
    /// Note the device that an auth token is used on.
    UpdateAuthToken "update-auth-token" ["PUT" "/{version}/users/{uid}/auth_tokens/{authToken}"]
    /// Revoke one auth token of a user.
    DeleteAuthToken "delete-auth-token" ["DELETE" "/{version}/users/{uid}/auth_tokens/{authToken}"]
    /// The user of the auth token.
    GetMe "get-me" ["GET" "/{version}/me"]
    /// Begin a session with an auth token, or change one's own profile.
    UpdateMe "update-me" ["PUT" "/{version}/me"]
    /// End a session: revoke its auth token.
    DeleteMe "delete-me" ["DELETE" "/{version}/me"]
    /// Take note of a client's session.
    CreateUserSession "create-user-session" ["POST" "/{version}/user_sessions"]
    /// Where clients find this service.
    GetSettings "get-settings" ["GET" "/{version}/settings"]
    /// The groups, filtered and by page.
    ListGroups "list-groups" ["GET" "/{version}/groups"]
    /// One group.
    GetGroup "get-group" ["GET" "/{version}/groups/{guid}"]
    /// Change a group.
    UpdateGroup "update-group" ["PUT" "/{version}/groups/{guid}"]
    /// Delete a group with its members and messages.
    DeleteGroup "delete-group" ["DELETE" "/{version}/groups/{guid}"]
    /// The members of a group.
    ListGroupMembers "list-group-members" ["GET" "/{version}/groups/{guid}/members"]
    /// Give a member another scope.
    ChangeMemberScope "change-member-scope" ["PUT" "/{version}/groups/{guid}/members/{uid}"]
    /// Kick a member, or leave a group.
    RemoveGroupMember "remove-group-member" ["DELETE" "/{version}/groups/{guid}/members/{uid}"]
    /// Ban a user from a group.
    BanGroupMember "ban-group-member" ["POST" "/{version}/groups/{guid}/bannedusers/{uid}"]
    /// Lift a ban.
    UnbanGroupMember "unban-group-member" ["DELETE" "/{version}/groups/{guid}/bannedusers/{uid}"]
    /// The users who are banned from a group.
    ListBannedUsers "list-banned-users" ["GET" "/{version}/groups/{guid}/bannedusers"]
    /// Block users.
    BlockUsers "block-users" ["POST" "/{version}/users/{uid}/blockedusers"]
    /// Unblock users.
    UnblockUsers "unblock-users" ["DELETE" "/{version}/users/{uid}/blockedusers"]
    /// The users whom a user has blocked.
    ListBlockedUsers "list-blocked-users" ["GET" "/{version}/users/{uid}/blockedusers"]
    /// Make a user a bot.
    CreateBot "create-bot" ["POST" "/{version}/bots"]
    /// The bots.
    ListBots "list-bots" ["GET" "/{version}/bots"]
    /// One bot.
    GetBot "get-bot" ["GET" "/{version}/bots/{uid}"]
    /// Change a bot.
    UpdateBot "update-bot" ["PUT" "/{version}/bots/{uid}"]
    /// Make a bot a plain user again.
    DeleteBot "delete-bot" ["DELETE" "/{version}/bots/{uid}"]
    /// Announce files and get URLs to upload them to.
    CreateUploadUrls "create-upload-urls" ["POST" "/{version}/files/upload-url"]
    /// The conversations of the acting user, or of everybody.
    ListConversations "list-conversations" ["GET" "/{version}/conversations"]
    /// The acting user's conversation with another user.
    GetUserConversation "get-user-conversation" ["GET" "/{version}/users/{uid}/conversation"]
    /// The acting user's conversation with a group.
    GetGroupConversation "get-group-conversation" ["GET" "/{version}/groups/{guid}/conversation"]
    /// Tag the acting user's conversation with another user.
    UpdateUserConversation "update-user-conversation" ["PUT" "/{version}/users/{uid}/conversation"]
    /// Tag the acting user's conversation with a group.
    UpdateGroupConversation "update-group-conversation" ["PUT" "/{version}/groups/{guid}/conversation"]
    /// Remove the conversation with another user from the acting user's view.
    DeleteUserConversation "delete-user-conversation" ["DELETE" "/{version}/users/{uid}/conversation"]
    /// Remove the conversation with a group from the acting user's view.
    DeleteGroupConversation "delete-group-conversation" ["DELETE" "/{version}/groups/{guid}/conversation"]
    /// The acting user's conversation of this id; deprecated.
    GetConversation "get-conversation" ["GET" "/{version}/conversations/{conversationId}"]
    /// Delete a conversation with all its messages, for everybody; deprecated.
    DeleteConversation "delete-conversation" ["DELETE" "/{version}/conversations/{conversationId}"]
    /// Mark messages from another user as delivered.
    MarkUserDelivered "mark-user-delivered" ["POST" "/{version}/users/{uid}/conversation/delivered"]
    /// Mark messages from a group as delivered.
    MarkGroupDelivered "mark-group-delivered" ["POST" "/{version}/groups/{guid}/conversation/delivered"]
    /// Mark messages from another user as read.
    MarkUserRead "mark-user-read" ["POST" "/{version}/users/{uid}/conversation/read"]
    /// Mark messages from a group as read.
    MarkGroupRead "mark-group-read" ["POST" "/{version}/groups/{guid}/conversation/read"]
    /// Mark messages from another user as unread again.
    MarkUserUnread "mark-user-unread" ["DELETE" "/{version}/users/{uid}/conversation/read"]
    /// Mark messages from a group as unread again.
    MarkGroupUnread "mark-group-unread" ["DELETE" "/{version}/groups/{guid}/conversation/read"]
    /// Pin a message in its conversation.
    PinMessage "pin-message" ["POST" "/{version}/messages/{id}/pin"]
    /// Unpin a message.
    UnpinMessage "unpin-message" ["DELETE" "/{version}/messages/{id}/pin"]
    /// Save a message for the acting user.
    SaveMessage "save-message" ["POST" "/{version}/messages/{id}/save"]
    /// Forget that the acting user has saved a message.
    UnsaveMessage "unsave-message" ["DELETE" "/{version}/messages/{id}/save"]
    /// Pin the acting user's conversation with another user.
    PinUserConversation "pin-user-conversation" ["POST" "/{version}/users/{uid}/conversation/pin"]
    /// Pin the acting user's conversation with a group.
    PinGroupConversation "pin-group-conversation" ["POST" "/{version}/groups/{guid}/conversation/pin"]
    /// Unpin the acting user's conversation with another user.
    UnpinUserConversation "unpin-user-conversation" ["DELETE" "/{version}/users/{uid}/conversation/pin"]
    /// Unpin the acting user's conversation with a group.
    UnpinGroupConversation "unpin-group-conversation" ["DELETE" "/{version}/groups/{guid}/conversation/pin"]
    /// The conversations that are pinned for the whole app.
    ListPinnedConversations "list-pinned-conversations" ["GET" "/{version}/conversations/pinned"]
    /// Replace the conversations that are pinned for the whole app.
    SetPinnedConversations "set-pinned-conversations" ["PUT" "/{version}/conversations/pinned"]
    /// The threads of the acting user's conversations, or of the whole app.
    ListThreads "list-threads" ["GET" "/{version}/threads"]
    /// Follow a thread.
    SubscribeThread "subscribe-thread" ["POST" "/{version}/messages/{id}/thread/subscription"]
    /// Stop following a thread.
    UnsubscribeThread "unsubscribe-thread" ["DELETE" "/{version}/messages/{id}/thread/subscription"]
    /// Note which elements of an interactive message the acting user used.
    InteractWithMessage "interact-with-message" ["PATCH" "/{version}/messages/{id}/interacted"]
    /// Report a message.
    FlagMessage "flag-message" ["POST" "/{version}/messages/{id}/flagged"]
    /// Everything that has no route: API Gateway's `$default`.
    NotFound "not-found" []
}
