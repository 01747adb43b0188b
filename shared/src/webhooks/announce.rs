//! Which webhooks and bots an event is handed over for.

use futures_util::stream::{self, StreamExt, TryStreamExt};
use futures_util::try_join;

use super::{call, known, push};
use crate::app::App;
use crate::error::ApiError;
use crate::identity::hex_sha256;
use crate::store::change::Record;
use crate::worker::Worker;
use model::bot::{Bot, GroupChatSetting};
use model::conversation::ConversationId;
use model::delivery::{self, Addressee, Delivery, Occasion};
use model::event::{Audience, Event, EventKind};
use model::group_view::GroupView;
use model::trigger::Trigger;

/// How many are handed over at once.
const AT_ONCE: usize = 8;

/// Hands an event over, for each webhook that wants it and each bot that may be meant. They are told by others: this waits
/// for none of them.
///
/// Cost: that of knowing them, nothing as a rule; 1 round trip for each that is to be told. Where one hears of what is to be
/// pushed, that of [`push::slices`] and 1 round trip for each 50 users.
pub async fn announce(app: &App, record: &Record, event: &Event) -> Result<(), ApiError> {
    let triggers = delivery::triggers(&event.kind);
    if triggers.is_empty() {
        return Ok(());
    }
    let (all, bots) = try_join!(known::all_webhooks(app), known::all_bots(app))?;
    let webhooks = triggers.iter().flat_map(|trigger| {
        let hearing = all.iter().filter(|webhook| webhook.hears(*trigger));
        hearing.map(|webhook| (Addressee::Webhook(webhook.id.clone()), *trigger))
    });
    let bots = bots.iter().filter(|bot| may_be_meant(bot, event));
    let bots = bots.map(|bot| (Addressee::Bot(bot.uid.clone()), Trigger::MessageSent));
    let told: Vec<_> = webhooks.chain(bots).collect();
    if !told.is_empty() {
        let occasion = occasion(record, event)?;
        let deliveries = told.into_iter().map(|(to, trigger)| {
            let id = id(record, event, trigger);
            Delivery { to, trigger, id, occasion: occasion.clone() }
        });
        hand_over(app, deliveries).await?;
    }
    let pushing: Vec<_> = all.iter().filter(|webhook| webhook.hears(Trigger::PushGenerated)).collect();
    if pushing.is_empty() || !delivery::is_pushed(&event.kind) {
        return Ok(());
    }
    let slices = push::slices(app, event).await?;
    let mut deliveries = Vec::new();
    for webhook in pushing {
        for uids in &slices {
            let occasion = Occasion::Push { event: event.clone(), uids: uids.clone() };
            let (to, trigger) = (Addressee::Webhook(webhook.id.clone()), Trigger::PushGenerated);
            deliveries.push(Delivery { to, trigger, id: id(record, event, trigger), occasion });
        }
    }
    hand_over(app, deliveries.into_iter()).await
}

/// By what a receiver knows a delivery. Two rows may have events of one id; one row never has.
fn id(record: &Record, event: &Event, trigger: Trigger) -> String {
    call::id(hex_sha256(format!("{} {} {trigger}", record.row(), event.id).as_bytes()))
}

/// Hands over. Cost: 1 round trip for each, 8 at once.
pub(super) async fn hand_over(app: &App, deliveries: impl Iterator<Item = Delivery>) -> Result<(), ApiError> {
    let handed = stream::iter(deliveries).map(async |delivery| {
        let payload = serde_json::to_vec(&delivery).expect("our types have string keys and no failing Serialize");
        Ok(app.invoker.invoke(Worker::DeliverWebhook, payload).await?)
    });
    handed.buffer_unordered(AT_ONCE).try_collect().await
}

fn occasion(record: &Record, event: &Event) -> Result<Occasion, ApiError> {
    let group = record.group()?.map(|group| serde_json::json!(GroupView::of(&group)));
    let old_owner = match event.kind {
        EventKind::OwnerTransferred { .. } => record.group_before()?.map(|group| group.owner),
        _ => None,
    };
    Ok(Occasion::Change { event: event.clone(), group, old_owner })
}

/// Whether a bot could be told of it, as far as that shows without looking the message up.
fn may_be_meant(bot: &Bot, event: &Event) -> bool {
    let Audience::Conversation(conversation) = &event.audience else { return false };
    let is_reached = match conversation {
        ConversationId::Users(one, other) => *one == bot.uid || *other == bot.uid,
        ConversationId::Group(_) => bot.group_chat_setting != GroupChatSetting::None,
    };
    matches!(event.kind, EventKind::MessageSent { .. }) && event.actor != bot.uid && is_reached
}
