//! A whole app as text: JSON Lines in which each line is one record, by its `kind`.
//!
//! It is what an export writes and an import reads, whether the other side is Halley's table or somebody's REST API. A record
//! holds what reads can answer and is independent of keys and rows, so it outlasts both. Lines of one kind may stand in a
//! file of their own; whoever reads several kinds reads them in the order of [`Kind`], because later ones name what is in
//! earlier ones. Messages of one conversation rise by id.
//!
//! Reading is strict: a field that nobody knows, or a missing one, is an error, so that nothing is lost in silence. What
//! later versions add comes with another [`Header::VERSION`].

mod conversations;
mod groups;
mod messages;
mod people;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use super::nesting;
use super::time::Seconds;
pub use conversations::{ConversationPinsRecord, ConversationRecord, PinnedWith, ReceiptRecord, StateRecord};
pub use groups::{BanRecord, GroupRecord, MemberRecord};
pub use messages::{
    FileRecord, FlagReasonsRecord, FlagRecord, InteractionRecord, MessageRecord, OtherTime, PinRecord, ReactionRecord,
    SaveRecord, SubscriptionRecord,
};
pub use people::{
    BlockRecord, BotRecord, FormerUserRecord, FriendRecord, MuteRecord, PreferencesRecord, PushTokenRecord, RoleRecord,
    UserRecord,
};

/// Why a line is no record.
#[derive(Debug, thiserror::Error)]
pub enum BadRecord {
    /// It is no text.
    #[error("the line is not UTF-8 text")]
    NoText,
    /// It is longer than any record.
    #[error("the line is longer than that of any record")]
    TooLong,
    /// It is no JSON object with a `kind`.
    #[error("the line is no JSON object with a `kind`")]
    NoRecord,
    /// Its kind is none of this version.
    #[error("`{0}` is no kind of record")]
    UnknownKind(String),
    /// Its fields are not those of its kind.
    #[error("a record of the kind `{0}`: {1}")]
    Unreadable(Kind, serde_json::Error),
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident($record:ty)),+ $(,)?) => {
        /// What a record is, in the order in which kinds are read.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Display, EnumIter, EnumString, IntoStaticStr,
        )]
        #[strum(serialize_all = "camelCase")]
        pub enum Kind {
            $($(#[$doc])* $name),+
        }

        /// One line.
        #[derive(Clone, Debug, PartialEq)]
        #[expect(clippy::large_enum_variant, reason = "most records are messages, the largest")]
        pub enum Record {
            $($(#[$doc])* $name($record)),+
        }

        impl Record {
            /// Of which kind it is.
            pub fn kind(&self) -> Kind {
                match self {
                    $(Record::$name(_) => Kind::$name),+
                }
            }

            /// The line, without its end.
            pub fn line(&self) -> Result<String, serde_json::Error> {
                let kind = self.kind();
                match self {
                    $(Record::$name(record) => written(kind, record)),+
                }
            }

            /// Reads a line.
            pub fn parse(line: &str) -> Result<Record, BadRecord> {
                let (kind, fields) = opened(line)?;
                match kind {
                    $(Kind::$name => Ok(Record::$name(read(kind, fields)?))),+
                }
            }
        }

        $(impl From<$record> for Record {
            fn from(record: $record) -> Record {
                Record::$name(record)
            }
        })+
    };
}

kinds! {
    /// What the lines that follow are of. It is the first line of each file.
    Header(Header),
    /// A role of users.
    Role(RoleRecord),
    /// A user.
    User(UserRecord),
    /// That a UID was somebody's who was deleted permanently.
    FormerUser(FormerUserRecord),
    /// That a user is a bot.
    Bot(BotRecord),
    /// That two users are friends.
    Friend(FriendRecord),
    /// That a user has blocked another.
    Block(BlockRecord),
    /// A group.
    Group(GroupRecord),
    /// A member of a group.
    Member(MemberRecord),
    /// Somebody who is banned from a group.
    Ban(BanRecord),
    /// A message, of whatever category.
    Message(MessageRecord),
    /// One user's reaction to a message.
    Reaction(ReactionRecord),
    /// How a conversation stands for all of its users.
    State(StateRecord),
    /// How a conversation stands for one of its users.
    Conversation(ConversationRecord),
    /// How far somebody had come in a conversation, and when.
    Receipt(ReceiptRecord),
    /// That a message is pinned in its conversation.
    Pin(PinRecord),
    /// That a user has saved a message.
    Save(SaveRecord),
    /// The conversations that a user, or the app, has pinned.
    ConversationPins(ConversationPinsRecord),
    /// That a user follows a thread.
    Subscription(SubscriptionRecord),
    /// What a user did with an interactive message.
    Interaction(InteractionRecord),
    /// A user's report of a message.
    Flag(FlagRecord),
    /// Why messages may be reported.
    FlagReasons(FlagReasonsRecord),
    /// A push token of a user's device.
    PushToken(PushTokenRecord),
    /// How a user wants to be notified.
    Preferences(PreferencesRecord),
    /// A conversation of which a user does not want to be notified.
    Mute(MuteRecord),
    /// A file, whose bytes lie beside the records.
    File(FileRecord),
}

/// What the lines that follow are of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Header {
    /// [`Header::FORMAT`].
    pub format: String,
    /// [`Header::VERSION`].
    pub version: u64,
    /// The app: what its owner calls it, or where it was read.
    pub app: String,
    /// When it was read.
    pub created_at: Seconds,
    /// The one user of whom these are the data, if it is not the whole app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<super::uid::Uid>,
}

impl Header {
    /// What every header names.
    pub const FORMAT: &str = "halley-archive";
    /// The version that is written and read here.
    pub const VERSION: u64 = 1;

    /// The header of this version.
    pub fn new(app: impl Into<String>, created_at: Seconds) -> Header {
        Header { format: Header::FORMAT.to_owned(), version: Header::VERSION, app: app.into(), created_at, uid: None }
    }

    /// Whether this version reads what follows.
    pub fn is_readable(&self) -> bool {
        self.format == Header::FORMAT && self.version == Header::VERSION
    }
}

/// What an archive is made of. It is written last, so an archive that has one was whole, and by it who reads one sees whether it still
/// is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// The header of all of its files.
    pub header: Header,
    /// How many records each file has behind its header, by its name.
    pub files: BTreeMap<String, u64>,
}

