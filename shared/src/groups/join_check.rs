//! Who may join a group by themselves. Passwords are guessed slowly: [`MAX_GUESSES`] a user, group and minute.

use super::password;
use crate::app::App;
use crate::error::ApiError;
use crate::store::guess::Guess;
use model::group::{Group, GroupType};
use model::problem::Code;
use model::time::Seconds;
use model::uid::{Guid, Uid};

/// How many passwords a user may say to a group within a minute, right or wrong. More are not looked at.
const MAX_GUESSES: u64 = 5;

/// What a user who wants to join a group says, and whether it was found right.
pub(super) struct JoinCheck<'a> {
    password: Option<&'a str>,
    /// The hash that the password was found to fit.
    proved: Option<String>,
}

impl<'a> JoinCheck<'a> {
    pub(super) fn new(password: Option<&'a str>) -> JoinCheck<'a> {
        JoinCheck { password, proved: None }
    }

    /// Lets in who may join; a password that was found right before is not counted again.
    ///
    /// Cost: nothing; for a password 1 round trip and 1 write unit, and some 20 ms of a processor.
    pub(super) async fn pass(&mut self, app: &App, group: &Group, uid: &Uid) -> Result<(), ApiError> {
        let guid = &group.guid;
        match (group.group_type, self.password) {
            (GroupType::Public, _) => Ok(()),
            (GroupType::Private, _) => Err(ApiError::guid_not_found(guid)),
            (GroupType::Password, None) => {
                Err(ApiError::new(Code::EmptyGroupPassword, format!("The group {guid} asks for its password.")))
            }
            (GroupType::Password, Some(_)) if self.proved.is_some() && self.proved == group.password_hash => Ok(()),
            (GroupType::Password, Some(given)) => {
                let now = app.now();
                if app.store.count_guess(guid, uid, now, MAX_GUESSES).await? == Guess::TooMany {
                    return Err(too_many(guid, now));
                }
                self.proved = group.password_hash.clone().filter(|hash| password::is_right(given, hash));
                let wrong = || ApiError::new(Code::WrongGroupPassword, format!("That is not the password of {guid}."));
                self.proved.as_ref().map(drop).ok_or_else(wrong)
            }
        }
    }
}

fn too_many(guid: &Guid, now: Seconds) -> ApiError {
    let message = format!("The group {guid} hears {MAX_GUESSES} passwords a minute. Try again later.");
    ApiError::Wait { message, seconds: 60 - now.get() % 60 }
}
