//! The body of a send: JSON, or `multipart/form-data` with small files in it (contract/messages.md, "Media by upload").

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use lambda_http::Request;
use multer::{Field, Multipart};
use serde_json::{Map, Value, json};

use super::file_name;
use super::request::{self, MAX_BODY_CHARS};
use crate::error::ApiError;
use crate::files::bucket::{FIRST_BYTES, Media};
use model::attachment::{self, ATTACHMENTS};
use model::file::{FileInfo, FileName, FileSize, MimeType, Part};
use model::nesting;
use model::new_message::{MAX_ATTACHMENTS, MessageBody, NewMessage, part_url};
use model::problem::Code;

/// In pieces of this size the parser reads the event's body, so that it never holds a second whole one.
const PIECE_BYTES: usize = 64 * 1024;
/// The names of fields that hold files, whatever their parts say of themselves.
const FILE_FIELDS: [&str; 3] = ["file", "files", "files[]"];

/// The message that a request asks to send, whichever form its body has.
pub async fn new_message(media: &Media, req: &Request) -> Result<NewMessage, ApiError> {
    Ok(message_body(media, req).await?.message()?)
}

/// What a request says of the message that it asks to send; nothing of it is checked yet but its form. URLs of our bucket
/// lose their signatures, which say nothing of the file and are longer than `data` may be.
pub async fn message_body(media: &Media, req: &Request) -> Result<MessageBody, ApiError> {
    let content_type = request::header(req, "content-type").unwrap_or_default();
    let mut body = match multer::parse_boundary(content_type) {
        Ok(boundary) => {
            let mut form = Form::read(req.body(), boundary).await?;
            MessageBody { fields: request::shallow(form.body())?, parts: form.parts }
        }
        Err(multer::Error::NoBoundary) => return Err(broken()),
        Err(_) => MessageBody { fields: request::json(req)?, parts: Vec::new() },
    };
    if let Some(data) = body.fields.get_mut("data").and_then(Value::as_object_mut) {
        attachment::shorten(data, |url| media.unsigned(url));
    }
    Ok(body)
}

/// A form: its texts as the JSON body that they stand for, and its files.
#[derive(Debug, Default)]
struct Form {
    fields: Map<String, Value>,
    parts: Vec<Part>,
    /// Whether a field nests too deep to be read, by its JSON or by its brackets.
    is_too_deep: bool,
}

impl Form {
    async fn read(body: &[u8], boundary: String) -> Result<Form, ApiError> {
        let pieces = body.chunks(PIECE_BYTES).map(|piece| Ok::<_, multer::Error>(Bytes::copy_from_slice(piece)));
        let mut multipart = Multipart::new(stream::iter(pieces), boundary);
        let (mut form, mut n_chars) = (Form::default(), 0);
        while let Some(field) = multipart.next_field().await.map_err(|_| broken())? {
            let (name, file_name) = names_of(&field);
            // Clients call the field of a file as they like; what names a file is one.
            if file_name.is_some() || FILE_FIELDS.contains(&name.as_str()) {
                form.parts.extend(part(field, file_name).await?);
                if MAX_ATTACHMENTS < form.parts.len() {
                    let problem = format!("must not hold more than {MAX_ATTACHMENTS} files.");
                    return Err(ApiError::field("files", problem));
                }
                continue;
            }
            let text = text(field).await?;
            n_chars += name.chars().count() + text.chars().count();
            if MAX_BODY_CHARS < n_chars {
                let problem = format!("must not hold more than {MAX_BODY_CHARS} characters beside the files.");
                return Err(ApiError::field("body", problem));
            }
            form.set(&name, text);
        }
        if form.is_too_deep {
            return Err(ApiError::field("body", nesting::problem()));
        }
        Ok(form)
    }

    /// Sets a field: `data` as JSON, `data[text]`, `tags[]`, or a plain name.
    fn set(&mut self, name: &str, text: String) {
        let (top, rest) = name.split_at(name.find('[').unwrap_or(name.len()));
        let path: Vec<&str> = rest.split(['[', ']']).skip(1).step_by(2).collect();
        // Its value would stand deeper than any body nests; it is not built, so that nothing recurses that far.
        if nesting::MAX < path.len() {
            self.is_too_deep = true;
            return;
        }
        let value = match (top, path.as_slice()) {
            // What people write is text, even if it looks like JSON.
            (_, []) if !matches!(top, "data" | "multipleReceivers" | "tags") => Value::String(text),
            ("data", ["text", ..]) => Value::String(text),
            ("tags", []) => list(self.structure(text)),
            _ => self.structure(text),
        };
        if !top.is_empty() {
            insert(self.fields.entry(top).or_insert(Value::Null), &path, value);
        }
    }

    /// JSON if it is an object or an array, else the text itself.
    fn structure(&mut self, text: String) -> Value {
        match serde_json::from_str(&text) {
            Ok(value @ (Value::Object(_) | Value::Array(_))) => value,
            Ok(_) => Value::String(text),
            Err(_) => {
                self.is_too_deep |= nesting::is_deep(&text);
                Value::String(text)
            }
        }
    }

