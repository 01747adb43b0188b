//! Push tokens, and how users are notified by them.

use std::collections::HashMap;

use model::message::Receiver;
use model::mute::Mute;
use model::notified::Notified;
use model::preferences::Preferences;
use model::push_token::PushToken;
use model::time::Millis;
use model::time_zone::TimeZone;
use model::uid::Uid;
use model::user::User;
use serde::{Deserialize, Serialize};

use super::Store;
use super::access::{membership, membership_keys};
use super::error::StoreError;
use super::keys::Key;
use super::transaction::{Commit, Condition, EXISTS, Untold, Update, text, without_refused};
use super::user::still_is;

/// The attribute with the digests of a user's push tokens: a set, so that a token that is registered again is there once.
const DEVICES: &str = "devices";
/// The attribute with a user's preferences.
const PREFERENCES: &str = "preferences";
/// The attribute with where a user is.
pub(super) const TIME_ZONE: &str = "timezone";

/// Who holds a push token.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Holder {
    uid: Uid,
}

/// How keeping something of a user ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` kept it"]
pub enum Keeping {
    /// It is kept.
    Done,
    /// The user is not the active one that was read, or their auth token was revoked.
    UserGone,
    /// Another request changed the same meanwhile: read again.
    Stale,
}

/// What the refusal of a write means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    UserGone,
    Stale,
    /// The token at this position went before.
    Gone(usize),
    /// The user has no preferences any more.
    NoPreferences,
}

impl Refused {
    fn position(&self) -> Option<usize> {
        match self {
            Refused::Gone(position) => Some(*position),
            _ => None,
        }
    }
}

/// What decides whether one user is notified of what happens in a conversation.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// The user, active.
    pub user: User,
    /// Whether they are muting the conversation or have blocked who acts, or are no member of the group.
    pub is_closed: bool,
}

/// How many tokens one transaction forgets: two rows each, of 100.
const FORGOTTEN_AT_ONCE: usize = 45;

impl Store {
    /// The push tokens of a user, in no order.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit for about 8.
    pub async fn push_tokens(&self, uid: &Uid) -> Result<Vec<PushToken>, StoreError> {
        self.all_rows(&Key::push_tokens(uid)).await
    }

    /// Who holds a push token. Cost: 1 round trip, 1 read unit.
    pub async fn push_holder(&self, digest: &str) -> Result<Option<Uid>, StoreError> {
        Ok(self.get::<Holder>(&Key::push_holder(digest)).await?.map(|holder| holder.uid))
    }

    /// Keeps a push token, in the place of what it was, and takes it from who held it; stale if that is another by now.
    ///
    /// Cost: 1 round trip; 8 write units, 2 more with an auth token, 3 more where another held it.
    pub async fn keep_push_token(
        &self,
        user: &User,
        token: &PushToken,
        held_by: Option<&Uid>,
        time_zone: Option<&TimeZone>,
    ) -> Result<Keeping, StoreError> {
        let (digest, uid) = (&token.digest, &user.uid);
        let as_read = match held_by {
            Some(holder) => Condition::new("uid = :holder").value(":holder", text(holder)),
            None => Condition::new("attribute_not_exists(pk)"),
        };
        let holder = super::transaction::item(&Key::push_holder(digest), &Holder { uid: uid.clone() })?;
        let mut notified = Update::of(&Key::notified(uid)).add_to_set(DEVICES, digest);
        if let Some(time_zone) = time_zone {
            notified = notified.set(TIME_ZONE, text(time_zone.as_str()));
        }
        let mut tx = self.transaction().put_item_if(holder, as_read).or(Refused::Stale);
        tx = tx.put(&Key::push_token(uid, digest), token)?.update(notified);
        tx = tx.check(&Key::user(uid), still_is(user)).or(Refused::UserGone);
        if let Some(session) = &token.session {
            tx = tx.check(&Key::token_of(uid, session), Condition::new(EXISTS)).or(Refused::UserGone);
        }
        let former = held_by.filter(|holder| *holder != uid);
        if let Some(former) = former {
            tx = tx.delete(&Key::push_token(former, digest));
        }
        let kept = kept(tx.untold(Untold::OwnAffair).commit().await?);
        if let (Keeping::Done, Some(former)) = (kept, former) {
            // Left behind, it would only be looked for in vain.
            let update = Update::of(&Key::notified(former)).remove_from_set(DEVICES, digest);
            self.apply_unread(update.when("attribute_exists(pk)").untold(Untold::OwnAffair)).await?.either_way();
        }
        Ok(kept)
    }

