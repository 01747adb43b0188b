//! The route table: which endpoint has which methods, paths and function. Routes are written nowhere else.
//!
//! The first segment of every path is the version, a path parameter, so that one route serves `/v3` and `/v3.0` and an
//! unknown version gets its own error.

/// The versions of the API; they are the same.
pub const VERSIONS: [&str; 2] = ["v3", "v3.0"];

/// Hands the route table to a macro: each row is the endpoint, its module, its function, and its routes.
#[macro_export]
macro_rules! route_table {
    ($with:ident) => {
        $with! {
            /// Send a message as a user or as the app.
            SendMessage send_message "send-message" ["POST" "/{version}/messages"]
            /// The messages of the acting user's conversations, or of the whole app.
            ListMessages list_messages "list-messages" ["GET" "/{version}/messages"]
            /// The messages between the acting user and another, or all of a user's.
            ListUserMessages list_user_messages "list-user-messages" ["GET" "/{version}/users/{uid}/messages"]
            /// The messages of a group.
            ListGroupMessages list_group_messages "list-group-messages" ["GET" "/{version}/groups/{guid}/messages"]
            /// One message.
            GetMessage get_message "get-message" ["GET" "/{version}/messages/{id}"]
            /// Edit a message.
            UpdateMessage update_message "update-message" ["PUT" "/{version}/messages/{id}"]
            /// Delete a message, softly or permanently.
            DeleteMessage delete_message "delete-message" ["DELETE" "/{version}/messages/{id}"]
            /// Reply to a message.
            SendThreadMessage send_thread_message "send-thread-message" ["POST" "/{version}/messages/{id}/thread"]
            /// The replies to a message.
            ListThreadMessages list_thread_messages "list-thread-messages" ["GET" "/{version}/messages/{id}/thread"]
            /// Send a message as a bot.
            SendBotMessage send_bot_message "send-bot-message" ["POST" "/{version}/bots/{uid}/messages"]
            /// React to a message. The reaction is the rest of the path, for it may hold a slash.
            AddReaction add_reaction "add-reaction" ["POST" "/{version}/messages/{id}/reactions/{reaction+}", "POST" "/{version}/messages/{id}/reactions"]
            /// Take a reaction back.
            RemoveReaction remove_reaction "remove-reaction" ["DELETE" "/{version}/messages/{id}/reactions/{reaction+}"]
            /// All reactions to a message.
            ListReactions list_reactions "list-reactions" ["GET" "/{version}/messages/{id}/reactions"]
            /// The reactions of one kind to a message.
            ListEmojiReactions list_emoji_reactions "list-emoji-reactions" ["GET" "/{version}/messages/{id}/reactions/{reaction+}"]
            /// Create a user.
            CreateUser create_user "create-user" ["POST" "/{version}/users"]
            /// One user.
            GetUser get_user "get-user" ["GET" "/{version}/users/{uid}"]
            /// Create a group.
            CreateGroup create_group "create-group" ["POST" "/{version}/groups"]
            /// Add members to a group, ban users from it, or, by `POST`, join it.
            AddGroupMembers add_group_members "add-group-members" ["POST" "/{version}/groups/{guid}/members", "PUT" "/{version}/groups/{guid}/members"]
            /// The users, filtered and by page.
            ListUsers list_users "list-users" ["GET" "/{version}/users"]
            /// Change a user's profile.
            UpdateUser update_user "update-user" ["PUT" "/{version}/users/{uid}"]
            /// Deactivate a user, or delete them permanently.
            DeleteUser delete_user "delete-user" ["DELETE" "/{version}/users/{uid}"]
            /// Deactivate several users.
            DeactivateUsers deactivate_users "deactivate-users" ["DELETE" "/{version}/users"]
            /// Bring deactivated users back.
            ReactivateUsers reactivate_users "reactivate-users" ["PUT" "/{version}/users"]
            /// Make an auth token of a user.
            CreateAuthToken create_auth_token "create-auth-token" ["POST" "/{version}/users/{uid}/auth_tokens"]
            /// The auth tokens of a user.
            ListAuthTokens list_auth_tokens "list-auth-tokens" ["GET" "/{version}/users/{uid}/auth_tokens"]
            /// Revoke all auth tokens of a user.
            DeleteAuthTokens delete_auth_tokens "delete-auth-tokens" ["DELETE" "/{version}/users/{uid}/auth_tokens"]
            /// One auth token of a user.
            GetAuthToken get_auth_token "get-auth-token" ["GET" "/{version}/users/{uid}/auth_tokens/{authToken}"]
            /// Note the device that an auth token is used on.
            UpdateAuthToken update_auth_token "update-auth-token" ["PUT" "/{version}/users/{uid}/auth_tokens/{authToken}"]
            /// Revoke one auth token of a user.
            DeleteAuthToken delete_auth_token "delete-auth-token" ["DELETE" "/{version}/users/{uid}/auth_tokens/{authToken}"]
            /// The user of the auth token.
            GetMe get_me "get-me" ["GET" "/{version}/me"]
            /// What the user of the auth token shows over a socket.
            CreateJwt create_jwt "create-jwt" ["POST" "/{version}/me/jwt"]
            /// Begin a session with an auth token, or change one's own profile.
            UpdateMe update_me "update-me" ["PUT" "/{version}/me"]
            /// End a session: revoke its auth token.
            DeleteMe delete_me "delete-me" ["DELETE" "/{version}/me"]
            /// Take note of a client's session.
            CreateUserSession create_user_session "create-user-session" ["POST" "/{version}/user_sessions"]
            /// Where clients find this service.
            GetSettings get_settings "get-settings" ["GET" "/{version}/settings"]
            /// The groups, filtered and by page.
            ListGroups list_groups "list-groups" ["GET" "/{version}/groups"]
            /// One group.
            GetGroup get_group "get-group" ["GET" "/{version}/groups/{guid}"]
            /// Change a group, or hand it over to another owner.
            UpdateGroup update_group "update-group" ["PUT" "/{version}/groups/{guid}", "PATCH" "/{version}/groups/{guid}/owner"]
            /// Delete a group with its members and messages.
            DeleteGroup delete_group "delete-group" ["DELETE" "/{version}/groups/{guid}"]
            /// The members of a group.
            ListGroupMembers list_group_members "list-group-members" ["GET" "/{version}/groups/{guid}/members"]
            /// Give a member another scope.
            ChangeMemberScope change_member_scope "change-member-scope" ["PUT" "/{version}/groups/{guid}/members/{uid}"]
            /// Kick a member, or leave a group.
            RemoveGroupMember remove_group_member "remove-group-member" ["DELETE" "/{version}/groups/{guid}/members/{uid}", "DELETE" "/{version}/groups/{guid}/members"]
            /// Ban a user from a group.
            BanGroupMember ban_group_member "ban-group-member" ["POST" "/{version}/groups/{guid}/bannedusers/{uid}"]
            /// Lift a ban.
            UnbanGroupMember unban_group_member "unban-group-member" ["DELETE" "/{version}/groups/{guid}/bannedusers/{uid}"]
            /// The users who are banned from a group.
            ListBannedUsers list_banned_users "list-banned-users" ["GET" "/{version}/groups/{guid}/bannedusers"]
            /// Block users.
            BlockUsers block_users "block-users" ["POST" "/{version}/users/{uid}/blockedusers", "POST" "/{version}/blockedusers"]
            /// Unblock users.
            UnblockUsers unblock_users "unblock-users" ["DELETE" "/{version}/users/{uid}/blockedusers", "DELETE" "/{version}/blockedusers"]
            /// The users whom a user has blocked, or who have blocked them.
            ListBlockedUsers list_blocked_users "list-blocked-users" ["GET" "/{version}/users/{uid}/blockedusers", "GET" "/{version}/blockedusers"]
            /// Make users friends of another.
            AddFriends add_friends "add-friends" ["POST" "/{version}/users/{uid}/friends"]
            /// The friends of a user.
            ListFriends list_friends "list-friends" ["GET" "/{version}/users/{uid}/friends"]
            /// Let users be friends of another no more.
            RemoveFriends remove_friends "remove-friends" ["DELETE" "/{version}/users/{uid}/friends"]
            /// Make a role.
            CreateRole create_role "create-role" ["POST" "/{version}/roles"]
            /// The roles.
            ListRoles list_roles "list-roles" ["GET" "/{version}/roles"]
            /// One role.
            GetRole get_role "get-role" ["GET" "/{version}/roles/{role}"]
            /// Change a role.
            UpdateRole update_role "update-role" ["PUT" "/{version}/roles/{role}"]
            /// Delete a role.
            DeleteRole delete_role "delete-role" ["DELETE" "/{version}/roles/{role}"]
            /// Make a user a bot.
            CreateBot create_bot "create-bot" ["POST" "/{version}/bots"]
            /// The bots.
            ListBots list_bots "list-bots" ["GET" "/{version}/bots"]
            /// One bot.
            GetBot get_bot "get-bot" ["GET" "/{version}/bots/{uid}"]
            /// Change a bot.
            UpdateBot update_bot "update-bot" ["PUT" "/{version}/bots/{uid}"]
            /// Make a bot a plain user again.
            DeleteBot delete_bot "delete-bot" ["DELETE" "/{version}/bots/{uid}"]
            /// Make a webhook.
            CreateWebhook create_webhook "create-webhook" ["POST" "/{version}/webhooks", "POST" "/apps/{appId}/webhooks"]
            /// The webhooks.
            ListWebhooks list_webhooks "list-webhooks" ["GET" "/{version}/webhooks", "GET" "/apps/{appId}/webhooks"]
            /// One webhook.
            GetWebhook get_webhook "get-webhook" ["GET" "/{version}/webhooks/{webhookId}", "GET" "/apps/{appId}/webhooks/{webhookId}"]
            /// Change a webhook.
            UpdateWebhook update_webhook "update-webhook" ["PUT" "/{version}/webhooks/{webhookId}", "PUT" "/apps/{appId}/webhooks/{webhookId}"]
            /// Delete a webhook.
            DeleteWebhook delete_webhook "delete-webhook" ["DELETE" "/{version}/webhooks/{webhookId}", "DELETE" "/apps/{appId}/webhooks/{webhookId}"]
            /// Let a webhook be told of more.
            AddTriggers add_triggers "add-triggers" ["POST" "/{version}/webhooks/{webhookId}/triggers", "POST" "/apps/{appId}/webhooks/{webhookId}/triggers"]
            /// What a webhook is told of.
            ListTriggers list_triggers "list-triggers" ["GET" "/{version}/webhooks/{webhookId}/triggers", "GET" "/apps/{appId}/webhooks/{webhookId}/triggers"]
            /// Let a webhook be told of less.
            RemoveTriggers remove_triggers "remove-triggers" ["DELETE" "/{version}/webhooks/{webhookId}/triggers", "DELETE" "/apps/{appId}/webhooks/{webhookId}/triggers"]
            /// Make an API key.
            CreateApiKey create_api_key "create-api-key" ["POST" "/{version}/apikeys"]
            /// The API keys.
            ListApiKeys list_api_keys "list-api-keys" ["GET" "/{version}/apikeys"]
            /// One API key.
            GetApiKey get_api_key "get-api-key" ["GET" "/{version}/apikeys/{apiKey}"]
            /// Change an API key.
            UpdateApiKey update_api_key "update-api-key" ["PUT" "/{version}/apikeys/{apiKey}"]
            /// Revoke an API key.
            DeleteApiKey delete_api_key "delete-api-key" ["DELETE" "/{version}/apikeys/{apiKey}"]
            /// Register, list and forget the push tokens of the acting user.
            PushTokens push_tokens "push-tokens" ["GET" "/{version}/notifications/push/v1/tokens", "POST" "/{version}/notifications/push/v1/tokens", "DELETE" "/{version}/notifications/push/v1/tokens", "DELETE" "/{version}/notifications/push/v1/tokens/{pushToken+}"]
            /// What the acting user wants to be notified of.
            NotificationPreferences notification_preferences "notification-preferences" ["GET" "/{version}/notifications/v1/preferences", "PATCH" "/{version}/notifications/v1/preferences", "DELETE" "/{version}/notifications/v1/preferences", "GET" "/{version}/notifications/push/v1/preferences", "PATCH" "/{version}/notifications/push/v1/preferences", "DELETE" "/{version}/notifications/push/v1/preferences"]
            /// The conversations of which the acting user is not notified for a while.
            MutedConversations muted_conversations "muted-conversations" ["GET" "/{version}/notifications/v1/preferences/mute", "PUT" "/{version}/notifications/v1/preferences/mute", "DELETE" "/{version}/notifications/v1/preferences/mute", "GET" "/{version}/notifications/push/v1/preferences/mute", "PUT" "/{version}/notifications/push/v1/preferences/mute", "DELETE" "/{version}/notifications/push/v1/preferences/mute"]
            /// Where the acting user is.
            UserTimezone user_timezone "user-timezone" ["GET" "/{version}/notifications/v1/preferences/timezone", "PATCH" "/{version}/notifications/v1/preferences/timezone"]
            /// Announce files and get URLs to upload them to.
            CreateUploadUrls create_upload_urls "create-upload-urls" ["POST" "/{version}/files/upload-url"]
            /// The conversations of the acting user, or of everybody.
            ListConversations list_conversations "list-conversations" ["GET" "/{version}/conversations"]
            /// The acting user's conversation with another user.
            GetUserConversation get_user_conversation "get-user-conversation" ["GET" "/{version}/users/{uid}/conversation"]
            /// The acting user's conversation with a group.
            GetGroupConversation get_group_conversation "get-group-conversation" ["GET" "/{version}/groups/{guid}/conversation"]
            /// Tag the acting user's conversation with another user.
            UpdateUserConversation update_user_conversation "update-user-conversation" ["PUT" "/{version}/users/{uid}/conversation"]
            /// Tag the acting user's conversation with a group.
            UpdateGroupConversation update_group_conversation "update-group-conversation" ["PUT" "/{version}/groups/{guid}/conversation"]
            /// Remove the conversation with another user from the acting user's view.
            DeleteUserConversation delete_user_conversation "delete-user-conversation" ["DELETE" "/{version}/users/{uid}/conversation"]
            /// Remove the conversation with a group from the acting user's view.
            DeleteGroupConversation delete_group_conversation "delete-group-conversation" ["DELETE" "/{version}/groups/{guid}/conversation"]
            /// The acting user's conversation of this id; deprecated.
            GetConversation get_conversation "get-conversation" ["GET" "/{version}/conversations/{conversationId}"]
            /// Delete a conversation with all its messages, for everybody; deprecated.
            DeleteConversation delete_conversation "delete-conversation" ["DELETE" "/{version}/conversations/{conversationId}"]
            /// Mark messages from another user as delivered.
            MarkUserDelivered mark_user_delivered "mark-user-delivered" ["POST" "/{version}/users/{uid}/conversation/delivered"]
            /// Mark messages from a group as delivered.
            MarkGroupDelivered mark_group_delivered "mark-group-delivered" ["POST" "/{version}/groups/{guid}/conversation/delivered"]
            /// Mark messages from another user as read.
            MarkUserRead mark_user_read "mark-user-read" ["POST" "/{version}/users/{uid}/conversation/read"]
            /// Mark messages from a group as read.
            MarkGroupRead mark_group_read "mark-group-read" ["POST" "/{version}/groups/{guid}/conversation/read"]
            /// Mark messages from another user as unread again.
            MarkUserUnread mark_user_unread "mark-user-unread" ["DELETE" "/{version}/users/{uid}/conversation/read"]
            /// Mark messages from a group as unread again.
            MarkGroupUnread mark_group_unread "mark-group-unread" ["DELETE" "/{version}/groups/{guid}/conversation/read"]
            /// Pin a message in its conversation.
            PinMessage pin_message "pin-message" ["POST" "/{version}/messages/{id}/pin"]
            /// Unpin a message.
            UnpinMessage unpin_message "unpin-message" ["DELETE" "/{version}/messages/{id}/pin"]
            /// Save a message for the acting user.
            SaveMessage save_message "save-message" ["POST" "/{version}/messages/{id}/save"]
            /// Forget that the acting user has saved a message.
            UnsaveMessage unsave_message "unsave-message" ["DELETE" "/{version}/messages/{id}/save"]
            /// Pin the acting user's conversation with another user.
            PinUserConversation pin_user_conversation "pin-user-conversation" ["POST" "/{version}/users/{uid}/conversation/pin"]
            /// Pin the acting user's conversation with a group.
            PinGroupConversation pin_group_conversation "pin-group-conversation" ["POST" "/{version}/groups/{guid}/conversation/pin"]
            /// Unpin the acting user's conversation with another user.
            UnpinUserConversation unpin_user_conversation "unpin-user-conversation" ["DELETE" "/{version}/users/{uid}/conversation/pin"]
            /// Unpin the acting user's conversation with a group.
            UnpinGroupConversation unpin_group_conversation "unpin-group-conversation" ["DELETE" "/{version}/groups/{guid}/conversation/pin"]
            /// The conversations that are pinned for the whole app.
            ListPinnedConversations list_pinned_conversations "list-pinned-conversations" ["GET" "/{version}/conversations/pinned"]
            /// Replace the conversations that are pinned for the whole app.
            SetPinnedConversations set_pinned_conversations "set-pinned-conversations" ["PUT" "/{version}/conversations/pinned"]
            /// The threads of the acting user's conversations, or of the whole app.
            ListThreads list_threads "list-threads" ["GET" "/{version}/threads", "GET" "/{version}/users/{uid}/threads", "GET" "/{version}/groups/{guid}/threads"]
            /// Follow a thread.
            SubscribeThread subscribe_thread "subscribe-thread" ["POST" "/{version}/messages/{id}/thread/subscription"]
            /// Stop following a thread.
            UnsubscribeThread unsubscribe_thread "unsubscribe-thread" ["DELETE" "/{version}/messages/{id}/thread/subscription"]
            /// Note which elements of an interactive message the acting user used.
            InteractWithMessage interact_with_message "interact-with-message" ["PATCH" "/{version}/messages/{id}/interacted"]
            /// Report a message.
            FlagMessage flag_message "flag-message" ["POST" "/{version}/messages/{id}/flagged"]
            /// Make a reason for reports.
            CreateFlagReason create_flag_reason "create-flag-reason" ["POST" "/{version}/moderation/reasons"]
            /// The reasons for reports.
            ListFlagReasons list_flag_reasons "list-flag-reasons" ["GET" "/{version}/moderation/reasons"]
            /// One reason for reports.
            GetFlagReason get_flag_reason "get-flag-reason" ["GET" "/{version}/moderation/reasons/{reasonId}"]
            /// Change a reason for reports.
            UpdateFlagReason update_flag_reason "update-flag-reason" ["PUT" "/{version}/moderation/reasons/{reasonId}"]
            /// Delete a reason for reports.
            DeleteFlagReason delete_flag_reason "delete-flag-reason" ["DELETE" "/{version}/moderation/reasons/{reasonId}"]
            /// What users have reported.
            ListFlaggedMessages list_flagged_messages "list-flagged-messages" ["GET" "/{version}/moderation/flagged-messages"]
            /// Bring in what another service held: users, groups, members, messages.
            ImportData import_data "import-data" ["POST" "/{version}/data_import/users", "POST" "/{version}/data_import/groups", "POST" "/{version}/data_import/members", "POST" "/{version}/data_import/messages"]
            /// Everything that has no route: API Gateway's `$default`.
            NotFound not_found "not-found" []
        }
    };
}

macro_rules! endpoints {
    ($($(#[$doc:meta])* $name:ident $module:ident $function:literal [$($method:literal $path:literal),*])*) => {
        /// One operation of the API, and one function.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Endpoint {
            $($(#[$doc])* $name,)*
        }

        impl Endpoint {
            /// Every endpoint.
            pub const ALL: &[Endpoint] = &[$(Endpoint::$name),*];

            /// Its function: the binary, and with underscores the module of the functions crate.
            pub const fn function(self) -> &'static str {
                match self { $(Endpoint::$name => $function,)* }
            }

            /// Whether it looks into the table.
            pub const fn reads(self) -> bool {
                !matches!(self, Endpoint::GetSettings | Endpoint::NotFound)
            }

            /// Its routes: method and path, as API Gateway spells them.
            pub const fn routes(self) -> &'static [(&'static str, &'static str)] {
                match self { $(Endpoint::$name => &[$(($method, $path)),*],)* }
            }
        }
    };
}

route_table!(endpoints);
