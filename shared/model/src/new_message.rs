//! The body of a send (contract/messages.md, operation 1): raw JSON goes in, a valid [`NewMessage`] comes out.

use serde_json::{Map, Value, json};

use super::fields::{self, FieldProblem, Fields};
use super::file::Part;
use super::id::MessageId;
use super::message::{Category, Receiver};
use super::tags::Tags;
use super::uid::{Guid, Uid};
use crate::problem::{Code, Problem};

/// The most bytes of `data` as compact JSON.
pub const MAX_DATA_BYTES: usize = 10_240;
/// The most characters of a `muid`.
pub const MAX_MUID: usize = 255;
/// The most characters of a custom type.
pub const MAX_TYPE: usize = 100;
/// The most receivers of one call.
pub const MAX_RECEIVERS: usize = 25;
/// The most attachments of one message.
pub const MAX_ATTACHMENTS: usize = 10;

/// The keys of `data` that only the server writes.
pub const SERVER_KEYS: [&str; 4] = ["entities", "mentions", "moderation", "reactions"];

/// What is said, whoever hears it.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// What sort of message.
    pub category: Category,
    /// Which type of that sort.
    pub message_type: String,
    /// The sender's `data`.
    pub data: Map<String, Value>,
    /// The message's tags.
    pub tags: Tags,
    /// The message that it quotes.
    pub quoted_message_id: Option<MessageId>,
    /// Files that came with the request; attachments name them by [`part_url`].
    pub parts: Vec<Part>,
}

/// To whom a send goes.
#[derive(Clone, Debug, PartialEq)]
pub enum Receivers {
    /// One user or group.
    One(Receiver),
    /// `multipleReceivers`: a message of its own for each.
    Many(Vec<Receiver>),
}

/// The body of a send as a request gives it; nothing of it is checked yet but its form.
#[derive(Clone, Debug, Default)]
pub struct MessageBody {
    /// Its fields.
    pub fields: Map<String, Value>,
    /// Files that came with it.
    pub parts: Vec<Part>,
}

impl MessageBody {
    /// The same with the receiver that it leaves out.
    pub fn or_to(mut self, receiver: &Receiver) -> MessageBody {
        let is_missing = |key: &str| self.fields.get(key).is_none_or(Value::is_null);
        if is_missing("receiver") && is_missing("receiverType") {
            self.fields.insert("receiver".to_owned(), json!(receiver.as_str()));
            self.fields.insert("receiverType".to_owned(), json!(receiver.receiver_type()));
        }
        self
    }

    /// Reads and validates it; see [`NewMessage::parse`].
    pub fn message(self) -> Result<NewMessage, Problem> {
        NewMessage::with_parts(&self.fields, self.parts)
    }
}

/// A send that is valid in itself.
#[derive(Clone, Debug, PartialEq)]
pub struct NewMessage {
    /// To whom.
    pub receivers: Receivers,
    /// What.
    pub content: Content,
    /// The client's id of the send; a repeat with the same content is the same message.
    pub muid: Option<String>,
}

impl NewMessage {
    /// Reads and validates the body.
    ///
    /// What is missing or of the wrong shape is `ERR_BAD_REQUEST` with `details`; what has a shape but no meaning has
    /// its own code.
    pub fn parse(body: &Map<String, Value>) -> Result<NewMessage, Problem> {
        NewMessage::with_parts(body, Vec::new())
    }

    /// [`NewMessage::parse`] for a body that came with files.
    pub fn with_parts(body: &Map<String, Value>, parts: Vec<Part>) -> Result<NewMessage, Problem> {
        let many = body.get("multipleReceivers").filter(|value| !value.is_null());
        let mut fields = Fields::of(body);
        let (receiver, receiver_type) = match many {
            Some(_) => (None, None),
            None => (fields.required("receiver", fields::owned), fields.required("receiverType", fields::owned)),
        };
        let category = fields.optional("category", fields::owned);
        let message_type = fields.optional("type", fields::owned);
        let muid = fields.optional("muid", muid).flatten();
        let tags = fields.optional("tags", Tags::parse).unwrap_or_default();
        let quoted_message_id = fields.optional("quotedMessageId", message_id);
        let data = fields.required("data", |value| Ok(value.clone()));
        let receivers = many.and_then(|_| fields.optional("multipleReceivers", receivers));
        fields.finish()?;

        let receivers = match receivers {
            Some(receivers) => Receivers::Many(receivers),
            None => Receivers::One(one_receiver(&receiver.unwrap_or_default(), &receiver_type.unwrap_or_default())?),
        };
        let (category, message_type) = kind(category.as_deref(), message_type.as_deref())?;
        let data = data_of(category, &message_type, data.unwrap_or_default())?;
        Ok(NewMessage {
            receivers,
            content: Content { category, message_type, data, tags, quoted_message_id, parts },
            muid,
        })
    }
}

