//! What the head of a form's part calls its file (RFC 7578), in every way that clients write what is not ASCII: as it is,
//! as `filename*` (RFC 5987), as encoded words (RFC 2047), and with the escapes of browsers.

use encodify::rfc2047::EncodedWord;
use percent_encoding::percent_decode;

/// The name of the part's field and that of its file, from the value of `Content-Disposition`. Whoever gives a name of a
/// file sends a file.
pub(super) fn names(disposition: &[u8]) -> (String, Option<String>) {
    let (mut name, mut plain, mut extended) = (String::new(), None, None);
    for (parameter, value) in parameters(disposition) {
        match parameter.as_str() {
            "name" => name = written(&value),
            "filename" => plain = Some(written(&value)),
            "filename*" => extended = extended_value(&value),
            _ => {}
        }
    }
    // RFC 6266: who reads the extended form prefers it.
    (name, extended.or(plain))
}

/// The parameters after the type, by their name in small letters; values without their quotes.
fn parameters(disposition: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut rest = after(disposition, b';');
    while let Some(text) = rest {
        let end = text.iter().position(|byte| matches!(byte, b'=' | b';')).unwrap_or(text.len());
        let (name, tail) = text.split_at(end);
        let Some(value) = tail.strip_prefix(b"=") else {
            rest = tail.strip_prefix(b";");
            continue;
        };
        let (value, tail) = value_of(value.trim_ascii_start());
        found.push((String::from_utf8_lossy(name.trim_ascii()).to_ascii_lowercase(), value));
        rest = after(tail, b';');
    }
    found
}

/// A value up to its end, and what follows. In quotes a backslash escapes a quote or itself; before anything else it
/// stands for itself, because old browsers send whole paths of Windows.
fn value_of(text: &[u8]) -> (Vec<u8>, &[u8]) {
    let Some(quoted) = text.strip_prefix(b"\"") else {
        let end = text.iter().position(|byte| *byte == b';').unwrap_or(text.len());
        let (value, tail) = text.split_at(end);
        return (value.trim_ascii().to_vec(), tail);
    };
    let (mut value, mut rest) = (Vec::new(), quoted);
    loop {
        match rest {
            [] => return (value, rest),
            [b'"', tail @ ..] => return (value, tail),
            [b'\\', escaped @ (b'"' | b'\\'), tail @ ..] => {
                value.push(*escaped);
                rest = tail;
            }
            [byte, tail @ ..] => {
                value.push(*byte);
                rest = tail;
            }
        }
    }
}

fn after(text: &[u8], byte: u8) -> Option<&[u8]> {
    let at = text.iter().position(|found| *found == byte)?;
    text.get(at + 1..)
}

/// A plain value: encoded words, or the text as it is, in which browsers escape quotes and line breaks.
fn written(value: &[u8]) -> String {
    let text = text_of(value);
    encoded_words(&text).unwrap_or_else(|| text.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n"))
}

/// `UTF-8''na%C3%AFve.txt`; nothing if it is not of this form or of a charset that is not known here.
fn extended_value(value: &[u8]) -> Option<String> {
    let value = std::str::from_utf8(value).ok()?;
    let mut parts = value.splitn(3, '\'');
    let (charset, _language, encoded) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes: Vec<u8> = percent_decode(encoded.as_bytes()).collect();
    in_charset(charset.as_bytes(), &bytes)
}

/// `=?UTF-8?B?…?=`, one or several in a row; nothing if any of it is something else.
fn encoded_words(text: &str) -> Option<String> {
    let mut rest = text.trim().as_bytes();
    let mut decoded = String::new();
    while !rest.is_empty() {
        let (word, length) = EncodedWord::parse(rest)?;
        decoded.push_str(&in_charset(word.charset, &word.decode().ok()?)?);
        rest = rest.get(length..)?.trim_ascii_start();
    }
    (!decoded.is_empty()).then_some(decoded)
}

fn in_charset(charset: &[u8], bytes: &[u8]) -> Option<String> {
    match charset.to_ascii_lowercase().as_slice() {
        b"utf-8" | b"us-ascii" => String::from_utf8(bytes.to_vec()).ok(),
        b"iso-8859-1" => Some(latin_1(bytes)),
        _ => None,
    }
}

/// UTF-8, or else Latin-1, in which no bytes are wrong.
fn text_of(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(|_| latin_1(bytes), str::to_owned)
}

fn latin_1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain(r#"form-data; name="file"; filename="a b.png""#, "file", Some("a b.png"))]
    #[case::as_it_is("form-data; name=\"file\"; filename=\"Füße.png\"", "file", Some("Füße.png"))]
    #[case::unquoted("form-data; name=file; filename=a.png", "file", Some("a.png"))]
    #[case::escaped_quote(r#"form-data; name="file"; filename="a\"b.png""#, "file", Some("a\"b.png"))]
    #[case::folder(r#"form-data; name="file"; filename="C:\new\a.png""#, "file", Some(r"C:\new\a.png"))]
    #[case::browser(r#"form-data; name="a%22b"; filename="a%22b.png""#, "a\"b", Some("a\"b.png"))]
    #[case::extended(r#"form-data; name="file"; filename*=UTF-8''F%C3%BC%C3%9Fe.png"#, "file", Some("Füße.png"))]
    #[case::both(
        r#"form-data; name="file"; filename="F__e.png"; filename*=utf-8'de'F%C3%BC%C3%9Fe.png"#,
        "file",
        Some("Füße.png")
    )]
    #[case::latin_1("form-data; name=\"file\"; filename*=iso-8859-1''F%FC.png", "file", Some("Fü.png"))]
    #[case::unknown_charset(
        r#"form-data; name="file"; filename="plain.png"; filename*=koi8-r''%C1.png"#,
        "file",
        Some("plain.png")
    )]
    #[case::base64_word(r#"form-data; name="file"; filename="=?UTF-8?B?RsO8w59lLnBuZw==?=""#, "file", Some("Füße.png"))]
    #[case::quoted_word(
        r#"form-data; name="file"; filename="=?utf-8?q?F=C3=BC_100%.png?=""#,
        "file",
        Some("Fü 100%.png")
    )]
    #[case::two_words(
        r#"form-data; name="file"; filename="=?UTF-8?B?RsO8?= =?UTF-8?Q?=C3=9Fe.png?=""#,
        "file",
        Some("Füße.png")
    )]
    #[case::no_word(r#"form-data; name="file"; filename="=?a?b.png""#, "file", Some("=?a?b.png"))]
    #[case::semicolon(r#"form-data; filename="a;b.png"; name="file""#, "file", Some("a;b.png"))]
    #[case::no_file(r#"form-data; name="data""#, "data", None)]
    #[case::nothing_chosen(r#"form-data; name="file"; filename="""#, "file", Some(""))]
    #[case::nothing("form-data", "", None)]
    fn a_part_is_called_what_its_head_says(#[case] head: &str, #[case] name: &str, #[case] file_name: Option<&str>) {
        assert_eq!(names(head.as_bytes()), (name.to_owned(), file_name.map(str::to_owned)));
    }

    proptest! {
        #[test]
        fn no_head_makes_it_panic(head: Vec<u8>, parameters in "[a-z*=?;\"'%\\\\ Bq-]{0,40}") {
            let _ = names(&head);
            let _ = names(format!("form-data;{parameters}").as_bytes());
        }
    }
}
