//! To catch up: what ended in the other place ends here, by comparing what is listed there with what is here.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use model::archive::{ConversationRecord, Kind, MemberRecord, PinRecord, Record};
use model::conversation::ConversationId;
use model::group::Member;
use model::id::MessageId;
use model::message::Message;
use model::page::IdRange;
use model::time::Seconds;
use model::uid::{Guid, Uid};
use model::user::User;

use super::Importer;
use crate::conversations::taken_back;
use crate::conversations::watermarks::may_be_kept;
use crate::store::batch::Batch;
use crate::store::conversation_pin::Replaced;
use crate::store::error::StoreError;
use crate::store::import::Brought;
use crate::store::receipt::{MoveBack, Moved};
use crate::store::tries::Tries;

/// How many members are looked at together.
const AT_ONCE: usize = 200;

/// Who belongs to a group in the other place.
#[derive(Clone, Debug, Default)]
pub struct Belonging {
    /// Its members.
    pub members: Vec<MemberRecord>,
    /// Who is banned.
    pub banned: BTreeSet<Uid>,
}

/// What a message shows of replies, reactions and pins in the other place.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Where it is.
    pub conversation: ConversationId,
    /// Which it is.
    pub id: MessageId,
    /// How many replies it has.
    pub n_replies: u64,
    /// How often each reaction was given.
    pub reactions: BTreeMap<String, u64>,
    /// That it is pinned.
    pub pin: Option<PinRecord>,
}

/// How many users are looked up together.
const USERS_AT_ONCE: usize = 100;

