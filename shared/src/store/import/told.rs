//! Messages that an importer tells of without the ids of then: each gets one of its time, and its `muid` is taken for good.

use std::collections::BTreeSet;

use model::conversation::ConversationId;
use model::id::MessageId;
use model::message::{Message, Receiver};
use model::receipt::{Receipt, ReceiptSubject, ReceiptWatermark};
use model::time::Seconds;
use model::uid::Uid;
use serde::{Deserialize, Serialize};

use crate::store::error::StoreError;
use crate::store::keys::{GONE, Key};
use crate::store::transaction::{Commit, EXISTS, Untold, Update, item, number, text};
use crate::store::{Item, Store, read, receipt};

/// How bringing in a message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` brought it in"]
pub enum ToldMessage {
    /// It is there.
    Done,
    /// Another message has its id: draw another one.
    IdTaken,
    /// This message was brought in under the `muid` before.
    MuidTaken(MessageId),
}

/// A message with when it was received and read.
#[derive(Clone, Debug)]
pub struct WithReceipts {
    /// The message.
    pub message: Message,
    /// When it was received.
    pub delivered_at: Option<Seconds>,
    /// When it was read.
    pub read_at: Option<Seconds>,
}

/// That a `muid` is taken.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TakenMuid {
    message_id: MessageId,
}

#[derive(Clone, Copy)]
enum Refused {
    Id,
    Muid,
}

impl Store {
    /// Brings in a message under a `muid`, of which `digest` is the hex SHA-256.
    ///
    /// Cost: 1 round trip, 6 write units for a message of 1 KB.
    pub async fn import_told(&self, message: &Message, digest: &str) -> Result<ToldMessage, StoreError> {
        let tx = self.put_message(self.transaction(), message, Refused::Id)?;
        let tx = tx.put_new(&Key::muid(digest), &TakenMuid { message_id: message.id })?.or(Refused::Muid);
        let Commit::Refused(refused) = tx.untold(Untold::History).commit().await? else {
            return Ok(ToldMessage::Done);
        };
        let taken = refused.into_iter().find_map(|(why, item)| item.filter(|_| matches!(why, Some(Refused::Muid))));
        Ok(match taken {
            Some(taken) => ToldMessage::MuidTaken(read::<TakenMuid>(taken)?.message_id),
            None => ToldMessage::IdTaken,
        })
    }

    /// What other rows know of such messages of one conversation, which rise: it begins with them if there was none, its users
    /// have it, nobody is to read them as news, and receipts are given. A repeat does the same.
    ///
    /// Cost: 1 round trip and write unit, 2 each between users, 1 for each 25 receipts; 1 write unit a receipt.
    pub async fn import_surroundings(&self, told: &[WithReceipts]) -> Result<(), StoreError> {
        let messages: Vec<&Message> = told.iter().map(|told| &told.message).collect();
        self.import_senders(&messages, messages.iter().map(|message| message.sent_at()).max()).await?;
        self.import_last(&messages, false).await?;
        let Some((first, last)) = messages.first().zip(messages.last()) else { return Ok(()) };
        for uid in first.conversation.users() {
            let row = Update::of(&Key::participant_state(uid, &first.conversation))
                .set("conversation", text(first.conversation.stored()))
                .set("startId", number(last.id.number()))
                .set_expression("joinedAt = if_not_exists(joinedAt, :first)")
                .number(":first", first.sent_at().get())
                .when("(attribute_not_exists(startId) OR startId < :last)")
                .number(":last", last.id.number())
                .remove(GONE);
            self.apply_unread(row.untold(Untold::History)).await?.either_way();
        }
        self.import_given(told).await
    }

    /// The receipts that came with messages.
    async fn import_given(&self, told: &[WithReceipts]) -> Result<(), StoreError> {
        let mut rows: Vec<Item> = Vec::new();
        for WithReceipts { message, delivered_at, read_at } in told {
            let subject = match &message.receiver {
                Receiver::User(uid) if *uid == message.sender => continue,
                Receiver::User(uid) => ReceiptSubject::User(uid.clone()),
                Receiver::Group(_) => ReceiptSubject::AllBut(message.sender.clone()),
            };
            for (receipt, at) in [(Receipt::Delivered, *delivered_at), (Receipt::Read, *read_at)] {
                let Some(at) = at else { continue };
                let watermark = ReceiptWatermark { id: message.id, at };
                rows.push(item(&Key::watermark(&message.conversation, &subject, receipt, message.id), &watermark)?);
                if let ReceiptSubject::User(uid) = &subject {
                    self.import_position(uid, &message.conversation, receipt, watermark).await?;
                }
            }
        }
        self.put_batches(rows, Untold::History).await?;
        match told.first() {
            Some(WithReceipts { message, .. }) if matches!(message.receiver, Receiver::Group(_)) => {
                self.forget_common(&message.conversation).await
            }
            _ => Ok(()),
        }
    }

    /// Lets a user have come so far at least. Their row no longer tells all watermarks: this one may stand among these.
    async fn import_position(
        &self,
        uid: &Uid,
        conversation: &ConversationId,
        receipt: Receipt,
        watermark: ReceiptWatermark,
    ) -> Result<(), StoreError> {
        let [id, at, recent] = receipt::attributes(receipt);
        let row = || Update::of(&Key::participant_state(uid, conversation)).remove(recent);
        let moved = row()
            .set(id, number(watermark.id.number()))
            .set(at, number(watermark.at.get()))
            .when(format!("(attribute_not_exists({id}) OR {id} < :watermark)"))
            .number(":watermark", watermark.id.number());
        if !self.apply_unread(moved.untold(Untold::History)).await?.either(true, false) {
            self.apply_unread(row().when(EXISTS).untold(Untold::History)).await?.either_way();
        }
        Ok(())
    }

    /// Lets the deletion of whoever wrote to a group find that they did: by their row, which who is no member has as one who
    /// left.
    ///
    /// Cost: 1 round trip and write unit for each sender to a group.
    pub(super) async fn import_senders(&self, messages: &[&Message], at: Option<Seconds>) -> Result<(), StoreError> {
        let in_groups = messages.iter().filter(|message| matches!(message.conversation, ConversationId::Group(_)));
        let senders: BTreeSet<(&Uid, &ConversationId)> =
            in_groups.map(|message| (&message.sender, &message.conversation)).collect();
        for (uid, conversation) in senders.into_iter().filter(|(uid, _)| **uid != Uid::app_system()) {
            let row = Update::of(&Key::participant_state(uid, conversation))
                .set(GONE, number(at.unwrap_or_default().get()))
                .when("attribute_not_exists(pk)");
            self.apply_unread(row.untold(Untold::History)).await?.either_way();
        }
        Ok(())
    }

    /// Counts a request of the data import in the minute that begins at this second; says how many there are by now.
    ///
    /// Cost: as [`Store::count_request`].
    pub async fn count_import(&self, minute: Seconds) -> Result<u64, StoreError> {
        self.count_request(&Uid::app_system(), minute).await
    }
}
