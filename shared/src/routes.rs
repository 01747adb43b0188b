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
    /// Announce files and get URLs to upload them to.
    CreateUploadUrls "create-upload-urls" ["POST" "/{version}/files/upload-url"]
    /// Everything that has no route: API Gateway's `$default`.
    NotFound "not-found" []
}
