//! The last messages of conversations, as lists of conversations show them.

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::app::App;
use crate::error::ApiError;
use crate::messages::render::Viewing;
use crate::store::batch::{Batch, Known};
use crate::store::has_spent;
use crate::store::preview::Previews;
use model::conversation::ConversationId;
use model::conversation_state::{OwnConversation, ParticipantState};
use model::filter::other_side;
use model::id::MessageId;
use model::leaving::Leaving;
use model::message::{Category, Message, Receiver};
use model::message_view::{MessageView, Personal};
use model::page::{Affix, IdRange};
use model::receipt::{Receipt, Receipts, first_covering};
use model::time::Seconds;
use model::uid::Uid;

/// How many conversations are looked at once for an earlier message.
const AT_ONCE: usize = 16;

/// Which share of the request's bound may be spent before no earlier message is looked for.
const EARLIER_SHARE: f64 = 0.8;

/// The last message of a conversation.
#[derive(Debug, Default)]
pub struct LastMessage {
    /// Which it is, if there is one.
    pub id: Option<MessageId>,
    /// What is shown of it, unless it was deleted.
    pub shown: Option<MessageView>,
}

/// The batch with what [`of`] needs to know of a conversation: its last message, unless there is a copy of it.
pub(super) fn looked_at(batch: Batch, entry: &OwnConversation, previews: &Previews) -> Batch {
    let id = entry.shown().map(|range| range.last()).filter(|id| !previews.has(entry.id(), *id));
    id.into_iter().fold(batch, |batch, id| batch.message(entry.id(), id))
}

/// The batch with how far the other side has come who reads the last message, unless that one wrote it.
pub(super) fn read_by(batch: Batch, uid: &Uid, entry: &OwnConversation) -> Batch {
    match other_side(entry.id(), uid) {
        Receiver::User(other) if may_be_of(uid, entry) => batch.participant(&other, entry.id()),
        _ => batch,
    }
}

/// Whether the message that the state names may be one that `uid` wrote, with which the other side's receipts are shown.
fn may_be_of(uid: &Uid, entry: &OwnConversation) -> bool {
    entry.state.shown_sender.as_ref().is_none_or(|sender| sender == uid)
}

/// The last message of each conversation of `uid`, without what would have to be looked up for each alone.
///
/// Cost: 1 round trip and a query of a read unit for each whose last message is gone; then what the messages refer to.
pub(super) async fn of(
    app: &App,
    uid: &Uid,
    entries: &[&OwnConversation],
    facts: &mut Known,
    previews: &Previews,
) -> Result<Vec<LastMessage>, ApiError> {
    let mut last = Vec::new();
    for entry in entries {
        let range = entry.shown();
        let message = match range.map(|range| range.last()) {
            Some(id) => match previews.message(entry.id(), id)? {
                None => facts.take_message(entry.id(), id)?,
                copy => copy,
            },
            None => None,
        };
        last.push(async move {
            let leaving = &entry.state.leaving;
            let message = app.store.without_leaving(message.into_iter().collect(), leaving).await?.pop();
            match (message, range) {
                (None, Some(range)) => earlier(app, entry.id(), range, leaving).await,
                (message, _) => Ok::<_, ApiError>(message),
            }
        });
    }
    let last: Vec<Option<Message>> = stream::iter(last).buffered(AT_ONCE).try_collect().await?;
    let ids: Vec<Option<MessageId>> = last.iter().map(|last| last.as_ref().map(|last| last.id)).collect();
    let last: Vec<Option<Message>> = last.into_iter().map(|last| last.filter(|last| !last.is_deleted())).collect();

    let theirs = rows_of_others(app, uid, entries, &last, facts).await?;
    let messages: Vec<Message> = last.iter().flatten().cloned().collect();
    let viewing = Viewing { viewer: Some(uid.clone()), is_preview: true, ..Viewing::default() };
    let mut views = viewing.all(app, &messages).await?.into_iter();
    let shown = last.iter().zip(entries).zip(ids).map(|((last, entry), id)| {
        let Some((message, view)) = last.as_ref().and_then(|message| Some((message, views.next()?))) else {
            return Ok(LastMessage { id, shown: None });
        };
        let theirs = theirs.get(entry.id());
        Ok(LastMessage { id, shown: Some(view.to_viewer(seen(uid, message, &entry.participant, theirs))) })
    });
    shown.collect()
}

