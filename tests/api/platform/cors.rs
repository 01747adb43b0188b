//! Pages of other origins: preflights and the headers of every answer, as API Gateway gives them.

use local::cors;
use reqwest::header::{HeaderMap, ORIGIN};
use reqwest::{Client, Method, RequestBuilder};
use rstest::rstest;
use tests::Api;

const PAGE: &str = "https://chat.example.com";

/// A request of a page, past the actors: they read JSON, and a preflight has no body.
fn request(api: &Api, method: Method, path: &str) -> RequestBuilder {
    Client::new().request(method, format!("{}{path}", api.origin())).header(ORIGIN, PAGE)
}

fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap())
}

#[rstest]
#[case::send("/v3/messages", "POST")]
#[case::edit("/v3/messages/1", "PUT")]
#[case::other_version_form("/v3.0/users/ash/messages", "GET")]
#[case::unknown_path("/v3/nothing/here", "DELETE")]
#[case::unknown_version("/v9/messages", "POST")]
#[case::description("/docs", "GET")]
#[case::root("/", "PATCH")]
#[tokio::test]
async fn a_preflight_is_answered_by_the_gateway_whatever_its_path(#[case] path: &str, #[case] method: &str) {
    let api = Api::start().await;
    let preflight = request(&api, Method::OPTIONS, path)
        .header("access-control-request-method", method)
        .header("access-control-request-headers", "ApiKey, onBehalfOf, content-type");
    let answer = preflight.send().await.unwrap();
    assert_eq!(answer.status(), 204);
    let headers = answer.headers().clone();
    assert_eq!(value(&headers, "access-control-allow-origin"), Some("*"));
    assert_eq!(value(&headers, "access-control-allow-methods"), Some("GET,POST,PUT,PATCH,DELETE,OPTIONS"));
    let allowed = "appid,authtoken,apikey,content-type,resource,sdk,onbehalfof";
    assert_eq!(value(&headers, "access-control-allow-headers"), Some(allowed));
    assert_eq!(value(&headers, "access-control-max-age"), Some("86400"));
    assert!(answer.bytes().await.unwrap().is_empty());
    assert!(api.lines().is_empty(), "a preflight invokes no function");
}

#[rstest]
#[case::found(Method::GET, "/v3/users/cometchat-uid-1", 200)]
#[case::unknown_user(Method::GET, "/v3/users/nobody", 404)]
#[case::refused_body(Method::POST, "/v3/messages", 400)]
#[case::unknown_path(Method::GET, "/v3/nothing/here", 404)]
#[case::unknown_version(Method::GET, "/v9/users", 404)]
#[case::broken_path(Method::GET, "/v3/users/%zz", 400)]
#[case::options_that_is_no_preflight(Method::OPTIONS, "/v3/messages", 204)]
#[case::options_of_no_path(Method::OPTIONS, "/nowhere", 204)]
#[case::description(Method::GET, "/openapi.json", 200)]
#[case::page(Method::GET, "/docs", 200)]
#[tokio::test]
async fn every_answer_may_be_read_by_the_page_that_asked(
    #[case] method: Method,
    #[case] path: &str,
    #[case] status: u16,
) {
    let api = Api::start().await;
    let answer = request(&api, method, path).header("apikey", api.api_key()).send().await.unwrap();
    assert_eq!(answer.status(), status);
    assert_eq!(value(answer.headers(), "access-control-allow-origin"), Some("*"));
    assert_eq!(value(answer.headers(), "access-control-expose-headers"), Some("retry-after"));
}

/// What API Gateway leaves to `$default`: a browser goes on after any 2xx that has the headers of the gateway.
#[rstest]
#[case::known_path("/v3/messages")]
#[case::unknown_path("/v3/nothing/here")]
#[case::unknown_version("/v9/messages")]
#[case::root("/")]
#[tokio::test]
async fn the_function_of_no_route_answers_options_with_nothing(#[case] path: &str) {
    let api = Api::start().await;
    let answer = request(&api, Method::OPTIONS, path).send().await.unwrap();
    assert_eq!(answer.status(), 204);
    assert!(!answer.headers().contains_key("content-type"));
    assert!(answer.bytes().await.unwrap().is_empty());
    assert!(api.lines().iter().any(|line| line.function == "not-found" && line.status == 204));
}

#[rstest]
#[case::without_a_key("/v3/users/ash", 401)]
#[case::description("/docs", 200)]
#[tokio::test]
async fn who_names_no_origin_is_told_nothing_of_origins(#[case] path: &str, #[case] status: u16) {
    let api = Api::start().await;
    let answer = reqwest::get(format!("{}{path}", api.origin())).await.unwrap();
    assert_eq!(answer.status(), status);
    assert!(!answer.headers().keys().any(|name| name.as_str().starts_with("access-control-")));
}

#[test]
fn every_method_of_the_route_table_is_open_to_pages() {
    let routes = shared::routes::Endpoint::ALL.iter().flat_map(|endpoint| endpoint.routes());
    for (method, path) in routes {
        assert!(cors::ALLOWED_METHODS.contains(method), "{method} {path}");
    }
}
