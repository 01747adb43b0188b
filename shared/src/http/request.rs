//! A request's path and body as types. Limits live with the types; this module has only the whole body's.

use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::error::ApiError;
use crate::identity::{Caller, OnBehalfOf};
use model::event::DeviceId;
use model::fields::{self, Fields};
use model::host::{Host, Reached};
use model::id::MessageId;
use model::message::Receiver;
use model::nesting;
use model::problem::Code;
use model::query::Query;
use model::reaction::Reaction;
use model::uid::{Guid, RoleId, Uid};
use model::webhook::WebhookId;

/// The most characters of a JSON body (contract/limits.md: the whole message, metadata included).
pub const MAX_BODY_CHARS: usize = 65_536;

/// A path parameter as it came, percent-decoded.
pub fn raw_path<'a>(req: &'a Request, name: &str) -> &'a str {
    req.path_parameters_ref().and_then(|parameters| parameters.first(name)).unwrap_or_default()
}

/// Whether the route has this parameter in its path.
pub fn has_path(req: &Request, name: &str) -> bool {
    req.path_parameters_ref().is_some_and(|parameters| parameters.first(name).is_some())
}

/// A header's value; `None` if it is not text.
pub fn header<'a>(req: &'a Request, name: &str) -> Option<&'a str> {
    req.headers().get(name).and_then(|value| value.to_str().ok())
}

/// Who says that they ask.
pub fn caller(req: &Request) -> Caller {
    let text = |name| header(req, name).map(str::to_owned);
    Caller {
        api_key: text("apikey"),
        auth_token: text("authtoken"),
        on_behalf_of: req.headers().get("onbehalfof").map(|name| OnBehalfOf::parse(name.as_bytes())),
        device: header(req, "resource").and_then(DeviceId::parse),
    }
}

/// The query string.
///
/// API Gateway decodes the path before it tells it, and the adapter makes a URL of it: behind a `#` or `?` of a reaction
/// that URL has no query, or a wrong one. The adapter's own reading of the parameters is right then.
pub fn query(req: &Request) -> Query {
    if !req.raw_http_path().contains(['?', '#']) {
        return Query::parse(req.uri().query().unwrap_or_default());
    }
    let parameters = req.query_string_parameters_ref();
    Query::of(parameters.into_iter().flat_map(|parameters| parameters.iter()))
}

/// The host that the client reached, which is told to nobody but this client.
///
/// A CDN or proxy in front calls us by a name of its own and says in `X-Forwarded-Host` which name it was called by;
/// of several the first is the client's. Without one it is the gateway's own word, `domainName`: the name by which it
/// chose this API. It has no port, so the `Host` header of the same name is preferred. Without a gateway there is none.
pub fn host(req: &Request) -> Result<Host, ApiError> {
    let named = |name| header(req, name)?.split(',').next().and_then(|first| Host::parse(first.trim()).ok());
    let domain = match req.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => context.domain_name.as_deref(),
        _ => None,
    };
    let domain = domain.and_then(|domain| Host::parse(domain).ok());
    let called = named("host").filter(|host| domain.as_ref().is_none_or(|domain| domain.name() == host.name()));
    let host = named("x-forwarded-host").or(called).or(domain);
    host.ok_or_else(|| ApiError::new(Code::Exception, "The event names no host."))
}

/// How the client reached us: [`host`], and the word of whoever ended TLS, the gateway or a proxy in front of it.
pub fn reached(req: &Request) -> Result<Reached, ApiError> {
    let scheme = header(req, "x-forwarded-proto").and_then(|schemes| schemes.split(',').next());
    Ok(Reached { host: host(req)?, is_encrypted: scheme.is_some_and(|scheme| scheme.trim() == "https") })
}

/// The JSON object in the body. An empty body counts as an empty object: each field then says that it is required. So do
/// `null`, and `[]`, which is how PHP writes a map without entries.
pub fn json(req: &Request) -> Result<Map<String, Value>, ApiError> {
    json_up_to(req, MAX_BODY_CHARS)
}

