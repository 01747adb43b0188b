//! Who received and read a message, and when, as its author sees it (contract/uikit.md, row 10).

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::error::ApiError;
use crate::identity::Actor;
use model::budget;
use model::id::MessageId;
use model::message::{Category, Message, Receiver};
use model::page::IdRange;
use model::receipt::{Receipt, ReceiptSubject, Receipts, first_covering};
use model::time::Seconds;
use model::uid::{Guid, Uid};
use model::user::{User, UserView};

/// The most members of a group whose receipts are shown one by one.
const MAX_MEMBERS: usize = 300;
/// How many members' watermarks are looked at together.
const AT_ONCE: usize = 32;
/// What the list may take of an answer; the rest is the message's.
const MAX_BYTES: usize = budget::ENTRIES_BYTES / 2;

/// Somebody's receipts of a message.
#[derive(Debug, Serialize)]
struct ReceiptView {
    recipient: Value,
    #[serde(flatten)]
    receipts: Receipts,
}

/// `{"data": […]}`: the receipts of a message by those whom it is for, for its author and the app; nothing for others, of
/// action messages, and where there is none. `by_all` are the receipts that the message itself shows. As many as fit into an answer.
///
/// Cost: nothing between two users. In a group of up to [`MAX_MEMBERS`] a query of its members, then for each who
/// received the message one query of a read unit, for each who read it two, and a read unit for their profile.
pub async fn of(app: &App, actor: &Actor, message: &Message, by_all: Receipts) -> Result<Option<Value>, ApiError> {
    let is_shown = actor.uid().is_none_or(|uid| *uid == message.sender) && message.category != Category::Action;
    if !is_shown {
        return Ok(None);
    }
    let views = match &message.receiver {
        Receiver::User(_) if by_all.is_empty() => Vec::new(),
        Receiver::User(_) => {
            let places = message.entities.places();
            let recipient = places.get("receiver").and_then(|receiver| receiver.get("entity"));
            recipient
                .map(|recipient| ReceiptView { recipient: recipient.clone(), receipts: by_all })
                .into_iter()
                .collect()
        }
        Receiver::Group(guid) => by_members(app, guid, message).await?,
    };
    let mut left = MAX_BYTES;
    let fitting: Vec<ReceiptView> = views
        .into_iter()
        .take_while(|view| {
            let bytes = budget::bytes_of(view) + 1;
            let fits = bytes <= left;
            left = left.saturating_sub(bytes);
            fits
        })
        .collect();
    Ok((!fitting.is_empty()).then(|| json!({ "data": fitting })))
}

/// The receipts of the members who were there before the message, by UID.
async fn by_members(app: &App, guid: &Guid, message: &Message) -> Result<Vec<ReceiptView>, ApiError> {
    let positions = app.store.positions(guid, MAX_MEMBERS).await?.unwrap_or_default();
    let recipients = positions.into_iter().filter(|position| {
        let was_there = position.start_id < Some(message.id);
        was_there && position.uid != message.sender && Some(message.id) <= position.given(Receipt::Delivered)
    });
    let reads = recipients.map(|position| {
        let has_read = Some(message.id) <= position.given(Receipt::Read);
        async move {
            let delivered_at = time(app, message, &position.uid, Receipt::Delivered).await?;
            let read_at = if has_read { time(app, message, &position.uid, Receipt::Read).await? } else { None };
            Ok::<_, ApiError>((position.uid, Receipts { delivered_at, read_at }))
        }
    });
    let reads = stream::iter(reads.collect::<Vec<_>>()).buffered(AT_ONCE);
    let receipts: Vec<(Uid, Receipts)> = reads.try_collect().await?;
    let users = app.store.users(&receipts.iter().map(|(uid, _)| uid).collect::<Vec<_>>()).await?;
    let view = |(uid, receipts): (Uid, Receipts)| {
        let user = users.iter().find(|user| user.uid == uid && User::is_active(user))?;
        Some(ReceiptView { recipient: json!(UserView::of(user)), receipts })
    };
    Ok(receipts.into_iter().filter_map(view).collect())
}

/// When a member gave this receipt of the message.
async fn time(app: &App, message: &Message, uid: &Uid, receipt: Receipt) -> Result<Option<Seconds>, ApiError> {
    let id: MessageId = message.id;
    let Some(range) = IdRange::new(id, id) else { return Ok(None) };
    let subject = ReceiptSubject::User(uid.clone());
    let watermarks = app.store.watermarks(&message.conversation, &subject, receipt, range).await?;
    Ok(first_covering(&watermarks, id))
}
