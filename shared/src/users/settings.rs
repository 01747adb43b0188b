//! The settings of clients (contract/uikit.md; contract/socket.md, section 1).

use std::collections::BTreeMap;

use crate::app::App;
use crate::conversations::pinned;
use crate::error::ApiError;
use crate::messages::{bookmarks, flag_reasons, pins};
use model::file::FileSize;
use model::host::Host;
use model::new_message::MAX_ATTACHMENTS;
use model::session::Parameter::{self, Limit, Switch};
use model::session::Settings;

/// The settings for a client that reached us under this name. Cost: that of [`flag_reasons::known`].
pub async fn of(app: &App, host: &Host) -> Result<Settings, ApiError> {
    Ok(Settings::new(host, &app.socket, parameters(), flag_reasons::known(app).await?))
}

/// What clients may offer. What is missing is off: they hide it, and do not move a conversation for it.
fn parameters() -> BTreeMap<&'static str, Parameter> {
    BTreeMap::from([
        // As `Store::advance_state` moves conversations; nobody sends calls.
        ("core.conversations.updateOnCallActivity", Switch(false)),
        ("core.conversations.updateOnCustomMessage", Switch(true)),
        ("core.conversations.updateOnGroupActions", Switch(true)),
        ("core.conversations.updateOnReplies", Switch(true)),
        ("features.ux.conversations.pinned.enabled", Switch(true)),
        ("features.ux.conversations.pinned.limit", limit(pinned::MAX_PINNED)),
        ("features.ux.conversations.pinned.system.limit", limit(pinned::MAX_PINNED)),
        ("features.ux.messages.pinned.enabled", Switch(true)),
        ("features.ux.messages.pinned.limit", limit(pins::MAX_PINNED)),
        ("features.ux.messages.pinned.system.limit", limit(pins::MAX_PINNED)),
        ("features.ux.messages.saved.enabled", Switch(true)),
        ("features.ux.messages.saved.limit", limit(bookmarks::MAX_SAVED)),
        ("file.count.max", limit(MAX_ATTACHMENTS)),
        ("file.size.max", Limit(FileSize::MAX)),
    ])
}

fn limit(most: usize) -> Parameter {
    Limit(most as u64)
}
