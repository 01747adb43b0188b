//! What users have reported, for the app's moderators (contract/rest-coverage.md, "Moderation").

use std::collections::HashMap;

use futures_util::future::try_join_all;
use serde::Serialize;

use crate::app::App;
use crate::error::ApiError;
use crate::id_walk::IdWalk;
use crate::messages::flag_reasons;
use crate::messages::render::Viewing;
use crate::parts;
use crate::store::flag::Flagged;
use crate::store::id_index::IdIndex;
use model::flag_reason::FlagReason;
use model::id::MessageId;
use model::message::Message;
use model::message_view::MessageView;
use model::paging::{NumberedPage, PageNumber};
use model::time::Seconds;
use model::uid::{RoleId, Uid};
use model::user::User;

/// A message that was reported, as moderators see it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FlaggedMessage {
    #[serde(skip)]
    id: MessageId,
    #[serde(flatten)]
    message: MessageView,
    flagged_by: Vec<FlaggedBy>,
    flagged_count: usize,
}

impl FlaggedMessage {
    /// When it was last reported, as far as is shown.
    pub fn flagged_at(&self) -> Seconds {
        self.flagged_by.iter().map(|report| report.flagged_at).max().unwrap_or(self.id.sent_at())
    }
}

/// Who reported it, and why.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FlaggedBy {
    uid: Uid,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<RoleId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remark: Option<String>,
    flagged_at: Seconds,
}

impl FlaggedBy {
    fn of(uid: Uid, flagged: Flagged, user: Option<&User>, reason: Option<&FlagReason>) -> FlaggedBy {
        let Flagged { flagged_at, reason_id, remark } = flagged;
        FlaggedBy {
            uid,
            name: user.map(|user| user.name.clone()),
            avatar: user.and_then(|user| user.avatar.clone()),
            role: user.map(|user| user.role.clone()),
            reason_id,
            reason_name: reason.map(|reason| reason.name.clone()),
            description: reason.map(|reason| reason.description.clone()),
            remark,
            flagged_at,
        }
    }
}

/// A page of the messages that were reported, the newest first; each with up to [`MOST_FLAGS`] reports. Reports whose
/// users are deleted permanently go with them.
///
/// Cost: 1 round trip and a read unit for about 80 messages up to the page, 3 and those of showing them, a query for the
/// reports of each.
///
/// [`MOST_FLAGS`]: crate::store::flag::MOST_FLAGS
pub async fn page(app: &App, page: &PageNumber) -> Result<NumberedPage<FlaggedMessage>, ApiError> {
    let walk = IdWalk::new(&app.store, &[IdIndex::FlaggedMessages], "", page.start()).falling(true);
    let mut ids = walk.page(page, false, |entry| MessageId::parse(&entry).ok()).await?;
    let reasons = flag_reasons::known(app).await?;
    let shown = parts::of(&ids.items, async |part: Vec<MessageId>| shown(app, &reasons, part).await).await?;
    ids.cut(shown.len());
    Ok(ids.with(shown.into_iter().flatten().collect(), |id, message| *id == message.id))
}

/// Each of these messages, if it is still there and somebody's report of it.
async fn shown(
    app: &App,
    reasons: &[FlagReason],
    ids: Vec<MessageId>,
) -> Result<Vec<Option<FlaggedMessage>>, ApiError> {
    let pointed = app.store.pointed(&ids).await?;
    let messages = app.store.messages_by_id(pointed.iter().map(|of| (&of.conversation, of.id))).await?;
    let views = Viewing::of_one(None).all(app, &messages).await?;
    let mut views: HashMap<MessageId, MessageView> =
        messages.iter().map(|message: &Message| message.id).zip(views).collect();
    let flags = try_join_all(ids.iter().map(|id| app.store.flags(*id))).await?;
    let uids: Vec<&Uid> = flags.iter().flatten().map(|(uid, _)| uid).collect();
    let users = app.store.users(&uids).await?;
    let users: HashMap<&Uid, &User> = users.iter().map(|user| (&user.uid, user)).collect();
    let shown = ids.iter().zip(flags).map(|(id, flags)| {
        let message = views.remove(id).filter(|_| !flags.is_empty())?;
        let flagged_count = flags.len();
        let flagged_by = flags.into_iter().map(|(uid, flagged)| {
            let reason = reasons.iter().find(|reason| Some(&reason.id) == flagged.reason_id.as_ref());
            let user = users.get(&uid).copied();
            FlaggedBy::of(uid, flagged, user, reason)
        });
        Some(FlaggedMessage { id: *id, message, flagged_by: flagged_by.collect(), flagged_count })
    });
    Ok(shown.collect())
}
