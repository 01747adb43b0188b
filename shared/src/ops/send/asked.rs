//! A send as a request asks for it.

use lambda_http::Request;
use serde::Serialize;
use serde_json::Value;

use super::{Known, Send, Sender};
use crate::app::App;
use crate::error::ApiError;
use crate::http::form;
use crate::model::file::UploadId;
use crate::model::message::Receiver;
use crate::model::message_view::MessageView;
use crate::model::new_message::{Content, Receivers};
use crate::ops::users;
use crate::store::proof::{ProofFacts, ProofQuery};

/// A send that was read and looked up, but not yet made.
#[derive(Debug)]
pub struct Asked {
    sender: Sender,
    content: Content,
    muid: Option<String>,
    to: To,
}

#[derive(Debug)]
enum To {
    One(Receiver, Box<Known>),
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

impl Asked {
    /// Reads the body of a request and looks up what decides the send; to one receiver, `proof` along with it.
    ///
    /// Cost: 1 round trip; see [`Send::look_up`]. With several receivers 1 read unit, and the rest is looked up later.
    pub async fn read(
        app: &App,
        req: &Request,
        sender: Sender,
        proof: Option<&ProofQuery>,
    ) -> Result<(Asked, Option<ProofFacts>), ApiError> {
        let new = form::new_message(req).await?;
        let mut facts = None;
        let to = match new.receivers {
            Receivers::One(receiver) => {
                let send = Send { sender: &sender, content: &new.content, muid: new.muid.as_deref(), parent: None };
                let mut known = send.look_up(app, &receiver, &UploadId::draw()?, proof).await?;
                facts = known.facts.proof.take();
                To::One(receiver, Box::new(known))
            }
            Receivers::Many(receivers) => {
                // Otherwise a sender who does not exist would fail in every slot of a success.
                if let Sender::User(uid) = &sender {
                    users::active(app, uid).await?;
                }
                To::Many(receivers)
            }
        };
        Ok((Asked { sender, content: new.content, muid: new.muid, to }, facts))
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
