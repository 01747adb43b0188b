//! What a list leaves out of its items, and is asked for one by one; who is asked for together.

use std::collections::BTreeMap;

use model::archive::{BanRecord, MemberRecord, ReactionRecord};
use model::id::MessageId;
use model::uid::{Guid, Uid};
use serde_json::Value;
use shared::files::bucket::Media;

use super::messages::{self, Read};
use super::source::{Page, ReadError, Source};
use super::{files, people, wire};
use crate::AdminError;

/// An item of a list as it is answered by itself, with the private part of its metadata, which no list has. Lists alone have
/// tags, and who is deactivated.
pub async fn whole(source: &Source, kind: &str, name: &str, item: Value) -> Result<Value, ReadError> {
    let Some(id) = item.get(name).and_then(Value::as_str) else { return Ok(item) };
    let single = match source.get(&format!("/{kind}/{id}"), None).await {
        Ok(mut answer) => answer.get_mut("data").map(Value::take).unwrap_or_default(),
        Err(refusal) if refusal.is_refusal() => return Ok(item),
        Err(error) => return Err(error),
    };
    let mut item = item;
    if let (Some(fields), Some(metadata)) = (item.as_object_mut(), single.get("metadata")) {
        fields.insert("metadata".to_owned(), metadata.clone());
    }
    Ok(item)
}

/// Those who are deactivated as a user sees them: lists of blocked users leave them out. Nobody where the server does not list them
/// by themselves.
///
/// Cost: a request for each 1,000.
pub async fn deactivated(source: &Source, user: &Uid) -> Result<Vec<Value>, ReadError> {
    let (mut all, mut pages) = (Vec::new(), source.pages("/users?onlyDeactivated=true", None, Some(user)));
    while let Some(Page { items, .. }) = pages.next().await? {
        if items.iter().any(|item| wire::seconds(item, "deactivatedAt").is_none()) {
            return Ok(Vec::new());
        }
        all.extend(items);
    }
    Ok(all)
}

/// The members of a group and who is banned from it.
pub async fn belonging(source: &Source, guid: &Guid) -> Result<(Vec<MemberRecord>, Vec<BanRecord>), ReadError> {
    let mut joinings: BTreeMap<Uid, MessageId> = BTreeMap::new();
    let mut after = None;
    loop {
        let list = format!("/groups/{guid}/messages?categories=action");
        let page = source.messages(&list, after, None).await?;
        let Some(last) = page.last().and_then(|last| wire::id(last, "id")) else { break };
        joinings.extend(page.iter().filter_map(people::joining));
        after = Some(last);
    }
    let members = source.all(&format!("/groups/{guid}/members"), None).await?;
    let bans = source.all(&format!("/groups/{guid}/bannedusers"), None).await?;
    let members = members.iter().filter_map(|member| {
        let start_id = joinings.get(&wire::uid(member, "uid")?).copied();
        people::member(guid, member, start_id)
    });
    Ok((members.collect(), bans.iter().filter_map(|ban| people::ban(guid, ban)).collect()))
}

/// A message with its reactions, and its files where these are copied; how many of these there are no more.
pub async fn complete(
    source: &Source,
    media: Option<&Media>,
    mut read: Read,
) -> Result<(Read, Vec<ReactionRecord>, u64), AdminError> {
    let mut reactions = Vec::new();
    if !read.reactions.is_empty() {
        let id = read.record.id;
        let told = source.reactions(id).await?;
        let given: Vec<_> = told.iter().filter_map(|object| messages::reaction(id, object)).collect();
        messages::count(&mut read, &given);
        reactions = given;
    }
    let n_missing = match media {
        Some(media) => files::copy(source, media, &mut read.record).await?,
        None => 0,
    };
    Ok((read, reactions, n_missing))
}
