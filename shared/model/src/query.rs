//! The query string, in every spelling that clients use: `k=a,b`, `k=a&k=b`, `k[]=a&k[]=b`, `1`/`0`, `true`/`false`.

use crate::problem::Problem;

/// The parameters of one request. Unknown ones are ignored, empty ones count as absent.
#[derive(Debug)]
pub struct Query(Vec<Parameter>);

#[derive(Debug)]
struct Parameter {
    name: String,
    value: String,
    /// The value cut at its commas, for lists. SDKs write the commas of a list as they are and encode those inside an
    /// element; other clients encode all. So literal commas alone cut where there are any.
    elements: Vec<String>,
}

impl Query {
    /// Reads a query string.
    pub fn parse(raw: &str) -> Query {
        let pairs = raw.split('&').filter_map(|pair| {
            let (name, raw_value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decoded(name), decoded(raw_value));
            let elements: Vec<String> = match raw_value.contains(',') {
                true => raw_value.split(',').map(decoded).collect(),
                false => value.split(',').map(str::to_owned).collect(),
            };
            let name = name.strip_suffix("[]").unwrap_or(&name).to_owned();
            (!value.is_empty()).then_some(Parameter { name, value, elements })
        });
        Query(pairs.collect())
    }

    /// Parameters that somebody else decoded.
    pub fn of<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Query {
        let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| Parameter {
            name: name.strip_suffix("[]").unwrap_or(name).to_owned(),
            value: value.to_owned(),
            elements: value.split(',').map(str::to_owned).collect(),
        });
        Query(pairs.collect())
    }

    /// The last value given for `name`.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|parameter| parameter.name == name).map(|parameter| parameter.value.as_str())
    }

    /// A value that one of our types reads; the error completes "The `<name>` field …".
    pub fn parsed<T, E: std::fmt::Display>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Problem> {
        self.text(name).map(parse).transpose().map_err(|problem| Problem::field(name, problem))
    }

    /// A whole number.
    pub fn number(&self, name: &str) -> Result<Option<u64>, Problem> {
        self.parsed(name, |raw| raw.parse().map_err(|_| "must be a whole number."))
    }

    /// `true` or `1`, `false` or `0`; absent means false.
    pub fn flag(&self, name: &str) -> Result<bool, Problem> {
        let parse = |raw: &str| match raw {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err("must be true or false."),
        };
        Ok(self.parsed(name, parse)?.unwrap_or(false))
    }

    /// All values of a list parameter.
    pub fn list(&self, name: &str) -> Vec<&str> {
        let named = self.0.iter().filter(|parameter| parameter.name == name);
        named.flat_map(|parameter| &parameter.elements).map(String::as_str).filter(|value| !value.is_empty()).collect()
    }
}

/// A name or value as it was before it was encoded; a broken encoding is text.
fn decoded(raw: &str) -> String {
    form_urlencoded::parse(format!("={raw}").as_bytes()).map(|(_, value)| value.into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::commas("types=text,image")]
    #[case::encoded_comma("types=text%2Cimage")]
    #[case::repeated("types=text&types=image")]
    #[case::brackets("types[]=text&types[]=image")]
    #[case::encoded_brackets("types%5B%5D=text&types%5B%5D=image")]
    #[case::stray_commas("types=,text,,image,")]
    fn a_list_reads_alike_in_every_spelling(#[case] raw: &str) {
        assert_eq!(Query::parse(raw).list("types"), ["text", "image"]);
    }

    #[test]
    fn an_element_of_a_list_may_hold_an_encoded_comma() {
        assert_eq!(Query::parse("tags=a%2Cb,c").list("tags"), ["a,b", "c"]);
    }

    #[rstest]
    #[case("on=true", Some(true))]
    #[case("on=1", Some(true))]
    #[case("on=false", Some(false))]
    #[case("on=0", Some(false))]
    #[case("on=", Some(false))]
    #[case("", Some(false))]
    #[case("on=yes", None)]
    fn a_flag_reads_words_and_digits(#[case] raw: &str, #[case] expected: Option<bool>) {
        assert_eq!(Query::parse(raw).flag("on").ok(), expected);
    }

    #[test]
    fn broken_percent_encoding_is_text() {
        assert_eq!(Query::parse("searchKey=100%&id=7").text("searchKey"), Some("100%"));
    }
}
