//! Whom users reach by their roles: all others, or their friends only.
//!
//! Where this is switched off, no role can say so, and nothing looks for roles.

use std::sync::Arc;

use crate::app::App;
use crate::error::ApiError;
use crate::remembered::Remembered;
use model::problem::Code;
use model::role::{Circle, Role};
use model::uid::{RoleId, Uid};

/// Whether roles may limit users to their friends, and which do.
#[derive(Debug, Default)]
pub struct Circles {
    is_on: bool,
    known: Remembered<Vec<Role>>,
}

impl Circles {
    /// Limits that are switched on or off.
    pub fn new(is_on: bool) -> Circles {
        Circles { is_on, known: Remembered::default() }
    }

    /// Whether roles may limit users.
    pub(super) fn are_on(&self) -> bool {
        self.is_on
    }

    /// Looks at the roles anew when they are asked for next: this process has changed one.
    pub(super) fn forget(&self) {
        self.known.forget();
    }
}

/// Which roles limit in one thing those who have them.
#[derive(Clone, Debug)]
pub struct Limits {
    /// None where limits are switched off.
    roles: Option<Arc<Vec<Role>>>,
    of: fn(&Role) -> Circle,
}

impl Limits {
    /// That nobody is limited.
    pub fn none() -> Limits {
        Limits { roles: None, of: |_| Circle::All }
    }

    /// Whether any role limits anybody.
    pub fn are_any(&self) -> bool {
        self.roles.as_ref().is_some_and(|roles| roles.iter().any(|role| self.is_limit(role)))
    }

    /// Whether who has this role reaches friends only. A role that is not there any more is as the default one.
    pub fn hold(&self, id: &RoleId) -> bool {
        let Some(roles) = &self.roles else { return false };
        let of_id = |id: &RoleId| roles.iter().find(|role| role.role == *id);
        of_id(id).or_else(|| of_id(&RoleId::default())).is_some_and(|role| self.is_limit(role))
    }

    fn is_limit(&self, role: &Role) -> bool {
        (self.of)(role) == Circle::FriendsOnly
    }
}

/// Who writes to friends only, as of up to 5 seconds ago.
///
/// Cost: nothing where limits are switched off, and as a rule; else every 5 seconds 1 round trip and 1 read unit for about
/// 15 roles.
pub async fn of_senders(app: &App) -> Result<Limits, ApiError> {
    Ok(Limits { roles: known(app).await?, of: |role| role.send_messages_to })
}

/// Who sees friends only in the list of users. Cost: as [`of_senders`].
pub async fn of_listers(app: &App) -> Result<Limits, ApiError> {
    Ok(Limits { roles: known(app).await?, of: |role| role.list_users })
}

async fn known(app: &App) -> Result<Option<Arc<Vec<Role>>>, ApiError> {
    if !app.circles.is_on {
        return Ok(None);
    }
    let roles = app.circles.known.get(app.now_millis(), async || Ok(app.store.roles().await?));
    roles.await.map(Some)
}

/// The refusal of a message to somebody who is no friend.
pub fn no_friend(receiver: &Uid) -> ApiError {
    let message = format!("The role of the sender lets them write to friends only, and {receiver} is none.");
    ApiError::new(Code::PermissionDenied, message)
}
