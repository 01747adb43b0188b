//! What is one user's: their profile and everything that stands with it, their memberships, what they wrote and what others
//! wrote to them alone, and what they left on messages.
//!
//! Of a group's messages it has theirs, those that mention them, and those that are about them; the others are other people's.

use model::archive::{ConversationRecord, MessageRecord, ReceiptRecord, Record};
use model::conversation::ConversationId;
use model::id::MessageId;
use model::message::Message;
use model::page::{Affix, IdRange};
use model::receipt::{Receipt, ReceiptSubject};
use model::uid::Uid;
use model::user::User;
use shared::store::Store;

use super::folder::Folder;
use crate::AdminError;
use crate::progress::Progress;

/// How many messages are looked at together.
const AT_ONCE: usize = 200;

/// Writes what is a user's, deactivated or not.
///
/// Cost: 1 read unit per 4 KB of what stands with them, and of all messages of their conversations; 4 for each of these.
pub async fn write(store: &Store, uid: &Uid, folder: &mut Folder) -> Result<(), AdminError> {
    let user = store.user(uid).await?.ok_or_else(|| AdminError::NoUser(uid.clone()))?;
    let (mut conversations, mut rest) = (Vec::new(), None);
    loop {
        let page = store.records_of_user(uid, rest).await?;
        for record in page.records {
            folder.write(&record).await?;
            if let Record::Conversation(ConversationRecord { conversation, .. }) = record {
                conversations.push(conversation);
            }
        }
        rest = page.rest;
        if rest.is_none() {
            break;
        }
    }
    let mut progress = Progress::new("conversations").of(conversations.len() as u64);
    for (n, conversation) in conversations.iter().enumerate() {
        progress.at(n as u64);
        write_conversation(store, &user, conversation, folder).await?;
    }
    progress.end();
    Ok(())
}

async fn write_conversation(
    store: &Store,
    user: &User,
    conversation: &ConversationId,
    folder: &mut Folder,
) -> Result<(), AdminError> {
    if let ConversationId::Group(guid) = conversation {
        for record in store.records_of_membership(guid, &user.uid).await? {
            folder.write(&record).await?;
        }
    }
    for receipt in Receipt::ALL {
        let subject = ReceiptSubject::User(user.uid.clone());
        for watermark in store.watermarks(conversation, &subject, receipt, IdRange::ALL).await? {
            let record = ReceiptRecord::new(conversation.clone(), subject.clone(), receipt, watermark);
            folder.write(&record.into()).await?;
        }
    }
    write_messages(store, user, conversation, folder).await
}

async fn write_messages(
    store: &Store,
    user: &User,
    conversation: &ConversationId,
    folder: &mut Folder,
) -> Result<(), AdminError> {
    let absent = store.absent(conversation).await?;
    let begin = match conversation {
        ConversationId::Users(..) => absent.up_to.max(user.born_id),
        ConversationId::Group(_) => absent.up_to,
    };
    let mut left = begin.map_or(Some(IdRange::ALL), |id| IdRange::ALL.beyond(id, Affix::Append));
    while let Some(range) = left {
        let slice = store.messages(conversation, range, Affix::Append, AT_ONCE).await?;
        let last = slice.items.last().map(|message| message.id);
        left = last.filter(|_| !slice.is_all).and_then(|last| range.beyond(last, Affix::Append));
        let messages = store.without_leaving(slice.items, &absent.leaving).await?;
        let ids: Vec<MessageId> = messages.iter().map(|message| message.id).collect();
        for record in store.records_on_messages(&user.uid, user.born_id, &ids).await? {
            folder.write(&record).await?;
        }
        for message in messages.into_iter().filter(|message| is_theirs(message, user)) {
            folder.write(&MessageRecord::from(message).into()).await?;
        }
    }
    Ok(())
}

/// Whether a message is a user's: between two users each is both's.
fn is_theirs(message: &Message, user: &User) -> bool {
    let uid = &user.uid;
    let is_about = || message.mentions.contains_key(uid.as_str()) || message.concerned().contains(uid);
    let is_between_two = matches!(message.conversation, ConversationId::Users(..));
    is_between_two || (!user.is_younger_than(message.id) && is_about())
}
