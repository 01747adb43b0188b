//! What webhooks can be told of (contract/webhooks.md, "Triggers").

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoEnumIterator};

macro_rules! triggers {
    ($($name:ident $wire:literal $description:literal)*) => {
        /// A kind of event that webhooks can ask for.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EnumString, EnumIter,
            Display,
        )]
        pub enum Trigger {
            $(#[doc = $description] #[serde(rename = $wire)] #[strum(serialize = $wire)] $name,)*
        }

        impl Trigger {
            /// As it is called in bodies and envelopes.
            pub const fn as_str(self) -> &'static str {
                match self { $(Trigger::$name => $wire,)* }
            }

            /// When it fires, in a sentence.
            pub const fn description(self) -> &'static str {
                match self { $(Trigger::$name => $description,)* }
            }
        }
    };
}

triggers! {
    BeforeMessage "before_message" "A message is about to be stored; the answer may drop it."
    MessageSent "message_sent" "A message was sent."
    MessageEdited "message_edited" "A message was edited."
    MessageDeleted "message_deleted" "A message was deleted."
    UserMentioned "user_mentioned" "A message mentions users."
    MessageReactionAdded "message_reaction_added" "A user reacted to a message."
    MessageReactionRemoved "message_reaction_removed" "A user took a reaction back."
    MessageDeliveryReceipt "message_delivery_receipt" "A user received messages."
    MessageReadReceipt "message_read_receipt" "A user read messages."
    MessageDeliveredToAll "message_delivered_to_all" "All members of a group received messages."
    MessageReadByAll "message_read_by_all" "All members of a group read messages."
    MessagePinned "message_pinned" "A message was pinned."
    MessageUnpinned "message_unpinned" "A message was unpinned."
    UserBlocked "user_blocked" "A user blocked another."
    UserUnblocked "user_unblocked" "A user blocked another no more."
    UserConnectionStatusChanged "user_connection_status_changed" "A user came online or went offline."
    GroupCreated "group_created" "A group was created."
    GroupUpdated "group_updated" "A group was changed."
    GroupDeleted "group_deleted" "A group was deleted."
    GroupOwnerTransferred "group_owner_transferred" "A group has another owner."
    GroupMemberAdded "group_member_added" "A user was added to a group."
    GroupMemberJoined "group_member_joined" "A user joined a group."
    GroupMemberLeft "group_member_left" "A user left a group."
    GroupMemberKicked "group_member_kicked" "A user was kicked from a group."
    GroupMemberBanned "group_member_banned" "A user was banned from a group."
    GroupMemberUnbanned "group_member_unbanned" "The ban of a user was lifted."
    GroupMemberScopeChanged "group_member_scope_changed" "A member has another scope."
    PushGenerated "push-notification-payload-generated" "A user with a push token is to be notified; once for each."
}

impl Trigger {
    /// The most characters that are read of a name.
    pub const MAX_NAME: usize = 100;

    /// Reads a trigger by its name.
    pub fn parse(raw: &str) -> Result<Trigger, String> {
        raw.parse().map_err(|_| format!("names no trigger: {raw}."))
    }

    /// All of them.
    pub fn all() -> impl Iterator<Item = Trigger> {
        Trigger::iter()
    }
}

/// A trigger as lists show it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct TriggerView {
    id: Trigger,
    description: &'static str,
}

impl From<Trigger> for TriggerView {
    fn from(trigger: Trigger) -> TriggerView {
        TriggerView { id: trigger, description: trigger.description() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triggers_read_back_by_their_names() {
        assert_eq!(Trigger::all().count(), 28);
        for trigger in Trigger::all() {
            assert_eq!(Trigger::parse(trigger.as_str()).unwrap(), trigger);
            assert_eq!(serde_json::to_value(trigger).unwrap(), trigger.as_str());
        }
        assert!(Trigger::parse("call_started").is_err());
    }
}
