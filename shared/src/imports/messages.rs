//! Messages of the data import: with an id of their time, unread by nobody, and each `muid` once and for all.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures_util::{StreamExt, stream};
use model::conversation::ConversationId;
use model::data_import::{self, BroughtMessage, Entities};
use model::entity::Party;
use model::group::Group;
use model::id::MessageId;
use model::message::{Message, Receiver};
use model::message_view::{MessageView, Personal};
use model::problem::Code;
use model::receipt::Receipts;
use model::uid::{Guid, Uid};
use model::user::User;
use serde_json::{Map, Value, json};

use super::data_import::{AT_ONCE, Slots};
use super::people::{check_group, check_user, group_there, user_there};
use crate::app::App;
use crate::error::ApiError;
use crate::identity::hex_sha256;
use crate::messages::{mentions, send};
use crate::store::error::StoreError;
use crate::store::import::ToldMessage;

/// How often another id is drawn for a message.
const DRAWS: u64 = 8;
/// How far from the one that is taken.
const REDRAWN_BY: u64 = 100 * 1_024 + 61;

/// Whom and what messages name, as far as it is there.
#[derive(Default)]
struct Known {
    users: HashMap<Uid, User>,
    groups: HashMap<Guid, Group>,
}

/// A message that a slot tells of, before it is stored.
type Told = (String, BroughtMessage);

/// Brings in messages, each with what it needs: see [`BroughtMessage`]. One that is refused leaves nothing.
///
/// Cost: 1 round trip for each 100 users, 1 read unit each, for each 100 groups, and for the `muid`s; 6 write units for each
/// message of 1 KB, 8 messages at once; then that of [`crate::store::Store::import_surroundings`] for each conversation.
pub(super) async fn messages(app: &App, given: &[(&String, &Value)]) -> Result<Slots, ApiError> {
    let (mut slots, mut told) = (Slots::new(), Vec::new());
    for (key, value) in given {
        match Entities::Messages.entity(value).and_then(|body| data_import::message(key, body, app.now())) {
            Ok(message) => told.push(((*key).clone(), message)),
            Err(problem) => slots.push(((*key).clone(), Err(problem.into()))),
        }
    }
    // Those of one second keep the order of the body.
    told.sort_by_key(|(_, message)| message.sent_at);
    let (told, mut stored) = without_taken(app, told, &mut slots).await?;
    let mut known = look_up(app, &told).await?;
    let base = first_entropy(app)?;
    let mut prepared = Vec::new();
    for (position, (key, message)) in (0..).zip(told) {
        match prepare(app, &mut known, message, base + position).await {
            Ok(message) => prepared.push((key, message, base + position)),
            Err(error) => slots.push((key, Err(error))),
        }
    }
    let store = |(key, message, entropy)| async move { (key, store(app, message, entropy).await) };
    let outcomes: Vec<_> = stream::iter(prepared).map(store).buffered(AT_ONCE).collect().await;
    for (key, outcome) in outcomes {
        let outcome = outcome.and_then(|(message, is_new)| {
            let muid = || message.muid.as_deref().unwrap_or_default();
            let outcome = if is_new { Ok(view(&message)) } else { Err(muid_taken(muid())) };
            stored.push(message);
            outcome
        });
        slots.push((key, outcome));
    }
    surround(app, stored).await?;
    Ok(slots)
}

/// Without those whose `muid` is taken, which are refused, and the messages that took them: what follows them is done again, as
/// the first time may have ended before.
async fn without_taken(app: &App, told: Vec<Told>, slots: &mut Slots) -> Result<(Vec<Told>, Vec<Message>), ApiError> {
    let digests: Vec<String> = told.iter().map(|(_, message)| digest(&message.muid)).collect();
    let taken = app.store.told_before(&digests).await?;
    let (mut left, mut there) = (Vec::new(), Vec::new());
    for (digest, (key, message)) in digests.iter().zip(told) {
        let Some(id) = taken.get(digest) else {
            left.push((key, message));
            continue;
        };
        there.push((ConversationId::of(&message.sender, &message.receiver), *id));
        slots.push((key, Err(muid_taken(&message.muid))));
    }
    let there = there.iter().map(|(conversation, id)| (conversation, *id));
    Ok((left, app.store.messages_by_id(there).await?))
}

/// Does what follows messages that are stored.
async fn surround(app: &App, stored: Vec<Message>) -> Result<(), ApiError> {
    let mut conversations: BTreeMap<ConversationId, BTreeMap<MessageId, Message>> = BTreeMap::new();
    for message in stored {
        conversations.entry(message.conversation.clone()).or_default().insert(message.id, message);
    }
    for messages in conversations.values() {
        app.store.import_surroundings(&messages.values().collect::<Vec<_>>()).await?;
    }
    Ok(())
}

/// Where the ids of a request begin within their seconds: somewhere among the 4,096,000 of one, and low enough among the 1,024
/// that those of long ago have for all of a request to rise.
fn first_entropy(app: &App) -> Result<u64, ApiError> {
    let [high, low] = app.random_bytes::<2>()?.map(u64::from);
    let [other, another] = app.random_bytes::<2>()?.map(u64::from);
    Ok(((high << 8 | low) % 3_990) * 1_024 + (other << 8 | another) % 900)
}

fn digest(muid: &str) -> String {
    hex_sha256(muid.as_bytes())
}

fn muid_taken(muid: &str) -> ApiError {
    ApiError::new(Code::ImportMuidAlreadyExists, format!("A message with the muid {muid} was brought in before."))
}

