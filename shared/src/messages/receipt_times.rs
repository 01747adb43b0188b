//! When messages were received and read, as their views show it (contract/messages.md: `deliveredAt`, `readAt`,
//! `myReceipt`).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures_util::{StreamExt, TryStreamExt, stream, try_join};

use crate::app::App;
use crate::error::ApiError;
use model::conversation::ConversationId;
use model::conversation_state::ParticipantState;
use model::id::MessageId;
use model::message::{Category, Message, Receiver};
use model::page::IdRange;
use model::receipt::ReceiptSubject;
use model::receipt::{Receipt, ReceiptWatermark, Receipts, first_covering};
use model::uid::Uid;

/// How many queries are under way at once.
const AT_ONCE: usize = 16;

type Place = (ConversationId, ReceiptSubject);
/// A user, and their state of a conversation.
type Row = (Uid, ParticipantState);
type Marks = Vec<((Place, Receipt), Vec<ReceiptWatermark>)>;

/// Receipts that are wanted of the messages of a range.
#[derive(Clone, Debug)]
struct Wanted {
    place: Place,
    receipt: Receipt,
    range: IdRange,
}

impl Wanted {
    /// Whose state of which conversation tells them.
    fn row(&self) -> Option<(&Uid, &ConversationId)> {
        match &self.place {
            (conversation, ReceiptSubject::User(uid)) => Some((uid, conversation)),
            _ => None,
        }
    }

    fn is_of(&self, (uid, row): &Row) -> bool {
        self.row() == Some((uid, &row.conversation))
    }
}

/// The watermarks of users as their own states of the conversations tell them, and where these do not, by queries.
async fn by_rows(app: &App, wanted: Vec<Wanted>, known: &[Row]) -> Result<Marks, ApiError> {
    let unknown = wanted.iter().filter(|wanted| !known.iter().any(|row| wanted.is_of(row))).filter_map(Wanted::row);
    let unknown: BTreeSet<(&Uid, &ConversationId)> = unknown.collect();
    let rows = app.store.participant_states(unknown.iter().map(|(uid, held)| ((*uid).clone(), *held))).await?;
    let read = unknown.into_iter().zip(rows).filter_map(|((uid, _), row)| Some((uid.clone(), row?)));
    let rows: Vec<Row> = read.chain(known.iter().cloned()).collect();
    let (mut marks, mut left) = (Vec::new(), Vec::new());
    for wanted in &wanted {
        let row = rows.iter().find(|row| wanted.is_of(row));
        match row.and_then(|(_, row)| row.watermarks(wanted.receipt, wanted.range.first())) {
            Some(told) => marks.push(((wanted.place.clone(), wanted.receipt), told)),
            None => left.push(wanted.clone()),
        }
    }
    marks.extend(by_queries(app, left).await?);
    Ok(marks)
}

/// The watermarks of whole groups as the states of their conversations tell them, and where these do not, by queries.
async fn by_states(app: &App, wanted: Vec<Wanted>, known: &[Row]) -> Result<Marks, ApiError> {
    let told = |Wanted { place: (conversation, subject), receipt, range }: &Wanted| {
        let rows = known.iter().filter(|(_, row)| row.conversation == *conversation);
        rows.filter_map(|(_, row)| row.common.as_ref()?.of(subject, *receipt, range.first())).next()
    };
    let (mut marks, mut left) = (Vec::new(), Vec::new());
    for wanted in wanted {
        match told(&wanted) {
            Some(told) => marks.push(((wanted.place, wanted.receipt), told)),
            None => left.push(wanted),
        }
    }
    marks.extend(by_queries(app, left).await?);
    Ok(marks)
}

async fn by_queries(app: &App, wanted: Vec<Wanted>) -> Result<Marks, ApiError> {
    let reads = wanted.into_iter().map(|Wanted { place, receipt, range }| async move {
        let watermarks = app.store.watermarks(&place.0, &place.1, receipt, range).await?;
        Ok::<_, ApiError>(((place, receipt), watermarks))
    });
    stream::iter(reads.collect::<Vec<_>>()).buffer_unordered(AT_ONCE).try_collect().await
}

