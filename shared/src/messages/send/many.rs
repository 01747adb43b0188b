//! A send to several receivers: a message of its own for each, and one answer.

use futures_util::{StreamExt, stream};
use serde_json::{Map, Value, json};

use super::{Send, Sender};
use crate::app::App;
use crate::error::ApiError;
use crate::messages::mentions;
use crate::store::send::KnownUsers;
use crate::store::share;
use model::attachment;
use model::budget;
use model::entity;
use model::message::Receiver;
use model::message_view::MessageView;
use model::outcome::slot;
use model::user::User;

/// The most bytes of a receiver's slot in an answer beside the message: its name, and an error's sentence.
const MAX_SLOT_BYTES: usize = 1_024;
/// How many of several receivers are served at once.
const AT_ONCE: usize = 8;
/// Which share of the request's bound the messages to all receivers may cost.
const SHARE: f64 = 0.9;

impl Send<'_> {
    /// Sends to each receiver by itself: one that fails does not fail the others.
    ///
    /// Answers `{"uids": {uid: {success, data|error}}, "guids": {…}}`.
    ///
    /// Cost: 1 round trip and 1 read unit for the sender and each mentioned user; then for each receiver as a send to it.
    pub(super) async fn to_each(self, app: &App, receivers: &[Receiver]) -> Result<Value, ApiError> {
        let known = self.known_users(app).await?;
        if let Some(known) = &known {
            self.require_few_enough(known, receivers.len())?;
        }
        let each = Send { known: known.as_ref(), ..self };
        let send = &app.draw_upload_id();
        let sent: Vec<(Receiver, Result<MessageView, ApiError>)> = stream::iter(receivers.to_vec())
            .map(|receiver| async move {
                let sent = match send {
                    // Without entropy each send draws, and fails, by itself.
                    Ok(send) => each.make(app, &receiver, send).await,
                    Err(_) => each.to(app, &receiver).await,
                };
                (receiver, sent)
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let (mut uids, mut guids) = (Map::new(), Map::new());
        for (receiver, sent) in fitting(sent) {
            let slots = if matches!(receiver, Receiver::User(_)) { &mut uids } else { &mut guids };
            slots.insert(receiver.as_str().to_owned(), slot(sent.as_ref().map_err(ApiError::view)));
        }
        Ok(json!({ "uids": uids, "guids": guids }))
    }

    /// The users who are the same for every receiver; none for a text that every receiver's slot refuses.
    async fn known_users(&self, app: &App) -> Result<Option<KnownUsers>, ApiError> {
        let Ok(mentioned) = mentions::mentioned(&self.content.data) else { return Ok(None) };
        let sender = self.sender.uid();
        let users = app.store.users(&mentioned.iter().chain([&sender]).collect::<Vec<_>>()).await?;
        Ok(Some(KnownUsers {
            sender: users.iter().find(|user| user.uid == sender).cloned(),
            mentioned: users.into_iter().filter(|user| mentioned.contains(&user.uid)).collect(),
        }))
    }

    /// Refuses what would cost more than one request may, before any of it is sent.
    fn require_few_enough(&self, known: &KnownUsers, n_receivers: usize) -> Result<(), ApiError> {
        let each = self.most_units(known);
        let most = (share(SHARE) / each) as usize;
        if n_receivers <= most {
            return Ok(());
        }
        Err(ApiError::field("multipleReceivers", format!("must not name more than {most} for a message of this size.")))
    }

    /// What the message to one receiver costs at the most, in read and write units.
    fn most_units(&self, known: &KnownUsers) -> f64 {
        /// The receiver's profile, state and blocks; pointer, state, rows and record of the send.
        const ROWS: usize = 26;
        /// An upload is looked up, and marked in the transaction.
        const UPLOAD: usize = 3;
        /// The attributes of a message beside what is counted, and one of a file.
        const ATTRIBUTES: usize = 1_024;
        const UNIT_BYTES: usize = 1_024;
        let sender = match self.sender {
            Sender::App => User::app_system(),
            Sender::User(_) | Sender::Bot(_) => known.sender.clone().unwrap_or_else(User::app_system),
        };
        let n_files = attachment::all(&self.content.data).len();
        let mentions: usize =
            known.mentioned.iter().map(|user| budget::bytes_of(&entity::mentioned(user, &sender.uid))).sum();
        let entities = budget::bytes_of(&entity::user(&sender, None)) + entity::MAX_BYTES;
        let own = budget::bytes_of(&self.content.data) + budget::bytes_of(&self.content.tags);
        let bytes = own + mentions + entities + ATTRIBUTES * (1 + n_files);
        (ROWS + UPLOAD * n_files + 2 * bytes.div_ceil(UNIT_BYTES)) as f64
    }
}

/// The messages of one send as one answer holds them. It is given once and what it tells is stored, so it always fits:
/// where it would not, quoted messages are left out of it, and then the profiles of mentioned users. Without both a
/// message is 190 KB at the most, its content, URLs and two profiles, and there are 25.
fn fitting(mut sent: Vec<(Receiver, Result<MessageView, ApiError>)>) -> Vec<(Receiver, Result<MessageView, ApiError>)> {
    for lighten in [MessageView::leave_quoted_out, MessageView::leave_mentions_out] {
        let views = || sent.iter().filter_map(|(_, sent)| sent.as_ref().ok());
        if views().map(budget::bytes_of).sum::<usize>() + MAX_SLOT_BYTES * sent.len() <= budget::ENTRIES_BYTES {
            break;
        }
        sent.iter_mut().filter_map(|(_, sent)| sent.as_mut().ok()).for_each(lighten);
    }
    sent
}
