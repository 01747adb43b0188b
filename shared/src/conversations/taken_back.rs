//! What a whole group has read no more when one of its members marks messages as unread.

use std::collections::BTreeSet;

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::receipt::Moved;
use crate::store::whole_group::OfGroup;
use model::common_watermarks::{CommonWatermark, taken_back};
use model::conversation::ConversationId;
use model::conversation_state::ConversationState;
use model::id::MessageId;
use model::page::IdRange;
use model::receipt::{Receipt, ReceiptSubject};
use model::uid::{Guid, Uid};

/// How many members' watermarks are looked at together.
const AT_ONCE: usize = 16;

/// What becomes of the watermarks of a group, whose `state` was read before, when `reader` has read up to `to` only: where these
/// are many, what is left to be taken back along with the reader's position. None if others changed them meanwhile.
///
/// Cost: nothing where the state tells all from there on, as of the newest messages; else 1 query of the group's watermarks and
/// one for each member who has any; for all members 1 more, if the group has thousands. Then that of
/// [`Store::take_back_last_of_whole_group`](crate::store::Store::take_back_last_of_whole_group).
pub async fn of_group(
    store: &Store,
    guid: Guid,
    state: ConversationState,
    reader: &Uid,
    to: Option<MessageId>,
) -> Result<Option<OfGroup>, StoreError> {
    let first = to.unwrap_or(MessageId::MIN);
    let told = state.common.as_ref().and_then(|common| common.since(Receipt::Read, first));
    let marks = match told {
        Some(told) => told,
        None => noted(store, &guid, reader, to).await?,
    };
    let taken = taken_back(&marks, reader, to);
    let mut of_group = OfGroup { guid, state, taken };
    let moved = store.take_back_last_of_whole_group(&mut of_group).await?;
    Ok((moved == Moved::Done).then_some(of_group))
}

/// All watermarks of reading of a whole group from `to` on.
async fn noted(
    store: &Store,
    guid: &Guid,
    reader: &Uid,
    to: Option<MessageId>,
) -> Result<Vec<CommonWatermark>, StoreError> {
    let Some(range) = IdRange::new(to.unwrap_or(MessageId::MIN), MessageId::MAX) else { return Ok(Vec::new()) };
    let mut subjects = match store.whole_group_marked_beyond(guid, to).await? {
        Some(subjects) => subjects,
        None => all_subjects(store, guid).await?,
    };
    subjects.insert(ReceiptSubject::AllBut(reader.clone()));
    let conversation = &ConversationId::Group(guid.clone());
    let of = |subject: ReceiptSubject| async move {
        let of = store.watermarks(conversation, &subject, Receipt::Read, range).await?;
        let mark = |id, at| CommonWatermark { id, receipt: Receipt::Read, subject: subject.clone(), at };
        Ok::<_, StoreError>(of.into_iter().map(|watermark| mark(watermark.id, watermark.at)).collect::<Vec<_>>())
    };
    let of_each: Vec<Vec<CommonWatermark>> =
        stream::iter(subjects).map(of).buffer_unordered(AT_ONCE).try_collect().await?;
    Ok(of_each.concat())
}

/// All, and all but each of the members.
async fn all_subjects(store: &Store, guid: &Guid) -> Result<BTreeSet<ReceiptSubject>, StoreError> {
    let positions = store.positions(guid, Receipt::MAX_MEMBERS).await?.unwrap_or_default();
    Ok(positions
        .into_iter()
        .map(|position| ReceiptSubject::AllBut(position.uid))
        .chain([ReceiptSubject::All])
        .collect())
}
