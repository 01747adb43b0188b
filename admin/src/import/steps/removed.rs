//! Receipts of members of groups for what they removed from their view.

use std::collections::BTreeSet;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use model::conversation::ConversationId;
use model::id::MessageId;
use model::uid::Guid;
use serde_json::Value;
use shared::imports::importer::Remover;

use super::{AT_ONCE, Mover};
use crate::AdminError;
use crate::import::parts::Parts;
use crate::import::removed::{Search, Told, receipts_of};
use crate::import::source::{ReadError, Source};
use crate::import::wire;
use crate::progress::Progress;

/// Of how many groups it is looked together who removed something.
const GROUPS_TOGETHER: usize = 64;

impl Mover<'_> {
    /// Goes through the groups by their GUIDs.
    pub(super) async fn removed(&mut self) -> Result<(), AdminError> {
        let groups = self.source.all("/groups", None).await?;
        let groups: BTreeSet<Guid> = groups.iter().filter_map(|group| wire::guid(group, "guid")).collect();
        let place = self.state.place.clone();
        let left = groups.into_iter().filter(|guid| place.as_deref() < Some(guid.as_str()));
        let (mut progress, mut n_done) = (Progress::new("groups"), 0);
        for part in Parts::up_to(GROUPS_TOGETHER).of(left.collect()) {
            let importer = &self.importer;
            let removers = stream::iter(part).map(|guid| async move {
                let removers = importer.removers(&guid).await;
                removers.map(|removers| (guid, removers))
            });
            let removers: Vec<_> = removers.buffered(AT_ONCE).try_collect().await?;
            for (guid, removers) in removers {
                self.receipts_of(&guid, &removers).await?;
                self.state.place = Some(guid.to_string());
                n_done += 1;
            }
            self.write(Vec::new(), self.state.place.clone()).await?;
            progress.at(n_done);
        }
        progress.end();
        Ok(())
    }

    /// Brings in what these members received and read of what they removed of a group.
    async fn receipts_of(&mut self, guid: &Guid, removers: &[Remover]) -> Result<(), AdminError> {
        let Some(up_to) = removers.iter().map(|remover| remover.cleared_id).max() else { return Ok(()) };
        let place = self.state.within.take();
        let place = place.as_deref().and_then(|place| place.split_once(' ')).filter(|(of, _)| *of == guid.as_str());
        let mut after = place.and_then(|(_, id)| MessageId::parse(id).ok());
        let mut removers = removers.to_vec();
        loop {
            let (sent, last) = self.importer.sent_to(guid, after, up_to).await?;
            let mut search = Search::new(&removers, &sent);
            loop {
                let next = search.next();
                if next.is_empty() {
                    break;
                }
                for (id, told) in asked(self.source, next).await? {
                    search.take(id, told);
                }
            }
            let marks = search.watermarks(&ConversationId::Group(guid.clone()));
            let starts = search.starts();
            self.put(marks.records().collect()).await?;
            if last.is_none() || !starts.is_empty() {
                let records = self.importer.conversations_of_removers(guid, &removers, &starts).await?;
                self.put(records).await?;
            }
            let Some(last) = last else { return Ok(()) };
            for remover in removers.iter_mut().filter(|remover| starts.contains_key(&remover.uid)) {
                remover.start_id = starts.get(&remover.uid).copied();
                remover.may_start_between = false;
            }
            after = Some(last);
            self.write_part(Vec::new(), Some(format!("{guid} {last}"))).await?;
        }
    }
}

/// Who received these messages, each as it says by itself; nobody of what is there no more.
async fn asked(
    source: &Source,
    ids: BTreeSet<MessageId>,
) -> Result<Vec<(MessageId, Told)>, ReadError> {
    let ask = |id: MessageId| async move {
        match source.get(&format!("/messages/{id}"), None).await {
            Ok(answer) => Ok((id, receipts_of(answer.get("data").unwrap_or(&Value::Null)))),
            Err(refusal) if refusal.is_refusal() => Ok((id, Told::new())),
            Err(error) => Err(error),
        }
    };
    stream::iter(ids).map(ask).buffered(AT_ONCE).try_collect().await
}
