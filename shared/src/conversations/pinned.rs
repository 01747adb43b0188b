//! Pinned conversations: a user's own, and those of the whole app (contract/extras.md, "Pinned conversations").

use serde_json::{Map, Value, json};

use crate::app::App;
use crate::conversations::find;
use crate::conversations::view;
use crate::error::ApiError;
use crate::identity::Caller;
use crate::messages::access;
use crate::store::batch::{Batch, Known};
use crate::store::conversation_pin::{ConversationPin, PinnedConversations, Replaced};
use crate::store::error::StoreError;
use crate::store::tries::Tries;
use model::conversation_view::{ConversationView, PinView, SystemPinView};
use model::event::{Audience, Event, EventKind, Origin};
use model::fields::{self, Fields};
use model::group_view::GroupView;
use model::message::Receiver;
use model::problem::{Code, Problem};
use model::uid::{Guid, Uid};
use model::user::{User, UserView};

/// The most conversations that a user pins, and the most that the app pins.
pub(crate) const MAX_PINNED: usize = 5;

/// What a user sees pinned.
#[derive(Clone, Debug)]
pub(super) struct Pins {
    of_app: PinnedConversations,
    uid: Uid,
    own: PinnedConversations,
}

/// Where a conversation stands among others by whom it is pinned: those of the app come first, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// The app pinned it, as so many others before it.
    OfApp(usize),
    /// The user did.
    Own,
    /// Nobody did.
    Unpinned,
}

impl Pins {
    /// The batch with what [`Pins::among`] is read from.
    pub(super) fn looked_at(batch: Batch, uid: &Uid) -> Batch {
        batch.pinned_conversations(uid).pinned_conversations(&Uid::app_system())
    }

    pub(super) fn among(facts: &Known, uid: &Uid) -> Result<Pins, StoreError> {
        let of_app = facts.pinned_conversations(&Uid::app_system())?;
        Ok(Pins { of_app, uid: uid.clone(), own: facts.pinned_conversations(uid)? })
    }

    /// The pin of the conversation with `other`; that of the app beats the user's own.
    pub(super) fn pin_of(&self, other: &Receiver) -> Option<PinView> {
        let by = |by: &Uid, pinned: &PinnedConversations| {
            let pin = pinned.pins.iter().find(|pin| pin.with == *other)?;
            Some(PinView { pinned_by: by.clone(), pinned_at: pin.pinned_at })
        };
        by(&Uid::app_system(), &self.of_app).or_else(|| by(&self.uid, &self.own))
    }

    /// Where the conversation with `other` stands.
    pub(super) fn rank_of(&self, other: &Receiver) -> Rank {
        let place = |pinned: &PinnedConversations| pinned.pins.iter().position(|pin| pin.with == *other);
        match (place(&self.of_app), place(&self.own)) {
            (Some(place), _) => Rank::OfApp(place),
            (None, Some(_)) => Rank::Own,
            (None, None) => Rank::Unpinned,
        }
    }
}

/// Pins the acting user's conversation with `with`; changes nothing if it is pinned already.
///
/// Cost: 7 round trips, 2 write units.
pub async fn pin(app: &App, caller: &Caller, with: &Receiver) -> Result<ConversationView, ApiError> {
    set(app, caller, with, Wanted::Pinned).await
}

/// Unpins the acting user's conversation with `with`; changes nothing if it is not pinned.
///
/// Cost: as [`pin`].
pub async fn unpin(app: &App, caller: &Caller, with: &Receiver) -> Result<ConversationView, ApiError> {
    set(app, caller, with, Wanted::Unpinned).await
}

/// What a conversation is to be.
#[derive(Clone, Copy)]
enum Wanted {
    Pinned,
    Unpinned,
}

async fn set(app: &App, caller: &Caller, with: &Receiver, wanted: Wanted) -> Result<ConversationView, ApiError> {
    let user = access::acting_user(app, caller).await?;
    let uid = &user.uid;
    let conversation = find::accessible(app, &user, with).await?;
    let mut tries = Tries::begin();
    loop {
        let [mine, system] = app.store.pinned_conversations_of([uid, &Uid::app_system()]).await?;
        if system.pins.iter().any(|pin| pin.with == *with) {
            let sentence = format!("The conversation with {} is pinned by the app.", with.as_str());
            return Err(ApiError::new(Code::SystemPinnedConversation, sentence));
        }
        let mut pins = mine.pins.clone();
        match (wanted, pins.iter().position(|pin| pin.with == *with)) {
            (Wanted::Pinned, Some(_)) | (Wanted::Unpinned, None) => return view::one(app, uid, conversation).await,
            (Wanted::Unpinned, Some(at)) => drop(pins.remove(at)),
            (Wanted::Pinned, None) if MAX_PINNED <= pins.len() => {
                make_room(app, &caller.origin(uid.clone()), &user, &mine).await?;
                tries.again().await?;
                continue;
            }
            (Wanted::Pinned, None) => pins.push(ConversationPin { with: with.clone(), pinned_at: app.now() }),
        }
        let event = change(app, &caller.origin(uid.clone()), Audience::User(uid.clone()), &mine.pins, &pins);
        if app.store.replace_pinned_conversations(uid, &mine, pins, Some(&event)).await? == Replaced::Done {
            return view::one(app, uid, conversation).await;
        }
        tries.again().await?;
    }
}

