//! The handler of each endpoint. A forgotten one does not compile.

use shared::lambda::Handler;
use shared::routes::Endpoint;

/// What answers this endpoint.
pub fn handler(endpoint: Endpoint) -> Handler {
    match endpoint {
        Endpoint::SendMessage => send_message::HANDLER,
        Endpoint::GetMessage => get_message::HANDLER,
        Endpoint::ListUserMessages => list_user_messages::HANDLER,
        Endpoint::ListGroupMessages => list_group_messages::HANDLER,
        Endpoint::CreateUser => create_user::HANDLER,
        Endpoint::GetUser => get_user::HANDLER,
        Endpoint::CreateGroup => create_group::HANDLER,
        Endpoint::AddGroupMembers => add_group_members::HANDLER,
        Endpoint::ListUsers => list_users::HANDLER,
        Endpoint::UpdateUser => update_user::HANDLER,
        Endpoint::DeleteUser => delete_user::HANDLER,
        Endpoint::DeactivateUsers => deactivate_users::HANDLER,
        Endpoint::ReactivateUsers => reactivate_users::HANDLER,
        Endpoint::CreateAuthToken => create_auth_token::HANDLER,
        Endpoint::ListAuthTokens => list_auth_tokens::HANDLER,
        Endpoint::DeleteAuthTokens => delete_auth_tokens::HANDLER,
        Endpoint::GetAuthToken => get_auth_token::HANDLER,
        Endpoint::UpdateAuthToken => update_auth_token::HANDLER,
        Endpoint::DeleteAuthToken => delete_auth_token::HANDLER,
        Endpoint::GetMe => get_me::HANDLER,
        Endpoint::UpdateMe => update_me::HANDLER,
        Endpoint::DeleteMe => delete_me::HANDLER,
        Endpoint::CreateUserSession => create_user_session::HANDLER,
        Endpoint::GetSettings => get_settings::HANDLER,
        Endpoint::ListGroups => list_groups::HANDLER,
        Endpoint::GetGroup => get_group::HANDLER,
        Endpoint::UpdateGroup => update_group::HANDLER,
        Endpoint::DeleteGroup => delete_group::HANDLER,
        Endpoint::ListGroupMembers => list_group_members::HANDLER,
        Endpoint::ChangeMemberScope => change_member_scope::HANDLER,
        Endpoint::RemoveGroupMember => remove_group_member::HANDLER,
        Endpoint::BanGroupMember => ban_group_member::HANDLER,
        Endpoint::UnbanGroupMember => unban_group_member::HANDLER,
        Endpoint::ListBannedUsers => list_banned_users::HANDLER,
        Endpoint::BlockUsers => block_users::HANDLER,
        Endpoint::UnblockUsers => unblock_users::HANDLER,
        Endpoint::ListBlockedUsers => list_blocked_users::HANDLER,
        Endpoint::CreateBot => create_bot::HANDLER,
        Endpoint::ListBots => list_bots::HANDLER,
        Endpoint::GetBot => get_bot::HANDLER,
        Endpoint::UpdateBot => update_bot::HANDLER,
        Endpoint::DeleteBot => delete_bot::HANDLER,
        Endpoint::NotFound => not_found::HANDLER,
    }
}
