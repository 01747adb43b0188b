//! The last messages of conversations, as lists of conversations show them.

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream, try_join};

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
use model::receipt::{Receipt, ReceiptSubject, Receipts, first_covering};
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
    let given = last.iter().zip(entries).map(|(last, entry)| given(app, uid, last.as_ref(), entry, &theirs));
    let given: Vec<Receipts> = stream::iter(given.collect::<Vec<_>>()).buffered(AT_ONCE).try_collect().await?;
    let messages: Vec<Message> = last.iter().flatten().cloned().collect();
    let viewing = Viewing { viewer: Some(uid.clone()), is_preview: true, ..Viewing::default() };
    let mut views = viewing.all(app, &messages).await?.into_iter();
    let shown = last.iter().zip(given).zip(ids).map(|((last, given), id)| {
        let Some((message, view)) = last.as_ref().and_then(|message| Some((message, views.next()?))) else {
            return Ok(LastMessage { id, shown: None });
        };
        Ok(LastMessage { id, shown: Some(view.to_viewer(seen(uid, message, given))) })
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

/// The receipts that a last message shows: the other side's where `uid` wrote it, else those of `uid`. Nobody waits for receipts of notes to
/// oneself, nor of action messages, and those of a whole group are in no list.
async fn given(
    app: &App,
    uid: &Uid,
    last: Option<&Message>,
    entry: &OwnConversation,
    theirs: &HashMap<ConversationId, ParticipantState>,
) -> Result<Receipts, ApiError> {
    let Some(message) = last.filter(|message| message.category != Category::Action) else {
        return Ok(Receipts::default());
    };
    let (reader, row) = match &message.receiver {
        _ if message.sender != *uid => (uid, Some(&entry.participant)),
        Receiver::User(other) if other != uid => (other, theirs.get(entry.id())),
        _ => return Ok(Receipts::default()),
    };
    match row {
        Some(row) => by_row(app, reader, row, message.id).await,
        None => Ok(Receipts::default()),
    }
}

/// When the user of a row gave the receipts of a message.
///
/// Cost: nothing where the row knows it; else, where they have come beyond it, 1 round trip and a read unit for each receipt: what
/// they came to in an import, and more than [`RecentWatermarks::MOST`](model::receipt::RecentWatermarks::MOST) watermarks ago.
async fn by_row(app: &App, reader: &Uid, row: &ParticipantState, id: MessageId) -> Result<Receipts, ApiError> {
    let at = async |receipt, last: Option<Seconds>| {
        let position = row.position(receipt);
        if position < Some(id) {
            return Ok(None);
        }
        if let Some(marks) = row.watermarks(receipt, id) {
            return Ok(first_covering(&marks, id).or(last));
        }
        match IdRange::new(id, id).filter(|_| position != Some(id) && !has_spent(EARLIER_SHARE)) {
            Some(range) => {
                let subject = ReceiptSubject::User(reader.clone());
                let marks = app.store.watermarks(&row.conversation, &subject, receipt, range).await?;
                Ok::<_, ApiError>(first_covering(&marks, id))
            }
            None => Ok(last),
        }
    };
    let (delivered_at, read_at) = try_join!(at(Receipt::Delivered, row.delivered_at), at(Receipt::Read, row.read_at))?;
    Ok(Receipts { delivered_at, read_at })
}

/// What `uid` is shown of a last message with these receipts.
fn seen(uid: &Uid, message: &Message, given: Receipts) -> Personal {
    let is_between_users = matches!(&message.receiver, Receiver::User(receiver) if *receiver != message.sender);
    let mut personal = Personal::default();
    if message.category == Category::Action {
        return personal;
    }
    let history = message.history.filter(|_| is_between_users).unwrap_or_default();
    let given = given.or_before(history);
    if message.sender != *uid {
        personal.my_receipt = given;
    }
    if is_between_users {
        personal.receipts = given;
    }
    personal
}
