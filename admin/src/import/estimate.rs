//! What an import would take, by reading users, groups and messages and writing nothing.

use std::io::Write;

use model::archive::Record;
use model::id::MessageId;
use model::time::Seconds;
use shared::imports::estimate::Estimate;

use super::messages;
use super::people;
use super::source::Source;
use super::wire::{self, number};
use crate::AdminError;
use crate::progress::Progress;

/// Counts and says it.
pub async fn estimate(
    source: &Source,
    since: Option<Seconds>,
    requests_per_minute: u32,
    out: &mut impl Write,
) -> Result<(), AdminError> {
    let mut counted = Counted::default();
    counted.people(source).await?;
    counted.messages(source, since).await?;
    for (kind, n_records) in &counted.estimate.records {
        writeln!(out, "{n_records:>12}  {kind}")?;
    }
    writeln!(out, "{:>12}  member", counted.n_members)?;
    writeln!(out, "{:>12}  messages with reactions", counted.n_reacted)?;
    writeln!(out, "{:>12}  files, {} bytes as far as they are told", counted.n_files, counted.n_file_bytes)?;
    let n_requests = counted.n_requests(source.page_size());
    let minutes = n_requests.div_ceil(requests_per_minute.into());
    writeln!(out, "about {n_requests} requests, {minutes} minutes at {requests_per_minute} a minute")?;
    writeln!(out, "about {:.0} write units of DynamoDB", counted.write_units())?;
    Ok(writeln!(out, "{} requests were made for this", source.n_requests())?)
}

#[derive(Debug, Default)]
struct Counted {
    estimate: Estimate,
    n_users: u64,
    n_groups: u64,
    n_members: u64,
    n_messages: u64,
    n_reacted: u64,
    n_reactions: u64,
    n_files: u64,
    n_file_bytes: u64,
}

impl Counted {
    fn count(&mut self, record: &Record) {
        let n_bytes = record.line().map_or(0, |line| line.len());
        self.estimate.count(record, n_bytes);
    }

    async fn people(&mut self, source: &Source) -> Result<(), AdminError> {
        for user in source.all("/users?withTags=true&withDeactivated=true", None).await? {
            self.n_users += 1;
            people::user(&user).into_iter().for_each(|user| self.count(&user.into()));
        }
        for group in source.all("/groups?withTags=true", None).await? {
            self.n_groups += 1;
            self.n_members += number(&group, "membersCount").unwrap_or_default();
            people::group(&group).into_iter().for_each(|group| self.count(&group.into()));
        }
        Ok(())
    }

    async fn messages(&mut self, source: &Source, since: Option<Seconds>) -> Result<(), AdminError> {
        let list = match since {
            Some(since) => format!("/messages?withTags=true&updatedAt[from]={}", since.get()),
            None => "/messages?withTags=true".to_owned(),
        };
        let (mut progress, mut after): (_, Option<MessageId>) = (Progress::new("messages"), None);
        loop {
            let page = source.messages(&list, after, None).await?;
            let Some(last) = page.last().and_then(|last| wire::id(last, "id")) else { break };
            after = Some(last);
            for read in page.iter().filter_map(|object| messages::message(object).ok()) {
                self.n_messages += 1;
                self.n_reacted += u64::from(!read.reactions.is_empty());
                self.n_reactions += read.reactions.iter().map(|(_, count)| count).sum::<u64>();
                for attachment in model::attachment::all(&read.record.data) {
                    self.n_files += 1;
                    self.n_file_bytes += number(attachment, "size").unwrap_or_default();
                }
                self.count(&read.record.into());
            }
            progress.at(self.n_messages);
        }
        progress.end();
        Ok(())
    }

    /// Lists; each user and group by itself; friends, blocks, conversations, groups and messages of each user; the joinings,
    /// members, bans and a message of each group; reactions; files. Each message is read again by those who see it: two, or the
    /// members of a group, of whom there are so many in the mean.
    fn n_requests(&self, page_size: usize) -> u64 {
        let pages = |n_items: u64| n_items.div_ceil(page_size as u64);
        let audience = 2.max(self.n_members.checked_div(self.n_groups.max(1)).unwrap_or_default());
        let lists = pages(self.n_users) * 2 + pages(self.n_groups) + pages(self.n_messages);
        let each = 6 * self.n_users + 5 * self.n_groups + self.n_reacted + self.n_files;
        lists + each + pages(self.n_messages * audience)
    }

    /// Those of the records, members, reactions and of how conversations stand for their users.
    fn write_units(&self) -> f64 {
        let others = 4 * (self.n_members + self.n_reactions) + 2 * self.n_messages;
        self.estimate.write_units + others as f64
    }
}