/// The event of a list that was `before` and is `after`.
fn change(
    app: &App,
    origin: &Origin,
    audience: Audience,
    before: &[ConversationPin],
    after: &[ConversationPin],
) -> Event {
    let beyond = |these: &[ConversationPin], those: &[ConversationPin]| {
        let only = these.iter().filter(|this| those.iter().all(|that| that.with != this.with));
        only.map(|pin| pin.with.clone()).collect::<Vec<Receiver>>()
    };
    let kind = EventKind::ConversationsPinned { pinned: beyond(after, before), unpinned: beyond(before, after) };
    app.event(origin, audience, kind)
}

/// Takes conversations that the user has removed or left off their full list; refused if there is none. They are told to
/// be pinned no more, because a conversation that begins anew would be shown as pinned until then.
async fn make_room(app: &App, origin: &Origin, user: &User, full: &PinnedConversations) -> Result<(), ApiError> {
    let pins = alive(app, user, full.pins.clone()).await?;
    if MAX_PINNED <= pins.len() {
        let sentence = format!("A user has {MAX_PINNED} pinned conversations at the most.");
        return Err(ApiError::new(Code::PinnedConversationsLimit, sentence));
    }
    let event = change(app, origin, Audience::User(user.uid.clone()), &full.pins, &pins);
    match app.store.replace_pinned_conversations(&user.uid, full, pins, Some(&event)).await? {
        // The list is read again either way.
        Replaced::Done | Replaced::Stale => Ok(()),
    }
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

/// Takes a conversation out of what an owner has pinned, because its other side is deleted, of which everybody was told.
///
/// Cost: 1 round trip; 1 more and 2 write units if it is pinned.
pub(crate) async fn forget(app: &App, owner: &Uid, with: &Receiver) -> Result<(), ApiError> {
    let mut tries = Tries::begin();
    loop {
        let before = app.store.pinned_conversations(owner).await?;
        let pins: Vec<ConversationPin> = before.pins.iter().filter(|pin| pin.with != *with).cloned().collect();
        if pins.len() == before.pins.len()
            || app.store.replace_pinned_conversations(owner, &before, pins, None).await? == Replaced::Done
        {
            return Ok(());
        }
        tries.again().await?;
    }
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

/// Reads what a body wants pinned for the whole app, each once.
pub fn parse(body: &Map<String, Value>) -> Result<Vec<Receiver>, Problem> {
    let mut fields = Fields::of(body);
    let given = fields.required("pinnedConversations", fields::names(one_side)).unwrap_or_default();
    fields.finish()?;
    let mut withs: Vec<Receiver> = Vec::new();
    for with in given {
        if !withs.contains(&with) {
            withs.push(with);
        }
    }
    if MAX_PINNED < withs.len() {
        let sentence = format!("The app has {MAX_PINNED} pinned conversations at the most.");
        return Err(Problem::new(Code::SystemPinnedConversationsLimit, sentence));
    }
    Ok(withs)
}

/// Replaces what is pinned for the whole app; what was pinned keeps its time.
///
/// Cost: 4 round trips, 2 write units.
pub async fn replace_for_app(app: &App, origin: &Origin, withs: &[Receiver]) -> Result<Vec<SystemPinView>, ApiError> {
    let known = others(app, &withs.iter().collect::<Vec<_>>()).await?;
    for (with, known) in withs.iter().zip(known) {
        match with {
            Receiver::User(uid) if known.is_none() => return Err(ApiError::uid_not_found(uid)),
            Receiver::Group(guid) if known.is_none() => return Err(ApiError::guid_not_found(guid)),
            _ => {}
        }
    }
    let mut tries = Tries::begin();
    loop {
        let before = app.store.pinned_conversations(&Uid::app_system()).await?;
        let since = |with: &Receiver| before.pins.iter().find(|pin| pin.with == *with).map(|pin| pin.pinned_at);
        let pin = |with: &Receiver| ConversationPin {
            with: with.clone(),
            pinned_at: since(with).unwrap_or_else(|| app.now()),
        };
        let pins: Vec<ConversationPin> = withs.iter().map(pin).collect();
        let event = (pins != before.pins).then(|| change(app, origin, Audience::Everybody, &before.pins, &pins));
        let system = &Uid::app_system();
        if app.store.replace_pinned_conversations(system, &before, pins, event.as_ref()).await? == Replaced::Done {
            return of_app(app).await;
        }
        tries.again().await?;
    }
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
