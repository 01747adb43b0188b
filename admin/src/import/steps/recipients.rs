//! What members of groups received of which no list tells.

use std::collections::BTreeSet;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use model::conversation::ConversationId;
use model::id::MessageId;
use model::uid::Guid;
use shared::imports::importer::Recipient;

use super::{AT_ONCE, Mover};
use crate::AdminError;
use crate::import::parts::Parts;
use crate::import::recipients::{Search, told};
use crate::import::source::ReadError;
use crate::import::wire;
use crate::progress::Progress;

/// In how many groups it is looked together who these members are.
const GROUPS_TOGETHER: usize = 64;

impl Mover<'_> {
    /// Goes through the groups by their GUIDs.
    pub(super) async fn recipients(&mut self) -> Result<(), AdminError> {
        let groups = self.source.all("/groups", None).await?;
        let groups: BTreeSet<Guid> = groups.iter().filter_map(|group| wire::guid(group, "guid")).collect();
        let place = self.state.place.clone();
        let left = groups.into_iter().filter(|guid| place.as_deref() < Some(guid.as_str()));
        let (mut progress, mut n_done) = (Progress::new("groups"), 0);
        for part in Parts::up_to(GROUPS_TOGETHER).of(left.collect()) {
            n_done += part.len() as u64;
            let (importer, last) = (&self.importer, part.last().map(Guid::to_string));
            let recipients = stream::iter(part).map(|guid| async move {
                let recipients = importer.recipients(&guid).await;
                recipients.map(|recipients| (guid, recipients))
            });
            let recipients: Vec<_> = recipients.buffered(AT_ONCE).try_collect().await?;
            for (guid, recipients) in recipients.into_iter().filter(|(_, recipients)| !recipients.is_empty()) {
                self.recipients_of(&guid, recipients).await?;
                self.write(Vec::new(), Some(guid.to_string())).await?;
            }
            self.write(Vec::new(), last).await?;
            progress.at(n_done);
        }
        progress.end();
        Ok(())
    }

    /// Brings in what these members of a group received, page by page.
    async fn recipients_of(&mut self, guid: &Guid, mut recipients: Vec<Recipient>) -> Result<(), AdminError> {
        let conversation = ConversationId::Group(guid.clone());
        let mut is_told = false;
        let mut after = self.place_in(guid).max(recipients.iter().map(|recipient| recipient.start_id).min().flatten());
        let untold = |recipients: &[Recipient]| recipients.iter().filter_map(Recipient::untold).max();
        while let Some(up_to) = untold(&recipients).filter(|up_to| after < Some(*up_to)) {
            let (sent, last) = self.importer.sent_to(guid, after, up_to).await?;
            let mut search = Search::new(&recipients, &sent);
            loop {
                let next = search.next();
                if next.is_empty() {
                    break;
                }
                let source = self.source;
                let ask = async |id| Ok::<_, ReadError>((id, told(source, id).await?));
                let asked: Vec<_> = stream::iter(next).map(ask).buffered(AT_ONCE).try_collect().await?;
                asked.into_iter().for_each(|(id, told)| search.take(id, told));
            }
            is_told |= search.is_told();
            let (marks, starts) = (search.watermarks(&conversation), search.starts());
            self.put(marks.records().collect()).await?;
            let started = self.importer.conversations_of(guid, starts.keys(), &starts).await?;
            self.put(started).await?;
            for recipient in &mut recipients {
                recipient.may_start_later &= !starts.contains_key(&recipient.uid);
                recipient.start_id = recipient.start_id.max(starts.get(&recipient.uid).copied().flatten());
            }
            after = Some(last.unwrap_or(up_to));
            self.write_part(Vec::new(), after.map(|after| format!("{guid} {after}"))).await?;
        }
        // Who is named by no message that they received came behind all of these, if any says something.
        let unfound = recipients.iter().filter(|recipient| is_told && recipient.may_start_later);
        let starts = unfound.map(|recipient| (recipient.uid.clone(), recipient.received_id)).collect();
        let members = recipients.iter().map(|recipient| &recipient.uid);
        let completed = self.importer.conversations_of(guid, members, &starts).await?;
        self.put(completed).await
    }

    /// Behind which message of a group this goes on.
    fn place_in(&self, guid: &Guid) -> Option<MessageId> {
        let (of, after) = self.state.within.as_deref()?.split_once(' ')?;
        MessageId::parse(after).ok().filter(|_| of == guid.as_str())
    }
}