/// [`json`] of a body that may have so many characters, because it holds several of what others hold one.
pub fn json_up_to(req: &Request, most_chars: usize) -> Result<Map<String, Value>, ApiError> {
    let text = std::str::from_utf8(req.body()).map_err(|_| ApiError::field("body", "must be UTF-8 text."))?;
    if most_chars < text.chars().count() {
        return Err(ApiError::field("body", format!("must not be longer than {most_chars} characters.")));
    }
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => shallow(object),
        Ok(Value::Null) => Ok(Map::new()),
        Ok(Value::Array(items)) if items.is_empty() => Ok(Map::new()),
        Err(_) if nesting::is_deep(text) => Err(ApiError::field("body", nesting::problem())),
        Ok(_) => Err(ApiError::field("body", "must be a JSON object.")),
        Err(error) => {
            let problem = format!("is not valid JSON (line {}, column {}).", error.line(), error.column());
            Err(ApiError::field("body", problem))
        }
    }
}

/// What a request gives, assembled to one object, unless it nests deeper than [`nesting::MAX`]. Every body passes here.
pub fn shallow(body: Map<String, Value>) -> Result<Map<String, Value>, ApiError> {
    match nesting::check_object(&body) {
        Ok(()) => Ok(body),
        Err(problem) => Err(ApiError::field("body", problem)),
    }
}

/// The message that the path names; what is no id names none.
pub fn message_id(req: &Request) -> Option<MessageId> {
    MessageId::parse(raw_path(req, "id")).ok()
}

/// The user that the path names. A malformed UID names nobody.
pub fn uid(req: &Request) -> Result<Uid, ApiError> {
    Uid::parse(raw_path(req, "uid")).map_err(|_| ApiError::new(Code::UidNotFound, "There is no user of this UID."))
}

/// [`uid`] for routes with and without a user in their path.
pub fn named_uid(req: &Request) -> Result<Option<Uid>, ApiError> {
    has_path(req, "uid").then(|| uid(req)).transpose()
}

/// The group that the path names. A malformed GUID names none.
pub fn guid(req: &Request) -> Result<Guid, ApiError> {
    Guid::parse(raw_path(req, "guid")).map_err(|_| ApiError::new(Code::GuidNotFound, "There is no group of this GUID."))
}

/// The user or group that the path names, on routes with and without one.
pub fn named_receiver(req: &Request) -> Option<Result<Receiver, ApiError>> {
    if has_path(req, "uid") {
        return Some(uid(req).map(Receiver::User));
    }
    has_path(req, "guid").then(|| guid(req).map(Receiver::Group))
}

/// The webhook that the path names. What is no id names none.
pub fn webhook_id(req: &Request) -> Result<WebhookId, ApiError> {
    WebhookId::parse(raw_path(req, "webhookId"))
        .map_err(|_| ApiError::new(Code::WebhookNotFound, "There is no webhook of this id."))
}

/// The role that the path names. What is no id names none.
pub fn role_id(req: &Request) -> Result<RoleId, ApiError> {
    RoleId::parse(raw_path(req, "role")).map_err(|_| ApiError::new(Code::RoleNotFound, "There is no role of this id."))
}

/// The reaction that the path names, or else the body.
pub fn reaction(req: &Request) -> Result<Reaction, ApiError> {
    let given = match raw_path(req, "reaction") {
        "" => {
            let body = json(req)?;
            let mut fields = Fields::of(&body);
            let reaction = fields.required("reaction", fields::owned);
            fields.finish()?;
            reaction.unwrap_or_default()
        }
        path => unescaped(path).unwrap_or_else(|| path.to_owned()),
    };
    Reaction::parse(&given).map_err(|problem| ApiError::field("reaction", problem))
}

