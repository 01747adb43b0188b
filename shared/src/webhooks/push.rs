//! Who is to be notified on their devices of a change: whoever has one and wants it. Webhooks are told of each by themselves,
//! with the push tokens, and the owner sends what they like.

use std::collections::HashMap;

use futures_util::stream::{self, StreamExt};
use serde_json::{Value, json};

use super::call;
use super::push_payload::{self, Notice};
use crate::app::App;
use crate::error::ApiError;
use crate::identity::hex_sha256;
use crate::notifications;
use crate::store::partition::Rest;
use model::conversation::ConversationId;
use model::delivery::{Delivery, Occasion};
use model::event::{Audience, Event, EventKind};
use model::message::Receiver;
use model::preferences::Preferences;
use model::push_token::{PushToken, PushTokenType, PushTokenView};
use model::uid::{Guid, Uid};
use model::user::User;
use model::webhook::Webhook;

/// How many members of a group are notified of something, by UID: they are listed while the stream waits.
pub const MOST_MEMBERS: usize = 10_000;
/// How many users one invocation looks up, and may call a webhook for at once: all of them within its time.
const SLICE: usize = 50;
/// How many members are read at once.
const MEMBERS_AT_ONCE: usize = 2_500;

/// Who may want to be notified of an event, in slices. In a group of more than `CONVERSATION_MEMBER_LIMIT` members nobody is of
/// reactions and memberships.
///
/// Cost: nothing between two users; in a group 1 round trip and 62 read units for each 2,500 members, and for what is no message
/// 1 of each before.
pub(super) async fn slices(app: &App, event: &Event) -> Result<Vec<Vec<Uid>>, ApiError> {
    let mut uids = match &event.audience {
        Audience::Conversation(ConversationId::Users(one, other)) => vec![one.clone(), other.clone()],
        Audience::Conversation(ConversationId::Group(guid)) | Audience::Group(guid) => {
            members(app, event, guid).await?
        }
        _ => Vec::new(),
    };
    uids.retain(|uid| *uid != event.actor);
    Ok(uids.chunks(SLICE).map(<[Uid]>::to_vec).collect())
}

async fn members(app: &App, event: &Event, guid: &Guid) -> Result<Vec<Uid>, ApiError> {
    if matches!(event.kind, EventKind::ReactionAdded { .. } | EventKind::Member { .. }) {
        let (group, _) = app.store.group_for(guid, None).await?;
        if group.is_none_or(|group| app.store.is_crowd(group.members_count)) {
            return Ok(Vec::new());
        }
    }
    let (mut uids, mut rest): (Vec<Uid>, Option<Rest>) = (Vec::new(), None);
    while uids.len() < MOST_MEMBERS {
        let page = app.store.members(guid, rest, MEMBERS_AT_ONCE).await?;
        uids.extend(page.rows.into_iter().map(|member| member.uid));
        rest = page.rest;
        if rest.is_none() {
            break;
        }
    }
    Ok(uids)
}

/// Tells a webhook of each of these users who is to be notified, all at once. What it does not take is an error, which AWS
/// keeps with the whole slice; sent again, the others are known by their ids.
///
/// Cost: that of [`push_payload::notice`], 1 round trip and 1 read unit a user; for who has a device and wants it 2 round trips,
/// 4 to 6 units, and the time of the one outside.
pub(super) async fn deliver(
    app: &App,
    delivery: &Delivery,
    webhook: &Webhook,
    event: &Event,
    uids: &[Uid],
) -> Result<(), ApiError> {
    let Some(notice) = push_payload::notice(app, event).await? else { return Ok(()) };
    let wanting = wanting(app, event, &notice, uids).await?;
    let told = stream::iter(wanting).map(async |(user, preferences)| {
        let mut tokens = notifications::tokens(app, &user).await?;
        // The others are for calls.
        tokens.retain(|token| token.push_token_type == PushTokenType::Chat);
        if tokens.is_empty() {
            return Ok(());
        }
        let id = call::id(hex_sha256(format!("{} {}", delivery.id, user.uid).as_bytes()));
        let occasion = Occasion::Push { event: event.clone(), uids: vec![user.uid.clone()] };
        let one = Delivery { id, occasion, ..delivery.clone() };
        call::tell_webhook(
            app,
            &one,
            webhook,
            payload(&user, &tokens, notice.details(&user, preferences.hides_content)),
        )
        .await
    });
    let told: Vec<Result<(), ApiError>> = told.buffer_unordered(SLICE).collect().await;
    told.into_iter().collect()
}

/// Which of these users want to be notified, at this moment and where they are.
async fn wanting(
    app: &App,
    event: &Event,
    notice: &Notice,
    uids: &[Uid],
) -> Result<Vec<(User, Preferences)>, ApiError> {
    let now = app.now_millis();
    let reachable = app.store.reachable(uids).await?.into_iter().filter(|(uid, notified)| {
        let preferences = &notified.preferences;
        preferences.wants(&notice.concern(uid)) && preferences.is_open(&notified.timezone, now)
    });
    let mut wanted: HashMap<Uid, Preferences> = reachable.map(|(uid, notified)| (uid, notified.preferences)).collect();
    let withs = wanted.keys().map(|uid| (uid.clone(), notice.seen_from(&event.actor))).collect();
    let found = app.store.recipients(&event.actor, &withs, now).await?;
    let open = found.into_iter().filter(|recipient| !recipient.is_closed);
    Ok(open.filter_map(|open| wanted.remove(&open.user.uid).map(|preferences| (open.user, preferences))).collect())
}

fn payload(user: &User, tokens: &[PushToken], details: Value) -> Value {
    let tokens: Vec<_> = tokens.iter().map(PushTokenView::of).collect();
    json!({ "to": { "uid": user.uid, "name": user.name, "pushTokens": tokens }, "notificationDetails": details })
}

impl Notice {
    /// With whom a conversation is, for whoever is notified in it.
    fn seen_from(&self, actor: &Uid) -> Receiver {
        match &self.group {
            Some(group) => Receiver::Group(group.guid.clone()),
            None => Receiver::User(actor.clone()),
        }
    }
}
