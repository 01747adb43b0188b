//! Pinned conversations: a user's own, and those of the whole app (contract/extras.md, "Pinned conversations").

use lambda_http::Request;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::conversations::find;
use crate::conversations::list;
use crate::error::ApiError;
use crate::http::request;
use crate::messages::access;
use crate::store::error::StoreError;
use crate::store::pin::ConversationPin;
use model::conversation_view::{ConversationView, SystemPinView};
use model::fields::{self, Fields};
use model::group::GroupView;
use model::message::Receiver;
use model::problem::Code;
use model::uid::{Guid, Uid};
use model::user::{User, UserView};

/// The most conversations that a user pins, and the most that the app pins.
pub(crate) const MAX_PINNED: usize = 5;
/// How often a change is tried again when the same list was changed meanwhile.
const ATTEMPTS: usize = 5;

/// Pins the acting user's conversation with `with`, or unpins it; either changes nothing if it is so already.
///
/// Cost: 7 round trips, 2 write units.
pub async fn set(app: &App, req: &Request, with: &Receiver, is_pinned: bool) -> Result<ConversationView, ApiError> {
    let user = access::acting_user(app, &request::caller(req)).await?;
    let uid = &user.uid;
    let entry = find::accessible(app, &user, with).await?;
    for _ in 0..ATTEMPTS {
        let [mine, system] = app.store.pinned_conversations_of([uid, &Uid::app_system()]).await?;
        if system.pins.iter().any(|pin| pin.with == *with) {
            let sentence = format!("The conversation with {} is pinned by the app.", with.as_str());
            return Err(ApiError::new(Code::SystemPinnedConversation, sentence));
        }
        let mut pins = mine.pins.clone();
        match (is_pinned, pins.iter().position(|pin| pin.with == *with)) {
            (true, Some(_)) | (false, None) => return list::view(app, uid, entry).await,
            (false, Some(at)) => drop(pins.remove(at)),
            (true, None) if MAX_PINNED <= pins.len() => {
                // Conversations that the user has removed or left make room.
                pins = alive(app, &user, pins).await?;
                if pins.len() < MAX_PINNED {
                    app.store.replace_pinned_conversations(uid, &mine, pins).await?;
                    continue;
                }
                let sentence = format!("A user has {MAX_PINNED} pinned conversations at the most.");
                return Err(ApiError::new(Code::PinnedConversationsLimit, sentence));
            }
            (true, None) => pins.push(ConversationPin { with: with.clone(), pinned_at: app.now() }),
        }
        if app.store.replace_pinned_conversations(uid, &mine, pins).await? {
            return list::view(app, uid, entry).await;
        }
    }
    Err(StoreError::Conflict.into())
}

/// The pins of conversations that the user still has.
async fn alive(app: &App, user: &User, pins: Vec<ConversationPin>) -> Result<Vec<ConversationPin>, ApiError> {
    let mut alive = Vec::new();
    for pin in pins {
        match find::accessible(app, user, &pin.with).await {
            Ok(_) => alive.push(pin),
            Err(ApiError::Refused(_)) => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(alive)
}

/// What is pinned for the whole app, in its order.
///
/// Cost: 2 round trips, 1 read unit and 1 for each.
pub async fn of_app(app: &App) -> Result<Vec<SystemPinView>, ApiError> {
    let pinned = app.store.pinned_conversations(&Uid::app_system()).await?;
    let withs: Vec<&Receiver> = pinned.pins.iter().map(|pin| &pin.with).collect();
    let others = others(app, &withs).await?;
    // Who is gone since is not shown.
    let views = pinned
        .pins
        .iter()
        .zip(others)
        .filter_map(|(pin, other)| Some(SystemPinView::of(&pin.with, other?, pin.pinned_at)));
    Ok(views.collect())
}

/// Replaces what is pinned for the whole app by the body's `pinnedConversations`; what was pinned keeps its time.
///
/// Cost: 4 round trips, 2 write units.
pub async fn replace_for_app(app: &App, body: &Map<String, Value>) -> Result<Vec<SystemPinView>, ApiError> {
    let mut fields = Fields::of(body);
    let given = fields.required("pinnedConversations", fields::array(one_side)).unwrap_or_default();
    fields.finish()?;
    let mut withs: Vec<Receiver> = Vec::new();
    for with in given {
        if !withs.contains(&with) {
            withs.push(with);
        }
    }
    if MAX_PINNED < withs.len() {
        let sentence = format!("The app has {MAX_PINNED} pinned conversations at the most.");
        return Err(ApiError::new(Code::SystemPinnedConversationsLimit, sentence));
    }
    let known = others(app, &withs.iter().collect::<Vec<_>>()).await?;
    for (with, known) in withs.iter().zip(known) {
        match with {
            Receiver::User(uid) if known.is_none() => return Err(ApiError::uid_not_found(uid)),
            Receiver::Group(guid) if known.is_none() => return Err(ApiError::guid_not_found(guid)),
            _ => {}
        }
    }
    for _ in 0..ATTEMPTS {
        let before = app.store.pinned_conversations(&Uid::app_system()).await?;
        let since = |with: &Receiver| before.pins.iter().find(|pin| pin.with == *with).map(|pin| pin.pinned_at);
        let pins = withs
            .iter()
            .map(|with| ConversationPin { with: with.clone(), pinned_at: since(with).unwrap_or_else(|| app.now()) });
        if app.store.replace_pinned_conversations(&Uid::app_system(), &before, pins.collect()).await? {
            return of_app(app).await;
        }
    }
    Err(StoreError::Conflict.into())
}

/// `{"uid": …}` or `{"guid": …}`.
fn one_side(value: &Value) -> Result<Receiver, fields::FieldProblem> {
    let side = |name: &str| value.get(name).and_then(Value::as_str);
    match (side("uid"), side("guid")) {
        (Some(uid), None) => Uid::parse(uid).map(Receiver::User).map_err(|problem| problem.to_string()),
        (None, Some(guid)) => Guid::parse(guid).map(Receiver::Group).map_err(|problem| problem.to_string()),
        _ => Err("must be an object with either a uid or a guid.".to_owned()),
    }
}

/// These users and groups as everybody sees them, in their order; none for one that does not exist.
async fn others(app: &App, withs: &[&Receiver]) -> Result<Vec<Option<Value>>, ApiError> {
    let (mut uids, mut guids) = (Vec::new(), Vec::new());
    for with in withs {
        match with {
            Receiver::User(uid) => uids.push(uid),
            Receiver::Group(guid) => guids.push(guid.clone()),
        }
    }
    let users = app.store.users(&uids).await?;
    let groups = app.store.groups_for(&guids, None).await?;
    let view = |with: &&Receiver| match with {
        Receiver::User(uid) => {
            let user = users.iter().find(|user| user.uid == *uid && User::is_active(user));
            user.map(|user| json!(UserView::of(user)))
        }
        Receiver::Group(guid) => {
            let group = groups.iter().find(|(group, _)| group.guid == *guid);
            group.map(|(group, _)| json!(GroupView::of(group).without_tags()))
        }
    };
    Ok(withs.iter().map(view).collect())
}