fn muid(value: &Value) -> Result<Option<String>, FieldProblem> {
    match fields::string(value)? {
        "" => Ok(None),
        _ => fields::text::<MAX_MUID>(value).map(Some),
    }
}

/// A message id as clients send it: an integer or a string of digits.
pub fn message_id(value: &Value) -> Result<MessageId, FieldProblem> {
    let id = match value {
        Value::String(raw) => MessageId::parse(raw).ok(),
        value => value.as_u64().and_then(|number| MessageId::new(number).ok()),
    };
    id.ok_or_else(|| "must be a message id.".to_owned())
}

/// A receiver and its type as a body names them.
pub(crate) fn one_receiver(receiver: &str, receiver_type: &str) -> Result<Receiver, Problem> {
    if receiver.is_empty() {
        return Err(Problem::new(Code::EmptyReceiver, "The receiver is empty; give a UID or a GUID."));
    }
    let parsed = match receiver_type {
        "user" => Uid::parse(receiver).map(Receiver::User),
        "group" => Guid::parse(receiver).map(Receiver::Group),
        _ => return Err(Problem::new(Code::InvalidReceiverType, "The receiverType must be user or group.")),
    };
    parsed.map_err(|problem| Problem::field("receiver", problem))
}

fn receivers(value: &Value) -> Result<Vec<Receiver>, FieldProblem> {
    let lists = fields::object(value)?;
    let mut receivers = Vec::new();
    if let Some(uids) = lists.get("uids").filter(|list| !list.is_null()) {
        receivers.extend(fields::names(fields::parsed(Uid::parse))(uids)?.into_iter().map(Receiver::User));
    }
    if let Some(guids) = lists.get("guids").filter(|list| !list.is_null()) {
        receivers.extend(fields::names(fields::parsed(Guid::parse))(guids)?.into_iter().map(Receiver::Group));
    }
    receivers.sort();
    receivers.dedup();
    match receivers.len() {
        0 => Err("must name at least one receiver in uids or guids.".to_owned()),
        1..=MAX_RECEIVERS => Ok(receivers),
        _ => Err(format!("must not name more than {MAX_RECEIVERS} receivers.")),
    }
}

/// Category and type, with the contract's defaults. `message` with type `custom` is what one SDK sends for a custom
/// message.
fn kind(category: Option<&str>, message_type: Option<&str>) -> Result<(Category, String), Problem> {
    let category = match category {
        Some("") => return Err(Problem::new(Code::EmptyMessageCategory, "The category is empty.")),
        Some("message") | None if message_type == Some("custom") => Category::Custom,
        Some("message") | None => Category::Message,
        Some("custom") => Category::Custom,
        Some("interactive") => Category::Interactive,
        Some(_) => {
            let message = "The category must be message, custom or interactive.";
            return Err(Problem::new(Code::InvalidMessageCategory, message));
        }
    };
    let message_type = message_type.unwrap_or("text");
    if message_type.is_empty() {
        return Err(Problem::new(Code::EmptyMessageType, "The type is empty."));
    }
    let fits = match category {
        Category::Message => matches!(message_type, "text" | "image" | "audio" | "video" | "file"),
        Category::Interactive => matches!(message_type, "form" | "card" | "customInteractive" | "scheduler"),
        _ => message_type.chars().count() <= MAX_TYPE,
    };
    if !fits {
        return Err(Problem::new(Code::InvalidMessageType, format!("The category {category} has no such type.")));
    }
    Ok((category, message_type.to_owned()))
}