/// All users and groups that messages name.
async fn look_up(app: &App, told: &[Told]) -> Result<Known, ApiError> {
    let (mut uids, mut guids) = (BTreeSet::new(), BTreeSet::new());
    for (_, message) in told {
        uids.insert(message.sender.clone());
        uids.extend(mentions::mentioned(&message.content.data).unwrap_or_default());
        match &message.receiver {
            Receiver::User(uid) => drop(uids.insert(uid.clone())),
            Receiver::Group(guid) => drop(guids.insert(guid.clone())),
        }
    }
    let users = app.store.users(&uids.iter().collect::<Vec<_>>()).await?;
    let groups = app.store.groups_for(&guids.into_iter().collect::<Vec<_>>(), None).await?;
    let app_system = (Uid::app_system(), User::app_system());
    Ok(Known {
        users: users.into_iter().map(|user| (user.uid.clone(), user)).chain([app_system]).collect(),
        groups: groups.into_iter().map(|(group, _)| (group.guid.clone(), group)).collect(),
    })
}

/// The message as it is stored; who and what it describes is made if it is not there, once nothing refuses the message any more.
async fn prepare(app: &App, known: &mut Known, brought: BroughtMessage, entropy: u64) -> Result<Message, ApiError> {
    let mentions = mentions_of(known, &brought)?;
    check(app, known, &brought).await?;
    for user in &brought.users {
        if !known.users.contains_key(&user.uid) {
            known.users.insert(user.uid.clone(), user_there(app, user).await?);
        }
    }
    if let Some(group) = brought.group
        && !known.groups.contains_key(&group.group.guid)
    {
        known.groups.insert(group.group.guid.clone(), group_there(app, group).await?);
    }
    let sender = known.users.get(&brought.sender).ok_or_else(|| ApiError::uid_not_found(&brought.sender))?;
    let party = match &brought.receiver {
        Receiver::User(uid) => known.users.get(uid).cloned().map(Party::User),
        Receiver::Group(guid) => known.groups.get(guid).cloned().map(Party::Group),
    };
    let party = party.ok_or_else(|| receiver_not_found(&brought.receiver))?;
    let conversation = ConversationId::of(&sender.uid, &brought.receiver);
    let entities = send::entities(sender, &party, &conversation);
    let kind = (brought.content.category, brought.content.message_type);
    let (uid, data) = (sender.uid.clone(), brought.content.data);
    let id = MessageId::of_past(brought.sent_at, entropy);
    let message = Message::new(id, conversation, uid, brought.receiver, kind, data, entities);
    Ok(Message {
        dated_at: Some(brought.sent_at).filter(|_| !id.tells_time()),
        updated_at: brought.sent_at,
        mentions,
        tags: brought.content.tags,
        muid: Some(brought.muid),
        members_count: party.members_count(),
        history: Some(Receipts { delivered_at: brought.delivered_at, read_at: brought.read_at }),
        ..message
    })
}

/// Whom a message mentions, of those who are there or will be.
fn mentions_of(known: &Known, brought: &BroughtMessage) -> Result<Map<String, Value>, ApiError> {
    let mentioned = mentions::mentioned(&brought.content.data)?;
    let described = |uid: &Uid| brought.users.iter().find(|user| user.uid == *uid);
    let mentioned = mentioned.iter().filter_map(|uid| known.users.get(uid).or_else(|| described(uid)).cloned());
    mentions::mentions(&mentioned.collect::<Vec<User>>(), &brought.sender)
}

/// Refuses a message whose sender or receiver is neither there nor described, or that describes somebody who cannot be made.
async fn check(app: &App, known: &Known, brought: &BroughtMessage) -> Result<(), ApiError> {
    let is_described = |uid: &Uid| brought.users.iter().any(|user| user.uid == *uid);
    let is_there = |uid: &Uid| known.users.contains_key(uid) || is_described(uid);
    if !is_there(&brought.sender) {
        return Err(ApiError::uid_not_found(&brought.sender));
    }
    let is_received = match &brought.receiver {
        Receiver::User(uid) => is_there(uid),
        Receiver::Group(guid) => known.groups.contains_key(guid) || brought.group.is_some(),
    };
    if !is_received {
        return Err(receiver_not_found(&brought.receiver));
    }
    for user in brought.users.iter().filter(|user| !known.users.contains_key(&user.uid)) {
        check_user(app, user).await?;
    }
    match brought.group.as_ref().filter(|group| !known.groups.contains_key(&group.group.guid)) {
        Some(group) => check_group(app, group, is_there).await,
        None => Ok(()),
    }
}

fn receiver_not_found(receiver: &Receiver) -> ApiError {
    match receiver {
        Receiver::User(uid) => ApiError::uid_not_found(uid),
        Receiver::Group(guid) => ApiError::guid_not_found(guid),
    }
}

/// Stores a message, under another id where its own is taken. Says whether it is new; one that is not is that which was brought in
/// under its `muid` at the same time.
async fn store(app: &App, mut message: Message, entropy: u64) -> Result<(Message, bool), ApiError> {
    let muid = message.muid.clone().unwrap_or_default();
    for draw in 0..DRAWS {
        message.id = MessageId::of_past(message.sent_at(), entropy + draw * REDRAWN_BY);
        match app.store.import_told(&message, &digest(&muid)).await? {
            ToldMessage::Done => return Ok((message, true)),
            ToldMessage::IdTaken => {}
            ToldMessage::MuidTaken(id) => {
                let there = app.store.messages_by_id([(&message.conversation, id)].into_iter()).await?.pop();
                return Ok((there.ok_or_else(|| muid_taken(&muid))?, false));
            }
        }
    }
    Err(StoreError::Conflict.into())
}

/// The message as it is answered, with its receipts.
fn view(message: &Message) -> Value {
    let view = MessageView::of(message, &[], |_| None).with_tags(message);
    json!(view.to_viewer(Personal { receipts: message.history.unwrap_or_default(), ..Personal::default() }))
}
