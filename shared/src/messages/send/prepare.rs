//! A send as a request asks for it.

use lambda_http::Request;
use serde::Serialize;
use serde_json::Value;

use super::{Send, SendContext, Sender};
use crate::app::App;
use crate::error::ApiError;
use crate::http::form;
use crate::identity::Credential;
use crate::messages::mentions;
use crate::store::error::StoreError;
use crate::users::account;
use model::attachment;
use model::message::Receiver;
use model::message_view::MessageView;
use model::new_message::{Content, NewMessage, Receivers};

/// The longest body that is read before it is known who asks, in bytes.
const LONGEST_AHEAD: usize = 8 * 1024;
/// The most mentions and attachments that are looked up before it is known who asks: each is a read unit that anybody
/// can make the owner pay.
const MOST_AHEAD: usize = 8;

/// A send that was read and looked up, but not yet made.
#[derive(Debug)]
pub struct PreparedSend {
    sender: Sender,
    content: Content,
    muid: Option<String>,
    to: To,
}

#[derive(Debug)]
enum To {
    One(Receiver, Box<SendContext>),
    Many(Vec<Receiver>),
}

/// The answer to a send.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Sent {
    /// The message.
    One(Box<MessageView>),
    /// How each of several went; see [`Send::to_each`].
    Each(Value),
}

impl PreparedSend {
    /// Proves who asks, reads the body and looks up what decides the send: to one receiver the proof and all else in one
    /// round trip, if the send is a usual one.
    ///
    /// Cost: 1 round trip; see [`Send::look_up`]. With several receivers 1 read unit, and the rest is looked up later.
    pub async fn of(app: &App, req: &Request) -> Result<PreparedSend, ApiError> {
        let credential = Credential::of(req)?;
        if let Some(asked) = PreparedSend::prefetch(app, req, &credential).await? {
            return Ok(asked);
        }
        credential.prove(app).await?.with_full_access()?;
        PreparedSend::proved(app, req, credential.identity(req)?.into()).await
    }

    /// [`PreparedSend::of`] for a sender who is known to ask.
    pub async fn proved(app: &App, req: &Request, sender: Sender) -> Result<PreparedSend, ApiError> {
        let NewMessage { receivers, content, muid } = form::new_message(req).await?;
        let to = match receivers {
            Receivers::One(receiver) => {
                let send = Send { sender: &sender, content: &content, muid: muid.as_deref(), parent: None };
                let known = send.look_up(app, &receiver, &app.draw_upload_id()?, None).await?;
                To::One(receiver, Box::new(known))
            }
            Receivers::Many(receivers) => {
                // Otherwise a sender who does not exist would fail in every slot of a success.
                if let Sender::User(uid) = &sender {
                    account::active(app, uid).await?;
                }
                To::Many(receivers)
            }
        };
        Ok(PreparedSend { sender, content, muid, to })
    }

    /// The usual case in one round trip: what decides the send is read along with the proof. Nothing is written, and
    /// nothing of what is found leaves here before the proof holds. `None` if it is not the usual case, whatever is wrong
    /// with it: then the proof comes first.
    async fn prefetch(app: &App, req: &Request, credential: &Credential<'_>) -> Result<Option<PreparedSend>, ApiError> {
        let Some(proof) = credential.needed(app) else { return Ok(None) };
        let Some((sender, new, receiver)) = usual(req, credential).await else { return Ok(None) };
        let NewMessage { content, muid, .. } = new;
        let send = Send { sender: &sender, content: &content, muid: muid.as_deref(), parent: None };
        let mut known = match send.look_up(app, &receiver, &app.draw_upload_id()?, Some(&proof)).await {
            Ok(known) => known,
            // The proof could not be read either; asking again would outlast the function.
            Err(failure @ ApiError::Store(StoreError::Throttled(_) | StoreError::Failed(_))) => return Err(failure),
            Err(_) => return Ok(None),
        };
        let Some(facts) = known.facts.proof.take() else { return Ok(None) };
        credential.proved_by(app, facts)?.with_full_access()?;
        Ok(Some(PreparedSend { sender, content, muid, to: To::One(receiver, Box::new(known)) }))
    }

    /// Sends it.
    ///
    /// Cost: see [`Send::deliver`] and [`Send::to_each`].
    pub async fn send(self, app: &App) -> Result<Sent, ApiError> {
        let send = Send { sender: &self.sender, content: &self.content, muid: self.muid.as_deref(), parent: None };
        match self.to {
            To::One(receiver, known) => Ok(Sent::One(Box::new(send.deliver(app, &receiver, *known).await?))),
            To::Many(receivers) => Ok(Sent::Each(send.to_each(app, &receivers).await)),
        }
    }
}

/// A send to one receiver that is small enough to be looked up for anybody.
async fn usual(req: &Request, credential: &Credential<'_>) -> Option<(Sender, NewMessage, Receiver)> {
    if LONGEST_AHEAD < req.body().len() {
        return None;
    }
    let sender = credential.identity(req).ok()?.into();
    let new = form::new_message(req).await.ok()?;
    let Receivers::One(receiver) = &new.receivers else { return None };
    let n_looked_up = mentions::mentioned(&new.content.data).ok()?.len() + attachment::all(&new.content.data).len();
    let receiver = receiver.clone();
    (n_looked_up <= MOST_AHEAD).then_some((sender, new, receiver))
}
