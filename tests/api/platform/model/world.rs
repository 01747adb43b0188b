//! The model: what the contract says the world is like after each act.

use std::collections::{BTreeMap, HashMap};

use fastrand::Rng;

use super::seen::Seen;
use super::standing::Standings;

pub const USERS: [&str; 4] = ["alice", "bob", "carol", "dave"];
/// Groups with their admin and their participants.
pub const GROUPS: [(&str, &str, &[&str]); 2] = [("lake", "alice", &["bob", "carol"]), ("hill", "dave", &["bob"])];
pub const REACTIONS: [&str; 4] = ["🔥", "👍🏽", "a#b", "%41/x"];

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Conversation {
    Users(&'static str, &'static str),
    Group(&'static str),
}

impl Conversation {
    fn between(one: &'static str, other: &'static str) -> Conversation {
        Conversation::Users(one.min(other), one.max(other))
    }

    pub fn between_users(&self, uid: &str) -> bool {
        matches!(self, Conversation::Users(one, other) if *one == uid || *other == uid)
    }

    /// Receiver and its type, for a sender in it.
    pub fn receiver(&self, sender: &str) -> (&'static str, &'static str) {
        match self {
            Conversation::Users(one, other) => (if *one == sender { other } else { one }, "user"),
            Conversation::Group(guid) => (guid, "group"),
        }
    }

    /// The list of its messages.
    pub fn path(&self, viewer: &str) -> String {
        let (receiver, receiver_type) = self.receiver(viewer);
        format!("/{receiver_type}s/{receiver}/messages")
    }
}

pub fn all_conversations() -> Vec<Conversation> {
    let pairs = USERS.iter().enumerate().flat_map(|(at, one)| {
        // Everybody may also write to themselves.
        USERS[at..].iter().map(move |other| Conversation::between(one, other))
    });
    pairs.chain(GROUPS.iter().map(|(guid, ..)| Conversation::Group(guid))).collect()
}

#[derive(Clone, Debug)]
pub enum Act {
    Send {
        by: &'static str,
        to: Conversation,
        text: String,
        quoted: Option<u64>,
        muid: Option<String>,
    },
    Reply {
        by: &'static str,
        parent: u64,
        text: String,
    },
    Edit {
        by: &'static str,
        id: u64,
        text: String,
    },
    Delete {
        by: &'static str,
        id: u64,
        permanent: bool,
    },
    React {
        by: &'static str,
        id: u64,
        reaction: &'static str,
    },
    Unreact {
        by: &'static str,
        id: u64,
        reaction: &'static str,
    },
    /// Delivered, or read; up to a message or all.
    Mark {
        by: &'static str,
        conversation: Conversation,
        is_read: bool,
        up_to: Option<u64>,
    },
    Unmark {
        by: &'static str,
        conversation: Conversation,
        after: Option<u64>,
    },
    Join {
        by: &'static str,
        guid: &'static str,
    },
    Leave {
        by: &'static str,
        guid: &'static str,
    },
    Block {
        by: &'static str,
        other: &'static str,
    },
    Unblock {
        by: &'static str,
        other: &'static str,
    },
    /// What the data import brings in, as sent in the second of another message: news to nobody, wherever it stands.
    Import {
        by: &'static str,
        to: Conversation,
        muid: String,
        among: Option<u64>,
        receipts: Option<&'static str>,
    },
}

/// A status and a code.
#[derive(Clone, Copy, Debug)]
pub struct Refusal(pub u16, pub &'static str);

const NOT_FOUND: Refusal = Refusal(404, "ERR_MSG_NOT_FOUND");
const NO_ACCESS: Refusal = Refusal(403, "ERR_MESSAGE_NO_ACCESS");
const NOT_JOINED: Refusal = Refusal(401, "ERR_GROUP_NOT_JOINED");
const NOT_A_SENDER: Refusal = Refusal(403, "ERR_MESSAGE_NOT_A_SENDER");
const NOT_ALLOWED: Refusal = Refusal(403, "ERR_MESSAGE_ACTION_NOT_ALLOWED");

#[derive(Clone, Debug)]
pub struct Message {
    pub id: u64,
    pub conversation: Conversation,
    pub sender: String,
    text: Option<String>,
    edited_by: Option<String>,
    deleted_by: Option<String>,
    pub parent: Option<u64>,
    quoted: Option<u64>,
    /// In order of first use.
    reactions: Vec<(&'static str, Vec<&'static str>)>,
    pub action: Option<(&'static str, u64)>,
    /// Whether the data import brought it in.
    pub is_history: bool,
}

impl Message {
    /// Every reaction with everybody who holds it, sorted.
    pub fn holders(&self) -> Vec<(String, String)> {
        let pairs = self.reactions.iter().flat_map(|(reaction, uids)| uids.iter().map(|uid| (*reaction, *uid)));
        let mut pairs: Vec<_> = pairs.map(|(reaction, uid)| (reaction.to_owned(), uid.to_owned())).collect();
        pairs.sort();
        pairs
    }
}

#[derive(Default)]
pub struct World {
    /// Who belongs to which group, who blocks whom, how far each has come.
    pub standings: Standings,
    messages: BTreeMap<u64, Message>,
    /// Ids that were deleted for good, and where they were.
    gone: BTreeMap<u64, Conversation>,
    /// What was sent under a `muid`, by sender, `muid`, text and quoted message.
    sent: HashMap<String, u64>,
}

impl World {
    pub fn messages(&self) -> impl Iterator<Item = &Message> {
        self.messages.values()
    }

    pub fn parents(&self) -> impl Iterator<Item = &Message> {
        self.messages().filter(|message| 0 < self.reply_count(message.id))
    }

    pub fn reacted(&self) -> impl Iterator<Item = &Message> {
        self.messages().filter(|message| !message.reactions.is_empty())
    }

    pub fn random_act(&self, rng: &mut Rng) -> Act {
        let by = USERS[rng.usize(..USERS.len())];
        let text = format!("text {}", rng.u32(..));
        // Late messages are more interesting, and so more likely.
        let known: Vec<u64> = self.messages.keys().chain(self.gone.keys()).copied().collect();
        let recent = known.len().saturating_sub(40);
        let first = if rng.bool() { recent } else { 0 };
        let id = if known.is_empty() { 1 } else { known[rng.usize(first..known.len())] };
        let reaction = REACTIONS[rng.usize(..REACTIONS.len())];
        match rng.u8(..29) {
            0..=6 => {
                let to = random_conversation(rng, by);
                let quoted = (rng.u8(..4) == 0).then_some(id);
                // Few texts and few muids, so that some sends repeat others.
                let muid = rng.bool().then(|| format!("muid {}", rng.u8(..3)));
                let text = if muid.is_some() { format!("again {}", rng.u8(..3)) } else { text };
                Act::Send { by, to, text, quoted, muid }
            }
            7..=9 => Act::Reply { by, parent: id, text },
            10..=11 => Act::Edit { by, id, text },
            12 => Act::Delete { by, id, permanent: false },
            13 => Act::Delete { by, id, permanent: true },
            14..=17 => Act::React { by, id, reaction },
            18..=19 => Act::Unreact { by, id, reaction },
            20 => {
                let to = random_conversation(rng, by);
                let here: Vec<u64> = self.messages().filter(|it| it.conversation == to).map(|it| it.id).collect();
                let among = (!here.is_empty()).then(|| here[rng.usize(here.len() / 2..here.len())]);
                let receipts = [None, Some("deliveredAt"), Some("readAt")][rng.usize(..3)];
                Act::Import { by, to, muid: format!("imported {}", rng.u32(..)), among, receipts }
            }
            _ => self.random_standing_act(rng, by, id),
        }
    }

    fn random_standing_act(&self, rng: &mut Rng, by: &'static str, id: u64) -> Act {
        let mine: Vec<Conversation> = all_conversations().into_iter().filter(|it| self.has(it, by)).collect();
        let conversation = mine[rng.usize(..mine.len())].clone();
        // Mostly messages of the conversation.
        let here: Vec<u64> = self.messages().filter(|it| it.conversation == conversation).map(|it| it.id).collect();
        let named = if here.is_empty() || rng.u8(..10) == 0 { id } else { here[rng.usize(..here.len())] };
        // Messages that are gone have a test of their own.
        let named = rng.bool().then_some(named).filter(|id| self.messages.contains_key(id));
        let (guid, ..) = GROUPS[rng.usize(..GROUPS.len())];
        let other = USERS[rng.usize(..USERS.len())];
        match rng.u8(..16) {
            0..=2 => Act::Mark { by, conversation, is_read: false, up_to: named },
            3..=7 => Act::Mark { by, conversation, is_read: true, up_to: named },
            8..=9 => Act::Unmark { by, conversation, after: named },
            10 => Act::Leave { by, guid },
            11..=12 => Act::Join { by, guid },
            // Blocks are lifted more often than set, or else nobody would write to anybody.
            13 if other != by => Act::Block { by, other },
            _ => Act::Unblock { by, other: if other == by { USERS[usize::from(by == USERS[0])] } else { other } },
        }
    }

    pub fn has(&self, conversation: &Conversation, uid: &str) -> bool {
        match conversation {
            Conversation::Users(..) => conversation.between_users(uid),
            Conversation::Group(guid) => self.standings.is_member(guid, uid),
        }
    }

    pub fn conversations_of(&self, uid: &str) -> Vec<Conversation> {
        all_conversations().into_iter().filter(|conversation| self.has(conversation, uid)).collect()
    }

    /// Whether a block stands between a sender and the other side.
    fn blocked(&self, by: &str, to: &Conversation) -> Result<(), Refusal> {
        let (other, receiver_type) = to.receiver(by);
        match receiver_type {
            "user" if self.standings.blocks(by, other) => Err(Refusal(403, "ERR_BLOCKED_RECEIVER")),
            "user" if self.standings.blocks(other, by) => Err(Refusal(403, "ERR_BLOCKED_SENDER")),
            _ => Ok(()),
        }
    }

    /// Whether receipts can be given in a conversation, and this message named.
    fn markable(&self, by: &str, conversation: &Conversation, named: Option<u64>) -> Result<(), Refusal> {
        let is_open = self.standings.is_open(conversation);
        if matches!(conversation, Conversation::Users(..)) && !is_open {
            let is_named = named.is_some();
            return Err(if is_named { NOT_FOUND } else { Refusal(403, "ERR_CONVERSATION_NOT_ACCESSIBLE") });
        }
        debug_assert!(self.has(conversation, by));
        match named {
            Some(id) if self.messages.get(&id).is_none_or(|it| it.conversation != *conversation) => Err(NOT_FOUND),
            _ => Ok(()),
        }
    }

    /// How many messages of others `viewer` has not read.
    pub fn unread(&self, viewer: &str, conversation: &Conversation) -> usize {
        let seen = self.standings.read(viewer, conversation);
        let is_news = |it: &&Message| {
            it.conversation == *conversation
                && seen < it.id
                && it.sender != viewer
                && it.action.is_none()
                && it.deleted_by.is_none()
                && !it.is_history
        };
        self.messages().filter(is_news).count()
    }

    /// Whether `viewer` has given receipts of a message: delivered, read.
    pub fn receipts(&self, viewer: &str, message: &Message) -> (bool, bool) {
        if message.sender == viewer || message.action.is_some() {
            return (false, false);
        }
        self.standings.marked(viewer, &message.conversation, message.id)
    }

    /// Whether the contract lets this happen.
    pub fn judge(&self, act: &Act) -> Result<(), Refusal> {
        match act {
            Act::Send { by, to, quoted, .. } => {
                if !self.has(to, by) {
                    return Err(NOT_JOINED);
                }
                self.blocked(by, to)?;
                // Who may write there no more is not answered what they wrote.
                if let Some(earlier) = self.earlier(act) {
                    return if self.messages.contains_key(&earlier) { Ok(()) } else { Err(NOT_FOUND) };
                }
                let Some(id) = quoted else { return Ok(()) };
                let quoted = self.messages.get(id).filter(|message| message.conversation == *to).ok_or(NOT_FOUND)?;
                if quoted.action.is_some() { Err(Refusal(400, "ERR_BAD_REQUEST")) } else { Ok(()) }
            }
            Act::Reply { by, parent, .. } => {
                let parent = self.messages.get(parent).ok_or(NOT_FOUND)?;
                if !self.has(&parent.conversation, by) {
                    let is_group = matches!(parent.conversation, Conversation::Group(_));
                    return Err(if is_group { NOT_JOINED } else { NO_ACCESS });
                }
                self.blocked(by, &parent.conversation)?;
                if parent.parent.is_some() {
                    return Err(Refusal(400, "ERR_MESSAGE_THREAD_NESTING"));
                }
                if parent.action.is_some() {
                    return Err(Refusal(400, "ERR_WRONG_MESSAGE_THREAD_CATEGORY"));
                }
                Ok(())
            }
            Act::Edit { by, id, .. } => self.may_change(by, id, false),
            Act::Delete { by, id, permanent } => self.may_change(by, id, *permanent),
            Act::React { by, id, .. } | Act::Unreact { by, id, .. } => {
                let message = self.changeable(by, id)?;
                if message.action.is_some() || message.deleted_by.is_some() { Err(NOT_ALLOWED) } else { Ok(()) }
            }
            Act::Mark { by, conversation, up_to: named, .. } | Act::Unmark { by, conversation, after: named } => {
                self.markable(by, conversation, *named)
            }
            Act::Join { by, guid } if self.standings.is_member(guid, by) => Err(Refusal(417, "ERR_ALREADY_JOINED")),
            Act::Leave { by, guid } if !self.standings.is_member(guid, by) => Err(Refusal(404, "ERR_NOT_A_MEMBER")),
            // Neither blocks nor memberships matter to what was said before.
            Act::Join { .. } | Act::Leave { .. } | Act::Block { .. } | Act::Unblock { .. } | Act::Import { .. } => {
                Ok(())
            }
        }
    }

    /// A message that somebody reads and whose other side, if it has one, hears of its changes.
    fn changeable(&self, by: &str, id: &u64) -> Result<&Message, Refusal> {
        let message = self.messages.get(id).ok_or(NOT_FOUND)?;
        if !self.has(&message.conversation, by) {
            return Err(NO_ACCESS);
        }
        self.blocked(by, &message.conversation)?;
        Ok(message)
    }

    fn may_change(&self, by: &str, id: &u64, even_if_deleted: bool) -> Result<(), Refusal> {
        let message = self.changeable(by, id)?;
        if message.action.is_some() || (message.deleted_by.is_some() && !even_if_deleted) {
            return Err(NOT_ALLOWED);
        }
        let is_admin = matches!(&message.conversation, Conversation::Group(guid) if self.standings.is_admin(guid, by));
        if message.sender == by || is_admin { Ok(()) } else { Err(NOT_A_SENDER) }
    }

    /// Carries out an act that [`World::judge`] allows and that was answered with this message id.
    pub fn apply(&mut self, act: &Act, answered: Option<u64>) {
        let newest = match act {
            Act::Mark { conversation, .. } => self.newest(conversation),
            _ => 0,
        };
        if self.standings.apply(act, answered, newest) {
            return;
        }
        let answered = answered.unwrap();
        match act {
            Act::Send { by, to, text, quoted, .. } => {
                if let Some(earlier) = self.earlier(act) {
                    assert_eq!(answered, earlier, "a repeated send made another message: {act:?}");
                    return;
                }
                if let Some(mark) = mark(act) {
                    self.sent.insert(mark, answered);
                }
                let message = new(answered, to.clone(), by, Some(text.clone()));
                self.messages.insert(answered, Message { quoted: *quoted, ..message });
            }
            Act::Reply { by, parent, text } => {
                let conversation = self.messages[parent].conversation.clone();
                let message = new(answered, conversation, by, Some(text.clone()));
                self.messages.insert(answered, Message { parent: Some(*parent), ..message });
            }
            Act::Edit { by, id, text } => {
                let message = self.messages.get_mut(id).unwrap();
                message.text = Some(text.clone());
                message.edited_by = Some((*by).to_owned());
                self.tell("edited", by, *id, answered);
            }
            Act::Delete { by, id, permanent } => {
                self.tell("deleted", by, *id, answered);
                let message = self.messages.get_mut(id).unwrap();
                message.text = None;
                message.quoted = None;
                message.reactions.clear();
                message.deleted_by.get_or_insert_with(|| (*by).to_owned());
                if *permanent && let Some(message) = self.messages.remove(id) {
                    self.gone.insert(*id, message.conversation);
                }
            }
            Act::React { by, id, reaction } => {
                let reactions = &mut self.messages.get_mut(id).unwrap().reactions;
                match reactions.iter_mut().find(|(known, _)| known == reaction) {
                    Some((_, uids)) if uids.contains(by) => {}
                    Some((_, uids)) => uids.push(by),
                    None => reactions.push((reaction, vec![by])),
                }
            }
            Act::Unreact { by, id, reaction } => {
                let reactions = &mut self.messages.get_mut(id).unwrap().reactions;
                for (known, uids) in reactions.iter_mut() {
                    if known == reaction {
                        uids.retain(|uid| uid != by);
                    }
                }
                reactions.retain(|(_, uids)| !uids.is_empty());
            }
            Act::Import { by, to, muid, .. } => {
                let message = new(answered, to.clone(), by, Some(muid.clone()));
                self.messages.insert(answered, Message { is_history: true, ..message });
            }
            act => unreachable!("{act:?} is about standings"),
        }
        if let Act::Send { to, .. } | Act::Import { to, .. } = act {
            self.standings.open(to);
        }
    }

    /// The largest id in a conversation so far, of what is deleted too.
    fn newest(&self, conversation: &Conversation) -> u64 {
        let here = self.messages().filter(|it| it.conversation == *conversation).map(|it| it.id);
        let gone = self.gone.iter().filter(|(_, of)| *of == conversation).map(|(id, _)| *id);
        here.chain(gone).max().unwrap_or_default()
    }

    fn earlier(&self, act: &Act) -> Option<u64> {
        self.sent.get(&mark(act)?).copied()
    }

    fn tell(&mut self, verb: &'static str, by: &str, on: u64, id: u64) {
        let message = new(id, self.messages[&on].conversation.clone(), by, None);
        self.messages.insert(id, Message { action: Some((verb, on)), ..message });
    }

    fn reply_count(&self, id: u64) -> u64 {
        self.messages().filter(|message| message.parent == Some(id)).count() as u64
    }

    /// The messages that `viewer` sees of those that `which` picks, in rising order.
    pub fn seen_by(&self, viewer: &str, which: impl Fn(&Message) -> bool) -> Vec<Seen> {
        let text_of = |id: &u64| self.messages.get(id).and_then(|message| message.text.clone());
        let seen = |message: &Message| Seen {
            id: message.id,
            sender: message.sender.clone(),
            text: message.text.clone(),
            edited_by: message.edited_by.clone(),
            deleted_by: message.deleted_by.clone(),
            parent: message.parent,
            reply_count: self.reply_count(message.id),
            quoted: message.quoted.filter(|id| self.messages.contains_key(id)).map(|id| (id, text_of(&id))),
            reactions: message
                .reactions
                .iter()
                .map(|(reaction, uids)| ((*reaction).to_owned(), uids.len() as u64, uids.contains(&viewer)))
                .collect(),
            action: message.action.map(|(verb, on)| (verb.to_owned(), on, text_of(&on))),
        };
        self.messages().filter(|message| which(message)).map(seen).collect()
    }
}

fn new(id: u64, conversation: Conversation, sender: &str, text: Option<String>) -> Message {
    Message {
        id,
        conversation,
        sender: sender.to_owned(),
        text,
        edited_by: None,
        deleted_by: None,
        parent: None,
        quoted: None,
        reactions: Vec::new(),
        action: None,
        is_history: false,
    }
}

/// Any conversation in which somebody may write; groups whether they belong to them or not.
fn random_conversation(rng: &mut Rng, by: &'static str) -> Conversation {
    let conversations = all_conversations();
    let to = conversations[rng.usize(..conversations.len())].clone();
    match &to {
        Conversation::Users(..) if !to.between_users(by) => Conversation::between(by, USERS[rng.usize(..USERS.len())]),
        _ => to,
    }
}

/// What makes two sends the same.
fn mark(act: &Act) -> Option<String> {
    match act {
        Act::Send { muid: Some(_), .. } => Some(format!("{act:?}")),
        _ => None,
    }
}
