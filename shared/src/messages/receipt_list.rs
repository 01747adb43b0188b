//! Who received and read a message, and when, as its author sees it (contract/uikit.md, row 10).

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::error::ApiError;
use crate::identity::Actor;
use crate::store::batch::Batch;
use model::budget;
use model::conversation_state::ParticipantState;
use model::message::{Category, Message, Receiver};
use model::page::IdRange;
use model::receipt::{Position, Receipt, ReceiptSubject, Receipts, first_covering};
use model::time::Seconds;
use model::uid::{Guid, Uid};
use model::user::{User, UserView};

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
/// action messages, and where there is none. `by_all` are the receipts that the message itself shows, `positions` those of the
/// members of its group, if they are known. As many as fit into an answer.
///
/// Cost: nothing between two users, and of what was sent to more than [`Receipt::MAX_LISTED`] members of a group. Of others a
/// query of the members, if they are not known; then 1 round trip for each 50 who received the message and 2 read units for
/// each; for one who gave many receipts since, 1 or 2 queries of a read unit.
pub async fn of(
    app: &App,
    actor: &Actor,
    message: &Message,
    positions: Option<Vec<Position>>,
    by_all: Receipts,
) -> Result<Option<Value>, ApiError> {
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
        Receiver::Group(guid) => by_members(app, guid, message, positions).await?,
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
async fn by_members(
    app: &App,
    guid: &Guid,
    message: &Message,
    positions: Option<Vec<Position>>,
) -> Result<Vec<ReceiptView>, ApiError> {
    let positions = match positions {
        Some(positions) => positions,
        None if message.is_to_many() => Vec::new(),
        None => app.store.positions(guid, Receipt::MAX_LISTED).await?.unwrap_or_default(),
    };
    let recipients = positions.into_iter().filter(|position| {
        let was_there = position.start_id < Some(message.id);
        was_there && position.uid != message.sender && Some(message.id) <= position.given(Receipt::Delivered)
    });
    let recipients: Vec<Position> = recipients.collect();
    let conversation = &message.conversation;
    let batch = recipients
        .iter()
        .fold(Batch::default(), |batch, Position { uid, .. }| batch.user(uid).participant(uid, conversation));
    let known = app.store.know(batch).await?;
    let mut shown = Vec::new();
    for position in recipients {
        let uid = &position.uid;
        // The positions may be late; of who left since, the row is gone, and of who is back it begins anew.
        let row = known.participant(uid, conversation)?.filter(|row| row.start_id < Some(message.id));
        let Some(row) = row else { continue };
        if let Some(user) = known.user(uid)?.filter(User::is_active) {
            shown.push(async move { Ok::<_, ApiError>((user, receipts(app, message, &position, &row).await?)) });
        }
    }
    let shown: Vec<(User, Receipts)> = stream::iter(shown).buffered(AT_ONCE).try_collect().await?;
    let view = |(user, receipts)| ReceiptView { recipient: json!(UserView::of(&user)), receipts };
    Ok(shown.into_iter().map(view).collect())
}

/// When a member received and read the message, as their state of the conversation tells it, or their watermarks do.
async fn receipts(
    app: &App,
    message: &Message,
    position: &Position,
    row: &ParticipantState,
) -> Result<Receipts, ApiError> {
    let id = message.id;
    let mut times = [None; 2];
    for (time, receipt) in times.iter_mut().zip(Receipt::ALL) {
        if position.given(receipt) < Some(id) {
            continue;
        }
        *time = match row.watermarks(receipt, id) {
            Some(told) => first_covering(&told, id),
            None => noted(app, message, &position.uid, receipt).await?,
        };
    }
    let [delivered_at, read_at] = times;
    Ok(Receipts { delivered_at, read_at })
}

/// The same as it is noted for good.
async fn noted(app: &App, message: &Message, uid: &Uid, receipt: Receipt) -> Result<Option<Seconds>, ApiError> {
    let Some(range) = IdRange::new(message.id, message.id) else { return Ok(None) };
    let subject = ReceiptSubject::User(uid.clone());
    let watermarks = app.store.watermarks(&message.conversation, &subject, receipt, range).await?;
    Ok(first_covering(&watermarks, message.id))
}
