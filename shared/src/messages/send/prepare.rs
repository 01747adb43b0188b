//! A send as a caller asks for it: proved, and looked up.

use serde::Serialize;
use serde_json::Value;

use super::{Send, SendContext, Sender};
use crate::app::App;
use crate::error::ApiError;
use crate::identity::{Caller, Credential};
use crate::messages::mentions;
use crate::store::error::StoreError;
use crate::store::proof::ProofQuery;
use crate::users::account;
use model::attachment;
use model::event::Origin;
use model::message::Receiver;
use model::message_view::MessageView;
use model::new_message::{Content, NewMessage, Receivers};

/// The longest body that is read before it is known who asks, in bytes.
const LONGEST_PREFETCHED: usize = 8 * 1024;
/// The most mentions and attachments that are looked up before it is known who asks: each is a read unit that anybody
/// can make the owner pay.
const MOST_PREFETCHED: usize = 8;

/// A send that was read and looked up, but not yet made.
#[derive(Debug)]
pub struct PreparedSend {
    sender: Sender,
    origin: Origin,
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
    /// Proves who asks and looks up what decides the send: to one receiver the proof and all else in one round trip, if
    /// the send is prefetchable. `new` is what the body of so many bytes was read as; who asks is proved before it is said
    /// what is wrong with it.
    ///
    /// Cost: 1 round trip; see [`Send::load_context`]. With several receivers 1 read unit, and the rest is looked up later.
    pub async fn prepare(
        app: &App,
        caller: &Caller,
        new: Result<NewMessage, ApiError>,
        n_bytes: usize,
    ) -> Result<PreparedSend, ApiError> {
        let credential = Credential::of(caller)?;
        let sender = credential.identity(caller);
        if let (Ok(new), Ok(sender)) = (&new, &sender)
            && let Some((proof, receiver)) = credential.needed(app).zip(prefetchable_receiver(new, n_bytes))
            && let Some(context) = prefetch(app, &sender.clone().into(), new, &receiver, &proof, &credential).await?
        {
            let NewMessage { content, muid, .. } = new.clone();
            let origin = caller.origin(sender.uid());
            let to = To::One(receiver, Box::new(context));
            return Ok(PreparedSend { sender: sender.clone().into(), origin, content, muid, to });
        }
        credential.prove(app).await?.with_full_access()?;
        PreparedSend::proved(app, caller, sender?.into(), new?).await
    }

    /// [`PreparedSend::prepare`] for a sender who is proved to ask.
    pub async fn proved(app: &App, caller: &Caller, sender: Sender, new: NewMessage) -> Result<PreparedSend, ApiError> {
        let NewMessage { receivers, content, muid } = new;
        let origin = caller.origin(sender.uid());
        let to = match receivers {
            Receivers::One(receiver) => {
                let send = Send {
                    sender: &sender,
                    origin: &origin,
                    content: &content,
                    muid: muid.as_deref(),
                    parent: None,
                    known: None,
                };
                let context = send.load_context(app, &receiver, &app.draw_upload_id()?, None).await?;
                To::One(receiver, Box::new(context))
            }
            Receivers::Many(receivers) => {
                // Otherwise a sender who does not exist would fail in every slot of a success.
                if let Sender::User(uid) = &sender {
                    account::active(app, uid).await?;
                }
                To::Many(receivers)
            }
        };
        Ok(PreparedSend { sender, origin, content, muid, to })
    }

    /// Sends it.
    ///
    /// Cost: see [`Send::deliver`] and [`Send::to_each`].
    pub async fn send(self, app: &App) -> Result<Sent, ApiError> {
        let send = Send {
            sender: &self.sender,
            origin: &self.origin,
            content: &self.content,
            muid: self.muid.as_deref(),
            parent: None,
            known: None,
        };
        match self.to {
            To::One(receiver, known) => Ok(Sent::One(Box::new(send.deliver(app, &receiver, *known).await?))),
            To::Many(receivers) => Ok(Sent::Each(send.to_each(app, &receivers).await?)),
        }
    }
}

/// What decides the send, read along with the proof of who asks in one round trip. Nothing is written, and no prefetched
/// data is returned before authentication succeeds. `None` if it was not found, whatever is wrong: then the proof comes
/// first.
async fn prefetch(
    app: &App,
    sender: &Sender,
    new: &NewMessage,
    receiver: &Receiver,
    proof: &ProofQuery,
    credential: &Credential<'_>,
) -> Result<Option<SendContext>, ApiError> {
    let NewMessage { content, muid, .. } = new;
    let origin = &Origin { actor: sender.uid(), device: None };
    let send = Send { sender, origin, content, muid: muid.as_deref(), parent: None, known: None };
    let mut context = match send.load_context(app, receiver, &app.draw_upload_id()?, Some(proof)).await {
        Ok(context) => context,
        // The proof could not be read either; asking again would outlast the function.
        Err(failure @ ApiError::Store(StoreError::Throttled(_) | StoreError::Failed(_))) => return Err(failure),
        Err(_) => return Ok(None),
    };
    let Some(facts) = context.facts.proof.take() else { return Ok(None) };
    credential.proved_by(app, facts).await?.with_full_access()?;
    Ok(Some(context))
}

/// The receiver of a send that is small enough to be looked up for anybody.
fn prefetchable_receiver(new: &NewMessage, n_bytes: usize) -> Option<Receiver> {
    let Receivers::One(receiver) = &new.receivers else { return None };
    let n_looked_up = mentions::mentioned(&new.content.data).ok()?.len() + attachment::all(&new.content.data).len();
    (n_bytes <= LONGEST_PREFETCHED && n_looked_up <= MOST_PREFETCHED).then(|| receiver.clone())
}
