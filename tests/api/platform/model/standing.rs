//! The model's people: who belongs to which group, who blocks whom, and how far each has come in a conversation.

use std::collections::{HashMap, HashSet};

use super::world::{Act, Conversation, GROUPS};

/// How far somebody has come.
#[derive(Clone, Copy, Default)]
struct Position {
    /// The receipts of this membership reach up to here.
    delivered: u64,
    read: u64,
    /// Those of all memberships do.
    delivered_mark: u64,
    read_mark: u64,
    /// What was there before the joining is no news.
    start: u64,
}

pub struct Standings {
    /// Members of groups, and whether they are admins.
    members: HashMap<&'static str, HashMap<&'static str, bool>>,
    blocks: HashSet<(String, String)>,
    positions: HashMap<(String, Conversation), Position>,
    /// The conversations between users in which somebody wrote.
    open: HashSet<Conversation>,
}

impl Default for Standings {
    fn default() -> Standings {
        let members = GROUPS.iter().map(|(guid, admin, members)| {
            let participants = members.iter().map(|uid| (*uid, false));
            (*guid, participants.chain([(*admin, true)]).collect())
        });
        Standings {
            members: members.collect(),
            blocks: HashSet::new(),
            positions: HashMap::new(),
            open: HashSet::new(),
        }
    }
}

impl Standings {
    pub fn is_member(&self, guid: &str, uid: &str) -> bool {
        self.members[guid].contains_key(uid)
    }

    pub fn is_admin(&self, guid: &str, uid: &str) -> bool {
        self.members[guid].get(uid) == Some(&true)
    }

    pub fn blocks(&self, uid: &str, other: &str) -> bool {
        self.blocks.contains(&(uid.to_owned(), other.to_owned()))
    }

    pub fn open(&mut self, conversation: &Conversation) {
        self.open.insert(conversation.clone());
    }

    pub fn is_open(&self, conversation: &Conversation) -> bool {
        self.open.contains(conversation)
    }

    /// The last message that counts as read.
    pub fn read(&self, uid: &str, conversation: &Conversation) -> u64 {
        let position = self.position(uid, conversation);
        position.read.max(position.start)
    }

    /// Whether somebody gave receipts of this message: delivered, read.
    pub fn marked(&self, uid: &str, conversation: &Conversation, id: u64) -> (bool, bool) {
        let position = self.position(uid, conversation);
        (id <= position.delivered_mark, id <= position.read_mark)
    }

    fn position(&self, uid: &str, conversation: &Conversation) -> Position {
        self.positions.get(&(uid.to_owned(), conversation.clone())).copied().unwrap_or_default()
    }

    fn position_mut(&mut self, uid: &str, conversation: &Conversation) -> &mut Position {
        self.positions.entry((uid.to_owned(), conversation.clone())).or_default()
    }

    /// Carries out an act that is about people and not messages; false for others. `newest` is the largest id
    /// so far in the conversation that is marked.
    pub fn apply(&mut self, act: &Act, answered: Option<u64>, newest: u64) -> bool {
        match act {
            Act::Mark { by, conversation, is_read, up_to } => {
                let (id, position) = (up_to.unwrap_or(newest), self.position_mut(by, conversation));
                if position.delivered < id {
                    (position.delivered, position.delivered_mark) = (id, position.delivered_mark.max(id));
                }
                if *is_read && position.read < id {
                    (position.read, position.read_mark) = (id, position.read_mark.max(id));
                }
            }
            Act::Unmark { by, conversation, after } => {
                // The named one is unread itself.
                let (id, position) = (after.map_or(0, |id| id - 1), self.position_mut(by, conversation));
                if id < position.read {
                    position.read = id;
                    position.read_mark = position.read_mark.min(id);
                }
            }
            Act::Join { by, guid } => {
                self.members.get_mut(guid).unwrap().insert(by, false);
                self.position_mut(by, &Conversation::Group(guid)).start = answered.unwrap();
            }
            Act::Leave { by, guid } => {
                self.members.get_mut(guid).unwrap().remove(by);
                let position = self.position_mut(by, &Conversation::Group(guid));
                (position.read, position.delivered) = (0, 0);
            }
            Act::Block { by, other } => {
                self.blocks.insert(((*by).to_owned(), (*other).to_owned()));
            }
            Act::Unblock { by, other } => {
                self.blocks.remove(&((*by).to_owned(), (*other).to_owned()));
            }
            _ => return false,
        }
        true
    }
}