/// The sender's `data`, valid for its category and type, without what only the server writes.
pub fn data_of(category: Category, message_type: &str, data: Value) -> Result<Map<String, Value>, Problem> {
    let bytes = data.to_string().len();
    let Value::Object(mut data) = data else {
        return Err(Problem::new(Code::InvalidMessageData, "The data must be an object."));
    };
    if MAX_DATA_BYTES < bytes {
        return Err(Problem::field("data", format!("must not be larger than {MAX_DATA_BYTES} bytes of JSON.")));
    }
    for key in SERVER_KEYS {
        data.remove(key);
    }
    check_text(&data, category == Category::Message && message_type == "text")?;
    if data.get("metadata").is_some_and(fields::is_empty_map_of_php) {
        data.insert("metadata".to_owned(), Value::Object(Map::new()));
    }
    check_object(&data, "metadata", None, Code::InvalidMetadata)?;
    match category {
        Category::Custom => check_object(&data, "customData", Some(Code::EmptyCustomData), Code::InvalidCustomData)?,
        Category::Interactive if !data.get("interactiveData").is_some_and(Value::is_object) => {
            return Err(Problem::field("data.interactiveData", "must be an object."));
        }
        Category::Message if message_type != "text" => check_attachments(&mut data)?,
        _ => {}
    }
    Ok(data)
}

/// `data.text` must be a string wherever it stands, and say something where the message is nothing but text.
pub fn check_text(data: &Map<String, Value>, is_required: bool) -> Result<(), Problem> {
    match data.get("text") {
        Some(Value::String(text)) if !(is_required && text.is_empty()) => Ok(()),
        None | Some(Value::Null) if !is_required => Ok(()),
        None | Some(Value::Null | Value::String(_)) => {
            Err(Problem::new(Code::EmptyMessageText, "A text message needs a text in data.text."))
        }
        Some(_) => Err(Problem::new(Code::InvalidMessageText, "The text must be a string.")),
    }
}

/// `data.<key>` must be an object if it is there; `missing` says that it has to be.
pub fn check_object(data: &Map<String, Value>, key: &str, missing: Option<Code>, invalid: Code) -> Result<(), Problem> {
    match (data.get(key), missing) {
        (Some(Value::Object(_)), _) | (None | Some(Value::Null), None) => Ok(()),
        (None | Some(Value::Null), Some(missing)) => Err(Problem::new(missing, format!("The data needs {key}."))),
        (Some(_), _) => Err(Problem::new(invalid, format!("The {key} must be an object."))),
    }
}

/// Media: 1 to [`MAX_ATTACHMENTS`] attachments with a URL each; `data.url` becomes the first one's.
fn check_attachments(data: &mut Map<String, Value>) -> Result<(), Problem> {
    let invalid = |message: &str| Problem::new(Code::InvalidMediaMessage, message);
    let attachments = match data.get("attachments") {
        None | Some(Value::Null) => &[][..],
        Some(Value::Array(attachments)) => attachments,
        Some(_) => return Err(invalid("The attachments must be an array.")),
    };
    let Some(first) = attachments.first() else {
        let message = "A media message needs a file or an attachment in data.attachments.";
        return Err(Problem::new(Code::EmptyMessageFile, message));
    };
    if MAX_ATTACHMENTS < attachments.len() {
        return Err(invalid("A message takes at most 10 attachments."));
    }
    if !attachments.iter().all(|attachment| attachment.get("url").is_some_and(|url| is_web_url(url) || is_part(url))) {
        return Err(invalid("Every attachment needs an http or https URL."));
    }
    let url = first.get("url").cloned().unwrap_or_default();
    for attachment in data.get_mut("attachments").and_then(Value::as_array_mut).into_iter().flatten() {
        number_size(attachment);
    }
    data.insert("url".to_owned(), url);
    Ok(())
}

/// Clients send the size of an attachment as a number or as its digits; it is answered as a number.
fn number_size(attachment: &mut Value) {
    if let Some(size) = attachment.get_mut("size")
        && let Some(number) = size.as_str().and_then(|digits| digits.parse::<u64>().ok())
    {
        *size = number.into();
    }
}

/// The URL by which an attachment names a file that came with the request, until it has its place.
pub fn part_url(at: usize) -> String {
    format!("{PART}{at}")
}

/// The position in [`part_url`].
pub fn part_index(url: &str) -> Option<usize> {
    url.strip_prefix(PART).and_then(|at| at.parse().ok())
}

const PART: &str = "part:";

fn is_part(value: &Value) -> bool {
    value.as_str().and_then(part_index).is_some()
}

fn is_web_url(value: &Value) -> bool {
    super::profile::url(value).is_ok()
}