impl Manifest {
    /// The name of the file that holds it.
    pub const FILE: &str = "manifest.json";
}

/// The field that says what a line is.
const KIND: &str = "kind";

fn written(kind: Kind, record: &impl Serialize) -> Result<String, serde_json::Error> {
    let mut fields = serde_json::to_value(record)?;
    if let Value::Object(fields) = &mut fields {
        fields.insert(KIND.to_owned(), Value::from(<&str>::from(kind)));
    }
    serde_json::to_string(&fields)
}

fn opened(line: &str) -> Result<(Kind, Value), BadRecord> {
    // A value that was sent deeper than serde_json reads is kept as its text, as in the table.
    let mut value: Value = serde_json::from_str(&nesting::readable(line)).map_err(|_| BadRecord::NoRecord)?;
    let kind = value.as_object_mut().and_then(|fields| fields.remove(KIND));
    let Some(Value::String(kind)) = kind else { return Err(BadRecord::NoRecord) };
    let kind = kind.parse().map_err(|_| BadRecord::UnknownKind(kind))?;
    Ok((kind, value))
}

fn read<T: DeserializeOwned>(kind: Kind, fields: Value) -> Result<T, BadRecord> {
    serde_json::from_value(fields).map_err(|error| BadRecord::Unreadable(kind, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record of each kind.
    const EXAMPLE: &str = include_str!("archive/example.jsonl");

    fn read_again(line: Value) {
        let record = Record::parse(&line.to_string()).unwrap_or_else(|bad| panic!("{line}: {bad}"));
        let written: Value = serde_json::from_str(&record.line().unwrap()).unwrap();
        assert_eq!(written, line);
    }

    #[test]
    fn every_kind_reads_what_it_writes() {
        use strum::IntoEnumIterator;
        let lines: Vec<Value> = EXAMPLE.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let kinds: Vec<&str> = Kind::iter().map(<&str>::from).collect();
        assert_eq!(lines.iter().map(|line| line["kind"].as_str().unwrap()).collect::<Vec<_>>(), kinds);
        lines.into_iter().for_each(read_again);
    }

    #[test]
    fn what_is_no_record_is_refused() {
        for line in [
            "",
            "[]",
            "{}",
            r#"{"kind":7}"#,
            r#"{"kind":"nothing"}"#,
            r#"{"kind":"save","uid":"ash","messageId":7}"#,
            r#"{"kind":"save","uid":"ash","messageId":7,"savedAt":2,"more":1}"#,
            r#"{"kind":"save","uid":"a b","messageId":7,"savedAt":2}"#,
            r#"{"kind":"save","uid":"ash","messageId":0,"savedAt":2}"#,
            r#"{"kind":"receipt","conversation":"user#a#b","subject":"*a b","receipt":"read","id":7,"at":2}"#,
        ] {
            assert!(Record::parse(line).is_err(), "{line}");
        }
    }
}