    /// Forgets push tokens of a user; those that went before are passed over.
    ///
    /// Cost: 1 round trip for each 45, 4 write units a token and 2.
    pub async fn forget_push_tokens(&self, uid: &Uid, tokens: &[PushToken]) -> Result<(), StoreError> {
        for some in tokens.chunks(FORGOTTEN_AT_ONCE) {
            let mut left: Vec<&PushToken> = some.iter().collect();
            let mut has_preferences = true;
            while !left.is_empty() {
                let mut tx = self.transaction();
                for (position, token) in left.iter().enumerate() {
                    tx = tx.delete_existing(&Key::push_token(uid, &token.digest)).or(Refused::Gone(position));
                    tx = tx.delete(&Key::push_holder(&token.digest));
                }
                if has_preferences {
                    let digests = left.iter().map(|token| token.digest.clone()).collect();
                    let update = Update::of(&Key::notified(uid)).remove_all(DEVICES, digests);
                    tx = tx.update(update.when("attribute_exists(pk)")).or(Refused::NoPreferences);
                }
                let Commit::Refused(refused) = tx.untold(Untold::OwnAffair).commit().await? else { break };
                has_preferences &= !refused.iter().any(|(why, _)| *why == Some(Refused::NoPreferences));
                if refused.iter().any(|(why, _)| matches!(why, Some(Refused::Gone(_)))) {
                    left = without_refused(left, &refused, Refused::position)?;
                }
            }
        }
        Ok(())
    }

    /// How a user is notified. Cost: 1 round trip, 1 read unit.
    pub async fn notified(&self, uid: &Uid) -> Result<Notified, StoreError> {
        Ok(self.get(&Key::notified(uid)).await?.unwrap_or_default())
    }

    /// Keeps what a user prefers in the place of what was read; as usual, with nothing. Stale if that is another by now.
    ///
    /// Cost: 1 round trip, 4 write units.
    pub async fn change_preferences(
        &self,
        user: &User,
        before: &Preferences,
        after: Option<&Preferences>,
    ) -> Result<Keeping, StoreError> {
        let written =
            |preferences| serde_json::to_string(preferences).map_err(|_| StoreError::unwritable("preferences"));
        let update = Update::of(&Key::notified(&user.uid));
        let update = match after {
            Some(after) => {
                let is_as_read = match *before == Preferences::default() {
                    true => format!("(attribute_not_exists({PREFERENCES}) OR {PREFERENCES} = :before)"),
                    false => format!("{PREFERENCES} = :before"),
                };
                let update = update.set(PREFERENCES, text(written(after)?));
                update.when(is_as_read).value(":before", text(written(before)?))
            }
            None => update.remove(PREFERENCES),
        };
        self.keep_of(user, update).await
    }

    /// Keeps where a user is. Cost: 1 round trip, 4 write units.
    pub async fn change_time_zone(&self, user: &User, time_zone: &TimeZone) -> Result<Keeping, StoreError> {
        self.keep_of(user, Update::of(&Key::notified(&user.uid)).set(TIME_ZONE, text(time_zone.as_str()))).await
    }

    /// Changes a row of a user who is as they were read, so that nothing is kept for who has the UID after them.
    async fn keep_of(&self, user: &User, update: Update) -> Result<Keeping, StoreError> {
        let tx = self.transaction().update(update).or(Refused::Stale);
        let tx = tx.check(&Key::user(&user.uid), still_is(user)).or(Refused::UserGone);
        Ok(kept(tx.untold(Untold::OwnAffair).commit().await?))
    }

    /// Keeps a push token and its holder as they were in another place. Cost: 1 round trip, 6 write units.
    pub async fn import_push_token(&self, token: &PushToken) -> Result<(), StoreError> {
        let (digest, uid) = (&token.digest, &token.uid);
        let tx = self.transaction::<Refused>().put(&Key::push_token(uid, digest), token)?;
        let tx = tx.put(&Key::push_holder(digest), &Holder { uid: uid.clone() })?;
        let tx = tx.update(Update::of(&Key::notified(uid)).add_to_set(DEVICES, digest));
        tx.untold(Untold::History).commit().await?.unrefused()
    }