/// How far the other sides have come to whom `uid` wrote the last message.
///
/// Cost: nothing as a rule; 1 round trip and 1 read unit for each where an earlier message takes the place of another's.
async fn rows_of_others(
    app: &App,
    uid: &Uid,
    entries: &[&OwnConversation],
    last: &[Option<Message>],
    facts: &Known,
) -> Result<HashMap<ConversationId, ParticipantState>, ApiError> {
    let (mut rows, mut unread) = (HashMap::new(), Vec::new());
    for (last, entry) in last.iter().zip(entries) {
        let is_mine = last.as_ref().is_some_and(|message| message.sender == *uid);
        match other_side(entry.id(), uid) {
            Receiver::User(other) if is_mine && may_be_of(uid, entry) => {
                rows.extend(facts.participant(&other, entry.id())?.map(|row| (entry.id().clone(), row)));
            }
            Receiver::User(other) if is_mine => unread.push((other, entry.id())),
            _ => {}
        }
    }
    let found = app.store.participant_states(unread.iter().map(|(other, held)| (other.clone(), *held))).await?;
    rows.extend(unread.into_iter().zip(found).filter_map(|((_, held), row)| Some((held.clone(), row?))));
    Ok(rows)
}

/// The newest message that is left and shown. The one that the state names may be permanently deleted, by who is, or never
/// have come.
async fn earlier(
    app: &App,
    conversation: &ConversationId,
    range: IdRange,
    leaving: &Leaving,
) -> Result<Option<Message>, ApiError> {
    const AT_A_TIME: usize = 10;
    let mut left = Some(range);
    while let Some(range) = left.filter(|_| !has_spent(EARLIER_SHARE)) {
        let slice = app.store.messages(conversation, range, Affix::Prepend, AT_A_TIME).await?;
        left = match slice.items.last() {
            Some(last) if !slice.is_all => range.beyond(last.id, Affix::Prepend),
            _ => None,
        };
        let is_shown = |message: &Message| !message.is_edit_or_delete_notice() && !leaving.holds(&message.sender);
        if let Some(message) = slice.items.into_iter().find(is_shown) {
            return Ok(app.store.without_leaving(vec![message], leaving).await?.pop());
        }
    }
    Ok(None)
}

/// Receipts of a last message by the positions of its users: who has come to the last message gave the receipt with
/// their last watermark, unless they gave another since, of what no list shows. Nobody waits for receipts of notes to oneself, nor of action messages.
fn seen(uid: &Uid, message: &Message, mine: &ParticipantState, theirs: Option<&ParticipantState>) -> Personal {
    let is_between_users = matches!(&message.receiver, Receiver::User(receiver) if *receiver != message.sender);
    let history = message.history.filter(|_| is_between_users).unwrap_or_default();
    let of = |row: &ParticipantState| {
        let at = |receipt, last: Option<Seconds>| {
            let noted = row.watermarks(receipt, message.id).and_then(|marks| first_covering(&marks, message.id));
            noted.or(last).filter(|_| Some(message.id) <= row.position(receipt))
        };
        let (delivered_at, read_at) = (at(Receipt::Delivered, row.delivered_at), at(Receipt::Read, row.read_at));
        Receipts { delivered_at, read_at }.or_before(history)
    };
    let is_mine = message.sender == *uid;
    let mut personal = Personal::default();
    if message.category == Category::Action {
        return personal;
    }
    if let (true, Some(row)) = (is_mine && is_between_users, theirs) {
        personal.receipts = of(row);
    }
    if !is_mine {
        personal.my_receipt = of(mine);
        if is_between_users {
            personal.receipts = personal.my_receipt;
        }
    }
    personal
}