/// A path parameter on a platform that leaves it as it came, percent-encoded: nothing but plain ASCII whose escapes spell
/// other scripts or emoji. Nobody reacts with the escapes themselves; what else looks like one is left as it is.
fn unescaped(parameter: &str) -> Option<String> {
    let is_plain = parameter.bytes().all(|byte| byte.is_ascii_graphic());
    let decoded = percent_decode_str(parameter).decode_utf8().ok().filter(|_| is_plain)?;
    (!decoded.is_ascii()).then(|| decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain(r#""host": "x.execute-api.eu-central-1.amazonaws.com""#, "x.execute-api.eu-central-1.amazonaws.com")]
    #[case::no_header("", "x.execute-api.eu-central-1.amazonaws.com")]
    #[case::another_header(r#""host": "evil.example""#, "x.execute-api.eu-central-1.amazonaws.com")]
    #[case::with_a_port(
        r#""host": "x.execute-api.eu-central-1.amazonaws.com:443""#,
        "x.execute-api.eu-central-1.amazonaws.com:443"
    )]
    #[case::proxy(r#""x-forwarded-host": "chat.example""#, "chat.example")]
    fn the_host_is_the_proxys_word_or_the_gateways(#[case] headers: &str, #[case] expected: &str) {
        let event = format!(
            r#"{{
                "version": "2.0", "routeKey": "GET /{{version}}/settings", "rawPath": "/v3/settings",
                "rawQueryString": "", "headers": {{ {headers} }},
                "requestContext": {{
                    "accountId": "1", "apiId": "x", "domainName": "x.execute-api.eu-central-1.amazonaws.com",
                    "http": {{
                        "method": "GET", "path": "/v3/settings", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.7"
                    }},
                    "requestId": "r", "routeKey": "GET /{{version}}/settings", "stage": "$default", "timeEpoch": 0
                }},
                "isBase64Encoded": false
            }}"#
        );
        let req = lambda_http::request::from_str(&event).unwrap();
        assert_eq!(host(&req).unwrap().to_string(), expected);
    }

    fn reacting(path: &str, parameter: &str) -> Request {
        let event = serde_json::json!({
            "version": "2.0", "routeKey": "GET /{version}/messages/{id}/reactions/{reaction+}", "rawPath": path,
            "rawQueryString": "limit=2&id=7",
            "headers": { "host": "x.example" },
            "pathParameters": { "version": "v3", "id": "1", "reaction": parameter },
            "queryStringParameters": { "limit": "2", "id": "7" },
            "requestContext": {
                "accountId": "1", "apiId": "x", "domainName": "x.example",
                "http": { "method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.7" },
                "requestId": "r", "stage": "$default", "timeEpoch": 0
            },
            "isBase64Encoded": false
        });
        lambda_http::request::from_str(&event.to_string()).unwrap()
    }

    #[rstest]
    #[case::decoded_hash("/v3/messages/1/reactions/#️⃣", "#️⃣", "#️⃣")]
    #[case::decoded_question("/v3/messages/1/reactions/what?", "what?", "what?")]
    #[case::decoded_both("/v3/messages/1/reactions/?#a=b&limit=9", "?#a=b&limit=9", "?#a=b&limit=9")]
    #[case::decoded_percent("/v3/messages/1/reactions/100%", "100%", "100%")]
    #[case::encoded_hash("/v3/messages/1/reactions/%23%EF%B8%8F%E2%83%A3", "%23%EF%B8%8F%E2%83%A3", "#️⃣")]
    #[case::encoded_path_alone("/v3/messages/1/reactions/%F0%9F%94%A5", "🔥", "🔥")]
    #[case::encoded_emoji("/v3/messages/1/reactions/%F0%9F%94%A5", "%F0%9F%94%A5", "🔥")]
    #[case::encoded_path_with_hash("/v3/messages/1/reactions/%23", "#", "#")]
    #[case::no_escape("/v3/messages/1/reactions/%41", "%41", "%41")]
    fn a_reaction_in_the_path_is_itself_and_keeps_its_query(
        #[case] path: &str,
        #[case] parameter: &str,
        #[case] expected: &str,
    ) {
        let req = reacting(path, parameter);
        assert_eq!(reaction(&req).unwrap().as_str(), expected);
        assert_eq!((query(&req).number("limit").unwrap(), query(&req).text("id")), (Some(2), Some("7")));
    }
}
