//! Push tokens: by them Google and Apple know the app on a device.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::fields::{self, FieldProblem, Fields};
use super::problem::{Details, Problem};
use super::time::Seconds;
use super::time_zone::TimeZone;
use super::uid::Uid;

/// A push token as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PushToken {
    /// Whose device it is.
    pub uid: Uid,
    /// What Google or Apple calls the app there.
    pub push_token: String,
    /// Its hex SHA-256, by which it is looked up.
    pub digest: String,
    /// For what it is.
    pub push_token_type: PushTokenType,
    /// Of which sort of app, such as `fcm_android`.
    pub platform: String,
    /// Which credentials of the owner send to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
    /// The digest of the auth token with which it goes; without one it was registered by the app for the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// When it was first registered.
    pub created_at: Seconds,
    /// When it was last registered.
    pub updated_at: Seconds,
}

/// For what a push token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PushTokenType {
    /// Messages.
    Chat,
    /// Calls, on Apple's devices.
    Voip,
}

impl PushToken {
    /// The most push tokens of a user; the oldest goes when another one is registered.
    pub const MAX: usize = 100;
}

/// A push token as it is answered, and as webhooks are told of it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PushTokenView<'a> {
    uid: &'a Uid,
    push_token: &'a str,
    push_token_type: PushTokenType,
    platform: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_id: Option<&'a str>,
    created_at: Seconds,
    updated_at: Seconds,
}

impl<'a> PushTokenView<'a> {
    /// Of the auth token only its digest is known, so it is not shown.
    pub fn of(token: &'a PushToken) -> PushTokenView<'a> {
        PushTokenView {
            uid: &token.uid,
            push_token: &token.push_token,
            push_token_type: token.push_token_type,
            platform: &token.platform,
            provider_id: token.provider_id.as_deref(),
            created_at: token.created_at,
            updated_at: token.updated_at,
        }
    }
}

/// A push token as a body registers it.
#[derive(Clone, Debug)]
pub struct NewPushToken {
    /// The token.
    pub push_token: String,
    /// For what it is.
    pub push_token_type: PushTokenType,
    /// Of which sort of app.
    pub platform: String,
    /// Which credentials of the owner send to it.
    pub provider_id: Option<String>,
    /// Where the device is.
    pub time_zone: Option<TimeZone>,
}

/// The most characters of a platform or of a provider's id.
const MAX_NAME: usize = 100;

impl NewPushToken {
    /// Reads and validates the body: a platform and one token, by whichever of its names.
    pub fn parse(body: &Map<String, Value>) -> Result<NewPushToken, Problem> {
        let mut fields = Fields::of(body);
        let platform = fields.required("platform", fields::text::<MAX_NAME>);
        let provider_id = fields.optional("providerId", fields::text::<MAX_NAME>);
        let time_zone = fields.optional("timezone", fields::parsed(TimeZone::parse));
        let given: Vec<_> =
            NAMES.into_iter().filter(|(name, _)| body.get(*name).is_some_and(|token| !token.is_null())).collect();
        let [(name, push_token_type)] = given.as_slice() else {
            fields.note("fcmToken", "or `deviceToken` or `voipToken` is required, one of them.");
            fields.finish()?;
            return Err(Problem::invalid(Details::new()));
        };
        let push_token = fields.required(name, token).unwrap_or_default();
        fields.finish()?;
        let (platform, push_token_type) = (platform.unwrap_or_default(), *push_token_type);
        Ok(NewPushToken { push_token, push_token_type, platform, provider_id, time_zone })
    }
}

/// What a token is called in bodies, and for what it is then.
const NAMES: [(&str, PushTokenType); 3] =
    [("fcmToken", PushTokenType::Chat), ("deviceToken", PushTokenType::Chat), ("voipToken", PushTokenType::Voip)];

/// A token as Google and Apple make them: up to 4,096 printable ASCII characters, no blanks.
fn token(value: &Value) -> Result<String, FieldProblem> {
    let token = fields::text::<4_096>(value)?;
    let is_plain = token.bytes().all(|byte| byte.is_ascii_graphic());
    if is_plain { Ok(token) } else { Err("must be printable ASCII without blanks.".to_owned()) }
}