impl Importer<'_> {
    /// Of these users, with whether they are deactivated in the other place, those who are here and of whom the opposite is so here.
    ///
    /// Cost: 1 round trip for each 100, 1 read unit a user.
    pub async fn switched(&self, there: &BTreeMap<Uid, bool>) -> Result<BTreeSet<Uid>, StoreError> {
        let mut switched = BTreeSet::new();
        for some in there.keys().collect::<Vec<_>>().chunks(USERS_AT_ONCE) {
            let here = self.store.users(some).await?.into_iter();
            let is_switched = |user: &User| there.get(&user.uid) == Some(&user.is_active());
            switched.extend(here.filter(is_switched).map(|user| user.uid));
        }
        Ok(switched)
    }

    /// Ends memberships and bans that are there no more, and lets members be as they are there. Whoever joined here after `at` stays,
    /// and so do `deactivated` users, whom no list of members names: they are not counted.
    ///
    /// Cost: a query of members and one of bans; 1 round trip for each change.
    pub async fn end_belonging(
        &mut self,
        guid: &Guid,
        there: &Belonging,
        deactivated: &BTreeSet<Uid>,
        at: Seconds,
    ) -> Result<(), StoreError> {
        let listed: HashMap<&Uid, &MemberRecord> = there.members.iter().map(|member| (&member.uid, member)).collect();
        let mut rest = None;
        loop {
            let page = self.store.members(guid, rest, AT_ONCE).await?;
            for member in page.rows.iter().filter(|member| member.joined_at < at) {
                self.end_member(guid, member, listed.get(&member.uid).copied(), deactivated, at).await?;
            }
            rest = page.rest;
            if rest.is_none() {
                break;
            }
        }
        let (mut lifted, mut rest) = (Vec::new(), None);
        loop {
            let page = self.store.bans(guid, rest, AT_ONCE).await?;
            lifted.extend(page.rows.into_iter().map(|ban| ban.uid).filter(|uid| !there.banned.contains(uid)));
            rest = page.rest;
            if rest.is_none() {
                break;
            }
        }
        self.store.forget_bans(guid, &lifted).await?;
        self.report.ended(Kind::Ban, lifted.len());
        Ok(())
    }

    async fn end_member(
        &mut self,
        guid: &Guid,
        member: &Member,
        listed: Option<&MemberRecord>,
        deactivated: &BTreeSet<Uid>,
        at: Seconds,
    ) -> Result<(), StoreError> {
        let is_active = !deactivated.contains(&member.uid);
        if member.is_away == is_active {
            let _: Brought = self.store.import_counted(guid, &member.uid, is_active).await?;
        }
        match listed {
            Some(listed) if (listed.scope, listed.joined_at) != (member.scope, member.joined_at) => {
                let _: Brought = self.store.import_member_change(guid, &listed.member(), listed.start_id).await?;
            }
            None if is_active => {
                let member = Member { is_away: false, ..member.clone() };
                let ended = self.store.import_departure(guid, &member, at).await?;
                self.report.ended(Kind::Member, usize::from(ended == Brought::Done));
            }
            _ => {}
        }
        Ok(())
    }

    /// Ends a user's friendships with others than `there`. Cost: a query; 1 round trip for each that ends.
    pub async fn end_friends(&mut self, uid: &Uid, there: &BTreeSet<Uid>) -> Result<(), StoreError> {
        for friend in self.store.friends(uid).await?.iter().filter(|friend| !there.contains(&friend.uid)) {
            let ended = self.store.forget_friend(uid, &friend.uid).await?;
            self.report.ended(Kind::Friend, usize::from(ended == Brought::Done));
        }
        Ok(())
    }

    /// Lets a user block nobody else than `there`. Cost: a query; 1 round trip for each 12 that end.
    pub async fn end_blocks(&mut self, uid: &Uid, there: &BTreeSet<Uid>) -> Result<(), StoreError> {
        let blocked = self.store.blocked_by(uid).await?.into_iter().map(|block| block.uid);
        let ended: Vec<Uid> = blocked.filter(|blocked| !there.contains(blocked)).collect();
        self.store.forget_blocks(uid, &ended).await?;
        self.report.ended(Kind::Block, ended.len());
        Ok(())
    }

    /// Lets a user have saved and pinned nothing else than these records of theirs say.
    ///
    /// Cost: a query, 1 round trip and read unit; 1 round trip for each 12 that end.
    pub async fn end_view(&mut self, uid: &Uid, there: &[Record]) -> Result<(), StoreError> {
        let lists_pins = there.iter().any(|record| matches!(record, Record::ConversationPins(_)));
        let saves = there.iter().filter_map(|record| match record {
            Record::Save(save) => Some(save.message_id),
            _ => None,
        });
        let there: BTreeSet<MessageId> = saves.collect();
        let saved = self.store.saved(uid, IdRange::ALL).await?.into_keys();
        let ended: Vec<MessageId> = saved.filter(|id| !there.contains(id)).collect();
        self.store.forget_saves(uid, &ended).await?;
        self.report.ended(Kind::Save, ended.len());
        // Those that are left come as a record, which replaces the list.
        if !lists_pins && !self.store.pinned_conversations(uid).await?.pins.is_empty() {
            let _: Replaced = self.store.import_conversation_pins(uid, Vec::new()).await?;
            self.report.ended(Kind::ConversationPins, 1);
        }
        Ok(())
    }

    /// Takes receipts back where these records of a user's conversations say that they have read less by now, before the records are
    /// written: those that are given still come with them.
    ///
    /// Cost: a query of the conversations; for each with less that of `DELETE …/conversation/read`.
    pub async fn step_back(
        &mut self,
        uid: &Uid,
        there: impl IntoIterator<Item = &ConversationRecord>,
    ) -> Result<(), StoreError> {
        let here = self.store.conversations_of(uid).await?.into_iter();
        let here: BTreeMap<ConversationId, Option<MessageId>> =
            here.map(|row| (row.conversation, row.read_id)).collect();
        for record in there {
            if here.get(&record.conversation).is_some_and(|read| record.read_id < *read) {
                let mut tries = Tries::begin();
                while self.step_back_once(record).await? == Moved::Stale {
                    tries.again().await?;
                }
            }
        }
        Ok(())
    }

    /// Steps back in one conversation. The group's watermarks go with the position, in one transaction: who notes receipts of
    /// the whole group meanwhile, by the position as it was, is refused.
    async fn step_back_once(&self, record: &ConversationRecord) -> Result<Moved, StoreError> {
        let (store, uid, conversation, to) = (self.store, &record.uid, &record.conversation, record.read_id);
        let batch = Batch::default().participant(uid, conversation).conversation(conversation);
        let known = store
            .know(match conversation {
                ConversationId::Group(guid) => batch.group(guid).membership(guid, uid),
                ConversationId::Users(..) => batch,
            })
            .await?;
        let Some(before) = known.participant(uid, conversation)? else { return Ok(Moved::Done) };
        let Some(from) = before.read_id.filter(|from| to < Some(*from)) else { return Ok(Moved::Done) };
        let mut of_member = (false, None);
        if let ConversationId::Group(guid) = conversation {
            let (group, state) = (known.group(guid)?, known.conversation(conversation)?);
            of_member.0 = known.membership(guid, uid)?.member.is_some();
            let kept = group.filter(|group| of_member.0 && may_be_kept(group)).and(state);
            if let Some(state) = kept {
                let to = to.max(record.start_id);
                let Some(taken) = taken_back::of_group(store, guid.clone(), state, uid, to).await? else {
                    return Ok(Moved::Stale);
                };
                of_member.1 = Some(taken);
            }
        }
        let back = MoveBack { from, to, at: store.read_since(conversation, uid, to).await? };
        store.import_step_back(uid, &before, &back, (of_member.0, of_member.1.as_ref())).await
    }

    /// Those of these messages that are not here, as what was brought in there for a past time, or that are here with other counts of
    /// replies and reactions or other pins; pins that are there no more end.
    ///
    /// Cost: 1 round trip for each 100, 1 read unit a message and a conversation; 1 round trip for each pin that ends.
    pub async fn differing(&mut self, there: &[Shown]) -> Result<BTreeSet<MessageId>, StoreError> {
        let keys = there.iter().map(|shown| (&shown.conversation, shown.id));
        let here: HashMap<MessageId, Message> =
            self.store.messages_by_id(keys).await?.into_iter().map(|message| (message.id, message)).collect();
        let mut differing = BTreeSet::new();
        for Shown { conversation, id, n_replies, reactions, pin } in there {
            let Some(here) = here.get(id) else {
                differing.insert(*id);
                continue;
            };
            let counted: BTreeMap<String, u64> =
                here.reactions.iter().map(|(reaction, tally)| (reaction.clone(), tally.count)).collect();
            if here.pinned_at.is_some() && pin.is_none() {
                let ended = self.store.forget_pin(conversation, *id).await?;
                self.report.ended(Kind::Pin, usize::from(ended == Brought::Done));
            }
            let is_counted_otherwise = here.reply_count != *n_replies || counted != *reactions;
            if is_counted_otherwise || pin.as_ref().map(|pin| pin.pinned_at) > here.pinned_at {
                differing.insert(*id);
            }
        }
        Ok(differing)
    }
}
