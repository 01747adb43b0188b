//! What a request says of who asks; nothing of it is proved yet.

use model::event::{DeviceId, Origin};
use model::problem::Code;
use model::uid::Uid;

use super::Identity;
use crate::error::ApiError;

/// Whom an API key acts for, as a request names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OnBehalfOf {
    /// Nobody is named: the app acts.
    #[default]
    App,
    /// This user.
    User(Uid),
    /// Somebody is named by nothing at all.
    Blank,
    /// Somebody is named by what is no UID.
    Unknown,
}

impl OnBehalfOf {
    /// Reads a name, which need not be text.
    pub fn parse(raw: &[u8]) -> OnBehalfOf {
        if raw.iter().all(u8::is_ascii_whitespace) {
            return OnBehalfOf::Blank;
        }
        match std::str::from_utf8(raw).ok().and_then(|raw| Uid::parse(raw).ok()) {
            Some(uid) if uid == Uid::app_system() => OnBehalfOf::App,
            Some(uid) => OnBehalfOf::User(uid),
            None => OnBehalfOf::Unknown,
        }
    }
}

/// Who says that they ask, and from where.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    /// The API key, if one is given.
    pub api_key: Option<String>,
    /// The auth token, if one is given.
    pub auth_token: Option<String>,
    /// Whom a key acts for; none if nobody is named.
    pub on_behalf_of: Option<OnBehalfOf>,
    /// The device.
    pub device: Option<DeviceId>,
}

impl Caller {
    /// The origin of what `actor` does by this request.
    pub fn origin(&self, actor: Uid) -> Origin {
        Origin { actor, device: self.device.clone() }
    }

    /// A client whose own variable is empty means some user; as the app it would do what that user may not.
    pub(super) fn require_no_blank_name(&self) -> Result<(), ApiError> {
        match self.on_behalf_of {
            Some(OnBehalfOf::Blank) => {
                Err(ApiError::field("onBehalfOf", "must not be empty; leave the header out to act as the app."))
            }
            _ => Ok(()),
        }
    }

    /// As whom an API key acts.
    pub(super) fn named(&self) -> Result<Identity, ApiError> {
        match &self.on_behalf_of {
            None | Some(OnBehalfOf::App) => Ok(Identity::App),
            Some(OnBehalfOf::User(uid)) => Ok(Identity::User(uid.clone())),
            Some(OnBehalfOf::Blank | OnBehalfOf::Unknown) => {
                Err(ApiError::new(Code::UidNotFound, "The onBehalfOf header names no user."))
            }
        }
    }
}