/// The receipts of some messages.
#[derive(Debug, Default)]
pub struct Seen(HashMap<(Place, Receipt), Vec<ReceiptWatermark>>);

impl Seen {
    /// Looks the receipts of `messages` up, and those that `viewer` gave. `known` are states of their conversations that were
    /// read already.
    ///
    /// Cost: for users nothing where their states are known and tell it, as those of the newest messages do; 1 round trip and
    /// 1 read unit for each other state, and 1 and two queries of 1 read unit where it does not tell it. For groups nothing either
    /// where the states of their conversations tell it, as of the newest messages; else at the same time two such queries for
    /// each group, and for each sender on the page in it. 16 queries at once.
    pub async fn of(app: &App, viewer: Option<&Uid>, messages: &[Message], known: &[Row]) -> Result<Seen, ApiError> {
        let mut spans: BTreeMap<Place, (MessageId, MessageId)> = BTreeMap::new();
        for message in messages.iter().filter(|message| has_receipts(message)) {
            for subject in subjects(message, viewer) {
                let id = message.id;
                let range = spans.entry((message.conversation.clone(), subject)).or_insert((id, id));
                *range = (range.0.min(id), range.1.max(id));
            }
        }
        let wanted = spans.into_iter().flat_map(|(place, (first, last))| {
            let range = IdRange::new(first, last);
            Receipt::ALL
                .into_iter()
                .filter_map(move |receipt| Some(Wanted { place: place.clone(), receipt, range: range? }))
        });
        let (of_users, of_groups): (Vec<Wanted>, Vec<Wanted>) =
            wanted.partition(|wanted| matches!(wanted.place.1, ReceiptSubject::User(_)));
        let (of_users, of_groups) = try_join!(by_rows(app, of_users, known), by_states(app, of_groups, known))?;
        Ok(Seen(of_users.into_iter().chain(of_groups).collect()))
    }

    /// When everybody whom a message is for received and read it.
    pub fn by_all(&self, message: &Message) -> Receipts {
        let given = match &message.receiver {
            Receiver::User(uid) => self.receipts(message, &[ReceiptSubject::User(uid.clone())]),
            Receiver::Group(_) => {
                self.receipts(message, &[ReceiptSubject::All, ReceiptSubject::AllBut(message.sender.clone())])
            }
        };
        given.or_before(message.history.unwrap_or_default())
    }

    /// When `viewer` received and read a message of somebody else.
    pub fn by(&self, viewer: &Uid, message: &Message) -> Receipts {
        if message.sender == *viewer {
            return Receipts::default();
        }
        match &message.receiver {
            Receiver::User(uid) if uid == viewer => self.by_all(message),
            Receiver::User(_) => Receipts::default(),
            Receiver::Group(_) => self.receipts(message, &[ReceiptSubject::User(viewer.clone())]),
        }
    }

    fn receipts(&self, message: &Message, subjects: &[ReceiptSubject]) -> Receipts {
        if !has_receipts(message) {
            return Receipts::default();
        }
        let first = |receipt| {
            let watermarks = subjects.iter().filter_map(|subject| {
                let place = (message.conversation.clone(), subject.clone());
                first_covering(self.0.get(&(place, receipt))?, message.id)
            });
            watermarks.min()
        };
        Receipts { delivered_at: first(Receipt::Delivered), read_at: first(Receipt::Read) }
    }
}

/// Nobody waits for receipts of action messages.
fn has_receipts(message: &Message) -> bool {
    message.category != Category::Action
}

/// Whose receipts say when a message was seen.
fn subjects(message: &Message, viewer: Option<&Uid>) -> Vec<ReceiptSubject> {
    match &message.receiver {
        Receiver::User(uid) if *uid == message.sender => Vec::new(),
        Receiver::User(uid) => vec![ReceiptSubject::User(uid.clone())],
        Receiver::Group(_) => {
            let mine = viewer.filter(|viewer| **viewer != message.sender).cloned().map(ReceiptSubject::User);
            [ReceiptSubject::All, ReceiptSubject::AllBut(message.sender.clone())].into_iter().chain(mine).collect()
        }
    }
}
