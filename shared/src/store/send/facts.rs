//! What decides a send, read in one round trip.

use std::collections::BTreeSet;

use super::{IdempotencyRecord, Repeat, Standing};
use crate::store::access;
use crate::store::batch::Freshness;
use crate::store::block::Blocks;
use crate::store::deleted;
use crate::store::error::StoreError;
use crate::store::keys::Key;
use crate::store::own_mark;
use crate::store::proof::{ProofFacts, ProofQuery};
use crate::store::{Found, Store};
use model::conversation::ConversationId;
use model::entity::Party;
use model::file::UploadId;
use model::id::MessageId;
use model::membership::Membership;
use model::message::{Message, Receiver};
use model::time::Seconds;
use model::uid::Uid;
use model::upload::Upload;
use model::user::User;

/// Users whom a send to several needs for each, looked up once.
#[derive(Clone, Debug)]
pub struct KnownUsers {
    /// The sender, active or not.
    pub sender: Option<User>,
    /// The users whom the text mentions, active or not.
    pub mentioned: Vec<User>,
}

/// What a send is about, as far as it has to be looked up.
#[derive(Debug)]
pub struct SendQuery<'a> {
    /// Who sends.
    pub sender: &'a Uid,
    /// To whom.
    pub receiver: &'a Receiver,
    /// Where.
    pub conversation: &'a ConversationId,
    /// Whom the text mentions.
    pub mentioned: &'a BTreeSet<Uid>,
    /// Sender and mentioned users, if they are known already.
    pub known: Option<&'a KnownUsers>,
    /// Which message of the conversation it quotes.
    pub quoted: Option<MessageId>,
    /// Which message of the conversation it replies to.
    pub parent: Option<MessageId>,
    /// Whether the sender has to be a bot.
    pub as_bot: bool,
    /// Whether it is asked if the receiver is a friend of the sender.
    pub asks_for_friend: bool,
    /// Whether a message is to be stored, not only prepared.
    pub stores: bool,
    /// What makes it a repeat.
    pub repeat: Option<&'a Repeat>,
    /// The uploads that it attaches.
    pub uploads: &'a [UploadId],
    /// What proves who asks, if that is to be read along.
    pub proof: Option<&'a ProofQuery>,
    /// When that is.
    pub now: Seconds,
}

/// What a send has to know.
#[derive(Debug)]
pub struct SendFacts {
    /// The sender, active or not.
    pub sender: Option<User>,
    /// The receiver, active or not.
    pub receiver: Option<Party>,
    /// The sender's membership of the group; empty towards a user.
    pub membership: Membership,
    /// Who of sender and receiver blocks the other; nobody in a group.
    pub blocks: Blocks,
    /// Whether they are friends, if that was asked.
    pub are_friends: bool,
    /// The users whom the text mentions, active or not.
    pub mentioned: Vec<User>,
    /// The message that it quotes.
    pub quoted: Option<Message>,
    /// The message that it replies to.
    pub parent: Option<Message>,
    /// Whether the sender is a bot.
    pub is_bot: bool,
    /// The message that it repeats.
    pub earlier: Option<MessageId>,
    /// How the conversation stands.
    pub standing: Standing,
    /// Above which id the message has to be.
    pub last_id: Option<MessageId>,
    /// The uploads that were announced, expired or not.
    pub uploads: Vec<Upload>,
    /// What proves who asks, if that was to be read along.
    pub proof: Option<ProofFacts>,
}

impl Store {
    /// Everything that decides whether and how a message is sent. By a token what others write is read late, and once more where
    /// the message would not be sent by it.
    ///
    /// Cost: 1 round trip, 5 to 8 read units, 1 for a proof, and 1 where it is asked for friends; the group's size does not
    /// matter. By a token 1 call more, and 2 read units less to a user, 1 to a group.
    pub async fn send_facts(&self, query: &SendQuery<'_>) -> Result<SendFacts, StoreError> {
        let (own, of_others) = (query.keys(), query.keys_of_others());
        let facts = query.facts(&self.get_partly(own.clone(), of_others.clone(), query.of_others()).await?)?;
        if query.of_others() == Freshness::Late && !query.is_settled_by(&facts) {
            return query.facts(&self.get_all(own.into_iter().chain(of_others).collect()).await?);
        }
        Ok(facts)
    }
}