    /// The JSON body that the form stands for; files become attachments without anything but their position.
    fn body(&mut self) -> Map<String, Value> {
        let mut body = std::mem::take(&mut self.fields);
        let Some(first) = self.parts.first() else { return body };
        let data = body.entry("data").or_insert_with(|| json!({}));
        if let Value::Object(data) = data {
            let attachments = data.entry(ATTACHMENTS).or_insert_with(|| json!([]));
            if let Value::Array(attachments) = attachments {
                attachments.extend((0..self.parts.len()).map(|at| json!({ "url": part_url(at) })));
            }
        }
        let kind = first.info.mime_type.kind();
        if !body.contains_key("type") && body.get("category").is_none_or(|category| category == "message") {
            let is_of_kind = self.parts.iter().all(|part| part.info.mime_type.kind() == kind);
            let is_media = is_of_kind && matches!(kind, "image" | "audio" | "video");
            body.insert("type".to_owned(), json!(if is_media { kind } else { "file" }));
        }
        body
    }
}

/// The names of a part's field and of its file.
fn names_of(field: &Field<'_>) -> (String, Option<String>) {
    let disposition = field.headers().get("content-disposition");
    disposition.map_or_else(Default::default, |disposition| file_name::names(disposition.as_bytes()))
}

/// A file; none for the empty field that a browser sends when nobody chose a file.
async fn part(field: Field<'_>, name: Option<String>) -> Result<Option<Part>, ApiError> {
    let announced = field.content_type().and_then(|given| MimeType::parse(given.as_ref()).ok());
    let bytes = all(field).await?;
    if bytes.is_empty() && name.as_deref().unwrap_or_default().is_empty() {
        return Ok(None);
    }
    let empty = |_| ApiError::new(Code::EmptyMessageFile, "A file in the form is empty.");
    let size = FileSize::new(bytes.len() as u64).map_err(empty)?;
    let name = FileName::parse(name.as_deref().filter(|name| !name.is_empty()).unwrap_or("file"));
    let name = name.map_err(|problem| ApiError::field("files", problem))?;
    let told = || attachment::told_type(bytes.get(..FIRST_BYTES).unwrap_or(&bytes));
    let known = announced.filter(MimeType::is_known).or_else(|| Some(told()).filter(MimeType::is_known));
    let mime_type = known.unwrap_or_else(|| name.mime_type());
    Ok(Some(Part { info: FileInfo { name, mime_type, size }, bytes }))
}

async fn text(field: Field<'_>) -> Result<String, ApiError> {
    let bytes = all(field).await?;
    String::from_utf8(bytes.to_vec()).map_err(|_| ApiError::field("body", "must be UTF-8 text."))
}

/// All of a field, copied once from the parser's pieces; not at all if it is one.
async fn all(mut field: Field<'_>) -> Result<Bytes, ApiError> {
    let mut all = BytesMut::new();
    while let Some(piece) = field.chunk().await.map_err(|_| broken())? {
        all.extend_from_slice(&piece);
    }
    Ok(all.freeze())
}

/// A list as JSON, or separated by commas.
fn list(given: Value) -> Value {
    match given {
        Value::String(text) => text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect(),
        value => value,
    }
}

/// Puts `value` at a path of brackets; empty brackets and numbers append to a list.
fn insert(place: &mut Value, path: &[&str], value: Value) {
    let Some((first, rest)) = path.split_first() else {
        *place = value;
        return;
    };
    if first.bytes().all(|byte| byte.is_ascii_digit()) {
        if !place.is_array() {
            *place = json!([]);
        }
        if let Value::Array(items) = place {
            items.push(Value::Null);
            if let Some(last) = items.last_mut() {
                insert(last, rest, value);
            }
        }
        return;
    }
    if !place.is_object() {
        *place = json!({});
    }
    if let Value::Object(fields) = place {
        insert(fields.entry(*first).or_insert(Value::Null), rest, value);
    }
}

fn broken() -> ApiError {
    ApiError::field("body", "must be valid multipart/form-data.")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain(&[("receiver", "bob")], json!({ "receiver": "bob" }))]
    #[case::data_as_json(&[("data", r#"{"text":"hi"}"#)], json!({ "data": { "text": "hi" } }))]
    #[case::data_in_brackets(
        &[("data[text]", "[1]"), ("data[metadata]", r#"{"a":1}"#)],
        json!({ "data": { "text": "[1]", "metadata": { "a": 1 } } })
    )]
    #[case::deep(&[("data[metadata][a][b]", "c")], json!({ "data": { "metadata": { "a": { "b": "c" } } } }))]
    #[case::tags_in_brackets(&[("tags[]", "a"), ("tags[]", "b")], json!({ "tags": ["a", "b"] }))]
    #[case::tags_with_commas(&[("tags", "a, b")], json!({ "tags": ["a", "b"] }))]
    #[case::tags_as_json(&[("tags", r#"["a","b"]"#)], json!({ "tags": ["a", "b"] }))]
    #[case::broken_brackets(&[("data[text", "x"), ("[x]", "y")], json!({ "data": { "text": "x" } }))]
    fn a_form_stands_for_a_json_body(#[case] fields: &[(&str, &str)], #[case] expected: Value) {
        let mut form = Form::default();
        for (name, text) in fields {
            form.set(name, (*text).to_owned());
        }
        assert_eq!(Value::Object(form.body()), expected);
    }

    #[test]
    fn a_field_that_nests_without_end_is_not_built() {
        let mut form = Form::default();
        form.set(&format!("data{}", "[a]".repeat(20_000)), "x".to_owned());
        assert_eq!(form.body(), Map::new());
        assert!(form.is_too_deep);
    }

    proptest! {
        #[test]
        fn no_name_of_a_field_makes_it_panic(names in proptest::collection::vec("[a-z\\[\\]0-9]{0,12}", 0..5)) {
            let mut form = Form::default();
            for name in names {
                form.set(&name, "1".to_owned());
            }
        }
    }
}
