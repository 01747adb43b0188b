//! When messages were received and read, as their views show it (contract/messages.md: `deliveredAt`, `readAt`,
//! `myReceipt`).

use std::collections::{BTreeMap, HashMap};

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::app::App;
use crate::error::ApiError;
use model::conversation::ConversationId;
use model::id::MessageId;
use model::message::{Category, Message, Receiver};
use model::page::IdRange;
use model::receipt::ReceiptSubject;
use model::receipt::{Receipt, ReceiptWatermark, Receipts, first_covering};
use model::uid::Uid;

/// How many queries are under way at once.
const AT_ONCE: usize = 16;

type Place = (ConversationId, ReceiptSubject);

/// The receipts of some messages.
#[derive(Debug, Default)]
pub struct Seen(HashMap<(Place, Receipt), Vec<ReceiptWatermark>>);

impl Seen {
    /// Looks the receipts of `messages` up, and those that `viewer` gave.
    ///
    /// Cost: 1 round trip, two queries of 1 read unit for each receiver in a conversation between two; in a group for
    /// each sender, for the group and for the viewer; 16 at once.
    pub async fn of(app: &App, viewer: Option<&Uid>, messages: &[Message]) -> Result<Seen, ApiError> {
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
            Receipt::ALL.into_iter().filter_map(move |receipt| Some((place.clone(), receipt, range?)))
        });
        let reads = wanted.collect::<Vec<_>>().into_iter().map(|(place, receipt, range)| async move {
            let watermarks = app.store.watermarks(&place.0, &place.1, receipt, range).await?;
            Ok::<_, ApiError>(((place, receipt), watermarks))
        });
        let watermarks = stream::iter(reads.collect::<Vec<_>>()).buffer_unordered(AT_ONCE).try_collect().await?;
        Ok(Seen(watermarks))
    }

    /// When everybody whom a message is for received and read it.
    pub fn by_all(&self, message: &Message) -> Receipts {
        match &message.receiver {
            Receiver::User(uid) => self.receipts(message, &[ReceiptSubject::User(uid.clone())]),
            Receiver::Group(_) => {
                self.receipts(message, &[ReceiptSubject::All, ReceiptSubject::AllBut(message.sender.clone())])
            }
        }
    }

    /// When `viewer` received and read a message of somebody else.
    pub fn by(&self, viewer: &Uid, message: &Message) -> Receipts {
        let is_for_them = match &message.receiver {
            Receiver::User(uid) => uid == viewer,
            Receiver::Group(_) => true,
        };
        if !is_for_them || message.sender == *viewer {
            return Receipts::default();
        }
        self.receipts(message, &[ReceiptSubject::User(viewer.clone())])
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
