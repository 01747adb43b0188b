//! Messages of the data import: with an id of their time, unread by nobody, and each `muid` once and for all.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures_util::{StreamExt, TryStreamExt, stream};
use model::conversation::ConversationId;
use model::data_import::{self, BroughtMessage, Entities};
use model::entity::Party;
use model::group::Group;
use model::id::MessageId;
use model::message::{Message, Receiver};
use model::message_view::MessageView;
use model::problem::Code;
use model::uid::{Guid, Uid};
use model::user::User;
use serde_json::{Value, json};

use super::data_import::{AT_ONCE, Slots};
use super::people::{group_there, user_there};
use crate::app::App;
use crate::error::ApiError;
use crate::identity::hex_sha256;
use crate::messages::{mentions, send};
use crate::store::error::StoreError;
use crate::store::import::{ToldMessage, WithReceipts};
use crate::store::message::Looks;

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

/// Brings in messages, each with what it needs: see [`BroughtMessage`].
///
/// Cost: 1 round trip for each 100 users, 1 read unit each, and for each 100 groups; 6 write units for each message of 1 KB,
/// 8 messages at once; then that of [`crate::store::Store::import_surroundings`] for each conversation.
pub(super) async fn messages(app: &App, given: &[(&String, &Value)]) -> Result<Slots, ApiError> {
    let (mut slots, mut brought) = (Slots::new(), Vec::new());
    for (key, value) in given {
        match Entities::Messages.entity(value).and_then(|body| data_import::message(key, body, app.now())) {
            Ok(message) => brought.push(((*key).clone(), message)),
            Err(problem) => slots.push(((*key).clone(), Err(problem.into()))),
        }
    }
    // Those of one second keep the order of the body.
    brought.sort_by_key(|(_, message)| message.sent_at);
    let mut known = look_up(app, &brought).await?;
    let base = first_entropy(app)?;
    let mut prepared = Vec::new();
    for (position, (key, message)) in (0..).zip(brought) {
        match prepare(app, &mut known, message, base + position).await {
            Ok(told) => prepared.push((key, told, base + position)),
            Err(error) => slots.push((key, Err(error))),
        }
    }
    let store = |(key, told, entropy)| async move { Ok::<_, ApiError>((key, stored(app, told, entropy).await)) };
    let stored: Vec<_> = stream::iter(prepared).map(store).buffered(AT_ONCE).try_collect().await?;
    let mut conversations: BTreeMap<ConversationId, Vec<WithReceipts>> = BTreeMap::new();
    for (key, outcome) in stored {
        let outcome = outcome.map(|(told, is_new)| {
            let view = view(&told);
            let muid = told.message.muid.clone().unwrap_or_default();
            conversations.entry(told.message.conversation.clone()).or_default().push(told);
            if is_new { Ok(view) } else { Err(muid_taken(&muid)) }
        });
        slots.push((key, outcome.and_then(|outcome| outcome)));
    }
    for mut told in conversations.into_values() {
        told.sort_by_key(|told| told.message.id);
        app.store.import_surroundings(&told).await?;
    }
    Ok(slots)
}

/// Where the ids of a request begin within their seconds: somewhere among the 4,096,000 of one, and low enough among the 1,024
/// that those of long ago have for all of a request to rise.
fn first_entropy(app: &App) -> Result<u64, ApiError> {
    let [high, low] = app.random_bytes::<2>()?.map(u64::from);
    let [other, another] = app.random_bytes::<2>()?.map(u64::from);
    Ok(((high << 8 | low) % 3_990) * 1_024 + (other << 8 | another) % 900)
}

fn muid_taken(muid: &str) -> ApiError {
    ApiError::new(Code::ImportMuidAlreadyExists, format!("A message with the muid {muid} was brought in before."))
}

/// All users and groups that messages name.
async fn look_up(app: &App, brought: &[(String, BroughtMessage)]) -> Result<Known, ApiError> {
    let (mut uids, mut guids) = (BTreeSet::new(), BTreeSet::new());
    for (_, message) in brought {
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

/// The message as it is stored; who and what it describes is made if it is not there.
async fn prepare(
    app: &App,
    known: &mut Known,
    brought: BroughtMessage,
    entropy: u64,
) -> Result<WithReceipts, ApiError> {
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
    let party = party.ok_or_else(|| match &brought.receiver {
        Receiver::User(uid) => ApiError::uid_not_found(uid),
        Receiver::Group(guid) => ApiError::guid_not_found(guid),
    })?;
    let conversation = ConversationId::of(&sender.uid, &brought.receiver);
    let mentioned = mentions::mentioned(&brought.content.data)?;
    let mentioned: Vec<User> = mentioned.iter().filter_map(|uid| known.users.get(uid).cloned()).collect();
    let entities = send::entities(sender, &party, &conversation);
    let kind = (brought.content.category, brought.content.message_type);
    let (uid, data) = (sender.uid.clone(), brought.content.data);
    let id = MessageId::of_past(brought.sent_at, entropy);
    let message = Message::new(id, conversation, uid, brought.receiver, kind, data, entities);
    let message = Message {
        dated_at: Some(brought.sent_at).filter(|_| !id.tells_time()),
        updated_at: brought.sent_at,
        mentions: mentions::mentions(&mentioned, &sender.uid)?,
        tags: brought.content.tags,
        muid: Some(brought.muid),
        members_count: party.members_count(),
        ..message
    };
    Ok(WithReceipts { message, delivered_at: brought.delivered_at, read_at: brought.read_at })
}

/// Stores a message, under another id where its own is taken. Says whether it is new; one that is not has the id that it was
/// given then, so that what follows can be done again.
async fn stored(app: &App, mut told: WithReceipts, entropy: u64) -> Result<(WithReceipts, bool), ApiError> {
    let digest = hex_sha256(told.message.muid.as_deref().unwrap_or_default().as_bytes());
    for draw in 0..DRAWS {
        told.message.id = MessageId::of_past(told.message.sent_at(), entropy + draw * REDRAWN_BY);
        match app.store.import_told(&told.message, &digest).await? {
            ToldMessage::Done => return Ok((told, true)),
            ToldMessage::IdTaken => {}
            ToldMessage::MuidTaken(id) => {
                let message =
                    app.store.message_for(&told.message.conversation, id, None, Looks::default()).await?.message;
                let message = message.ok_or_else(|| muid_taken(told.message.muid.as_deref().unwrap_or_default()))?;
                return Ok((WithReceipts { message, ..told }, false));
            }
        }
    }
    Err(StoreError::Conflict.into())
}

/// The message as it is answered, with its receipts.
fn view(told: &WithReceipts) -> Value {
    let mut view = json!(MessageView::of(&told.message, &[], |_| None).with_tags(&told.message));
    let receipts = [("deliveredAt", told.delivered_at), ("readAt", told.read_at)];
    if let Some(fields) = view.as_object_mut() {
        fields.extend(receipts.into_iter().filter_map(|(name, at)| Some((name.to_owned(), json!(at?)))));
    }
    view
}