    /// Keeps how a user wants to be notified as it was in another place. Cost: 1 round trip, 1 write unit a KB.
    pub async fn import_preferences(
        &self,
        uid: &Uid,
        preferences: &Preferences,
        time_zone: Option<&TimeZone>,
    ) -> Result<(), StoreError> {
        let written = serde_json::to_string(preferences).map_err(|_| StoreError::unwritable("preferences"))?;
        let update = Update::of(&Key::notified(uid)).set(PREFERENCES, text(written));
        let update = time_zone.into_iter().fold(update, |it, zone| it.set(TIME_ZONE, text(zone.as_str())));
        self.apply_unread(update.untold(Untold::History)).await?.unrefused()
    }

    /// The conversations that a user has muted, those among them whose time is over.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit for about 20.
    pub async fn mutes(&self, uid: &Uid) -> Result<Vec<Mute>, StoreError> {
        self.all_rows(&Key::mutes(uid)).await
    }

    /// Mutes conversations. Cost: 1 round trip for each 50, 2 write units for each and 2.
    pub async fn mute(&self, user: &User, mutes: &[Mute]) -> Result<Keeping, StoreError> {
        for some in mutes.chunks(50) {
            let mut tx = self.transaction().check(&Key::user(&user.uid), still_is(user)).or(Refused::UserGone);
            for mute in some {
                tx = tx.put(&Key::mute(&user.uid, &mute.with), mute)?;
            }
            let kept = kept(tx.untold(Untold::OwnAffair).commit().await?);
            if kept != Keeping::Done {
                return Ok(kept);
            }
        }
        Ok(Keeping::Done)
    }

    /// Mutes conversations no more. Cost: 1 round trip for each 25, 1 write unit for each.
    pub async fn unmute(&self, uid: &Uid, withs: &[Receiver]) -> Result<(), StoreError> {
        let keys: Vec<Key> = withs.iter().map(|with| Key::mute(uid, with)).collect();
        self.delete_batches(&keys, Untold::OwnAffair).await
    }

    /// How users are notified who have a device; the others are left out.
    ///
    /// Cost: 1 round trip for each 100, 1 read unit a user.
    pub async fn reachable(&self, uids: &[Uid]) -> Result<Vec<(Uid, Notified)>, StoreError> {
        let mut found = self.get_all(uids.iter().map(Key::notified).collect()).await?;
        let of = |uid: &Uid| Ok(found.remove::<Notified>(&Key::notified(uid))?.map(|notified| (uid.clone(), notified)));
        let notified: Result<Vec<_>, StoreError> = uids.iter().map(of).filter_map(Result::transpose).collect();
        Ok(notified?.into_iter().filter(|(_, notified)| !notified.devices.is_empty()).collect())
    }

    /// What decides whether users are notified of what `actor` does in the conversation that each has with `with` of them.
    ///
    /// Cost: 1 round trip for each 100 rows, 3 read units a user, in a group 5, and 1 for `actor`.
    pub async fn recipients(
        &self,
        actor: &Uid,
        withs: &HashMap<Uid, Receiver>,
        now: Millis,
    ) -> Result<Vec<Recipient>, StoreError> {
        let keys = withs.iter().flat_map(|(uid, with)| {
            let mut keys = vec![Key::user(uid), Key::mute(uid, with), Key::block(uid, actor)];
            if let Receiver::Group(guid) = with {
                keys.extend(membership_keys(guid, uid));
            }
            keys
        });
        let found = self.get_all([Key::user(actor)].into_iter().chain(keys).collect()).await?;
        let acting = found.get::<User>(&Key::user(actor))?;
        let mut recipients = Vec::new();
        for (uid, with) in withs {
            let Some(user) = found.get::<User>(&Key::user(uid))?.filter(User::is_active) else { continue };
            let mute = found.get::<Mute>(&Key::mute(uid, with))?.filter(|mute| mute.holds(now));
            let is_muted = mute.is_some_and(|mute| !acting.as_ref().is_some_and(|acting| mute.is_of_former(acting)));
            let is_outside = match with {
                Receiver::Group(guid) => membership(&found, guid, uid)?.member.is_none(),
                Receiver::User(_) => false,
            };
            let is_closed = is_muted || is_outside || found.has(&Key::block(uid, actor));
            recipients.push(Recipient { user, is_closed });
        }
        Ok(recipients)
    }
}

fn kept(commit: Commit<Refused>) -> Keeping {
    match commit {
        Commit::Done => Keeping::Done,
        Commit::Refused(refused) if refused.iter().any(|(why, _)| *why == Some(Refused::UserGone)) => Keeping::UserGone,
        Commit::Refused(_) => Keeping::Stale,
    }
}