impl SendQuery<'_> {
    /// By a token somebody writes as themselves alone.
    fn of_others(&self) -> Freshness {
        match self.proof {
            Some(ProofQuery::Token { .. }) => Freshness::Late,
            Some(ProofQuery::Key { .. }) | None => Freshness::Exact,
        }
    }

    /// Whether what was read late lets an ordinary message pass; what it misses else is a condition of the write.
    fn is_settled_by(&self, facts: &SendFacts) -> bool {
        let is_there = facts.receiver.as_ref().is_some_and(|receiver| match receiver {
            Party::User(user) => user.is_active(),
            Party::Group(_) => true,
        });
        is_there && !facts.blocks.by_other
    }

    /// What the sender may have written a moment ago.
    fn keys(&self) -> Vec<Key> {
        let mut keys = vec![Key::conversation_state(self.conversation)];
        if self.known.is_none() {
            keys.push(Key::user(self.sender));
            keys.extend(self.mentioned.iter().map(Key::user));
        }
        let referred = self.quoted.into_iter().chain(self.parent);
        keys.extend(referred.map(|id| Key::message(self.conversation, id)));
        keys.extend(self.as_bot.then(|| Key::bot(self.sender)));
        keys.extend(self.bot_row());
        keys.extend(self.uploads.iter().map(Key::upload));
        keys.extend(self.proof.map(ProofQuery::key));
        match self.receiver {
            Receiver::User(uid) => {
                let [by_them, _] = Blocks::keys(self.sender, uid);
                keys.push(by_them);
                keys.extend(self.friend_row());
            }
            Receiver::Group(guid) => {
                keys.push(Key::group(guid));
                keys.extend(access::membership_keys(guid, self.sender));
            }
        }
        keys
    }

    /// What others write, or what the write is conditional on.
    fn keys_of_others(&self) -> Vec<Key> {
        let repeat = self.repeat.map(|repeat| Key::idempotency(self.sender, &repeat.digest));
        let mut keys: Vec<Key> = repeat.into_iter().collect();
        if let Receiver::User(uid) = self.receiver {
            let [_, by_other] = Blocks::keys(self.sender, uid);
            keys.extend([Key::user(uid), by_other]);
        }
        keys
    }

    fn facts(&self, found: &Found) -> Result<SendFacts, StoreError> {
        let absent = deleted::absent(found, self.conversation)?;
        let message = |id: Option<MessageId>| match id.filter(|id| absent.up_to < Some(*id)) {
            Some(id) => Ok(found
                .get::<Message>(&Key::message(self.conversation, id))?
                .and_then(|message| absent.leaving.shown(message))),
            None => Ok::<_, StoreError>(None),
        };
        let uploads = self.uploads.iter().filter_map(|id| found.get(&Key::upload(id)).transpose());
        let (receiver, membership) = self.party(found)?;
        let blocks = match self.receiver {
            Receiver::User(uid) => Blocks::read(found, self.sender, uid),
            Receiver::Group(_) => Blocks::default(),
        };
        let KnownUsers { sender, mentioned } = match self.known {
            Some(known) => known.clone(),
            None => self.users(found)?,
        };
        let last_id = deleted::last_id(found, self.conversation);
        let member_at = membership.member.as_ref().map(|_| last_id.unwrap_or(MessageId::MIN));
        let earlier = self.earlier(found)?.filter(|id| !sender.as_ref().is_some_and(|user| user.is_younger_than(*id)));
        Ok(SendFacts {
            sender,
            receiver,
            membership,
            blocks,
            are_friends: self.friend_row().is_some_and(|row| found.has(&row)),
            mentioned,
            quoted: message(self.quoted)?,
            parent: message(self.parent)?,
            is_bot: found.has(&Key::bot(self.sender)),
            earlier,
            standing: Standing {
                is_open: self.is_open(found)?,
                member_at,
                marked_at: own_mark::noted(found, self.conversation, self.sender),
            },
            last_id,
            uploads: uploads.collect::<Result<_, _>>()?,
            proof: self.proof.map(|proof| proof.read(found)).transpose()?,
        })
    }

    fn friend_row(&self) -> Option<Key> {
        match self.receiver {
            Receiver::User(uid) if self.asks_for_friend => Some(Key::friend(self.sender, uid)),
            _ => None,
        }
    }

    /// The row of a bot's part in a group, of which it need not be a member.
    fn bot_row(&self) -> Option<Key> {
        let is_in_group = matches!(self.conversation, ConversationId::Group(_));
        (self.stores && self.as_bot && is_in_group).then(|| Key::participant_state(self.sender, self.conversation))
    }

    fn is_open(&self, found: &Found) -> Result<bool, StoreError> {
        Ok(match (self.conversation, self.bot_row()) {
            (_, Some(row)) => found.has(&row),
            (ConversationId::Group(_), None) => true,
            (ConversationId::Users(..), None) => {
                deleted::state(found, self.conversation)?.is_some_and(|state| !state.is_orphaned)
            }
        })
    }

    fn users(&self, found: &Found) -> Result<KnownUsers, StoreError> {
        let mentioned = self.mentioned.iter().filter_map(|uid| found.get(&Key::user(uid)).transpose());
        Ok(KnownUsers { sender: found.get(&Key::user(self.sender))?, mentioned: mentioned.collect::<Result<_, _>>()? })
    }

    fn party(&self, found: &Found) -> Result<(Option<Party>, Membership), StoreError> {
        Ok(match self.receiver {
            Receiver::User(uid) => (found.get(&Key::user(uid))?.map(Party::User), Membership::default()),
            Receiver::Group(guid) => {
                (found.get(&Key::group(guid))?.map(Party::Group), access::membership(found, guid, self.sender)?)
            }
        })
    }

    fn earlier(&self, found: &Found) -> Result<Option<MessageId>, StoreError> {
        let Some(repeat) = self.repeat else { return Ok(None) };
        let record = found.get::<IdempotencyRecord>(&Key::idempotency(self.sender, &repeat.digest))?;
        // DynamoDB removes expired items when it likes, so the time decides.
        Ok(record.filter(|record| self.now < record.expires_at).map(|record| record.message_id))
    }
}
